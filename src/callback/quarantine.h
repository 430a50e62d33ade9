/* SPDX-License-Identifier: MIT */
/*
 * Quarantine: when a freed callback may be used again, and for which signatures. It is used again only with the
 * same form, after LEAST_FREES other callbacks of the process were freed and LEAST_REST milliseconds have
 * passed, or after MOST_FREES frees. When a context is freed, its callbacks become spares of their forms, which
 * other contexts may use. Only if the system refuses more memory is a callback used earlier, or with another
 * form.
 */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include "callback/trampoline.h"
#include "type/context.h"

enum { LEAST_FREES = 1024, MOST_FREES = 8192, LEAST_REST = 1000 };

/* The freed callbacks of one form in a context. */
struct family {
    const struct form *form;
    struct queue       rest; /* in the order in which they were freed */
    struct family     *next;
};

/* Callers of all these functions hold the context's lock. */

/* The family of a form; made if the context has none yet. NULL on failure. */
struct family *quarantine_family(struct trampolines *trampolines, struct arena *arena, const struct heap *heap,
                                 const struct form *form);

/* Takes an unused callback. No late call reads its `plan` or `extra` any more; `extra` is from its last use in
 * this context. NULL on failure. */
ffi_callback *quarantine_take(struct trampolines *trampolines, struct family *family);

/* The family of a callback that has this plan. */
struct family *quarantine_family_of(const struct trampolines *trampolines, const struct plan *plan,
                                    const ffi_callback *callback);

/* Queues a freed callback. */
void quarantine_give(struct family *family, ffi_callback *callback, struct upkeep *upkeep);

/* At the end of the context: revokes and detaches every callback, and releases each `extra` as soon as no call
 * reads it. */
void quarantine_end(struct trampolines *trampolines, const struct heap *heap,
                    void (*release)(const struct heap *heap, struct extra *extra));

#endif
