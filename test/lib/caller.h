/* SPDX-License-Identifier: MIT */
/* Threads that call callbacks, for the tests of queues, and the simplest handler. They wait by what they see, never for time. */
#ifndef CALLER_H
#define CALLER_H

#include "helper.h"

#include <ffi_embed.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- threads that call ---- */

struct caller {
    void (*call)(void *data);
    void       *data;
    atomic_bool ended;
    pthread_t   thread;
};

static inline void *run_caller(void *data) {
    struct caller *caller = data;
    caller->call(caller->data);
    atomic_store(&caller->ended, true);
    return NULL;
}

static inline void start(struct caller *caller, void (*call)(void *data), void *data) {
    caller->call = call, caller->data = data;
    atomic_store(&caller->ended, false);
    if (pthread_create(&caller->thread, NULL, run_caller, caller)) puts("Bail out! no thread"), exit(1);
}

static inline void join(struct caller *caller) {
    pthread_join(caller->thread, NULL);
}

/* Drains until the other thread has ended, and what it left. */
static inline size_t drain_until(ffi_queue *queue, struct caller *caller) {
    size_t ran = 0;
    while (!atomic_load(&caller->ended)) {
        ffi_queue_wait(queue, 10);
        ran += ffi_queue_drain(queue, SIZE_MAX);
    }
    join(caller);
    return ran + ffi_queue_drain(queue, SIZE_MAX);
}

static inline void *code_of(ffi_callback *callback) {
    return ffi_callback_code(callback);
}

static inline ffi_queue_counts counts(ffi_queue *queue) {
    ffi_queue_counts all;
    if (ffi_queue_count(queue, &all)) memset(&all, 0xff, sizeof all);
    return all;
}

/* ---- int(int) ---- */

/* A handler that sums its arguments, and doubles each. */
static inline void on_int(void *result, const ffi_value *args, void *userdata) {
    *(int *)userdata += args[0].i32;
    *(int *)result = args[0].i32 * 2;
}

typedef int int_function(int);

static inline int_function *int_code(ffi_callback *callback) {
    return (int_function *)(uintptr_t)ffi_callback_code(callback);
}

/* A callback of on_int() with this delivery. */
static inline ffi_callback *deliver(ffi_context *context, ffi_queue *queue, ffi_delivery how, unsigned timeout,
                                    int *sum) {
    ffi_callback *callback = ffi_callback_new(context, "int(int)", on_int, sum);
    if (!callback || ffi_callback_deliver(callback, queue, how, timeout))
        printf("Bail out! %s\n", ffi_last_message()), exit(1);
    return callback;
}

/* For pthread_create(): calls a callback's code with 3. */
static inline void *call_in_thread(void *code) {
    ((int_function *)(uintptr_t)code)(3);
    return NULL;
}

/* A call of a function from a thread. */
struct hopper {
    int (*call)(int);
    int argument, result;
};

static inline void call_hop(void *data) {
    struct hopper *hopper = data;
    hopper->result        = hopper->call(hopper->argument);
}

#endif
