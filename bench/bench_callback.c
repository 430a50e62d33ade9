/* SPDX-License-Identifier: MIT */
/*
 * What does a callback cost? One and the same native loop calls a function pointer that is a compiled function,
 * one of our callbacks, a libffi closure; qsort sorts through each; callbacks are made and freed by the
 * million; and several threads call one.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "callee.h"
#include "peers.h"

#include <ffi_invoke.h>

#if BENCH_LIBFFI
#include <ffi.h>
#endif
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 101, MANY_ROUNDS = 9 };

static void *need(void *made, const char *what) {
    if (!made) bench_fail("%s: %s", what, ffi_last_message());
    return made;
}

/* ---- handlers: what the compiled functions do ---- */

typedef int    int_2(int, int);
typedef double mixed_8(int, double, int, double, int, double, int, double);
typedef int    comparison(const void *, const void *);

static void handle_int_2(void *result, const ffi_value *args, void *userdata) {
    int value = args[0].i32 - args[1].i32;
    (void)userdata;
    memcpy(result, &value, sizeof value);
}

static void handle_mixed_8(void *result, const ffi_value *args, void *userdata) {
    double value = (args[0].i32 + 2 * (args[2].i32 + 2 * (args[4].i32 + 2 * args[6].i32))) +
                   (args[1].f64 - args[3].f64) * (args[5].f64 - args[7].f64);
    (void)userdata;
    memcpy(result, &value, sizeof value);
}

static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void handle_comparison(void *result, const ffi_value *args, void *userdata) {
    int value = compare(args[0].ptr, args[1].ptr);
    (void)userdata;
    memcpy(result, &value, sizeof value);
}

#if BENCH_LIBFFI
static void close_int_2(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)result = (ffi_arg)(*(int *)args[0] - *(int *)args[1]);
}

static void close_mixed_8(ffi_cif *cif, void *result, void **args, void *userdata) {
#define I(k) (*(int *)args[k])
#define D(k) (*(double *)args[k])
    (void)cif, (void)userdata;
    *(double *)result = (I(0) + 2 * (I(2) + 2 * (I(4) + 2 * I(6)))) + (D(1) - D(3)) * (D(5) - D(7));
#undef I
#undef D
}

static void close_comparison(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)result = (ffi_arg)compare(*(void **)args[0], *(void **)args[1]);
}

/* A closure of `count` arguments; all are kept until the program ends. */
static void *closure(ffi_type *result, ffi_type **types, unsigned count,
                     void (*handler)(ffi_cif *, void *, void **, void *)) {
    ffi_cif     *cif = calloc(1, sizeof *cif);
    void        *code;
    ffi_closure *made = ffi_closure_alloc(sizeof *made, &code);
    if (!cif || !made || ffi_prep_cif(cif, FFI_DEFAULT_ABI, count, result, types) != FFI_OK ||
        ffi_prep_closure_loc(made, cif, handler, NULL, code) != FFI_OK)
        bench_fail("libffi makes no closure");
    return code;
}

static ffi_type *ints[2]     = {&ffi_type_sint, &ffi_type_sint};
static ffi_type *pointers[2] = {&ffi_type_pointer, &ffi_type_pointer};
static ffi_type *mixed[8]    = {&ffi_type_sint, &ffi_type_double, &ffi_type_sint, &ffi_type_double,
                                &ffi_type_sint, &ffi_type_double, &ffi_type_sint, &ffi_type_double};
#endif

static void *code(ffi_context *context, const char *signature, ffi_handler *handler) {
    return ffi_callback_code(need(ffi_callback_new(context, signature, handler, NULL), signature));
}

/* ---- calls ---- */

/* The compiler may carry nothing from one turn to the next. */
#define LOOP(name, type, result, call)                                                                         \
    static double name(void *data, size_t count) {                                                             \
        type           *f = (type *)(uintptr_t)data;                                                           \
        volatile int    a = 7, b = 2;                                                                          \
        volatile double x     = 0.5;                                                                           \
        result          sum   = 0;                                                                             \
        double          begin = bench_now();                                                                   \
        for (; count; count--) sum = call;                                                                     \
        double took = bench_now() - begin;                                                                     \
        if (sum != (result)(call)) bench_fail("a wrong result");                                               \
        (void)x;                                                                                               \
        return took;                                                                                           \
    }

LOOP(run_int_2, int_2, int, f(a, b))
LOOP(run_mixed_8, mixed_8, double, f(a, x, b, x, a, x, b, x))

/* Each contender's call gives what the compiled function gives. */
static void check(void *native, void *other, bool is_mixed) {
#define AS(type, f) ((type *)(uintptr_t)(f))
    if (is_mixed ? AS(mixed_8, other)(1, 2, 3, 4, 5, 6, 7, 9) != AS(mixed_8, native)(1, 2, 3, 4, 5, 6, 7, 9)
                 : AS(int_2, other)(9, 4) != AS(int_2, native)(9, 4))
        bench_fail("a callback and the compiled function differ");
#undef AS
}

static void compare_calls(const char *what, bench_run *run, void *native, void *ours, void *libffi, double more,
                          const char *target) {
    struct contender c[3]  = {{.who = "C function", .run = run, .data = native},
                              {.who = "ffi_callback", .run = run, .data = ours},
                              {.who = "libffi closure", .run = run, .data = libffi}};
    size_t           count = libffi ? 3 : 2;
    for (size_t i = 1; i < count; i++) check(native, c[i].data, run == run_mixed_8);
    bench_measure(c, count, ROUNDS);
    for (size_t i = 0; i < count; i++) {
        struct row row = bench_row(what, &c[i], &c[0]);
        if (i == 1) row = bench_judged(row, target, row.more <= more);
        bench_print(&row);
    }
}

static void measure_calls(ffi_context *context) {
    void *libffi_int_2 = NULL, *libffi_mixed_8 = NULL;
#if BENCH_LIBFFI
    libffi_int_2   = closure(&ffi_type_sint, ints, 2, close_int_2);
    libffi_mixed_8 = closure(&ffi_type_double, mixed, 8, close_mixed_8);
#endif
    bench_heading("Calls by native code, nanoseconds each", "against the call of a C function by pointer");
    compare_calls("int(2 x int)", run_int_2, (void *)(uintptr_t)callee_int_2,
                  code(context, "int(int, int)", handle_int_2), libffi_int_2, 2, "<= +2 ns");
    compare_calls("double(4 x (int, double))", run_mixed_8, (void *)(uintptr_t)callee_mixed_8,
                  code(context, "double(int, double, int, double, int, double, int, double)", handle_mixed_8),
                  libffi_mixed_8, 4, "<= +4 ns");
}

/* ---- qsort ---- */

enum { NUMBERS = 1000000, QUICK_NUMBERS = 1000 };

/* Nanoseconds for `count` numbers, in an order that is the same each time. */
static double run_qsort(void *data, size_t count) {
    int     *numbers = need(malloc(count * sizeof *numbers), "memory");
    unsigned next    = 1;
    for (size_t i = 0; i < count; i++) numbers[i] = (int)((next = next * 1664525u + 1013904223u) >> 8);
    double begin = bench_now();
    qsort(numbers, count, sizeof *numbers, (comparison *)(uintptr_t)data);
    double took = bench_now() - begin;
    for (size_t i = 1; i < count; i++)
        if (numbers[i - 1] > numbers[i]) bench_fail("it is not sorted");
    free(numbers);
    return took;
}

static void measure_qsort(ffi_context *context) {
    size_t           count      = bench_is_quick() ? QUICK_NUMBERS : NUMBERS;
    struct contender c[3]       = {{"C function", run_qsort, (void *)(uintptr_t)compare, count, 0, 0},
                                   {"ffi_callback", run_qsort,
                                    code(context, "int(const void *, const void *)", handle_comparison), count, 0,
                                    0}};
    size_t           contenders = 2;
#if BENCH_LIBFFI
    c[contenders++] = (struct contender){.who   = "libffi closure",
                                         .run   = run_qsort,
                                         .data  = closure(&ffi_type_sint, pointers, 2, close_comparison),
                                         .count = count};
#endif
    bench_heading("qsort of a million ints, nanoseconds for each", "against comparing by a C function");
    bench_measure(c, contenders, MANY_ROUNDS);
    for (size_t i = 0; i < contenders; i++) {
        struct row row = bench_row("qsort", &c[i], &c[0]);
        bench_print(&row);
    }
}

/* ---- making and freeing ---- */

enum { ALIVE = 1000000, QUICK_ALIVE = 1000 };

struct crowd {
    ffi_context  *context;
    ffi_callback *alive[ALIVE];
};

static double run_make(void *data, size_t count) {
    struct crowd *crowd = data;
    double        begin = bench_now();
    for (size_t i = 0; i < count; i++)
        crowd->alive[i] = ffi_callback_new(crowd->context, "int(int, int)", handle_int_2, NULL);
    double took = bench_now() - begin;
    for (size_t i = 0; i < count; i++) ffi_callback_free(need(crowd->alive[i], "a callback"));
    return took;
}

static double run_free(void *data, size_t count) {
    struct crowd *crowd = data;
    for (size_t i = 0; i < count; i++)
        crowd->alive[i] =
            need(ffi_callback_new(crowd->context, "int(int, int)", handle_int_2, NULL), "a callback");
    double begin = bench_now();
    for (size_t i = 0; i < count; i++) ffi_callback_free(crowd->alive[i]);
    return bench_now() - begin;
}

/* Kilobytes of memory, of which what several mappings share counts once. 0: the system does not tell. */
static size_t proportional_memory(void) {
    FILE  *all = fopen("/proc/self/smaps_rollup", "r");
    char   line[128];
    size_t found = 0;
    while (all && fgets(line, sizeof line, all))
        if (!strncmp(line, "Pss:", 4)) found = strtoul(line + 4, NULL, 10);
    if (all) fclose(all);
    return found;
}

/* Each is called once, so that its code is there as well. */
static void measure_memory(struct crowd *crowd, size_t count) {
    size_t before = proportional_memory();
    for (size_t i = 0; i < count; i++) {
        crowd->alive[i] =
            need(ffi_callback_new(crowd->context, "int(int, int)", handle_int_2, NULL), "a callback");
        if (((int_2 *)(uintptr_t)ffi_callback_code(crowd->alive[i]))(9, 4) != 5) bench_fail("a wrong result");
    }
    double bytes = (double)(proportional_memory() - before) * 1024 / (double)count;
    for (size_t i = 0; i < count; i++) ffi_callback_free(crowd->alive[i]);
    if (!before) {
        bench_left_out("memory of a callback", "the system does not tell");
        return;
    }
    struct row row = {
        .what = "memory", .who = "ffi_callback", .unit = "bytes", .median = bytes, .minimum = bytes};
    row.ratio = row.more = NAN;
    row                  = bench_is_quick() ? row : bench_judged(row, "<= 64 bytes", bytes <= 64);
    bench_print(&row);
}

static void measure_making(void) {
    size_t        count = bench_is_quick() ? QUICK_ALIVE : ALIVE;
    struct crowd *crowd = need(calloc(1, sizeof *crowd), "memory");
    memset(crowd->alive, 1, sizeof crowd->alive);
    crowd->context        = need(ffi_context_new(NULL), "a context");
    struct contender c[2] = {{"ffi_callback_new", run_make, crowd, count, 0, 0},
                             {"ffi_callback_free", run_free, crowd, count, 0, 0}};
    bench_heading("A million alive: nanoseconds to make and to free one; bytes of one with its code", "");
    measure_memory(crowd, count);
    bench_measure(c, 2, MANY_ROUNDS);
    for (size_t i = 0; i < 2; i++) {
        struct row row = bench_judged(bench_row("a million alive", &c[i], NULL), "< 200 ns", c[i].median < 200);
        bench_print(&row);
    }
    ffi_context_free(crowd->context);
    free(crowd);
}

/* ---- threads ---- */

enum { MAX_THREADS = 4, CALLS = 1000000, QUICK_CALLS = 1000 };

struct crew {
    int_2        *f;
    size_t        threads, calls;
    atomic_size_t started;
};

static void *run_member(void *data) {
    struct crew *crew = data;
    atomic_fetch_add(&crew->started, 1);
    while (atomic_load(&crew->started) < crew->threads) sched_yield();
    volatile int a = 7, b = 2;
    for (size_t i = crew->calls; i; i--)
        if (crew->f(a, b) != 5) bench_fail("a wrong result");
    return NULL;
}

static double run_crew(void *data, size_t count) {
    struct crew *crew = data;
    pthread_t    threads[MAX_THREADS];
    crew->calls = count;
    atomic_store(&crew->started, 0);
    double begin = bench_now();
    for (size_t i = 0; i < crew->threads; i++)
        if (pthread_create(&threads[i], NULL, run_member, crew)) bench_fail("cannot make a thread");
    for (size_t i = 0; i < crew->threads; i++) pthread_join(threads[i], NULL);
    return bench_now() - begin;
}

static void measure_threads(ffi_context *context) {
    int_2    *ours  = (int_2 *)(uintptr_t)code(context, "int(int, int)", handle_int_2);
    size_t    calls = bench_is_quick() ? QUICK_CALLS : CALLS;
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    bench_heading("One callback called by 1, 2 and 4 threads, nanoseconds for a call of each",
                  "against one thread; ratio: how many times its calls are done, by the minima");
    struct crew crews[3] = {{.f = ours, .threads = 1}, {.f = ours, .threads = 2}, {.f = ours, .threads = 4}};
    struct contender c[3];
    for (size_t i = 0; i < 3; i++)
        c[i] = (struct contender){.who = "ffi_callback", .run = run_crew, .data = &crews[i], .count = calls};
    bench_measure(c, 3, 2 * MANY_ROUNDS + 1);
    for (size_t i = 0; i < 3; i++) {
        char what[64], target[64];
        snprintf(what, sizeof what, "%zu thread%s", crews[i].threads, crews[i].threads > 1 ? "s" : "");
        snprintf(target, sizeof target, ">= 80 %% of %zux", crews[i].threads);
        struct row row = bench_row(what, &c[i], &c[0]);
        row.ratio      = (double)crews[i].threads * c[0].minimum / c[i].minimum;
        row.more       = c[i].minimum - c[0].minimum;
        if (i && crews[i].threads <= (size_t)CPU_COUNT(&cpus))
            row = bench_judged(row, target, row.ratio >= 0.8 * (double)crews[i].threads);
        bench_print(&row);
    }
}

int main(int argc, char **argv) {
    bench_begin(argc, argv, "What does a callback cost?", false);
    ffi_context *context = need(ffi_context_new(NULL), "a context");
#if !BENCH_LIBFFI
    bench_left_out("libffi", "it was not there when this was compiled (package libffi-dev)");
#endif
    measure_calls(context);
    measure_qsort(context);
    measure_making();
    measure_threads(context);
    ffi_context_free(context);
    return bench_end();
}
