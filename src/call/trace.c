/* SPDX-License-Identifier: MIT */
/*
 * Traced calls. A context that is traced gives its functions another stub, which calls the hook before and
 * after what they would call otherwise. A function that is not traced has nothing of it.
 */
#include "call/function.h"
#include "call/staging.h"
#include "type/context.h"

#include <errno.h>

enum { SMALL_RESULT = 64 };

static const struct function *function_of(const ffi_function *function) {
    return (const struct function *)(const void *)function;
}

/* The hook may change errno, which is the callee's afterwards. */
static void notify(const ffi_context *context, const ffi_trace_event *event) {
    int saved = errno;
    context->trace(context->trace_userdata, event);
    errno = saved;
}

static void call(const struct function *function, void *result, const ffi_value *args) {
    const struct plan *plan = function->plan;
    if (function->capture & FFI_CAPTURE_LAST_ERROR) stage_capture_both(&function->head, result, args);
    else if (function->capture) stage_capture(&function->head, result, args);
    else ffi_invoke_stub(plan->stub, plan->stub_result, &function->head, result, args);
}

void stage_traced(const ffi_function *head, void *result, const void *args) {
    const struct function *function = function_of(head);
    const ffi_context     *context  = function->plan->context;
    _Alignas(64) char      memory[SMALL_RESULT];
    size_t                 size  = function->plan->signature->target->size;
    ffi_trace_event        event = {
               .function = head, .args = args, .signature = function->signature, .name = function->name};
    if (!result && size <= sizeof memory) result = memory; /* the caller discards it, the hook does not */
    notify(context, &event);
    uint64_t began = os_nanoseconds();
    call(function, result, args);
    event.nanoseconds = os_nanoseconds() - began;
    event.result      = size ? result : NULL;
    event.is_over     = true;
    notify(context, &event);
}

void stage_traced_pointers(const ffi_function *head, void *result, const void *args) {
    const ffi_ctype *signature = function_of(head)->plan->signature;
    void *const     *pointers  = args;
    ffi_value        slots[signature->count + 1];
    for (size_t i = 0; i < signature->count; i++) {
        const ffi_ctype *type = signature->params[i];
        if (type->kind <= FFI_KIND_POINTER) memcpy(&slots[i], pointers[i], type->size);
        else slots[i].ptr = pointers[i];
    }
    stage_traced(head, result, slots);
}
