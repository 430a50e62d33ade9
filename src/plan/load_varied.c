/* SPDX-License-Identifier: MIT */
/*
 * The steps of a chain for registers that no run loads, because some are in slots and others behind pointers, or some take
 * 8 bytes and others 4: one step for two reals, and one for three integers.
 */
#include "plan/chain.h"

enum { VARIED = 3, WAYS = 4, NO_WAY = WAYS };

/* A register's way (struct varied_steps); NO_WAY: it takes no whole word. */
static unsigned way_of(const struct chain *chain, enum location location, unsigned index) {
    const struct move *move = move_to(chain, location, index);
    if (!move || !is_word(move)) return NO_WAY;
    return (loaded_bytes(move) == 4) | (unsigned)is_pointed(chain, move) << 1;
}

/* Puts one step for so many registers, from the first on, if all have a way. `entries` has the steps by the ways. */
static bool put_several(struct chain *chain, const int32_t *entries, enum location location, unsigned first,
                        unsigned count, bool last) {
    uint32_t operands[2 + 2 * VARIED] = {chain->plan->nfpr}, used = last, ways = 0;
    for (unsigned k = 0; k < count; k++) {
        unsigned way = way_of(chain, location, first + k);
        if (way == NO_WAY) return false;
        const struct move *move = move_to(chain, location, first + k);
        ways |= way << 2 * k;
        operands[used++] = move->arg * 8u;
        if (is_pointed(chain, move)) operands[used++] = move->from;
    }
    put_step(chain, &entries[ways]);
    for (unsigned k = 0; k < used; k += 2) put_operands(chain, operands[k], operands[k + 1]);
    return true;
}

/* Registers of 32 bytes are loaded last: while their upper halves are in use, an SSE instruction takes 60 ns. */
static void put_vectors(struct chain *chain) {
    for (unsigned wide = 0; wide < 2; wide++)
        for (unsigned k = 0; k < chain->plan->nfpr; k++)
            if ((move_to(chain, LOCATION_FPR, k)->size > 16) == wide) put_each(chain, LOCATION_FPR, k, k + 1);
}

static bool put_reals(struct chain *chain, const struct varied_steps *steps, bool last) {
    for (unsigned count = chain->plan->nfpr; count;) {
        bool           ends    = last && count == 2;
        const int32_t *entries = count == 4 ? steps->fpr_2_3 : ends ? steps->fpr_last : steps->fpr_0_1;
        bool           several =
            (count == 4 || count == 2) && put_several(chain, entries, LOCATION_FPR, count - 2, 2, ends);
        if (several && ends) return true;
        if (!several) put_each(chain, LOCATION_FPR, count - 1, count);
        count -= several ? 2 : 1;
    }
    return false;
}

/* Registers 3 and 4 by one step, the others above 2 each by its own; then the last step. */
static bool put_words_of(struct chain *chain, const struct varied_steps *steps) {
    unsigned count = chain->plan->ngpr;
    put_each(chain, LOCATION_GPR, VARIED + 2, STEP_GPRS);
    if (count < VARIED + 2 || !put_several(chain, steps->gpr_3_4, LOCATION_GPR, VARIED, 2, false))
        put_each(chain, LOCATION_GPR, VARIED, VARIED + 2);
    if (count >= VARIED && put_several(chain, steps->gpr_3_last, LOCATION_GPR, 0, VARIED, true)) return true;
    if (count == 2 && put_several(chain, steps->gpr_2_last, LOCATION_GPR, 0, 2, true)) return true;
    put_each(chain, LOCATION_GPR, 0, VARIED);
    return false;
}

bool put_varied(struct chain *chain, enum location location, bool last) {
    const struct varied_steps *steps = stubs_of(chain->plan->abi)->varied;
    if (location == LOCATION_FPR && chain->plan->vector > 16) return put_vectors(chain), false;
    if (location == LOCATION_FPR) return put_reals(chain, steps, last);
    return !chain->plan->sret ? put_words_of(chain, steps) : put_singles(chain, location, last);
}
