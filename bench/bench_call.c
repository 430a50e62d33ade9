/* SPDX-License-Identifier: MIT */
/*
 * What does a call cost? Each shape is called by the compiler through a pointer, by ffi_invoke, by
 * ffi_invoke_pointers and by libffi, and the times are held against the C call's.
 *
 * A loop of ten cycles falls into one of several rhythms, up to six cycles apart, and keeps it for long; why is
 * not known. So all contenders are measured together in one process, and that in several processes
 * (`--sample`), one after the other; the rows have the median of those. With `--collect` it is run by callgrind
 * (count.c).
 */
#define _GNU_SOURCE
#include "bench.h"
#include "count.h"
#include "shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 45, PROCESSES = 15, QUICK_PROCESSES = 1 };

/* ---- one process ---- */

struct work {
    loop              *run;
    const struct call *call;
};

static double run_loop(void *data, size_t count) {
    const struct work *work  = data;
    double             begin = bench_now();
    work->run(work->call, count);
    return bench_now() - begin;
}

static void sample(size_t index) {
    const struct shape *shape = &shapes[index];
    struct work         work[WHO_COUNT];
    struct contender    contenders[WHO_COUNT];
    enum who            whose[WHO_COUNT];
    size_t              count = 0;
    for (enum who who = 0; who < WHO_COUNT; who++) {
        loop *run = shape_loop(shape, who);
        if (!run) continue;
        work[count]       = (struct work){run, &shape->call};
        contenders[count] = (struct contender){.who = who_names[who], .run = run_loop, .data = &work[count]};
        whose[count++]    = who;
    }
    bench_measure(contenders, count, ROUNDS);
    for (size_t i = 0; i < count; i++)
        printf("%zu %u %.4f %.4f\n", index, (unsigned)whose[i], contenders[i].median, contenders[i].minimum);
}

/* ---- several ---- */

/* By shape and enum who, of each process. */
typedef struct contender sampled[][WHO_COUNT][PROCESSES];

static void read_samples(const char *program, size_t process, sampled all) {
    char command[512];
    snprintf(command, sizeof command, "'%s' --sample%s", program, bench_is_quick() ? " --quick" : "");
    FILE    *pipe = popen(command, "r");
    size_t   shape, rows = 0;
    unsigned who;
    double   median, minimum;
    while (pipe && fscanf(pipe, "%zu %u %lf %lf", &shape, &who, &median, &minimum) == 4)
        if (shape < shape_count && who < WHO_COUNT)
            all[shape][who][process] = (struct contender){.median = median, .minimum = minimum}, rows++;
    if (!pipe || pclose(pipe) != 0 || !rows) bench_fail("cannot run %s", command);
}

static int by_median(const void *a, const void *b) {
    const struct contender *x = a, *y = b;
    return (x->median > y->median) - (x->median < y->median);
}

static struct contender summary(enum who who, struct contender *samples, size_t count) {
    qsort(samples, count, sizeof *samples, by_median);
    struct contender all = {.who = who_names[who], .median = samples[count / 2].median, .minimum = HUGE_VAL};
    for (size_t i = 0; i < count; i++)
        if (samples[i].minimum < all.minimum) all.minimum = samples[i].minimum;
    return all;
}

/* Puts what a contender has to reach into its row; see each text. `all` is indexed by enum who. */
static struct row judged(const struct shape *shape, enum who who, const struct contender *all, struct row row) {
    double median = all[who].median, plan = all[WHO_CALL_PLAN].median;
    if (who == WHO_INVOKE && shape->aim == AIM_REGISTERS)
        return bench_judged(row, "<= 1.8x and <= +1 ns", row.ratio <= 1.8 && row.more <= 1);
    if (who == WHO_INVOKE && shape->aim == AIM_STACK) return bench_judged(row, "<= 2.5x", row.ratio <= 2.5);
    if (who == WHO_INVOKE && shape->aim == AIM_NARROW) return bench_judged(row, "<= 3x", row.ratio <= 3);
    if (who == WHO_INVOKE && shape->aim == AIM_RECORD) return bench_judged(row, "<= 2x", row.ratio <= 2);
    if (who == WHO_CAPTURE) return bench_judged(row, "<= +3 ns on ffi_invoke", row.more <= 3);
    if (who == WHO_POINTERS && shape->args == 6) {
        if (!shape_loop(shape, WHO_CALL_PLAN)) return bench_judged(row, "<= 3x", row.ratio <= 3);
        return bench_judged(row, "<= 3x, below call plan", row.ratio <= 3 && median < plan);
    }
    return row;
}

static void print_shape(const struct shape *shape, const struct contender *all) {
    for (enum who who = 0; who < WHO_COUNT; who++) {
        if (!shape_loop(shape, who)) continue;
        const struct contender *base = &all[who == WHO_CAPTURE ? WHO_INVOKE : WHO_C];
        struct row              row  = judged(shape, who, all, bench_row(shape->name, &all[who], base));
        bench_print(&row);
    }
}

static void measure(const char *program) {
    size_t processes                             = bench_is_quick() ? QUICK_PROCESSES : PROCESSES;
    struct contender(*all)[WHO_COUNT][PROCESSES] = calloc(shape_count, sizeof *all);
    if (!all) bench_fail("out of memory");
    for (size_t i = 0; i < processes; i++) read_samples(program, i, all);
    bench_heading("Calls, nanoseconds each", "against the C call; errno kept against ffi_invoke");
    for (size_t i = 0; i < shape_count; i++) {
        struct contender summaries[WHO_COUNT];
        for (enum who who = 0; who < WHO_COUNT; who++) summaries[who] = summary(who, all[i][who], processes);
        print_shape(&shapes[i], summaries);
    }
    free(all);
}

static void name_peers(void) {
#if BENCH_LIBFFI
#ifdef FFI_VERSION_STRING
    printf("libffi %s\n", FFI_VERSION_STRING);
#else
    printf("libffi %s\n", *BENCH_LIBFFI_PACKAGE ? BENCH_LIBFFI_PACKAGE : "of unknown version");
#endif
#else
    bench_left_out("libffi", "it was not there when this was compiled (package libffi-dev)");
#endif
#if BENCH_LIBFFI && !BENCH_CALL_PLAN
    bench_left_out("libffi call plan", "this libffi has none (3.7 and later do)");
#endif
}

int main(int argc, char **argv) {
    ffi_context *context = ffi_context_new(NULL);
    const char  *mode    = argc > 1 ? argv[1] : "";
    if (!strcmp(mode, "--collect")) {
        shapes_prepare(context);
        return count_collect();
    }
    if (!strcmp(mode, "--sample")) {
        shapes_prepare(context);
        bench_set_quick(argc > 2);
        for (size_t i = 0; i < shape_count; i++) sample(i);
        return 0;
    }
    bench_begin(argc, argv, "What does a call cost?", true);
    name_peers();
    printf("%u results are the same as the C call's\n", shapes_prepare(context));
    measure(argv[0]);
    count_instructions(argv[0]);
    ffi_context_free(context);
    return bench_end();
}
