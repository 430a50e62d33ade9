/* SPDX-License-Identifier: MIT */
/*
 * Userdata that a callback owns. It is dropped after the callback was freed and its last running call has
 * returned. A record counts the live callback and the running calls. A call may come late, or return after its
 * context was freed. So the process never frees records, and reuses one only after many others were freed.
 */
#include "callback/owned.h"

#include "base/error.h"
#include "base/memory.h"
#include "os/spin.h"

enum { REST = 1024 };

struct owned {
    _Atomic size_t holds; /* one for the live callback and one for each running call; 0: dropped */
    ffi_handler   *handler;
    void          *userdata;
    void (*revoked)(void *userdata); /* NULL, or called when the callback is revoked */
    void (*drop)(void *userdata);
    struct owned *next, **link; /* the next live record of the context; at rest: the next one of the queue */
};

/* The process's records at rest; the one that has rested longest comes first. See spin.h for the order of stores: the
 * last record is written before the first one, and a count that is wrong by one does no harm. */
static struct {
    spin_lock               lock;
    _Atomic(struct owned *) first;
    struct owned           *last;
    size_t                  count;
} rest;

static struct owned *take(void) {
    struct owned *owned = NULL;
    spin_take(&rest.lock);
    if (rest.count > REST) {
        owned = rest.first;
        atomic_store_explicit(&rest.first, owned->next, memory_order_relaxed);
        rest.count--;
    }
    spin_give(&rest.lock);
    return owned;
}

static void give(struct owned *owned) {
    owned->next = NULL;
    spin_take(&rest.lock);
    if (rest.first) {
        rest.last->next = owned;
        rest.last       = owned;
    } else {
        rest.last = owned;
        atomic_store_explicit(&rest.first, owned, memory_order_release);
    }
    rest.count++;
    spin_give(&rest.lock);
}

struct owned *owned_new(struct owned **list, const ffi_wrapper *owner) {
    struct owned *owned = take();
    if (!owned && !(owned = memory_libc(NULL, NULL, 0, sizeof *owned)))
        return fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes were refused", sizeof *owned), NULL;
    owned->handler  = owner->handler;
    owned->userdata = owner->userdata;
    owned->revoked  = owner->revoked;
    owned->drop     = owner->drop;
    owned->link     = list;
    owned->next     = *list;
    if (owned->next) owned->next->link = &owned->next;
    *list = owned;
    atomic_store(&owned->holds, 1);
    return owned;
}

bool owned_is_of(const struct owned *owned, ffi_handler *handler) {
    return owned->handler == handler;
}

void *owned_userdata(const struct owned *owned) {
    return owned->userdata;
}

void owned_unlink(struct owned *owned) {
    *owned->link = owned->next;
    if (owned->next) owned->next->link = owned->link;
}

void owned_abandon(struct owned *owned) {
    owned_unlink(owned);
    atomic_store(&owned->holds, 0);
    give(owned);
}

static void release(struct owned *owned) {
    if (atomic_fetch_sub(&owned->holds, 1) != 1) return;
    owned->drop(owned->userdata);
    give(owned);
}

void owned_revoke(struct owned *owned) {
    if (owned->revoked) owned->revoked(owned->userdata);
    release(owned);
}

/* The handler of callbacks that own their userdata. For a call after the drop the result is zeroes already. */
void owned_call(void *result, const ffi_value *args, void *userdata) {
    struct owned *owned = userdata;
    size_t        holds = atomic_load(&owned->holds);
    do
        if (!holds) return;
    while (!atomic_compare_exchange_weak(&owned->holds, &holds, holds + 1));
    owned->handler(result, args, owned->userdata);
    release(owned);
}
