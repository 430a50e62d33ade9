/* SPDX-License-Identifier: MIT */
/* Chooses the stub that calls by a plan. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "plan/plan.h"

/* The plan of a signature, with its stubs. NULL on failure: FFI_ERROR_UNSUPPORTED if this target or machine
 * cannot call by the ABI. Under the context's lock. */
const struct plan *plan_to_call(ffi_context *context, const ffi_ctype *signature);

/* Sets the stubs of a plan that has none yet. False with the same error. */
bool choose_stubs(struct plan *plan);

#endif
