/* SPDX-License-Identifier: MIT */
/* The entries for RISC-V with 64-bit registers: LP64D. */
#include "entries.h"

enum {
    GROUPS       = 2, /* by integer registers: two, eight */
    MEMORY_WORDS = 32 /* of a result in memory that is cleared without a loop */
};

/* Defined in lp64d_entry.S. */
extern const int32_t lp64d_slots[ENTRY_KINDS][GROUPS + ENTRY_SHAPES];

/* Defined in lp64d_table.S. */
extern const int32_t lp64d_fixed_leaves[LEAVES], lp64d_fixed_memory[MEMORY_WORDS - 2];
extern entry_stub    lp64d_entry_fixed;

static const struct entries lp64d_entries = {
    .slot_entry = slots_of_registers,
    .slots      = lp64d_slots[0],
    .groups     = GROUPS,
    LP64D_TABLE,
    .fixed_table  = lp64d_entry_fixed,
    .fixed_leaves = lp64d_fixed_leaves,
    .fixed_frame  = TABLE_FRAME,
    .fixed_memory = lp64d_fixed_memory,
    .memory_words = MEMORY_WORDS,
    .image        = {lp64d_entry_image_8, lp64d_entry_image_16},
    .late         = {lp64d_entry_late},
};

const struct target_entries target_entries[] = {{&abi_lp64d, &lp64d_entries}, {NULL, NULL}};

const struct target_shifts target_shifts[] = {{&abi_lp64d, .entries = lp64d_shifts[0][0]}, {.abi = NULL}};
