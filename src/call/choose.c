/* SPDX-License-Identifier: MIT */
/* Chooses the stubs of a plan from the ABI's record, once for a plan, when the first function is bound to it. */
#include "call/choose.h"

#include "base/error.h"
#include "call/staging.h"
#include "call/steps.h"
#include "plan/stubs.h"

static void choose_for_slots(struct plan *plan, const struct stubs *stubs) {
    plan->register_stub = register_stub_of(stubs, plan);
    plan->pointers      = pointer_stub_of(stubs, plan);
    if (plan->pointers.store) plan->pointers_result = plan->core_result;
    if (plan->staged) plan->stub.store = stage_slots;
    else plan->stub = plan->register_stub, plan->stub_result = plan->core_result;
}

static void choose_for_image(struct plan *plan, const struct stubs *stubs) {
    plan->image_stub = stubs->images[vector_index(plan->vector)];
    plan->stub.store = stage_image;
}

bool choose_stubs(struct plan *plan) {
    const struct stubs *stubs = stubs_of(plan->abi);
    const char         *why   = NULL;
    if (!stubs) why = "this build can only plan for it, not call";
    else if (plan->feed == FEED_IMAGE && stubs->lacking) why = stubs->lacking(plan->vector);
    if (why) {
        fail(FFI_ERROR_UNSUPPORTED, "a function of ABI '%s' cannot be called here: %s",
             plan->abi->convention.name, why);
        return false;
    }
    if (plan->feed == FEED_SLOTS) choose_for_slots(plan, stubs);
    else choose_for_image(plan, stubs);
    bool general = plan->stub.store == stubs->each || plan->stub.store == stubs->stack_each;
    if (stubs->steps && !steps_choose(plan, stubs->steps, general)) {
        plan->stub = plan->pointers = (ffi_stub){NULL}; /* the next function chooses again */
        return false;
    }
    if (!plan->pointers.store)
        plan->pointers.store = plan->feed == FEED_SLOTS ? stage_pointers : stage_image_pointers;
    return true;
}

const struct plan *plan_to_call(ffi_context *context, const ffi_ctype *signature) {
    struct plan *plan = plan_of(context, signature);
    return !plan || plan->stub.store || choose_stubs(plan) ? plan : NULL;
}
