/* SPDX-License-Identifier: MIT */
/* Threads that wait in calls of the layer. Meanwhile each runs the hops to its own queues: who waits for a hop
 * to this thread may be the one that this thread waits for. */
#include "embed/queue.h"

/* The queue's hops wake this thread from now on. */
static void join(ffi_queue *queue, void *data) {
    struct waiter *waiter = data;
    if (waiter->count == WAITER_QUEUES || !queue_is_open(queue)) return;
    struct awaited *awaited = &waiter->of[waiter->count++];
    queue_hold(queue);
    monitor_enter(&queue->monitor);
    *awaited       = (struct awaited){waiter, queue, queue->awaited};
    queue->awaited = awaited;
    monitor_leave(&queue->monitor);
}

/* Not the first one only: another thread may have become the queue's, and wait too. */
static void part(struct awaited *awaited) {
    ffi_queue *queue = awaited->queue;
    monitor_enter(&queue->monitor);
    struct awaited **link = &queue->awaited;
    while (*link != awaited) link = &(*link)->before;
    *link = awaited->before;
    monitor_leave(&queue->monitor);
    queue_release(queue);
}

void waiter_begin(struct waiter *waiter, struct monitor *monitor) {
    uint64_t self   = thread_number();
    waiter->monitor = monitor;
    waiter->woken   = false;
    waiter->count   = 0;
    if (self) queues_each_own(self, join, waiter);
}

void waiter_serve(struct waiter *waiter) {
    for (size_t i = 0; i < waiter->count; i++) hops_serve(waiter->of[i].queue);
}

void waiter_end(struct waiter *waiter) {
    while (waiter->count) part(&waiter->of[--waiter->count]);
}

void wait_until(struct monitor *monitor, bool (*is_so)(void *data), void *data) {
    struct waiter waiter;
    bool          so;
    waiter_begin(&waiter, monitor);
    do {
        waiter_serve(&waiter);
        monitor_enter(monitor);
        while (!(so = is_so(data)) && !waiter.woken) monitor_wait(monitor, UINT32_MAX);
        waiter.woken = false;
        monitor_leave(monitor);
    } while (!so);
    waiter_end(&waiter);
}
