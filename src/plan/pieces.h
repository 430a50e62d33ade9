/* SPDX-License-Identifier: MIT */
/* The part of a plan for values that travel in pieces: the source of each piece. */
#ifndef PIECES_H
#define PIECES_H

#include "../arch/offsets.h"

#include <stdbool.h>
#include <stdint.h>

struct draft;
struct plan;

/* The bytes that make one slot. */
struct piece {
    uint8_t  op, size;
    uint16_t arg;
    uint32_t from; /* offset in the argument */
};

enum { PIECE_SLOTS = 16 }; /* a plan that needs more slots uses an image */

/* For stubs that load pieces of 8 bytes from the values themselves: the argument whose slot points to the
 * value, and the offset in it. A direct piece is the slot itself, unless all arguments are behind pointers. */
struct load {
    uint16_t arg, from;
};

enum {                                   /* flags in `from` of a stack word */
       LOAD_PAIR   = 1 << LOAD_PAIR_BIT, /* the next stack word follows this one in the value too */
       LOAD_DIRECT = 1 << LOAD_DIRECT_BIT
};

/* Which result registers such a stub stores, an eightbyte each; in the order of its tests. */
enum kept_result { KEEP_NONE, KEEP_REALS, KEEP_WORDS, KEEP_WORD_REAL, KEEP_REAL_WORD, KEEP_WORD, KEEP_REAL };

struct loads {
    struct load gpr[8], fpr[8];
    uint32_t    direct;      /* bits of the integer registers, then of the floating-point registers */
    uint32_t    kept_result; /* enum kept_result */
};

/* Whether a classified plan can be one of pieces, with the number of its slots in `npieces`; and the tables of
 * such a plan. */
bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *npieces);
void pieces_fill(struct plan *plan);

#endif
