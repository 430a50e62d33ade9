/* SPDX-License-Identifier: MIT */
/* A switch over signatures, as programs write by hand that call few kinds of functions: a case for each. */
#include "loops.h"
#include "peer.h"

#include <stdio.h>

/* clang-format off */
#define CASE_(id, what, leaves, member, list, fixed) \
    case CALLEE_##id: SET_##leaves(member) ((__typeof__(callee_##id) *)c.address)(list(LOAD, LOAD_BEHIND)); return;
/* clang-format on */

static void call_dynamic(enum callee callee, void (*address)(void), union datum *result, ffi_value *args) {
    const struct {
        void (*address)(void);
        union datum *result;
        ffi_value   *args;
    } c = {address, result, args};
    switch (callee) {
        CALLEES(CASE_)
    default: return;
    }
}

static bool prepare(struct shape *shape, enum way way, struct call *call) {
    (void)shape, (void)way;
    call->by.code = call_dynamic;
    return true;
}

static bool ready(char *text, size_t size) {
    (void)snprintf(text, size, "%d cases, compiled by %s", (int)CALLEE_COUNT, __VERSION__);
    return true;
}

static struct peer by_switch = {
    .name = "switch", .kind = KIND_COMPILED, .loops = loops_code, .ready = ready, .prepare = prepare};
PEER(by_switch)
