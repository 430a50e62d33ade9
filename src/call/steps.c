/* SPDX-License-Identifier: MIT */
/*
 * Chains of steps, made from a plan's moves. A chain is made twice: first its cells are only counted. Its first
 * cell is a header, behind which the stubs begin: the bytes of stack, and the bytes up to the steps that store
 * the result.
 *
 * Steps for stack words use the registers of integers, so words come first; those for floating-point registers
 * use some of them too; the register that has `args` is the last.
 */
#include "call/steps.h"

#include "base/memory.h"
#include "base/util.h"
#include "call/staging.h"
#include "context.h"
#include "plan/stubs.h"

struct chain {
    const struct plan       *plan;
    const struct step_table *table;
    enum step_from           from;
    uint64_t                *cells; /* NULL while they are counted */
    uint32_t                 count;
};

_Static_assert(KEEP_8 == KEEP_ANY && KEEP_REAL_SINGLE + 1 == KEEP_ALL, "arch/offsets.h");

enum { STACK_ALIGNMENT = 16, DISCARDED = 64 /* bytes for a result */ };

static void put(struct chain *chain, uint64_t cell) {
    if (chain->cells) chain->cells[chain->count] = cell;
    chain->count++;
}

static void put_step(struct chain *chain, const int32_t *entry) {
    put(chain, (uintptr_t)entry + (uintptr_t)*entry);
}

static void put_operands(struct chain *chain, uint32_t first, uint32_t second) {
    put(chain, first | (uint64_t)second << 32);
}

/* ---- moves ---- */

static bool is_pointed(const struct chain *chain, const struct move *move) {
    return chain->from == FROM_POINTERS || move->op >= MOVE_BYTES;
}

/* Bytes of a move that are loaded as they are, or boxed, as a load of 4 bytes does; 0 for others. */
static uint32_t bytes_of(const struct move *move) {
    switch (move->op) {
    case MOVE_BYTES:
    case MOVE_BOX: return move->size;
    case MOVE_64: return 8;
    case MOVE_32:
    case MOVE_BOX_32: return 4;
    default: return 0;
    }
}

static bool is_word(const struct move *move) {
    return bytes_of(move) == 8 || bytes_of(move) == 4;
}

/* The move to a register; NULL if there is none. */
static const struct move *move_to(const struct plan *plan, enum location location, unsigned index) {
    for (uint32_t i = 0; i < plan->nmoves + plan->nrepeats; i++)
        if (plan->moves[i].location == location && plan->moves[i].index == index) return &plan->moves[i];
    return NULL;
}

/* The offset of the first copy in an image; 0 if there is none. */
static uint32_t first_copy(const struct plan *plan) {
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (plan->moves[i].op == MOVE_COPY) return plan->moves[i].copy;
    return 0;
}

/* Bytes of stack words and copies. */
static uint32_t stack_area(const struct plan *plan) {
    uint32_t copies = first_copy(plan);
    return plan->nstack * 8 + (copies ? (uint32_t)round_up(plan->image_size - copies, STACK_ALIGNMENT) : 0);
}

/* ---- one register ---- */

/* A value that the next step takes: `size` bytes of a move from `from` on, 1 to 7, or what its op says. */
static void fetch(struct chain *chain, const struct move *move, uint32_t from, uint32_t size) {
    const struct step_table *table  = chain->table;
    bool                     odd    = size > 2 || size == 0;
    unsigned                 narrow = move->op < MOVE_BOX_16 ? move->op - MOVE_I8
                                      : size == 1            ? MOVE_U8 - MOVE_I8
                                                             : MOVE_U16 - MOVE_I8;
    if (move->op < MOVE_BYTES || !odd)
        put_step(chain, is_pointed(chain, move) ? &table->fetch_piece[narrow] : &table->fetch_slot[narrow]);
    else put_step(chain, &table->fetch_odd[size - 3]);
    put_operands(chain, move->arg * 8u, 0);
    if (is_pointed(chain, move)) put(chain, from);
}

/* Copies follow the stack words, as they do in an image. */
static uint32_t copy_at(const struct chain *chain, const struct move *move) {
    return chain->plan->nstack * 8 + move->copy - first_copy(chain->plan) + (uint32_t)chain->table->above;
}

/* What a register or a word takes that is not loaded as it is. */
static void fetch_value(struct chain *chain, const struct move *move) {
    if (move->op != MOVE_COPY) {
        fetch(chain, move, move->from, move->size);
        return;
    }
    put_step(chain, &chain->table->locate);
    put_operands(chain, copy_at(chain, move), 0);
}

/* NULL if the move is none of a narrow integer. */
static const int32_t *narrow_step(const struct chain *chain, const struct move *move) {
    bool narrow = move->op >= MOVE_I8 && move->op <= MOVE_U16;
    return narrow ? &chain->table->narrow[chain->from][move->index][move->op - MOVE_I8] : NULL;
}

static void load_gpr(struct chain *chain, const struct move *move) {
    const struct step_table *table = chain->table;
    unsigned                 half  = bytes_of(move) == 4;
    if (is_word(move)) {
        put_step(chain, is_pointed(chain, move) ? &table->piece_gpr[move->index][half]
                                                : &table->slot_gpr[move->index][half]);
        put_operands(chain, move->arg * 8u, move->from);
        return;
    }
    const int32_t *narrow = narrow_step(chain, move);
    if (narrow && *narrow) {
        put_step(chain, narrow);
        put_operands(chain, move->arg * 8u, 0);
        return;
    }
    fetch_value(chain, move);
    put_step(chain, &table->take_gpr[move->index]);
}

static bool is_vector(uint32_t bytes) {
    return bytes == 4 || bytes == 8 || bytes == 16 || bytes == 32;
}

static unsigned vector_step(uint32_t bytes) {
    return bytes == 4 ? 0 : 1 + vector_index(bytes);
}

static void load_fpr(struct chain *chain, const struct move *move) {
    const struct step_table *table = chain->table;
    uint32_t                 bytes = bytes_of(move);
    if (is_word(move) || bytes > 8) {
        put_step(chain, is_pointed(chain, move) ? &table->piece_fpr[move->index][vector_step(bytes)]
                                                : &table->slot_fpr[move->index][bytes == 4]);
        put_operands(chain, move->arg * 8u, move->from);
        return;
    }
    fetch(chain, move, move->from, move->size);
    put_step(chain, &table->take_fpr[move->index]);
}

/* ---- runs ---- */

static bool is_piece(const struct chain *chain, const struct move *move) {
    return move && is_pointed(chain, move) && bytes_of(move) == 8;
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
    while (first < end && is(chain, move_to(chain->plan, location, first))) first++;
    return first == end;
}

static uint32_t run_operand(const struct chain *chain, const struct move *move, uint32_t from) {
    return move->arg * (uint32_t)chain->table->scale | from << 16;
}

/* The registers before `first` have operands too, which are not read. */
static void put_run(struct chain *chain, const int32_t *entry, enum location location, unsigned first,
                    unsigned end, bool halves, bool last) {
    uint32_t words[STEP_GPRS + 2] = {0}, cells = 1 + (end + 2) / 2;
    for (unsigned k = first; k < end; k++) {
        const struct move *move = move_to(chain->plan, location, k);
        words[1 + k]            = run_operand(chain, move, halves ? bytes_of(move) - 4 : move->from);
    }
    words[0] = last ? chain->plan->nfpr : cells * 8;
    put_step(chain, entry);
    for (unsigned k = 0; k <= end; k += 2) put_operands(chain, words[k], words[k + 1]);
}

/* ---- scalars ---- */

static bool is_scalar(const struct move *move) {
    return move && move->op <= MOVE_32;
}

static bool all_scalars(const struct plan *plan, enum location location, unsigned count) {
    while (count && is_scalar(move_to(plan, location, count - 1))) count--;
    return !count;
}

/* The operands of a run of scalars. */
static void put_scalars(struct chain *chain, const int32_t *entry, enum location location, unsigned count,
                        bool last) {
    uint32_t operands[STEP_GPRS + 2] = {0}, cells = 1 + (count + 2) / 2;
    operands[0] = last ? chain->plan->nfpr : cells * 8;
    for (unsigned k = 0; k < count; k++) operands[1 + k] = move_to(chain->plan, location, k)->arg * 8u;
    put_step(chain, entry);
    for (unsigned k = 0; k <= count; k += 2) put_operands(chain, operands[k], operands[k + 1]);
}

/* Whether all registers are scalars of the first one's size. */
static bool are_alike(const struct plan *plan, enum location location, unsigned count) {
    const struct move *first = move_to(plan, location, 0);
    for (unsigned k = 0; k < count; k++) {
        const struct move *move = move_to(plan, location, k);
        if (!is_scalar(move) || move->op != first->op) return false;
    }
    return true;
}

/* Whether register k has argument k, and no other kind of register an argument. */
static bool is_ordered(const struct chain *chain, enum location location, unsigned count) {
    const struct plan *plan = chain->plan;
    if (chain->from != FROM_POINTERS || (plan->ngpr && plan->nfpr)) return false;
    while (count && move_to(plan, location, count - 1)->arg == count - 1) count--;
    return !count;
}

static bool put_reals(struct chain *chain, bool last) {
    const struct step_table *table = chain->table;
    unsigned                 count = chain->plan->nfpr;
    if (!are_alike(chain->plan, LOCATION_FPR, count)) return false;
    bool           single  = move_to(chain->plan, LOCATION_FPR, 0)->op == MOVE_32;
    bool           ordered = last && is_ordered(chain, LOCATION_FPR, count);
    const int32_t *entry   = ordered ? &table->ordered_reals[single][count - 1]
                                     : &table->reals[chain->from][single][count - 1][last];
    if (*entry) put_scalars(chain, entry, LOCATION_FPR, count, last);
    return *entry != 0;
}

/* One or two integer registers from `first` on. */
static void put_words_of(struct chain *chain, unsigned run, unsigned first, unsigned count) {
    const struct move *one = move_to(chain->plan, LOCATION_GPR, first), *two = NULL;
    unsigned           widths = one->op == MOVE_32;
    if (count > 1) {
        two    = move_to(chain->plan, LOCATION_GPR, first + 1);
        widths = 2 + 2 * widths + (two->op == MOVE_32);
    }
    put_step(chain, &chain->table->words[chain->from][run][widths]);
    put_operands(chain, one->arg * 8u, two ? two->arg * 8u : 0);
    if (run == WORDS_0_1_LAST || run == WORDS_2_3_LAST) put_operands(chain, chain->plan->nfpr, 0);
}

/* All integer registers; this is the last step. */
static bool put_integers(struct chain *chain) {
    const struct plan *plan  = chain->plan;
    unsigned           count = plan->ngpr;
    if (!chain->table->words[chain->from][0][0] || plan->sret || !all_scalars(plan, LOCATION_GPR, count))
        return false;
    if (chain->from == FROM_POINTERS && are_alike(plan, LOCATION_GPR, count)) {
        bool half    = move_to(plan, LOCATION_GPR, 0)->op == MOVE_32;
        bool ordered = is_ordered(chain, LOCATION_GPR, count);
        put_scalars(chain,
                    &(ordered ? chain->table->ordered_integers : chain->table->integers)[half][count - 1],
                    LOCATION_GPR, count, true);
        return true;
    }
    if (count > 4) put_words_of(chain, WORDS_4_5, 4, count - 4);
    if (count > 2) put_words_of(chain, WORDS_0_1, 0, 2);
    if (count > 2) put_words_of(chain, WORDS_2_3_LAST, 2, count == 3 ? 1 : 2);
    else put_words_of(chain, WORDS_0_1_LAST, 0, count);
    return true;
}

/* ---- registers ---- */

/* A piece that is the only argument in a register; this is the last step. */
static bool put_alone(struct chain *chain, enum location location) {
    const struct step_table *table = chain->table;
    const struct plan       *plan  = chain->plan;
    const struct move       *move  = move_to(plan, location, 0);
    uint32_t                 bytes = move ? move->size : 0;
    if (!move || move->op != MOVE_BYTES || plan->sret || bytes == 8 || !(bytes < 8 || is_vector(bytes)))
        return false;
    if (location == LOCATION_FPR && !is_vector(bytes)) return false;
    const int32_t *entry =
        location == LOCATION_GPR ? &table->alone_gpr[bytes - 1] : &table->alone_fpr[vector_step(bytes)];
    if (!*entry) return false;
    put_step(chain, entry);
    put_operands(chain, move->arg * 8u, move->from);
    put_operands(chain, plan->nfpr, 0);
    return true;
}

/* Pieces of 8 bytes below one of 4. */
static bool has_tail(const struct chain *chain, unsigned count) {
    const struct move *last = move_to(chain->plan, LOCATION_FPR, count - 1);
    return last && is_pointed(chain, last) && bytes_of(last) == 4 &&
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
    for (unsigned k = count; k--;) {
        const struct move *move = move_to(plan, LOCATION_FPR, k);
        if (move) load_fpr(chain, move);
    }
    return false;
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
    for (unsigned i = STEP_GPRS; i--;) {
        unsigned           k    = i ? i - ((int)i <= table->last_gpr) : (unsigned)table->last_gpr;
        const struct move *move = move_to(plan, LOCATION_GPR, k);
        if (move) load_gpr(chain, move);
    }
    return false;
}

/* ---- the stack ---- */

/* Bytes as they are: a block of words, and what is left of one. */
static void put_block(struct chain *chain, const struct move *move, uint32_t to) {
    const struct step_table *table = chain->table;
    uint32_t                 whole = move->size & ~7u, left = move->size - whole;
    const ffi_ctype         *type = chain->plan->signature->params[move->arg];
    if (type_machine(type) == FFI_KIND_F80) {
        put_step(chain, &table->extended);
        put_operands(chain, move->arg * 8u, move->from);
        put_operands(chain, to, 0);
        return;
    }
    if (whole) {
        const int32_t *block = whole >= 16 && whole <= 64 ? &table->blocks[(whole - 16) / 8] : &table->block;
        put_step(chain, *block ? block : &table->block);
        put_operands(chain, move->arg * 8u, move->from);
        put_operands(chain, to, whole);
    }
    if (!left) return;
    fetch(chain, move, move->from + whole, left);
    put_step(chain, &table->take_word);
    put_operands(chain, to + whole, 0);
}

/* As many words as follow one another; the number of moves. */
static uint32_t put_halves(struct chain *chain, const int32_t *entry, const struct move *move,
                           const struct move *end) {
    uint32_t count = 0, operands[2] = {0};
    while (move + count < end && move[count].location == LOCATION_STACK && move[count].op < MOVE_BYTES &&
           is_word(&move[count]) && move[count].index == move->index + 8 * count)
        count++;
    put_step(chain, entry);
    put_operands(chain, move->index + (uint32_t)chain->table->above, count);
    for (uint32_t i = 0; i < count; i++) {
        operands[i % 2] = run_operand(chain, &move[i], bytes_of(&move[i]) - 4);
        if (i % 2 || i + 1 == count) put_operands(chain, operands[0], operands[1]);
    }
    return count;
}

static uint32_t put_word(struct chain *chain, const struct move *move, const struct move *end) {
    const struct step_table *table = chain->table;
    uint32_t                 to    = move->index + (uint32_t)table->above;
    if (move->op == MOVE_BYTES) return put_block(chain, move, to), 1;
    const int32_t *several = is_pointed(chain, move) ? &table->halves : &table->slot_words;
    if (is_word(move) && *several) return put_halves(chain, several, move, end);
    if (is_word(move)) {
        put_step(chain, &table->slot_word[bytes_of(move) == 4]);
        put_operands(chain, move->arg * 8u, to);
        return 1;
    }
    fetch_value(chain, move);
    put_step(chain, &table->take_word);
    put_operands(chain, to, 0);
    return 1;
}

/* Whether argument k is an integer of 8 bytes, and in the k-th of the registers and stack words. */
static bool is_row(const struct chain *chain) {
    const struct plan *plan = chain->plan;
    if (plan->nfpr || plan->sret || plan->nmoves != plan->ngpr + plan->nstack_used) return false;
    for (uint32_t k = 0; k < plan->nmoves; k++) {
        const struct move *move  = &plan->moves[k];
        bool               stack = k >= plan->ngpr;
        if (move->op != MOVE_64 || move->arg != k) return false;
        if (move->location != (stack ? LOCATION_STACK : LOCATION_GPR)) return false;
        if (move->index != (stack ? 8 * (k - plan->ngpr) : k)) return false;
    }
    return true;
}

static void put_words(struct chain *chain) {
    const struct step_table *table = chain->table;
    const struct move       *move = chain->plan->moves, *end = move + chain->plan->nmoves;
    uint32_t                 words = chain->plan->nstack_used;
    if (chain->from == FROM_POINTERS && words && words <= countof(table->ordered_words) &&
        table->ordered_words[words - 1] && is_row(chain)) {
        put_step(chain, &table->ordered_words[words - 1]);
        return;
    }
    for (const struct move *copy = move; copy < end; copy++)
        if (copy->op == MOVE_COPY) put_block(chain, copy, copy_at(chain, copy));
    while (move < end) move += move->location == LOCATION_STACK ? put_word(chain, move, end) : 1;
}

/* ---- results ---- */

/* Where the stub leaves the result, FFI_RESULT_...: a scalar, or a record of such a size in one register. */
static uint8_t left_result(const struct plan *plan) {
    const struct move *result = plan->results;
    if (plan->vector > 16) return FFI_RESULT_STORED;
    if (plan->core_result || plan->nresults != 1 || result->from) return plan->core_result;
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
    if (first && second && results[0].size == 4 && results[1].size == 4) return KEEP_SINGLES;
    if (results[0].size != 8 || results[1].from != 8) return KEEP_CHAIN;
    if (results[1].size == 4 && first == second) return first ? KEEP_REAL_SINGLE : KEEP_WORD_HALF;
    if (results[1].size != 8) return KEEP_CHAIN;
    if (first) return second ? KEEP_REAL_REAL : KEEP_REAL_WORD;
    return second ? KEEP_WORD_REAL : KEEP_WORD_WORD;
}

static enum keep keep_of(const struct plan *plan) {
    const struct move *results = plan->results;
    if (plan->sret) return KEEP_MEMORY;
    if (plan->nx87 || plan->vector > 16 || plan->nresults > 2) return KEEP_CHAIN;
    if (!plan->nresults) return KEEP_NONE;
    if (results[0].from) return KEEP_CHAIN;
    return plan->nresults == 1 ? keep_of_one(results) : keep_of_two(results);
}

/* NULL if there is none. */
static const int32_t *store_of(const struct step_table *table, const struct move *move) {
    if (move->location == LOCATION_X87) return &table->store_x87[move->size == 16];
    if (move->location == LOCATION_GPR) return &table->store_word[move->index][move->size - 1];
    if (move->index >= countof(table->store_real) || !is_vector(move->size)) return NULL;
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

static void put_chain(struct chain *chain, enum keep keep) {
    const struct plan *plan = chain->plan;
    chain->count            = 1;
    put_words(chain);
    bool over = put_fprs(chain);
    if (!over) over = put_gprs(chain);
    if (!over) put_step(chain, &chain->table->last), put_operands(chain, plan->nfpr, 0);
    if (chain->cells) chain->cells[0] = stack_of(chain, keep) | (uint64_t)(chain->count - 1) * 8 << 32;
    if (keep == KEEP_CHAIN) put_results(chain);
}

static const uint64_t *make_chain(const struct plan *plan, const struct step_table *table, enum step_from from,
                                  enum keep keep) {
    struct chain chain = {.plan = plan, .table = table, .from = from};
    put_chain(&chain, keep);
    ffi_context *context = plan->context;
    chain.cells          = arena_new(&context->arena, &context->heap, chain.count * sizeof *chain.cells);
    if (!chain.cells) return NULL;
    put_chain(&chain, keep);
    return chain.cells + 1;
}

/* ---- whether there are steps for all of it ---- */

static bool is_loaded(const struct step_table *table, const struct move *move) {
    if (move->location == LOCATION_STACK && move->index % 8) return false;
    if (move->location == LOCATION_GPR) return table->piece_gpr[move->index][0] != 0;
    if (move->location != LOCATION_FPR) return move->from <= UINT16_MAX;
    return move->size <= 8 ||
           (is_vector(move->size) && table->piece_fpr[move->index][vector_step(move->size)] != 0);
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

static ffi_store_stub *begin(const struct plan *plan, const struct step_table *table, enum step_from from,
                             enum keep keep) {
    bool           keeps = keep != KEEP_NONE && keep != KEEP_MEMORY;
    const int32_t *jump  = &table->jump[from][keep == KEEP_MEMORY];
    return stub_at(keeps || !*jump || stack_area(plan) > plan->abi->shadow ? framed(plan, table, from, keep)
                                                                           : jump);
}

enum keep steps_keep(const struct plan *plan, const struct step_table *table) {
    return kept(plan, table, FROM_POINTERS, keep_of(plan));
}

bool steps_choose(struct plan *plan, const struct step_table *table, bool general) {
    if (!steps_fit(plan, table)) return true;
    bool      stub   = plan->feed == FEED_SLOTS && !plan->staged && !(general && table->words[0][0][0]);
    bool      slots  = stub || !table->keep[FROM_SLOTS][KEEP_NONE]; /* need no chain */
    uint8_t   leaves = left_result(plan);
    enum keep keep   = steps_keep(plan, table);
    enum keep left   = leaves ? KEEP_NONE : kept(plan, table, FROM_SLOTS, keep_of(plan));
    if (!slots && !(plan->chain = make_chain(plan, table, FROM_SLOTS, left))) return false;
    if (!(plan->pointer_chain = make_chain(plan, table, FROM_POINTERS, keep))) return false;
    if (!slots) {
        plan->stub.store  = begin(plan, table, FROM_SLOTS, left);
        plan->stub_result = leaves;
    }
    if (plan->core_result && leaves) plan->pointer_stub.store = begin(plan, table, FROM_POINTERS, KEEP_NONE);
    plan->pointers            = (pointers_call *)(void (*)(void))begin(plan, table, FROM_POINTERS, keep);
    plan->discarding          = stage_discarded;
    plan->discarding_pointers = stage_discarded_pointers;
    return true;
}
