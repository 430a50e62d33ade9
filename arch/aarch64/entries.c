/* SPDX-License-Identifier: MIT */
/* The entries for AArch64: AAPCS64, Apple's variant and Microsoft's. */
#include "callback/entries.h"

enum { GROUPS = 2 }; /* by integer registers: two, eight */

/* Defined in aapcs64_entry.S. */
extern const int32_t aapcs64_slots[ENTRY_KINDS][GROUPS + ENTRY_SHAPES];
extern const int32_t aapcs64_leaves[LEAVES];
extern entry_stub    aapcs64_entry_table;
extern entry_stub    aapcs64_entry_image_8, aapcs64_entry_image_16;
extern entry_stub    aapcs64_entry_late;
extern const int32_t aapcs64_shifts[8][8]; /* shift.S */

_Static_assert(CALLBACK_USERDATA == CALLBACK_HANDLER + 8, "aapcs64_entry.S loads both at once");

static const struct entries aapcs64_entries = {
    .slot_entry = slots_of_registers,
    .slots      = aapcs64_slots[0],
    .groups     = GROUPS,
    .table      = aapcs64_entry_table,
    .leaves     = aapcs64_leaves,
    .frame      = {.gprs   = AARCH64_ENTRY_GPRS,
                   .fprs   = AARCH64_ENTRY_FPRS,
                   .result = AARCH64_ENTRY_RESULT,
                   .stack  = AARCH64_ENTRY_STACK},
    .image      = {aapcs64_entry_image_8, aapcs64_entry_image_16},
    .late       = {aapcs64_entry_late},
};

const struct target_entries target_entries[] = {{&abi_aapcs64, &aapcs64_entries},
                                                {&abi_apple_arm64, &aapcs64_entries},
                                                {&abi_win_arm64, &aapcs64_entries},
                                                {NULL, NULL}};

const struct target_shifts target_shifts[] = {{&abi_aapcs64, .entries = aapcs64_shifts[0]},
                                              {&abi_apple_arm64, .entries = aapcs64_shifts[0]},
                                              {&abi_win_arm64, .entries = aapcs64_shifts[0]},
                                              {.abi = NULL}};
