/* SPDX-License-Identifier: MIT */
/* Chooses the stub that calls by a plan. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "plan/stubs.h"

/* The plan of a signature, with its stubs. NULL on failure: FFI_ERROR_UNSUPPORTED if this target or machine
 * cannot call by the ABI. Under the context's lock. */
const struct plan *plan_to_call(ffi_context *context, const ffi_ctype *signature);

/* Sets the stubs of a plan that has none yet. False with the same error. */
bool choose_stubs(struct plan *plan);

/* families.c: the stub that loads a plan's slots. Sets the plan's steps where the stub needs them. */
ffi_stub register_stub_of(const struct stubs *stubs, struct plan *plan);

/* The entry of the stub that loads all registers of a plan with stack words, which steps store before; NULL if there is
 * none. Sets the plan's steps where the stub needs them. */
const int32_t *ending_of(const struct stubs *stubs, struct plan *plan);

/* The entry of `start` for a plan; NULL if there is none. */
const int32_t *start_of(const struct stubs *stubs, const struct plan *plan);

/* The same of slots behind pointers; NULL: a chain of steps loads them, or staging makes slots of them. */
ffi_stub pointer_stub_of(const struct stubs *stubs, const struct plan *plan);

static inline bool has_words(const struct plan *plan) {
    return plan->nstack_used * 8 > plan->abi->shadow;
}

#endif
