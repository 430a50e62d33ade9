/* SPDX-License-Identifier: MIT */
/*
 * Callbacks at rest: when they serve again, and for whom. A freed callback serves again only with the same
 * form, after LEAST_FREES other callbacks of the process were freed and LEAST_REST milliseconds have passed, or
 * after MOST_FREES frees. A callback whose context is gone is at rest from then on, with the spares of its
 * form, and serves other contexts. Only where the system refuses more memory does a callback serve earlier, or
 * with another form.
 */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include "callback/trampoline.h"
#include "context.h"

enum { LEAST_FREES = 1024, MOST_FREES = 8192, LEAST_REST = 1000 };

/* The callbacks of one form in a context. */
struct family {
    const struct form *form;
    struct queue       rest; /* in the order in which they were freed */
    struct family     *next;
};

/* All of these are called under the context's lock. */

/* The family of a form, which is made if there is none yet. NULL with an error. */
struct family *quarantine_family(struct trampolines *trampolines, struct arena *arena, const struct heap *heap,
                                 const struct form *form);

/* A callback for another use. No late call reads its `plan` or `extra` any more; `extra` is what its last use
 * in this context left. NULL with an error. */
ffi_callback *quarantine_take(struct trampolines *trampolines, struct family *family);

/* The callback is at rest from now on. */
void quarantine_give(struct family *family, ffi_callback *callback, struct upkeep *upkeep);

/* The context's end: revokes and detaches every callback, and releases each `extra` when no call reads it. */
void quarantine_end(struct trampolines *trampolines, const struct heap *heap,
                    void (*release)(const struct heap *heap, struct extra *extra));

#endif
