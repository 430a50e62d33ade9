/* SPDX-License-Identifier: MIT */
/*
 * What does a call cost? Each shape is called by the compiler through a pointer, by ffi_invoke, by
 * ffi_invoke_pointers and by libffi, and the times are held against the C call's. The C call and ffi_invoke are
 * measured both ways: with arguments kept, and with each written just before the call (shape.h). The C call
 * then reads the same array after the same stores.
 *
 * Usage: bench_call [options] [PATTERN]. PATTERN is a basic regular expression for the names of shapes, such as
 * '^int(': what matches is measured in seconds. BENCH_FILTER in the environment does the same; BENCH_ROUNDS
 * changes the number of rounds in each process.
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

static const double limit = 1.8; /* of ffi_invoke against the C call, of a call in registers */

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
        work[count] = (struct work){run, &shape->call};
        contenders[count] =
            (struct contender){.who = entrants[who].name, .run = run_loop, .data = &work[count]};
        whose[count++] = who;
    }
    bench_measure(contenders, count, ROUNDS);
    for (size_t i = 0; i < count; i++)
        printf("%zu %u %.4f %.4f\n", index, (unsigned)whose[i], contenders[i].median, contenders[i].minimum);
}

/* ---- several ---- */

/* By shape and enum who, of each process. */
typedef struct contender sampled[][WHO_COUNT][PROCESSES];

/* By shape and enum who, of all processes. */
typedef struct contender timed[][WHO_COUNT];

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
    struct contender all = {
        .who = entrants[who].name, .median = samples[count / 2].median, .minimum = HUGE_VAL};
    for (size_t i = 0; i < count; i++)
        if (samples[i].minimum < all.minimum) all.minimum = samples[i].minimum;
    return all;
}

/* Puts what a contender has to reach into its row; see each text. `all` is indexed by enum who. */
static struct row judged(const struct shape *shape, enum who who, const struct contender *all, struct row row) {
    double median = all[who].median, plan = all[WHO_CALL_PLAN].median;
    bool   ours = who == WHO_INVOKE || who == WHO_INVOKE_WRITTEN;
    if (ours && (shape->aim == AIM_NARROW || (shape->aim == AIM_REGISTERS && who == WHO_INVOKE_WRITTEN)))
        return bench_judged(row, "<= 1.8x", row.ratio <= limit);
    if (who == WHO_INVOKE && shape->aim == AIM_REGISTERS)
        return bench_judged(row, "<= 1.8x and <= +1 ns", row.ratio <= limit && row.more <= 1);
    if (ours && shape->aim == AIM_CHAIN) return bench_judged(row, "<= 2x", row.ratio <= 2);
    if (who == WHO_INVOKE && shape->aim == AIM_STACK) return bench_judged(row, "<= 2.5x", row.ratio <= 2.5);
    if (who == WHO_INVOKE && shape->aim == AIM_RECORD) return bench_judged(row, "<= 2x", row.ratio <= 2);
    if (who == WHO_CAPTURE) return bench_judged(row, "<= +3 ns on ffi_invoke", row.more <= 3);
    if (who == WHO_POINTERS && shape->args == 6) {
        if (!shape_loop(shape, WHO_CALL_PLAN)) return bench_judged(row, "<= 3x", row.ratio <= 3);
        return bench_judged(row, "<= 3x, below call plan", row.ratio <= 3 && median < plan);
    }
    return row;
}

static enum who base_of(enum who who) {
    if (who == WHO_CAPTURE) return WHO_INVOKE;
    return entrants[who].writes ? WHO_C_WRITTEN : WHO_C;
}

static void print_shape(const struct shape *shape, const struct contender *all) {
    for (enum who who = 0; who < WHO_COUNT; who++) {
        if (!shape_loop(shape, who)) continue;
        struct row row = bench_row(shape->name, &all[who], &all[base_of(who)]);
        row.written    = entrants[who].writes;
        row            = judged(shape, who, all, row);
        bench_print(&row);
    }
}

static void measure(const char *program, timed results) {
    size_t processes                             = bench_is_quick() ? QUICK_PROCESSES : PROCESSES;
    struct contender(*all)[WHO_COUNT][PROCESSES] = calloc(shape_count, sizeof *all);
    if (!all) bench_fail("out of memory");
    for (size_t i = 0; i < processes; i++) read_samples(program, i, all);
    bench_heading("Calls, nanoseconds each",
                  "against the C call with the same arguments; errno kept against ffi_invoke");
    for (size_t i = 0; i < shape_count; i++) {
        if (!bench_wanted(shapes[i].name)) continue;
        for (enum who who = 0; who < WHO_COUNT; who++) results[i][who] = summary(who, all[i][who], processes);
        print_shape(&shapes[i], results[i]);
    }
    free(all);
}

/* ---- both ways side by side ---- */

static double ratio(const struct contender *all, enum who who) {
    return all[who].median / all[base_of(who)].median;
}

static void print_above(timed results, enum who who) {
    const char *separator = " ";
    printf("ffi_invoke above %.1fx, arguments %s:", limit, entrants[who].writes ? "written" : "kept");
    for (size_t i = 0; i < shape_count; i++)
        if (bench_wanted(shapes[i].name) && ratio(results[i], who) > limit) {
            printf("%s%s %.2fx", separator, shapes[i].name, ratio(results[i], who));
            separator = "; ";
        }
    puts(*separator == ' ' ? " none" : "");
}

/* `counts` is NULL if nothing was counted. */
static void print_both_ways(timed results, struct count (*counts)[WHO_COUNT]) {
    printf("\nBoth ways, nanoseconds; ffi_invoke's instructions in the stub and, written, in the caller\n");
    printf("  %-30s %30s %33s\n", "", "arguments kept", "written just before the call");
    printf("  %-30s %10s %10s %8s  %12s %10s %8s %6s %7s\n", "what", "C call", "ffi_invoke", "ratio", "C call",
           "ffi_invoke", "ratio", "stub", "caller");
    for (size_t i = 0; i < shape_count; i++) {
        const struct contender *all = results[i];
        if (!bench_wanted(shapes[i].name)) continue;
        printf("  %-30s %10.2f %10.2f %7.2fx  %12.2f %10.2f %7.2fx", shapes[i].name, all[WHO_C].median,
               all[WHO_INVOKE].median, ratio(all, WHO_INVOKE), all[WHO_C_WRITTEN].median,
               all[WHO_INVOKE_WRITTEN].median, ratio(all, WHO_INVOKE_WRITTEN));
        if (counts)
            printf(" %6.0f %7.0f", counts[i][WHO_INVOKE_WRITTEN].way, counts[i][WHO_INVOKE_WRITTEN].caller);
        puts("");
    }
    puts("");
    print_above(results, WHO_INVOKE);
    print_above(results, WHO_INVOKE_WRITTEN);
}

/* ---- the program ---- */

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

static void measure_and_count(const char *program) {
    struct contender(*results)[WHO_COUNT] = calloc(shape_count, sizeof *results);
    struct count(*counts)[WHO_COUNT]      = calloc(shape_count, sizeof *counts);
    if (!results || !counts) bench_fail("out of memory");
    measure(program, results);
    print_both_ways(results, count_instructions(program, counts) ? counts : NULL);
    free(counts);
    free(results);
}

static bool any_wanted(void) {
    for (size_t i = 0; i < shape_count; i++)
        if (bench_wanted(shapes[i].name)) return true;
    return false;
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
        for (size_t i = 0; i < shape_count; i++)
            if (bench_wanted(shapes[i].name)) sample(i);
        return 0;
    }
    int at = bench_begin(argc, argv, "What does a call cost?", true);
    if (at < argc) setenv("BENCH_FILTER", argv[at], 1); /* for the processes started as well */
    if (!any_wanted()) bench_fail("BENCH_FILTER=%s matches no shape", getenv("BENCH_FILTER"));
    name_peers();
    printf("%u results are the same as the C call's\n", shapes_prepare(context));
    measure_and_count(argv[0]);
    ffi_context_free(context);
    return bench_end();
}
