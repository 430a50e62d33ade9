/* SPDX-License-Identifier: MIT */
/*
 * What all benchmarks share: a table of rows. A row has a group, a name and a way, and a function that sets
 * contenders up and gives them to bench_measure(). That measures nanoseconds, round after round, or counts
 * instructions, and prints one line for each contender; bench/run.pl reads the lines and makes everything else
 * of them.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>

#define countof(array) (sizeof(array) / sizeof *(array))

/* Runs an operation `count` times, and returns what bench_stop() does. bench_start() comes before, without what
 * has to be prepared, and bench_stop() after. */
typedef double bench_run(void *data, size_t count);

void   bench_start(void);
double bench_stop(void); /* nanoseconds since bench_start() */

struct contender {
    const char *who;
    bench_run  *run;
    void       *data;
    size_t      count; /* operations in a round; 0: found by calibration */
};

enum {
    ONLY_TIMED    = 1, /* its instructions are not counted */
    ONLY_ONCE     = 2, /* a process measures it once, and not every process */
    ON_PROCESSORS = 4  /* on all of them; other rows stay on one */
};

struct row {
    const char *group, *what, *way;
    void (*measure)(const struct row *row);
    void    *data;
    unsigned flags;
};

/* Adds a row; its texts stay the caller's. Groups do it before main(), by BENCH_GROUP, so that the files that
 * are linked decide which rows there are. */
void bench_add(struct row row);
#define BENCH_GROUP(name)                                                                                      \
    __attribute__((constructor)) static void name(void);                                                       \
    static void                              name(void)

void bench_measure(const struct row *row, const struct contender *contenders, size_t count);

/* A figure of another kind: bytes, or nanoseconds that were measured once. */
void bench_value(const struct row *row, const char *who, const char *unit, double value);

/* A contender or a row that is not there, and why. */
__attribute__((format(printf, 2, 3))) void bench_left_out(const char *what, const char *reason, ...);

bool bench_is_quick(void); /* few and short rounds, whose times mean nothing */
bool bench_counts(void);   /* instructions, not nanoseconds */
bool bench_has_peers(void);

void *bench_need(void *made, const char *what); /* ends the program if it is NULL */

/* Ends the program, because a contender does not work. */
__attribute__((noreturn, format(printf, 1, 2))) void bench_fail(const char *format, ...);

#endif
