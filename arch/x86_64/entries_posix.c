/* SPDX-License-Identifier: MIT */
/* The entries of System V, on platforms whose own ABI it is. Callbacks of the Windows ABI have no
 * entries for slots here: all go by the table. */
#include "entries.h"

enum { GROUPS = 3 }; /* by integer registers: two, four, six */

/* Of sysv_entry.asm and sysv_table.asm. */
extern const int32_t sysv_slots[ENTRY_KINDS][GROUPS + ENTRY_ORDERED_SHAPES];
extern const int32_t sysv_fixed_leaves[LEAVES], sysv_wide_leaves[LEAVES], sysv_fixed_kinds[LEAVE_MEMORY + 1];
extern entry_stub    sysv_entry_table_fixed, sysv_entry_table_wide, sysv_entry_table_ymm;

#define WIDE_FRAME(registers, bytes)                                                                           \
    {                                                                                                          \
        .gprs = ENTRY_GPRS, .fprs = (registers), .result = ENTRY_RESULT, .stack = 16, .below = -(registers),   \
        .fpr_size = (bytes), .vector = (bytes), .joined = 2                                                    \
    }

static const struct wide_entry wide_entries[] = {{sysv_entry_table_wide, WIDE_FRAME(WIDE_FPRS, 16)},
                                                 {sysv_entry_table_ymm, WIDE_FRAME(YMM_FPRS, 32)}};

const struct entries sysv_entries  = {.slot_entry = slots_of_registers,
                                      .slots      = sysv_slots[0],
                                      .groups     = GROUPS,
                                      .has_orders = true,
                                      SYSV_TABLE,
                                      .fixed_table  = sysv_entry_table_fixed,
                                      .fixed_leaves = sysv_fixed_leaves,
                                      .fixed_frame  = TABLE_FRAME,
                                      .fixed_kinds  = sysv_fixed_kinds,
                                      .wide         = wide_entries,
                                      .wide_leaves  = sysv_wide_leaves,
                                      IMAGE(sysv),
                                      LATE(sysv)};
const struct entries win64_entries = {WIN64_TABLE(WIN64_SAVED), IMAGE(win64), LATE(win64)};

const struct target_shifts target_shifts[] = {{&abi_sysv, SHIFT_BY_TRAMPOLINES},
                                              {&abi_win64, .entries = win64_shifts[0][0]},
                                              {&abi_msvc, .entries = win64_shifts[0][0]},
                                              {.abi = NULL}};
