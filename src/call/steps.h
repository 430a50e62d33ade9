/* SPDX-License-Identifier: MIT */
/* Chains of steps: how a plan is called that no stub of slots calls alone. */
#ifndef CALL_STEPS_H
#define CALL_STEPS_H

#include "plan/plan.h"
#include "plan/steps.h"

/* Gives a plan, which has its other stubs, those that begin a chain, where steps can load all of it. `general`:
 * the stub that it has is the one for any slots, and steps by their widths are better. False with an error if
 * there is no memory. */
bool steps_choose(struct plan *plan, const struct step_table *table, bool general);

/* The same of arguments behind pointers alone. A scalar result is left in its register. */
bool steps_choose_pointers(struct plan *plan, const struct step_table *table);

/* What the plan's stub for arguments behind pointers stores of the result. */
enum keep steps_keep(const struct plan *plan, const struct step_table *table);

#endif
