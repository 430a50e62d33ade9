/* SPDX-License-Identifier: MIT */
/*
 * The choice of stubs in the small library, in place of families.c and steps.c: all slots go by the ABI's stubs for any
 * registers, everything else by an image. arch/<cpu>/small.c has its records.
 */
#include "call/choose.h"
#include "call/steps.h"

ffi_stub register_stub_of(const struct stubs *stubs, struct plan *plan) {
    return (ffi_stub){.store = has_words(plan) ? stubs->stack_each : stubs->each};
}

ffi_stub pointer_stub_of(const struct stubs *stubs, const struct plan *plan) {
    (void)stubs, (void)plan;
    return (ffi_stub){.store = NULL};
}

/* Never called: no record of the small library has steps. */
bool steps_choose(struct plan *plan, const struct step_table *table, bool general) {
    (void)plan, (void)table, (void)general;
    return true;
}
