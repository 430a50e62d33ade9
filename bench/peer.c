/* SPDX-License-Identifier: MIT */
/* The list of peers, and the first of them: the C call that all are compared with, and the library's own ways.
 */
#include "peer.h"

#include "bench.h"

struct peer *peers;

void peer_add(struct peer *peer) {
    struct peer **end = &peers;
    while (*end) end = &(*end)->next;
    *end = peer;
}

bool peer_is_here(const struct peer *peer) {
    char text[256];
    return (peer->kind == KIND_OURS || bench_has_peers()) && (!peer->ready || peer->ready(text, sizeof text));
}

static void *c_code(struct shape *shape) {
    return (void *)(uintptr_t)shape->address;
}

static void *our_code(struct shape *shape) {
    ffi_callback *callback = ffi_callback_typed(shape_context(), shape->type, shape->handler, NULL);
    if (!callback) bench_fail("%s: %s", shape->what, ffi_last_message());
    return ffi_callback_code(callback);
}

static bool capture(struct shape *shape, enum way way, struct call *call) {
    ffi_function *function =
        ffi_function_typed(shape_context(), (void *)(uintptr_t)shape->address, shape->type);
    if (shape->callee != CALLEE_sets_errno || way == WAY_EIGHT || way == WAY_RANDOM) return false;
    bench_need(function, "a function");
    ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    call->function = function;
    return true;
}

static struct peer c      = {.name = "C", .loops = loops_c, .callback = c_code, .callers = loops_c};
static struct peer invoke = {
    .name = "ffi_invoke", .loops = loops_invoke, .callback = our_code, .callers = loops_ours};
static struct peer captured = {.name = "ffi_invoke, errno captured", .loops = loops_invoke, .prepare = capture};
static struct peer pointers = {.name = "ffi_invoke_pointers", .loops = loops_pointers};

/* In this order on every system. */
__attribute__((constructor)) static void add_own(void) {
    peer_add(&c), peer_add(&invoke), peer_add(&captured), peer_add(&pointers);
}
