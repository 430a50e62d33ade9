/* SPDX-License-Identifier: MIT */
/* Deliveries that the caller waits for or that are refused: hops, between threads too, refusals, and the context's hooks. */
#include "caller.h"

static ffi_context *context;

/* ---- hops ---- */

static pthread_t handler_thread;

static void on_hop(void *result, const ffi_value *args, void *userdata) {
    handler_thread = pthread_self();
    on_int(result, args, userdata);
}

static void check_hop(void) {
    int           sum      = 0;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = ffi_callback_new(context, "int(int)", on_hop, &sum);
    struct hopper hopper   = {(int (*)(int))(uintptr_t)code_of(callback), 21, 0};
    struct caller caller;
    ok(!ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, 0), "a callback hops");
    start(&caller, call_hop, &hopper);
    drain_until(queue, &caller);
    ok(hopper.result == 42 && pthread_equal(handler_thread, pthread_self()),
       "the caller gets the result that the handler gave on the queue's thread");
    ok(hopper.call(4) == 8, "a call on the queue's own thread is made at once");

    int declared = -1;
    ffi_callback_default(callback, &declared);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, 1);
    start(&caller, call_hop, &hopper);
    join(&caller);
    ok(hopper.result == -1 && counts(queue).stalled == 1,
       "after its time the caller gets the default, and it is counted");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 25,
       "the handler of a hop that was given up does not run");

    ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, 0);
    start(&caller, call_hop, &hopper);
    while (!ffi_queue_wait(queue, 1000)) {}
    ffi_callback_free(callback);
    drain_until(queue, &caller);
    ok(hopper.result == -1 && counts(queue).late == 1,
       "a hop of a callback that was freed meanwhile gets the default");
    ffi_queue_free(queue);

    queue    = ffi_queue_new(context);
    callback = ffi_callback_new(context, "int(int)", on_hop, &sum);
    ffi_callback_default(callback, &declared);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, 0);
    hopper.call = (int (*)(int))(uintptr_t)code_of(callback);
    start(&caller, call_hop, &hopper);
    while (!ffi_queue_wait(queue, 1000)) {}
    ffi_queue_free(queue);
    join(&caller);
    ok(hopper.result == -1, "a hop to a queue that is freed gets the default");
    start(&caller, call_hop, &hopper);
    join(&caller);
    ok(hopper.result == -1, "a later hop returns the default, too");
    ffi_callback_free(callback);
}

/* Two threads with a queue each, which hop to each other and back, some levels deep. */
struct partner {
    int (*call)(int);
    struct partner *other;
    ffi_queue      *queue;
    pthread_t       thread;
    atomic_bool    *over;
    int             wrong;
};

static void on_partner(void *result, const ffi_value *args, void *userdata) {
    struct partner *partner = userdata;
    if (!pthread_equal(partner->thread, pthread_self())) partner->wrong++;
    *(int *)result = args[0].i32 ? partner->other->call(args[0].i32 - 1) + 1 : 0;
}

static atomic_int partners_ready;

static void be_partner(void *data) {
    struct partner *partner  = data;
    ffi_callback   *callback = ffi_callback_new(context, "int(int)", on_partner, partner);
    partner->thread          = pthread_self();
    partner->queue           = ffi_queue_new(context);
    ffi_callback_deliver(callback, partner->queue, FFI_DELIVER_HOP, 0);
    partner->call = (int (*)(int))(uintptr_t)code_of(callback);
    atomic_fetch_add(&partners_ready, 1);
    while (!atomic_load(partner->over))
        ffi_queue_wait(partner->queue, 10), ffi_queue_drain(partner->queue, SIZE_MAX);
    ffi_callback_free(callback);
    ffi_queue_free(partner->queue);
}

static void check_deadlock(void) {
    atomic_bool    over        = false;
    struct partner partners[2] = {{.other = &partners[1], .over = &over},
                                  {.other = &partners[0], .over = &over}};
    struct caller  callers[2];
    for (int i = 0; i < 2; i++) start(&callers[i], be_partner, &partners[i]);
    while (atomic_load(&partners_ready) < 2) {}
    struct hopper hoppers[2] = {{partners[0].call, 10, 0}, {partners[1].call, 7, 0}};
    struct caller outside[2];
    for (int i = 0; i < 2; i++) start(&outside[i], call_hop, &hoppers[i]);
    for (int i = 0; i < 2; i++) join(&outside[i]);
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++) join(&callers[i]);
    ok(hoppers[0].result == 10 && hoppers[1].result == 7,
       "threads that wait in hops to each other serve each other");
    ok(!partners[0].wrong && !partners[1].wrong, "each handler runs on its own thread");
}

/* ---- refusals ---- */

static void check_refuse(void) {
    int           sum = 0, declared = 5;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = ffi_callback_new(context, "int(int)", on_int, &sum);
    struct hopper hopper   = {(int (*)(int))(uintptr_t)code_of(callback), 1, 0};
    struct caller caller;
    ffi_callback_deliver(callback, queue, FFI_DELIVER_REFUSE, 0);
    ffi_callback_default(callback, &declared);
    start(&caller, call_hop, &hopper);
    join(&caller);
    ok(hopper.result == 5 && !sum && counts(queue).refused == 1,
       "another thread gets the default, and is counted");
    ok(hopper.call(3) == 6, "the queue's own thread is served");
    ok(!ffi_callback_deliver(callback, NULL, FFI_DELIVER_REFUSE, 0) && hopper.call(3) == 5,
       "without a queue every call is refused");
    ok(!ffi_callback_deliver(callback, NULL, FFI_DELIVER_DIRECT, 0) && hopper.call(3) == 6,
       "a callback is set back to direct");
    ok(!ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0) && hopper.call(3) == 5,
       "a posted callback returns the default");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1, "the posted call is delivered");
    returns_error(ffi_callback_deliver(callback, NULL, FFI_DELIVER_POST, 0), FFI_ERROR_ARGUMENT,
                  "queue is NULL");
    returns_error(ffi_callback_deliver(NULL, queue, FFI_DELIVER_POST, 0), FFI_ERROR_ARGUMENT,
                  "callback is NULL");
    returns_error(ffi_callback_deliver(callback, queue, (ffi_delivery)9, 0), FFI_ERROR_ARGUMENT,
                  "unknown delivery 9");
    ffi_callback *variadic = ffi_callback_new(context, "int(int, ...)", on_int, &sum);
    returns_error(ffi_callback_deliver(variadic, queue, FFI_DELIVER_POST, 0), FFI_ERROR_UNSUPPORTED, "va_list");
    ffi_callback_free(variadic), ffi_callback_free(callback);
    returns_error(ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0), FFI_ERROR_ARGUMENT,
                  "freed before");
    ffi_queue_free(queue);
    returns_error(ffi_queue_count(queue, NULL), FFI_ERROR_ARGUMENT, "counts is NULL");
}

/* ---- hooks, owned userdata ---- */

static int entered, dropped;

static void *enter(void *userdata) {
    ++*(int *)userdata;
    handler_thread = pthread_self();
    return userdata;
}

static void drop(void *userdata) {
    dropped++;
    (void)userdata;
}

static void check_hooks(void) {
    int              sum      = 0;
    ffi_options      options  = {.enter = enter, .hook_userdata = &entered};
    ffi_context     *hooked   = ffi_context_new(&options);
    ffi_queue       *queue    = ffi_queue_new(hooked);
    const ffi_ctype *type     = ffi_type_parse(hooked, "int(int)");
    ffi_callback    *callback = ffi_callback_owned(hooked, type, on_int, &sum, drop);
    struct hopper    hopper   = {(int (*)(int))(uintptr_t)code_of(callback), 1, 0};
    struct caller    caller;
    ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, 0);
    start(&caller, call_hop, &hopper);
    drain_until(queue, &caller);
    ok(hopper.result == 2 && entered == 1 && pthread_equal(handler_thread, pthread_self()),
       "hooks are called where the handler runs");
    ok(ffi_callback_userdata(callback) == &sum, "a delivery does not hide owned userdata");
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    hopper.call(1);
    ffi_callback_free(callback);
    ok(dropped == 1, "owned userdata is dropped when the callback is freed");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && entered == 1 && sum == 1,
       "a late delivery does not touch the dropped userdata");
    callback = ffi_callback_owned(hooked, type, on_int, &sum, drop);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    ((int (*)(int))(uintptr_t)code_of(callback))(1);
    ffi_context_free(hooked);
    ok(dropped == 2 && sum == 1, "the context's end drops what is posted, and owned userdata");
}

/* ---- a loop of Windows ---- */

#ifdef _WIN32
#include <windows.h>

static void check_loop(void) {
    int           sum      = 0;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = ffi_callback_new(context, "int(int)", on_int, &sum);
    HANDLE        never    = CreateEventW(NULL, TRUE, FALSE, NULL),
           both[2]         = {never, (HANDLE)(intptr_t)ffi_queue_descriptor(queue)};
    struct hopper hopper   = {(int (*)(int))(uintptr_t)code_of(callback), 3, 0};
    struct caller caller;
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    ok(WaitForMultipleObjects(2, both, FALSE, 0) == WAIT_TIMEOUT, "the event of an empty queue is not set");
    start(&caller, call_hop, &hopper);
    ok(WaitForMultipleObjects(2, both, FALSE, 30000) == WAIT_OBJECT_0 + 1 &&
           ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 3,
       "WaitForMultipleObjects wakes for a post of another thread");
    join(&caller);
    ok(MsgWaitForMultipleObjects(2, both, FALSE, 0, QS_ALLINPUT) == WAIT_TIMEOUT,
       "after the drain it is not set");
    CloseHandle(never);
    ffi_callback_free(callback), ffi_queue_free(queue);
}
#else
static void check_loop(void) {
} /* t_queue_posix.c has the loops of POSIX */
#endif

int main(void) {
    context = ffi_context_new(NULL);
    check_loop();
    check_hop();
    check_deadlock();
    check_refuse();
    check_hooks();
    ffi_context_free(context);
    return done();
}
