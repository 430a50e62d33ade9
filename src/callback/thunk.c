/* SPDX-License-Identifier: MIT */
/*
 * Thunks: trampolines that go to machine code of the embedder's. A thunk is a callback whose `entry` is that
 * code and whose `handler` and `userdata` are the pair that it finds. Nothing is known of its arguments and its
 * result, so that late calls get zeroes in the registers of results, and a freed thunk serves thunks only.
 */
#include "callback/callback.h"
#include "callback/entries.h"
#include "type/context.h"

_Static_assert(FFI_THUNK_TARGET == CALLBACK_HANDLER, "ffi_invoke.h");
_Static_assert(FFI_THUNK_DATA == CALLBACK_USERDATA, "ffi_invoke.h");

static const char thunk_name[] = "thunk";

/* The context's plan of thunks, made when first asked for; NULL with an error. */
static const struct plan *plan_of_thunks(ffi_context *context) {
    struct plan *plan = context->trampolines.thunks;
    if (plan) return plan;
    const ffi_ctype *nothing   = type_scalar(context, SCALAR_VOID);
    ffi_ctype        draft     = {.kind = FFI_KIND_FUNCTION, .target = nothing, .abi = context->abi};
    const ffi_ctype *signature = nothing ? type_signature(context, &draft, NULL, NULL) : NULL;
    if (!signature || !(plan = plan_make(context, signature, PLAN_STACK_LIMIT, false))) return NULL;
    plan->is_thunk                     = true;
    return context->trampolines.thunks = plan;
}

ffi_thunk *ffi_thunk_new(ffi_context *context, const void *entry, void *target, void *data) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!entry) return fail_null(__func__, "entry"), NULL;
    struct target pair = {
        .entry = (entry_stub *)(uintptr_t)entry, .handler = (ffi_handler *)(uintptr_t)target, .userdata = data};
    trampoline_keep();
    os_lock_take(&context->lock);
    const struct plan *plan = plan_of_thunks(context);
    ffi_callback *made = plan ? callback_make(context, plan, plan->signature, &plain_page, pair, thunk_name,
                                              sizeof thunk_name - 1)
                              : NULL;
    os_lock_give(&context->lock);
    return (ffi_thunk *)(void *)made;
}

const void *ffi_thunk_entry(unsigned index) {
    const int32_t *distance = thunk_entries;
    for (unsigned i = 0; i < index && *distance; i++) distance++;
    if (*distance) return (const void *)((uintptr_t)distance + (uintptr_t)*distance);
    fail(FFI_ERROR_RANGE, "%s: this ABI passes no argument in an integer register %u", __func__, index);
    return NULL;
}

static ffi_callback *callback_of(const ffi_thunk *thunk) {
    return (ffi_callback *)(uintptr_t)thunk;
}

void *ffi_thunk_code(const ffi_thunk *thunk) {
    return ffi_callback_code(callback_of(thunk));
}

void ffi_thunk_free(ffi_thunk *thunk) {
    ffi_callback_free(callback_of(thunk));
}
