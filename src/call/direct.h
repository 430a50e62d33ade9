/* SPDX-License-Identifier: MIT */
#ifndef DIRECT_H
#define DIRECT_H

#include "plan/chain.h"

/* The entry of the stub that does all of a call without a chain, and keeps the result as `keep` says; NULL if there is
 * none. */
const int32_t *direct_stub(const struct plan *plan, enum step_from from, enum keep keep);

#endif
