/* SPDX-License-Identifier: MIT */
/*
 * Traces of a context, and traced callbacks. A context that is traced gives its functions another stub
 * (call/trace.c), and its callbacks another handler, which calls the hook before and after what native calls
 * reach otherwise: the embedder's handler, the context's hooks, a wrapper. What is not traced has nothing of it.
 */
#include "call/function.h"
#include "call/staging.h"
#include "callback/callback.h"
#include "type/context.h"

#include <errno.h>

/* ---- calls ---- */

/* The context's data stay while the hook runs. The hook may change errno, which is the caller's afterwards. */
static void notify(ffi_callback *callback, ffi_trace_event *event) {
    struct upkeep *upkeep = upkeep_of(callback);
    unsigned       state  = look(upkeep);
    if (state != CALLBACK_LIVE && !is_freed(state)) return;
    const struct extra *extra   = upkeep->extra;
    const struct plan  *plan    = atomic_load(&upkeep->plan);
    const ffi_context  *context = plan->context;
    event->signature            = extra->signature ? extra->signature : plan->signature;
    event->name                 = extra->name;
    if (!event->signature->target->size) event->result = NULL;
    int saved = errno;
    if (context->trace) context->trace(context->trace_userdata, event);
    errno = saved;
    look_away(upkeep);
}

/* What it reaches is there as long as the callback is live or freed; afterwards the result is zeroes. */
static void call_traced(void *result, const ffi_value *args, void *userdata) {
    ffi_callback  *callback = userdata;
    struct upkeep *upkeep   = upkeep_of(callback);
    unsigned       state    = look(upkeep);
    if (state != CALLBACK_LIVE && !is_freed(state)) return;
    struct target target = upkeep->extra->reached;
    look_away(upkeep);
    ffi_trace_event event = {.callback = callback, .args = args};
    notify(callback, &event);
    uint64_t began = os_nanoseconds();
    target.handler(result, args, target.userdata);
    event.nanoseconds = os_nanoseconds() - began;
    event.result      = result;
    event.is_over     = true;
    notify(callback, &event);
}

/* ---- under the lock ---- */

struct target callback_reached(const ffi_callback *callback) {
    const struct extra *extra = extra_of(upkeep_of(callback));
    if (extra && extra->is_traced) return extra->reached;
    return (struct target){callback->form->entry, callback->handler, callback->userdata};
}

static bool set_target(ffi_callback *callback, const struct target *target) {
    const char *why;
    if (trampoline_start(callback, callback->form, target, &why)) return true;
    return fail(FFI_ERROR_DENIED, "cannot write a read-only callback: %s", why), false;
}

bool callback_reach(ffi_callback *callback, ffi_handler *handler, void *userdata) {
    struct extra *extra  = extra_of(upkeep_of(callback));
    struct target target = {callback->form->entry, handler, userdata};
    if (!extra || !extra->is_traced) return set_target(callback, &target);
    extra->reached = target;
    return true;
}

static bool set_traced(ffi_context *context, ffi_callback *callback) {
    bool          on    = context->tracing != NULL;
    struct extra *extra = on ? callback_extra(context, callback) : extra_of(upkeep_of(callback));
    if (!extra || extra->is_traced == on) return extra || !on;
    struct target reached = callback_reached(callback);
    struct target traced  = {reached.entry, call_traced, callback};
    extra->reached        = reached; /* before a call can need it */
    if (!set_target(callback, on ? &traced : &reached)) return false;
    extra->is_traced = on;
    return true;
}

/* Thunks and shifted functions have an entry of their own, and no handler. */
static bool has_handler(const ffi_callback *callback) {
    return atomic_load(&upkeep_of(callback)->state) == CALLBACK_LIVE &&
           atomic_load(&callback->entry) == callback->form->entry;
}

static bool set_callbacks(ffi_context *context) {
    bool good = true;
    for (ffi_callback *one = context->trampolines.members; one && good; one = upkeep_of(one)->member)
        if (has_handler(one)) good = set_traced(context, one);
    return good;
}

static void set_functions(struct handle *list) {
    for (struct handle *node = list; node; node = node->next) {
        struct function *function = function_at(node);
        function_capture(function, function->capture);
        set_functions(function_forms(function));
    }
}

static const struct tracing tracing = {stage_traced, stage_traced_pointers, call_traced};

ffi_error ffi_context_trace(ffi_context *context, ffi_trace *trace, void *userdata) {
    if (!context) return fail_null(__func__, "context");
    os_lock_take(&context->lock);
    context->tracing        = trace ? &tracing : NULL;
    context->trace          = trace;
    context->trace_userdata = userdata;
    bool good               = set_callbacks(context);
    if (!good) context->tracing = NULL, context->trace = NULL, set_callbacks(context);
    set_functions(context->functions.live);
    os_lock_give(&context->lock);
    return good ? FFI_ERROR_NONE : ffi_last_error();
}
