/* SPDX-License-Identifier: MIT */
/* The stubs for x86-64 on every system: those of the Windows ABI and of __vectorcall. stubs_<os>.c has those of
 * System V. */
#include "stubs.h"

/* Defined in win64_call.asm, with those that only vectorcall uses. */
extern const int32_t           win64_widths[1 + 2 + 4 + 8 + 16], win64_each[4];
extern ffi_store_stub          win64_stack;
extern image_stub              win64_image_8, win64_image_16, win64_image_32, win64_image_64;
extern const struct step_table win64_steps; /* win64_steps.asm */
extern image_stub vectorcall_image_8, vectorcall_image_16, vectorcall_image_32, vectorcall_image_64;

static const struct stubs win64_stubs = {
    .widths        = win64_widths,
    .widths_end    = 4,
    .each_position = win64_each,
    .stack         = win64_stack,
    .stack_reals   = win64_stack,
    .stack_each    = win64_stack,
    .steps         = &win64_steps,
    IMAGES(win64),
};

static const struct stubs vectorcall_stubs = {IMAGES(vectorcall)};

const struct target_abi target_abis[] = {{&abi_sysv, &sysv_stubs},
                                         {&abi_win64, &win64_stubs},
                                         {&abi_msvc, &win64_stubs},
                                         {&abi_vectorcall, &vectorcall_stubs},
                                         {NULL, NULL}};
