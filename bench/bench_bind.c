/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to get ready? Binding and first look-ups are held against dlsym of the same names, loading
 * against dlopen, cached look-ups against the memory they must touch; a header is declared as a whole.
 *
 * Usage: bench_bind [options] FOLDER, where FOLDER has libraries names_N.so that export f0 to f(N-1), and
 * sqlite3.i, what `cc -E` makes of sqlite3.h.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ffi_invoke.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 1000, NAME_SIZE = 16, SIGNATURES = 100 };

static void *need(void *made, const char *what) {
    if (!made) bench_fail("%s: %s", what, ffi_last_message());
    return made;
}

static void name_of(char name[NAME_SIZE], size_t number) {
    snprintf(name, NAME_SIZE, "f%zu", number);
}

static void *filled(size_t size) {
    return need(calloc(1, size), "memory");
}

/* Declares f0 to f(names - 1), each as `int f0(int, int)`. */
static void declare_names(ffi_context *context, size_t names) {
    size_t size = names * 32 + 1, length = 0;
    char  *text = filled(size);
    for (size_t i = 0; i < names; i++)
        length += (size_t)snprintf(text + length, size - length, "int f%zu(int, int);\n", i);
    if (ffi_declare(context, text)) bench_fail("%s", ffi_last_message());
    free(text);
}

/* ---- binding ---- */

/* A library of 1,000 names, which the loader has anyway; what is made anew each time is ours. */
struct batch {
    const char    *path;
    void          *loaded;
    ffi_context   *context; /* has the plan of `simple`, and declares every name as such a function */
    char           names[BATCH][NAME_SIZE];
    char           signatures[SIGNATURES][64];
    ffi_function  *functions[BATCH];
    ffi_binding    bindings[BATCH];
    volatile void *sink;
};

static const char *const simple = "int(int, int)";

static double run_dlsym(void *data, size_t count) {
    struct batch *batch = data;
    double        begin = bench_now();
    for (size_t i = 0; i < count; i++) batch->sink = dlsym(batch->loaded, batch->names[i]);
    return bench_now() - begin;
}

static double run_symbol(void *data, size_t count) {
    struct batch *batch   = data;
    ffi_library  *library = need(ffi_library_open(batch->context, batch->path, 0), batch->path);
    double        begin   = bench_now();
    for (size_t i = 0; i < count; i++) batch->sink = ffi_library_symbol(library, batch->names[i]);
    double took = bench_now() - begin;
    ffi_library_close(library);
    return took;
}

static void free_functions(struct batch *batch, size_t count) {
    for (size_t i = 0; i < count; i++) ffi_function_free(need(batch->functions[i], "a function"));
}

static double bind_each(struct batch *batch, const char *signature, size_t count) {
    ffi_library *library = need(ffi_library_open(batch->context, batch->path, 0), batch->path);
    double       begin   = bench_now();
    for (size_t i = 0; i < count; i++)
        batch->functions[i] = ffi_library_function(library, batch->names[i], signature);
    double took = bench_now() - begin;
    free_functions(batch, count);
    ffi_library_close(library);
    return took;
}

static double run_function(void *data, size_t count) {
    return bind_each(data, simple, count);
}

static double run_declared(void *data, size_t count) {
    return bind_each(data, NULL, count);
}

static double run_address(void *data, size_t count) {
    struct batch *batch   = data;
    void         *address = dlsym(batch->loaded, "f0");
    double        begin   = bench_now();
    for (size_t i = 0; i < count; i++) batch->functions[i] = ffi_function_new(batch->context, address, simple);
    double took = bench_now() - begin;
    free_functions(batch, count);
    return took;
}

static double run_batch(struct batch *batch, ffi_context *context, size_t count) {
    ffi_library *library = need(ffi_library_open(context, batch->path, 0), batch->path);
    double       begin   = bench_now();
    ffi_error    error   = ffi_library_bind(library, batch->bindings, count);
    double       took    = bench_now() - begin;
    if (error) bench_fail("%s", ffi_last_message());
    free_functions(batch, count);
    ffi_library_close(library);
    return took;
}

static double run_batch_simple(void *data, size_t count) {
    struct batch *batch = data;
    for (size_t i = 0; i < count; i++) batch->bindings[i].signature = simple;
    return run_batch(batch, batch->context, count);
}

static double run_batch_fresh(void *data, size_t count) {
    struct batch *batch   = data;
    ffi_context  *context = need(ffi_context_new(NULL), "a context");
    for (size_t i = 0; i < count; i++) batch->bindings[i].signature = batch->signatures[i % SIGNATURES];
    double took = run_batch(batch, context, count);
    ffi_context_free(context);
    return took;
}

static void prepare_batch(struct batch *batch, const char *path) {
    static const char *const types[] = {"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"};

    batch->path   = path;
    batch->loaded = dlopen(path, RTLD_NOW);
    if (!batch->loaded) bench_fail("%s", dlerror());
    batch->context = need(ffi_context_new(NULL), "a context");
    for (size_t i = 0; i < BATCH; i++) {
        name_of(batch->names[i], i);
        batch->bindings[i] = (ffi_binding){.name = batch->names[i], .function = &batch->functions[i]};
    }
    for (size_t i = 0; i < SIGNATURES; i++)
        snprintf(batch->signatures[i], sizeof batch->signatures[i], "void(%s, %s, const char *)", types[i / 10],
                 types[i % 10]);
    declare_names(batch->context, BATCH);
    need(ffi_function_new(batch->context, dlsym(batch->loaded, "f0"), simple), "a plan to share");
}

static void measure_binding(const char *path) {
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) bench_fail("out of memory");
    prepare_batch(batch, path);
    struct contender c[] = {
        {.who = "dlsym", .run = run_dlsym},
        {.who = "ffi_library_symbol, first", .run = run_symbol},
        {.who = "ffi_library_function", .run = run_function},
        {.who = "the same, declared", .run = run_declared},
        {.who = "ffi_function_new", .run = run_address},
        {.who = "ffi_library_bind", .run = run_batch_simple},
        {.who = "the same, 100 signatures", .run = run_batch_fresh},
    };
    for (size_t i = 0; i < countof(c); i++) c[i].data = batch, c[i].count = BATCH;
    bench_measure(c, countof(c), 301);

    bench_heading("Binding 1,000 functions, nanoseconds each", "against dlsym of the same names");
    struct row first = bench_row("dlsym", &c[0], NULL);
    bench_print(&first);
    struct row symbol = bench_row("first look-up", &c[1], &c[0]);
    bench_print(&symbol);
    for (size_t i = 2; i < 4; i++) {
        struct row one = bench_row("one by one, plan interned", &c[i], &c[0]);
        one            = bench_judged(one, "<= +1000 ns", one.more <= 1000);
        bench_print(&one);
    }
    struct row known = bench_row("address known, plan interned", &c[4], NULL);
    known            = bench_judged(known, "<= 1000 ns", known.median <= 1000);
    bench_print(&known);
    for (size_t i = 5; i < countof(c); i++) {
        struct row row = bench_row(i == 5 ? "batch, plan interned" : "batch, new context", &c[i], &c[0]);
        row            = bench_judged(row, "<= +2000 ns (2 ms in all)", row.more <= 2000);
        bench_print(&row);
    }
    ffi_context_free(batch->context);
    dlclose(batch->loaded);
    free(batch);
}

/* ---- cached look-up ---- */

enum { ORDER = 1 << 20 }; /* the random ones, a power of two */

struct lookup {
    ffi_context *context; /* declares the same names */
    ffi_library *library;
    void        *loaded;
    char (*names)[NAME_SIZE];      /* in the order in which they are looked up, so that they themselves are read
                                      ahead */
    size_t               at, step; /* step 0: always the same name */
    const volatile void *sink;
    /* As much memory as the cache's table and records must have at least, and places in them. */
    uint64_t *table, *records;
    uint32_t *order;
    size_t    table_words, record_words;
};

static double run_cached(void *data, size_t count) {
    struct lookup *lookup = data;
    double         begin  = bench_now();
    for (; count; count--) {
        lookup->sink = ffi_library_symbol(lookup->library, lookup->names[lookup->at]);
        lookup->at   = (lookup->at + lookup->step) & (ORDER - 1);
    }
    return bench_now() - begin;
}

static double run_declared_type(void *data, size_t count) {
    struct lookup *lookup = data;
    double         begin  = bench_now();
    for (; count; count--) {
        lookup->sink = ffi_declared_type(lookup->context, lookup->names[lookup->at]);
        lookup->at   = (lookup->at + lookup->step) & (ORDER - 1);
    }
    return bench_now() - begin;
}

static double run_loader(void *data, size_t count) {
    struct lookup *lookup = data;
    double         begin  = bench_now();
    for (; count; count--) {
        lookup->sink = dlsym(lookup->loaded, lookup->names[lookup->at]);
        lookup->at   = (lookup->at + lookup->step) & (ORDER - 1);
    }
    return bench_now() - begin;
}

/* What no cache of names can do without: an entry of a table, then the record that it leads to. With `wait`
 * the next place is known only when this record is there; without, the processor reads several at a time. */
static inline double read_memory(struct lookup *lookup, bool wait, size_t count) {
    size_t   table_mask = lookup->table_words - 1;
    uint64_t sum = 0, known = 0; /* which stays 0: the records are even */
    double   begin = bench_now();
    for (; count; count--) {
        size_t   place  = lookup->table[(lookup->order[lookup->at] + known) & table_mask];
        uint64_t record = lookup->records[place];
        sum += record;
        if (wait) known = record & 1;
        lookup->at = (lookup->at + 1) & (ORDER - 1);
    }
    double took  = bench_now() - begin;
    lookup->sink = &lookup->records[sum & 1];
    return took;
}

static double run_memory_ahead(void *data, size_t count) {
    return read_memory(data, false, count);
}

static double run_memory(void *data, size_t count) {
    return read_memory(data, true, count);
}

static uint64_t next_random(uint64_t *state) { /* Knuth's MMIX */
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* A table of 16 bytes per entry, half full, and a record of 32 bytes per name. */
static void prepare_memory(struct lookup *lookup, size_t names) {
    uint64_t state       = 2;
    lookup->table_words  = 4;
    lookup->record_words = names * 4;
    while (lookup->table_words < names * 4) lookup->table_words *= 2;
    lookup->table   = filled(lookup->table_words * sizeof *lookup->table);
    lookup->records = filled(lookup->record_words * sizeof *lookup->records);
    lookup->order   = filled(ORDER * sizeof *lookup->order);
    for (size_t i = 0; i < lookup->table_words; i++)
        lookup->table[i] = next_random(&state) % lookup->record_words;
    for (size_t i = 0; i < ORDER; i++) lookup->order[i] = (uint32_t)next_random(&state);
    for (size_t i = 0; i < lookup->record_words; i++) lookup->records[i] = i * 2;
}

/* Makes look-ups of names that are all cached and declared. */
static void prepare_names(struct lookup *lookup, ffi_context *context, const char *path, size_t names) {
    const ffi_ctype *type  = ffi_type_parse(context, simple);
    uint64_t         state = 1;
    char             name[NAME_SIZE];
    *lookup       = (struct lookup){.context = context, .loaded = dlopen(path, RTLD_NOW)};
    lookup->names = filled(ORDER * (size_t)NAME_SIZE);
    if (!lookup->loaded) bench_fail("%s", dlerror());
    lookup->library = need(ffi_library_open(context, path, 0), path);
    declare_names(context, names);
    for (size_t i = 0; i < names; i++) {
        name_of(name, i);
        if (ffi_library_symbol(lookup->library, name) != dlsym(lookup->loaded, name))
            bench_fail("%s: %s is not where dlsym finds it", path, name);
        if (!type || !ffi_type_equal(ffi_declared_type(context, name), type))
            bench_fail("%s is not declared as %s", name, simple);
    }
    for (size_t i = 0; i < ORDER; i++) name_of(lookup->names[i], next_random(&state) % names);
    prepare_memory(lookup, names);
}

/* `flat` is what the look-up of one declared name took among fewer names, and is replaced. */
static void measure_names(ffi_context *context, const char *path, size_t names, double *flat) {
    struct lookup same, random;
    char          what[64];
    prepare_names(&same, context, path, names);
    random               = same;
    random.step          = 1;
    struct contender c[] = {
        {.who = "ffi_library_symbol", .run = run_cached, .data = &same},
        {.who = "ffi_declared_type", .run = run_declared_type, .data = &same},
        {.who = "ffi_library_symbol", .run = run_cached, .data = &random},
        {.who = "ffi_declared_type", .run = run_declared_type, .data = &random},
        {.who = "memory, one by one", .run = run_memory, .data = &random},
        {.who = "memory, reading ahead", .run = run_memory_ahead, .data = &random},
        {.who = "dlsym", .run = run_loader, .data = &random},
    };
    bench_measure(c, countof(c), 101);
    for (size_t i = 0; i < countof(c); i++) {
        snprintf(what, sizeof what, "%zu names, %s", names, i < 2 ? "one of them" : "random ones");
        struct row row = bench_row(what, &c[i], i == 2 || i == 3 ? &c[4] : NULL);
        if (c[i].run == run_cached) row = bench_judged(row, "<= 30 ns", row.median <= 30);
        if (i == 1 && *flat > 0) row = bench_judged(row, "<= 1.2x of fewer names", row.median <= 1.2 * *flat);
        bench_print(&row);
    }
    *flat = c[1].median;
    free(same.names), free(same.table), free(same.records), free(same.order);
    ffi_library_close(same.library);
    dlclose(same.loaded);
}

static void measure_lookup(const char *folder) {
    char   path[512];
    double flat = 0;
    bench_heading("Cached look-up by name, nanoseconds",
                  "against reading as much memory, one place after the other");
    for (size_t names = 1; names <= 1000000; names *= 1000) {
        ffi_context *context = need(ffi_context_new(NULL), "a context");
        snprintf(path, sizeof path, "%s/names_%zu.so", folder, names);
        if (access(path, R_OK) == 0) measure_names(context, path, names, &flat);
        else bench_left_out(path, "it was not built; `make bench` does");
        ffi_context_free(context);
    }
}

/* ---- declaring ---- */

/* NULL if it cannot be read. */
static char *read_text(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long  size = ftell(file);
    char *text = filled((size_t)size + 1);
    rewind(file);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) bench_fail("cannot read %s", path);
    fclose(file);
    return text;
}

/* Each time in a new context, whose making is not counted. */
static double run_declare(void *data, size_t count) {
    double took = 0;
    for (; count; count--) {
        ffi_context *context = need(ffi_context_new(NULL), "a context");
        double       begin   = bench_now();
        ffi_error    error   = ffi_declare(context, data);
        took += bench_now() - begin;
        if (error) bench_fail("%s", ffi_last_message());
        if (ffi_type_kind(ffi_declared_type(context, "sqlite3_open_v2")) != FFI_KIND_FUNCTION)
            bench_fail("sqlite3_open_v2 is not declared");
        ffi_context_free(context);
    }
    return took;
}

static void measure_declaring(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/sqlite3.i", folder);
    char *text = read_text(path);
    bench_heading("Declaring a preprocessed header, nanoseconds", "");
    if (!text) bench_left_out("sqlite3.h", "it is not installed (package libsqlite3-dev)");
    else {
        struct contender declare = {.who = "ffi_declare", .run = run_declare, .data = text, .count = 1};
        bench_measure(&declare, 1, 301);
        struct row row = bench_row("sqlite3.h", &declare, NULL);
        row            = bench_judged(row, "<= 5 ms", row.median <= 5e6);
        bench_print(&row);
    }
    free(text);
}

int main(int argc, char **argv) {
    int at = bench_begin(argc, argv, "What does it cost to get ready?", true);
    if (at == argc) bench_fail("usage: bench_bind [options] FOLDER, with names_1000.so in it");
    char path[512];
    snprintf(path, sizeof path, "%s/names_%d.so", argv[at], BATCH);
    measure_binding(path);
    measure_lookup(argv[at]);
    measure_declaring(argv[at]);
    return bench_end();
}
