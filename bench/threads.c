/* SPDX-License-Identifier: MIT */
/*
 * Do calls from several threads get in each other's way? All threads call one and the same function or
 * callback, each with arguments and a result of its own. The figure is what one call of a thread takes, against
 * the number of threads: it stays the same while there are as many processors. C calls show how near this
 * machine comes to that at all.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "callee.h"
#include "system.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { MOST_THREADS = 4, CALLS = 200000, QUICK_CALLS = 1000 };

enum kind { BY_C, BY_INVOKE, BY_CAPTURE, BY_CALLBACK, KIND_COUNT };

static const char *const names[KIND_COUNT] = {"C", "ffi_invoke", "ffi_invoke, errno captured", "ffi_callback"};

typedef int int_2(int, int);

static struct {
    ffi_function *functions[KIND_COUNT];
    int_2        *code[KIND_COUNT];
} it;

/* What the threads of one round share. */
struct crew {
    enum kind     kind;
    size_t        threads, calls;
    atomic_size_t started;
};

struct member {
    _Alignas(128) struct crew *crew;
    ffi_value args[2], result;
    double    took;
    pthread_t thread;
};

static void repeat(struct member *member, const ffi_function *function, int_2 *code) {
    ffi_value *args = member->args;
    if (function)
        for (size_t i = member->crew->calls; i; i--) {
            ffi_invoke(function, &member->result, args);
            __asm__ volatile("" : : : "memory");
        }
    else
        for (size_t i = member->crew->calls; i; i--) {
            member->result.i32 = code(args[0].i32, args[1].i32);
            __asm__ volatile("" : : : "memory");
        }
}

static void *run_member(void *data) {
    struct member *member = data;
    struct crew   *crew   = member->crew;
    atomic_fetch_add(&crew->started, 1);
    while (atomic_load(&crew->started) < crew->threads) continue; /* a lock would wake them one by one */
    double begin = system_now();
    repeat(member, it.functions[crew->kind], it.code[crew->kind]);
    member->took = system_now() - begin;
    return NULL;
}

/* Nanoseconds of the slowest thread. */
static double run_crew(void *data, size_t count) {
    struct crew  *crew = data;
    struct member members[MOST_THREADS];
    double        most = 0;
    crew->calls        = count;
    atomic_store(&crew->started, 0);
    for (size_t i = 0; i < crew->threads; i++) {
        members[i] = (struct member){.crew = crew, .args = {{.i32 = 7 + (int)i}, {.i32 = 2}}};
        if (pthread_create(&members[i].thread, NULL, run_member, &members[i]))
            bench_fail("cannot make a thread");
    }
    for (size_t i = 0; i < crew->threads; i++) {
        pthread_join(members[i].thread, NULL);
        if (members[i].took > most) most = members[i].took;
        if (members[i].result.i32 != 5 + (int)i) bench_fail("%s: a wrong result", names[crew->kind]);
    }
    return most;
}

static void prepare(void) {
    static ffi_context *context;
    if (context) return;
    context = bench_need(ffi_context_new(NULL), "a context");
    for (enum kind kind = BY_INVOKE; kind <= BY_CAPTURE; kind++)
        it.functions[kind] = bench_need(
            ffi_function_new(context, (void *)(uintptr_t)callee_int_2, "int(int, int)"), "a function");
    ffi_function_capture(it.functions[BY_CAPTURE], FFI_CAPTURE_ERRNO);
    it.code[BY_C]        = callee_int_2;
    it.code[BY_CALLBACK] = (int_2 *)(uintptr_t)ffi_callback_code(
        bench_need(ffi_callback_new(context, "int(int, int)", handle_int_2, NULL), "a callback"));
}

static void measure(const struct row *row) {
    size_t           threads = (size_t)(row->way[0] - '0');
    struct crew      crews[KIND_COUNT];
    struct contender contenders[KIND_COUNT];
    if ((long)threads > sysconf(_SC_NPROCESSORS_ONLN)) {
        bench_left_out(row->what, "%s: this machine has not as many processors", row->way);
        return;
    }
    prepare();
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        crews[kind].kind = kind, crews[kind].threads = threads;
        contenders[kind] = (struct contender){names[kind], run_crew, &crews[kind],
                                              bench_is_quick() ? (size_t)QUICK_CALLS : (size_t)CALLS};
    }
    bench_measure(row, contenders, KIND_COUNT);
}

BENCH_GROUP(threads) {
    static const char *const ways[] = {"1", "2", "4"};
    for (size_t i = 0; i < countof(ways); i++)
        bench_add((struct row){.group   = "growth",
                               .what    = "a call by each of so many threads",
                               .way     = ways[i],
                               .measure = measure,
                               .flags   = ONLY_TIMED | ON_PROCESSORS});
}
