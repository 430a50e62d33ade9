/* SPDX-License-Identifier: MIT */
/* Stubs that load arguments from behind pointers by themselves, so that the call goes through no chain. */
#include "plan/chain.h"

/* Whether the plan has one or two records, and the result has the pieces of each in the same kinds of registers. */
static bool is_same(const struct plan *plan) {
    unsigned records = plan->signature->count, pieces = plan->nresults, of[2] = {0};
    if (!pieces || !records || records > 2 || plan->nmoves != records * pieces) return false;
    for (unsigned i = 0; i < pieces; i++)
        if (plan->results[i].location > LOCATION_FPR) return false;
    for (unsigned i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i], *result = &plan->results[i % pieces];
        if (move->op != result->op || move->arg != i / pieces || move->from != result->from ||
            move->size != result->size || move->location != result->location ||
            move->index != of[move->location]++)
            return false;
    }
    return true;
}

/* Three or four reals of one size. */
static enum keep keep_of_reals(const struct move *results, unsigned count) {
    uint32_t size = results[0].size;
    for (unsigned i = 0; i < count; i++)
        if (results[i].location != LOCATION_FPR || results[i].size != size || results[i].from != i * size)
            return KEEP_CHAIN;
    if (size == 4) return count == 3 ? KEEP_SINGLES_3 : KEEP_SINGLES_4;
    return size == 8 ? count == 3 ? KEEP_REALS_3 : KEEP_REALS_4 : KEEP_CHAIN;
}

/* The entry for one record on the stack or by reference, and a result of its size in memory. */
static const int32_t *same_memory(const struct stubs *stubs, const struct plan *plan) {
    const struct move *move = plan->moves;
    if (!stubs->same_memory || plan->signature->count != 1 || plan->nmoves != 1) return NULL;
    uint32_t size = move->size, words = size / 8;
    if (size % 8 || words - 3 >= SAME_WORDS || size != plan->signature->target->size) return NULL;
    if (move->location == LOCATION_FPR) return NULL; /* a large vector */
    return &stubs->same_memory[words - 3];
}

const int32_t *direct_stub(const struct chain *chain, enum keep keep) {
    const struct plan  *plan  = chain->plan;
    const struct stubs *stubs = stubs_of(plan->abi);
    if (keep == KEEP_MEMORY) return same_memory(stubs, plan);
    if (stack_area(plan) > plan->abi->shadow) return NULL;
    if (keep == KEEP_NONE) return stubs->pointed ? ordered_entry(chain, stubs->pointed) : NULL;
    if (!stubs->same || !is_same(plan)) return NULL;
    if (plan->nresults > 2) keep = keep_of_reals(plan->results, plan->nresults);
    const int32_t *entry = &stubs->same[plan->signature->count - 1][keep];
    return *entry ? entry : NULL;
}
