/* SPDX-License-Identifier: MIT */
/* Options, rounds, statistics and rows; see bench.h. */
#define _GNU_SOURCE
#include "bench.h"

#include <ffi_invoke.h>
#include <link.h>
#include <regex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
    bool        quick, shared;
    FILE       *tsv;
    const char *program;
    const char *group; /* of the rows that follow */
    char        what[64];
    unsigned    met, missed;
} bench;

/* A batch is long against the clock's own cost, and short against a time slice. */
static const double batch_ns = 100e3, quick_batch_ns = 2e3;

/* ---- the program ---- */

void bench_fail(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", bench.program);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    exit(1);
}

static int find_library(struct dl_phdr_info *info, size_t size, void *found) {
    (void)size;
    if (strstr(info->dlpi_name, "libffi_invoke.so")) *(bool *)found = true;
    return 0;
}

static void open_tsv(const char *path) {
    bench.tsv = fopen(path, "a");
    if (!bench.tsv) bench_fail("cannot write %s", path);
    fseek(bench.tsv, 0, SEEK_END);
    if (ftell(bench.tsv) == 0)
        fputs("program\tlibrary\tgroup\twhat\twho\tmedian\tminimum\tunit\tratio\tmore\ttarget\tverdict\t"
              "arguments\n",
              bench.tsv);
}

static void print_machine(const char *place) {
    char  line[256], model[128] = "unknown processor";
    FILE *info = fopen("/proc/cpuinfo", "r");
    while (info && fgets(line, sizeof line, info))
        if (sscanf(line, "model name : %127[^\n]", model) == 1) break;
    if (info) fclose(info);
    printf("%s, %ld processors%s; compiler %s\n", model, sysconf(_SC_NPROCESSORS_ONLN), place, __VERSION__);
}

/* Stays where it is: another processor would begin with cold caches and maybe another clock. */
static bool pin(void) {
    cpu_set_t set;
    int       cpu = sched_getcpu();
    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? 0U : (unsigned)cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

int bench_begin(int argc, char **argv, const char *question, bool pinned) {
    const char *slash = strrchr(argv[0], '/');
    bench.program     = slash ? slash + 1 : argv[0];
    int at            = 1;
    for (; at < argc && !strncmp(argv[at], "--", 2); at++) {
        if (!strcmp(argv[at], "--quick")) bench.quick = true;
        else if (!strcmp(argv[at], "--tsv") && at + 1 < argc) open_tsv(argv[++at]);
        else bench_fail("unknown option %s; there are --quick and --tsv FILE", argv[at]);
    }
    dl_iterate_phdr(find_library, &bench.shared);
    printf("%s, with the %s library%s\n", question, bench.shared ? "shared" : "static",
           bench.quick ? " (quick: the times mean nothing)" : "");
    if (!pinned) print_machine("");
    else print_machine(pin() ? ", pinned to one" : ", could not be pinned to one");
    return at;
}

bool bench_is_quick(void) {
    return bench.quick;
}

void bench_set_quick(bool quick) {
    bench.quick = quick;
}

bool bench_wanted(const char *what) {
    const char *filter = getenv("BENCH_FILTER");
    regex_t     pattern;
    if (!filter) return true;
    if (regcomp(&pattern, filter, REG_NOSUB)) bench_fail("BENCH_FILTER=%s: invalid regular expression", filter);
    bool matches = regexec(&pattern, what, 0, NULL, 0) == 0;
    regfree(&pattern);
    return matches;
}

bool bench_is_shared(void) {
    return bench.shared;
}

int bench_end(void) {
    printf("\n%u targets met, %u missed\n\n", bench.met, bench.missed);
    if (bench.tsv) fclose(bench.tsv);
    return 0;
}

/* ---- time ---- */

double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static size_t calibrated(const struct contender *contender) {
    double wanted = bench.quick ? quick_batch_ns : batch_ns;
    size_t count  = 8;
    for (;; count *= 2) {
        double took = contender->run(contender->data, count);
        if (took >= wanted / 2) return (size_t)((double)count * wanted / took) + 1;
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void bench_measure(struct contender *contenders, size_t count, size_t rounds) {
    const char *wanted = getenv("BENCH_ROUNDS");
    if (bench.quick) rounds = 3;
    if (wanted) rounds = strtoul(wanted, NULL, 10);
    if (!rounds) bench_fail("BENCH_ROUNDS=%s: expected a positive number", wanted);
    double *samples = calloc(rounds * count, sizeof *samples);
    if (!samples) bench_fail("out of memory");
    for (size_t i = 0; i < count; i++)
        if (!contenders[i].count) contenders[i].count = calibrated(&contenders[i]);
    for (size_t round = 0; round < rounds; round++)
        for (size_t turn = 0; turn < count; turn++) {
            /* Nobody always follows the same one: every other round goes backwards. */
            size_t            i         = ((round % 2 ? count - 1 - turn : turn) + round / 2) % count;
            struct contender *c         = &contenders[i];
            samples[i * rounds + round] = c->run(c->data, c->count) / (double)c->count;
        }
    for (size_t i = 0; i < count; i++) {
        double *own = samples + i * rounds;
        qsort(own, rounds, sizeof *own, compare);
        contenders[i].minimum = own[0];
        contenders[i].median  = own[rounds / 2];
    }
    free(samples);
}

/* ---- rows ---- */

void bench_heading(const char *title, const char *columns) {
    bench.group   = title;
    bench.what[0] = 0;
    printf("\n%s%s%s\n", title, *columns ? "; " : "", columns);
    printf("  %-30s %-27s %10s %10s %-5s %8s %10s\n", "what", "who", "median", "minimum", "", "ratio", "more");
}

static void print_number(const char *format, double number, int width) {
    if (isnan(number)) printf("%*s", width, "");
    else printf(format, width, number);
}

static const char *const verdicts[] = {"", "met", "MISSED"};

void bench_print(const struct row *row) {
    bool same = !strncmp(bench.what, row->what, sizeof bench.what - 1);
    char who[64];
    snprintf(who, sizeof who, "%s%s", row->who, row->written ? ", written" : "");
    snprintf(bench.what, sizeof bench.what, "%s", row->what);
    printf("  %-30s %-27s ", same ? "" : row->what, who);
    print_number("%*.2f", row->median, 10);
    print_number(" %*.2f", row->minimum, 10);
    printf(" %-5s", row->unit);
    print_number(" %*.2fx", row->ratio, 7);
    print_number(" %+*.2f", row->more, 10);
    if (row->target) printf("  %s: %s", row->target, verdicts[row->verdict]);
    puts("");
    bench.met += row->verdict == VERDICT_MET;
    bench.missed += row->verdict == VERDICT_MISSED;
    if (bench.tsv)
        fprintf(bench.tsv, "%s\t%s\t%s\t%s\t%s\t%.3f\t%.3f\t%s\t%.3f\t%.3f\t%s\t%s\t%s\n", bench.program,
                bench.shared ? "shared" : "static", bench.group, row->what, row->who, row->median, row->minimum,
                row->unit, row->ratio, row->more, row->target ? row->target : "", verdicts[row->verdict],
                row->written ? "written" : "kept");
}

struct row bench_row(const char *what, const struct contender *contender, const struct contender *base) {
    return (struct row){
        .what    = what,
        .who     = contender->who,
        .unit    = "ns",
        .median  = contender->median,
        .minimum = contender->minimum,
        .ratio   = base && base != contender ? contender->median / base->median : (double)NAN,
        .more    = base && base != contender ? contender->median - base->median : (double)NAN,
    };
}

struct row bench_judged(struct row row, const char *target, bool good) {
    row.target  = target;
    row.verdict = good ? VERDICT_MET : VERDICT_MISSED;
    return row;
}

void bench_left_out(const char *what, const char *reason) {
    printf("  left out: %s: %s\n", what, reason);
}
