/* SPDX-License-Identifier: MIT */
/*
 * Plans of pieces: structs, complex numbers and other values that travel in pieces of up to 8 bytes. Staging
 * copies each piece to a slot, and the ABI's stub for slots does the call (call/pieces.c). If every piece has 8
 * bytes and the ABI has stubs that load pieces from the values themselves, no staging is needed.
 */
#include "base/util.h"
#include "plan/draft.h"
#include "plan/stubs.h"

static uint32_t pieces_of(const struct move *move) {
    return move->op == MOVE_BYTES ? (move->size + 7) / 8 : 1;
}

/* Whether a stub can load the bytes of a move in 8-byte words: from a slot, which always has 8 bytes, or
 * through a pointer. */
static bool is_whole(const struct move *move, bool behind_pointer) {
    if (move->op == MOVE_32) return !behind_pointer;
    return move->op == MOVE_64 || (move->op == MOVE_BYTES && move->size % 8 == 0);
}

static bool all_whole(const struct plan *plan, bool behind_pointers) {
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (!is_whole(&plan->moves[i], behind_pointers)) return false;
    return true;
}

/* Whether the ABI has a stub that loads the pieces, and stores the result's eightbytes or leaves a scalar
 * result in its register. */
static bool loads_pieces(const struct plan *plan) {
    const struct stubs *stubs = stubs_of(plan->abi);
    if (!plan->nmoves || !stubs->pieces) return false;
    if (type_machine(plan->signature->target) == FFI_KIND_F16) return false;
    for (unsigned i = 0; i < plan->nresults && !plan->core_result; i++)
        if (plan->results[i].size != 8 || plan->results[i].from != 8 * i) return false;
    return all_whole(plan, false);
}

bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *npieces) {
    if (plan->vector > 8 || plan->nx87 || plan->nresults > 2 || draft->stack_alignment > 16) return false;
    if (plan->sret && plan->result_gpr != 0) return false;
    for (unsigned i = 0; i < plan->nresults; i++)
        if (plan->results[i].size > 8) return false;
    bool in_place = loads_pieces(plan);
    *npieces      = plan->sret;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        if (move->op == MOVE_COPY || (move->size > 16 && !in_place) /* copying it as a whole is faster */ ||
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

static enum kept_result kept_result_of(const struct plan *plan) {
    bool first = plan->results[0].location == LOCATION_FPR, second = plan->results[1].location == LOCATION_FPR;
    if (plan->core_result || !plan->nresults) return KEEP_NONE;
    if (plan->nresults == 1) return first ? KEEP_REAL : KEEP_WORD;
    if (first) return second ? KEEP_REALS : KEEP_REAL_WORD;
    return second ? KEEP_WORD_REAL : KEEP_WORDS;
}

/* Sets every load to the first piece. Unused registers and words keep it. */
static void begin_loads(struct plan *plan, struct load *words) {
    bool        direct      = plan->moves->op != MOVE_BYTES;
    struct load first       = {.arg = plan->moves->arg};
    plan->loads.direct      = direct ? 0xffff : 0;
    plan->loads.kept_result = kept_result_of(plan);
    for (unsigned k = 0; k < countof(plan->gpr); k++) plan->loads.gpr[k] = plan->loads.fpr[k] = first;
    if (direct) first.from = LOAD_DIRECT;
    for (uint32_t k = 0; k < plan->nstack; k++) words[k] = first;
}

static void add_load(struct plan *plan, struct load *words, const struct move *move) {
    struct loads *loads  = &plan->loads;
    struct load   load   = {.arg = move->arg, .from = (uint16_t)move->from};
    bool          direct = move->op != MOVE_BYTES, fpr = move->location == LOCATION_FPR;
    if (move->location == LOCATION_STACK) {
        for (uint32_t word = 0; word < pieces_of(move); word++, load.from += 8)
            words[move->index / 8 + word] = load;
        if (direct) words[move->index / 8].from = LOAD_DIRECT;
        return;
    }
    uint32_t bit = 1u << (fpr ? countof(plan->gpr) + move->index : move->index);
    if (fpr) loads->fpr[move->index] = load;
    else loads->gpr[move->index] = load;
    loads->direct = direct ? loads->direct | bit : loads->direct & ~bit;
}

static void fill_loads(struct plan *plan) {
    struct load *words = (struct load *)(void *)(plan->stack + plan->nstack);
    begin_loads(plan, words);
    for (uint32_t i = 0; i < plan->nmoves; i++) add_load(plan, words, &plan->moves[i]);
    for (uint32_t k = 0; k + 1 < plan->nstack; k += 2)
        if (words[k].from != LOAD_DIRECT && words[k].arg == words[k + 1].arg &&
            words[k].from + 8 == words[k + 1].from)
            words[k].from |= LOAD_PAIR;
    plan->in_place  = true;
    plan->all_words = all_whole(plan, true);
}

/* If the result is in memory, its address is slot 0, which feeds the first register. */
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
    if (loads_pieces(plan)) fill_loads(plan);
}
