/* SPDX-License-Identifier: MIT */
/* Callbacks: a plan, applied from registers to arguments. */
#ifndef CALLBACK_H
#define CALLBACK_H

#include "callback/trampoline.h"
#include "plan/plan.h"

/* What the ABIs' entries call; `stack` is where the caller's stack arguments begin, and the image has `vector`
 * bytes of each vector register. Each leaves the result in the image. callback_of_image() serves live callbacks
 * whose arguments or result do not stand in slots, callback_late() those that were freed or have no context. */
typedef void of_image(struct image *image, ffi_callback *callback, void *stack, unsigned vector);
of_image     callback_of_image, callback_late;

/* A callback by a plan of this signature, under the context's lock; `name` of `length` bytes is for reports of
 * late calls. With an entry of its own in `target` no hooks are called. Its trampoline is of `page`. NULL with an error. */
ffi_callback *callback_make(ffi_context *context, const struct plan *plan, const ffi_ctype *signature,
                            const struct code_page *page, struct target target, const char *name,
                            size_t length);

/* The plan of a callback that is not freed; NULL with an error for the public function `where`. */
const struct plan *callback_plan(const char *where, const ffi_callback *callback);

/* What else is known of a live callback, made if there is nothing yet; NULL with an error. Under the lock. */
struct extra *callback_extra(ffi_context *context, ffi_callback *callback);

/* Revokes a callback, unless it was before or the system keeps it read-only. Under the context's lock. */
void callback_revoke(ffi_callback *callback);

/* ---- what calls read of the context ---- */

static inlined bool is_freed(unsigned state) {
    return state == CALLBACK_REVOKED || state == CALLBACK_REPORTED;
}

/* Returns the state. If the callback is live or freed, counts the call: the plan and `extra` then stay until
 * look_away(). In another state the call is not counted and must not read them. A call of a detached callback
 * does not even begin to count, because many of them would keep the context from ending. */
static inlined unsigned look(struct upkeep *upkeep) {
    unsigned state = atomic_load(&upkeep->state);
    if (state != CALLBACK_LIVE && !is_freed(state)) return state;
    atomic_fetch_add(&upkeep->looking, 1);
    state = atomic_load(&upkeep->state);
    if (state != CALLBACK_LIVE && !is_freed(state)) atomic_fetch_sub(&upkeep->looking, 1);
    return state;
}

static inlined void look_away(struct upkeep *upkeep) {
    atomic_fetch_sub(&upkeep->looking, 1);
}

/* ---- traces (trace.c) ---- */

/* What a live callback reaches, behind its trace. */
struct target callback_reached(const ffi_callback *callback);

/* Sets what a live callback reaches, behind its trace. False with an error. Under the lock. */
bool callback_reach(ffi_callback *callback, ffi_handler *handler, void *userdata);

/* Frees all callbacks, at the end of the context. Later native calls return zeroes. */
void callbacks_free(ffi_context *context);

#endif
