/* SPDX-License-Identifier: MIT */
/*
 * An environment that refuses: t_node_refused.sh links the addon's objects with this file, by the linker's --wrap. The script
 * sets which call of Node-API is refused: an exception is pending then, until JavaScript gets it. Or a worker waits at that
 * call until the script has ended it. What the addon has taken and not given back is counted.
 */
#include <node_api.h>

#include <ffi_embed.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { NOTHING, THROWS, WAITS };

/* A BigInt64Array of the script has the same plan. */
static struct control {
    atomic_llong how, at, calls; /* the call that is refused, from 1 on; those that there were */
    atomic_llong waits, goes_on;
    atomic_llong held;    /* memory, references, thunks and so on */
    atomic_llong drained; /* messages of queues */
} nothing, *control = &nothing;

static pthread_t owner;

__attribute__((visibility("default"))) void refuse_by(struct control *its) {
    owner   = pthread_self();
    control = its;
}

static napi_status refused(napi_env env) {
    long long how = control->how;
    if (!how || !pthread_equal(owner, pthread_self()) != (how == WAITS)) return napi_ok;
    if (++control->calls != control->at) return napi_ok;
    if (how == THROWS) return napi_throw_error(env, NULL, "refused"), napi_pending_exception;
    control->waits = true;
    while (!control->goes_on) sched_yield();
    return napi_ok;
}

static void *taken(void *what) {
    if (what) control->held++;
    return what;
}

static void *given_back(void *what) {
    if (what) control->held--;
    return what;
}

#define TAKES(type, name, parameters, arguments)                                                               \
    type *__wrap_##name parameters;                                                                            \
    type *__wrap_##name parameters {                                                                           \
        return taken(name arguments);                                                                          \
    }
#define GIVES_BACK(type, name)                                                                                 \
    void __wrap_##name(type *what);                                                                            \
    void __wrap_##name(type *what) {                                                                           \
        name(given_back(what));                                                                                \
    }

TAKES(void, malloc, (size_t size), (size))
TAKES(void, calloc, (size_t count, size_t size), (count, size))
GIVES_BACK(void, free)
TAKES(ffi_thunk, ffi_thunk_new, (ffi_context * context, const void *entry, void *target, void *data),
      (context, entry, target, data))
GIVES_BACK(ffi_thunk, ffi_thunk_free)
TAKES(ffi_callback, ffi_callback_typed,
      (ffi_context * context, const ffi_ctype *signature, ffi_handler *handler, void *userdata),
      (context, signature, handler, userdata))
GIVES_BACK(ffi_callback, ffi_callback_free)
TAKES(ffi_function, ffi_library_function, (ffi_library * library, const char *name, const char *signature),
      (library, name, signature))
GIVES_BACK(ffi_function, ffi_function_free)

size_t __wrap_ffi_queue_drain(ffi_queue *queue, size_t most);
size_t __wrap_ffi_queue_drain(ffi_queue *queue, size_t most) {
    size_t count = ffi_queue_drain(queue, most);
    control->drained += (long long)count;
    return count;
}

/* For each function of Node-API that the addon calls: WRAP(name, whether it may be refused, what a success takes, its parameters,
 * its arguments). */
#define WRAP(name, may, takes, parameters, arguments)                                                          \
    napi_status __wrap_##name parameters;                                                                      \
    napi_status __wrap_##name parameters {                                                                     \
        napi_status status = (may) ? refused(env) : napi_ok;                                                   \
        if (!status) status = name arguments;                                                                  \
        if (!status) control->held += (takes);                                                                 \
        return status;                                                                                         \
    }
#include "wrapped.h"
