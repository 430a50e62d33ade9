/* SPDX-License-Identifier: MIT */
/* The entries for AArch64: AAPCS64, Apple's variant and Microsoft's. */
#include "entries.h"

enum { GROUPS = 2 }; /* by integer registers: two, eight */

/* Defined in aapcs64_entry.S. */
extern const int32_t aapcs64_slots[ENTRY_KINDS][GROUPS + ENTRY_SHAPES];
extern const int32_t aapcs64_shifts[8][8]; /* shift.S */

_Static_assert(CALLBACK_USERDATA == CALLBACK_HANDLER + 8, "aapcs64_entry.S loads both at once");

static const struct entries aapcs64_entries = {
    .slot_entry = slots_of_registers,
    .slots      = aapcs64_slots[0],
    .groups     = GROUPS,
    AAPCS64_TABLES,
    AAPCS64_IMAGES,
};

const struct target_entries target_entries[] = {{&abi_aapcs64, &aapcs64_entries},
                                                {&abi_apple_arm64, &aapcs64_entries},
                                                {&abi_win_arm64, &aapcs64_entries},
                                                {NULL, NULL}};

const struct target_shifts target_shifts[] = {{&abi_aapcs64, .entries = aapcs64_shifts[0]},
                                              {&abi_apple_arm64, .entries = aapcs64_shifts[0]},
                                              {&abi_win_arm64, .entries = aapcs64_shifts[0]},
                                              {.abi = NULL}};
