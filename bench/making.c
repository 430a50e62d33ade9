/* SPDX-License-Identifier: MIT */
/*
 * What comes before a call: types from text, functions, callbacks, contexts, libraries, declared headers;
 * beside what libffi and the system's loader take for the same. BENCH_FOLDER has a library names_1000.so that
 * exports f0 to f999, and sqlite3.i, what `cc -E` makes of sqlite3.h.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "libffi.h"
#include "sum.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 4000, NAMES = 1000 };

static struct {
    ffi_context         *context;
    const ffi_ctype     *type;
    char                 texts[TEXTS][64]; /* signatures, all different */
    size_t               at;
    char                 path[512], name[NAMES][8];
    void                *loaded;
    ffi_library         *library;
    ffi_cif              cif;
    ffi_type             i32, *types[2];
    const volatile void *sink;
} it;

/* Numbers 0 to 10,000 as four types each. */
static void write_text(char *text, size_t size, size_t number) {
    static const char *const types[] = {"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"};
    snprintf(text, size, "void(%s, %s, %s, %s)", types[number / 1000 % 10], types[number / 100 % 10],
             types[number / 10 % 10], types[number % 10]);
}

static void prepare(void) {
    const char *folder = getenv("BENCH_FOLDER");
    if (it.context) return;
    it.context  = need(ffi_context_new(NULL));
    it.type     = need((void *)(uintptr_t)ffi_type_parse(it.context, "int(int, int)"));
    it.i32      = (ffi_type){4, 4, FFI_TYPE_SINT32, NULL};
    it.types[0] = it.types[1] = &it.i32;
    for (size_t i = 0; i < TEXTS; i++) {
        write_text(it.texts[i], sizeof it.texts[i], i);
        need((void *)(uintptr_t)ffi_type_parse(it.context, it.texts[i]));
        ffi_function_free(need(ffi_function_new(it.context, (void *)(uintptr_t)add, it.texts[i])));
    }
    for (size_t i = 0; i < NAMES; i++) snprintf(it.name[i], sizeof it.name[i], "f%zu", i);
    snprintf(it.path, sizeof it.path, "%s/names_1000.so", folder ? folder : ".");
    it.loaded = dlopen(it.path, RTLD_NOW);
    if (it.loaded) it.library = need(ffi_library_open(it.context, it.path, 0));
}

/* ---- one operation each ---- */

/* clang-format off */
#define RUN(name, what) \
    static double run_##name(void *data, size_t count) { \
        (void)data; \
        bench_start(); \
        for (size_t i = 0; i < count; i++) { what; } \
        return bench_stop(); \
    }
/* clang-format on */

static void *const address = (void *)(uintptr_t)add;

RUN(parse, it.sink = ffi_type_parse(it.context, "int(int, int)"))
/* A runtime that binds a program's imports gives the same texts again: 4, 64 or 4,000 in turn. */
static double run_texts(void *data, size_t count) {
    size_t texts = *(const size_t *)data;
    bench_start();
    for (size_t i = 0, at = 0; i < count; i++) {
        it.sink = ffi_type_parse(it.context, it.texts[at]);
        if (++at == texts) at = 0;
    }
    return bench_stop();
}

RUN(function, ffi_function_free(need(ffi_function_new(it.context, address, "int(int, int)"))))
RUN(typed, ffi_function_free(need(ffi_function_typed(it.context, address, it.type))))
RUN(four, ffi_function_free(need(ffi_function_new(it.context, address, it.texts[i % 4]))))
RUN(many, ffi_function_free(need(ffi_function_new(it.context, address, it.texts[it.at++ % TEXTS]))))
RUN(context, ffi_context_free(need(ffi_context_new(NULL))))
RUN(callback, ffi_callback_free(need(ffi_callback_new(it.context, "int(int, int)", handle, NULL))))
RUN(dlsym, it.sink = dlsym(it.loaded, it.name[i % NAMES]))
RUN(symbol, it.sink = ffi_library_symbol(it.library, it.name[i % NAMES]))
RUN(library_function,
    ffi_function_free(need(ffi_library_function(it.library, it.name[i % NAMES], "int(int, int)"))))
RUN(dlopen, dlclose(dlopen("libz.so.1", RTLD_NOW)))
RUN(open, ffi_library_close(need(ffi_library_open(it.context, "libz.so.1", 0))))
RUN(open_bare, ffi_library_close(need(ffi_library_open(it.context, "z", 0))))

/* Each text is new to a context, which is made anew when all have been used. */
static double run_new(void *data, size_t count) {
    static ffi_context *context;
    static size_t       used = TEXTS;
    (void)data;
    if (used + count > TEXTS) {
        ffi_context_free(context);
        context = need(ffi_context_new(NULL));
        used    = 0;
    }
    if (count > TEXTS) count = TEXTS;
    bench_start();
    for (size_t i = 0; i < count; i++)
        ffi_function_free(need(ffi_function_new(context, address, it.texts[used++])));
    return bench_stop();
}

static double run_cif(void *data, size_t count) {
    const struct libffi *library = data;
    bench_start();
    for (size_t i = 0; i < count; i++) library->prep_cif(&it.cif, FFI_DEFAULT_ABI, 2, &it.i32, it.types);
    return bench_stop();
}

static void close_nothing(ffi_cif *cif, void *result, void **args, void *userdata) {
    (void)cif, (void)args, (void)userdata;
    *(ffi_arg *)result = 0;
}

static double run_closure(void *data, size_t count) {
    const struct libffi *library = data;
    library->prep_cif(&it.cif, FFI_DEFAULT_ABI, 2, &it.i32, it.types);
    bench_start();
    for (size_t i = 0; i < count; i++) {
        void        *code;
        ffi_closure *closure = bench_need(library->closure_alloc(sizeof *closure, &code), "a closure");
        library->prep_closure(closure, &it.cif, close_nothing, NULL, code);
        library->closure_free(closure);
    }
    return bench_stop();
}

/* The whole header, each time in a new context. */
static double run_declare(void *data, size_t count) {
    double took = 0;
    for (; count; count--) {
        ffi_context *context = need(ffi_context_new(NULL));
        bench_start();
        if (ffi_declare(context, data)) bench_fail("%s", ffi_last_message());
        took += bench_stop();
        ffi_context_free(context);
    }
    return took;
}

/* ---- rows ---- */

static void measure_list(const struct row *row, const struct contender *contenders) {
    size_t count = 0;
    while (contenders[count].who) count++;
    bench_measure(row, contenders, count);
}

static void measure_making(const struct row *row) {
    const struct contender *contenders = row->data;
    prepare();
    measure_list(row, contenders);
}

static void measure_in_library(const struct row *row) {
    prepare();
    if (it.loaded) measure_list(row, row->data);
    else bench_left_out(row->what, "%s: not there; make bench makes it", it.path);
}

static void measure_loading(const struct row *row) {
    prepare();
    void *zlib = dlopen("libz.so.1", RTLD_NOW);
    if (zlib) measure_list(row, row->data);
    else bench_left_out(row->what, "libz.so.1 is not installed");
    if (zlib) dlclose(zlib);
}

/* Ours beside each libffi's. */
static void measure_beside(const struct row *row) {
    struct contender all[5]      = {*(const struct contender *)row->data};
    struct libffi   *libraries[] = {&libffi_ours, &libffi_machine, &libffi_newest};
    size_t           count       = 1;
    char             text[256];
    prepare();
    for (size_t i = 0; i < countof(libraries) && bench_has_peers(); i++)
        if (libffi_open(libraries[i], text, sizeof text))
            all[count++] = (struct contender){.who  = libraries[i]->who,
                                              .run  = row->way[0] == 'c' ? run_closure : run_cif,
                                              .data = libraries[i]};
    bench_measure(row, all, count);
}

static void measure_declaring(const struct row *row) {
    char        path[512];
    const char *folder = getenv("BENCH_FOLDER");
    snprintf(path, sizeof path, "%s/sqlite3.i", folder ? folder : ".");
    FILE *file = fopen(path, "r");
    if (!file) {
        bench_left_out(row->what, "%s: not there; make bench makes it of sqlite3.h", path);
        return;
    }
    fseek(file, 0, SEEK_END);
    long  size = ftell(file);
    char *text = bench_need(calloc(1, (size_t)size + 1), "memory");
    rewind(file);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) bench_fail("cannot read %s", path);
    fclose(file);
    const struct contender one = {.who = "ffi_declare", .run = run_declare, .data = text, .count = 1};
    bench_measure(row, &one, 1);
    free(text);
}

#define LIST(name, ...) static const struct contender name[] = {__VA_ARGS__, {.who = NULL}}
LIST(functions, {.who = "ffi_function_new", .run = run_function},
     {.who = "four texts in turn", .run = run_four}, {.who = "4,000 texts in turn", .run = run_many},
     {.who = "ffi_type_parse", .run = run_parse});
static const size_t numbers[] = {4, 64, TEXTS};
#define NUMBER(i) (void *)(uintptr_t)&numbers[i]
LIST(known, {.who = "4 texts in turn", .run = run_texts, .data = NUMBER(0)},
     {.who = "64 texts in turn", .run = run_texts, .data = NUMBER(1)},
     {.who = "4,000 texts in turn", .run = run_texts, .data = NUMBER(2)});
LIST(fresh, {.who = "ffi_function_new", .run = run_new});
LIST(contexts, {.who = "ffi_context_new", .run = run_context});
LIST(typed, {.who = "ffi_function_typed", .run = run_typed});
LIST(callbacks, {.who = "ffi_callback_new", .run = run_callback});
LIST(symbols, {.who = "dlsym", .run = run_dlsym}, {.who = "ffi_library_symbol", .run = run_symbol},
     {.who = "ffi_library_function", .run = run_library_function});
LIST(loading, {.who = "dlopen(\"libz.so.1\")", .run = run_dlopen, .count = 1},
     {.who = "ffi_library_open(\"libz.so.1\")", .run = run_open, .count = 1},
     {.who = "ffi_library_open(\"z\")", .run = run_open_bare, .count = 1});

BENCH_GROUP(making) {
    const struct {
        const char *what, *way;
        void (*measure)(const struct row *);
        const struct contender *list;
        unsigned                flags;
    } rows[] = {{"bind by a known text", "", measure_making, functions, 0},
                {"read a known signature", "", measure_making, known, 0},
                {"bind by a new text of four types", "", measure_making, fresh, 0},
                {"bind by a type", "", measure_beside, typed, 0},
                {"make and free a callback", "closure", measure_beside, callbacks, 0},
                {"make and free a context", "", measure_making, contexts, 0},
                {"look up one of 1,000 names", "", measure_in_library, symbols, 0},
                {"load and close zlib", "", measure_loading, loading, ONLY_TIMED},
                {"declare sqlite3.h", "", measure_declaring, NULL, ONLY_TIMED}};
    for (size_t i = 0; i < countof(rows); i++)
        bench_add((struct row){.group   = "making",
                               .what    = rows[i].what,
                               .way     = rows[i].way,
                               .measure = rows[i].measure,
                               .data    = (void *)(uintptr_t)rows[i].list,
                               .flags   = rows[i].flags});
}
