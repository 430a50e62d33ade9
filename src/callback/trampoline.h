/* SPDX-License-Identifier: MIT */
/*
 * Trampolines: the native code of callbacks, and the memory where each trampoline finds its callback.
 *
 * A block is a region of TRAMPOLINE_BLOCK bytes, aligned to its size. The first quarter has copies of a page of
 * trampolines (struct code_page), a stride apart. The second has the callbacks: the callback of a copy's first
 * trampoline is TRAMPOLINE_DISTANCE above it, and those of the next trampolines follow. The third has the bookkeeping
 * of each callback (struct upkeep), in the same order. The last is not used.
 *
 *     base                       + TRAMPOLINE_DISTANCE               + 2 * TRAMPOLINE_DISTANCE
 *     | code |      | code | ... | callbacks  | callbacks  | ...     | upkeep     | upkeep     | ...
 *     '---stride----'            '---stride---'                      '---stride---'
 *
 * The code is the library's own, mapped again by the system: it is never written. In blocks of contexts
 * that ask for it, the callbacks are read-only except while one of them changes. A
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

/* A page of trampolines in arch/, 4 KiB long. */
struct code_page {
    const unsigned char *code;
    uint16_t             count, size; /* number of trampolines, bytes of each */
    uint8_t              unused;      /* number of trampolines at its beginning that serve no callback */
};

extern const struct code_page plain_page; /* those of all callbacks that are not shifted functions */

enum { TRAMPOLINE_BLOCK = 4 * TRAMPOLINE_DISTANCE };

/* The data that a call reads. Freeing changes only `entry`, so that a call that has begun can continue. */
struct ffi_callback {
    _Atomic(entry_stub *) entry; /* the target of the trampoline; NULL if the callback was never used */
    ffi_handler          *handler;
    void                 *userdata;
    const struct form    *form;
};

enum callback_state {
    CALLBACK_UNUSED,
    CALLBACK_LIVE,
    CALLBACK_REVOKED,  /* freed; a late call reads the plan and `extra` */
    CALLBACK_REPORTED, /* freed, and a late call was reported */
    CALLBACK_DETACHED, /* its context was freed: late calls return zeroes, by its form */
    CALLBACK_CLAIMED,  /* about to be used again: as CALLBACK_DETACHED */
    CALLBACK_RESHAPED  /* about to be used again with another form: late calls zero all result registers */
};

/* The target of a callback's calls. */
struct target {
    entry_stub  *entry; /* the form's entry, or the one of a thunk or a shifted function */
    ffi_handler *handler;
    void        *userdata;
};

/* Optional data of a callback. The callback owns it until it is used again. */
struct extra {
    ffi_callback    *next;    /* as in struct upkeep */
    ffi_handler     *handler; /* if the context has hooks: the embedder's handler and userdata */
    void            *userdata;
    void            *fallback; /* the result of late calls; NULL means zeroes */
    size_t           fallback_size;
    struct owned    *wrapper; /* calls go to it (wrap.c), not to `inner`; NULL if there is none */
    ffi_handler     *inner;   /* calls went to it before the callback had a wrapper */
    void            *inner_userdata;
    struct target    reached; /* if is_traced: the target without the trace */
    bool             is_traced;
    const ffi_ctype *signature; /* with its notes; NULL: the plan's */
    size_t           name_length;
    char             name[];
};

/* The bookkeeping of a callback, which calls of a live callback do not read. */
struct upkeep {
    _Atomic(const struct plan *) plan; /* NULL: its context was freed */
    union {
        struct extra *extra; /* if has_extra */
        ffi_callback *next;  /* at rest: the next callback of its queue */
    };
    ffi_callback    *member; /* the next callback of its context, in use or at rest */
    uint32_t         freed;  /* at rest: the number of its free (quarantine.c) */
    _Atomic uint8_t  state;
    bool             has_extra;
    _Atomic uint16_t looking; /* number of calls that read `plan` and `extra`, which must stay meanwhile */
};

/* The lock of the process's spare blocks and spare callbacks. */
extern spin_lock process_lock;

/* Keeps the library loaded, whose code late calls run. It waits for the loader, and a constructor that the loader runs may wait
 * for any lock of ours: so no lock is held. To be called before the first trampoline_fresh(). */
void trampoline_keep(void);

/* Takes a new callback with a trampoline of this page. `*blocks` are the context's blocks, at most one of each
 * page, NULL at first. If the system refuses memory or code, it returns NULL and sets `*reason`. */
ffi_callback *trampoline_fresh(struct block **blocks, const struct code_page *page, bool read_only,
                               struct os_reason *reason);

/* Leaves the blocks of a freed context to other contexts. `blocks` may be NULL. */
void trampoline_spare(struct block *blocks);

/* The function pointer of a callback. */
void *trampoline_code(const ffi_callback *callback);

/* Writes the data of a callback; `entry` last. */
static inlined void trampoline_set(ffi_callback *callback, const struct form *form,
                                   const struct target *target) {
    if (callback->form != form) callback->form = form;
    callback->handler  = target->handler;
    callback->userdata = target->userdata;
    atomic_store_explicit(&callback->entry, target->entry, memory_order_release);
}

/* Revokes a callback that is not read-only. */
static inlined void trampoline_unset(ffi_callback *callback) {
    atomic_store_explicit(&callback->entry, callback->form->late, memory_order_release);
}

/* Does what trampoline_start() and trampoline_revoke() do, for a read-only callback. `target` NULL revokes it. */
bool trampoline_rewrite(ffi_callback *callback, const struct form *form, const struct target *target,
                        const char **why);

/* trampoline_start() makes a callback live, trampoline_revoke() revokes it. Other threads may call it
 * meanwhile. If the system keeps a read-only callback read-only, they return false and set `*why`. */
static inlined bool trampoline_start(ffi_callback *callback, const struct form *form,
                                     const struct target *target, const char **why) {
    if (form->read_only) return trampoline_rewrite(callback, form, target, why);
    trampoline_set(callback, form, target);
    return true;
}

static inlined bool trampoline_revoke(ffi_callback *callback, const char **why) {
    const struct form *form = callback->form;
    if (form->read_only) return trampoline_rewrite(callback, form, NULL, why);
    trampoline_unset(callback);
    return true;
}

static inlined struct upkeep *upkeep_of(const ffi_callback *callback) {
    return (struct upkeep *)(void *)((char *)(uintptr_t)callback + TRAMPOLINE_DISTANCE);
}

/* The optional data of a callback; NULL if it has none. */
static inlined struct extra *extra_of(const struct upkeep *upkeep) {
    return upkeep->has_extra ? upkeep->extra : NULL;
}

#endif
