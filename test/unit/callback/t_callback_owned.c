/* SPDX-License-Identifier: MIT */
/* Callbacks that own their userdata: it is dropped once, when nobody can use it any more. */
#include "helper.h"

#include <pthread.h>
#include <stdatomic.h>

static ffi_context     *context;
static const ffi_ctype *type;
static ffi_callback    *callback;
static atomic_int       dropped, calls, inside, go_on;

static void drop(void *userdata) {
    atomic_fetch_add(&dropped, *(int *)userdata);
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    atomic_fetch_add(&calls, 1);
    *(int *)result = args[0].i32 + *(int *)userdata;
}

static int dropped_within;

static void free_itself(void *result, const ffi_value *args, void *userdata) {
    ffi_callback_free(callback);
    dropped_within = dropped;
    handle(result, args, userdata);
}

static void wait_inside(void *result, const ffi_value *args, void *userdata) {
    atomic_store(&inside, 1);
    while (!atomic_load(&go_on)) {}
    handle(result, args, userdata);
}

static int call(ffi_callback *called, int x) {
    int (*code)(int);
    void *address = ffi_callback_code(called);
    memcpy(&code, &address, sizeof code);
    return code(x);
}

static int one = 1;

static ffi_callback *owned(ffi_handler *handler) {
    return callback = ffi_callback_owned(context, type, handler, &one, drop);
}

static void *caller(void *result) {
    *(int *)result = call(callback, 41);
    return NULL;
}

static void *hammer(void *unused) {
    for (int i = 0; i < fewer(20000); i++) call(callback, i);
    return unused;
}

static void life(void) {
    dropped = 0;
    ok(owned(handle) && call(callback, 4) == 5 && ffi_callback_userdata(callback) == &one && !dropped,
       "it is called");
    ffi_callback_free(callback);
    ok(dropped == 1, "freeing drops its userdata");
    ok(call(callback, 4) == 0, "a late call gets zeroes");
    fails((ffi_callback_free(callback), 0), FFI_ERROR_ARGUMENT, "was freed before");
    ok(dropped == 1, "once");

    owned(free_itself);
    ok(call(callback, 4) == 5 && dropped_within == 1 && dropped == 2,
       "a handler frees its own callback: after it");

    pthread_t thread;
    int       result = 0;
    owned(wait_inside);
    pthread_create(&thread, NULL, caller, &result);
    while (!atomic_load(&inside)) {}
    ffi_callback_free(callback);
    ok(dropped == 2, "not while another thread's call runs");
    atomic_store(&go_on, 1);
    pthread_join(thread, NULL);
    ok(dropped == 3 && result == 42, "the userdata is dropped when the running call has returned");

    int before = dropped;
    for (int i = 0; i < 3000; i++) ffi_callback_free(owned(handle));
    ok(dropped == before + 3000, "each of 3,000 callbacks drops its userdata");

    before = dropped;
    pthread_t threads[2];
    for (int round = 0; round < 20; round++) {
        owned(handle);
        for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, hammer, NULL);
        ffi_callback_free(callback);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    }
    ok(dropped == before + 20, "freed while threads call it");
}

static void *enter(void *userdata) {
    return userdata;
}

int main(void) {
    context = ffi_context_new(NULL);
    type    = ffi_type_parse(context, "int(int)");
    life();
    fails(ffi_callback_owned(context, type, NULL, &one, drop), FFI_ERROR_ARGUMENT, "handler is NULL");
    fails(ffi_callback_owned(context, type, handle, &one, NULL), FFI_ERROR_ARGUMENT, "drop is NULL");
    fails(ffi_callback_owned(context, NULL, handle, &one, drop), FFI_ERROR_ARGUMENT, "signature is NULL");
    fails(ffi_callback_owned(NULL, type, handle, &one, drop), FFI_ERROR_ARGUMENT, "context is NULL");
    int before = dropped;
    owned(handle), owned(handle);
    ffi_context_free(context);
    ok(dropped == before + 2, "the context's end drops the userdata of its callbacks");

    context = ffi_context_new(&(ffi_options){.enter = enter});
    type    = ffi_type_parse(context, "int(int)");
    atomic_store(&inside, 0), atomic_store(&go_on, 0);
    life();
    ffi_context_free(context);
    return done();
}
