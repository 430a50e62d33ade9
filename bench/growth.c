/* SPDX-License-Identifier: MIT */
/*
 * What grows with a program: the cost of one more function among those that are bound, of one more callback
 * among those that are alive, of one more declared name, of a look-up among names; nanoseconds each, against
 * the number in `way`. A process measures each once, because memory that was used before is not new: these are
 * figures, not rounds.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "libffi.h"
#include "sum.h"
#include "system.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST         = 1000,
    MOST          = 1000000,
    MOST_NAMES    = 100000,
    MOST_CLOSURES = 100000,
    QUICK_MOST    = 2000,
    LOOKUPS       = 20000
};

/* Makes `most` of something, and prints what one took between one power of ten and the next, at the later one.
 */
typedef void make_one(void *data, size_t number);

static void grow(const struct row *row, const char *who, make_one *make, void *data, size_t most) {
    double begin = system_now();
    size_t done = 0, from = 0;
    if (bench_is_quick() && most > QUICK_MOST) most = QUICK_MOST;
    for (size_t to = LEAST; to <= most; to *= 10) {
        struct row at = *row;
        char       number[32];
        for (; done < to; done++) make(data, done);
        double now = system_now();
        snprintf(number, sizeof number, "%zu", to);
        at.way = number;
        bench_value(&at, who, "ns", (now - begin) / (double)(to - from));
        begin = system_now(), from = to;
    }
}

/* ---- functions ---- */

static void make_function(void *data, size_t number) {
    (void)number;
    need(ffi_function_new(data, (void *)(uintptr_t)add, "int(int, int)"));
}

static void grow_functions(const struct row *row) {
    ffi_context *context = need(ffi_context_new(NULL));
    grow(row, "ffi_function_new", make_function, context, MOST);
    ffi_context_free(context);
}

/* ---- callbacks: each is called once, so that its code is there as well ---- */

static void call_code(void *code) {
    if (((int (*)(int, int))(uintptr_t)code)(9, 4) != 13) bench_fail("a wrong result");
}

static void make_callback(void *data, size_t number) {
    (void)number;
    call_code(ffi_callback_code(need(ffi_callback_new(data, "int(int, int)", handle, NULL))));
}

static void close_add(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)userdata;
    *(ffi_arg *)result = (ffi_arg)(*(int *)args[0] + *(int *)args[1]);
}

static void make_closure(void *data, size_t number) {
    static ffi_cif   cif;
    static ffi_type  i32    = {4, 4, FFI_TYPE_SINT32, NULL};
    static ffi_type *both[] = {&i32, &i32};

    const struct libffi *library = data;
    void                *code;
    if (!number) library->prep_cif(&cif, FFI_DEFAULT_ABI, 2, &i32, both);
    ffi_closure *closure = bench_need(library->closure_alloc(sizeof *closure, &code), "a closure");
    library->prep_closure(closure, &cif, close_add, NULL, code);
    call_code(code);
}

static void grow_callbacks(const struct row *row) {
    struct libffi *libraries[] = {&libffi_machine, &libffi_newest};
    ffi_context   *context     = need(ffi_context_new(NULL));
    char           text[256];
    grow(row, "ffi_callback_new", make_callback, context, MOST);
    for (size_t i = 0; i < countof(libraries) && bench_has_peers(); i++)
        if (libffi_open(libraries[i], text, sizeof text))
            grow(row, libraries[i]->who, make_closure, libraries[i], MOST_CLOSURES);
    ffi_context_free(context);
}

/* ---- declared names: a struct and a function each, in texts of 100 ---- */

static void make_names(void *data, size_t number) {
    char text[100 * 96];
    int  length = 0;
    if (number % 100) return;
    for (size_t i = number; i < number + 100; i++)
        length += sprintf(text + length, "struct s%zu { int a; double b; };\nint f%zu(struct s%zu *, int);\n",
                          i, i, i);
    if (ffi_declare(data, text)) bench_fail("%s", ffi_last_message());
}

static void grow_names(const struct row *row) {
    ffi_context *context = need(ffi_context_new(NULL));
    grow(row, "ffi_declare", make_names, context, MOST_NAMES);
    ffi_context_free(context);
}

/* ---- look-ups at random, in libraries of so many names; all are cached ---- */

static void look_up(const struct row *row, size_t names, const char *path) {
    const volatile void *sink;
    ffi_context         *context = need(ffi_context_new(NULL));
    ffi_library         *library = need(ffi_library_open(context, path, 0));
    char(*order)[16]             = bench_need(calloc(LOOKUPS, sizeof *order), "names");
    unsigned   state             = 1;
    char       number[32];
    struct row at = *row;
    for (size_t i = 0; i < LOOKUPS; i++)
        snprintf(order[i], sizeof order[i], "f%u",
                 (state = state * 1664525 + 1013904223) / 64 % (unsigned)names);
    double took = 0;
    for (int pass = 0; pass < 3; pass++) {
        double begin = system_now();
        for (size_t i = 0; i < LOOKUPS; i++) sink = ffi_library_symbol(library, order[i]);
        took = system_now() - begin;
    }
    (void)sink;
    snprintf(number, sizeof number, "%zu", names);
    at.way = number;
    bench_value(&at, "ffi_library_symbol", "ns", took / LOOKUPS);
    free(order);
    ffi_context_free(context);
}

static void grow_symbols(const struct row *row) {
    const char *folder = getenv("BENCH_FOLDER");
    char        path[512];
    for (size_t names = 1000; names <= 1000000; names *= 10) {
        snprintf(path, sizeof path, "%s/names_%zu.so", folder ? folder : ".", names);
        void *there = dlopen(path, RTLD_NOW);
        if (there) look_up(row, names, path), dlclose(there);
        else bench_left_out(row->what, "%s: not there; make bench makes it", path);
    }
}

BENCH_GROUP(growth) {
    const struct {
        const char *what;
        void (*measure)(const struct row *);
    } rows[] = {{"one more function bound", grow_functions},
                {"one more callback alive", grow_callbacks},
                {"one more struct and function declared", grow_names},
                {"one symbol looked up again", grow_symbols}};
    for (size_t i = 0; i < countof(rows); i++)
        bench_add((struct row){.group   = "growth",
                               .what    = rows[i].what,
                               .way     = "",
                               .measure = rows[i].measure,
                               .flags   = ONLY_TIMED | ONLY_ONCE});
}
