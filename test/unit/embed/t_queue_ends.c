/* SPDX-License-Identifier: MIT */
/*
 * Ends beneath a queue, on every system: of the queue's thread, of threads within a callback, of the descriptor;
 * what is then reported; and ten thousand threads that live and post at once (fewer under emulators).
 */
#include "caller.h"

#include <errno.h>
#include <limits.h>
#ifdef _WIN32
#include <windows.h>
#endif

static ffi_context *context;

static ffi_queue_counts reported;

static void on_report(void *userdata, const ffi_queue_counts *growth) {
    ++*(int *)userdata;
    reported = *growth;
}

/* ---- the queue's thread ---- */

static void *own_a_queue(void *made) {
    *(ffi_queue **)made = ffi_queue_new(context);
    return NULL;
}

/* The queue's thread is gone; another one takes it over by draining it. */
static void check_dead_owner(void) {
    int        sum = 0, reports = 0, declared = -9;
    pthread_t  thread;
    ffi_queue *queue;
    pthread_create(&thread, NULL, own_a_queue, &queue);
    pthread_join(thread, NULL);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_HOP, 1, &sum);
    ffi_callback_default(callback, &declared);
    ffi_queue_report(queue, on_report, &reports);
    pthread_create(&thread, NULL, call_in_thread, ffi_callback_code(callback));
    pthread_join(thread, NULL);
    ok(!sum && counts(queue).stalled == 1, "a hop to a thread that has ended is given up after its time");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && int_code(callback)(5) == 10,
       "another thread takes the queue over");
    ok(reports == 1 && reported.stalled == 1, "the stall is reported to the thread that drains");
    ffi_callback_free(callback), ffi_queue_free(queue);
}

/* ---- the descriptor ---- */

static void close_descriptor(const ffi_queue *queue) {
#ifdef _WIN32
    CloseHandle((HANDLE)(intptr_t)ffi_queue_descriptor(queue));
#else
    close(ffi_queue_descriptor(queue));
#endif
}

static void check_closed_descriptor(void) {
    int           sum = 0, reports = 0;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    ffi_queue_report(queue, on_report, &reports);
    close_descriptor(queue);
    ok(int_code(callback)(3) == 0 && counts(queue).descriptor == 1,
       "a failure to set the descriptor is counted");
    ok(!ffi_queue_wait(queue, 0), "a wait for it returns");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 3, "a drain delivers all the same");
    ok(reports == 1 && reported.descriptor >= 1, "and reports the descriptor");
    ffi_callback_free(callback), ffi_queue_free(queue);
}

/* ---- the queue, while threads wait for it ---- */

static void *wait_for(void *queue) {
    bool waits = !ffi_queue_wait(queue, UINT32_MAX) && ffi_last_error() == FFI_ERROR_ARGUMENT;
    return waits ? queue : NULL;
}

/* Whether a thread has begun to wait makes no difference. */
static void check_freed_while_waited_for(void) {
    enum { WAITERS = 3 };
    pthread_t  threads[WAITERS];
    ffi_queue *queue = ffi_queue_new(context);
    int        ended = 0;
    for (int i = 0; i < WAITERS; i++) pthread_create(&threads[i], NULL, wait_for, queue);
    ffi_queue_drain(queue, SIZE_MAX);
    ffi_queue_free(queue);
    for (int i = 0; i < WAITERS; i++) {
        void *got;
        pthread_join(threads[i], &got);
        ended += got != NULL;
    }
    ok(ended == WAITERS, "threads that wait for a queue return with an error when it is freed");
}

/* ---- threads that end within a callback ---- */

static void exit_in_handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args;
    atomic_store((atomic_bool *)userdata, true);
    pthread_exit(userdata);
}

static void check_exit(void) {
    atomic_bool   reached = false;
    void         *result;
    pthread_t     thread;
    ffi_callback *callback = ffi_callback_new(context, "int(int)", exit_in_handler, &reached);
    pthread_create(&thread, NULL, call_in_thread, ffi_callback_code(callback));
    pthread_join(thread, &result);
    ok(atomic_load(&reached) && result == &reached, "a thread ends within a handler");
    ffi_callback_free(callback);
}

#ifndef _WIN32
static void wait_in_handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args;
    atomic_store((atomic_bool *)userdata, true);
    for (;;) usleep(1000); /* is a cancellation point */
}

/* The thread posts before, and is cancelled within the handler of another callback. */
struct producer {
    int_function *post, *wait;
};

static void *post_and_wait(void *data) {
    struct producer *producer = data;
    producer->post(3);
    producer->wait(0);
    return NULL;
}

static void check_cancelled_producer(void) {
    int             sum     = 0;
    atomic_bool     reached = false;
    void           *result;
    pthread_t       thread;
    ffi_queue      *queue    = ffi_queue_new(context);
    ffi_callback   *posted   = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    ffi_callback   *waits    = ffi_callback_new(context, "int(int)", wait_in_handler, &reached);
    struct producer producer = {int_code(posted), int_code(waits)};
    pthread_create(&thread, NULL, post_and_wait, &producer);
    while (!atomic_load(&reached)) sched_yield();
    pthread_cancel(thread);
    pthread_join(thread, &result);
    ok(result == PTHREAD_CANCELED, "a thread is cancelled within a handler");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 3, "what it has posted before is delivered");
    ffi_callback_free(posted), ffi_callback_free(waits), ffi_queue_free(queue);
}
#endif

/* ---- thousands of threads ---- */

/* All of a group live when the first of them posts. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    bool            open;
    int_function   *code;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void set_gate(bool open) {
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static void *post_at_gate(void *unused) {
    (void)unused;
    pthread_mutex_lock(&gate.lock);
    while (!gate.open) pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    gate.code(3);
    return NULL;
}

/* Emulators take minutes for ten thousand threads at once. */
#if defined __x86_64__ && !defined _WIN32
enum { CROWD = 10000, AT_ONCE = CROWD };
#else
enum { CROWD = 1000, AT_ONCE = 100 };
#endif

/* Starts as many threads as the system allows, at most `most`. */
static int start_group(pthread_t *threads, int most) {
    int            count = 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
#ifndef _WIN32
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN + 32768);
#endif
    while (count < most && !pthread_create(&threads[count], &attributes, post_at_gate, NULL)) count++;
    pthread_attr_destroy(&attributes);
    return count;
}

static void check_crowd(void) {
    int           sum = 0, started = 0, largest = 0, crowd = fewer(CROWD);
    pthread_t    *threads  = malloc(AT_ONCE * sizeof *threads);
    ffi_queue    *queue    = ffi_queue_sized(context, 1 << 20);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    gate.code              = int_code(callback);
    while (started < crowd) {
        int most = crowd - started < AT_ONCE ? crowd - started : AT_ONCE, count = start_group(threads, most);
        if (!count) break;
        if (count > largest) largest = count;
        started += count;
        set_gate(true);
        for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
        set_gate(false);
        ffi_queue_drain(queue, SIZE_MAX);
    }
    ok(started == crowd && sum == 3 * crowd && !counts(queue).full,
       "of %d threads, %d of which live at once, each post arrives", started, largest);
    free(threads);
    ffi_callback_free(callback), ffi_queue_free(queue);
}

int main(void) {
    context = ffi_context_new(NULL);
    check_dead_owner();
    check_closed_descriptor();
    check_freed_while_waited_for();
    check_exit();
#ifndef _WIN32
    check_cancelled_producer();
#endif
    check_crowd();
    ffi_context_free(context);
    return done();
}
