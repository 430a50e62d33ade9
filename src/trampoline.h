/* SPDX-License-Identifier: MIT */
/*
 * Trampolines: the native code of callbacks, and the memory that each finds its callback in.
 *
 * A block is a region of TRAMPOLINE_BLOCK bytes, aligned to its size: in its lower half copies of the page of
 * trampolines, in its upper half the callbacks, which every trampoline finds TRAMPOLINE_DISTANCE above itself.
 * The copies stand one stride apart, so that the callbacks of one end where those of the next begin.
 *
 *     base                                      base + TRAMPOLINE_DISTANCE
 *     | code |      | code |      | code | ...  | callbacks  | callbacks  | callbacks  | ...
 *     '---stride----'---stride----'             '---stride---'---stride---'
 *
 * The code is the library's own, mapped again by the system: it is never written. A block is never unmapped,
 * since native code may call what was freed long ago; the blocks of a context that is gone serve the next one.
 */
#ifndef TRAMPOLINE_H
#define TRAMPOLINE_H

#include "plan.h"

#include <stdatomic.h>

enum { TRAMPOLINE_BLOCK = 2 * TRAMPOLINE_DISTANCE };

/* What is known of a callback beside what its calls read. Owned by the callback, kept until that is reused. */
struct extra {
    ffi_handler *handler; /* where the context has hooks: the embedder's own */
    void        *userdata;
    void        *fallback; /* the result of late calls; NULL: zeroes */
    size_t       fallback_size;
    size_t       name_length;
    char         name[];
};

struct ffi_callback {
    _Atomic(entry_stub *) entry; /* where the trampoline goes */
    union {
        struct {
            ffi_handler *handler;
            void        *userdata;
        };
        struct {                                  /* of one whose context is gone: what late calls get */
            uint64_t memory : 32, result_gpr : 8, /* bytes of a result in memory, whose address is where */
                nx87 : 8,                         /* what the image is told */
                piece : 8;                        /* bytes of the word in each vector register */
            uint64_t word;                        /* a result of up to 8 bytes; 0 */
        };
    };
    _Atomic(const struct plan *) plan;  /* NULL: its context is gone */
    struct extra                *extra; /* NULL: nothing more is known */
    ffi_callback                *next;  /* freed: the one that was freed after it */
};

/* What a context has. */
struct trampolines {
    struct block *blocks;       /* the first is the one that new callbacks are taken from */
    ffi_callback *first, *last; /* freed, and not to be reused before many others have been */
    size_t        freed;
};

/* A callback of which nothing holds any more. Its entry is abi_no_entry, or NULL if it was never used. NULL
 * with an error. Under the context's lock, as the next. */
ffi_callback *trampoline_take(ffi_context *context);

/* Takes back what was taken, and maybe used. */
void trampoline_give(ffi_context *context, ffi_callback *callback);

/* The function pointer. */
void *trampoline_code(const ffi_callback *callback);

/* A late call looks at what its callback is between these, if it finds after the first that it still is that:
 * at its plan, with which the context waits with its end, or at what is left without one. No callback of the
 * block is taken for another use in between. */
enum look { LOOK_AT_PLAN, LOOK_AT_REST, LOOKS };

void trampoline_enter(ffi_callback *callback, enum look look);
void trampoline_leave(ffi_callback *callback, enum look look);

/* The context's end. Each callback is orphaned, which takes its plan, and is false if it had none; when no late
 * call looks at one any more, what else it had is released. */
void trampolines_free(ffi_context *context, bool (*orphan)(ffi_callback *),
                      void (*release)(ffi_context *, ffi_callback *));

#endif
