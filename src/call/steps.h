/* SPDX-License-Identifier: MIT */
/* Chains of steps: how a plan is called that no stub of slots calls alone. */
#ifndef CALL_STEPS_H
#define CALL_STEPS_H

#include "plan/plan.h"
#include "plan/steps.h"

/* Gives a plan, which has its other stubs, those that begin a chain, where steps can load all of it. False with
 * an error if there is no memory. */
bool steps_choose(struct plan *plan, const struct step_table *table);

#endif
