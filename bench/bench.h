/* SPDX-License-Identifier: MIT */
/*
 * Shared code of the benchmarks: options, timing, statistics, and one format of rows. A program names its
 * contenders. bench_measure() runs them in turn, round after round, so that a busy moment of the machine
 * affects all of them. bench_print() writes a row for a reader and, with `--tsv FILE`, one for programs. A row
 * contains its target and whether it is met.
 */
#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define countof(array) (sizeof(array) / sizeof *(array))

/* Runs an operation `count` times and returns the nanoseconds, without the preparation. */
typedef double bench_run(void *data, size_t count);

struct contender {
    const char *who;
    bench_run  *run;
    void       *data;
    size_t      count;           /* operations in a round; 0: found by calibration */
    double      median, minimum; /* nanoseconds per operation, written by bench_measure() */
};

enum verdict { VERDICT_NONE, VERDICT_MET, VERDICT_MISSED };

struct row {
    const char  *what, *who, *unit;
    double       median, minimum;
    double       ratio, more; /* against what the heading says; NAN: nothing to compare with */
    const char  *target;      /* NULL: none */
    enum verdict verdict;
    bool         written; /* just before the call are its arguments */
};

/* Reads the options and prints what is measured on which machine. With `pinned` the process stays on one
 * processor. Returns the index of the first argument that is not an option. */
int bench_begin(int argc, char **argv, const char *question, bool pinned);

/* Whether the rounds are few and short: they show that the program works, but their times mean nothing. */
bool bench_is_quick(void);
void bench_set_quick(bool quick); /* for a program without options */

/* Whether the library measured is the shared one. */
bool bench_is_shared(void);

double bench_now(void); /* nanoseconds */

/* Whether the environment's BENCH_FILTER, a basic regular expression, matches `what`; true if it is not set. */
bool bench_wanted(const char *what);

/* `rounds` is that of a long run; the environment's BENCH_ROUNDS replaces it. */
void bench_measure(struct contender *contenders, size_t count, size_t rounds);

/* `columns` says what "ratio" and "more" are; "" if there are none. */
void bench_heading(const char *title, const char *columns);
void bench_print(const struct row *row);

/* A contender as a row, compared with `base` (NULL: with nothing). */
struct row bench_row(const char *what, const struct contender *contender, const struct contender *base);

/* The row with a target; MET if `good`. */
struct row bench_judged(struct row row, const char *target, bool good);

void bench_left_out(const char *what, const char *reason);

/* Prints how many targets are met, and returns the exit code. A missed target is a result, not a failure. */
int bench_end(void);

/* Ends the program, because a contender does not work. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_fail(const char *format, ...);

#endif
