/* SPDX-License-Identifier: MIT */
/* The entries on Windows, whose own ABI is the Windows ABI. Callbacks of System V always use an image here:
 * sysv_entry.asm defines no other entries. */
#include "entries.h"

const struct entries sysv_entries = {IMAGE(sysv), LATE(sysv)};

/* By the mask of floating-point positions (win64_entry.asm). */
extern const int32_t win64_slots[ENTRY_KINDS][16];

const struct entries win64_entries = {.slots = win64_slots[0], WIN64_TABLE(0), IMAGE(win64), LATE(win64)};

const struct target_shifts target_shifts[] = {{&abi_sysv, sysv_shifts[0][0], NULL},
                                              {&abi_win64, win64_shifts[0][0], shift_page},
                                              {&abi_msvc, win64_shifts[0][0], shift_page},
                                              {NULL, NULL, NULL}};
