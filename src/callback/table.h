/* SPDX-License-Identifier: MIT */
/*
 * The table of a form whose entry makes slots of pieces: where in the entry's frame each argument is. The entry
 * stores all registers there, one beside the other, so that most records are in place as the registers held
 * them. What is not, is copied together.
 */
#ifndef TABLE_H
#define TABLE_H

#include "plan/plan.h"

/* Where the entry goes after the handler, to load the result. */
enum table_leave {
    LEAVE_SCALARS,                       /* by the kind of entries; then: */
    LEAVE_WORD_WORD = LEAVE_SCALARS + 9, /* two registers */
    LEAVE_WORD_REAL,
    LEAVE_REAL_WORD,
    LEAVE_REAL_REAL,
    LEAVE_X87,
    LEAVE_X87_X87,
    LEAVE_MEMORY,    /* the address of a result in memory */
    LEAVE_SINGLES,   /* two to four floats in as many registers */
    LEAVE_WORD_HALF, /* two registers, 4 bytes in the second; no entry: as with 8 */
    LEAVE_REAL_SINGLE,
    LEAVE_24, /* one of 3, 5, 6, 7 bytes; no entry: as with 8 */
    LEAVE_40,
    LEAVE_48,
    LEAVE_56,
    LEAVE_BOXED, /* an ABI that boxes, two pieces, one of them a real at least: at a distance of 4 bytes, of 8; by
                      the first, by the second: a word, a float, a double */
    LEAVES = LEAVE_BOXED + 2 * 3 * 3
};

/* The frame of an entry, as offsets from its frame pointer: the registers, 8 bytes each, the result, the caller's
 * stack words. `below`: bytes that it has below the frame pointer. `pointers`: the entry makes pointers to all
 * arguments, scalars too, instead of slots. */
struct entry_frame {
    int32_t  gprs, fprs, result, stack;
    uint32_t below;
    bool     pointers;
};

/* Words of 4 bytes: of each copy the offsets from the frame pointer of two pieces of 8 bytes, and where to; if that is
 * odd, of two pieces of 4 bytes and the offset is one less. Then of each slot twice the offset of what it points to, or
 * of its value, and 1. */
struct slot_table {
    uint32_t nwords, ncopies;
    uint32_t frame; /* bytes below the frame pointer */
};

/* Whether an entry can make all slots and load the result; for that, by enum table_leave except for scalars. */
bool     table_fits(const struct plan *plan);
unsigned table_leave_of(const struct plan *plan);

/* Writes the words; NULL: only counts them. */
struct slot_table table_of(const struct plan *plan, const struct entry_frame *frame, uint32_t *words);

#endif
