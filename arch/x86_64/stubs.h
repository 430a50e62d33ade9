/* SPDX-License-Identifier: MIT */
/* Between stubs.c, entries.c and the system's parts of them, stubs_<os>.c and entries_<os>.c: what those know
 * of System V, which has slots where it is the platform's own ABI. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "callback/entries.h"

extern const struct stubs   sysv_stubs;
extern const struct entries sysv_entries;

/* The members of an ABI's records that all systems have. */
#define WIDE(abi) .wide = {abi##_wide_8, abi##_wide_16, abi##_wide_32, abi##_wide_64}, .lacking = x86_64_lacking
#define IMAGE(abi)                                                                                             \
    .image   = {abi##_entry_image_8, abi##_entry_image_16, abi##_entry_image_32, abi##_entry_image_64},        \
    .lacking = x86_64_lacking
#define LATE(abi) .late = {abi##_entry_late_16, abi##_entry_late_32, abi##_entry_late_64}

/* Of the assembler: everything through an image, by bytes of a vector register. */
extern wide_stub sysv_wide_8, sysv_wide_16, sysv_wide_32, sysv_wide_64;

extern entry_stub sysv_entry_image_8, sysv_entry_image_16, sysv_entry_image_32, sysv_entry_image_64;
extern entry_stub sysv_entry_late_16, sysv_entry_late_32, sysv_entry_late_64;

/* Why this machine has not the vector registers; NULL: it has. */
const char *x86_64_lacking(unsigned vector);

#endif
