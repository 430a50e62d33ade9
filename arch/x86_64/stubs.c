/* SPDX-License-Identifier: MIT */
/* The ABIs of x86-64 and the stubs of __vectorcall. stubs_<os>.c has those of System V and of the Windows ABI. */
#include "stubs.h"

/* Defined in win64_call.asm. */
extern image_stub vectorcall_image_8, vectorcall_image_16, vectorcall_image_32, vectorcall_image_64;

static const struct stubs vectorcall_stubs = {IMAGES(vectorcall)};

const struct target_abi target_abis[] = {{&abi_sysv, &sysv_stubs},
                                         {&abi_win64, &win64_stubs},
                                         {&abi_msvc, &win64_stubs},
                                         {&abi_vectorcall, &vectorcall_stubs},
                                         {NULL, NULL}};
