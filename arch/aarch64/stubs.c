/* SPDX-License-Identifier: MIT */
/*
 * The stubs for AArch64, and the ABI of the platform. AAPCS64, Apple's variant and Microsoft's differ only
 * in their plans, so functions of all can be called anywhere.
 */
#include "plan/stubs.h"

/* Defined in aapcs64_call.S. */
extern const int32_t  aapcs64_words[1 + 2 + 4 + 8 + 16 + 32 + 64];
extern const int32_t  aapcs64_reals[2][8];
extern const int32_t  aapcs64_mixed[2][8][8];
extern ffi_store_stub aapcs64_each, aapcs64_stack_0, aapcs64_stack_8, aapcs64_stack_each;
extern image_stub     aapcs64_image_8, aapcs64_image_16;

/* Defined in aapcs64_open.S. */
extern const int32_t aapcs64_one[STUB_OPS], aapcs64_two[STUB_OPS * STUB_OPS];
extern const int32_t aapcs64_extending[STUB_OPS - STUB_EXTENDING][4];
extern const int32_t aapcs64_open[STUB_OPS * STUB_OPS], aapcs64_middle[STUB_OPS * (1 + STUB_OPS)],
    aapcs64_upper[STUB_OPS * (1 + STUB_OPS)], aapcs64_last[STUB_OPS * (1 + STUB_OPS)];

/* Defined in aapcs64_steps.S. */
extern const struct step_table aapcs64_steps;

/* Defined in aapcs64_groups.S. */
extern const struct step_groups aapcs64_groups;

/* Defined in aapcs64_direct.S. */
extern const int32_t aapcs64_pointed[ORDERED_LOADS][STEP_GPRS], aapcs64_same[2][KEEP_ALL];

static const struct stubs aapcs64_stubs = {
    .widths        = aapcs64_words,
    .widths_end    = 6,
    .one           = aapcs64_one,
    .two           = aapcs64_two,
    .extending     = aapcs64_extending,
    .open          = aapcs64_open,
    .middle        = aapcs64_middle,
    .upper         = aapcs64_upper,
    .last          = aapcs64_last,
    .reals         = aapcs64_reals,
    .mixed         = aapcs64_mixed[0][0],
    .mixed_end     = 8,
    .mixed_step    = 1,
    .direct        = direct_stub,
    .pointed       = aapcs64_pointed,
    .same          = aapcs64_same,
    .each          = aapcs64_each,
    .stack         = aapcs64_stack_0,
    .stack_reals   = aapcs64_stack_8,
    .stack_each    = aapcs64_stack_each,
    .steps         = &aapcs64_steps,
    .put_registers = put_groups,
    .groups        = &aapcs64_groups,
    .images        = {aapcs64_image_8, aapcs64_image_16},
};

const struct target_abi target_abis[] = {{&abi_aapcs64, &aapcs64_stubs},
                                         {&abi_apple_arm64, &aapcs64_stubs},
                                         {&abi_win_arm64, &aapcs64_stubs},
                                         {NULL, NULL}};

#ifdef __APPLE__
const struct abi *const abi_default = &abi_apple_arm64;
#elif defined(_WIN32)
const struct abi *const abi_default = &abi_win_arm64;
#else
const struct abi *const abi_default = &abi_aapcs64;
#endif
