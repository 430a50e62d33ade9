/* SPDX-License-Identifier: MIT */
/* The part of a plan for values that travel in pieces: the source of each piece. */
#ifndef PIECES_H
#define PIECES_H

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

/* Whether a classified plan can be one of pieces, with the number of its slots in `npieces`; and the tables of
 * such a plan. */
bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *npieces);
void pieces_fill(struct plan *plan);

#endif
