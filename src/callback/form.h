/* SPDX-License-Identifier: MIT */
/*
 * The form of a callback: the part of its signature's plan that a call reads. A context may end while native code
 * calls its callbacks, so forms do not belong to contexts: the process has one table of them, and frees none.
 * Signatures that differ in names only have one form, as have `struct { int a; }` and `struct { int b; }`.
 */
#ifndef FORM_H
#define FORM_H

#include "plan/abi.h"
#include "plan/plan.h"

#include <stdatomic.h>

struct heap;
struct code_page;

struct form {
    uint16_t                gpr[8], fpr[8]; /* as in the plan; 0 if calls go through an image */
    uint32_t                nslots;
    struct taken            taken;
    entry_stub             *entry; /* where the trampoline of a live callback goes; NULL: the form of thunks */
    entry_stub             *leave; /* by a table: where the entry goes for the result (table.h) */
    uint32_t                frame, ncopies; /* by a table: as in struct slot_table */
    entry_stub             *late; /* where the trampoline goes after the callback, or its context, was freed */
    const struct abi       *abi;
    uint32_t                result_size, result_alignment;
    uint32_t                buffer, nmoves;             /* as a plan's */
    uint8_t                 nresults, nx87, result_gpr; /* as a plan's */
    bool                    takes_va_list;
    bool                    read_only; /* its callbacks are in read-only blocks */
    const struct code_page *page;      /* with trampolines of this page */
    uint32_t                nwords;    /* of `stack` */
    uint32_t                size;      /* size of the whole form, in bytes */
    uint32_t stack[]; /* the slots that stack words feed, or the words of a table; then the moves of the
                         arguments, the moves of the result, and the ffi_kind of each, one byte each */
};

/* Writes a form that is not interned, to memory of form_size() bytes. form_size() returns 0 with an error. */
struct chosen_entries;
size_t form_size(const struct plan *plan, struct chosen_entries *chosen);
void   form_write(struct form *form, const struct plan *plan, const struct code_page *page, bool read_only,
                  const struct chosen_entries *chosen, size_t size);

/* A queue of callbacks. */
struct queue {
    _Atomic(ffi_callback *) first; /* NULL: the queue is empty, and `last` is undefined */
    ffi_callback           *last;
};

/* The form of callbacks with this plan. The heap is only for temporary memory. NULL on failure. */
const struct form *form_intern(const struct heap *heap, const struct plan *plan, const struct code_page *page,
                               bool read_only);

static inline const struct move *form_moves(const struct form *form) {
    return (const struct move *)(const void *)(form->stack + form->nwords);
}

static inline const struct move *form_results(const struct form *form) {
    return form_moves(form) + form->nmoves;
}

/* The callbacks of this form that belong to no context. This and the next function need process_lock. */
struct queue *form_spares(const struct form *form);

/* Visits the spares of each form, until a call returns false. */
void form_each_spares(bool (*visit)(struct queue *queue, const struct form *form, void *userdata),
                      void *userdata);

#endif
