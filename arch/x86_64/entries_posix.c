/* SPDX-License-Identifier: MIT */
/* The entries of System V, where it is the platform's own ABI. Callbacks of the Windows ABI take everything
 * through an image: win64_entry.asm has nothing else there. */
#include "entries.h"

enum { GROUPS = 3 }; /* of integer registers: two, four, six */

extern const int32_t sysv_slots[ENTRY_KINDS][GROUPS + 5]; /* sysv_entry.asm */

const struct entries sysv_entries = {
    .slots = sysv_slots[0], .groups = GROUPS, .shifts = sysv_shifts[0][0], IMAGE(sysv), LATE(sysv)};
const struct entries win64_entries = {.shifts = win64_shifts[0][0], IMAGE(win64), LATE(win64)};
