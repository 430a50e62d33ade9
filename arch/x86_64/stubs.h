/* SPDX-License-Identifier: MIT */
/* Shared by stubs.c and its system-specific part, stubs_<os>.c: not all stubs of an ABI exist where it is not the
 * platform's own ABI. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "plan/stubs.h"

extern const struct stubs sysv_stubs, win64_stubs;

/* The members of an ABI's record that are the same on all systems: the stubs for images, by the size of a
 * vector register. */
#define IMAGES(abi)                                                                                            \
    .images = {abi##_image_8, abi##_image_16, abi##_image_32, abi##_image_64}, .lacking = x86_64_lacking

extern image_stub sysv_image_8, sysv_image_16, sysv_image_32, sysv_image_64;

/* The stubs for slots of the Windows ABI, on every system; of win64_call.asm. */
#define WIN64_SLOTS                                                                                            \
    .widths = win64_widths, .widths_end = 4, .each_position = win64_each, .stack = win64_stack,                \
    .stack_reals = win64_stack, .stack_each = win64_stack

extern const int32_t  win64_widths[1 + 2 + 4 + 8 + 16], win64_each[4];
extern ffi_store_stub win64_stack;
extern image_stub     win64_image_8, win64_image_16, win64_image_32, win64_image_64;

/* Returns why this machine lacks vector registers of this size; NULL if it has them. */
const char *x86_64_lacking(unsigned vector);

#endif
