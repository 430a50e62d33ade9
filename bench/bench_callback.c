/* SPDX-License-Identifier: MIT */
/*
 * What does a callback cost? The C loop of each shape (shape.h) calls a function pointer that is the compiled
 * function, one of our callbacks, a libffi closure. The handlers read each argument and write the result by the
 * member of its own type. qsort sorts through each; callbacks are made and freed by the million; and several
 * threads call one.
 *
 * Usage: bench_callback [options] [PATTERN]: as of bench_call; the other names are "qsort", "a million alive"
 * and "threads".
 */
#define _GNU_SOURCE
#include "bench.h"
#include "shape.h"

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

/* ---- code ---- */

static void *code(const ffi_callback *callback) {
    if (!callback) bench_fail("%s", ffi_last_message());
    return ffi_callback_code(callback);
}

#if BENCH_LIBFFI
/* All closures are kept until the program ends. */
static void *closure(ffi_cif *cif, closure_handler *handler) {
    void        *code;
    ffi_closure *made = ffi_closure_alloc(sizeof *made, &code);
    if (!made || ffi_prep_closure_loc(made, cif, handler, NULL, code) != FFI_OK)
        bench_fail("libffi makes no closure");
    return code;
}
#endif

/* ---- calls ---- */

/* A shape's C loop, which calls what `call.address` is. */
struct caller {
    loop       *run;
    struct call call;
};

static double run_caller(void *data, size_t count) {
    const struct caller *caller = data;
    double               begin  = bench_now();
    caller->run(&caller->call, count);
    return bench_now() - begin;
}

/* Each contender's call gives what the C function gives. */
static void check(const struct shape *shape, const struct contender *native, const struct contender *other) {
    unsigned char wanted[sizeof(union datum)];
    size_t        size   = shape->result_size;
    void         *result = shape->call.result;
    memset(result, 0x5a, size);
    native->run(native->data, 1);
    memcpy(wanted, result, size);
    memset(result, 0x5a, size);
    other->run(other->data, 1);
    if (memcmp(result, wanted, size))
        bench_fail("%s of %s gives another result than the C function", other->who, shape->name);
}

static struct row judged(const struct shape *shape, struct row row) {
    switch (shape->aim) {
    case AIM_REGISTERS:
    case AIM_NARROW: return bench_judged(row, "<= 1.7x", row.ratio <= 1.7);
    case AIM_STACK: return bench_judged(row, "<= 2.5x", row.ratio <= 2.5);
    default: return bench_judged(row, "<= 3x", row.ratio <= 3);
    }
}

static void compare_callers(ffi_context *context, const struct shape *shape) {
    const ffi_ctype *signature = ffi_function_signature(shape->call.function);
    ffi_callback    *callback  = ffi_callback_typed(context, signature, shape->handler, NULL);
    struct caller    callers[] = {{shape->c, shape->call}, {shape->c, shape->call}, {shape->c, shape->call}};
    struct contender c[]       = {{.who = "C function", .run = run_caller, .data = &callers[0]},
                                  {.who = "ffi_callback", .run = run_caller, .data = &callers[1]},
                                  {.who = "libffi closure", .run = run_caller, .data = &callers[2]}};
    size_t           count     = 2;
    callers[1].call.address    = (void (*)(void))(uintptr_t)code(callback);
#if BENCH_LIBFFI
    callers[2].call.address = (void (*)(void))(uintptr_t)closure(shape->call.cif, shape->closure);
    count                   = 3;
#endif
    for (size_t i = 1; i < count; i++) check(shape, &c[0], &c[i]);
    bench_measure(c, count, ROUNDS);
    for (size_t i = 0; i < count; i++) {
        struct row row = bench_row(shape->name, &c[i], &c[0]);
        if (i == 1) row = judged(shape, row);
        bench_print(&row);
    }
    ffi_callback_free(callback);
}

/* A handler has no arguments after `...`, and a chain or errno tells nothing about a callback. */
static bool is_called_back(const struct shape *shape) {
    return shape->aim != AIM_CHAIN && shape->aim != AIM_ERRNO &&
           !ffi_type_is_variadic(ffi_function_signature(shape->call.function)) && bench_wanted(shape->name);
}

static void measure_calls(ffi_context *context) {
    bench_heading("Calls by native code, nanoseconds each", "against the call of a C function by pointer");
    for (size_t i = 0; i < shape_count; i++)
        if (is_called_back(&shapes[i])) compare_callers(context, &shapes[i]);
}

/* ---- qsort ---- */

enum { NUMBERS = 1000000, QUICK_NUMBERS = 1000 };

typedef int comparison(const void *, const void *);

static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void handle_comparison(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = compare(args[0].ptr, args[1].ptr);
}

#if BENCH_LIBFFI
static void close_comparison(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)result = (ffi_arg)compare(*(void **)args[0], *(void **)args[1]);
}

static void *comparing_closure(void) {
    static ffi_cif   cif;
    static ffi_type *pointers[2] = {&ffi_type_pointer, &ffi_type_pointer};
    if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, pointers) != FFI_OK)
        bench_fail("libffi cannot prepare a comparison");
    return closure(&cif, close_comparison);
}
#endif

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
    size_t           count = bench_is_quick() ? QUICK_NUMBERS : NUMBERS;
    struct contender c[3]  = {
         {"C function", run_qsort, (void *)(uintptr_t)compare, count, 0, 0},
         {"ffi_callback", run_qsort,
          code(ffi_callback_new(context, "int(const void *, const void *)", handle_comparison, NULL)), count, 0,
          0}};
    size_t contenders = 2;
#if BENCH_LIBFFI
    c[contenders++] = (struct contender){
        .who = "libffi closure", .run = run_qsort, .data = comparing_closure(), .count = count};
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

typedef int int_2(int, int);

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
    int_2    *ours  = (int_2 *)(uintptr_t)code(ffi_callback_new(context, "int(int, int)", handle_int_2, NULL));
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
    int at = bench_begin(argc, argv, "What does a callback cost?", false);
    if (at < argc) setenv("BENCH_FILTER", argv[at], 1);
    ffi_context *context = need(ffi_context_new(NULL), "a context");
#if !BENCH_LIBFFI
    bench_left_out("libffi", "it was not there when this was compiled (package libffi-dev)");
#endif
    shapes_prepare(context);
    measure_calls(context);
    if (bench_wanted("qsort")) measure_qsort(context);
    if (bench_wanted("a million alive")) measure_making();
    if (bench_wanted("threads")) measure_threads(context);
    ffi_context_free(context);
    return bench_end();
}
