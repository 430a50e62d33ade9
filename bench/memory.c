/* SPDX-License-Identifier: MIT */
/* Bytes: what is asked of the context's allocator, and the memory of many callbacks. */
#include "bench.h"

#include <ffi_invoke.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000, CALLBACKS = 100000, QUICK_CALLBACKS = 1000 };

/* What is allocated and not freed, as asked for: malloc's own share comes on top. */
static void *counting(void *userdata, void *block, size_t old_size, size_t new_size) {
    *(size_t *)userdata += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static void bind(ffi_context *context, const char *signature) {
    if (!ffi_function_new(context, (void *)(uintptr_t)bind, signature)) bench_fail("%s", ffi_last_message());
}

/* The bytes that a context keeps of each of many declarations; `pattern` has the place of their number. */
static void measure_declared(const struct row *row, const char *who, const char *pattern) {
    size_t       bytes = 0, length = 0;
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = counting, .userdata = &bytes});
    char        *text    = bench_need(malloc((size_t)MANY * 64), "memory");
    if (!context || ffi_declare(context, "typedef int known;")) bench_fail("%s", ffi_last_message());
    for (int i = 0; i < MANY; i++) length += (size_t)sprintf(text + length, pattern, i);
    size_t before = bytes;
    if (ffi_declare(context, text)) bench_fail("%s", ffi_last_message());
    bench_value(row, who, "bytes", (double)(bytes - before) / MANY);
    free(text);
    ffi_context_free(context);
}

static void measure_asked(const struct row *row) {
    static const char *const types[] = {"i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"};

    size_t       bytes   = 0;
    ffi_context *context = ffi_context_new(&(ffi_options){.allocate = counting, .userdata = &bytes});
    char         signature[64];
    bench_need(context, "a context");
    bench_value(row, "context, empty", "bytes", (double)bytes);
    bind(context, "int(int, int)");
    size_t before = bytes;
    for (int i = 0; i < MANY; i++) bind(context, "int(int, int)");
    double function = (double)(bytes - before) / MANY;
    bench_value(row, "function, its plan shared", "bytes", function);
    before = bytes;
    for (int i = 0; i < MANY; i++) {
        snprintf(signature, sizeof signature, "void(%s, %s, %s)", types[i / 100], types[i / 10 % 10],
                 types[i % 10]);
        bind(context, signature);
    }
    bench_value(row, "plan and type, 3 arguments", "bytes", (double)(bytes - before) / MANY - function);
    ffi_context_free(context);
    measure_declared(row, "declared function of a known type", "int declared_name_%d(int number);\n");
    measure_declared(row, "declared constant", "#define DECLARED_NAME_%d 0x1234\n");
    measure_declared(row, "declared macro's text", "#define DECLARED_NAME_%d do_something(1, 2)\n");
    bench_value(row, "left when the context is freed", "bytes", (double)bytes);
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

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args[0].i32 + args[1].i32;
}

/* Each is called once, so that its code is there as well. */
static void measure_callbacks(const struct row *row) {
    size_t       count = bench_is_quick() ? QUICK_CALLBACKS : CALLBACKS, before = proportional_memory();
    ffi_context *context = bench_need(ffi_context_new(NULL), "a context");
    for (size_t i = 0; i < count; i++) {
        ffi_callback *callback = ffi_callback_new(context, "int(int, int)", handle, NULL);
        if (!callback) bench_fail("%s", ffi_last_message());
        if (((int (*)(int, int))(uintptr_t)ffi_callback_code(callback))(9, 4) != 13)
            bench_fail("a wrong result");
    }
    if (!before) bench_left_out(row->what, "the system does not tell");
    else
        bench_value(row, "callback with its code", "bytes",
                    (double)(proportional_memory() - before) * 1024 / (double)count);
    ffi_context_free(context);
}

BENCH_GROUP(memory) {
    bench_add((struct row){.group   = "memory",
                           .what    = "memory of callbacks",
                           .way     = "",
                           .measure = measure_callbacks,
                           .flags   = ONLY_TIMED | ONLY_ONCE});
    bench_add((struct row){.group   = "memory",
                           .what    = "asked of the allocator",
                           .way     = "",
                           .measure = measure_asked,
                           .flags   = ONLY_TIMED | ONLY_ONCE});
}
