/* SPDX-License-Identifier: MIT */
/* The entries that an x86-64 processor can run, whatever the system: those of the Windows ABI and of
 * __vectorcall. Those of System V are entries_<os>.c's. */
#include "entries.h"

/* Of win64_entry.asm; by the mask of positions that are floating-point. */
extern const int32_t win64_slots[ENTRY_KINDS][16];
extern entry_stub    win64_entry_image_8, win64_entry_image_16, win64_entry_image_32, win64_entry_image_64;
extern entry_stub    vectorcall_entry_image_8, vectorcall_entry_image_16, vectorcall_entry_image_32,
    vectorcall_entry_image_64;
extern entry_stub win64_entry_late_16, win64_entry_late_32, win64_entry_late_64;

static const struct entries win64_entries      = {.slots = win64_slots[0], IMAGE(win64), LATE(win64)};
static const struct entries vectorcall_entries = {IMAGE(vectorcall), LATE(win64)};

const struct target_entries target_entries[] = {{&abi_sysv, &sysv_entries},
                                                {&abi_win64, &win64_entries},
                                                {&abi_msvc, &win64_entries},
                                                {&abi_vectorcall, &vectorcall_entries},
                                                {NULL, NULL}};
