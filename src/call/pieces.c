/* SPDX-License-Identifier: MIT */
/*
 * Calls by plans of pieces: each piece becomes a slot, and the ABI's stubs for slots do the call.
 *
 * A result of two pieces leaves in two registers. The compiler knows which: a function that returns a struct of
 * two words, or of a word and a double, leaves it just there, by the ABI that this file is compiled for. No
 * other ABI's plan has results in two registers that are reached from here.
 */
#include "base/util.h"
#include "call/function.h"
#include "call/staging.h"

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
        struct type         pair = ((stub *)(void (*)(void))plan->register_stub.store)(function, NULL, slots); \
        memcpy(left, &pair, sizeof pair);                                                                      \
    } while (0)

/* Calls, and stores the result registers one after the other. */
static inlined void call(const struct plan *plan, const ffi_function *function, const ffi_value *slots,
                         uint64_t left[2]) {
    bool first = plan->results[0].location == LOCATION_FPR, second = plan->results[1].location == LOCATION_FPR;
    double real;
    if (plan->nresults == 2) {
        if (first && second) CALL(real_real);
        else if (first) CALL(real_word);
        else if (second) CALL(word_real);
        else CALL(word_word);
    } else if (first && plan->nresults) {
        real = plan->register_stub.real(function, NULL, slots);
        memcpy(left, &real, sizeof real);
    } else {
        left[0] = plan->register_stub.word(function, NULL, slots);
    }
}

static inlined void invoke_pieces(const ffi_function *function, void *result, const void *args,
                                  bool behind_pointers) {
    const struct plan *plan = ((const struct function *)(const void *)function)->plan;
    ffi_value          slots[PIECE_SLOTS];
    uint64_t           left[2];
    if (plan->sret) slots[0].ptr = result;
    for (uint32_t i = plan->sret; i < plan->npieces; i++) {
        const struct piece *piece = &plan->pieces[i];
        const void         *from  = (const ffi_value *)args + piece->arg;
        enum move_op        op    = (enum move_op)piece->op;
        if (behind_pointers || is_bytes(op)) from = *(void *const *)from;
        if (is_bytes(op)) move_bytes(op, &slots[i], (const char *)from + piece->from, piece->size);
        else slots[i].u64 = moved(op, from);
    }
    call(plan, function, slots, left);
    if (!result) return;
    for (unsigned i = 0; i < plan->nresults; i++)
        copy_bytes((char *)result + plan->results[i].from, &left[i], plan->results[i].size);
}

/* The caller discards the result, but the ABI still needs memory for it. */
static outlined void invoke_for_nothing(const ffi_function *function, const void *args, bool behind_pointers) {
    const ffi_ctype *type = ((const struct function *)(const void *)function)->plan->signature->target;
    char             unwanted[type->size + type->alignment];
    uintptr_t        at = ((uintptr_t)unwanted + type->alignment - 1) & ~(uintptr_t)(type->alignment - 1);
    invoke_pieces(function, (void *)at, args, behind_pointers);
}

void stage_pieces(const ffi_function *function, void *result, const ffi_value *args) {
    if (!result && ((const struct function *)(const void *)function)->plan->sret)
        invoke_for_nothing(function, args, false);
    else invoke_pieces(function, result, args, false);
}

void stage_pieces_pointers(const ffi_function *function, void *result, void *const *args) {
    if (!result && ((const struct function *)(const void *)function)->plan->sret)
        invoke_for_nothing(function, args, true);
    else invoke_pieces(function, result, args, true);
}
