/* SPDX-License-Identifier: MIT */
/* The families of stubs that load slots: which stub of the ABI's record loads a plan's registers and stack words. */
#include "call/choose.h"

#include "plan/stubs.h"

static entry_stub *step_at(const int32_t *entry) {
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

static ffi_stub at(const int32_t *entry) {
    return (ffi_stub){.store = (ffi_store_stub *)step_at(entry)};
}

static bool all_are(const uint8_t *ops, unsigned count, uint8_t op) {
    while (count && ops[count - 1] == op) count--;
    return !count;
}

/* A mask of the registers that are loaded with 8 bytes; the others take 4. -1 if one takes less. */
static int wide_mask(const uint8_t *ops, unsigned count) {
    int mask = 0;
    for (unsigned k = 0; k < count; k++) {
        if (ops[k] > MOVE_32) return -1;
        mask |= (ops[k] == MOVE_64) << k;
    }
    return mask;
}

/* Whether slot k feeds integer register k, or position k. A pair of registers must begin with an even one and
 * may skip a register (AAPCS64 C.10). */
static bool in_order(const struct plan *plan) {
    for (unsigned k = 0; k < plan->ngpr && !plan->abi->positional; k++)
        if (plan->gpr[k] != k) return false;
    return true;
}

/* ---- slots in registers: a table's entry, or NULL ---- */

/* One of a table: the steps for one register, then those for two; `ops` are theirs. */
static entry_stub *step(const int32_t *steps, const uint8_t *ops, unsigned registers) {
    return step_at(registers == 1 ? &steps[ops[0]] : &steps[STUB_OPS * (1 + ops[0]) + ops[1]]);
}

static const int32_t *open_stub(const struct stubs *stubs, struct plan *plan) {
    const uint8_t *ops   = plan->gpr_ops;
    entry_stub   **steps = plan->steps;
    if (plan->ngpr > 4) *steps++ = step(stubs->middle, ops + 4, plan->ngpr - 4u);
    if (plan->ngpr > 6 && stubs->upper) *steps++ = step(stubs->upper, ops + 6, plan->ngpr - 6u);
    *steps = step(stubs->last, ops + 2, plan->ngpr - 2u);
    return &stubs->open[STUB_OPS * ops[0] + ops[1]];
}

static const int32_t *integers(const struct stubs *stubs, struct plan *plan) {
    const uint8_t *ops   = plan->gpr_ops;
    unsigned       count = plan->ngpr;
    int            mask  = wide_mask(ops, count);
    if (!in_order(plan)) return NULL;
    if (mask >= 0 && count <= stubs->widths_end) return &stubs->widths[(1 << count) - 1 + mask];
    if (count == 1 && stubs->one) return &stubs->one[ops[0]];
    if (count == 2 && stubs->two) return &stubs->two[STUB_OPS * ops[0] + ops[1]];
    if (count >= 3 && count <= stubs->widths_end && stubs->extending && all_are(ops, count, ops[0]))
        return &stubs->extending[ops[0] - STUB_EXTENDING][count - 3];
    bool opens = stubs->open && count >= 3 && count <= (stubs->upper ? 8 : stubs->widths_end);
    return opens ? open_stub(stubs, plan) : NULL;
}

static const int32_t *reals(const struct stubs *stubs, const struct plan *plan) {
    uint8_t op = plan->fpr_ops[0];
    if (!stubs->reals || op > MOVE_32 || !all_are(plan->fpr_ops, plan->nfpr, op)) return NULL;
    return &stubs->reals[op][plan->nfpr - 1];
}

/* The index of one or two registers without a narrow one: by their number and the mask of those of 8 bytes. */
static int few(unsigned count, int mask) {
    return (1 << count) - 2 + mask;
}

/* Whether each slot feeds the next register of its kind, of which `reals` has the floating-point ones. */
static bool is_ordered(const struct plan *plan, unsigned reals) {
    unsigned gprs = 0, fprs = 0;
    for (unsigned i = 0; i < (unsigned)plan->ngpr + plan->nfpr; i++)
        if ((reals >> i & 1 ? plan->fpr[fprs++] : plan->gpr[gprs++]) != i) return false;
    return true;
}

/* Both kinds in the order of their slots. */
static const int32_t *ordered(const struct stubs *stubs, const struct plan *plan) {
    unsigned count = (unsigned)plan->ngpr + plan->nfpr, reals = 0, all = (1u << (stubs->ordered_end + 1)) - 2;
    uint8_t  word = plan->gpr_ops[0], real = plan->fpr_ops[0];
    if (count > stubs->ordered_end || word > MOVE_32 || !all_are(plan->gpr_ops, plan->ngpr, word) ||
        !all_are(plan->fpr_ops, plan->nfpr, real))
        return NULL;
    for (unsigned k = 0; k < plan->nfpr; k++) reals |= 1u << plan->fpr[k];
    if (!is_ordered(plan, reals)) return NULL;
    return &stubs->ordered[(word * 2u + real) * all + (1u << count) - 2 + reals];
}

/* The entry of a table for both kinds in turn, for a plan that is uniform; NULL if its slots have another order. */
static const int32_t *in_turn(const int32_t *table, const struct stubs *stubs, const struct plan *plan) {
    bool back = plan->gpr[0] > plan->fpr[0];
    if (plan->ngpr != plan->nfpr || !plan_is_arranged(plan, 2)) return NULL;
    return &table[(2u * plan->gpr_ops[0] + back) * stubs->mixed_end + plan->ngpr - 1];
}

/* Integers of one width and doubles in a frequent order. */
static const int32_t *arranged(const struct stubs *stubs, const struct plan *plan) {
    bool first = plan->gpr_ops[0] == MOVE_64 && plan->gpr[0] < plan->fpr[0] && plan_is_arranged(plan, 1);
    return first ? &stubs->first[plan->ngpr - 1][plan->nfpr - 1] : in_turn(stubs->turn, stubs, plan);
}

/* Whether `mixed` and `mixed_pointers` have stubs for the plan. */
static bool is_uniform(const struct plan *plan) {
    uint8_t op = plan->gpr_ops[0];
    return plan->ngpr && plan->nfpr && op <= MOVE_32 && all_are(plan->gpr_ops, plan->ngpr, op) &&
           all_are(plan->fpr_ops, plan->nfpr, MOVE_64);
}

/* The entry of either table for a plan that is uniform. */
static const int32_t *uniform(const int32_t *table, const struct stubs *stubs, const struct plan *plan) {
    unsigned step = stubs->mixed_step,
             row  = plan->gpr_ops[0] * stubs->mixed_end / step + (plan->ngpr - 1) / step;
    return &table[row * STUB_REALS / step + (plan->nfpr - 1) / step];
}

static const int32_t *mixed(const struct stubs *stubs, const struct plan *plan) {
    unsigned       ngpr = plan->ngpr, nfpr = plan->nfpr;
    int            words = wide_mask(plan->gpr_ops, ngpr), doubles = wide_mask(plan->fpr_ops, nfpr);
    const int32_t *entry;
    if (stubs->ordered_end) return ordered(stubs, plan);
    if (words < 0 || doubles < 0) return NULL;
    if (stubs->first && is_uniform(plan) && (entry = arranged(stubs, plan))) return entry;
    if (stubs->few && ngpr <= 2 && nfpr <= 2) return &stubs->few[few(ngpr, words)][few(nfpr, doubles)];
    return stubs->mixed && is_uniform(plan) ? uniform(stubs->mixed, stubs, plan) : NULL;
}

/* ---- slots in registers: the plan's steps for pairs ---- */

enum { PAIR_NONE = PAIR_LOADS };

/* How a slot in the next register of its kind is loaded: integers of 8 bytes, of 4, reals of 8, of 4, narrow integers.
 * PAIR_NONE: it is in no such register. */
static unsigned pair_load(const struct plan *plan, unsigned slot, unsigned *gprs, unsigned *fprs) {
    unsigned g = *gprs, f = *fprs;
    if (g < plan->ngpr && plan->gpr[g] == slot)
        return ++*gprs, plan->gpr_ops[g] + (plan->gpr_ops[g] > MOVE_32 ? 2u : 0);
    if (f < plan->nfpr && plan->fpr[f] == slot && plan->fpr_ops[f] <= MOVE_32)
        return ++*fprs, 2u + plan->fpr_ops[f];
    return PAIR_NONE;
}

/* The index of a step's registers, by the slots before it, and of these by the integers. */
static unsigned pair_state(unsigned gprs, unsigned fprs) {
    unsigned slots = gprs + fprs, state = gprs - (slots > STUB_REALS ? slots - STUB_REALS : 0);
    for (unsigned before = 2; before < slots; before += 2)
        state += 1 + (before < STUB_REALS ? before : 2 * STUB_REALS - before);
    return state;
}

/* The entry of the step that loads two slots, or one; `last`: it is the last one. */
static const int32_t *pair_step(const struct stubs *stubs, unsigned state, unsigned first, unsigned second,
                                bool last) {
    size_t         row   = state * PAIR_LOADS + first;
    const int32_t *steps = stubs->pair_steps + row * (2 * PAIR_LOADS + 1);
    return &steps[second == PAIR_NONE ? 2 * PAIR_LOADS : last * PAIR_LOADS + second];
}

/* The stub that begins, and the plan's steps. NULL: a stub for any registers does the call. */
static const int32_t *pairs(const struct stubs *stubs, struct plan *plan) {
    if (!stubs->pairs || plan->staged) return NULL;
    unsigned gprs = 0, fprs = 0, count = (unsigned)plan->ngpr + plan->nfpr;
    unsigned first = pair_load(plan, 0, &gprs, &fprs), second = pair_load(plan, 1, &gprs, &fprs);
    if (first == PAIR_NONE || second == PAIR_NONE) return NULL;
    const int32_t *stub = &stubs->pairs[(2 * first + (count == 2)) * PAIR_LOADS + second];
    for (unsigned slot = 2; slot < count; slot += 2) {
        unsigned state = pair_state(gprs, fprs);
        first          = pair_load(plan, slot, &gprs, &fprs);
        second         = slot + 1 < count ? pair_load(plan, slot + 1, &gprs, &fprs) : PAIR_NONE;
        if (first == PAIR_NONE || (second == PAIR_NONE && slot + 1 < count)) return NULL;
        plan->steps[slot / 2 - 1] = step_at(pair_step(stubs, state, first, second, slot + 2 >= count));
    }
    return stub;
}

/* The entry of a table of rows: slots of 8 bytes that fill the registers of one kind and go on in the stack words. */
static const int32_t *row(const int32_t *rows, const struct stubs *stubs, const struct plan *plan) {
    bool     reals = plan->nfpr != 0;
    unsigned words = plan->nstack_used;
    if (!rows || !plan->full_slots || words > stubs->row_ends[reals] || !plan_is_row(plan)) return NULL;
    return &rows[(reals ? stubs->row_ends[0] : 0) + words - 1];
}

/* The entry of the stub that loads the registers alone; NULL if no table has one. */
static const int32_t *registers(const struct stubs *stubs, struct plan *plan) {
    if (plan->abi->positional || !plan->nfpr) return integers(stubs, plan);
    return !plan->ngpr ? reals(stubs, plan) : mixed(stubs, plan);
}

const int32_t *ending_of(const struct stubs *stubs, struct plan *plan) {
    bool ends = stubs->ends_chains && plan->feed == FEED_SLOTS && !plan->staged && has_words(plan);
    return ends ? registers(stubs, plan) : NULL;
}

ffi_stub register_stub_of(const struct stubs *stubs, struct plan *plan) {
    const int32_t *stack = has_words(plan) ? row(stubs->rows, stubs, plan) : NULL;
    if (stack) return at(stack);
    if (has_words(plan))
        return (ffi_stub){.store = !plan->full_slots ? stubs->stack_each
                                   : plan->nfpr      ? stubs->stack_reals
                                                     : stubs->stack};
    const int32_t *entry = registers(stubs, plan);
    if (!entry && stubs->each_position) entry = &stubs->each_position[plan->ngpr - 1];
    if (!entry) entry = pairs(stubs, plan);
    return entry ? at(entry) : (ffi_stub){.store = stubs->each};
}

const int32_t *start_of(const struct stubs *stubs, const struct plan *plan) {
    unsigned high = plan->ngpr > 4 ? plan->ngpr - 4u : 0;
    if (!stubs->start || plan->feed != FEED_SLOTS || plan->staged || has_words(plan)) return NULL;
    if (plan->ngpr < 3 || !plan->nfpr || plan->nfpr > 2 || !all_are(plan->fpr_ops, plan->nfpr, MOVE_64) ||
        wide_mask(plan->gpr_ops, plan->ngpr) < 0)
        return NULL;
    return &stubs->start[plan->nfpr - 1][(1 << high) - 1 + wide_mask(plan->gpr_ops + 4, high)];
}

ffi_stub pointer_stub_of(const struct stubs *stubs, const struct plan *plan) {
    const int32_t *entry = NULL;
    if (plan->staged) return (ffi_stub){.store = NULL};
    if (has_words(plan)) {
        entry = row(stubs->row_pointers, stubs, plan);
    } else if (stubs->mixed_pointers && is_uniform(plan)) {
        entry = in_turn(stubs->turn_pointers, stubs, plan);
        if (!entry) entry = uniform(stubs->mixed_pointers, stubs, plan);
    }
    return entry ? at(entry) : (ffi_stub){.store = NULL};
}
