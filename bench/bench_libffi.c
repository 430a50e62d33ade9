/* SPDX-License-Identifier: MIT */
/*
 * What does libffi's interface cost? libffi.so.8 of ours, the machine's, and the one that LIBFFI_NEWEST names,
 * each loaded by its path, in one process: calls, the preparing of cifs, closures.
 *
 * Usage: bench_libffi [options] OURS [PATTERN]
 */
#define _GNU_SOURCE
#include "bench.h"

#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/libffi/ffi.h"

enum { ROUNDS = 101, LIBRARIES = 3, MOST = 10 };

/* ---- the libraries ---- */

struct library {
    const char *who;
    ffi_status (*prep_cif)(ffi_cif *, ffi_abi, unsigned, ffi_type *, ffi_type **);
    void (*call)(ffi_cif *, void (*)(void), void *, void **);
    void *(*closure_alloc)(size_t, void **);
    void (*closure_free)(void *);
    ffi_status (*prep_closure)(ffi_closure *, ffi_cif *, void (*)(ffi_cif *, void *, void **, void *), void *,
                               void *);
};

static struct library libraries[LIBRARIES];
static size_t         nlibraries;

/* In the order of rows; one that is found by its name has to be loaded before others of that name. */
static void use_library(const char *who, void *handle) {
    if (!handle) return;
    struct library *library                   = &libraries[nlibraries++];
    library->who                              = who;
    *(void **)(void *)&library->prep_cif      = dlsym(handle, "ffi_prep_cif");
    *(void **)(void *)&library->call          = dlsym(handle, "ffi_call");
    *(void **)(void *)&library->closure_alloc = dlsym(handle, "ffi_closure_alloc");
    *(void **)(void *)&library->closure_free  = dlsym(handle, "ffi_closure_free");
    *(void **)(void *)&library->prep_closure  = dlsym(handle, "ffi_prep_closure_loc");
}

/* ---- what is called ---- */

struct point {
    double x, y;
};
struct mixed {
    long   a;
    double b;
};
struct wide {
    long words[8];
};

static void nothing(void) {
}
static int add(int a, int b) {
    return a + b;
}
static int64_t six(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
    return a + b + c + d + e + f;
}
static double three(double a, double b, double c) {
    return a + b + c;
}
static double pairs(int a, double b, int c, double d, int e, double f, int g, double h) {
    return a + b + c + d + e + f + g + h;
}
static int64_t ten(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h,
                   int64_t i, int64_t j) {
    return a + b + c + d + e + f + g + h + i + j;
}
static int8_t narrow(int8_t a, int8_t b) {
    return (int8_t)(a + b);
}
static struct point move(struct point a, struct point b) {
    return (struct point){a.x + b.x, a.y + b.y};
}
static struct wide widen(struct wide a) {
    return a.words[0]++, a;
}
static struct mixed mix(struct mixed a) {
    return a.a++, a;
}
static long double longer(long double a) {
    return a + 1;
}

static const ffi_type i8 = {1, 1, FFI_TYPE_SINT8, NULL}, i32 = {4, 4, FFI_TYPE_SINT32, NULL},
                      i64 = {8, 8, FFI_TYPE_SINT64, NULL}, f64 = {8, 8, FFI_TYPE_DOUBLE, NULL},
                      none = {1, 1, FFI_TYPE_VOID, NULL},
                      f80  = {sizeof(long double), _Alignof(long double), FFI_TYPE_LONGDOUBLE, NULL};

#define T(name) (ffi_type *)(uintptr_t)&name

static ffi_type *in_point[] = {T(f64), T(f64), NULL}, *in_mixed[] = {T(i64), T(f64), NULL},
                *in_wide[] = {T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), NULL};
static ffi_type point = {0, 0, FFI_TYPE_STRUCT, in_point}, mixed = {0, 0, FFI_TYPE_STRUCT, in_mixed},
                wide = {0, 0, FFI_TYPE_STRUCT, in_wide};

static const struct shape {
    const char *what;
    void (*function)(void);
    ffi_type *result, *types[MOST];
} shapes[] = {
    {"void()", nothing, T(none), {NULL}},
    {"int(int,int)", (void (*)(void))add, T(i32), {T(i32), T(i32)}},
    {"i64(6 x i64)", (void (*)(void))six, T(i64), {T(i64), T(i64), T(i64), T(i64), T(i64), T(i64)}},
    {"double(3 x double)", (void (*)(void))three, T(f64), {T(f64), T(f64), T(f64)}},
    {"double(4 x (int,double))",
     (void (*)(void))pairs,
     T(f64),
     {T(i32), T(f64), T(i32), T(f64), T(i32), T(f64), T(i32), T(f64)}},
    {"i64(10 x i64)",
     (void (*)(void))ten,
     T(i64),
     {T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64), T(i64)}},
    {"i8(i8,i8)", (void (*)(void))narrow, T(i8), {T(i8), T(i8)}},
    {"point(point,point)", (void (*)(void))move, &point, {&point, &point}},
    {"wide(wide), 64 bytes", (void (*)(void))widen, &wide, {&wide}},
    {"mixed(mixed)", (void (*)(void))mix, &mixed, {&mixed}},
    {"long double(long double)", (void (*)(void))longer, T(f80), {T(f80)}},
};

/* ---- runs ---- */

struct subject {
    const struct library *library;
    const struct shape   *shape;
    ffi_cif               cif;
    void                 *arguments[MOST], *code;
};

static _Alignas(16) char values[MOST][64], result[64];

static unsigned count_of(const struct shape *shape) {
    unsigned count = 0;
    while (count < MOST && shape->types[count]) count++;
    return count;
}

static ffi_status prepare(struct subject *subject) {
    return subject->library->prep_cif(&subject->cif, FFI_DEFAULT_ABI, count_of(subject->shape),
                                      subject->shape->result, (ffi_type **)(uintptr_t)subject->shape->types);
}

static double run_call(void *data, size_t count) {
    struct subject *subject = data;
    double          begin   = bench_now();
    for (size_t i = 0; i < count; i++)
        subject->library->call(&subject->cif, subject->shape->function, result, subject->arguments);
    return bench_now() - begin;
}

static double run_prepare(void *data, size_t count) {
    struct subject *subject = data;
    double          begin   = bench_now();
    for (size_t i = 0; i < count; i++) prepare(subject);
    return bench_now() - begin;
}

static double run_both(void *data, size_t count) {
    struct subject *subject = data;
    double          begin   = bench_now();
    for (size_t i = 0; i < count; i++) {
        prepare(subject);
        subject->library->call(&subject->cif, subject->shape->function, result, subject->arguments);
    }
    return bench_now() - begin;
}

static void handle_int(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)to = (ffi_arg)(*(int *)arguments[0] + *(int *)arguments[1]);
}

static void handle_pairs(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    double sum = 0;
    (void)cif, (void)userdata;
    for (int i = 0; i < 8; i += 2) sum += *(int *)arguments[i] + *(double *)arguments[i + 1];
    *(double *)to = sum;
}

static void handle_point(ffi_cif *cif, void *to, void **arguments, void *userdata) {
    const struct point *a = arguments[0], *b = arguments[1];
    (void)cif, (void)userdata;
    *(struct point *)to = (struct point){a->x + b->x, a->y + b->y};
}

static double run_int(void *data, size_t count) {
    int (*code)(int, int) = (int (*)(int, int))(uintptr_t)((struct subject *)data)->code;
    double       begin    = bench_now();
    volatile int sum      = 0;
    for (size_t i = 0; i < count; i++) sum = code(sum, 2);
    return bench_now() - begin;
}

static double run_pairs(void *data, size_t count) {
    double (*code)(int, double, int, double, int, double, int, double) =
        (double (*)(int, double, int, double, int, double, int, double))(uintptr_t)((struct subject *)data)
            ->code;
    double          begin = bench_now();
    volatile double sum   = 0;
    for (size_t i = 0; i < count; i++) sum = code(1, 2, 3, 4, 5, 6, 7, 8);
    (void)sum;
    return bench_now() - begin;
}

static double run_point(void *data, size_t count) {
    struct point (*code)(struct point, struct point) =
        (struct point(*)(struct point, struct point))(uintptr_t)((struct subject *)data)->code;
    struct point at    = {1, 2};
    double       begin = bench_now();
    for (size_t i = 0; i < count; i++) at = code(at, (struct point){1, 1});
    *(struct point *)(void *)result = at;
    return bench_now() - begin;
}

static double run_closure(void *data, size_t count) {
    struct subject *subject = data;
    double          begin   = bench_now();
    for (size_t i = 0; i < count; i++) {
        void        *code;
        ffi_closure *closure = subject->library->closure_alloc(sizeof *closure, &code);
        subject->library->prep_closure(closure, &subject->cif, handle_int, NULL, code);
        subject->library->closure_free(closure);
    }
    return bench_now() - begin;
}

/* ---- rows ---- */

/* `most`: what ours may cost, as a part of the newest's. */
static void measure(const struct shape *shape, const char *title, bench_run *run,
                    void (*handler)(ffi_cif *, void *, void **, void *), double most, const char *target) {
    struct subject   subjects[LIBRARIES];
    struct contender contenders[LIBRARIES];
    char             what[80];
    snprintf(what, sizeof what, "%s %s", title, shape->what);
    if (!bench_wanted(what)) return;
    for (size_t i = 0; i < nlibraries; i++) {
        subjects[i] = (struct subject){.library = &libraries[i], .shape = shape};
        for (int k = 0; k < MOST; k++) subjects[i].arguments[k] = values[k];
        if (prepare(&subjects[i]) != FFI_OK) bench_fail("%s cannot prepare %s", libraries[i].who, shape->what);
        ffi_closure *closure = handler ? libraries[i].closure_alloc(sizeof *closure, &subjects[i].code) : NULL;
        if (closure) libraries[i].prep_closure(closure, &subjects[i].cif, handler, NULL, subjects[i].code);
        contenders[i] = (struct contender){.who = libraries[i].who, .run = run, .data = &subjects[i]};
    }
    bench_measure(contenders, nlibraries, ROUNDS);
    const struct contender *newest = &contenders[nlibraries - 1];
    for (size_t i = 0; i < nlibraries; i++) {
        double     ratio = i < nlibraries - 1 ? contenders[i].minimum / newest->minimum : NAN;
        struct row row   = {.what    = what,
                            .who     = contenders[i].who,
                            .unit    = "ns",
                            .median  = contenders[i].median,
                            .minimum = contenders[i].minimum,
                            .ratio   = ratio,
                            .more    = NAN};
        if (i == 0 && nlibraries > 1)
            row.target = target, row.verdict = ratio <= most ? VERDICT_MET : VERDICT_MISSED;
        bench_print(&row);
    }
}

int main(int argc, char **argv) {
    int first = bench_begin(argc, argv, "What does libffi's interface cost?", true);
    if (first >= argc) bench_fail("usage: bench_libffi [options] OURS");
    const char *path    = getenv("LIBFFI_NEWEST");
    void       *machine = dlopen("libffi.so.8", RTLD_NOW | RTLD_LOCAL),
         *ours          = dlopen(argv[first], RTLD_NOW | RTLD_LOCAL);
    if (!ours) bench_fail("%s", dlerror());
    use_library("ours", ours);
    use_library("libffi", machine);
    use_library("newest", path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL);
    for (int i = 0; i < MOST; i++) values[i][0] = (char)i; /* small integers, and doubles that are none */
    bench_heading("ffi_call", "x the last");
    for (size_t i = 0; i < countof(shapes); i++) measure(&shapes[i], "call", run_call, NULL, 0.5, "0.5");
    bench_heading("ffi_prep_cif", "x the last");
    for (size_t i = 0; i < countof(shapes); i++)
        measure(&shapes[i], "prepare", run_prepare, NULL, INFINITY, NULL);
    bench_heading("ffi_prep_cif and ffi_call", "x the last");
    for (size_t i = 0; i < countof(shapes); i++) measure(&shapes[i], "both", run_both, NULL, 1, "1");
    bench_heading("closures", "x the last");
    measure(&shapes[1], "closure", run_int, handle_int, 1, "1");
    measure(&shapes[4], "closure", run_pairs, handle_pairs, 1, "1");
    measure(&shapes[7], "closure", run_point, handle_point, 1, "1");
    measure(&shapes[1], "alloc, prepare, free", run_closure, NULL, 1, "1");
    return bench_end();
}
