/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to read a signature that was read before, of 4, 64 or 4,000 texts in turn? A runtime that binds
 * a program's imports, or makes callbacks in a loop, gives the same texts again. The time must not depend on their
 * number, as long as the texts themselves are in the cache.
 *
 * Usage: bench_signature [options]
 */
#include "bench.h"

#include <ffi_invoke.h>

#include <stdio.h>

enum { TEXTS = 4000, TEXT_SIZE = 48, ROUNDS = 31 };

static char texts[TEXTS][TEXT_SIZE];

struct turn {
    ffi_context *context;
    size_t       texts;
    const ffi_ctype *volatile sink;
};

static double run_turn(void *data, size_t count) {
    struct turn *turn  = data;
    double       begin = bench_now();
    for (size_t i = 0, at = 0; i < count; i++) {
        turn->sink = ffi_type_parse(turn->context, texts[at]);
        if (++at == turn->texts) at = 0;
    }
    return bench_now() - begin;
}

int main(int argc, char **argv) {
    static const size_t numbers[] = {4, 64, TEXTS};
    struct turn         turns[countof(numbers)];
    struct contender    contenders[countof(numbers)];
    bench_begin(argc, argv, "What does a signature cost that was read before?", true);
    ffi_context *context = ffi_context_new(NULL);
    for (size_t i = 0; i < TEXTS; i++) {
        snprintf(texts[i], sizeof texts[i], "int(void *, int, double, int (*)[%zu])", i + 1);
        if (!ffi_type_parse(context, texts[i])) bench_fail("%s: %s", texts[i], ffi_last_message());
    }
    for (size_t i = 0; i < countof(numbers); i++) {
        turns[i]      = (struct turn){context, numbers[i], NULL};
        contenders[i] = (struct contender){.who = "ffi_type_parse", .run = run_turn, .data = &turns[i]};
    }
    bench_measure(contenders, countof(contenders), ROUNDS);
    bench_heading("a signature read before", "x 4 texts");
    for (size_t i = 0; i < countof(numbers); i++) {
        char what[40];
        snprintf(what, sizeof what, "%zu texts in turn", numbers[i]);
        struct row row = bench_row(what, &contenders[i], i ? &contenders[0] : NULL);
        row            = bench_judged(row, "60 ns", contenders[i].median <= 60);
        bench_print(&row);
    }
    ffi_context_free(context);
    return bench_end();
}
