/* SPDX-License-Identifier: MIT */
/*
 * What do threads and adapters cost? A post (of the thread that posts; draining is not counted), a hop and a
 * call in the pool, each there and back; a thunk and a shifted function beside a C call of their target.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ffi_embed.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum { ROUNDS = 101, MESSAGES = 1000 };

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
        double from = bench_now();
        for (size_t i = 0; i < some; i++) queue->post((int)i);
        spent += bench_now() - from;
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
    double        from  = bench_now();
    for (size_t i = 0; i < count; i++)
        if (queue->hop(1) != 2) bench_fail("a hop was not served");
    return bench_now() - from;
}

static void told(void *userdata, ffi_error error) {
    (void)error;
    ++*(size_t *)userdata;
}

static double run_async(void *data, size_t count) {
    struct queue *queue   = data;
    ffi_value     args[2] = {{1}, {2}};
    int           result;
    double        from = bench_now();
    for (size_t i = 0; i < count; i++) {
        size_t before = queue->told;
        if (ffi_invoke_async(queue->function, &result, args, queue->queue, told, &queue->told))
            bench_fail("%s", ffi_last_message());
        while (queue->told == before)
            ffi_queue_wait(queue->queue, 1000), ffi_queue_drain(queue->queue, SIZE_MAX);
    }
    return bench_now() - from;
}

static void measure_one(const char *what, const char *who, bench_run *run, struct queue *queue,
                        const char *target, double most) {
    struct contender it = {.who = who, .run = run, .data = queue};
    if (!bench_wanted(what)) return;
    bench_measure(&it, 1, ROUNDS);
    struct row row = bench_judged(bench_row(what, &it, NULL), target, it.median <= most);
    bench_print(&row);
}

static void measure_queues(ffi_context *context) {
    struct queue own   = {.context = context, .queue = ffi_queue_sized(context, 1 << 20)},
                 other = {.context = context};
    own.post           = deliver(&own, FFI_DELIVER_POST);
    own.function       = ffi_function_new(context, (void *)(uintptr_t)add, "int(int, int)");
    pthread_create(&other.thread, NULL, serve, &other);
    while (!atomic_load(&other.ready)) {}
    measure_one("post, int(int)", "callback, posted", run_post, &own, "3 us", 3000);
    measure_one("hop, int(int)", "callback, by a hop", run_hop, &other, "50 us", 50000);
    measure_one("async, int(int, int)", "ffi_invoke_async", run_async, &own, "50 us", 50000);
    atomic_store(&other.over, true);
    pthread_join(other.thread, NULL);
}

/* ---- adapters ---- */

/* int bench_entry(int a, int b): the embedder's machine code, a + b. */
int bench_entry(int a, int b);
#ifdef __x86_64__
__asm__(".text\n.globl bench_entry\n.p2align 4\nbench_entry:\n.byte 0xf3, 0x0f, 0x1e, 0xfa\n"
        "lea (%rdi, %rsi), %eax\nret\n");
#else
__asm__(".text\n.globl bench_entry\n.p2align 4\nbench_entry:\nhint #34\nadd w0, w0, w1\nret\n");
#endif

#define REPEAT(type, call)                                                                                     \
    type   function = *(type *)data;                                                                           \
    double from     = bench_now();                                                                             \
    for (size_t i = 0; i < count; i++) {                                                                       \
        __asm__ volatile("" : "+r"(function));                                                                 \
        int result = call;                                                                                     \
        __asm__ volatile("" : : "r"(result));                                                                  \
    }                                                                                                          \
    return bench_now() - from

typedef int (*plain_function)(int, int);
typedef int (*longer_function)(void *, int, int);

static double run_plain(void *data, size_t count) {
    REPEAT(plain_function, function((int)i, 2));
}

static double run_longer(void *data, size_t count) {
    REPEAT(longer_function, function(NULL, (int)i, 2));
}

static void measure_adapters(ffi_context *context) {
    ffi_function    *adds  = ffi_function_new(context, (void *)(uintptr_t)bench_entry, "int(int, int)");
    ffi_thunk       *thunk = ffi_thunk_new(context, (void *)(uintptr_t)bench_entry, NULL, NULL);
    plain_function   plain = add, through = (plain_function)(uintptr_t)ffi_thunk_code(thunk);
    longer_function  shifted = (longer_function)(uintptr_t)ffi_function_shifted(adds, 1);
    struct contender them[]  = {{.who = "C call", .run = run_plain, .data = &plain},
                                {.who = "thunk", .run = run_plain, .data = &through},
                                {.who = "shifted by 1", .run = run_longer, .data = &shifted}};
    const char      *what    = "adapters, int(int, int)";
    if (!thunk || !shifted) bench_fail("%s", ffi_last_message());
    if (!bench_wanted(what)) return;
    bench_measure(them, countof(them), 3 * ROUNDS);
    for (size_t i = 0; i < countof(them); i++) {
        struct row row = bench_row(what, &them[i], i ? &them[0] : NULL);
        if (i) row = bench_judged(row, "C + 1 ns", them[i].median - them[0].median <= 1);
        bench_print(&row);
    }
}

int main(int argc, char **argv) {
    bench_begin(argc, argv, "What do threads and adapters cost?", false);
    ffi_context *context = ffi_context_new(NULL);
    measure_queues(context);
    measure_adapters(context);
    ffi_context_free(context);
    return bench_end();
}
