/* SPDX-License-Identifier: MIT */
/*
 * Plans of pieces: structs, complex numbers and whatever else registers and stack take in pieces of up to 8
 * bytes. Each piece becomes a slot, and the ABI's stubs for slots do the call (pieces.c).
 */
#include "base/util.h"
#include "plan/draft.h"

static uint32_t pieces_of(const struct move *move) {
    return is_bytes((enum move_op)move->op) ? (move->size + 7) / 8 : 1;
}

bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *npieces) {
    if (plan->vector > 8 || plan->nx87 || plan->nresults > 2 || draft->stack_alignment > 16) return false;
    if (plan->sret && plan->result_gpr != 0) return false;
    for (unsigned i = 0; i < plan->nresults; i++)
        if (plan->results[i].size > 8) return false;
    *npieces = plan->sret;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        if (move->op == MOVE_COPY || move->size > 16 /* is faster copied at once */ ||
            (move->location == LOCATION_STACK && move->index % 8))
            return false;
        *npieces += pieces_of(move);
    }
    return *npieces <= PIECE_SLOTS;
}

static void feed(struct plan *plan, const struct move *move, uint32_t word, uint32_t slot) {
    switch (move->location) {
    case LOCATION_GPR: plan->gpr[move->index] = (uint16_t)slot; break;
    case LOCATION_FPR: plan->fpr[move->index] = (uint16_t)slot; break;
    default: plan->stack[move->index / 8 + word] = slot;
    }
}

/* A result in memory: its address is slot 0 and in the first register. */
void pieces_fill(struct plan *plan) {
    uint32_t slot = plan->sret;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        for (uint32_t word = 0; word < pieces_of(move); word++, slot++) {
            uint32_t left      = move->size - 8 * word;
            plan->pieces[slot] = (struct piece){.op   = move->op,
                                                .size = (uint8_t)(left < 8 ? left : 8),
                                                .arg  = move->arg,
                                                .from = move->from + 8 * word};
            feed(plan, move, word, slot);
        }
    }
    plan->feed       = FEED_PIECES;
    plan->full_slots = true;
}
