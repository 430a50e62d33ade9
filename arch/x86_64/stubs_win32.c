/* SPDX-License-Identifier: MIT */
/* On Windows, System V functions are always called through an image: only sysv_image.asm defines stubs there.
 */
#include "stubs.h"

const struct stubs sysv_stubs = {IMAGES(sysv)};

/* Defined in win64_steps.asm. */
extern const struct step_table win64_steps;
extern const int32_t           win64_pointed[ORDERED_LOADS][STEP_GPRS];

const struct stubs win64_stubs = {
    WIN64_SLOTS,   .direct = direct_stub,     .pointed = win64_pointed, .steps = &win64_steps,
    IMAGES(win64), .put_registers = put_runs, .put_rest = put_singles,
};

const struct abi *const abi_default = &abi_win64;
