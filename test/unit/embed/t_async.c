/* SPDX-License-Identifier: MIT */
/* Calls on other threads: results, errno, order, back-pressure, cancellation, and the ends of queues and
 * contexts while calls are waiting or running. */
#include "helper.h"

#include <errno.h>
#include <ffi_embed.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- what is called ---- */

static atomic_int  calls, running;
static atomic_bool gate; /* `hold` returns when it is open */

static int add(int a, int b) {
    atomic_fetch_add(&calls, 1);
    return a + b;
}

static int hold(int a) {
    atomic_fetch_add(&running, 1);
    while (!atomic_load(&gate)) {}
    atomic_fetch_sub(&running, 1);
    return a;
}

static int fail_with(int number) {
    errno = number;
    return -1;
}

struct big {
    int64_t a, b, c;
};

static struct big twice(struct big big, long double x) {
    return (struct big){big.a * 2, big.b * 2, (int64_t)(x * 2)};
}

/* ---- what is told ---- */

struct told {
    int       times, captured;
    ffi_error error;
    pthread_t thread;
};

static void done_call(void *userdata, ffi_error error) {
    struct told *told = userdata;
    told->times++;
    told->error    = error;
    told->captured = ffi_captured_errno();
    told->thread   = pthread_self();
}

static void drain(ffi_queue *queue, size_t count) {
    for (size_t ran = 0; ran < count;) {
        ffi_queue_wait(queue, 1000);
        ran += ffi_queue_drain(queue, SIZE_MAX);
    }
}

static ffi_function *bind(ffi_context *context, void *address, const char *signature) {
    ffi_function *function = ffi_function_new(context, address, signature);
    if (!function) printf("Bail out! %s\n", ffi_last_message()), exit(1);
    return function;
}

#define BIND(context, function, signature) bind(context, (void *)(uintptr_t)function, signature)

/* ---- calls ---- */

static void check_calls(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_queue    *queue   = ffi_queue_new(context);
    ffi_function *adds = BIND(context, add, "int(int, int)"), *fails_so = BIND(context, fail_with, "int(int)");
    ffi_function *twices =
        BIND(context, twice, "struct { i64 a, b, c; } f(struct { i64 a, b, c; }, long double)");
    struct told told    = {0};
    int         result  = 0;
    ffi_value   args[2] = {{2}, {3}};
    ok(!ffi_invoke_async(adds, &result, args, queue, done_call, &told), "a call is accepted");
    args[0].i64 = args[1].i64 = 0;
    drain(queue, 1);
    ok(result == 5 && told.times == 1 && !told.error, "the arguments are copied, and the result is written");
    ok(pthread_equal(told.thread, pthread_self()), "`done` is called on the thread that drains");

    ffi_function_capture(fails_so, FFI_CAPTURE_ERRNO);
    ffi_captured_set(1, 0);
    args[0].i64 = ENOENT;
    told        = (struct told){0};
    ffi_invoke_async(fails_so, &result, args, queue, done_call, &told);
    drain(queue, 1);
    ok(result == -1 && told.captured == ENOENT, "errno of the call is the captured one in `done`");

    struct big  big = {1, 2, 3}, back;
    long double x   = 4.5L;
    args[0].ptr = &big, args[1].ptr = &x;
    ffi_invoke_async(twices, &back, args, queue, done_call, &told);
    big = (struct big){0};
    x   = 0;
    drain(queue, 1);
    ok(back.a == 2 && back.b == 4 && back.c == 9, "values that stand in no slot are copied");

    returns_error(ffi_invoke_async(NULL, NULL, args, queue, done_call, NULL), FFI_ERROR_ARGUMENT,
                  "function is NULL");
    returns_error(ffi_invoke_async(adds, NULL, args, NULL, done_call, NULL), FFI_ERROR_ARGUMENT,
                  "queue is NULL");
    returns_error(ffi_invoke_async(adds, NULL, args, queue, NULL, NULL), FFI_ERROR_ARGUMENT, "done is NULL");
    ffi_pool_options options = {.threads = 1};
    returns_error(ffi_pool_configure(context, &options), FFI_ERROR_ARGUMENT, "in use");
    ffi_queue_free(queue);
    returns_error(ffi_invoke_async(adds, NULL, args, queue, done_call, NULL), FFI_ERROR_ARGUMENT,
                  "freed before");
    ffi_context_free(context);
}

static void check_many(void) {
    enum { MANY = 5000 };
    static struct told told[MANY];
    static int         results[MANY];
    ffi_context       *context = ffi_context_new(NULL);
    ffi_queue         *queue   = ffi_queue_new(context);
    ffi_function      *adds    = BIND(context, add, "int(int, int)");
    int                busy = 0, wrong = 0;
    for (int i = 0; i < MANY; i++) {
        ffi_value args[2] = {{i}, {1}};
        while (ffi_invoke_async(adds, &results[i], args, queue, done_call, &told[i]) == FFI_ERROR_BUSY)
            busy++, ffi_queue_wait(queue, 1000), ffi_queue_drain(queue, SIZE_MAX);
    }
    ffi_queue_free(queue);
    for (int i = 0; i < MANY; i++) {
        bool cancelled = told[i].error == FFI_ERROR_CANCELLED;
        wrong += told[i].times != 1 || (!cancelled && (told[i].error || results[i] != i + 1));
    }
    ok(!wrong, "of %d calls each is told of once, made or cancelled (%d times the pool was full)", MANY, busy);
    ffi_context_free(context);
}

/* ---- limits and cancellation ---- */

static void *enter(void *userdata) {
    atomic_fetch_add((atomic_int *)userdata, 1);
    return userdata;
}

static void leave(void *userdata, void *entered) {
    atomic_fetch_add((atomic_int *)userdata, userdata == entered ? 100 : 0);
}

static void check_limits(void) {
    enum { WAIT = 3 };
    atomic_int       entered        = 0;
    ffi_context     *context        = ffi_context_new(NULL);
    ffi_queue       *queue          = ffi_queue_new(context);
    ffi_function    *holds          = BIND(context, hold, "int(int)");
    ffi_pool_options options        = {.threads       = 1,
                                       .calls         = WAIT,
                                       .stack_size    = 1 << 17,
                                       .enter         = enter,
                                       .leave         = leave,
                                       .hook_userdata = &entered};
    struct told      told[1 + WAIT] = {{0}};
    ffi_value        arg            = {1};
    atomic_store(&gate, false);
    ok(!ffi_pool_configure(context, &options), "a pool of one thread is configured");
    ffi_invoke_async(holds, NULL, &arg, queue, done_call, &told[0]);
    while (!atomic_load(&running)) {}
    for (int i = 0; i < WAIT; i++) ffi_invoke_async(holds, NULL, &arg, queue, done_call, &told[1 + i]);
    returns_error(ffi_invoke_async(holds, NULL, &arg, queue, done_call, NULL), FFI_ERROR_BUSY, "3 calls wait");
    ok(ffi_invoke_cancel(queue, &told[2]) == 1, "a call that waits is cancelled");
    ok(ffi_invoke_cancel(queue, &told[2]) == 0 && ffi_invoke_cancel(queue, &told[0]) == 0,
       "once; and not one that has begun");
    drain(queue, 1);
    ok(told[2].times == 1 && told[2].error == FFI_ERROR_CANCELLED, "`done` gets FFI_ERROR_CANCELLED");
    ok(!ffi_invoke_async(holds, NULL, &arg, queue, done_call, &told[2]), "there is room again");
    atomic_store(&gate, true);
    drain(queue, 1 + WAIT);
    ok(told[0].times == 1 && told[1].times == 1 && told[2].times == 2 && told[3].times == 1 && !told[2].error,
       "all others are made");
    ffi_context_free(context);
    ok(atomic_load(&entered) == 101, "the pool's hooks were called in its one thread");
}

/* ---- ends ---- */

static void *open_gate(void *data) {
    while (!atomic_load(&running)) {}
    atomic_store(&gate, true);
    return data;
}

static void check_end(bool cancel) {
    enum { MANY = 20 };
    ffi_context     *context        = ffi_context_new(NULL);
    ffi_pool_options options        = {.threads = 1, .cancel_at_end = cancel};
    struct told      told[1 + MANY] = {{0}};
    int              made = 0, cancelled = 0, times = 0;
    ffi_value        args[2] = {{1}, {2}};
    pthread_t        opener;
    ffi_pool_configure(context, &options);
    ffi_queue    *queue = ffi_queue_new(context);
    ffi_function *holds = BIND(context, hold, "int(int)"), *adds = BIND(context, add, "int(int, int)");
    atomic_store(&gate, false), atomic_store(&calls, 0);
    ffi_invoke_async(holds, NULL, args, queue, done_call, &told[MANY]);
    while (!atomic_load(&running)) {}
    for (int i = 0; i < MANY; i++) ffi_invoke_async(adds, NULL, args, queue, done_call, &told[i]);
    pthread_create(&opener, NULL, open_gate, NULL);
    ffi_context_free(context);
    pthread_join(opener, NULL);
    for (int i = 0; i <= MANY; i++) {
        made += told[i].times == 1 && !told[i].error;
        cancelled += told[i].times == 1 && told[i].error == FFI_ERROR_CANCELLED;
        times += told[i].times;
    }
    ok(times == 1 + MANY && made + cancelled == times, "the context's end tells of every call once");
    /* The gate may open before the end begins: then more than one is made. */
    ok((cancel ? made >= 1 : made == 1 + MANY) && atomic_load(&calls) == made - 1, "%s",
       cancel ? "it waits for those that have begun, and cancels the others" : "it waits for all of them");
}

/* `done` of the call that is cancelled: only now may the one end for which the queue waits. */
static void done_opening(void *userdata, ffi_error error) {
    done_call(userdata, error);
    atomic_store(&gate, true);
}

static void check_queue_end(void) {
    ffi_context     *context = ffi_context_new(NULL);
    ffi_pool_options options = {.threads = 1};
    struct told      told[3] = {{0}};
    ffi_value        arg     = {1};
    ffi_pool_configure(context, &options);
    ffi_queue    *queue = ffi_queue_new(context), *other = ffi_queue_new(context);
    ffi_function *holds = BIND(context, hold, "int(int)");
    atomic_store(&gate, false);
    ffi_invoke_async(holds, NULL, &arg, queue, done_call, &told[0]);
    while (!atomic_load(&running)) {}
    ffi_invoke_async(holds, NULL, &arg, queue, done_opening, &told[1]);
    ffi_invoke_async(holds, NULL, &arg, other, done_call, &told[2]);
    ffi_queue_free(queue);
    ok(told[0].times == 1 && !told[0].error && told[1].error == FFI_ERROR_CANCELLED,
       "a queue's end waits for its call that has begun, and cancels the other one");
    drain(other, 1);
    ok(told[2].times == 1 && !told[2].error, "a call of another queue is made");
    ffi_context_free(context);
}

/* ---- callbacks of calls ---- */

static void on_int(void *result, const ffi_value *args, void *userdata) {
    *(pthread_t *)userdata = pthread_self();
    *(int *)result         = args[0].i32 + 1;
}

static int call_back(int (*function)(int), int argument) {
    return function(argument);
}

/* A call in the pool, whose callback hops to the queue. */
struct hop {
    ffi_context *context;
    ffi_queue   *queue;
    pthread_t    thread; /* that ran the callback */
    ffi_value    args[2];
    int          result;
    struct told  told;
};

/* Returns the queue that the finished call goes to: that of the hop, or one of its own. */
static ffi_queue *begin_hop(struct hop *hop, bool own_queue) {
    *hop                   = (struct hop){.context = ffi_context_new(NULL)};
    hop->queue             = ffi_queue_new(hop->context);
    ffi_queue    *done     = own_queue ? ffi_queue_new(hop->context) : hop->queue;
    ffi_callback *callback = ffi_callback_new(hop->context, "int(int)", on_int, &hop->thread);
    ffi_function *calling  = BIND(hop->context, call_back, "int(ptr, int)");
    hop->args[0].ptr       = ffi_callback_code(callback);
    hop->args[1].i32       = 41;
    ffi_callback_deliver(callback, hop->queue, FFI_DELIVER_HOP, 0);
    ffi_invoke_async(calling, &hop->result, hop->args, done, done_call, &hop->told);
    return done;
}

static void check_hop(void) {
    struct hop hop;
    begin_hop(&hop, false);
    drain(hop.queue, 2);
    ok(hop.result == 42 && pthread_equal(hop.thread, pthread_self()),
       "a callback of a call in the pool hops to the queue");
    ffi_context_free(hop.context);
}

/* The thread that waits for the pool is the one that the pool's call waits for. */
static void check_hop_at_end(bool queue_only) {
    struct hop hop;
    ffi_queue *done = begin_hop(&hop, true);
    while (!ffi_queue_wait(hop.queue, 1000)) {} /* the hop has begun to wait */
    if (queue_only) ffi_queue_free(done);
    ffi_context_free(hop.context);
    ok(hop.told.times == 1 && hop.result == 42 && pthread_equal(hop.thread, pthread_self()),
       "a thread that waits for a call in the pool runs its hop: the end of the %s",
       queue_only ? "queue" : "context");
}

/* ---- ends within `done` ---- */

struct ender {
    ffi_context *context;
    ffi_queue   *queue; /* NULL: the context is freed */
    int          times;
};

static void end_in_done(void *userdata, ffi_error error) {
    struct ender *ender = userdata;
    (void)error;
    if (ender->times++) return;
    if (ender->queue) ffi_queue_free(ender->queue);
    else ffi_context_free(ender->context);
}

static void check_end_in_done(bool frees_queue) {
    ffi_context     *context = ffi_context_new(NULL);
    ffi_queue       *queue   = ffi_queue_new(context);
    ffi_function    *adds    = BIND(context, add, "int(int, int)");
    struct ender     ender   = {context, frees_queue ? queue : NULL, 0};
    ffi_value        args[2] = {{1}, {2}};
    ffi_pool_options options = {.threads = 1};
    ffi_pool_configure(context, &options);
    for (int i = 0; i < 3; i++) ffi_invoke_async(adds, NULL, args, queue, end_in_done, &ender);
    ffi_queue_wait(queue, UINT32_MAX);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && ender.times == 3,
       "`done` may free the %s: every other `done` is called within", frees_queue ? "queue" : "context");
    if (frees_queue) ffi_context_free(context);
}

int main(void) {
    check_calls();
    check_many();
    check_limits();
    check_end(false);
    check_end(true);
    check_queue_end();
    check_hop();
    check_hop_at_end(false);
    check_hop_at_end(true);
    check_end_in_done(true);
    check_end_in_done(false);
    return done();
}
