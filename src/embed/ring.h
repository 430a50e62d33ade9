/* SPDX-License-Identifier: MIT */
/*
 * A ring of messages of any size: many threads write, one reads, none waits for another. Writing takes no lock
 * and allocates nothing, so a signal handler may do it.
 *
 * `taken` and `given` count bytes since the beginning; a place in memory is a count modulo the size. Each
 * message has a head of 8 bytes, which is 0 until the message is complete. The reader zeroes what it gives
 * back, so that a head is 0 wherever the next one comes to lie. A message is in one piece: where it would
 * reach beyond the end, a filler takes the rest.
 */
#ifndef RING_H
#define RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
    char            *memory;
    size_t           size; /* a power of two */
    _Atomic uint64_t taken, given;
    uint64_t         next; /* the reader's */
};

bool ring_init(struct ring *ring, size_t size);
void ring_free(struct ring *ring);

/* Memory for a message, aligned to 8, which is the reader's after ring_put(). NULL if the ring is full. */
void *ring_take(struct ring *ring, size_t size);
void  ring_put(void *message, size_t size);

/* The reader: the next complete message, NULL if there is none; and its memory is free again. `*size` is that
 * given to ring_take(), rounded up. */
void *ring_next(struct ring *ring, size_t *size);
void  ring_give(struct ring *ring, void *message);

#endif
