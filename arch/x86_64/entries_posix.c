/* SPDX-License-Identifier: MIT */
/* The entries of System V, where it is the platform's own ABI. */
#include "entries.h"

enum { GROUPS = 3 }; /* of integer registers: two, four, six */

extern const int32_t sysv_slots[ENTRY_KINDS][GROUPS + 5]; /* sysv_entry.asm */

const struct entries sysv_entries = {.slots = sysv_slots[0], .groups = GROUPS, IMAGE(sysv), LATE(sysv)};
