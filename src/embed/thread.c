/* SPDX-License-Identifier: MIT */
/*
 * What the process knows of threads and queues. A thread that waits in a hop must find its own queues, of
 * whatever context; a drain must know a handle that was freed. So all queues are in one list, whose lock is
 * held for a few instructions, by the process that its word names: fork may leave it taken by a thread that the
 * child does not have.
 */
#include "embed/queue.h"

static _Thread_local uint64_t own_number;
static _Atomic uint64_t       last_number;

static struct {
    _Atomic unsigned lock; /* 0: free; else the number of the process that has it */
    ffi_queue       *first;
} queues;

uint64_t thread_number(void) {
    return own_number;
}

uint64_t thread_numbered(void) {
    if (!own_number) own_number = atomic_fetch_add(&last_number, 1) + 1;
    return own_number;
}

static void lock(void) {
    unsigned self = system_process(), holder = 0;
    while (!atomic_compare_exchange_weak_explicit(&queues.lock, &holder, self, memory_order_acquire,
                                                  memory_order_relaxed)) {
        if (holder != self) continue;
        holder = 0;
        system_yield();
    }
}

static void unlock(void) {
    atomic_store_explicit(&queues.lock, 0, memory_order_release);
}

void queues_add(ffi_queue *queue) {
    lock();
    queue->next  = queues.first;
    queues.first = queue;
    unlock();
}

static ffi_queue **find(ffi_queue *queue) {
    ffi_queue **link = &queues.first;
    while (*link && *link != queue) link = &(*link)->next;
    return *link ? link : NULL;
}

bool queues_remove(ffi_queue *queue) {
    lock();
    ffi_queue **link = find(queue);
    if (link) *link = queue->next;
    unlock();
    return link != NULL;
}

ffi_queue *queues_hold(ffi_queue *handle, const char *where) {
    if (!handle) return embed_null(where, "queue"), NULL;
    lock();
    bool found = find(handle) != NULL;
    if (found) queue_hold(handle);
    unlock();
    if (!found) ffi_fail(FFI_ERROR_ARGUMENT, "%s: this queue was freed before, or never was one", where);
    return found ? handle : NULL;
}

void queues_each_own(uint64_t thread, void (*visit)(ffi_queue *queue, void *data), void *data) {
    lock();
    for (ffi_queue *queue = queues.first; queue; queue = queue->next)
        if (atomic_load_explicit(&queue->owner, memory_order_relaxed) == thread) visit(queue, data);
    unlock();
}
