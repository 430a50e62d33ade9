/* SPDX-License-Identifier: MIT */
/*
 * Handles of one kind that a context gave out: functions, libraries.
 *
 * A freed handle rests in a queue: the context keeps its memory, and uses it for another handle only after
 * HANDLE_REST more handles were freed. So a second free reads valid memory, and is detected until the memory
 * serves another handle. A context keeps at most HANDLE_REST handles more than were ever alive at one time.
 */
#ifndef HANDLE_H
#define HANDLE_H

#include "base/memory.h"

enum { HANDLE_REST = 64 };

/* A member of each handle. */
struct handle {
    struct handle *next, **link; /* `link` is NULL while the handle rests */
};

struct handles {
    struct handle *live;
    struct handle *resting, *last; /* in the order in which they were freed */
    size_t         nresting;
};

/* Returns `size` bytes for a new handle, not zeroed; its struct handle is at `offset`. NULL on failure. The
 * caller of this function and of the following ones holds the context's lock. */
void *handle_new(struct handles *handles, const struct heap *heap, size_t size, size_t offset);

/* Adds a new handle to a list of live ones; removes a handle from its list. */
void handle_link(struct handle **list, struct handle *handle);
void handle_unlink(struct handle *handle);

/* Queues a freed handle, which is in no list. */
void handle_rest(struct handles *handles, struct handle *handle);

/* Whether the handle is in a list of live ones. */
bool handle_is_live(const struct handle *handle);

/* Frees the queued handles. No handle may be alive. */
void handles_free(struct handles *handles, const struct heap *heap, size_t size, size_t offset);

#endif
