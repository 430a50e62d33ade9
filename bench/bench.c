/* SPDX-License-Identifier: MIT */
/*
 * The table of rows, rounds, and the lines that are printed; see bench.h. bench/run.pl runs it:
 *
 *     bench --list                      the rows: group, name, way, flags; the contenders of calls
 *     bench [options] [NUMBER...]       measures these rows, by their numbers in that list, or all
 *
 * --count counts instructions; --own leaves the peers out; --quick and --rounds N; --once also measures what
 * one process in a run is to measure.
 *
 * Rounds are interleaved: in each, every contender runs for some microseconds, which is far below a time slice.
 * Between rounds a loop spins that does the same each time. Where it takes longer than it can, something else
 * uses this processor: another program, or the other thread of the same core. Such a round is dropped, and
 * counted.
 */
#include "bench.h"

#include "peer.h"
#include "system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 41, QUICK_ROUNDS = 2, ATTEMPTS = 4, MOST_CONTENDERS = 24, MOST_ROWS = 1024, TURNS = 4 };

/* A batch is long against the clock's own cost; a row takes so long at most in one process. */
static const double batch_ns = 10e3, quick_batch_ns = 1e3, row_ns = 150e6, quick_row_ns = 5e6;
static const double disturbed = 1.25; /* times what the loop takes at its best */

static struct {
    const char *program;
    struct row  rows[MOST_ROWS];
    size_t      count, rounds;
    bool        quick, counts, own, once;
    double      start, calm; /* the reference loop at its best */
    char        name[256];   /* of what is counted */
} bench = {.program = "bench", .calm = 1e18};

/* ---- failing ---- */

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

void *bench_need(void *made, const char *what) {
    if (!made) bench_fail("cannot make %s", what);
    return made;
}

void bench_left_out(const char *what, const char *reason, ...) {
    va_list list;
    va_start(list, reason);
    printf("left out\t%s\t", what);
    vprintf(reason, list);
    putchar('\n');
    va_end(list);
}

bool bench_is_quick(void) {
    return bench.quick;
}

bool bench_counts(void) {
    return bench.counts;
}

bool bench_has_peers(void) {
    return !bench.own;
}

/* ---- rows ---- */

void bench_add(struct row row) {
    if (bench.count == MOST_ROWS) bench_fail("more than %d rows", MOST_ROWS);
    bench.rows[bench.count++] = row;
}

static void print_name(const char *kind, const struct row *row, const char *who) {
    printf("%s\t%s\t%s\t%s\t%s", kind, row->group, row->what, row->way, who);
}

void bench_value(const struct row *row, const char *who, const char *unit, double value) {
    print_name("value", row, who);
    printf("\t%s\t%.6g\n", unit, value);
}

/* ---- instructions: those of more turns, less those of one ---- */

void bench_start(void) {
    if (!bench.counts) bench.start = system_now();
    else if (bench.name[0]) count_begin();
}

double bench_stop(void) {
    double now = bench.counts ? 0 : system_now();
    if (bench.counts && bench.name[0]) count_end(bench.name);
    return now - bench.start;
}

static void count(const struct row *row, const struct contender *contender) {
    bench.name[0] = 0;
    contender->run(contender->data, 2); /* what is bound lazily is bound */
    for (size_t turns = 1; turns <= 1 + TURNS; turns += TURNS) {
        snprintf(bench.name, sizeof bench.name, "%s\t%s\t%s\t%s\t%zu", row->group, row->what, row->way,
                 contender->who, turns);
        contender->run(contender->data, turns);
    }
}

/* ---- nanoseconds ---- */

/* Eight sums at once: it needs all that a core can do in a cycle, and so sees a busy sibling. */
static double spin(void) {
    double        begin = system_now();
    unsigned long a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
    for (int i = 0; i < 1000; i++) {
        a += b, c += d, e += f, g += h, b += 3, d += 5, f += 7, h += 9;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
    }
    double took = system_now() - begin;
    if (took < bench.calm) bench.calm = took;
    return took;
}

/* The best of three runs counts: one may be interrupted. A JIT first has to find the loop hot. */
static size_t calibrated(const struct contender *contender) {
    double wanted = bench.quick ? quick_batch_ns : batch_ns;
    size_t count  = 4;
    if (contender->count) return contender->count;
    contender->run(contender->data, 200);
    for (;; count *= 2) {
        double best = contender->run(contender->data, count);
        for (int i = 0; i < 2 && best >= wanted / 2; i++) {
            double took = contender->run(contender->data, count);
            if (took < best) best = took;
        }
        if (best >= wanted / 2) return (size_t)((double)count * wanted / best) + 1;
    }
}

static void print_samples(const struct row *row, const char *who, const double *samples, const bool *kept,
                          size_t rounds) {
    print_name("times", row, who);
    for (size_t i = 0; i < rounds; i++)
        if (kept[i]) printf("\t%.5g", samples[i]);
    putchar('\n');
}

/* One round: no contender always follows the same one. Returns whether nothing disturbed it. */
static bool measure_round(const struct contender *contenders, size_t count, const size_t *counts, size_t round,
                          double *samples) {
    double before = spin();
    for (size_t turn = 0; turn < count; turn++) {
        size_t i   = ((round % 2 ? count - 1 - turn : turn) + round / 2) % count;
        samples[i] = contenders[i].run(contenders[i].data, counts[i]) / (double)counts[i];
    }
    double after = spin();
    return before < disturbed * bench.calm && after < disturbed * bench.calm;
}

static void time_row(const struct row *row, const struct contender *contenders, size_t count) {
    size_t  most = bench.rounds * ATTEMPTS, round = 0, good = 0, counts[MOST_CONTENDERS];
    double *samples = bench_need(calloc(most * count, sizeof *samples), "samples");
    bool   *kept    = bench_need(calloc(most, sizeof *kept), "samples");
    double *own     = bench_need(calloc(most, sizeof *own), "samples");
    double  begin   = system_now();
    for (size_t i = 0; i < count; i++) counts[i] = calibrated(&contenders[i]);
    for (size_t i = 0; i < 50; i++) spin();
    for (; round < most && good < bench.rounds; round++) {
        if (round > 1 && system_now() - begin > (bench.quick ? quick_row_ns : row_ns)) break;
        kept[round] = measure_round(contenders, count, counts, round, samples + round * count);
        good += kept[round];
    }
    /* All count where hardly any was undisturbed. */
    bool forced = good * 3 < bench.rounds && good < round;
    if (forced) memset(kept, true, round);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < round; k++) own[k] = samples[k * count + i];
        print_samples(row, contenders[i].who, own, kept, round);
    }
    print_name("rounds", row, "");
    printf("\t%zu\t%zu\t%d\n", good, round - good, forced);
    free(own), free(kept), free(samples);
}

void bench_measure(const struct row *row, const struct contender *contenders, size_t count_) {
    if (count_ > MOST_CONTENDERS) bench_fail("%s: more than %d contenders", row->what, MOST_CONTENDERS);
    if (!bench.counts) time_row(row, contenders, count_);
    else
        for (size_t i = 0; i < count_; i++) count(row, &contenders[i]);
}

/* ---- the program ---- */

static void measure_one(const struct row *row) {
    if (bench.counts && row->flags & (ONLY_TIMED | ONLY_ONCE)) return;
    if (row->flags & ONLY_ONCE && !bench.once) return;
    system_pin(!(row->flags & ON_PROCESSORS));
    row->measure(row);
    printf("done\n");
    fflush(stdout);
}

static size_t number(const char *text, size_t most) {
    char  *end;
    size_t value = strtoul(text, &end, 10);
    if (*end || end == text || value > most) bench_fail("%s: expected a number up to %zu", text, most);
    return value;
}

static int print_list(void) {
    for (size_t i = 0; i < bench.count; i++)
        printf("row\t%s\t%s\t%s\t%u\n", bench.rows[i].group, bench.rows[i].what, bench.rows[i].way,
               bench.rows[i].flags);
    for (const struct peer *peer = peers; peer; peer = peer->next) {
        static const char *const kinds[]   = {"ours", "library", "compiled"};
        char                     text[256] = "";
        bool                     there     = !peer->ready || peer->ready(text, sizeof text);
        printf("%s\t%s\t%s\t%s\n", there ? "peer" : "no peer", peer->name, kinds[peer->kind], text);
    }
    return 0;
}

int main(int argc, char **argv) {
    int at       = 1;
    bench.rounds = ROUNDS;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--list")) return print_list();
        else if (!strcmp(argv[at], "--quick")) bench.quick = true, bench.rounds = QUICK_ROUNDS;
        else if (!strcmp(argv[at], "--count")) bench.counts = true;
        else if (!strcmp(argv[at], "--own")) bench.own = true;
        else if (!strcmp(argv[at], "--once")) bench.once = true;
        else if (!strcmp(argv[at], "--rounds") && at + 1 < argc) bench.rounds = number(argv[++at], 10000);
        else bench_fail("unknown option %s", argv[at]);
    }
    if (!bench.rounds) bench_fail("expected at least one round");
    for (int i = 0; i < 2000 && !bench.counts; i++) spin();
    for (int i = at; i < argc; i++) measure_one(&bench.rows[number(argv[i], bench.count - 1)]);
    for (size_t i = 0; at == argc && i < bench.count; i++) measure_one(&bench.rows[i]);
    return 0;
}
