/* SPDX-License-Identifier: MIT */
/*
 * The steps of a chain that load registers: one step for a run of them where the ABI's table has it, else one or two
 * for each register. Steps for floating-point registers use some integer registers, so those come last; the register
 * that has `args` is the last of all.
 */
#include "plan/chain.h"

#include "base/util.h"

/* ---- runs ---- */

static bool is_piece(const struct chain *chain, const struct move *move) {
    return move && is_pointed(chain, move) && loaded_bytes(move) == 8;
}

/* Two halves, which begin where the argument does. */
static bool is_halves(const struct chain *chain, const struct move *move) {
    return move && is_pointed(chain, move) && is_word(move) && !move->from;
}

typedef bool condition(const struct chain *chain, const struct move *move);

/* Whether the ABI has this run, and all registers are of its condition. */
static bool runs(const struct chain *chain, const int32_t *run, condition *is, enum location location,
                 unsigned first, unsigned end) {
    if (!*run) return false;
    while (first < end && is(chain, move_to(chain, location, first))) first++;
    return first == end;
}

/* Puts a run's step and its operands, words[1] to words[count]. The operand before them says where the next step is, or, of
 * the last step, the number of floating-point registers. */
static outlined void put_list(struct chain *chain, const int32_t *entry, uint32_t *words, unsigned count,
                              bool last) {
    words[0] = last ? chain->plan->nfpr : (1 + (count + 2) / 2) * 8;
    put_step(chain, entry);
    for (unsigned k = 0; k <= count; k += 2) put_operands(chain, words[k], words[k + 1]);
}

/* The registers before `first` have operands too, which are not read. */
static void put_run(struct chain *chain, const int32_t *entry, enum location location, unsigned first,
                    unsigned end, bool halves, bool last) {
    uint32_t words[STEP_GPRS + 2] = {0};
    for (unsigned k = first; k < end; k++) {
        const struct move *move = move_to(chain, location, k);
        words[1 + k]            = run_operand(chain, move, halves ? loaded_bytes(move) - 4 : move->from);
    }
    put_list(chain, entry, words, end, last);
}

/* ---- scalars ---- */

/* The op of a register that a run of scalars loads; MOVE_BYTES of any other. */
static enum move_op op_of(const struct chain *chain, enum location location, unsigned index) {
    const struct move *move = move_to(chain, location, index);
    enum move_op       op   = move ? scalar_op(move, chain->from == FROM_POINTERS) : MOVE_BYTES;
    return op <= MOVE_32 ? op : MOVE_BYTES;
}

static bool all_scalars(const struct chain *chain, enum location location, unsigned count) {
    while (count && op_of(chain, location, count - 1) != MOVE_BYTES) count--;
    return !count;
}

/* A run of so many scalars, from a first register on. */
static void put_scalars(struct chain *chain, const int32_t *entry, enum location location, unsigned first,
                        unsigned count, bool last) {
    uint32_t words[STEP_GPRS + 2] = {0};
    for (unsigned k = 0; k < count; k++) words[1 + k] = move_to(chain, location, first + k)->arg * 8u;
    put_list(chain, entry, words, count, last);
}

/* Whether all registers are scalars of the first one's size. */
static bool are_alike(const struct chain *chain, enum location location, unsigned count) {
    enum move_op first = op_of(chain, location, 0);
    while (count && op_of(chain, location, count - 1) == first) count--;
    return !count && first != MOVE_BYTES;
}

static bool put_reals(struct chain *chain, bool last) {
    const struct step_table *table = chain->table;
    unsigned                 count = chain->plan->nfpr;
    if (!are_alike(chain, LOCATION_FPR, count)) return false;
    bool           single = op_of(chain, LOCATION_FPR, 0) == MOVE_32;
    const int32_t *entry  = &table->reals[chain->from][single][count - 1][last];
    if (*entry) put_scalars(chain, entry, LOCATION_FPR, 0, count, last);
    return *entry != 0;
}

/* The run of so many integers, whose step is one of `steps`. */
static void put_words_of(struct chain *chain, const int32_t *steps, unsigned first, unsigned count, bool last) {
    unsigned wide = 0;
    for (unsigned k = 0; k < count; k++) wide |= (op_of(chain, LOCATION_GPR, first + k) == MOVE_64) << k;
    put_scalars(chain, &steps[(1u << count) - 2 + wide], LOCATION_GPR, first, count, last);
}

void put_last_words(struct chain *chain) {
    unsigned count = chain->plan->ngpr;
    put_words_of(chain, chain->table->words_last[chain->from], 0, count < 4 ? count : 4, true);
}

/* All integer registers; this is the last step. */
static bool put_integers(struct chain *chain) {
    const struct step_table *table = chain->table;
    const struct plan       *plan  = chain->plan;
    unsigned                 count = plan->ngpr;
    if (!table->words_last[chain->from][0] || plan->sret || !all_scalars(chain, LOCATION_GPR, count))
        return false;
    if (chain->from == FROM_POINTERS && are_alike(chain, LOCATION_GPR, count)) {
        bool half = op_of(chain, LOCATION_GPR, 0) == MOVE_32;
        put_scalars(chain, &table->integers[half][count - 1], LOCATION_GPR, 0, count, true);
        return true;
    }
    if (count > 4) put_words_of(chain, table->words_4_5[chain->from], 4, count - 4, false);
    put_last_words(chain);
    return true;
}

/* ---- registers ---- */

/* A piece that is the only argument in a register; this is the last step. */
static bool put_alone(struct chain *chain, enum location location) {
    const struct step_table *table = chain->table;
    const struct plan       *plan  = chain->plan;
    const struct move       *move  = move_to(chain, location, 0);
    uint32_t                 bytes = move ? move->size : 0;
    if (!move || move->op != MOVE_BYTES || plan->sret || bytes == 8 || !(bytes < 8 || is_vector_size(bytes)))
        return false;
    if (location == LOCATION_FPR && !is_vector_size(bytes)) return false;
    const int32_t *entry =
        location == LOCATION_GPR ? &table->alone_gpr[bytes - 1] : &table->alone_fpr[vector_step(bytes)];
    if (!*entry) return false;
    put_step(chain, entry);
    put_operands(chain, move->arg * 8u, move->from);
    put_operands(chain, plan->nfpr, 0);
    return true;
}

void put_each(struct chain *chain, enum location location, unsigned first, unsigned end) {
    unsigned last = location == LOCATION_GPR ? (unsigned)chain->table->last_gpr : 0;
    for (unsigned i = end; i-- > first;) {
        const struct move *move = move_to(chain, location, i ? i - (i <= last) : last);
        if (move) put_register(chain, move);
    }
}

bool put_singles(struct chain *chain, enum location location, bool last) {
    (void)last;
    put_each(chain, location, 0, STEP_GPRS);
    return false;
}

/* Pieces of 8 bytes below one of 4. */
static bool has_tail(const struct chain *chain, unsigned count) {
    const struct move *last = move_to(chain, LOCATION_FPR, count - 1);
    return last && is_pointed(chain, last) && loaded_bytes(last) == 4 &&
           runs(chain, &chain->table->tail_fpr[count - 1][0], is_piece, LOCATION_FPR, 0, count - 1);
}

/* Whether this was the last step. */
static bool put_fprs(struct chain *chain) {
    const struct plan       *plan  = chain->plan;
    const struct step_table *table = chain->table;
    unsigned                 count = plan->nfpr;
    bool                     last  = !plan->ngpr && !plan->sret;
    if (!count) return false;
    if (count == 1 && last && put_alone(chain, LOCATION_FPR)) return true;
    if (put_reals(chain, last)) return last;
    const int32_t *pieces = &table->pieces_fpr[count - 1][last], *halves = &table->halves_fpr[count - 1][last];
    const int32_t *tail  = &table->tail_fpr[count - 1][last];
    bool           whole = runs(chain, pieces, is_piece, LOCATION_FPR, 0, count);
    if (whole || has_tail(chain, count)) {
        put_run(chain, whole ? pieces : tail, LOCATION_FPR, 0, count, false, last);
        return last;
    }
    if (runs(chain, halves, is_halves, LOCATION_FPR, 0, count)) {
        put_run(chain, halves, LOCATION_FPR, 0, count, true, last);
        return last;
    }
    return stubs_of(plan->abi)->put_rest(chain, LOCATION_FPR, last);
}

static bool put_gprs(struct chain *chain) {
    const struct plan       *plan  = chain->plan;
    const struct step_table *table = chain->table;
    unsigned                 first = plan->sret && !plan->result_gpr, count = plan->ngpr;
    if (first && first >= count && table->memory_last) {
        put_step(chain, &table->memory_last);
        put_operands(chain, plan->nfpr, 0);
        return true;
    }
    if (plan->sret && table->memory) put_step(chain, &table->memory);
    if (first >= count) return false;
    if (count == 1 && put_alone(chain, LOCATION_GPR)) return true;
    if (put_integers(chain)) return true;
    const int32_t *pieces = &(first ? table->pieces_from_1 : table->pieces_gpr)[count - 1];
    const int32_t *halves = &table->halves_gpr[count - 1];
    bool           whole  = runs(chain, pieces, is_piece, LOCATION_GPR, first, count);
    if (whole || (!first && runs(chain, halves, is_halves, LOCATION_GPR, 0, count))) {
        put_run(chain, whole ? pieces : halves, LOCATION_GPR, first, count, !whole, true);
        return true;
    }
    return stubs_of(plan->abi)->put_rest(chain, LOCATION_GPR, true);
}

/* A record with a piece in one register of each kind, and no other argument in registers; this is the last step. */
static bool put_both(struct chain *chain) {
    const struct plan *plan = chain->plan;
    if (plan->ngpr != 1 || plan->nfpr != 1 || plan->sret) return false;
    const struct move *gpr = move_to(chain, LOCATION_GPR, 0), *fpr = move_to(chain, LOCATION_FPR, 0);
    if (!gpr || !fpr || gpr->arg != fpr->arg || !is_word(gpr) || !is_word(fpr)) return false;
    const int32_t *entry = &chain->table->both[loaded_bytes(gpr) == 4][loaded_bytes(fpr) == 4];
    if (!*entry) return false;
    put_step(chain, entry);
    put_operands(chain, gpr->arg * 8u, gpr->from | fpr->from << 16);
    return true;
}

void put_runs(struct chain *chain) {
    const int32_t *ordered = ordered_entry(chain, chain->table->ordered);
    if (ordered) put_step(chain, ordered);
    if (ordered || put_both(chain)) return;
    if (put_fprs(chain) || put_gprs(chain)) return;
    put_step(chain, &chain->table->last);
    put_operands(chain, chain->plan->nfpr, 0);
}
