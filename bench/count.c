/* SPDX-License-Identifier: MIT */
/*
 * The program runs itself under callgrind, which counts each function's own instructions, and dumps once per
 * loop. A call's way through a library is then everything but three functions: the loop, the callee, and what
 * starts the loop. "instructions" is that, and one for the caller's own call instruction: from the caller's
 * call through the stub's ret, without the callee. "in the caller" is what the loop itself takes beyond an
 * empty one: to write arguments, to set the arguments of the call up, to call, and to store the result.
 */
#define _GNU_SOURCE
#include "count.h"

#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#define NO_CALLGRIND_HEADER
#endif

enum { CALLS = 1000 };

/* ---- in callgrind ---- */

__attribute__((noinline)) static void collect_one(loop *run, const struct call *call, const char *name) {
    run(call, 2); /* what is bound lazily is bound */
    CALLGRIND_ZERO_STATS;
    run(call, CALLS);
    CALLGRIND_DUMP_STATS_AT(name);
}

int count_collect(void) {
    char name[64];
    collect_one(loop_empty, &shapes[0].call, "empty");
    for (size_t i = 0; i < shape_count; i++)
        for (enum who who = 0; who < WHO_COUNT; who++) {
            loop *run = shape_loop(&shapes[i], who);
            if (!run || !bench_wanted(shapes[i].name)) continue;
            snprintf(name, sizeof name, "%zu %d", i, (int)who);
            collect_one(run, &shapes[i].call, name);
        }
    return 0;
}

/* ---- reading what it wrote ---- */

static bool begins(const char *text, const char *with) {
    return !strncmp(text, with, strlen(with));
}

/* A dump is a list of functions with their own costs, "line count"; after "calls=" comes one line with what
 * the called functions took, which is not the function's own. */
static struct count read_dump(FILE *file) {
    struct count counts    = {0, 0};
    double      *into      = NULL;
    bool         inclusive = false;
    char         line[1024];
    while (fgets(line, sizeof line, file) && !begins(line, "totals:")) {
        const char *count = strchr(line, ' ');
        if (begins(line, "fn=")) {
            const char *function = line + 3;
            if (begins(function, "loop_")) into = &counts.caller;
            else into = begins(function, "callee_") || begins(function, "collect_") ? NULL : &counts.way;
        } else if (begins(line, "calls=")) {
            inclusive = true;
        } else if (strchr("0123456789", *line) && count) {
            if (into && !inclusive) *into += strtod(count, NULL) / CALLS;
            inclusive = false;
        }
    }
    return counts;
}

static bool read_all(FILE *file, struct count (*table)[WHO_COUNT], struct count *empty) {
    const char *const mark = "desc: Trigger: Client Request: ";
    char              line[1024];
    size_t            dumps = 0, shape;
    unsigned          who;
    while (fgets(line, sizeof line, file)) {
        if (!begins(line, mark)) continue;
        struct count counts = read_dump(file);
        if (begins(line + strlen(mark), "empty")) *empty = counts;
        else if (sscanf(line + strlen(mark), "%zu %u", &shape, &who) == 2 && shape < shape_count &&
                 who < WHO_COUNT)
            table[shape][who] = counts;
        dumps++;
    }
    return dumps > 1;
}

/* Whether callgrind ran and wrote to `file`. */
static bool run_callgrind(const char *program, const char *file) {
    char out[300];
    snprintf(out, sizeof out, "--callgrind-out-file=%s", file);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1), dup2(null, 2);
        execlp("valgrind", "valgrind", "--tool=callgrind", "--combine-dumps=yes", "--compress-strings=no",
               "--compress-pos=no", out, program, "--collect", (char *)NULL);
        _exit(127);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* ---- rows ---- */

/* The callee of a shape may itself call (errno is found by a function): the C call shows how much. */
static void subtract(struct count *counts, double empty) {
    double callee = counts[WHO_C].way;
    for (enum who who = 0; who < WHO_COUNT; who++) {
        counts[who].way += 1 - callee;
        counts[who].caller -= empty;
    }
}

static void print_shape(const struct shape *shape, const struct count *counts) {
    char target[64];
    for (enum who who = 0; who < WHO_COUNT; who++) {
        if (!shape_loop(shape, who)) continue;
        double     ceiling = 14 + 2 * (double)shape->args, count = counts[who].way;
        struct row row = {.what    = shape->name,
                          .who     = entrants[who].name,
                          .written = entrants[who].writes,
                          .unit    = "instr",
                          .median  = count,
                          .minimum = count,
                          .ratio   = (double)NAN,
                          .more    = counts[who].caller};
        if (shape->aim == AIM_REGISTERS && who == WHO_INVOKE) {
            snprintf(target, sizeof target, "<= 14 + 2 x %zu = %.0f", shape->args, ceiling);
            row = bench_judged(row, target, count <= ceiling);
        }
        bench_print(&row);
    }
}

bool count_instructions(const char *program, struct count (*counts)[WHO_COUNT]) {
    bench_heading("Instructions from the caller's call through the stub's ret, without the callee's",
                  "more: what the caller itself executes for the call");
#ifdef NO_CALLGRIND_HEADER
    bench_left_out("instructions", "<valgrind/callgrind.h> was not there when this was compiled");
    return false;
#endif
    char folder[] = "/tmp/bench.XXXXXX", path[64];
    if (!mkdtemp(folder)) bench_fail("cannot make a folder in /tmp");
    snprintf(path, sizeof path, "%s/callgrind", folder);
    struct count empty = {0, 0};
    FILE        *file  = run_callgrind(program, path) ? fopen(path, "r") : NULL;
    if (!file) bench_left_out("instructions", "valgrind is not installed, or cannot run this program");
    else if (!read_all(file, counts, &empty)) bench_fail("cannot read what callgrind wrote");
    for (size_t i = 0; file && i < shape_count; i++) {
        if (!bench_wanted(shapes[i].name)) continue;
        subtract(counts[i], empty.caller);
        print_shape(&shapes[i], counts[i]);
    }
    if (file) fclose(file);
    unlink(path);
    rmdir(folder);
    return file != NULL;
}
