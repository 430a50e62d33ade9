/* SPDX-License-Identifier: MIT */
/* The entries for x86-64 on every system. entries_<os>.c has the records of System V and of the Windows ABI:
 * the system's own ABI has entries that store slots. */
#include "entries.h"

/* Defined in win64_entry.asm. */
extern entry_stub vectorcall_entry_image_8, vectorcall_entry_image_16, vectorcall_entry_image_32,
    vectorcall_entry_image_64;

static const struct entries vectorcall_entries = {IMAGE(vectorcall), LATE(win64)};

const struct target_entries target_entries[] = {{&abi_sysv, &sysv_entries},
                                                {&abi_win64, &win64_entries},
                                                {&abi_msvc, &win64_entries},
                                                {&abi_vectorcall, &vectorcall_entries},
                                                {NULL, NULL}};
