/* SPDX-License-Identifier: MIT */
/* Calls in C: those that the target does not begin in assembler, with a static chain, and by libffi's call plans. */
#include "libffi.h"

#include "call/staging.h"

#include <stdlib.h>

/* Calls and stores the result as its type has it. */
static void call_and_store(const struct called *called, void *result, void **args) {
    const struct prepared *prepared = called->prepared;
    const ffi_function    *head     = &called->function.head;
    if (prepared->direct.store) prepared->direct.store(head, result, args);
    else if (!result && prepared->chain && prepared->plan->sret) stage_discarded_pointers(head, NULL, args);
    else prepared->pointers(head, result, args);
}

/* The word that a stub leaves in the register of integers, or of which staging stores as much as the type has.
 */
static inlined uint64_t word_of(const struct called *called, void **args) {
    const struct prepared *prepared = called->prepared;
    uint64_t               word     = 0;
    if (prepared->direct.word) return prepared->direct.word(&called->function.head, NULL, args);
    prepared->pointers(&called->function.head, &word, args);
    return word;
}

static inlined double real_of(const struct called *called, void **args) {
    const struct prepared *prepared = called->prepared;
    double                 real     = 0;
    if (prepared->direct.real) return prepared->direct.real(&called->function.head, NULL, args);
    prepared->pointers(&called->function.head, &real, args);
    return real;
}

/* An integer result with 8 bytes, as libffi stores it. */
static uint64_t widened(enum result result, uint64_t word) {
    switch (result) {
    case RESULT_I8: return (uint64_t)(int8_t)word;
    case RESULT_U8: return (uint8_t)word;
    case RESULT_I16: return (uint64_t)(int16_t)word;
    case RESULT_U16: return (uint16_t)word;
    case RESULT_I32: return (uint64_t)(int32_t)word;
    case RESULT_U32: return (uint32_t)word;
    default: return word;
    }
}

static void call(const struct called *called, void *result, void **args) {
    enum result of = (enum result)called->prepared->result;
    if (of == RESULT_OF_PLAN) {
        call_and_store(called, result, args);
    } else if (of == RESULT_NOTHING) {
        ((void (*)(void))(uintptr_t)called->function.address)();
    } else if (of == RESULT_F32 || of == RESULT_F64) {
        double real = real_of(called, args);
        if (result) memcpy(result, &real, of == RESULT_F32 ? sizeof(float) : sizeof real);
    } else {
        uint64_t word = widened(of, word_of(called, args));
        if (result) memcpy(result, &word, sizeof word);
    }
}

static void call_chained(const ffi_function *function, void *result, const void *args) {
    const char *called = (const char *)function - offsetof(struct called, function);
    stage_chain(function, result, args, ((const struct called *)(const void *)called)->chain);
}

/* Makes the plan for one call: of a cif beyond the cache's ceiling, or of a function that gets `*chain`, if that is
 * not NULL. */
static outlined void call_unplanned(const ffi_cif *cif, void (*fn)(void), void *result, void **args,
                                    void *const *chain) {
    struct workshop  shop;
    struct signature signature;
    struct prepared  own;
    struct called    called = {.prepared = &own, .function = {.address = (void *)(uintptr_t)fn}};
    workshop_open(&shop);
    if (signature_of(&shop, cif, number_of(cif), &signature) == FFI_OK &&
        signature_prepare(&shop, &signature, chain != NULL, &own)) {
        if (chain) own.direct.store = NULL, own.pointers = call_chained, called.chain = *chain;
        called.function.plan = own.plan;
        call(&called, result, args);
    }
    workshop_close(&shop);
}

void call_cif(ffi_cif *cif, void (*fn)(void), void *result, void **args) {
    const struct prepared *prepared = cif ? prepared_of(cif) : NULL;
    struct called          called;
    if (!prepared) return;
    if (prepared->result == RESULT_NOTHING) {
        fn();
    } else if (!prepared->plan) {
        call_unplanned(cif, fn, result, args, NULL);
    } else {
        called.prepared         = prepared;
        called.function.address = (void *)(uintptr_t)fn;
        called.function.plan    = prepared->plan;
        call(&called, result, args);
    }
}

/* ---- plans ---- */

struct ffi_call_plan {
    ffi_cif *cif;
};

ffi_call_plan *ffi_call_plan_alloc(ffi_cif *cif) {
    ffi_call_plan *plan = malloc(sizeof *plan);
    if (plan) plan->cif = cif;
    return plan;
}

void ffi_call_plan_invoke(ffi_call_plan *plan, void (*fn)(void), void *rvalue, void **avalue) {
    ffi_call(plan ? plan->cif : NULL, fn, rvalue, avalue);
}

void ffi_call_plan_free(ffi_call_plan *plan) {
    free(plan);
}

size_t ffi_call_plan_size(ffi_call_plan *plan) {
    return plan ? sizeof *plan : 0;
}

/* ---- Go ---- */

void ffi_call_go(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue, void *closure) {
    if (cif) call_unplanned(cif, fn, rvalue, avalue, &closure);
}
