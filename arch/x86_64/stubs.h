/* SPDX-License-Identifier: MIT */
/* Shared by stubs.c and its system-specific part, stubs_<os>.c, which has System V: there are stubs for slots
 * only where it is the platform's own ABI. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "plan/stubs.h"

extern const struct stubs sysv_stubs;

/* The members of an ABI's record that are the same on all systems: the stubs for images, by the size of a
 * vector register. */
#define IMAGES(abi)                                                                                            \
    .images = {abi##_image_8, abi##_image_16, abi##_image_32, abi##_image_64}, .lacking = x86_64_lacking

extern image_stub sysv_image_8, sysv_image_16, sysv_image_32, sysv_image_64;

/* Returns why this machine lacks vector registers of this size; NULL if it has them. */
const char *x86_64_lacking(unsigned vector);

#endif
