/* SPDX-License-Identifier: MIT */
/* Between stubs.c and the system's part of it, stubs_<os>.c, which knows System V: that has slots where it is
 * the platform's own ABI. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "plan/stubs.h"

extern const struct stubs sysv_stubs;

/* The members of an ABI's record that all systems have: everything through an image, by bytes of a vector
 * register. */
#define WIDE(abi) .wide = {abi##_wide_8, abi##_wide_16, abi##_wide_32, abi##_wide_64}, .lacking = x86_64_lacking

extern wide_stub sysv_wide_8, sysv_wide_16, sysv_wide_32, sysv_wide_64;

/* Why this machine has not the vector registers; NULL: it has. */
const char *x86_64_lacking(unsigned vector);

#endif
