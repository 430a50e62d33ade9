/* SPDX-License-Identifier: MIT */
/* Messages of many threads for one. */
#include "embed/ring.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, HEAD = 8, FILLER = 1 }; /* a head is the message's size in bytes, and FILLER or not */

typedef _Atomic uint64_t word;

static word *head_at(const struct ring *ring, uint64_t at) {
    return (word *)(void *)(ring->memory + (at & (ring->size - 1)));
}

static size_t whole(size_t size) {
    return (size + HEAD + UNIT - 1) & ~(size_t)(UNIT - 1);
}

bool ring_init(struct ring *ring, size_t size) {
    *ring = (struct ring){.memory = calloc(1, size), .size = size};
    return ring->memory != NULL;
}

void ring_free(struct ring *ring) {
    free(ring->memory);
}

/* A filler that a thread has not written yet looks as a message that is not complete. */
void *ring_take(struct ring *ring, size_t size) {
    uint64_t at = atomic_load_explicit(&ring->taken, memory_order_relaxed), need = whole(size), rest, all;
    if (size > ring->size / 2) return NULL;
    do {
        rest = ring->size - (at & (ring->size - 1));
        all  = rest < need ? rest + need : need;
        if (at + all - atomic_load_explicit(&ring->given, memory_order_acquire) > ring->size) return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&ring->taken, &at, at + all, memory_order_relaxed,
                                                    memory_order_relaxed));
    if (rest < need) {
        atomic_store_explicit(head_at(ring, at), rest | FILLER, memory_order_release);
        at += rest;
    }
    return (char *)head_at(ring, at) + HEAD;
}

void ring_put(void *message, size_t size) {
    atomic_store_explicit((word *)(void *)((char *)message - HEAD), whole(size), memory_order_seq_cst);
}

static void give(struct ring *ring, word *head, uint64_t size) {
    memset((void *)head, 0, size);
    ring->next += size;
    atomic_store_explicit(&ring->given, ring->next, memory_order_release);
}

void *ring_next(struct ring *ring, size_t *size) {
    for (;;) {
        word    *head = head_at(ring, ring->next);
        uint64_t mark = atomic_load_explicit(head, memory_order_seq_cst);
        if (!mark) return NULL;
        if (!(mark & FILLER)) return *size = (size_t)mark - HEAD, (char *)head + HEAD;
        give(ring, head, mark & ~(uint64_t)FILLER);
    }
}

void ring_give(struct ring *ring, void *message) {
    word *head = (void *)((char *)message - HEAD);
    give(ring, head, atomic_load_explicit(head, memory_order_relaxed));
}
