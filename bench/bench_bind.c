/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to get ready? Binding and first look-ups are held against dlsym of the same names, loading
 * against dlopen, cached look-ups against the memory they must touch.
 *
 * Usage: bench_bind [options] FOLDER, where FOLDER has libraries names_N.so that export f0 to f(N-1).
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

/* ---- binding ---- */

/* A library of 1,000 names, which the loader has anyway; what is made anew each time is ours. */
struct batch {
    const char    *path;
    void          *loaded;
    ffi_context   *context; /* has the plan of `simple` */
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

static double run_function(void *data, size_t count) {
    struct batch *batch   = data;
    ffi_library  *library = need(ffi_library_open(batch->context, batch->path, 0), batch->path);
    double        begin   = bench_now();
    for (size_t i = 0; i < count; i++)
        batch->functions[i] = ffi_library_function(library, batch->names[i], simple);
    double took = bench_now() - begin;
    free_functions(batch, count);
    ffi_library_close(library);
    return took;
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
    struct row one = bench_row("one by one, plan interned", &c[2], &c[0]);
    one            = bench_judged(one, "<= +1000 ns", one.more <= 1000);
    bench_print(&one);
    struct row known = bench_row("address known, plan interned", &c[3], NULL);
    known            = bench_judged(known, "<= 1000 ns", known.median <= 1000);
    bench_print(&known);
    for (size_t i = 4; i < countof(c); i++) {
        struct row row = bench_row(i == 4 ? "batch, plan interned" : "batch, new context", &c[i], &c[0]);
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
    ffi_library *library;
    void        *loaded;
    char (*names)[NAME_SIZE]; /* in the order in which they are looked up, so that they themselves are read
                                 ahead */
    size_t         at, step;  /* step 0: always the same name */
    volatile void *sink;
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

static void *filled(size_t size) {
    return need(calloc(1, size), "memory");
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

static void measure_names(ffi_context *context, const char *path, size_t names) {
    struct lookup same = {.loaded = dlopen(path, RTLD_NOW), .names = filled(ORDER * (size_t)NAME_SIZE)}, random;
    uint64_t      state = 1;
    char          name[NAME_SIZE], what[64];
    if (!same.loaded) bench_fail("%s", dlerror());
    same.library = need(ffi_library_open(context, path, 0), path);
    for (size_t i = 0; i < names; i++) {
        name_of(name, i);
        if (ffi_library_symbol(same.library, name) != dlsym(same.loaded, name))
            bench_fail("%s: %s is not where dlsym finds it", path, name);
    }
    for (size_t i = 0; i < ORDER; i++) name_of(same.names[i], next_random(&state) % names);
    prepare_memory(&same, names);
    random               = same;
    random.step          = 1;
    struct contender c[] = {
        {.who = "ffi_library_symbol", .run = run_cached, .data = &same},
        {.who = "ffi_library_symbol", .run = run_cached, .data = &random},
        {.who = "memory, one by one", .run = run_memory, .data = &random},
        {.who = "memory, reading ahead", .run = run_memory_ahead, .data = &random},
        {.who = "dlsym", .run = run_loader, .data = &random},
    };
    bench_measure(c, countof(c), 101);
    for (size_t i = 0; i < countof(c); i++) {
        snprintf(what, sizeof what, "%zu names, %s", names, i ? "random ones" : "one of them");
        struct row row = bench_row(what, &c[i], i == 1 ? &c[2] : NULL);
        if (i < 2) row = bench_judged(row, "<= 30 ns", row.median <= 30);
        bench_print(&row);
    }
    free(same.names), free(same.table), free(same.records), free(same.order);
    ffi_library_close(same.library);
    dlclose(same.loaded);
}

static void measure_lookup(const char *folder) {
    char path[512];
    bench_heading("Cached look-up by name, nanoseconds",
                  "against reading as much memory, one place after the other");
    for (size_t names = 1; names <= 1000000; names *= 1000) {
        ffi_context *context = need(ffi_context_new(NULL), "a context");
        snprintf(path, sizeof path, "%s/names_%zu.so", folder, names);
        if (access(path, R_OK) == 0) measure_names(context, path, names);
        else bench_left_out(path, "it was not built; `make bench` does");
        ffi_context_free(context);
    }
}

int main(int argc, char **argv) {
    int at = bench_begin(argc, argv, "What does it cost to get ready?");
    if (at == argc) bench_fail("usage: bench_bind [options] FOLDER, with names_1000.so in it");
    char path[512];
    snprintf(path, sizeof path, "%s/names_%d.so", argv[at], BATCH);
    measure_binding(path);
    measure_lookup(argv[at]);
    return bench_end();
}
