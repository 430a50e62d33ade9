/* SPDX-License-Identifier: MIT */
/*
 * Threads and adapters: a post (of the thread that posts; draining is not counted), a hop and a call in the
 * pool, each there and back; a thunk and a shifted function beside a C call of their target.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ffi_embed.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { MESSAGES = 1000 };

static int add(int a, int b) {
    return a + b;
}

static void on_int(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args[0].i32 + 1;
}

/* ---- queues ---- */

struct queue {
    ffi_context *context;
    ffi_queue   *queue;
    int (*post)(int), (*hop)(int);
    ffi_function *function;
    size_t        told;
    atomic_bool   ready, over;
    pthread_t     thread;
};

static int (*deliver(struct queue *to, ffi_delivery how))(int) {
    ffi_callback *callback = ffi_callback_new(to->context, "int(int)", on_int, NULL);
    if (!callback || ffi_callback_deliver(callback, to->queue, how, 0)) bench_fail("%s", ffi_last_message());
    return (int (*)(int))(uintptr_t)ffi_callback_code(callback);
}

static double run_post(void *data, size_t count) {
    struct queue *queue = data;
    double        spent = 0;
    while (count) {
        size_t some = count < MESSAGES ? count : MESSAGES;
        bench_start();
        for (size_t i = 0; i < some; i++) queue->post((int)i);
        spent += bench_stop();
        if (ffi_queue_drain(queue->queue, SIZE_MAX) != some) bench_fail("a post was lost");
        count -= some;
    }
    return spent;
}

static void *serve(void *data) {
    struct queue *queue = data;
    queue->queue        = ffi_queue_new(queue->context);
    queue->hop          = deliver(queue, FFI_DELIVER_HOP);
    atomic_store(&queue->ready, true);
    while (!atomic_load(&queue->over))
        ffi_queue_wait(queue->queue, 100), ffi_queue_drain(queue->queue, SIZE_MAX);
    return NULL;
}

static double run_hop(void *data, size_t count) {
    struct queue *queue = data;
    bench_start();
    for (size_t i = 0; i < count; i++)
        if (queue->hop(1) != 2) bench_fail("a hop was not served");
    return bench_stop();
}

static void told(void *userdata, ffi_error error) {
    (void)error;
    ++*(size_t *)userdata;
}

static double run_async(void *data, size_t count) {
    struct queue *queue   = data;
    ffi_value     args[2] = {{1}, {2}};
    int           result;
    bench_start();
    for (size_t i = 0; i < count; i++) {
        size_t before = queue->told;
        if (ffi_invoke_async(queue->function, &result, args, queue->queue, told, &queue->told))
            bench_fail("%s", ffi_last_message());
        while (queue->told == before)
            ffi_queue_wait(queue->queue, 1000), ffi_queue_drain(queue->queue, SIZE_MAX);
    }
    return bench_stop();
}

static void measure_queue(const struct row *row) {
    ffi_context *context = bench_need(ffi_context_new(NULL), "a context");
    struct queue own     = {.context = context, .queue = ffi_queue_sized(context, 1 << 16)},
                 other   = {.context = context};
    own.post             = deliver(&own, FFI_DELIVER_POST);
    own.function         = ffi_function_new(context, (void *)(uintptr_t)add, "int(int, int)");
    if (pthread_create(&other.thread, NULL, serve, &other)) bench_fail("cannot make a thread");
    while (!atomic_load(&other.ready)) {}
    const struct contender one =
        !strcmp(row->what, "post")  ? (struct contender){"callback, posted", run_post, &own, 0}
        : !strcmp(row->what, "hop") ? (struct contender){"callback, by a hop", run_hop, &other, 0}
                                    : (struct contender){"ffi_invoke_async", run_async, &own, 0};
    bench_measure(row, &one, 1);
    atomic_store(&other.over, true);
    pthread_join(other.thread, NULL);
    ffi_context_free(context);
}

/* ---- adapters ---- */

/* int bench_entry(int a, int b): the embedder's machine code, a + b. */
int         bench_entry(int a, int b);
#if defined __x86_64__
__asm__(".text\n.globl bench_entry\n.p2align 4\nbench_entry:\n.byte 0xf3, 0x0f, 0x1e, 0xfa\n"
        "lea (%rdi, %rsi), %eax\nret\n");
#elif defined __aarch64__
__asm__(".text\n.globl bench_entry\n.p2align 4\nbench_entry:\nhint #34\nadd w0, w0, w1\nret\n");
#else
__asm__(".text\n.globl bench_entry\n.p2align 4\nbench_entry:\naddw a0, a0, a1\nret\n");
#endif

#define REPEAT(type, call)                                                                                     \
    type function = *(type *)data;                                                                             \
    bench_start();                                                                                             \
    for (size_t i = 0; i < count; i++) {                                                                       \
        __asm__ volatile("" : "+r"(function));                                                                 \
        int result = call;                                                                                     \
        __asm__ volatile("" : : "r"(result));                                                                  \
    }                                                                                                          \
    return bench_stop()

typedef int (*plain_function)(int, int);
typedef int (*longer_function)(void *, int, int);
typedef int (*longest_function)(void *, void *, void *, void *, void *, int, int);

static double run_plain(void *data, size_t count) {
    REPEAT(plain_function, function((int)i, 2));
}

static double run_longer(void *data, size_t count) {
    REPEAT(longer_function, function(NULL, (int)i, 2));
}

static double run_longest(void *data, size_t count) {
    REPEAT(longest_function, function(NULL, NULL, NULL, NULL, NULL, (int)i, 2));
}

static void measure_adapters(const struct row *row) {
    ffi_context     *context = bench_need(ffi_context_new(NULL), "a context");
    ffi_function    *adds    = ffi_function_new(context, (void *)(uintptr_t)bench_entry, "int(int, int)");
    ffi_thunk       *thunk   = ffi_thunk_new(context, (void *)(uintptr_t)bench_entry, NULL, NULL);
    plain_function   plain = add, through = (plain_function)(uintptr_t)ffi_thunk_code(thunk);
    longer_function  shifted = (longer_function)(uintptr_t)ffi_function_shifted(adds, 1);
    longest_function loads   = (longest_function)(uintptr_t)ffi_function_shifted(adds, 5);
    struct contender them[]  = {{.who = "C", .run = run_plain, .data = &plain},
                                {.who = "thunk", .run = run_plain, .data = &through},
                                {.who = "shifted by 1", .run = run_longer, .data = &shifted},
                                {.who = "shifted by 5, one from the stack", .run = run_longest, .data = &loads}};
    if (!thunk || !shifted || !loads) bench_fail("%s", ffi_last_message());
    bench_measure(row, them, countof(them));
    ffi_context_free(context);
}

BENCH_GROUP(queues) {
    const char *const queued[] = {"post", "hop", "async"};
    for (size_t i = 0; i < countof(queued); i++)
        bench_add((struct row){.group   = "threads",
                               .what    = queued[i],
                               .way     = "",
                               .measure = measure_queue,
                               .flags   = ONLY_TIMED | ON_PROCESSORS});
    bench_add(
        (struct row){.group = "adapters", .what = "int(2 x int)", .way = "", .measure = measure_adapters});
}
