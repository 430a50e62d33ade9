/* SPDX-License-Identifier: MIT */
/* Chooses the entry that stores slots, by the order of the plan's registers. */
#include "callback/entries.h"

/* The entries of a kind of result, behind those for integers alone. */
enum entry_shape {
    TWO_REALS,
    ALL_REALS,
    MIXED,
    STACK,
    STACK_REALS,
    SHAPES,
    FIRST = SHAPES, /* from here on with `has_orders` */
    AFTER,
    TURN,
    BACK,
    ROW,
    ROW_REALS,
    ORDERED_SHAPES
};

_Static_assert((int)SHAPES == ENTRY_SHAPES && (int)ORDERED_SHAPES == ENTRY_ORDERED_SHAPES, "entries.h");

enum { TURNS = 6 }; /* registers of each kind that the entries for both in turn store */

/* The shape of slots in a frequent order; ORDERED_SHAPES if theirs is another. */
static enum entry_shape order_of(const struct plan *plan) {
    bool real_first = plan->gpr[0] > plan->fpr[0];
    if (plan->nstack) return !plan_is_row(plan) ? ORDERED_SHAPES : plan->nfpr ? ROW_REALS : ROW;
    if (plan->nfpr <= TURNS && plan_is_arranged(plan, 2)) return real_first ? BACK : TURN;
    return !plan_is_arranged(plan, 1) ? ORDERED_SHAPES : real_first ? AFTER : FIRST;
}

static unsigned number_of(const struct plan *plan, const struct entries *entries) {
    unsigned groups = entries->groups, group = plan->ngpr ? (plan->ngpr - 1u) / 2 : 0;
    bool     both = plan->ngpr && plan->nfpr;
    if (entries->has_orders && (both || plan->nstack)) {
        enum entry_shape shape = order_of(plan);
        if (shape != ORDERED_SHAPES) return groups + shape;
    }
    if (plan->nstack) return groups + (plan->nfpr ? STACK_REALS : STACK);
    if (both) return groups + MIXED;
    if (plan->nfpr) return groups + (plan->nfpr > 2 ? ALL_REALS : TWO_REALS);
    return group < groups ? group : groups - 1;
}

const int32_t *slots_of_registers(const struct entries *entries, const struct plan *plan) {
    unsigned shapes = entries->groups + (entries->has_orders ? ORDERED_SHAPES : SHAPES);
    return &entries->slots[entry_kind_of(plan->signature->target) * shapes + number_of(plan, entries)];
}

/* ---- positional ABIs ---- */

enum { POSITION_MASKS = 16 }; /* four positions */

static unsigned mask_of_reals(const struct plan *plan) {
    unsigned mask = 0;
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (plan->moves[i].location == LOCATION_FPR) mask |= 1u << plan->moves[i].index;
    return mask;
}

const int32_t *slots_of_positions(const struct entries *entries, const struct plan *plan) {
    return &entries->slots[entry_kind_of(plan->signature->target) * POSITION_MASKS + mask_of_reals(plan)];
}
