/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to have? Loading a system library that is in memory already (but not in this process), held
 * against dlopen; what the library's own allocator is asked for; the size of the shared library.
 *
 * Usage: bench_load [options] STRIPPED, the shared library without its symbols.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <ffi_invoke.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- loading ---- */

struct load {
    ffi_context *context;
    const char  *name;
};

static double run_dlopen(void *data, size_t count) {
    const struct load *load  = data;
    double             begin = bench_now();
    for (; count; count--) {
        void *handle = dlopen(load->name, RTLD_NOW);
        if (!handle) bench_fail("%s", dlerror());
        dlclose(handle);
    }
    return bench_now() - begin;
}

static double run_open(void *data, size_t count) {
    const struct load *load  = data;
    double             begin = bench_now();
    for (; count; count--) {
        ffi_library *library = ffi_library_open(load->context, load->name, 0);
        if (!library) bench_fail("%s", ffi_last_message());
        ffi_library_close(library);
    }
    return bench_now() - begin;
}

static bool is_loaded(const char *name) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
    if (handle) dlclose(handle);
    return handle != NULL;
}

static void judge_load(const struct contender *ours, const struct contender *bare) {
    struct row row  = bench_row("load and close zlib", ours, bare);
    double     part = row.more / row.median;
    char       target[64];
    snprintf(target, sizeof target, "< 1 ms, ours < 5 %% (%.1f %%)", 100 * part);
    row = bench_judged(row, target, row.median < 1e6 && part < 0.05);
    bench_print(&row);
}

static void measure_loading(void) {
    struct load full = {ffi_context_new(NULL), "libz.so.1"}, bare_name = {full.context, "z"};
    bench_heading("Loading, nanoseconds", "against dlopen and dlclose of libz.so.1");
    void *there = dlopen(full.name, RTLD_NOW);
    if (!there) {
        bench_left_out(full.name, "zlib is not installed");
        ffi_context_free(full.context);
        return;
    }
    dlclose(there);
    if (is_loaded(full.name)) bench_fail("%s stays loaded, so loading it costs nothing", full.name);
    struct contender c[] = {
        {.who = "dlopen(\"libz.so.1\")", .run = run_dlopen, .data = &full, .count = 1},
        {.who = "ffi_library_open(\"libz.so.1\")", .run = run_open, .data = &full, .count = 1},
        {.who = "ffi_library_open(\"z\")", .run = run_open, .data = &bare_name, .count = 1},
    };
    bench_measure(c, countof(c), 1001);
    if (is_loaded(full.name)) bench_fail("%s was left loaded", full.name);
    struct row first = bench_row("load and close zlib", &c[0], NULL);
    bench_print(&first);
    judge_load(&c[1], &c[0]);
    judge_load(&c[2], &c[0]);
    ffi_context_free(full.context);
}

/* ---- memory ---- */

/* What is allocated and not freed, as asked for: malloc's own share comes on top. */
static void *counting(void *userdata, void *block, size_t old_size, size_t new_size) {
    *(size_t *)userdata += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static void print_bytes(const char *what, const char *who, double bytes, const char *target, double ceiling) {
    struct row row = {.what    = what,
                      .who     = who,
                      .unit    = "bytes",
                      .median  = bytes,
                      .minimum = bytes,
                      .ratio   = (double)NAN,
                      .more    = (double)NAN};
    if (target) row = bench_judged(row, target, bytes <= ceiling);
    bench_print(&row);
}

enum { MANY = 1000 };

static void bind(ffi_context *context, const char *signature) {
    if (!ffi_function_new(context, (void *)(uintptr_t)bind, signature)) bench_fail("%s", ffi_last_message());
}

/* The bytes that a context keeps of each of many declarations; `pattern` has the place of their number. */
static void measure_declared(const char *who, const char *pattern) {
    size_t       bytes = 0, length = 0;
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = counting, .userdata = &bytes});
    char        *text    = malloc(MANY * 64);
    if (!context || !text || ffi_declare(context, "typedef int known;")) bench_fail("%s", ffi_last_message());
    for (int i = 0; i < MANY; i++) length += (size_t)sprintf(text + length, pattern, i);
    size_t before = bytes;
    if (ffi_declare(context, text)) bench_fail("%s", ffi_last_message());
    print_bytes("declared name", who, (double)(bytes - before) / MANY, NULL, 0);
    print_bytes("the same, per byte of its text", who, (double)(bytes - before) / (double)length, NULL, 0);
    free(text);
    ffi_context_free(context);
}

static void measure_memory(void) {
    static const char *const types[] = {"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"};

    size_t       bytes   = 0;
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = counting, .userdata = &bytes});
    char         signature[64];
    bench_heading("Memory asked of the allocator", "");
    print_bytes("context", "empty", (double)bytes, "<= 8192", 8192);

    bind(context, "int(int, int)");
    size_t before = bytes;
    for (int i = 0; i < MANY; i++) bind(context, "int(int, int)");
    double function = (double)(bytes - before) / MANY;
    print_bytes("function", "plan shared", function, "<= 96", 96);

    before = bytes;
    for (int i = 0; i < MANY; i++) {
        snprintf(signature, sizeof signature, "void(%s, %s, %s)", types[i / 100], types[i / 10 % 10],
                 types[i % 10]);
        bind(context, signature);
    }
    print_bytes("plan and signature type", "3 arguments", (double)(bytes - before) / MANY - function, NULL, 0);
    ffi_context_free(context);
    measure_declared("a function of a known type", "int declared_name_%d(int number);\n");
    measure_declared("a constant by #define", "#define DECLARED_NAME_%d 0x1234\n");
    measure_declared("a macro's text", "#define DECLARED_NAME_%d do_something(1, 2)\n");
    print_bytes("what is left", "context freed", (double)bytes, NULL, 0);
}

static void measure_size(const char *stripped) {
    struct stat status;
    bench_heading("Size of the shared library", "");
    if (stat(stripped, &status) != 0) bench_left_out(stripped, "it was not built; `make bench` does");
    else print_bytes("libffi_invoke.so", "stripped", (double)status.st_size, "<= 208 KiB", 208 * 1024);
}

int main(int argc, char **argv) {
    int at = bench_begin(argc, argv, "What does it cost to have?", true);
    measure_loading();
    measure_memory();
    measure_size(at < argc ? argv[at] : "a path to the library");
    return bench_end();
}
