/* SPDX-License-Identifier: MIT */
/*
 * Late calls while their callback is taken for another use: by the same thread, from the allocator that is told
 * to free what the former one had; and by threads that do nothing else, while callbacks are made and freed by
 * the thousand and their contexts end. Freed memory is overwritten, so that what is read of it shows.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { HANDLED = 7, DEFAULT = 0x55, THREADS = 4, ROUNDS = 10, CHURN = 20000, QUARANTINE = 8191 };

typedef int native(int);

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)args, (void)userdata;
    memcpy(result, &(int){HANDLED}, sizeof(int));
}

/* ---- in between two uses ---- */

static native *in_between; /* to be called when memory is freed; the last two answers are kept */
static int     answers[2], answered;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    if (!new_size && in_between) answers[answered++ % 2] = in_between(1);
    void *made = new_size ? malloc(new_size) : NULL;
    if (new_size && !made) return NULL;
    if (block && made) memcpy(made, block, old_size < new_size ? old_size : new_size);
    if (block) memset(block, 0xdd, old_size);
    free(block);
    return made;
}

static ffi_callback *make(ffi_context *context, const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, handle, NULL);
    if (!callback) printf("# %s\n", ffi_last_message()), exit(1);
    return callback;
}

static void check_in_between(void) {
    ffi_context  *context  = ffi_context_new(&(ffi_options){.allocate = allocate});
    ffi_callback *callback = make(context, "int named(int)");
    native       *code     = (native *)(uintptr_t)ffi_callback_code(callback);
    ffi_callback_default(callback, &(int){DEFAULT});
    ffi_callback_free(callback);
    ok(code(1) == DEFAULT, "a freed callback returns its default");
    int others = 0; /* fewer where they take long */
    in_between = code;
    callback   = make(context, "int(int)");
    for (; ffi_callback_code(callback) != (void *)(uintptr_t)code && others < QUARANTINE; others++) {
        ffi_callback_free(callback);
        callback = make(context, "int(int)");
    }
    in_between = NULL;
    ok(ffi_callback_code(callback) == (void *)(uintptr_t)code, "after at most %d others it is used again",
       QUARANTINE);
    ok(answered >= 2 && !answers[0] && !answers[1], "between two uses it returns zeroes: %d, %d", answers[0],
       answers[1]);
    ok(code(1) == HANDLED, "then it calls its new handler");
    ffi_context_free(context);
}

/* ---- threads ---- */

static _Atomic(native *) called;
static atomic_bool       ended;

struct caller {
    pthread_t   thread;
    unsigned    wrong;
    atomic_uint calls;
} callers[THREADS];

static void *call_on(void *userdata) {
    struct caller *caller = userdata;
    for (; !ended; caller->calls++) {
        native *code  = called;
        int     value = code(1);
        caller->wrong += value != HANDLED && value != DEFAULT && value != 0;
    }
    return NULL;
}

/* Has all of them call another one, and no call of a former one go on. */
static void call_now(const ffi_callback *callback) {
    called = (native *)(uintptr_t)ffi_callback_code(callback);
    for (int k = 0; k < THREADS; k++)
        for (unsigned before = callers[k].calls; callers[k].calls < before + 2;) sched_yield();
}

static void hear(void *userdata, const char *name, const char *signature) {
    atomic_uint *misheard = userdata;
    *misheard += strcmp(name, "named") != 0 || strcmp(signature, "int (int)") != 0;
}

static ffi_callback *make_named(ffi_context *context) {
    ffi_callback *callback = make(context, "int named(int)");
    ffi_callback_default(callback, &(int){DEFAULT});
    return callback;
}

/* A context's life and end beside calls of what it has freed. */
static unsigned churn(void) {
    atomic_uint  misheard = 0;
    ffi_context *context =
        ffi_context_new(&(ffi_options){.allocate = allocate, .report_late = hear, .hook_userdata = &misheard});
    ffi_callback *last = make_named(context);
    called             = (native *)(uintptr_t)ffi_callback_code(last);
    ended              = false;
    for (int k = 0; k < THREADS; k++) pthread_create(&callers[k].thread, NULL, call_on, &callers[k]);
    for (int i = 0; i < CHURN; i++) {
        ffi_callback *callback = make_named(context);
        if (i % 97 == 0) called = (native *)(uintptr_t)ffi_callback_code(callback);
        ffi_callback_free(callback);
    }
    ffi_callback_free(last);
    call_now(last);
    ffi_context_free(context); /* calls that begin now or later harm nothing; those of live ones would */
    sched_yield();
    ended          = true;
    unsigned wrong = misheard;
    for (int k = 0; k < THREADS; k++) pthread_join(callers[k].thread, NULL), wrong += callers[k].wrong;
    return wrong;
}

int main(void) {
    check_in_between();
    unsigned wrong = 0;
    for (int round = 0; round < ROUNDS; round++) wrong += churn();
    ok(!wrong, "%d threads call late while %d callbacks are made and freed, %d times: %u wrong", THREADS, CHURN,
       ROUNDS, wrong);
    return done();
}
