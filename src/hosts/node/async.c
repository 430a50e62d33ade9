/* SPDX-License-Identifier: MIT */
/*
 * Calls on other threads, and the queue by which their ends and callbacks of other threads reach JavaScript: a
 * thread that posts rings a thread-safe function, by which the event loop drains the queue.
 */
#include "host.h"

#include <stdint.h>
#include <stdlib.h>

enum { AT_ONCE = 256 }; /* messages, between which the event loop does other work */

/* ---- the queue ---- */

static void drain(napi_env env, napi_value unused, void *data, void *unused_too) {
    struct instance *instance = data;
    (void)unused, (void)unused_too;
    if (env && !instance->host->ended && instance->queue) ffi_queue_drain(instance->queue, AT_ONCE);
}

static void ring(void *userdata) {
    struct instance *instance = userdata;
    napi_call_threadsafe_function(instance->wake, NULL, napi_tsfn_nonblocking);
}

/* Runs before the environment frees the thread-safe function, and JavaScript's memory, in which calls on other
 * threads have their arguments: so it waits for calls that have begun. */
static void end_queue(void *data) {
    struct instance *instance = data;
    ffi_queue       *queue    = instance->queue;
    instance->host->ended     = true;
    if (!queue) return;
    ffi_queue_bell(queue, NULL, NULL);
    instance->queue = NULL;
    ffi_queue_free(queue);
}

void instance_end_queue(struct instance *instance) {
    end_queue(instance);
}

ffi_queue *instance_queue(struct instance *instance) {
    napi_env env = instance->host->env;
    if (instance->queue) return instance->queue;
    ffi_queue *queue = ffi_queue_new(instance->context);
    if (!queue) return NULL;
    napi_value  name   = text(instance->host, "ffi_invoke");
    napi_status status = napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, instance,
                                                         drain, &instance->wake);
    if (status == napi_ok && (status = napi_add_env_cleanup_hook(env, end_queue, instance)) != napi_ok)
        napi_release_threadsafe_function(instance->wake, napi_tsfn_abort);
    if (status != napi_ok) {
        ffi_queue_free(queue);
        ffi_fail(FFI_ERROR_SYSTEM, "the environment refuses a thread-safe function");
        return NULL;
    }
    napi_unref_threadsafe_function(env, instance->wake);
    ffi_queue_bell(queue, ring, instance);
    return instance->queue = queue;
}

void instance_busy(struct instance *instance, int change) {
    unsigned before = instance->busy;
    instance->busy += (unsigned)change;
    if (!before) napi_ref_threadsafe_function(instance->host->env, instance->wake);
    else if (!instance->busy) napi_unref_threadsafe_function(instance->host->env, instance->wake);
}

/* ---- calls ---- */

struct request {
    struct instance *instance;
    napi_ref         done;
};

/* Calls done(whether it was called, errno). */
static void finish(void *userdata, ffi_error error) {
    struct request    request = *(struct request *)userdata;
    struct host      *host    = request.instance->host;
    napi_env          env     = host->env;
    napi_handle_scope scope   = NULL;
    free(userdata);
    host->running--;
    if (host->ended) return;
    instance_busy(request.instance, -1);
    napi_value  done   = NULL, given[2];
    napi_status status = napi_open_handle_scope(env, &scope);
    if (status == napi_ok) status = napi_get_reference_value(env, request.done, &done);
    if (status == napi_ok) {
        given[0] = boolean(host, !error);
        given[1] = number(host, ffi_captured_errno());
        status   = napi_call_function(env, done, done, 2, given, NULL);
    }
    if (status != napi_ok) keep_thrown(host);
    napi_delete_reference(env, request.done);
    if (scope) napi_close_handle_scope(env, scope);
}

/* start(instance, function, address of the result, done): calls with the arguments in the scratch, whose values
 * are copied */
static napi_value start(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    ffi_queue       *queue    = instance_queue(instance);
    struct request  *request  = queue ? malloc(sizeof *request) : NULL;
    if (!queue) return throw_last(host);
    if (!request) return ffi_fail(FFI_ERROR_MEMORY, "out of memory"), throw_last(host);
    request->instance = instance;
    if (napi_create_reference(env, values[3], 1, &request->done) != napi_ok)
        return free(request), throw_refused(host);
    if (ffi_invoke_async(to_address(host, values[1]), to_address(host, values[2]),
                         (ffi_value *)(void *)(host->scratch + SCRATCH_ARGS), queue, finish, request)) {
        napi_delete_reference(env, request->done);
        free(request);
        return throw_last(host);
    }
    host->running++;
    instance_busy(instance, 1);
    return NULL;
}

/* keepAlive(instance, whether): one reason more, or less, for the event loop to go on */
static napi_value keep_alive(napi_env env, napi_callback_info info) {
    napi_value       values[MOST_ARGUMENTS];
    struct host     *host     = arguments(env, info, values);
    struct instance *instance = to_address(host, values[0]);
    if (!instance_queue(instance)) return throw_last(host);
    instance_busy(instance, to_flag(host, values[1]) ? 1 : -1);
    return NULL;
}

/* capture(function): keeps errno for start() */
static napi_value capture(napi_env env, napi_callback_info info) {
    napi_value   values[MOST_ARGUMENTS];
    struct host *host = arguments(env, info, values);
    (void)env;
    return ffi_function_capture(to_address(host, values[0]), FFI_CAPTURE_ERRNO) ? throw_last(host) : NULL;
}

const struct method async_methods[] = {
    {"start", start}, {"keepAlive", keep_alive}, {"capture", capture}, {NULL, NULL}};
