/* SPDX-License-Identifier: MIT */
/* What the plan of a call says of values that travel in pieces: where each piece is loaded from. */
#ifndef PIECES_H
#define PIECES_H

#include "../arch/offsets.h"

#include <stdbool.h>
#include <stdint.h>

struct draft;
struct plan;

/* What a slot is made of. */
struct part {
    uint8_t  op, size;
    uint16_t arg;
    uint32_t from; /* within the argument */
};

enum { FLAT_SLOTS = 16 }; /* a plan that needs more has an image */

/* For stubs that load parts of 8 bytes from where they are: the argument whose slot points there, and the
 * offset. A part that is the slot itself is direct, unless all arguments are behind pointers. */
struct source {
    uint16_t arg, from;
};

enum {                                   /* flags in `from` of a stack word */
       PART_PAIR   = 1 << PART_PAIR_BIT, /* the word above is what follows there */
       PART_DIRECT = 1 << PART_DIRECT_BIT
};

/* What such a stub stores of the registers that results are in, an eightbyte each; in the order of its tests.
 */
enum keep { KEEP_NONE, KEEP_REALS, KEEP_WORDS, KEEP_WORD_REAL, KEEP_REAL_WORD, KEEP_WORD, KEEP_REAL };

struct sources {
    struct source gpr[8], fpr[8];
    uint32_t      direct; /* bits of the integer registers, then those of the others */
    uint32_t      keep;
};

/* Whether a classified plan can be of pieces, and how many slots it has then; its tables. */
bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *nparts);
void pieces_fill(struct plan *plan);

#endif
