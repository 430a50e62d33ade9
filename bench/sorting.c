/* SPDX-License-Identifier: MIT */
/* qsort of many ints, which compares by a C function, a callback, libffi's closures: nanoseconds for each
 * number. */
#include "bench.h"
#include "libffi.h"

#include <stdlib.h>

enum { NUMBERS = 1000000, SEVERAL = 100000, QUICK_NUMBERS = 1000 };

typedef int comparison(const void *, const void *);

static int compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = compare(args[0].ptr, args[1].ptr);
}

static void close_compare(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)result = (ffi_arg)compare(*(void **)args[0], *(void **)args[1]);
}

static comparison *closure(struct libffi *library) {
    static ffi_cif   cif;
    static ffi_type  i32 = {4, 4, FFI_TYPE_SINT32, NULL}, pointer = {8, 8, FFI_TYPE_POINTER, NULL};
    static ffi_type *both[] = {&pointer, &pointer};
    void            *code;
    library->prep_cif(&cif, FFI_DEFAULT_ABI, 2, &i32, both);
    ffi_closure *made = bench_need(library->closure_alloc(sizeof *made, &code), "a closure");
    library->prep_closure(made, &cif, close_compare, NULL, code);
    return (comparison *)(uintptr_t)code;
}

/* In an order that is the same each time. */
static double run_qsort(void *data, size_t count) {
    int     *numbers = bench_need(malloc(count * sizeof *numbers), "numbers");
    unsigned next    = 1;
    for (size_t i = 0; i < count; i++) numbers[i] = (int)((next = next * 1664525u + 1013904223u) >> 8);
    bench_start();
    qsort(numbers, count, sizeof *numbers, (comparison *)(uintptr_t)data);
    double took = bench_stop();
    for (size_t i = 1; i < count; i++)
        if (numbers[i - 1] > numbers[i]) bench_fail("it is not sorted");
    free(numbers);
    return took;
}

static void measure(const struct row *row) {
    struct libffi *libraries[] = {&libffi_machine, &libffi_newest};
    ffi_context   *context     = bench_need(ffi_context_new(NULL), "a context");
    ffi_callback  *ours        = ffi_callback_new(context, "int(const void *, const void *)", handle, NULL);
    size_t         count = 2, numbers = bench_is_quick() ? QUICK_NUMBERS : row->data ? NUMBERS : SEVERAL;
    char           text[256];
    bench_need(ours, "a callback");
    struct contender them[4] = {
        {.who = "C", .run = run_qsort, .data = (void *)(uintptr_t)compare, .count = numbers},
        {.who = "ffi_invoke", .run = run_qsort, .data = ffi_callback_code(ours), .count = numbers}};
    for (size_t i = 0; i < countof(libraries) && bench_has_peers(); i++)
        if (libffi_open(libraries[i], text, sizeof text))
            them[count++] = (struct contender){.who   = libraries[i]->who,
                                               .run   = run_qsort,
                                               .data  = (void *)(uintptr_t)closure(libraries[i]),
                                               .count = numbers};
    bench_measure(row, them, count);
    ffi_context_free(context);
}

BENCH_GROUP(sorting) {
    static char million;
    bench_add((struct row){
        .group = "callbacks", .what = "qsort", .way = "100,000", .measure = measure, .flags = ONLY_TIMED});
    bench_add((struct row){.group   = "callbacks",
                           .what    = "qsort",
                           .way     = "1,000,000",
                           .measure = measure,
                           .data    = &million,
                           .flags   = ONLY_TIMED});
}
