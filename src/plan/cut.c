/* SPDX-License-Identifier: MIT */
/*
 * Plans of pieces: structs, complex numbers and whatever else registers and stack take in pieces of up to 8
 * bytes. Each piece becomes a slot, and the ABI's stubs for slots do the call (pieces.c). Where all pieces are
 * of 8 bytes, and the ABI has stubs that load them from where they are, those do it alone.
 */
#include "base/util.h"
#include "plan/draft.h"
#include "plan/stubs.h"

static uint32_t parts_of(const struct move *move) {
    return move->op == MOVE_BYTES ? (move->size + 7) / 8 : 1;
}

/* Whether a stub can load it from where it is: from a slot, which has 8 bytes always, or from behind a pointer.
 */
static bool is_whole(const struct move *move, bool behind_pointer) {
    if (move->op == MOVE_32) return !behind_pointer;
    return move->op == MOVE_64 || (move->op == MOVE_BYTES && move->size % 8 == 0);
}

static bool all_whole(const struct plan *plan, bool behind_pointers) {
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (!is_whole(&plan->moves[i], behind_pointers)) return false;
    return true;
}

/* Whether there is a stub that loads the parts, and stores the result's eightbytes or leaves a slot's. */
static bool loads_parts(const struct plan *plan) {
    const struct stubs *stubs = stubs_of(plan->abi);
    if (!plan->nmoves || !stubs->pieces) return false;
    if (type_machine(plan->signature->target) == FFI_KIND_F16) return false;
    for (unsigned i = 0; i < plan->nresults && !plan->core_result; i++)
        if (plan->results[i].size != 8 || plan->results[i].from != 8 * i) return false;
    return all_whole(plan, false);
}

bool pieces_fit(const struct plan *plan, const struct draft *draft, uint32_t *nparts) {
    if (plan->vector > 8 || plan->nx87 || plan->nresults > 2 || draft->stack_alignment > 16) return false;
    if (plan->in_memory && plan->result_gpr != 0) return false;
    for (unsigned i = 0; i < plan->nresults; i++)
        if (plan->results[i].size > 8) return false;
    bool whole = loads_parts(plan);
    *nparts    = plan->in_memory;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        if (move->op == MOVE_COPY || (move->size > 16 && !whole) /* is faster copied at once */ ||
            (move->place == PLACE_STACK && move->index % 8))
            return false;
        *nparts += parts_of(move);
    }
    return *nparts <= FLAT_SLOTS;
}

static void feed(struct plan *plan, const struct move *move, uint32_t word, uint32_t slot) {
    switch (move->place) {
    case PLACE_GPR: plan->gpr[move->index] = (uint16_t)slot; break;
    case PLACE_FPR: plan->fpr[move->index] = (uint16_t)slot; break;
    default: plan->stack[move->index / 8 + word] = slot;
    }
}

static enum keep keep_of(const struct plan *plan) {
    bool first = plan->results[0].place == PLACE_FPR, second = plan->results[1].place == PLACE_FPR;
    if (plan->core_result || !plan->nresults) return KEEP_NONE;
    if (plan->nresults == 1) return first ? KEEP_REAL : KEEP_WORD;
    if (first) return second ? KEEP_REALS : KEEP_REAL_WORD;
    return second ? KEEP_WORD_REAL : KEEP_WORDS;
}

/* What each register and word is loaded from; those that are not in use are loaded from the first part. */
static void begin_sources(struct plan *plan, struct source *words) {
    bool          direct = plan->moves->op != MOVE_BYTES;
    struct source first  = {.arg = plan->moves->arg};
    plan->sources.direct = direct ? 0xffff : 0;
    plan->sources.keep   = keep_of(plan);
    for (unsigned k = 0; k < countof(plan->gpr); k++) plan->sources.gpr[k] = plan->sources.fpr[k] = first;
    if (direct) first.from = PART_DIRECT;
    for (uint32_t k = 0; k < plan->nstack; k++) words[k] = first;
}

static void add_source(struct plan *plan, struct source *words, const struct move *move) {
    struct sources *sources = &plan->sources;
    struct source   source  = {.arg = move->arg, .from = (uint16_t)move->from};
    bool            direct = move->op != MOVE_BYTES, fpr = move->place == PLACE_FPR;
    if (move->place == PLACE_STACK) {
        for (uint32_t word = 0; word < parts_of(move); word++, source.from += 8)
            words[move->index / 8 + word] = source;
        if (direct) words[move->index / 8].from = PART_DIRECT;
        return;
    }
    uint32_t bit = 1u << (fpr ? countof(plan->gpr) + move->index : move->index);
    if (fpr) sources->fpr[move->index] = source;
    else sources->gpr[move->index] = source;
    sources->direct = direct ? sources->direct | bit : sources->direct & ~bit;
}

static void fill_sources(struct plan *plan) {
    struct source *words = (struct source *)(void *)(plan->stack + plan->nstack);
    begin_sources(plan, words);
    for (uint32_t i = 0; i < plan->nmoves; i++) add_source(plan, words, &plan->moves[i]);
    for (uint32_t k = 0; k + 1 < plan->nstack; k += 2)
        if (words[k].from != PART_DIRECT && words[k].arg == words[k + 1].arg &&
            words[k].from + 8 == words[k + 1].from)
            words[k].from |= PART_PAIR;
    plan->in_place  = true;
    plan->all_words = all_whole(plan, true);
}

/* A result in memory: its address is slot 0 and in the first register. */
void pieces_fill(struct plan *plan) {
    uint32_t slot = plan->in_memory;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        for (uint32_t word = 0; word < parts_of(move); word++, slot++) {
            uint32_t left     = move->size - 8 * word;
            plan->parts[slot] = (struct part){.op   = move->op,
                                              .size = (uint8_t)(left < 8 ? left : 8),
                                              .arg  = move->arg,
                                              .from = move->from + 8 * word};
            feed(plan, move, word, slot);
        }
    }
    plan->feed  = FEED_PIECES;
    plan->whole = true;
    if (loads_parts(plan)) fill_sources(plan);
}
