/* SPDX-License-Identifier: MIT */
/* Shared by entries.c and its system-specific part, entries_<os>.c. */
#ifndef X86_64_ENTRIES_H
#define X86_64_ENTRIES_H

#include "callback/entries.h"
#include "stubs.h"

extern const struct entries sysv_entries, win64_entries;

/* The members of an ABI's record that are the same on all systems. */
#define IMAGE(abi)                                                                                             \
    .image   = {abi##_entry_image_8, abi##_entry_image_16, abi##_entry_image_32, abi##_entry_image_64},        \
    .lacking = x86_64_lacking
#define LATE(abi) .late = {abi##_entry_late_16, abi##_entry_late_32, abi##_entry_late_64}

extern entry_stub sysv_entry_image_8, sysv_entry_image_16, sysv_entry_image_32, sysv_entry_image_64;
extern entry_stub sysv_entry_late_16, sysv_entry_late_32, sysv_entry_late_64;
extern entry_stub win64_entry_image_8, win64_entry_image_16, win64_entry_image_32, win64_entry_image_64;
extern entry_stub win64_entry_late_16, win64_entry_late_32, win64_entry_late_64;

extern const int32_t win64_leaves[LEAVES];
extern entry_stub    win64_entry_table;

/* sysv_entry.asm. */
extern const int32_t sysv_leaves[LEAVES];
extern entry_stub    sysv_entry_table;

/* Behind the stack words are rbp, saved, and the return address. */
#define SYSV_TABLE                                                                                             \
    .table = sysv_entry_table, .leaves = sysv_leaves,                                                          \
    .frame = {                                                                                                 \
        .gprs     = ENTRY_GPRS,                                                                                \
        .fprs     = ENTRY_FPRS,                                                                                \
        .result   = ENTRY_RESULT,                                                                              \
        .stack    = 16,                                                                                        \
        .below    = -ENTRY_LEAVE,                                                                              \
        .fpr_size = 8,                                                                                         \
        .vector   = 8,                                                                                         \
        .joined   = 2,                                                                                         \
    }

/* `saved`: bytes that the entry saves below its frame pointer. */
#define WIN64_FRAME(saved)                                                                                     \
    {                                                                                                          \
        .gprs = WIN64_ENTRY_HOME, .fprs = WIN64_ENTRY_FPRS - (saved), .result = WIN64_ENTRY_RESULT - (saved),  \
        .stack = WIN64_ENTRY_HOME, .below = WIN64_ENTRY_BELOW + (saved), .fpr_size = 8, .vector = 16,          \
    }

/* An argument of 16 bytes is passed by its address. */
#define WIN64_TABLE(saved) .table = win64_entry_table, .leaves = win64_leaves, .frame = WIN64_FRAME(saved)

/* shift.asm: entries, where the ABI is not the system's own, and the trampolines of that. */
extern const int32_t       sysv_shifts[2][6][6], win64_shifts[2][4][4];
extern const unsigned char shift_first_page[], shift_any_page[];
extern const uint16_t      shift_offsets[];

#define SHIFT_BY_TRAMPOLINES                                                                                   \
    .first   = {.code   = shift_first_page,                                                                    \
                .count  = 4096 / SHIFT_FIRST_SIZE,                                                             \
                .size   = SHIFT_FIRST_SIZE,                                                                    \
                .unused = 1},                                                                                  \
    .any     = {.code = shift_any_page, .count = 4096 / SHIFT_ANY_SIZE, .size = SHIFT_ANY_SIZE},               \
    .offsets = shift_offsets

#endif
