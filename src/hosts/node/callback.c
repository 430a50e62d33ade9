/* SPDX-License-Identifier: MIT */
/*
 * JavaScript functions as C function pointers. The module's JavaScript generates a dispatcher for each: it
 * reads the arguments from the shared memory, calls the function, and leaves the result there.
 *
 * An exception does not leave through the C code that called, which would lose what that holds: the callback
 * returns zeroes, and so do later ones, until the call that JavaScript made returns and the exception is
 * thrown. Where there is no such call, because another thread called, the exception is an uncaught one.
 */
#include "host.h"

#include <stdlib.h>

struct callback {
    struct host  *host;
    napi_ref      dispatcher; /* weak: JavaScript keeps it */
    ffi_callback *native;
    size_t        count, size; /* arguments, and the bytes of the result */
    bool          is_slot;     /* the result; otherwise its address comes */

    struct callback *next, **link; /* the host's list */
};

void keep_thrown(struct host *host) {
    napi_value error;
    if (napi_get_and_clear_last_exception(host->env, &error) != napi_ok || host->failed) return;
    if (!host->depth) {
        napi_fatal_exception(host->env, error);
        return;
    }
    /* A reference holds objects only; a primitive is thrown by way of an array. */
    napi_value kept;
    if (napi_create_array_with_length(host->env, 1, &kept) == napi_ok &&
        napi_set_element(host->env, kept, 0, error) == napi_ok &&
        napi_create_reference(host->env, kept, 1, &host->thrown) == napi_ok)
        host->failed = host->settles = true;
}

/* False if there is no result: JavaScript threw, or has dropped the callback. */
static bool dispatch(struct host *host, napi_ref reference) {
    napi_value  dispatcher = NULL;
    napi_status status     = napi_get_reference_value(host->env, reference, &dispatcher);
    if (status == napi_ok && !dispatcher) return false;
    if (status == napi_ok) status = napi_call_function(host->env, dispatcher, dispatcher, 0, NULL, NULL);
    if (status != napi_ok) keep_thrown(host);
    return status == napi_ok;
}

/* Within a fast call no JavaScript may run. */
static bool is_refused(struct host *host) {
    uint32_t *direct = (uint32_t *)(void *)(host->scratch + SCRATCH_FAST);
    if (host->fast) host->fast = FAST_REFUSED;
    if (*direct) *direct = FAST_REFUSED;
    return host->fast || *direct;
}

/* Whether a callback needs no scope of its own: most functions that called C have one, and from time to time
 * one is opened within that, which settle() closes. A scope takes an allocation. */
static bool share_scope(struct host *host) {
    enum { USES = 64 };
    if (host->bare == host->depth) return false;
    if (host->scope_uses < USES) return host->scope_uses++, true;
    if (host->scope && host->scope_depth != host->depth) return false;
    if (host->scope) napi_close_handle_scope(host->env, host->scope);
    host->scope = NULL;
    if (napi_open_handle_scope(host->env, &host->scope) != napi_ok) return false;
    host->scope_depth    = host->depth;
    host->scope_uses     = 0;
    return host->settles = true;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    const struct callback *callback = userdata;
    struct host           *host     = callback->host;
    napi_handle_scope      own      = NULL;
    size_t                 size     = callback->size; /* the callback may be freed meanwhile */
    bool                   is_slot  = callback->is_slot;
    if (host->ended || host->failed || is_refused(host)) return;
    int        before = *host->thread_errno;
    ffi_value *copy   = (ffi_value *)(void *)(host->scratch + SCRATCH_CALLBACK_ARGS);
    for (size_t i = 0; i < callback->count; i++) copy[i] = args[i];
    if (!share_scope(host) && napi_open_handle_scope(host->env, &own) != napi_ok) {
        keep_thrown(host);
        return;
    }
    if (dispatch(host, callback->dispatcher) && size) {
        const void *from = host->scratch + SCRATCH_CALLBACK_RESULT;
        if (!is_slot) memcpy(&from, from, sizeof(void *));
        if (from) memcpy(result, from, size);
    }
    if (own) napi_close_handle_scope(host->env, own);
    *host->thread_errno = before;
}

/* It runs on this thread only, so that nothing refers to it from now on. */
static void drop(struct callback *callback) {
    napi_delete_reference(callback->host->env, callback->dispatcher);
    ffi_callback_free(callback->native);
    *callback->link = callback->next;
    if (callback->next) callback->next->link = callback->link;
    free(callback);
}

void callback_free_all(struct host *host) {
    for (struct callback *at = host->callbacks, *next; at; at = next) {
        next = at->next;
        free(at);
    }
}

/* callback(instance, type, dispatcher, delivery, milliseconds): its handle; its code is then the result in the scratch */
static napi_value callback_new(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host      = arguments(env, info, values);
    struct instance *instance  = to_address(host, values[0]);
    const ffi_ctype *signature = to_address(host, values[1]);
    ffi_queue       *queue     = instance_queue(instance);
    if (!queue) return throw_last(host);
    struct callback *made = calloc(1, sizeof *made);
    if (!made) return ffi_fail(FFI_ERROR_MEMORY, "out of memory"), throw_last(host);
    const ffi_ctype *result = ffi_type_target(signature);
    made->host              = host;
    made->count             = ffi_type_parameter_count(signature);
    made->size              = ffi_type_size(result);
    made->is_slot           = ffi_type_kind(result) <= FFI_KIND_POINTER;
    if (napi_create_reference(env, values[2], 0, &made->dispatcher) != napi_ok)
        return free(made), throw_refused(host);
    made->native = ffi_callback_typed(instance->context, signature, handle, made);
    if (!made->native) {
        napi_delete_reference(env, made->dispatcher);
        free(made);
        return throw_last(host);
    }
    made->next = host->callbacks;
    made->link = &host->callbacks;
    if (made->next) made->next->link = &made->next;
    host->callbacks = made;
    if (ffi_callback_deliver(made->native, queue, (ffi_delivery)to_number(host, values[3]),
                             (unsigned)to_number(host, values[4]))) {
        throw_last(host);
        drop(made);
        return NULL;
    }
    ffi_value code = {.ptr = ffi_callback_code(made->native)};
    memcpy(host->scratch + SCRATCH_RESULT, &code, sizeof code);
    return address(host, made);
}

/* freeCallback(callback) */
static napi_value callback_free(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct callback *callback = to_address(host, values[0]);
    if (!host->ended) drop(callback);
    return NULL;
}

/* lateCalls(instance): native calls of freed callbacks */
static napi_value late_calls(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    return number(host, (double)ffi_context_late_calls(instance->context));
}

const struct method callback_methods[] = {
    {"callback", callback_new}, {"freeCallback", callback_free}, {"lateCalls", late_calls}, {NULL, NULL}};
