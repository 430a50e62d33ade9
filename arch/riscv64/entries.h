/* SPDX-License-Identifier: MIT */
/* Shared by entries.c and small.c: the entries of LP64D that serve any signature. */
#ifndef RISCV64_ENTRIES_H
#define RISCV64_ENTRIES_H

#include "callback/entries.h"

extern const int32_t lp64d_leaves[LEAVES];  /* lp64d_table.S */
extern const int32_t lp64d_shifts[2][8][8]; /* shift.S */
extern entry_stub    lp64d_entry_table, lp64d_entry_image_8, lp64d_entry_image_16, lp64d_entry_late;

#define LP64D_TABLE                                                                                            \
    .table = lp64d_entry_table, .leaves = lp64d_leaves,                                                        \
    .frame = {.gprs     = RISCV64_ENTRY_GPRS,                                                                  \
              .fprs     = RISCV64_ENTRY_FPRS,                                                                  \
              .result   = RISCV64_ENTRY_RESULT,                                                                \
              .stack    = RISCV64_ENTRY_STACK,                                                                 \
              .below    = RISCV64_ENTRY_BELOW,                                                                 \
              .joined   = 8,                                                                                   \
              .fpr_size = 8,                                                                                   \
              .vector   = 8}

#endif
