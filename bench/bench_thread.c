/* SPDX-License-Identifier: MIT */
/*
 * Do calls from several threads get in each other's way? All threads call one and the same function, each with
 * arguments and a result of its own, at the same time. N threads should do N times the calls of one; how near
 * this machine comes to that at all is shown by plain C calls.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "callee.h"

#include <ffi_invoke.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_THREADS = 4, CALLS = 100000, QUICK_CALLS = 1000, ROUNDS = 301 };

enum way { WAY_C, WAY_INVOKE, WAY_POINTERS, WAY_CAPTURE, WAY_COUNT };

static const char *const way_names[WAY_COUNT] = {"C call", "ffi_invoke", "ffi_invoke_pointers",
                                                 "ffi_invoke, errno kept"};

/* What the threads of one round share: only read, once all have started. */
struct round {
    enum way      way;
    size_t        threads, calls;
    ffi_function *functions[WAY_COUNT];
    atomic_size_t started;
    cpu_set_t     cpus;
};

struct thread {
    _Alignas(128) struct round *round;
    size_t    number;
    ffi_value args[2], result;
    double    begin, end;
};

/* ---- a thread ---- */

static void pin_to(const cpu_set_t *cpus, size_t number) {
    cpu_set_t one;
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, cpus) && number-- == 0) CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void call(enum way way, const ffi_function *function, ffi_value *args, ffi_value *result, size_t count) {
    void *pointers[2]        = {&args[0], &args[1]};
    int (*address)(int, int) = (int (*)(int, int))(uintptr_t)ffi_function_address(function);
#define REPEAT(statement)                                                                                      \
    for (; count; count--) {                                                                                   \
        statement;                                                                                             \
        __asm__ volatile("" : : : "memory");                                                                   \
    }                                                                                                          \
    break
    switch (way) {
    case WAY_C: REPEAT(result->i32 = address(args[0].i32, args[1].i32));
    case WAY_POINTERS: REPEAT(ffi_invoke_pointers(function, result, pointers));
    default: REPEAT(ffi_invoke(function, result, args));
    }
#undef REPEAT
}

static void *run_thread(void *data) {
    struct thread *thread = data;
    struct round  *round  = thread->round;
    pin_to(&round->cpus, thread->number);
    atomic_fetch_add(&round->started, 1);
    while (atomic_load(&round->started) < round->threads) continue; /* a lock would wake them one by one */
    thread->begin = bench_now();
    call(round->way, round->functions[round->way], thread->args, &thread->result, round->calls);
    thread->end = bench_now();
    return NULL;
}

/* ---- a round ---- */

/* Returns the nanoseconds from the first thread's begin to the last one's end, per call of each thread. */
static double run_round(void *data, size_t count) {
    struct round *round = data;
    struct thread threads[MAX_THREADS];
    pthread_t     ids[MAX_THREADS];
    double        begin = HUGE_VAL, end = 0;
    round->calls = count;
    atomic_store(&round->started, 0);
    for (size_t i = 0; i < round->threads; i++) {
        threads[i] = (struct thread){.round = round, .number = i, .args = {{.i32 = 7 + (int)i}, {.i32 = 2}}};
        if (pthread_create(&ids[i], NULL, run_thread, &threads[i])) bench_fail("cannot make a thread");
    }
    for (size_t i = 0; i < round->threads; i++) {
        pthread_join(ids[i], NULL);
        begin = fmin(begin, threads[i].begin);
        end   = fmax(end, threads[i].end);
        if (threads[i].result.i32 != 5 + (int)i) bench_fail("%s: a wrong result", way_names[round->way]);
    }
    return end - begin;
}

/* Compared are the best rounds: other programs only make a round longer, while a cache line written by all
 * threads would make every one longer, by tens of nanoseconds a call. What falls short of N times by less than
 * a fifth is a cycle or two, by which the same loop differs from one thread to the next. */
static void print_way(enum way way, size_t threads, const struct contender *one, const struct contender *many) {
    char what[64], target[64];
    snprintf(what, sizeof what, "%zu threads", threads);
    snprintf(target, sizeof target, ">= 80 %% of %zux", threads);
    struct row row = bench_row(what, many, one);
    row.ratio      = (double)threads * one->minimum / many->minimum;
    row.more       = many->minimum - one->minimum;
    if (way != WAY_C) row = bench_judged(row, target, row.ratio >= 0.8 * (double)threads);
    bench_print(&row);
}

static void measure(size_t threads, ffi_function *const functions[WAY_COUNT], const cpu_set_t *cpus) {
    struct round     rounds[2][WAY_COUNT];
    struct contender c[2][WAY_COUNT];
    for (size_t many = 0; many < 2; many++)
        for (enum way way = 0; way < WAY_COUNT; way++) {
            struct round *round = &rounds[many][way];
            *round              = (struct round){.way = way, .threads = many ? threads : 1, .cpus = *cpus};
            memcpy(round->functions, functions, sizeof round->functions);
            c[many][way] = (struct contender){.who   = way_names[way],
                                              .run   = run_round,
                                              .data  = round,
                                              .count = bench_is_quick() ? QUICK_CALLS : CALLS};
        }
    bench_measure(c[0], 2 * WAY_COUNT, ROUNDS);
    for (enum way way = 0; way < WAY_COUNT; way++) print_way(way, threads, &c[0][way], &c[1][way]);
}

int main(int argc, char **argv) {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    bench_begin(argc, argv, "Do threads get in each other's way?", false);
    puts("each thread is pinned to a processor of its own");
    ffi_context  *context = ffi_context_new(NULL);
    ffi_function *functions[WAY_COUNT];
    for (enum way way = 0; way < WAY_COUNT; way++) {
        functions[way] = ffi_function_new(context, (void *)(uintptr_t)callee_int_2, "int(int, int)");
        if (!functions[way]) bench_fail("%s", ffi_last_message());
    }
    ffi_function_capture(functions[WAY_CAPTURE], FFI_CAPTURE_ERRNO);
    bench_heading("Calls of one function by all threads, nanoseconds each",
                  "against one thread, by the minima; ratio: how many times its calls are done");
    for (size_t threads = 2; threads <= MAX_THREADS; threads += 2) {
        if (threads <= (size_t)CPU_COUNT(&cpus)) measure(threads, functions, &cpus);
        else bench_left_out(threads == 2 ? "2 threads" : "4 threads", "there are not as many processors");
    }
    ffi_context_free(context);
    return bench_end();
}
