/* SPDX-License-Identifier: MIT */
/*
 * How a plan is called by a chain of steps: which stub begins it, what that stub or the chain's last steps keep of the
 * result, and whether there are steps for all of the plan. A chain's first cell is a header, behind which the stubs
 * begin: the bytes of stack, and the bytes up to the steps that store the result.
 */
#include "call/steps.h"

#include "base/memory.h"
#include "base/util.h"
#include "call/choose.h"
#include "call/staging.h"
#include "plan/chain.h"
#include "type/context.h"

_Static_assert(KEEP_8 == KEEP_ANY && KEEP_REALS_4 + 1 == KEEP_ALL, "arch/offsets.h");

enum { DISCARDED = 64 /* bytes for a result */ };

/* ---- results ---- */

/* Where the stub leaves the result, FFI_RESULT_...: a scalar, or a record of such a size in one register. */
static uint8_t left_result(const struct plan *plan, const struct step_table *table) {
    const struct move *result = plan->results;
    if (plan->vector > 16) return FFI_RESULT_STORED;
    if (plan->core_result || plan->nresults != 1 || result->from) return plan->core_result;
    /* Where the inline part stores aligned words only, the table has stubs for the others. */
    if (table->keep[FROM_SLOTS][KEEP_64] && plan->signature->target->alignment < result->size)
        return FFI_RESULT_STORED;
    if (result->location == LOCATION_GPR) return result->size & (result->size - 1) ? 0 : (uint8_t)result->size;
    if (result->location != LOCATION_FPR) return FFI_RESULT_STORED;
    return result->size == 4 ? FFI_RESULT_F32 : result->size == 8 ? FFI_RESULT_F64 : FFI_RESULT_STORED;
}

/* Integers by their bytes. */
static const uint8_t keep_words[] = {KEEP_CHAIN, KEEP_8,  KEEP_16, KEEP_24, KEEP_32,
                                     KEEP_40,    KEEP_48, KEEP_56, KEEP_64};

static enum keep keep_of_one(const struct move *move) {
    if (move->location == LOCATION_GPR) return (enum keep)keep_words[move->size];
    return move->size == 4 ? KEEP_F32 : move->size == 8 ? KEEP_F64 : move->size == 16 ? KEEP_F128 : KEEP_CHAIN;
}

static enum keep keep_of_two(const struct move *results) {
    bool first = results[0].location == LOCATION_FPR, second = results[1].location == LOCATION_FPR;
    if (first && second && results[0].size == 4 && results[1].size == 4 && results[1].from == 4)
        return KEEP_SINGLES;
    if (results[0].size != 8 || results[1].from != 8) return KEEP_CHAIN;
    if (results[1].size == 4 && first == second) return first ? KEEP_REAL_SINGLE : KEEP_WORD_HALF;
    if (results[1].size != 8) return KEEP_CHAIN;
    if (first) return second ? KEEP_REAL_REAL : KEEP_REAL_WORD;
    return second ? KEEP_WORD_REAL : KEEP_WORD_WORD;
}

static enum keep keep_of(const struct plan *plan) {
    const struct move *results = plan->results;
    if (plan->sret) return KEEP_MEMORY;
    if (plan->vector > 16 && plan->nresults == 1 && results[0].size == 32) return KEEP_F256;
    if (plan->nx87 || plan->vector > 16 || plan->nresults > 2) return KEEP_CHAIN;
    if (!plan->nresults) return KEEP_NONE;
    if (results[0].from) return KEEP_CHAIN;
    return plan->nresults == 1 ? keep_of_one(results) : keep_of_two(results);
}

/* NULL if there is none. */
static const int32_t *store_of(const struct step_table *table, const struct move *move) {
    if (move->location == LOCATION_X87) return &table->store_x87[move->size == 16];
    if (move->location == LOCATION_GPR) return &table->store_word[move->index][move->size - 1];
    if (move->index >= countof(table->store_real) || !is_vector_size(move->size)) return NULL;
    return &table->store_real[move->index][vector_step(move->size)];
}

static void put_results(struct chain *chain) {
    const struct plan *plan = chain->plan;
    for (unsigned i = 0; i < plan->nresults; i++) {
        put_step(chain, store_of(chain->table, &plan->results[i]));
        put_operands(chain, plan->results[i].from, 0);
    }
    if (plan->vector > 16) put_step(chain, &chain->table->clear_upper);
    put_step(chain, &chain->table->done);
}

/* ---- all of it ---- */

/* With what keeps the frame aligned, and room for a result that steps store and the caller discards. */
static uint32_t stack_of(const struct chain *chain, enum keep keep) {
    uint32_t bytes = stack_area(chain->plan);
    return (keep == KEEP_CHAIN && bytes < DISCARDED ? DISCARDED : bytes) + (uint32_t)chain->table->above;
}

typedef void put_steps(struct chain *chain); /* for all registers */

static void put_chain(struct chain *chain, enum keep keep, put_steps *put_registers) {
    chain->count = 1;
    put_words(chain);
    if (chain->ending) put_step(chain, chain->ending);
    else put_registers(chain);
    chain->cells[0] = stack_of(chain, keep) | (uint64_t)(chain->count - 1) * 8 << 32;
    if (keep == KEEP_CHAIN) put_results(chain);
}

static const uint64_t *make_chain(struct chain *chain, enum keep keep, put_steps *put_registers) {
    uint64_t few[32];
    chain->cells = few, chain->room = countof(few);
    put_chain(chain, keep, put_registers);
    size_t    size  = chain->count * sizeof *few;
    uint64_t *cells = arena_words(&chain->plan->context->arena, &chain->plan->context->heap, size);
    if (!cells) return NULL;
    if (chain->count <= chain->room) {
        memcpy(cells, chain->cells, size);
    } else {
        chain->cells = cells, chain->room = chain->count;
        put_chain(chain, keep, put_registers);
    }
    return cells + 1;
}

/* ---- whether there are steps for all of it ---- */

static bool is_loaded(const struct step_table *table, const struct move *move) {
    if (move->location == LOCATION_STACK && move->index % 8) return false;
    if (move->location == LOCATION_GPR) return table->piece_gpr[move->index][0] != 0;
    if (move->location != LOCATION_FPR) return move->from <= UINT16_MAX;
    return move->size <= 8 ||
           (is_vector_size(move->size) && table->piece_fpr[move->index][vector_step(move->size)] != 0);
}

static bool is_stored(const struct step_table *table, const struct move *move) {
    const int32_t *entry = store_of(table, move);
    return entry && *entry;
}

static bool steps_fit(const struct plan *plan, const struct step_table *table) {
    if (plan->vector > 32 || plan->stack_alignment > 16 || plan->packed) return false;
    if (stack_area(plan) > STEP_STACK_LIMIT || (plan->sret && plan->vector > 16)) return false;
    for (uint32_t i = 0; i < plan->nmoves + plan->nrepeats; i++) {
        const struct move *move = &plan->moves[i];
        if (move->op == MOVE_COPY && plan->signature->params[move->arg]->alignment > STACK_ALIGNMENT)
            return false;
        if (!is_loaded(table, move)) return false;
    }
    for (unsigned i = 0; i < plan->nresults; i++)
        if (!is_stored(table, &plan->results[i])) return false;
    return true;
}

/* ---- stubs ---- */

static ffi_store_stub *stub_at(const int32_t *entry) {
    return (ffi_store_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

/* The stub with a frame: the one for that `keep`, or one whose steps keep the result; 0 if there is none. */
static const int32_t *framed(const struct plan *plan, const struct step_table *table, enum step_from from,
                             enum keep keep) {
    uint32_t area = stack_area(plan);
    if (area <= plan->abi->shadow && table->light[from][keep]) return &table->light[from][keep];
    if (area <= FRAMED && table->framed[from][keep]) return &table->framed[from][keep];
    return &table->keep[from][keep < KEEP_ANY ? keep : KEEP_CHAIN];
}

/* How the stub keeps the result: by itself, or by steps. */
static enum keep kept(const struct plan *plan, const struct step_table *table, enum step_from from,
                      enum keep keep) {
    const int32_t *stub = framed(plan, table, from, keep);
    return *stub && stub != &table->keep[from][KEEP_CHAIN] ? keep : KEEP_CHAIN;
}

/* The stub, and its chain if it needs one; NULL with an error. `start`: a stub that loads the first registers by
 * itself; `ending`: one that does so as the last step. NULL: there is none. */
static ffi_store_stub *begin(const struct plan *plan, const struct step_table *table, enum step_from from,
                             enum keep keep, const int32_t *start, const int32_t *ending,
                             const uint64_t **chain) {
    bool                keeps = keep != KEEP_NONE && keep != KEEP_MEMORY;
    const struct stubs *stubs = stubs_of(plan->abi);
    const int32_t      *jump = &table->jump[from][keep == KEEP_MEMORY], *direct = NULL;
    struct chain        steps = {.plan = plan, .table = table, .from = from, .ending = ending};
    find_moves(&steps);
    if (!start && stubs->direct) direct = stubs->direct(&steps, keeps ? keep_of(plan) : keep);
    if (direct) return stub_at(direct);
    if (!(*chain = make_chain(&steps, keep, start ? put_last_words : stubs->put_registers))) return NULL;
    if (start) return stub_at(start);
    return stub_at(keeps || !*jump || stack_area(plan) > plan->abi->shadow ? framed(plan, table, from, keep)
                                                                           : jump);
}

enum keep steps_keep(const struct plan *plan, const struct step_table *table) {
    return kept(plan, table, FROM_POINTERS, keep_of(plan));
}

static bool choose_pointers(struct plan *plan, const struct step_table *table, uint8_t leaves) {
    enum keep keep            = leaves ? KEEP_NONE : steps_keep(plan, table);
    plan->pointers.store      = begin(plan, table, FROM_POINTERS, keep, NULL, NULL, &plan->pointer_chain);
    plan->pointers_result     = leaves;
    plan->discarding_pointers = stage_discarded_pointers;
    return plan->pointers.store != NULL;
}

bool steps_choose_pointers(struct plan *plan, const struct step_table *table) {
    uint8_t leaves = plan->core_result ? left_result(plan, table) : 0;
    return !steps_fit(plan, table) || choose_pointers(plan, table, leaves);
}

bool steps_choose(struct plan *plan, const struct step_table *table, bool general) {
    bool stub  = plan->feed == FEED_SLOTS && !plan->staged && !(general && table->narrow[FROM_SLOTS][0][0]);
    bool slots = stub || !table->keep[FROM_SLOTS][KEEP_NONE]; /* need no chain */
    if (!steps_fit(plan, table)) return true;
    uint8_t leaves = left_result(plan, table);
    if (!plan->pointers.store && !choose_pointers(plan, table, leaves)) return false;
    if (slots) return true;
    const struct stubs *stubs  = stubs_of(plan->abi);
    enum keep           keep   = leaves ? KEEP_NONE : kept(plan, table, FROM_SLOTS, keep_of(plan));
    const int32_t      *start  = keep == KEEP_NONE ? start_of(stubs, plan) : NULL;
    const int32_t      *ending = ending_of(stubs, plan);
    plan->stub.store           = begin(plan, table, FROM_SLOTS, keep, start, ending, &plan->chain);
    plan->stub_result          = leaves;
    plan->discarding           = stage_discarded;
    return plan->stub.store != NULL;
}
