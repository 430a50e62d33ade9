/* SPDX-License-Identifier: MIT */
/* The entries that an x86-64 processor can run, whatever the system: those of the Windows ABI and of
 * __vectorcall. Those of System V are entries_<os>.c's. */
#include "stubs.h"

/* Of win64_entry.asm; by the mask of positions that are floating-point. */
extern const int32_t win64_entries[ENTRY_KINDS][16];
extern entry_stub    win64_entry_image_8, win64_entry_image_16, win64_entry_image_32, win64_entry_image_64;
extern entry_stub    vectorcall_entry_image_8, vectorcall_entry_image_16, vectorcall_entry_image_32,
    vectorcall_entry_image_64;
extern entry_stub win64_entry_late_16, win64_entry_late_32, win64_entry_late_64;

static const struct entries entries_of_win64      = {.slots = win64_entries[0], IMAGE(win64), LATE(win64)};
static const struct entries entries_of_vectorcall = {IMAGE(vectorcall), LATE(win64)};

const struct target_entries target_entries[] = {{&abi_sysv, &sysv_entries},
                                                {&abi_win64, &entries_of_win64},
                                                {&abi_msvc, &entries_of_win64},
                                                {&abi_vectorcall, &entries_of_vectorcall},
                                                {NULL, NULL}};
