/* SPDX-License-Identifier: MIT */
/* Calls in C: those that the target does not begin in assembler, with a static chain, and by libffi's call plans. */
#include "libffi.h"

#include "call/staging.h"

#include <stdlib.h>

/* The word that a stub leaves in the register of integers, or of which staging stores as much as the type has.
 */
static inlined uint64_t word_of(const struct prepared *prepared, const struct function *function, void **args) {
    uint64_t word = 0;
    if (prepared->direct.word)
        return prepared->direct.word(&function->head, args, (const ffi_value *)(void *)args);
    prepared->pointers(&function->head, &word, args);
    return word;
}

static inlined double real_of(const struct prepared *prepared, const struct function *function, void **args) {
    double real = 0;
    if (prepared->direct.real)
        return prepared->direct.real(&function->head, args, (const ffi_value *)(void *)args);
    prepared->pointers(&function->head, &real, args);
    return real;
}

/* Stubs and staging read address and plan of `function`. */
static void call(const struct prepared *prepared, const struct function *function, void *result, void **args) {
    uint64_t word = 0;
    double   real;
    switch ((enum result)prepared->result) {
    case RESULT_OF_PLAN:
        if (prepared->direct.store)
            prepared->direct.store(&function->head, result, (const ffi_value *)(void *)args);
        else prepared->pointers(&function->head, result, args);
        return;
    case RESULT_I8: word = (uint64_t)(int8_t)word_of(prepared, function, args); break;
    case RESULT_U8: word = (uint8_t)word_of(prepared, function, args); break;
    case RESULT_I16: word = (uint64_t)(int16_t)word_of(prepared, function, args); break;
    case RESULT_U16: word = (uint16_t)word_of(prepared, function, args); break;
    case RESULT_I32: word = (uint64_t)(int32_t)word_of(prepared, function, args); break;
    case RESULT_U32: word = (uint32_t)word_of(prepared, function, args); break;
    case RESULT_64: word = word_of(prepared, function, args); break;
    case RESULT_F32:
        real = real_of(prepared, function, args);
        if (result) memcpy(result, &real, sizeof(float));
        return;
    case RESULT_F64:
        real = real_of(prepared, function, args);
        if (result) memcpy(result, &real, sizeof real);
        return;
    case RESULT_NOTHING: ((void (*)(void))(uintptr_t)function->address)(); return;
    }
    if (result) memcpy(result, &word, sizeof word);
}

/* A cif beyond the cache's ceiling. */
static outlined void call_unplanned(const ffi_cif *cif, void (*address)(void), void *result, void **args) {
    struct workshop  shop;
    struct signature signature;
    struct prepared  own;
    struct function  function = {.address = (void *)(uintptr_t)address};
    workshop_open(&shop);
    if (signature_of(&shop, cif, number_of(cif), &signature) == FFI_OK &&
        signature_prepare(&shop, &signature, false, &own)) {
        function.plan = own.plan;
        call(&own, &function, result, args);
    }
    workshop_close(&shop);
}

void call_cif(ffi_cif *cif, void (*fn)(void), void *result, void **args) {
    const struct prepared *prepared = cif ? prepared_of(cif) : NULL;
    if (prepared && prepared->result == RESULT_NOTHING) {
        fn();
        return;
    }
    struct function function;
    function.address = (void *)(uintptr_t)fn;
    if (prepared && (function.plan = prepared->plan)) call(prepared, &function, result, args);
    else if (prepared) call_unplanned(cif, fn, result, args);
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

struct chained {
    struct function function;
    void           *chain;
};

static void call_chained(const ffi_function *function, void *result, void *const *args) {
    stage_chain(function, result, args, ((const struct chained *)(const void *)function)->chain);
}

void ffi_call_go(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue, void *closure) {
    struct workshop  shop;
    struct signature signature;
    struct prepared  own;
    struct chained   chained = {.function = {.address = (void *)(uintptr_t)fn}, .chain = closure};
    workshop_open(&shop);
    if (cif && signature_of(&shop, cif, number_of(cif), &signature) == FFI_OK &&
        signature_prepare(&shop, &signature, true, &own)) {
        own.direct.store      = NULL;
        own.pointers          = call_chained;
        chained.function.plan = own.plan;
        call(&own, &chained.function, rvalue, avalue);
    }
    workshop_close(&shop);
}
