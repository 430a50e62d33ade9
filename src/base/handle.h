/* SPDX-License-Identifier: MIT */
/*
 * Handles of one kind that a context gave out: functions, libraries.
 *
 * A handle that is freed rests: its memory stays the context's, and becomes another handle only after
 * HANDLE_REST more were freed. So a second free reads valid memory, and is known unless the memory has become
 * another handle. A context keeps at most HANDLE_REST handles more than were ever alive at one time.
 */
#ifndef HANDLE_H
#define HANDLE_H

#include "base/memory.h"

enum { HANDLE_REST = 64 };

/* A part of each handle. */
struct handle {
    struct handle *next, **link; /* `link` is NULL while the handle rests */
};

struct handles {
    struct handle *live;
    struct handle *resting, *last; /* in the order in which they were freed */
    size_t         nresting;
};

/* Memory of `size` bytes for a new handle, whose struct handle is at `offset`; not zeroed. NULL with an error.
 * Under the context's lock, as all that follows. */
void *handle_new(struct handles *handles, const struct heap *heap, size_t size, size_t offset);

/* Puts a new handle into a list of live ones, and takes one out of its list. */
void handle_link(struct handle **list, struct handle *handle);
void handle_unlink(struct handle *handle);

/* Begins the rest of a handle that is in no list. */
void handle_rest(struct handles *handles, struct handle *handle);

/* Whether it is in a list. */
bool handle_is_live(const struct handle *handle);

/* Frees those that rest, when none is alive. */
void handles_free(struct handles *handles, const struct heap *heap, size_t size, size_t offset);

#endif
