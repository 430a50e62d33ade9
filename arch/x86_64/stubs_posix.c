/* SPDX-License-Identifier: MIT */
/* The stubs on platforms whose own ABI is System V. Functions of the Windows ABI are called through an image here if they
 * take or return more than slots. */
#include "stubs.h"

enum { GPRS = 6 };

/* Defined in sysv_call.asm, sysv_stack.asm and sysv_pointers.asm. */
extern const int32_t sysv_widths[1 + 2 + 4 + 8 + 16 + 32 + 64], sysv_one[STUB_OPS],
    sysv_two[STUB_OPS * STUB_OPS];
extern const int32_t sysv_open[STUB_OPS * STUB_OPS], sysv_middle[STUB_OPS * (1 + STUB_OPS)],
    sysv_last[STUB_OPS * (1 + STUB_OPS)];
extern const int32_t sysv_extending[STUB_OPS - STUB_EXTENDING][4];
extern const int32_t sysv_reals[2][8];
extern const int32_t sysv_first[GPRS][STUB_REALS], sysv_turn[2][2][GPRS];
extern const int32_t sysv_few[6][6], sysv_start[2][7];
extern const int32_t sysv_rows[10 + 4], sysv_row_pointers[10 + 4];
extern const int32_t sysv_mixed[2][GPRS / 2][STUB_REALS / 2], sysv_mixed_pointers[2][GPRS / 2][STUB_REALS / 2],
    sysv_turn_pointers[2][2][GPRS];

extern ffi_store_stub sysv_each, sysv_stack_0, sysv_stack_8, sysv_stack_each;

/* Defined in sysv_steps.asm, sysv_varied.asm and sysv_same.asm. */
extern const struct step_table   sysv_steps;
extern const struct varied_steps sysv_varied;
extern const int32_t             sysv_ordered[ORDERED_LOADS][STEP_GPRS], sysv_same[2][KEEP_ALL],
    sysv_same_memory[SAME_WORDS];

const struct stubs sysv_stubs = {
    .widths         = sysv_widths,
    .widths_end     = GPRS,
    .one            = sysv_one,
    .two            = sysv_two,
    .extending      = sysv_extending,
    .open           = sysv_open,
    .middle         = sysv_middle,
    .last           = sysv_last,
    .reals          = sysv_reals,
    .first          = sysv_first,
    .turn           = sysv_turn[0][0],
    .few            = sysv_few,
    .start          = sysv_start,
    .mixed          = sysv_mixed[0][0],
    .mixed_pointers = sysv_mixed_pointers[0][0],
    .turn_pointers  = sysv_turn_pointers[0][0],
    .direct         = direct_stub,
    .pointed        = sysv_ordered,
    .same           = sysv_same,
    .same_memory    = sysv_same_memory,
    .mixed_end      = GPRS,
    .mixed_step     = 2,
    .each           = sysv_each,
    .stack          = sysv_stack_0,
    .stack_reals    = sysv_stack_8,
    .rows           = sysv_rows,
    .row_pointers   = sysv_row_pointers,
    .row_ends       = {10, 4},
    .stack_each     = sysv_stack_each,
    .steps          = &sysv_steps,
    .put_registers  = put_runs,
    .ends_chains    = true,
    .put_rest       = put_varied,
    .varied         = &sysv_varied,
    IMAGES(sysv),
};

const struct stubs win64_stubs = {WIN64_SLOTS, IMAGES(win64)};

const struct abi *const abi_default = &abi_sysv;
