/* SPDX-License-Identifier: MIT */
/* On Windows callbacks of System V take everything through an image: sysv_entry.asm has nothing else there. The
 * Windows ABI is the platform's own. */
#include "entries.h"

const struct entries sysv_entries = {.shifts = sysv_shifts[0][0], IMAGE(sysv), LATE(sysv)};

/* By the mask of positions that are floating-point (win64_entry.asm). */
extern const int32_t win64_slots[ENTRY_KINDS][16];

const struct entries win64_entries = {
    .slots = win64_slots[0], .shifts = win64_shifts[0][0], IMAGE(win64), LATE(win64)};
