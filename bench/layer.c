/* SPDX-License-Identifier: MIT */
/*
 * The embedding layer over the core: the same function is called by ffi_invoke, through a frame, with dynamic
 * values, by the registry and in a batch. With the way "written", arguments are stored just before each call.
 */
#include "bench.h"

#include <ffi_embed.h>
#include <stdlib.h>

enum { BATCH = 64, RECORD = 4 }; /* words of a batch's record: head, result, two arguments */

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
    uint64_t            words[BATCH * RECORD];
};

#define HIDDEN __asm__ volatile("" : : "r"(&result), "r"(&value), "r"(subject) : "memory")
#define REPEAT(before, what)                                                                                   \
    struct subject *subject = data;                                                                            \
    ffi_any         result;                                                                                    \
    ffi_value       value;                                                                                     \
    (void)result, (void)value;                                                                                 \
    bench_start();                                                                                             \
    for (size_t i = 0; i < count; i++) {                                                                       \
        before;                                                                                                \
        what;                                                                                                  \
        HIDDEN;                                                                                                \
    }                                                                                                          \
    return bench_stop()

/* clang-format off */
#define WRITE_SLOTS subject->slots[0].i32 = (int)i; subject->slots[1].i32 = 2; HIDDEN
#define WRITE_ANYS  subject->args[0] = ffi_any_int((int)i); subject->args[1] = ffi_any_int(2); HIDDEN
#define WRITE_FRAME *(int *)ffi_frame_argument(subject->function, subject->frame, 0) = (int)i; HIDDEN
#define WAYS(name, write, what) \
    static double run_##name(void *data, size_t count) { REPEAT((void)0, what); } \
    static double write_##name(void *data, size_t count) { REPEAT(write, what); }
WAYS(core, WRITE_SLOTS, ffi_invoke(subject->function, &value, subject->slots))
WAYS(frame, WRITE_FRAME, ffi_invoke_frame(subject->function, subject->frame))
WAYS(any, WRITE_ANYS, ffi_invoke_any(subject->function, &result, subject->args, subject->count))
WAYS(entry, WRITE_ANYS, ffi_entry_call(subject->entry, &result, subject->args, subject->count))
WAYS(name, WRITE_ANYS, ffi_registry_call(subject->names, subject->name, &result, subject->args, subject->count))
/* clang-format on */

/* `count` calls, BATCH at a time. */
static double run_batch(void *data, size_t count) {
    struct subject *subject = data;
    bench_start();
    for (size_t left = count; left;) {
        size_t some = left < BATCH ? left : BATCH;
        if (ffi_invoke_batch(&subject->function, 1, subject->words, some * RECORD, NULL, NULL))
            bench_fail("%s", ffi_last_message());
        left -= some;
    }
    return bench_stop();
}

static void measure(const struct row *row, struct subject *subject, bool written) {
    const struct contender them[] = {
        {.who = "ffi_invoke", .run = written ? write_core : run_core, .data = subject},
        {.who = "ffi_invoke_frame", .run = written ? write_frame : run_frame, .data = subject},
        {.who = "ffi_invoke_any", .run = written ? write_any : run_any, .data = subject},
        {.who = "registry, cached handle", .run = written ? write_entry : run_entry, .data = subject},
        {.who = "registry, by name", .run = written ? write_name : run_name, .data = subject},
        {.who = "ffi_invoke_batch, 64 calls", .run = run_batch, .data = subject}};
    bench_measure(row, them, countof(them) - (subject->count == 1 || written));
}

static void prepare(ffi_registry *names, struct subject *subject, ffi_function *function) {
    if (ffi_registry_add_function(names, subject->name, function)) bench_fail("%s", ffi_last_message());
    subject->names    = names;
    subject->function = function;
    subject->entry    = ffi_registry_find(names, subject->name);
    subject->frame    = ffi_frame_init(function, bench_need(calloc(1, ffi_frame_size(function)), "a frame"));
}

static void measure_layer(const struct row *row) {
    bool          text = row->data != NULL, written = row->way[0] == 'w';
    ffi_context  *context = bench_need(ffi_context_new(NULL), "a context");
    ffi_registry *names   = bench_need(ffi_registry_new(context), "a registry");
    ffi_function *adds    = ffi_function_new(context, (void *)(uintptr_t)add, "int add(int a, int b)");
    ffi_function *lengths =
        ffi_function_new(context, (void *)(uintptr_t)length_of, "size_t f(const char *text)");
    struct subject two = {
        .name = "add", .args = {ffi_any_int(2), ffi_any_int(3)}, .count = 2, .slots = {{2}, {3}}};
    struct subject one = {.name  = "length_of",
                          .args  = {ffi_any_text("sixteen letters.")},
                          .count = 1,
                          .slots = {{.str = "sixteen letters."}}};
    prepare(names, &two, bench_need(adds, "a function"));
    prepare(names, &one, bench_need(lengths, "a function"));
    *(int *)ffi_frame_argument(adds, two.frame, 0) = 2, *(int *)ffi_frame_argument(adds, two.frame, 1) = 3;
    *(const char **)ffi_frame_argument(lengths, one.frame, 0) = "sixteen letters.";
    for (size_t i = 0; i < BATCH; i++) {
        two.words[i * RECORD]     = FFI_BATCH_HEAD(0, RECORD);
        two.words[i * RECORD + 2] = i;
    }
    measure(row, text ? &one : &two, written);
    free(two.frame), free(one.frame);
    ffi_context_free(context);
}

BENCH_GROUP(layer) {
    static char text;
    bench_add((struct row){.group = "layer", .what = "int(2 x int)", .way = "kept", .measure = measure_layer});
    bench_add(
        (struct row){.group = "layer", .what = "int(2 x int)", .way = "written", .measure = measure_layer});
    bench_add((struct row){
        .group = "layer", .what = "u64(str)", .way = "kept", .measure = measure_layer, .data = &text});
}
