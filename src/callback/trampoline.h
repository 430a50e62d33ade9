/* SPDX-License-Identifier: MIT */
/*
 * Trampolines: the native code of callbacks, and the memory that each finds its callback in.
 *
 * A block is a region of TRAMPOLINE_BLOCK bytes, aligned to its size, of which the last quarter is not used.
 * The first quarter has copies of the page of trampolines, a stride apart. The second has the callbacks: each
 * trampoline finds its own TRAMPOLINE_DISTANCE above itself. The third has what else is known of each, in the
 * same order.
 *
 *     base                       + TRAMPOLINE_DISTANCE               + 2 * TRAMPOLINE_DISTANCE
 *     | code |      | code | ... | callbacks  | callbacks  | ...     | upkeep     | upkeep     | ...
 *     '---stride----'            '---stride---'                      '---stride---'
 *
 * The code is the library's own, mapped again by the system: it is never written. The callbacks, which say
 * where their trampolines go, are read-only while nothing changes, in blocks of contexts that ask for that. A
 * block is never unmapped, since native code may call a callback that was freed long ago.
 */
#ifndef TRAMPOLINE_H
#define TRAMPOLINE_H

#include "base/util.h"
#include "callback/form.h"
#include "os/spin.h"

#include <stdatomic.h>

struct block;
struct owned;

enum { TRAMPOLINE_BLOCK = 4 * TRAMPOLINE_DISTANCE };

/* What a call reads. Freeing changes `entry` and nothing else, so that a call that has begun goes on. */
struct ffi_callback {
    _Atomic(entry_stub *) entry; /* where the trampoline goes; NULL if it was never used */
    ffi_handler          *handler;
    void                 *userdata;
    const struct form    *form;
};

enum callback_state {
    CALLBACK_UNUSED,
    CALLBACK_LIVE,
    CALLBACK_REVOKED,  /* freed; a late call reads the plan and what else is known */
    CALLBACK_REPORTED, /* the same, and a late call was reported */
    CALLBACK_DETACHED, /* its context is gone: late calls give zeroes of its form */
    CALLBACK_CLAIMED,  /* about to serve again: the same */
    CALLBACK_RESHAPED  /* about to serve again with another form: zeroes in registers */
};

/* What is known of a callback beyond its plan, if anything is. Owned by the callback until it serves again. */
struct extra {
    ffi_callback    *next;    /* as in struct upkeep */
    ffi_handler     *handler; /* where the context has hooks: the embedder's own */
    void            *userdata;
    void            *fallback; /* the result of late calls; NULL: zeroes */
    size_t           fallback_size;
    struct owned    *wrapper; /* what calls reach instead (wrap.c); NULL: there is none */
    ffi_handler     *inner;   /* what they reached before */
    void            *inner_userdata;
    const ffi_ctype *signature; /* with its notes; NULL: the plan's */
    size_t           name_length;
    char             name[];
};

/* What is known of a callback besides. */
struct upkeep {
    _Atomic(const struct plan *) plan; /* NULL: its context is gone */
    union {
        struct extra *extra; /* if has_extra */
        ffi_callback *next;  /* at rest: the next one of its queue */
    };
    ffi_callback    *member; /* the next one of its context, in use or at rest */
    uint32_t         freed;  /* at rest: since when (quarantine.c) */
    _Atomic uint8_t  state;
    bool             has_extra;
    _Atomic uint16_t looking; /* calls that read plan and extra, which stay meanwhile */
};

/* The lock of all that the process has of callbacks: spare blocks, spares of forms. */
extern spin_lock process_lock;

/* A callback that was never used. `*block` is the context's own, NULL at first. NULL and the reason if the
 * system has no more memory or code. */
ffi_callback *trampoline_fresh(struct block **block, bool read_only, const char **why);

/* A context that ends leaves its block to others; it may be NULL. */
void trampoline_spare(struct block *block);

/* The function pointer. */
void *trampoline_code(const ffi_callback *callback);

/* What a callback calls. */
struct target {
    entry_stub  *entry; /* the form's, or a thunk's or a shifted function's own */
    ffi_handler *handler;
    void        *userdata;
};

/* Writes a callback, `entry` last. */
static inlined void trampoline_set(ffi_callback *callback, const struct form *form,
                                   const struct target *target) {
    if (callback->form != form) callback->form = form;
    callback->handler  = target->handler;
    callback->userdata = target->userdata;
    atomic_store_explicit(&callback->entry, target->entry, memory_order_release);
}

/* The same as the two functions below for a callback that is read-only; `target` NULL revokes it. */
bool trampoline_rewrite(ffi_callback *callback, const struct form *form, const struct target *target,
                        const char **why);

/* The callback serves; or it does not any more. Other threads may call it meanwhile. False and the reason if it
 * is read-only and stays so. */
static inlined bool trampoline_start(ffi_callback *callback, const struct form *form,
                                     const struct target *target, const char **why) {
    if (form->read_only) return trampoline_rewrite(callback, form, target, why);
    trampoline_set(callback, form, target);
    return true;
}

static inlined bool trampoline_revoke(ffi_callback *callback, const char **why) {
    const struct form *form = callback->form;
    if (form->read_only) return trampoline_rewrite(callback, form, NULL, why);
    atomic_store_explicit(&callback->entry, form->late, memory_order_release);
    return true;
}

static inlined struct upkeep *upkeep_of(const ffi_callback *callback) {
    return (struct upkeep *)(void *)((char *)(uintptr_t)callback + TRAMPOLINE_DISTANCE);
}

/* NULL: nothing more is known. */
static inlined struct extra *extra_of(const struct upkeep *upkeep) {
    return upkeep->has_extra ? upkeep->extra : NULL;
}

#endif
