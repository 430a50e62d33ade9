/* SPDX-License-Identifier: MIT */
/* The entries on Windows, whose own ABI is the Windows ABI. Callbacks of System V always use an image here:
 * sysv_entry.asm defines no other entries. */
#include "entries.h"

const struct entries sysv_entries = {IMAGE(sysv), LATE(sysv)};

/* By the mask of floating-point positions (win64_entry.asm). */
extern const int32_t win64_slots[ENTRY_KINDS][16];

const struct entries win64_entries = {
    .slot_entry = slots_of_positions, .slots = win64_slots[0], WIN64_TABLE(0), IMAGE(win64), LATE(win64)};

const struct target_shifts target_shifts[] = {{&abi_sysv, .entries = sysv_shifts[0][0]},
                                              {&abi_win64, SHIFT_BY_TRAMPOLINES},
                                              {&abi_msvc, SHIFT_BY_TRAMPOLINES},
                                              {.abi = NULL}};
