/* SPDX-License-Identifier: MIT */
/*
 * Flat plans: structs, complex numbers and whatever else registers and stack take in pieces of up to 8 bytes.
 * Each piece becomes a slot, and the ABI's stubs for slots do the call. Where all pieces are of 8 bytes, and
 * the ABI has stubs that load them from where they are, those do it alone.
 *
 * A result of two pieces leaves in two registers. The compiler knows which: a function that returns a struct of
 * two words, or of a word and a double, leaves it just there, by the ABI that this file is compiled for. No
 * other ABI's plan has results in two registers that are reached from here.
 */
#include "function.h"
#include "move.h"
#include "stubs.h"
#include "util.h"

/* ---- made with the plan ---- */

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
    if (!plan->nmoves || !abi_parts_stub(plan->abi, false, false).store) return false;
    if (type_machine(plan->signature->target) == FFI_KIND_F16) return false;
    for (unsigned i = 0; i < plan->nresults && !plan->ret; i++)
        if (plan->results[i].size != 8 || plan->results[i].from != 8 * i) return false;
    return all_whole(plan, false);
}

bool flat_fits(const struct plan *plan, const struct draft *draft, uint32_t *nparts) {
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
    if (plan->ret || !plan->nresults) return KEEP_NONE;
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
    const struct abi *abi    = plan->abi;
    struct source    *words  = (struct source *)(void *)(plan->stack + plan->nstack);
    bool              direct = false;
    begin_sources(plan, words);
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        add_source(plan, words, &plan->moves[i]);
        direct |= plan->moves[i].op != MOVE_BYTES;
    }
    for (uint32_t k = 0; k + 1 < plan->nstack; k += 2)
        if (words[k].from != PART_DIRECT && words[k].arg == words[k + 1].arg &&
            words[k].from + 8 == words[k + 1].from)
            words[k].from |= PART_PAIR;
    plan->stub   = abi_parts_stub(abi, false, direct);
    plan->leaves = plan->ret;
    if (!all_whole(plan, true)) return;
    plan->words    = abi_parts_stub(abi, true, false);
    plan->pointers = stage_words;
}

/* A result in memory: its address is slot 0 and in the first register. */
void flat_fill(struct plan *plan) {
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
    plan->flat       = true;
    plan->whole      = true;
    plan->core       = abi_stub(plan);
    plan->stub.store = stage_flat;
    plan->pointers   = stage_flat_pointers;
    if (loads_parts(plan)) fill_sources(plan);
}

/* ---- called ---- */

struct word_word {
    uint64_t a, b;
};
struct word_real {
    uint64_t a;
    double   b;
};
struct real_word {
    double   a;
    uint64_t b;
};
struct real_real {
    double a, b;
};

#define CALL(type)                                                                                             \
    do {                                                                                                       \
        typedef struct type stub(const ffi_function *, void *, const ffi_value *);                             \
        struct type         pair = ((stub *)(void (*)(void))plan->core.store)(function, NULL, slots);          \
        memcpy(left, &pair, sizeof pair);                                                                      \
    } while (0)

/* The registers that the result is in, one after the other. */
static inlined void call(const struct plan *plan, const ffi_function *function, const ffi_value *slots,
                         uint64_t left[2]) {
    bool   first = plan->results[0].place == PLACE_FPR, second = plan->results[1].place == PLACE_FPR;
    double real;
    if (plan->nresults == 2) {
        if (first && second) CALL(real_real);
        else if (first) CALL(real_word);
        else if (second) CALL(word_real);
        else CALL(word_word);
    } else if (first && plan->nresults) {
        real = plan->core.real(function, NULL, slots);
        memcpy(left, &real, sizeof real);
    } else {
        left[0] = plan->core.word(function, NULL, slots);
    }
}

static inlined void invoke_flat(const ffi_function *function, void *result, const void *args,
                                bool behind_pointers) {
    const struct plan *plan = ((const struct function *)(const void *)function)->plan;
    ffi_value          slots[FLAT_SLOTS];
    uint64_t           left[2];
    if (plan->in_memory) slots[0].ptr = result;
    for (uint32_t i = plan->in_memory; i < plan->nparts; i++) {
        const struct part *part = &plan->parts[i];
        const void        *from = (const ffi_value *)args + part->arg;
        if (behind_pointers || part->op == MOVE_BYTES) from = *(void *const *)from;
        if (part->op == MOVE_BYTES) copy_bytes(&slots[i], (const char *)from + part->from, part->size);
        else slots[i].u64 = moved((enum move_op)part->op, from);
    }
    call(plan, function, slots, left);
    if (!result) return;
    for (unsigned i = 0; i < plan->nresults; i++)
        copy_bytes((char *)result + plan->results[i].from, &left[i], plan->results[i].size);
}

/* Nobody wants the result, but it needs its memory. */
static outlined void invoke_for_nothing(const ffi_function *function, const void *args, bool behind_pointers) {
    const ffi_ctype *type = ((const struct function *)(const void *)function)->plan->signature->target;
    char             unwanted[type->size + type->alignment];
    uintptr_t        at = ((uintptr_t)unwanted + type->alignment - 1) & ~(uintptr_t)(type->alignment - 1);
    invoke_flat(function, (void *)at, args, behind_pointers);
}

void stage_flat(const ffi_function *function, void *result, const ffi_value *args) {
    if (!result && ((const struct function *)(const void *)function)->plan->in_memory)
        invoke_for_nothing(function, args, false);
    else invoke_flat(function, result, args, false);
}

void stage_flat_pointers(const ffi_function *function, void *result, void *const *args) {
    if (!result && ((const struct function *)(const void *)function)->plan->in_memory)
        invoke_for_nothing(function, args, true);
    else invoke_flat(function, result, args, true);
}
