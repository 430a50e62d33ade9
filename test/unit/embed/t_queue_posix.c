/* SPDX-License-Identifier: MIT */
/*
 * Queues on POSIX systems: event loops that wait for the descriptor, signal handlers that post, fork, threads
 * that are cancelled in a hop.
 */
#include "caller.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

static ffi_context *context;

/* ---- event loops ---- */

static void start_post(pthread_t *thread, ffi_callback *callback) {
    pthread_create(thread, NULL, call_in_thread, ffi_callback_code(callback));
}

static void check_poll(void) {
    int           sum = 0;
    pthread_t     thread;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    struct pollfd one      = {.fd = ffi_queue_descriptor(queue), .events = POLLIN};
    ok(poll(&one, 1, 0) == 0, "poll: the descriptor of an empty queue is not readable");
    start_post(&thread, callback);
    ok(poll(&one, 1, 30000) == 1 && ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 3,
       "poll: it wakes for a post of another thread");
    ok(poll(&one, 1, 0) == 0, "poll: after the drain it is not readable");
    pthread_join(thread, NULL);
#ifdef __linux__
    int                loop  = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(loop, EPOLL_CTL_ADD, one.fd, &event);
    start_post(&thread, callback);
    ok(epoll_wait(loop, &event, 1, 30000) == 1 && ffi_queue_drain(queue, SIZE_MAX) == 1 && sum == 6,
       "epoll: it wakes for a post of another thread");
    ok(epoll_wait(loop, &event, 1, 0) == 0, "epoll: after the drain it is not readable");
    pthread_join(thread, NULL);
    close(loop);
#endif
    ffi_callback_free(callback), ffi_queue_free(queue);
}

/* libuv, bound by this library: uv_poll_t watches the descriptor. */
struct uv {
    ffi_queue    *queue;
    ffi_function *stop;
    int           woken;
};

static void on_readable(void *result, const ffi_value *args, void *userdata) {
    struct uv *uv = userdata;
    (void)result;
    uv->woken++;
    ffi_queue_drain(uv->queue, SIZE_MAX);
    ffi_invoke(uv->stop, NULL, args); /* the handle is the first argument of both */
}

static void check_uv(void) {
    _Alignas(16) char loop[4096], handle[1024];
    int               sum = 0, status = -1;
    pthread_t         thread;
    ffi_library      *uv = ffi_library_open(context, "uv", 0);
    if (!uv) {
        skip_one("libuv: %.60s", ffi_last_message());
        return;
    }
    ffi_function *init       = ffi_library_function(uv, "uv_loop_init", "int(ptr)");
    ffi_function *poll_init  = ffi_library_function(uv, "uv_poll_init", "int(ptr, ptr, int)");
    ffi_function *poll_start = ffi_library_function(uv, "uv_poll_start", "int(ptr, int, ptr)");
    ffi_function *run        = ffi_library_function(uv, "uv_run", "int(ptr, int)");
    struct uv     data       = {.queue = ffi_queue_new(context),
                                .stop  = ffi_library_function(uv, "uv_poll_stop", "int(ptr)")};
    ffi_callback *callback   = deliver(context, data.queue, FFI_DELIVER_POST, 0, &sum);
    ffi_callback *readable   = ffi_callback_new(context, "void(ptr, int, int)", on_readable, &data);
    ffi_invoke(init, &status, (ffi_value[]){{.ptr = loop}});
    ffi_invoke(poll_init, &status,
               (ffi_value[]){{.ptr = loop}, {.ptr = handle}, {ffi_queue_descriptor(data.queue)}});
    ffi_invoke(poll_start, &status, (ffi_value[]){{.ptr = handle}, {1}, {.ptr = ffi_callback_code(readable)}});
    start_post(&thread, callback);
    ffi_invoke(run, &status, (ffi_value[]){{.ptr = loop}, {0}});
    pthread_join(thread, NULL);
    ffi_invoke(ffi_library_function(uv, "uv_close", "void(ptr, ptr)"), NULL,
               (ffi_value[]){{.ptr = handle}, {.ptr = NULL}});
    ffi_invoke(run, &status, (ffi_value[]){{.ptr = loop}, {0}});
    ffi_invoke(ffi_library_function(uv, "uv_loop_close", "int(ptr)"), &status, (ffi_value[]){{.ptr = loop}});
    ok(data.woken == 1 && sum == 3, "libuv: a loop is woken by a post of another thread, and drains");
    ffi_callback_free(readable), ffi_callback_free(callback), ffi_queue_free(data.queue);
}

/* ---- signals ---- */

static int_function *posted_by_signal;
static ffi_queue    *signalled_queue;
static atomic_int    signals, signal_count, wrong_errno;
static atomic_bool   all_sent;

static void count_signal(void *userdata) {
    ++*(int *)userdata;
}

static int signal_runs;

static void on_signal(int number) {
    (void)number;
    int before = errno;
    posted_by_signal(1);
    ffi_queue_post(signalled_queue, count_signal, &signal_runs);
    if (errno != before) wrong_errno++;
    atomic_fetch_add(&signals, 1);
}

/* Each signal is sent when the last one has been handled: two that wait would be one. */
static void *send_signals(void *target) {
    for (int i = 0; i < atomic_load(&signal_count); i++) {
        pthread_kill(*(pthread_t *)target, SIGUSR1);
        while (atomic_load(&signals) <= i) sched_yield();
    }
    atomic_store(&all_sent, true);
    return NULL;
}

/* The thread that is interrupted posts, too, and drains: at any instruction of that a signal may come. */
static void check_signals(void) {
    int              sum = 0, own = 0;
    pthread_t        self     = pthread_self(), sender;
    ffi_queue       *queue    = ffi_queue_sized(context, 1 << 14);
    ffi_callback    *callback = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    struct sigaction action   = {.sa_handler = on_signal}, before;
    posted_by_signal          = int_code(callback);
    signalled_queue           = queue;
    atomic_store(&signal_count, fewer(1000));
    sigaction(SIGUSR1, &action, &before);
    pthread_create(&sender, NULL, send_signals, &self);
    while (!atomic_load(&all_sent)) posted_by_signal(1), own++, ffi_queue_drain(queue, 3);
    pthread_join(sender, NULL);
    ffi_queue_drain(queue, SIZE_MAX);
    sigaction(SIGUSR1, &before, NULL);
    uint64_t all = (uint64_t)own + 2 * (uint64_t)atomic_load(&signals);
    ok((uint64_t)sum + (uint64_t)signal_runs + counts(queue).full == all,
       "a handler of %d signals posts while its thread posts and drains: nothing is lost",
       atomic_load(&signals));
    ok(!wrong_errno, "a signal handler that posts keeps errno");
    ffi_callback_free(callback), ffi_queue_free(queue);
}

/* ---- fork ---- */

static void count_run(void *userdata) {
    ++*(int *)userdata;
}

/* In the child: 0 if all is as it should be. */
static int in_child(ffi_queue *queue, ffi_callback *callback) {
    int sum = 0;
    if (int_code(callback)(1) != 7) return 1;
    if (ffi_queue_drain(queue, SIZE_MAX) || ffi_last_error() != FFI_ERROR_ARGUMENT) return 2;
    if (ffi_queue_post(queue, count_run, &sum) != FFI_ERROR_ARGUMENT) return 3;
    ffi_fail(FFI_ERROR_NONE, "%s", "");
    if (ffi_queue_wait(queue, 0) || ffi_last_error() != FFI_ERROR_ARGUMENT) return 5;
    ffi_queue    *own  = ffi_queue_new(context);
    ffi_callback *made = deliver(context, own, FFI_DELIVER_POST, 0, &sum);
    int_code(made)(4);
    if (ffi_queue_drain(own, SIZE_MAX) != 1 || sum != 4) return 4;
    ffi_context_free(context);
    return 0;
}

static void check_fork(void) {
    int           sum = 0, declared = 7, posts = 0, status = -1;
    ffi_queue    *queue    = ffi_queue_sized(context, 1);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_POST, 0, &sum);
    ffi_callback_default(callback, &declared);
    while (!counts(queue).full) int_code(callback)(1), posts++;
    fflush(NULL);
    pid_t child = fork();
    if (!child) _exit(in_child(queue, callback));
    waitpid(child, &status, 0);
    ok(status == 0, "a child of fork finds its parent's full queue closed, makes its own, and frees all: %d",
       WEXITSTATUS(status));
    ok(ffi_queue_wait(queue, 0) && ffi_queue_drain(queue, SIZE_MAX) == (size_t)posts - 1 && sum == posts - 1,
       "the parent's messages are the parent's");
    ffi_callback_free(callback), ffi_queue_free(queue);
}

/* ---- threads that end ---- */

static atomic_bool waiting;

static void *hop_cancellable(void *code) {
    atomic_store(&waiting, true);
    int result = ((int_function *)(uintptr_t)code)(4);
    pthread_testcancel();
    return (void *)(intptr_t)result;
}

static void check_cancel(void) {
    int           sum = 0;
    void         *result;
    pthread_t     thread;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = deliver(context, queue, FFI_DELIVER_HOP, 0, &sum);
    pthread_create(&thread, NULL, hop_cancellable, ffi_callback_code(callback));
    while (!atomic_load(&waiting)) {}
    pthread_cancel(thread);
    while (!ffi_queue_drain(queue, SIZE_MAX)) ffi_queue_wait(queue, 1000);
    pthread_join(thread, &result);
    ok(result == PTHREAD_CANCELED && sum == 4, "a thread that is cancelled in a hop ends after it");
    ffi_callback_free(callback), ffi_queue_free(queue);
}

int main(void) {
    context = ffi_context_new(NULL);
    check_poll();
    check_uv();
    check_signals();
    check_fork();
    check_cancel();
    ffi_context_free(context);
    return done();
}
