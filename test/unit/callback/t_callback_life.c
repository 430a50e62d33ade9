/* SPDX-License-Identifier: MIT */
/*
 * The life of callbacks: inside one another, freed while they run, on threads that the library never saw,
 * called late while contexts end. Their number, and fork, are in t_callback_many.c; hooks in
 * t_callback_hooks.c.
 */
#include "helper.h"

#include "callback_types.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static ffi_context *context;

static void add(void *result, const ffi_value *args, void *userdata) {
    *(int *)result = args[0].i32 + args[1].i32 + (userdata ? *(const int *)userdata : 0);
}

/* ---- nested ---- */

enum { DEEP = 1000 };

struct depth {
    ffi_function *self; /* the callback's code, bound */
    int           left, deepest;
};

/* Calls itself as a native function: sum of 1 to n, in arguments that take registers and stack. */
static void descend(void *result, const ffi_value *args, void *userdata) {
    struct depth *depth = userdata;
    int64_t       rest  = 0;
    if (++depth->deepest, args[0].i64 > 1) {
        ffi_value next[9];
        for (int i = 0; i < 9; i++) next[i].i64 = args[i].i64 - 1;
        ffi_invoke(depth->self, &rest, next);
    }
    rest += args[8].i64;
    memcpy(result, &rest, sizeof rest);
}

/* The same with a structure, through an image of the registers. */
struct box {
    double value;
    int    level[3];
};

static void descend_by_image(void *result, const ffi_value *args, void *userdata) {
    struct depth *depth = userdata;
    struct box    box   = *(const struct box *)args[0].ptr;
    depth->deepest++;
    if (box.level[0] > 1) {
        struct box inner = box;
        inner.level[0]--;
        ffi_invoke(depth->self, &box, &(ffi_value){.ptr = &inner});
    }
    box.value += 0.5;
    memcpy(result, &box, sizeof box);
}

static void nested(void) {
    struct depth  depth    = {0};
    const char   *text     = "i64 (i64,i64,i64,i64,i64,i64,i64,i64,i64)";
    ffi_callback *callback = ffi_callback_new(context, text, descend, &depth);
    int64_t       sum      = 0;
    ffi_value     args[9];
    for (int i = 0; i < 9; i++) args[i].i64 = DEEP;
    depth.self = ffi_function_new(context, ffi_callback_code(callback), text);
    ffi_invoke(depth.self, &sum, args);
    ok(depth.deepest == DEEP && sum == DEEP * (DEEP + 1) / 2, "callbacks call callbacks, %d deep", DEEP);
    ffi_function_free(depth.self), ffi_callback_free(callback);

    struct box box = {0, {DEEP, 2, 3}}, got = {0};
    depth      = (struct depth){0};
    text       = "struct box { double value; int level[3]; } (struct box)";
    callback   = ffi_callback_new(context, text, descend_by_image, &depth);
    depth.self = ffi_function_typed(context, ffi_callback_code(callback), ffi_callback_signature(callback));
    if (!ok(depth.self, "a callback with a structure in and out is made")) return;
    ffi_invoke(depth.self, &got, &(ffi_value){.ptr = &box});
    ok(depth.deepest == DEEP && got.value == DEEP * 0.5 && got.level[2] == 3,
       "callbacks with structures call each other, %d deep", DEEP);
    ffi_function_free(depth.self), ffi_callback_free(callback);
}

/* ---- freed while it runs ---- */

static ffi_callback *own;

static void free_itself(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    ffi_callback_free(own);
    /* Others take its place in the queue, and more. */
    for (int i = 0; i < 3000; i++) ffi_callback_free(ffi_callback_new(context, "int(int, double)", add, NULL));
    memcpy(result, args[0].ptr, 24);
}

static void free_itself_slot(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    ffi_callback_free(own);
    ffi_callback_free(own);
    ok(ffi_last_error() == FFI_ERROR_ARGUMENT, "a handler that frees its callback twice is told");
    *(int8_t *)result = args[0].i8;
}

static void freed_inside(void) {
    struct three {
        double a[3];
    } in                           = {{1, 2, 3}};
    own                            = ffi_callback_new(context, "i8(i8, double)", free_itself_slot, NULL);
    int8_t (*slot)(int8_t, double) = (int8_t(*)(int8_t, double))native(own);
    ok(slot(-5, 1) == -5, "a handler frees its own callback, and its result is taken");
    ok(slot(-5, 1) == 0, "afterwards it gives zeroes");
    own = ffi_callback_new(context, "struct three { double a[3]; } (struct three)", free_itself, NULL);
    struct three out = ((struct three(*)(struct three))native(own))(in);
    ok(out.a[0] == 1 && out.a[2] == 3, "a callback with a structure that frees itself returns its result");
    ok(ffi_context_late_calls(context) == 1, "one late call is counted");
}

/* ---- threads ---- */

static pthread_barrier_t meet;

static void wait_inside(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    pthread_barrier_wait(&meet); /* it runs */
    pthread_barrier_wait(&meet); /* it was freed */
    *(double *)result = args[0].f64 * 2;
}

static void *call_doubling(void *callback) {
    static double got;
    got = ((double (*)(double, int))native(callback))(21, 0);
    return &got;
}

static void freed_while_running(void) {
    pthread_t thread;
    void     *got = NULL;
    pthread_barrier_init(&meet, NULL, 2);
    ffi_callback *callback = ffi_callback_new(context, "double (double, int)", wait_inside, NULL);
    if (pthread_create(&thread, NULL, call_doubling, callback)) perror("pthread_create"), exit(1);
    pthread_barrier_wait(&meet);
    ffi_callback_free(callback);
    for (int i = 0; i < 500; i++) ffi_callback_free(ffi_callback_new(context, "void()", wait_inside, NULL));
    pthread_barrier_wait(&meet);
    pthread_join(thread, &got);
    ok(got && *(double *)got == 42, "freed while another thread runs it, it ends normally");
    ok(*(double *)call_doubling(callback) == 0, "the freed callback does not run again");
    pthread_barrier_destroy(&meet);
}

static pthread_t seen;

static void note_thread(void *result, const ffi_value *args, void *userdata) {
    seen             = pthread_self();
    *(void **)result = (char *)args[0].ptr + 1;
    ++*(int *)userdata;
}

/* The thread's first function is the callback's code. */
static void unseen_threads(void) {
    int           called   = 0;
    ffi_callback *callback = ffi_callback_new(context, "void *(void *)", note_thread, &called);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        void     *got  = NULL;
        char      here = 0;
        if (pthread_create(&thread, NULL, (void *(*)(void *))native(callback), &here)) exit(1);
        pthread_join(thread, &got);
        if (got != &here + 1 || !pthread_equal(seen, thread)) called = -1000;
    }
    ok(called == 20, "threads that begin in a callback, on which its handler runs");
    ffi_callback_free(callback);
}

enum { THREADS = 4, SHARED = 16, ROUNDS = 3000 };

static struct {
    int (*_Atomic call[SHARED])(int, int);
    atomic_bool end;
    atomic_int  wrong, late, live;
} storm;

/* Calls what is being freed and made anew all the time, and makes its own. */
static void *call_and_make(void *number) {
    int own_value = 1000 * *(int *)number;
    while (!atomic_load(&storm.end)) {
        for (int i = 0; i < SHARED; i++) {
            int got = atomic_load(&storm.call[i])(i, 7);
            /* A thread that is kept from running may come so late that one of those below has the place. */
            if ((got - i - 7) % 1000 == 0) atomic_fetch_add(&storm.live, 1);
            else if (got == 0) atomic_fetch_add(&storm.late, 1);
            else atomic_fetch_add(&storm.wrong, 1);
        }
        ffi_callback *callback = ffi_callback_new(context, "int add(int, int)", add, &own_value);
        if (!callback || ((int (*)(int, int))native(callback))(1, 2) != own_value + 3)
            atomic_fetch_add(&storm.wrong, 1);
        ffi_callback_free(callback);
    }
    return NULL;
}

static void storms(void) {
    ffi_callback *shared[SHARED];
    pthread_t     threads[THREADS];
    int           numbers[THREADS];
    for (int i = 0; i < SHARED; i++) {
        shared[i] = ffi_callback_new(context, "int(int, int)", add, NULL);
        atomic_store(&storm.call[i], (int (*)(int, int))native(shared[i]));
    }
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        if (pthread_create(&threads[i], NULL, call_and_make, &numbers[i])) perror("pthread_create"), exit(1);
    }
    while (!atomic_load(&storm.live)) sched_yield(); /* until they do */
    for (int round = 0; round < ROUNDS; round++) {
        ffi_callback *fresh = ffi_callback_new(context, "int(int, int)", add, NULL);
        ffi_callback_free(shared[round % SHARED]);
        if (round % 30 == 0) sched_yield(); /* some are called late */
        shared[round % SHARED] = fresh;
        atomic_store(&storm.call[round % SHARED], (int (*)(int, int))native(fresh));
    }
    atomic_store(&storm.end, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < SHARED; i++) ffi_callback_free(shared[i]);
    ok(storm.live > 0 && !storm.wrong, "%d threads call what another frees: %d answers, %d late, %d wrong",
       THREADS, storm.live, storm.late, storm.wrong);
}

/* ---- late calls on threads while contexts end ---- */

enum { CALLERS = 2 };

static struct {
    double (*_Atomic call)(double, int);
    struct box (*_Atomic large)(struct box);
    atomic_int  wrong, calls[CALLERS];
    atomic_bool end;
} dusk;

static void never(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
    atomic_fetch_add(&dusk.wrong, 1);
}

static void *call_late(void *count) {
    while (!atomic_load(&dusk.end)) {
        double (*call)(double, int)     = atomic_load(&dusk.call);
        struct box (*large)(struct box) = atomic_load(&dusk.large);
        struct box box                  = {1, {2, 3, 4}};
        double     got                  = call ? call(1, 2) : 0;
        if (got != -1.5 && got != 0) atomic_fetch_add(&dusk.wrong, 1);
        if (large && (box = large(box)).level[2]) atomic_fetch_add(&dusk.wrong, 1);
        atomic_fetch_add((atomic_int *)count, 1);
    }
    return NULL;
}

static void ignore_late(void *userdata, const char *name, const char *signature) {
    atomic_fetch_add((atomic_int *)userdata, !*name || !*signature);
}

/* A context with two callbacks that are freed, and called from then on. */
static void one_dusk(int round) {
    double       value = -1.5;
    ffi_context *brief =
        ffi_context_new(&(ffi_options){.report_late = ignore_late, .hook_userdata = &dusk.wrong});
    ffi_callback *one = ffi_callback_new(brief, "double f(double, int)", never, NULL);
    ffi_callback *two =
        ffi_callback_new(brief, "struct box { double value; int level[3]; } g(struct box)", never, NULL);
    ffi_callback_default(one, &value);
    ffi_callback_free(one), ffi_callback_free(two);
    atomic_store(&dusk.call, (double (*)(double, int))native(one));
    atomic_store(&dusk.large, (struct box(*)(struct box))native(two));
    if (round % 2) sched_yield();
    ffi_context_free(brief);
}

static void contexts_end(void) {
    pthread_t threads[CALLERS];
    int       total = 0;
    for (int i = 0; i < CALLERS; i++) pthread_create(&threads[i], NULL, call_late, &dusk.calls[i]);
    for (int round = 0; round < 1000; round++) {
        one_dusk(round);
        /* Nobody holds on to an address until it serves again. */
        for (int i = 0; round % 100 == 0 && i < CALLERS; i++)
            for (int calls = atomic_load(&dusk.calls[i]) + 2; atomic_load(&dusk.calls[i]) < calls;)
                sched_yield();
    }
    atomic_store(&dusk.end, true);
    for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL), total += 2 * dusk.calls[i];
    ok(total && !dusk.wrong, "%d threads make %d late calls while contexts end, %d wrong", CALLERS, total,
       dusk.wrong);
}

int main(void) {
    context = ffi_context_new(NULL);
    nested();
    freed_inside();
    freed_while_running();
    unseen_threads();
    storms();
    contexts_end();
    ffi_context_free(context);
    return done();
}
