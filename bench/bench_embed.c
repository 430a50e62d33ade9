/* SPDX-License-Identifier: MIT */
/*
 * What does the embedding layer cost over the core? The same function is called by ffi_invoke, with values,
 * through a frame and by the registry; "more" is what each takes beyond ffi_invoke.
 */
#include "bench.h"

#include <ffi_embed.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 301 };

static int add(int a, int b) {
    return a + b;
}

static size_t length_of(const char *text) {
    return text[0] != 0;
}

struct subject {
    const ffi_function *function;
    ffi_registry       *names;
    const ffi_entry    *entry;
    const char         *name;
    void               *frame;
    ffi_any             args[2];
    size_t              count;
    ffi_value           slots[2];
};

#define REPEAT(what)                                                                                           \
    struct subject *subject = data;                                                                            \
    double          begin   = bench_now();                                                                     \
    ffi_any         result;                                                                                    \
    ffi_value       value;                                                                                     \
    (void)result, (void)value;                                                                                 \
    for (size_t i = 0; i < count; i++) {                                                                       \
        what;                                                                                                  \
        __asm__ volatile("" : : "r"(&result), "r"(&value) : "memory");                                         \
    }                                                                                                          \
    return bench_now() - begin

static double run_core(void *data, size_t count) {
    REPEAT(ffi_invoke(subject->function, &value, subject->slots));
}
static double run_any(void *data, size_t count) {
    REPEAT(ffi_invoke_any(subject->function, &result, subject->args, subject->count));
}
static double run_frame(void *data, size_t count) {
    REPEAT(ffi_invoke_frame(subject->function, subject->frame));
}
static double run_entry(void *data, size_t count) {
    REPEAT(ffi_entry_call(subject->entry, &result, subject->args, subject->count));
}
static double run_name(void *data, size_t count) {
    REPEAT(ffi_registry_call(subject->names, subject->name, &result, subject->args, subject->count));
}

static void check(ffi_error error) {
    if (error) bench_fail("%s", ffi_last_message());
}

static void measure(const char *what, struct subject *subject, bool judged) {
    struct contender them[] = {{.who = "ffi_invoke", .run = run_core, .data = subject},
                               {.who = "ffi_invoke_frame", .run = run_frame, .data = subject},
                               {.who = "ffi_invoke_any", .run = run_any, .data = subject},
                               {.who = "registry, entry", .run = run_entry, .data = subject},
                               {.who = "registry, name", .run = run_name, .data = subject}};
    static const struct {
        const char *target;
        double      most;
    } targets[] = {
        {NULL, 0}, {"ffi_invoke + 1 ns", 1}, {"ffi_invoke + 15 ns", 15}, {"ffi_invoke + 25 ns", 25}, {NULL, 0}};
    if (!bench_wanted(what)) return;
    bench_measure(them, countof(them), ROUNDS);
    for (size_t i = 0; i < countof(them); i++) {
        struct row row = bench_row(what, &them[i], i ? &them[0] : NULL);
        if (judged && targets[i].target)
            row = bench_judged(row, targets[i].target, them[i].median - them[0].median <= targets[i].most);
        bench_print(&row);
    }
}

int main(int argc, char **argv) {
    bench_begin(argc, argv, "What does the embedding layer cost?", true);
    ffi_context  *context = ffi_context_new(NULL);
    ffi_registry *names   = ffi_registry_new(context);
    ffi_function *adds    = ffi_function_new(context, (void *)(uintptr_t)add, "int add(int a, int b)");
    ffi_function *lengths =
        ffi_function_new(context, (void *)(uintptr_t)length_of, "size_t f(const char *text)");
    struct subject two = {
        .function = adds, .args = {ffi_any_int(2), ffi_any_int(3)}, .count = 2, .slots = {{2}, {3}}};
    struct subject text = {.function = lengths, .args = {ffi_any_text("sixteen letters.")}, .count = 1};
    if (!names || !adds || !lengths) bench_fail("%s", ffi_last_message());
    text.slots[0].str = "sixteen letters.";
    check(ffi_registry_add_function(names, two.name = "add", adds));
    check(ffi_registry_add_function(names, text.name = "length_of", lengths));
    two.entry = ffi_registry_find(names, "add"), text.entry = ffi_registry_find(names, "length_of");
    two.names = text.names = names;
    two.frame              = ffi_frame_init(adds, calloc(1, ffi_frame_size(adds)));
    text.frame             = ffi_frame_init(lengths, calloc(1, ffi_frame_size(lengths)));
    *(int *)ffi_frame_argument(adds, two.frame, 0) = 2, *(int *)ffi_frame_argument(adds, two.frame, 1) = 3;
    *(const char **)ffi_frame_argument(lengths, text.frame, 0) = "sixteen letters.";
    measure("int(int, int)", &two, true);
    measure("size_t(const char *)", &text, false);
    free(two.frame), free(text.frame);
    ffi_context_free(context);
    return bench_end();
}
