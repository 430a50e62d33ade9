/* SPDX-License-Identifier: MIT */
/* libffi's call, its call plan (version 3.7 and later), and its closures; the machine's, and the newest that is
 * given. */
#include "bench.h"
#include "libffi.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool prepare(const struct libffi *library, struct shape *shape, struct call *call) {
    const struct libffi_shape *described = libffi_shape(shape);
    ffi_cif                   *cif       = bench_need(calloc(1, sizeof *cif), "a cif");
    if (!described || !libffi_prepare(library, described, cif)) return false;
    /* Its own list: ffi_call lets an entry of a large record point to a copy, which it makes on the stack. */
    void **pointers = bench_need(malloc(sizeof shape->pointers), "a list");
    memcpy(pointers, shape->pointers, sizeof shape->pointers);
    call->pointers = pointers;
    call->peer     = cif;
    call->by.pass  = (void (*)(void *, void (*)(void), void *, void **))(uintptr_t)library->call;
    return true;
}

static bool prepare_plan(const struct libffi *library, struct shape *shape, struct call *call) {
    if (!prepare(library, shape, call)) return false;
    call->peer    = library->plan_alloc(call->peer);
    call->by.pass = (void (*)(void *, void (*)(void), void *, void **))(uintptr_t)library->plan_invoke;
    return call->peer != NULL;
}

static bool has_plans(struct libffi *library, char *text, size_t size) {
    if (!libffi_open(library, text, size)) return false;
    if (!library->plan_alloc) snprintf(text, size, "this libffi has no call plans; those since 3.7 have");
    return library->plan_alloc != NULL;
}

/* clang-format off */
#define LIBFFI(which, name_) \
    static bool which##_ready(char *text, size_t size) { return libffi_open(&libffi_##which, text, size); } \
    static bool which##_has_plans(char *text, size_t size) { return has_plans(&libffi_##which, text, size); } \
    static bool which##_call(struct shape *shape, enum way way, struct call *call) { \
        return (void)way, prepare(&libffi_##which, shape, call); \
    } \
    static bool which##_plan(struct shape *shape, enum way way, struct call *call) { \
        return (void)way, prepare_plan(&libffi_##which, shape, call); \
    } \
    static void *which##_closure(struct shape *shape) { return libffi_closure(&libffi_##which, shape); } \
    static struct peer which = {.name = name_, .kind = KIND_LIBRARY, .loops = loops_pass, .ready = which##_ready, \
                                .prepare = which##_call, .callback = which##_closure, .callers = loops_libffi}; \
    static struct peer which##_planned = {.name = name_ ", call plan", .kind = KIND_LIBRARY, .loops = loops_pass, \
                                          .ready = which##_has_plans, .prepare = which##_plan}; \
    PEER(which) \
    PEER(which##_planned)
LIBFFI(machine, "libffi")
LIBFFI(newest, "newest libffi")
