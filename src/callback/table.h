/* SPDX-License-Identifier: MIT */
/*
 * The table of a form whose entry makes slots of pieces. It says where in the entry's frame each argument is. The
 * entry stores all registers side by side, so most records lie there as a whole. The entry copies the pieces of
 * every other record together.
 */
#ifndef TABLE_H
#define TABLE_H

#include "plan/plan.h"

/* Where the entry goes after the handler, to load the result. Where an ABI clears results in memory in many ways, the
 * entry goes to LEAVE_MEMORY before the handler, and that calls it. */
enum table_leave {
    LEAVE_SCALARS,                       /* one register, by enum entry_kind */
    LEAVE_WORD_WORD = LEAVE_SCALARS + 9, /* two registers */
    LEAVE_WORD_REAL,
    LEAVE_REAL_WORD,
    LEAVE_REAL_REAL,
    LEAVE_X87,
    LEAVE_X87_X87,
    LEAVE_MEMORY,    /* the address of a result in memory */
    LEAVE_SINGLES,   /* two to four floats in as many registers */
    LEAVE_WORD_HALF, /* two registers, 4 bytes in the second; if there is no code for it, 8 bytes */
    LEAVE_REAL_SINGLE,
    LEAVE_24, /* one register with 3, 5, 6 or 7 bytes; if there is no code for it, 8 bytes */
    LEAVE_40,
    LEAVE_48,
    LEAVE_56,
    LEAVE_F128, /* a register of 16 bytes; up to four of them where an ABI has such results */
    LEAVE_F256, /* one register of 32 bytes */
    LEAVE_BOXED, /* two pieces, at least one of them a real, by an ABI that boxes reals. The order is: distance of
                      4 or 8 bytes; the first piece, a word, a float or a double; the second, likewise */
    LEAVES = LEAVE_BOXED + 2 * 3 * 3
};

/* The frame of an entry. The offsets are from its frame pointer: of the registers, of the result, and of
 * the caller's stack words. `below` is the number of bytes that the frame has below the frame pointer. If `pointers` is
 * true, the entry passes a pointer to each argument, to scalars too, in place of slots. */
struct entry_frame {
    int32_t  gprs, fprs, result, stack;
    uint32_t below;
    uint8_t  fpr_size; /* bytes from a floating-point register to the next */
    uint8_t  vector;   /* bytes of the largest that a plan may need */
    uint8_t  joined;   /* so many integer registers have their records as a whole in the frame; see table.c */
    bool     pointers;
};

/* A table has words of 4 bytes. Each copy has three: the offsets of two pieces of 8 bytes, and the offset to which the
 * entry copies them. If the third word is no multiple of 8, the pieces have 4 bytes, and the offset is 4 less. Then each
 * slot has a word: twice the offset of the memory to which the slot points, or twice the offset of the slot's value,
 * plus 1. */
struct slot_table {
    uint32_t nwords, ncopies;
    uint32_t frame; /* bytes below the frame pointer */
};

/* Whether an entry with floating-point registers of so many bytes can make all slots and load the result. */
bool table_fits(const struct plan *plan, unsigned vector);

/* The enum table_leave of the result; LEAVE_SCALARS for every scalar. */
unsigned table_leave_of(const struct plan *plan);

/* Writes the words. If `words` is NULL, only counts them. */
struct slot_table table_of(const struct plan *plan, const struct entry_frame *frame, uint32_t *words);

#endif
