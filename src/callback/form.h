/* SPDX-License-Identifier: MIT */
/*
 * The form of a callback: what a call of it reads of its signature's plan. A context may end while native code
 * calls its callbacks, so forms do not belong to contexts: they are interned for the process and stay until it
 * ends. Signatures that differ in names only have one form, as have `struct { int a; }` and `struct { int b;
 * }`.
 */
#ifndef FORM_H
#define FORM_H

#include "plan/abi.h"
#include "plan/plan.h"

#include <stdatomic.h>

struct heap;

struct form {
    uint16_t          gpr[8], fpr[8]; /* as a plan's; 0 if calls go through an image */
    uint32_t          nslots;
    struct taken      taken;
    entry_stub       *entry; /* where the trampoline of a live callback goes; NULL: the form of thunks */
    entry_stub       *late;  /* of one that was freed, or whose context is gone */
    const struct abi *abi;
    uint32_t          result_size, result_alignment;
    uint32_t          buffer, nmoves;             /* as a plan's */
    uint8_t           nresults, nx87, result_gpr; /* as a plan's */
    bool              takes_va_list, by_image;
    bool              read_only; /* its callbacks are of blocks that are */
    uint32_t          size;      /* of all of it, in bytes */
    uint32_t          stack[]; /* slots that the stack words feed; behind them moves of arguments, moves of the
                                  result, and kinds of both, a byte each */
};

/* Callbacks one after the other. */
struct queue {
    _Atomic(ffi_callback *) first; /* NULL: none; then `last` means nothing */
    ffi_callback           *last;
};

/* The form of callbacks with this plan. The heap is for a while only. NULL with an error. */
const struct form *form_intern(const struct heap *heap, const struct plan *plan, bool read_only);

static inline const struct move *form_moves(const struct form *form) {
    return (const struct move *)(const void *)(form->stack + (form->by_image ? 0 : form->taken.nstack_used));
}

static inline const struct move *form_results(const struct form *form) {
    return form_moves(form) + form->nmoves;
}

/* Callbacks of this form that no context has. Under process_lock, as the next. */
struct queue *form_spares(const struct form *form);

/* Visits the spares of every form, until a call returns false. */
void form_each_spares(bool (*visit)(struct queue *queue, const struct form *form, void *userdata),
                      void *userdata);

#endif
