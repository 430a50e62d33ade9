/* SPDX-License-Identifier: MIT */
/* Shared by entries.c and small.c: the entries of aapcs64_entry.S that serve any signature. */
#ifndef AARCH64_ENTRIES_H
#define AARCH64_ENTRIES_H

#include "callback/entries.h"

extern const int32_t aapcs64_leaves[LEAVES];
extern entry_stub    aapcs64_entry_table, aapcs64_entry_table_words, aapcs64_entry_table_wide;
extern entry_stub    aapcs64_entry_image_8, aapcs64_entry_image_16, aapcs64_entry_late;

_Static_assert(AARCH64_ENTRY_RESULT + 4 * 8 == AARCH64_ENTRY_LEAVE &&
                   AARCH64_ENTRY_FPRS + 8 * 8 == AARCH64_ENTRY_STACK,
               "room for results in four registers and for eight registers");
_Static_assert(AARCH64_ENTRY_RESULT + 4 * 16 == AARCH64_ENTRY_LEAVE + AARCH64_WIDE_MORE &&
                   AARCH64_ENTRY_FPRS + AARCH64_WIDE_MORE + 8 * 16 == AARCH64_WIDE_STACK,
               "the same of 16 bytes");

static const struct wide_entry aapcs64_wide_entry = {aapcs64_entry_table_wide,
                                                     {.gprs     = AARCH64_ENTRY_GPRS + AARCH64_WIDE_MORE,
                                                      .fprs     = AARCH64_ENTRY_FPRS + AARCH64_WIDE_MORE,
                                                      .result   = AARCH64_ENTRY_RESULT,
                                                      .stack    = AARCH64_WIDE_STACK,
                                                      .joined   = 8,
                                                      .fpr_size = 16,
                                                      .vector   = 16}};

#define AAPCS64_TABLES                                                                                         \
    .table = aapcs64_entry_table, .words_table = aapcs64_entry_table_words, .leaves = aapcs64_leaves,          \
    .frame = {.gprs     = AARCH64_ENTRY_GPRS,                                                                  \
              .fprs     = AARCH64_ENTRY_FPRS,                                                                  \
              .result   = AARCH64_ENTRY_RESULT,                                                                \
              .stack    = AARCH64_ENTRY_STACK,                                                                 \
              .joined   = 8,                                                                                   \
              .fpr_size = 8,                                                                                   \
              .vector   = 8},                                                                                    \
    .wide = &aapcs64_wide_entry, .wide_leaves = aapcs64_leaves

#define AAPCS64_IMAGES .image = {aapcs64_entry_image_8, aapcs64_entry_image_16}, .late = {aapcs64_entry_late}

#endif
