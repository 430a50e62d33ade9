/* SPDX-License-Identifier: MIT */
/* Wrappers: what native calls of a callback reach instead of its handler. A wrapper is an owned record, which
 * knows when the callback was revoked and when its last running call has ended. */
#include "callback/callback.h"
#include "callback/owned.h"
#include "type/context.h"

/* Under the lock. False with an error. */
static bool wrap(ffi_context *context, ffi_callback *callback, const ffi_wrapper *wrapper) {
    struct extra *extra = callback_extra(context, callback);
    if (!extra) return false;
    if (extra->wrapper)
        return fail(FFI_ERROR_ARGUMENT, "ffi_callback_wrap: this callback has a wrapper already"), false;
    struct owned *owned = owned_new(&context->trampolines.owned, wrapper);
    if (!owned) return false;
    struct target target  = callback_reached(callback);
    extra->inner          = target.handler;
    extra->inner_userdata = target.userdata;
    if (!callback_reach(callback, owned_call, owned)) return owned_abandon(owned), false;
    extra->wrapper = owned;
    return true;
}

ffi_error ffi_callback_wrap(ffi_callback *callback, const ffi_wrapper *wrapper, ffi_handler **inner,
                            void **inner_userdata) {
    if (!callback) return fail_null(__func__, "callback");
    if (!wrapper) return fail_null(__func__, "wrapper");
    if (!wrapper->handler || !wrapper->drop) return fail_null(__func__, "a function of the wrapper");
    if (!inner || !inner_userdata) return fail_null(__func__, "inner");
    const struct plan *plan = callback_plan(__func__, callback);
    if (!plan) return FFI_ERROR_ARGUMENT;
    os_lock_take(&plan->context->lock);
    struct target target = callback_reached(callback);
    *inner               = target.handler;
    *inner_userdata      = target.userdata;
    bool good            = wrap(plan->context, callback, wrapper);
    os_lock_give(&plan->context->lock);
    return good ? FFI_ERROR_NONE : ffi_last_error();
}

void *ffi_callback_wrapped(const ffi_callback *callback, ffi_handler *handler) {
    bool                live  = callback && atomic_load(&upkeep_of(callback)->state) == CALLBACK_LIVE;
    const struct extra *extra = live ? extra_of(upkeep_of(callback)) : NULL;
    bool                it    = extra && extra->wrapper && owned_is_of(extra->wrapper, handler);
    return it ? owned_userdata(extra->wrapper) : NULL;
}
