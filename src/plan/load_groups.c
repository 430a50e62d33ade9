/* SPDX-License-Identifier: MIT */
/*
 * The steps of a chain that load registers by groups: one step for up to four words, in slots or behind pointers; one or two
 * for each other register. Steps for floating-point registers use some integer registers, so those come last.
 */
#include "plan/chain.h"

/* Up to four registers: from the first on those that have words, all in slots or all behind pointers, by one step; the others
 * before it, one by one. Whether there is such a step. */
static bool put_four(struct chain *chain, enum location location, enum group group, unsigned first,
                     unsigned end) {
    const struct plan *plan                         = chain->plan;
    uint32_t           operands[2 * STEP_GROUP + 1] = {0}, count = 0, mask = 0;
    unsigned           single  = first;
    bool               pointed = false;
    for (; single < end; single++) {
        const struct move *move = move_to(chain, location, single);
        if (!move || !is_word(move) || (count && is_pointed(chain, move) != pointed)) break;
        pointed = is_pointed(chain, move);
        mask |= (loaded_bytes(move) == 8u) << (single - first);
        operands[count++] = move->arg * 8u;
        if (pointed) operands[count++] = move->from;
    }
    while (end-- > single) {
        const struct move *move = move_to(chain, location, end);
        if (move) put_register(chain, move);
    }
    if (!count) return false;
    const struct step_groups *groups = stubs_of(plan->abi)->groups;
    put_step(chain, &groups->registers[location][pointed][group][(1u << (single - first)) - 2 + mask]);
    for (unsigned k = 0; k < count; k += 2) put_operands(chain, operands[k], operands[k + 1]);
    return true;
}

/* Whether the last step goes to the native code. */
static bool put_kind(struct chain *chain, enum location location, unsigned count, bool last) {
    unsigned lower = count < STEP_GROUP ? count : STEP_GROUP;
    if (count > lower) put_four(chain, location, GROUP_4_7, STEP_GROUP, count);
    return put_four(chain, location, last ? GROUP_0_3_LAST : GROUP_0_3, 0, lower) && last;
}

void put_groups(struct chain *chain) {
    const struct plan *plan = chain->plan;
    if (plan->sret) put_step(chain, &chain->table->memory);
    if (put_kind(chain, LOCATION_FPR, plan->nfpr, !plan->ngpr) ||
        put_kind(chain, LOCATION_GPR, plan->ngpr, true))
        return;
    put_step(chain, &chain->table->last);
}
