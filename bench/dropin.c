/* SPDX-License-Identifier: MIT */
/* libffi's interface: our libffi.so.8 (LIBFFI_OURS names it) beside the machine's and the newest that is given.
 */
#include "bench.h"
#include "libffi.h"

#include <string.h>

struct work {
    const struct libffi       *library;
    const struct libffi_shape *described;
    struct call                call;
    ffi_cif                    cif;
    loop                      *run;
};

static double run_call(void *data, size_t count) {
    struct work *work = data;
    bench_start();
    work->run(&work->call, count);
    return bench_stop();
}

static double run_prepare(void *data, size_t count) {
    struct work *work = data;
    bench_start();
    for (size_t i = 0; i < count; i++) libffi_prepare(work->library, work->described, &work->cif);
    return bench_stop();
}

static double run_both(void *data, size_t count) {
    struct work *work = data;
    bench_start();
    for (size_t i = 0; i < count; i++) {
        libffi_prepare(work->library, work->described, &work->cif);
        work->run(&work->call, 1);
    }
    return bench_stop();
}

static struct libffi *const libraries[] = {&libffi_ours, &libffi_machine, &libffi_newest};

static void measure(const struct row *row) {
    struct shape *shape = row->data;
    shape_prepare(shape_context(), shape);
    struct work      works[countof(libraries)];
    struct contender contenders[countof(libraries)];
    char             text[256];
    size_t           count   = 0;
    bool             closure = !strcmp(row->way, "closure");
    void            *lists[countof(libraries)][MOST_ARGUMENTS]; /* ffi_call changes entries of records */
    for (size_t i = 0; i < countof(libraries); i++) {
        struct work *work = &works[count];
        if (!libffi_open(libraries[i], text, sizeof text)) continue;
        *work     = (struct work){libraries[i], libffi_shape(shape), shape_call(shape, WAY_KEPT), .run = NULL};
        work->run = closure ? loops_c[shape->callee].kept : loops_pass[shape->callee].kept;
        memcpy(lists[count], shape->pointers, sizeof lists[count]);
        work->call.pointers = lists[count];
        work->call.peer     = &work->cif;
        work->call.by.pass  = (void (*)(void *, void (*)(void), void *, void **))(uintptr_t)libraries[i]->call;
        if (closure) work->call.address = (void (*)(void))(uintptr_t)libffi_closure(libraries[i], shape);
        if (!work->described || !libffi_prepare(work->library, work->described, &work->cif) ||
            !work->call.address)
            return;
        contenders[count] = (struct contender){.who  = libraries[i]->who,
                                               .run  = !strcmp(row->way, "prepare") ? run_prepare
                                                       : !strcmp(row->way, "both")  ? run_both
                                                                                    : run_call,
                                               .data = work};
        count++;
    }
    if (libffi_open(&libffi_ours, text, sizeof text)) bench_measure(row, contenders, count);
    else bench_left_out(row->what, "%s", text);
}

BENCH_GROUP(dropin) {
    static const enum callee chosen[] = {CALLEE_void,    CALLEE_int_2,   CALLEE_i64_6, CALLEE_double_3,
                                         CALLEE_mixed_8, CALLEE_i64_10,  CALLEE_i8_2,  CALLEE_int2,
                                         CALLEE_point_2, CALLEE_mixed,   CALLEE_rec24, CALLEE_rec64,
                                         CALLEE_rec256,  CALLEE_extended};
    static const char *const ways[]   = {"call", "prepare", "both", "closure"};
    for (size_t i = 0; i < countof(chosen); i++)
        for (size_t way = 0; way < countof(ways); way++)
            bench_add((struct row){.group   = "libffi's interface",
                                   .what    = shapes[chosen[i]].what,
                                   .way     = ways[way],
                                   .measure = measure,
                                   .data    = &shapes[chosen[i]]});
}
