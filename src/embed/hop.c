/* SPDX-License-Identifier: MIT */
/*
 * Hops: a thread has a callback run by the queue's thread, and waits for the result.
 *
 * A hop is in the queue's ring, in order with all that is posted; and in a list, from which the queue's thread
 * takes it if that is itself waiting in a hop. Whoever begins it first runs it. The caller may give up at any
 * time; so a hop is counted, and the arguments and the result are its own.
 */
#include "embed/queue.h"

#include <stdlib.h>

enum hop_state { HOP_WAITS, HOP_RUNS, HOP_DONE, HOP_FAILED, HOP_ABANDONED };

struct hop {
    _Atomic int      state;
    _Atomic size_t   holds; /* the caller's, the message's, and that of the thread that runs it */
    struct delivery *delivery;
    struct hop      *next; /* in the queue's list, under its monitor */
    bool             listed;
    struct monitor   monitor; /* where the caller waits */
    char            *result;
    ffi_value       *slots;
    void            *block; /* what was allocated */
};

static void release(struct hop *hop) {
    if (atomic_fetch_sub(&hop->holds, 1) != 1) return;
    monitor_free(&hop->monitor);
    delivery_release(hop->delivery);
    free(hop->block);
}

/* ---- carrying out ---- */

static void end(struct hop *hop, enum hop_state state) {
    int running = HOP_RUNS;
    if (!atomic_compare_exchange_strong(&hop->state, &running, (int)state)) return;
    monitor_enter(&hop->monitor);
    monitor_wake(&hop->monitor);
    monitor_leave(&hop->monitor);
}

static bool begin(struct hop *hop) {
    int waits = HOP_WAITS;
    return atomic_compare_exchange_strong(&hop->state, &waits, HOP_RUNS);
}

static void carry_out(ffi_queue *queue, struct hop *hop) {
    struct delivery *delivery = hop->delivery;
    if (!begin(hop)) return;
    if (!atomic_load(&delivery->live)) {
        queue_note(queue, COUNT_LATE);
        end(hop, HOP_FAILED);
        return;
    }
    delivery->handler(hop->result, hop->slots, delivery->userdata);
    end(hop, HOP_DONE);
}

static void fail(struct hop *hop) {
    if (begin(hop)) end(hop, HOP_FAILED);
}

struct hop_message {
    struct message head;
    struct hop    *hop;
};

static void run_hop(ffi_queue *queue, void *message) {
    struct hop *hop = ((struct hop_message *)message)->hop;
    if (queue) carry_out(queue, hop);
    else fail(hop);
    release(hop);
}

/* ---- the list ---- */

static void unlist(ffi_queue *queue, struct hop *hop) {
    monitor_enter(&queue->monitor);
    for (struct hop **link = &queue->hops; hop->listed && *link; link = &(*link)->next)
        if (*link == hop) {
            *link       = hop->next;
            hop->listed = false;
            break;
        }
    monitor_leave(&queue->monitor);
}

/* The one that has waited longest; held. */
static struct hop *take_listed(ffi_queue *queue) {
    struct hop *hop = NULL;
    monitor_enter(&queue->monitor);
    struct hop **link = &queue->hops;
    while (*link && (*link)->next) link = &(*link)->next;
    if ((hop = *link)) {
        *link       = NULL;
        hop->listed = false;
        atomic_fetch_add(&hop->holds, 1);
    }
    monitor_leave(&queue->monitor);
    return hop;
}

void hops_serve(ffi_queue *queue) {
    for (struct hop *hop; (hop = take_listed(queue));) carry_out(queue, hop), release(hop);
}

void hops_fail(ffi_queue *queue) {
    for (struct hop *hop; (hop = take_listed(queue));) fail(hop), release(hop);
}

/* ---- waiting ---- */

static bool is_over(struct hop *hop) {
    return atomic_load(&hop->state) >= HOP_DONE;
}

/* False if the time is over first. */
static bool rest(struct hop *hop, struct waiter *waiter, uint64_t until) {
    bool in_time = true;
    monitor_enter(&hop->monitor);
    while (!is_over(hop) && !waiter->woken && in_time) {
        uint64_t now  = until == UINT64_MAX ? 0 : system_milliseconds();
        uint32_t left = until == UINT64_MAX ? UINT32_MAX : now < until ? (uint32_t)(until - now) : 0;
        if (!(in_time = left)) break;
        monitor_wait(&hop->monitor, left);
    }
    waiter->woken = false;
    monitor_leave(&hop->monitor);
    return in_time;
}

/* Waits until the hop is over or the time is; then gives it up, unless it has ended meanwhile. */
static void await(struct hop *hop, uint32_t timeout) {
    uint64_t      until = timeout == UINT32_MAX ? UINT64_MAX : system_milliseconds() + timeout;
    struct waiter waiter;
    bool          in_time = true;
    waiter_begin(&waiter, &hop->monitor);
    do waiter_serve(&waiter);
    while (!is_over(hop) && (in_time = rest(hop, &waiter, until)));
    waiter_end(&waiter);
    for (int state = atomic_load(&hop->state); !in_time && state < HOP_DONE;)
        if (atomic_compare_exchange_weak(&hop->state, &state, HOP_ABANDONED)) break;
}

/* ---- hopping ---- */

static size_t round_to(size_t size) {
    return (size + ARGUMENT_ALIGNMENT - 1) & ~(size_t)(ARGUMENT_ALIGNMENT - 1);
}

/* One block: the hop, the result, the slots, and values behind them. NULL if there is no memory. */
static struct hop *make(struct delivery *delivery, const ffi_value *args) {
    size_t slots  = round_to(sizeof(struct hop)) + round_to(delivery->result_size);
    size_t values = slots + delivery->count * sizeof(ffi_value);
    size_t size   = arguments_size(delivery, args, values, true);
    char  *block  = malloc(size + ARGUMENT_ALIGNMENT);
    if (!block) return NULL;
    char *base = (char *)(((uintptr_t)block + ARGUMENT_ALIGNMENT - 1) & ~(uintptr_t)(ARGUMENT_ALIGNMENT - 1));
    struct hop *hop = (struct hop *)(void *)base;
    memset(base, 0, slots);
    *hop = (struct hop){.holds    = 1,
                        .delivery = delivery,
                        .result   = base + round_to(sizeof *hop),
                        .slots    = (ffi_value *)(void *)(base + slots),
                        .block    = block};
    if (!monitor_init(&hop->monitor)) return free(block), NULL;
    arguments_pack(delivery, args, base, hop->slots, values, size, true);
    arguments_unpack(delivery, base, hop->slots, true);
    delivery_hold(delivery);
    return hop;
}

/* Puts it into the ring and the list, and wakes the queue's thread if that waits. False if it is refused. */
static bool enlist(ffi_queue *queue, struct hop *hop) {
    monitor_enter(&queue->monitor);
    struct hop_message *message = queue_take(queue, sizeof *message);
    if (message) {
        *message = (struct hop_message){{run_hop}, hop};
        atomic_fetch_add(&hop->holds, 1);
        hop->next   = queue->hops;
        queue->hops = hop;
        hop->listed = true;
        queue_put(queue, message, sizeof *message);
    }
    struct waiter *waiter = message && queue->awaited ? queue->awaited->waiter : NULL;
    if (waiter) {
        monitor_enter(waiter->monitor);
        waiter->woken = true;
        monitor_wake(waiter->monitor);
        monitor_leave(waiter->monitor);
    }
    monitor_leave(&queue->monitor);
    return message != NULL;
}

void hop(struct delivery *delivery, void *result, const ffi_value *args) {
    ffi_queue  *queue  = delivery->queue;
    int         before = keep_thread();
    struct hop *hop    = queue_is_open(queue) ? make(delivery, args) : NULL;
    bool        served = false;
    if (!hop) queue_note(queue, COUNT_REFUSED);
    if (hop && enlist(queue, hop)) {
        await(hop, delivery->timeout);
        int state = atomic_load(&hop->state);
        if ((served = state == HOP_DONE)) memcpy(result, hop->result, delivery->result_size);
        if (state == HOP_ABANDONED) queue_note(queue, COUNT_STALLED);
        unlist(queue, hop);
    }
    if (hop) release(hop);
    if (!served) delivery_default(delivery, result);
    let_thread(before);
}
