/* SPDX-License-Identifier: MIT */
/* The stubs for RISC-V with 64-bit registers, and the ABI of the platform: LP64D. */
#include "plan/stubs.h"

enum {
    ORDERED   = 5, /* the largest number of slots of both kinds that a stub loads in their order */
    ROW_WORDS = 10 /* the largest number of stack words behind eight integers */
};

/* Defined in lp64d_call.S. */
extern const int32_t lp64d_words[1 + 2 + 4 + 8 + 16 + 32 + 64];
extern const int32_t lp64d_reals[2][STUB_REALS];
extern const int32_t lp64d_ordered[2 * 2 * ((1 << (ORDERED + 1)) - 2)];

/* Defined in lp64d_open.S. */
extern const int32_t lp64d_one[STUB_OPS], lp64d_two[STUB_OPS * STUB_OPS];
extern const int32_t lp64d_extending[STUB_OPS - STUB_EXTENDING][4];
extern const int32_t lp64d_open[STUB_OPS * STUB_OPS];
extern const int32_t lp64d_middle[STUB_OPS + STUB_OPS * STUB_OPS], lp64d_last[STUB_OPS + STUB_OPS * STUB_OPS];

/* Defined in lp64d_stack.S. */
extern ffi_store_stub lp64d_each, lp64d_stack_0, lp64d_stack_8, lp64d_stack_each;
extern const int32_t  lp64d_rows[ROW_WORDS];
extern image_stub     lp64d_image_8, lp64d_image_16;

/* Defined in lp64d_pairs.S. */
extern const int32_t lp64d_pairs[PAIR_LOADS * 2 * PAIR_LOADS];
extern const int32_t lp64d_pair_steps[(3 + 5 + 7 + 9 + 7 + 5 + 3) * PAIR_LOADS * (2 * PAIR_LOADS + 1)];

/* Defined in lp64d_steps.S. */
extern const struct step_table lp64d_steps;

/* Defined in lp64d_direct.S. */
extern const int32_t lp64d_pointed[ORDERED_LOADS][STEP_GPRS], lp64d_same[2][KEEP_ALL],
    lp64d_same_memory[SAME_WORDS];

static const struct stubs lp64d_stubs = {
    .widths        = lp64d_words,
    .widths_end    = 6,
    .one           = lp64d_one,
    .two           = lp64d_two,
    .extending     = lp64d_extending,
    .open          = lp64d_open,
    .middle        = lp64d_middle,
    .last          = lp64d_last,
    .reals         = lp64d_reals,
    .ordered       = lp64d_ordered,
    .ordered_end   = ORDERED,
    .pairs         = lp64d_pairs,
    .pair_steps    = lp64d_pair_steps,
    .direct        = direct_stub,
    .pointed       = lp64d_pointed,
    .same          = lp64d_same,
    .same_memory   = lp64d_same_memory,
    .each          = lp64d_each,
    .rows          = lp64d_rows,
    .row_ends      = {ROW_WORDS, 0},
    .stack         = lp64d_stack_0,
    .stack_reals   = lp64d_stack_8,
    .stack_each    = lp64d_stack_each,
    .steps         = &lp64d_steps,
    .put_registers = put_runs,
    .put_rest      = put_singles,
    .images        = {lp64d_image_8, lp64d_image_16},
};

const struct target_abi target_abis[] = {{&abi_lp64d, &lp64d_stubs}, {NULL, NULL}};

const struct abi *const abi_default = &abi_lp64d;
