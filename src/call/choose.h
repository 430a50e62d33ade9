/* SPDX-License-Identifier: MIT */
/* Which stub calls by a plan. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "plan/plan.h"

/* The plan of a signature, with the stubs that call by it. NULL with an error, FFI_ERROR_UNSUPPORTED if this
 * target or machine cannot call. Under the context's lock. */
const struct plan *plan_to_call(ffi_context *context, const ffi_ctype *signature);

/* The stubs of a plan that has none yet; false with the same error. */
bool choose_stubs(struct plan *plan);

#endif
