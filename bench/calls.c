/* SPDX-License-Identifier: MIT */
/*
 * Calls and callbacks: each shape in each way, by every peer that is there. A callback is called by C's own
 * loop. Before anything is measured, each contender's result is compared with C's.
 */
#include "bench.h"
#include "peer.h"

#include <stdio.h>
#include <string.h>

enum { MOST_PEERS = 20 };

struct cell {
    struct shape *shape;
    enum way      way;
};

struct runner {
    loop       *run;
    struct call call;
};

static double run_loop(void *data, size_t count) {
    struct runner *runner = data;
    bench_start();
    runner->run(&runner->call, count);
    double took = bench_stop();
    runner->call.position += count;
    return took;
}

/* ---- results ---- */

enum { LINE = sizeof(union datum) + 64 };

/* Runs one turn over a known background; the padding of an x87 number is not compared. */
static void result_of(const struct shape *shape, struct runner *runner, unsigned char *line) {
    memset(runner->call.result, 0x5a, LINE);
    runner->run(&runner->call, 1);
    memcpy(line, runner->call.result, LINE);
    if (ffi_type_kind(ffi_type_target(shape->type)) == FFI_KIND_F80) memset(line + 10, 0, 6);
}

/* Others may write more than the result's own size. One that gives another result is left out. */
static bool is_right(const struct shape *shape, struct runner *by_c, struct runner *runner,
                     const struct peer *peer) {
    unsigned char wanted[LINE], got[LINE];
    result_of(shape, by_c, wanted);
    result_of(shape, runner, got);
    if (memcmp(wanted, got, peer->kind == KIND_OURS ? (size_t)LINE : shape->result_size) == 0) return true;
    if (peer->kind == KIND_OURS) bench_fail("%s: %s gives another result than C", shape->what, peer->name);
    bench_left_out(peer->name, "%s: it gives another result than C", shape->what);
    return false;
}

/* ---- rows ---- */

/* Those that take part in a row; the first is C. */
struct field {
    size_t           count;
    struct contender contenders[MOST_PEERS];
    struct runner    runners[MOST_PEERS];
    struct target    targets[MOST_PEERS][TARGETS];
};

static void enter(struct field *field, const struct cell *cell, const struct peer *peer) {
    struct runner *runner = &field->runners[field->count];
    if (field->count && cell->way != WAY_CHAINED && !is_right(cell->shape, &field->runners[0], runner, peer))
        return;
    field->contenders[field->count++] = (struct contender){.who = peer->name, .run = run_loop, .data = runner};
}

static void measure_call(const struct row *row) {
    const struct cell  *cell = row->data;
    static struct field field;
    field.count = 0;
    shape_prepare(shape_context(), cell->shape);
    if (cell->way == WAY_CHAINED && !cell->shape->can_chain) return;
    for (const struct peer *peer = peers; peer; peer = peer->next) {
        struct runner *runner = &field.runners[field.count];
        if (is_wide(cell->shape->callee) && peer->kind != KIND_OURS) continue;
        loop *run = peer->loops ? loop_of_way(&peer->loops[cell->shape->callee], cell->way) : NULL;
        if (!run || !peer_is_here(peer)) continue;
        *runner = (struct runner){run, shape_call(cell->shape, cell->way)};
        if (!peer->prepare || peer->prepare(cell->shape, cell->way, &runner->call)) enter(&field, cell, peer);
    }
    bench_measure(row, field.contenders, field.count);
}

static void measure_callback(const struct row *row) {
    const struct cell  *cell    = row->data;
    size_t              several = cell->way == WAY_RANDOM ? TARGETS : 1;
    static struct field field;
    field.count = 0;
    shape_prepare(shape_context(), cell->shape);
    for (const struct peer *peer = peers; peer; peer = peer->next) {
        struct runner *runner  = &field.runners[field.count];
        struct target *targets = field.targets[field.count];
        if (!peer->callback || !peer_is_here(peer) || (peer->few && several > 1)) continue;
        if (is_wide(cell->shape->callee) && peer->kind != KIND_OURS) continue;
        for (size_t i = 0; i < several; i++) {
            const void *code   = peer == peers && several > 1
                                     ? cell->shape->jumps + i * JUMP_SIZE /* C's many functions */
                                     : peer->callback(cell->shape);
            targets[i].address = (void (*)(void))(uintptr_t)code;
        }
        if (!targets[0].address) continue;
        *runner              = (struct runner){loop_of_way(&peer->callers[cell->shape->callee], cell->way),
                                               shape_call(cell->shape, cell->way)};
        runner->call.address = targets[0].address;
        runner->call.targets = targets;
        enter(&field, cell, peer);
    }
    bench_measure(row, field.contenders, field.count);
}

static double run_empty(void *data, size_t count) {
    bench_start();
    loop_empty(data, count);
    return bench_stop();
}

static void measure_empty(const struct row *row) {
    shape_prepare(shape_context(), &shapes[0]);
    struct call      call = shape_call(&shapes[0], WAY_KEPT);
    struct contender one  = {.who = "empty turn of the loop", .run = run_empty, .data = &call};
    bench_measure(row, &one, 1);
}

/* Whether the processor has the registers. */
static bool is_here(const struct shape *shape) {
    return !is_wide(shape->callee) || HAS_WIDE;
}

/* A handler has no arguments after `...`, and errno tells nothing about a callback. */
static bool is_called_back(const struct shape *shape) {
    return shape->fixed == ALL && shape->callee != CALLEE_sets_errno;
}

BENCH_GROUP(calls) {
    static struct cell cells[CALLEE_COUNT][WAY_COUNT];
    bench_add((struct row){.group = "calls", .what = "no call", .way = "kept", .measure = measure_empty});
    for (size_t i = 0; i < CALLEE_COUNT; i++)
        for (enum way way = 0; way < WAY_COUNT && is_here(&shapes[i]); way++) {
            cells[i][way] = (struct cell){&shapes[i], way};
            bench_add((struct row){.group   = "calls",
                                   .what    = shapes[i].what,
                                   .way     = way_names[way],
                                   .measure = measure_call,
                                   .data    = &cells[i][way],
                                   .flags   = way > WAY_CHAINED ? ONLY_TIMED : 0});
        }
    for (size_t i = 0; i < CALLEE_COUNT; i++)
        for (enum way way = 0; way < WAY_COUNT; way++)
            if (is_here(&shapes[i]) && is_called_back(&shapes[i]) && (way == WAY_KEPT || way == WAY_RANDOM))
                bench_add((struct row){.group   = "callbacks",
                                       .what    = shapes[i].what,
                                       .way     = way_names[way],
                                       .measure = measure_callback,
                                       .data    = &cells[i][way],
                                       .flags   = way > WAY_CHAINED ? ONLY_TIMED : 0});
}
