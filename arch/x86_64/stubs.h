/* SPDX-License-Identifier: MIT */
/* Between stubs.c and the system's part of it, stubs_<os>.c, which knows System V: that has slots where it is
 * the platform's own ABI. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "plan/stubs.h"

extern const struct stubs sysv_stubs;

/* The members of an ABI's record that all systems have: everything through an image, by bytes of a vector
 * register. */
#define IMAGES(abi)                                                                                            \
    .images = {abi##_image_8, abi##_image_16, abi##_image_32, abi##_image_64}, .lacking = x86_64_lacking

extern image_stub sysv_image_8, sysv_image_16, sysv_image_32, sysv_image_64;

/* Why this machine has not the vector registers; NULL: it has. */
const char *x86_64_lacking(unsigned vector);

#endif
