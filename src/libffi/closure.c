/* SPDX-License-Identifier: MIT */
/*
 * Closures. One of ffi_closure_alloc() is an ffi_invoke callback, whose address is in the memory of its
 * `tramp`: none of that is executed. Any other is in memory that the caller has made executable: code is
 * written there that goes to an entry for such. Go's closures begin at an entry right away.
 */
#include "libffi.h"

#include "callback/entries.h"
#include "callback/trampoline.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

_Static_assert(offsetof(ffi_closure, cif) == FFI_TRAMPOLINE_SIZE, "as libffi's");

/* The memory of `tramp` in a closure of ours. */
struct own {
    ffi_callback *callback;
    uint64_t      check; /* check_of(): this is one of ours, and is not freed */
};

_Static_assert(sizeof(struct own) <= FFI_TRAMPOLINE_SIZE, "there is room for it");

static struct own *own_of(const void *closure) {
    return (struct own *)(uintptr_t)closure;
}

static uint64_t check_of(const void *closure) {
    return hash_word((uintptr_t)closure, (uintptr_t)own_of(closure)->callback ^ 0x6c69626666693821);
}

static bool is_ours(const void *closure) {
    return own_of(closure)->check == check_of(closure);
}

/* ---- forms ---- */

static const struct heap heap = {memory_libc, NULL};

const struct form *closure_form(struct prepared *prepared) {
    const struct form *form = atomic_load_explicit(&prepared->form, memory_order_acquire);
    if (form) return form;
    form = form_intern(&heap, prepared->plan, &plain_page, false);
    atomic_store_explicit(&prepared->form, form, memory_order_release);
    return form;
}

const struct form *closure_form_for_now(struct workshop *shop, const ffi_cif *cif) {
    struct signature      signature;
    struct prepared       own;
    struct chosen_entries chosen;
    if (signature_of(shop, cif, number_of(cif), &signature) != FFI_OK ||
        !signature_prepare(shop, &signature, false, &own))
        return NULL;
    size_t       size = form_size(own.plan, &chosen);
    struct form *form = size ? arena_new(&shop->context.arena, &shop->context.heap, size) : NULL;
    if (form) form_write(form, own.plan, &plain_page, false, &chosen, size);
    return form;
}

/* The form of all such closures of ours while they are not called: that of void(). */
static const struct form *form_of_nothing(struct workshop *shop, const struct abi *abi) {
    struct term      nothing   = {.code = CODE_VOID};
    struct signature signature = {.abi = abi, .terms = &nothing};
    struct prepared  own;
    return signature_prepare(shop, &signature, false, &own) ? form_intern(&heap, own.plan, &plain_page, false)
                                                            : NULL;
}

/* ---- memory ---- */

enum { QUARANTINE = 1024, STANDARD = sizeof(ffi_raw_closure) }; /* bytes that every closure has */

struct spare {
    struct own    own; /* check: 0 */
    struct spare *next;
};

/* The queue of freed closures, the oldest first. A closure is used again after QUARANTINE others were freed. */
static struct {
    atomic_flag   busy;   /* fork() waits for it */
    _Atomic pid_t guard;  /* GUARDED: it does; else the process that is about to arrange that, or 0 */
    struct block *blocks; /* of trampolines */
    struct spare *first, *last;
    size_t        count;
} closures = {.busy = ATOMIC_FLAG_INIT};

/* glibc's, since 2.32; else the address is NULL. */
extern const char __libc_single_threaded __attribute__((weak));

enum { GUARDED = -1 };

static void guard_forks(void);

/* A locked instruction costs as much as all else that making a closure does, so one thread alone takes no lock. */
static void take(void) {
    if (&__libc_single_threaded && __libc_single_threaded) return;
    if (atomic_load_explicit(&closures.guard, memory_order_relaxed) != GUARDED) guard_forks();
    while (atomic_flag_test_and_set_explicit(&closures.busy, memory_order_acquire)) continue;
}

static void give(void) {
    atomic_flag_clear_explicit(&closures.busy, memory_order_release);
}

static void give_in_child(void) {
    atomic_store(&closures.guard, GUARDED);
    give();
}

/* Makes fork() wait for the lock, before it is taken for the first time. A child whose parent was about to do that
 * does it itself. */
static seldom void guard_forks(void) {
    pid_t own = getpid(), seen;
    trampoline_keep(); /* the handlers are in this library */
    while ((seen = atomic_load(&closures.guard)) != GUARDED) {
        if (seen == own) {
            sched_yield();
        } else if (atomic_compare_exchange_strong(&closures.guard, &seen, own)) {
            pthread_atfork(take, give, give_in_child);
            atomic_store(&closures.guard, GUARDED);
        }
    }
}

/* The form of void(), which a closure has before the client prepares it. NULL if there is no memory. */
static const struct form *idle_form(void) {
    static _Atomic(const struct form *) idle;
    const struct form                  *form = atomic_load_explicit(&idle, memory_order_acquire);
    struct workshop                     shop;
    if (form) return form;
    workshop_open(&shop);
    form = form_of_nothing(&shop, target_abi(FFI_DEFAULT_ABI));
    workshop_close(&shop);
    atomic_store_explicit(&idle, form, memory_order_release);
    return form;
}

/* Linked as __dso_handle, which pthread_atfork() reads: the library stays loaded once a closure was asked for, so its
 * handlers belong to the process. */
extern void *const libffi_no_handle;
void *const        libffi_no_handle = NULL;

/* A new callback. Until the client prepares it, it answers calls as a freed one does. */
static seldom ffi_callback *fresh_callback(void) {
    struct os_reason   reason;
    const struct form *idle = idle_form();
    if (!idle) return NULL;
    trampoline_keep();
    take();
    ffi_callback *callback = trampoline_fresh(&closures.blocks, &plain_page, false, &reason);
    give();
    if (!callback) return NULL;
    callback->form = idle;
    trampoline_unset(callback);
    return callback;
}

/* Takes the oldest spare closure from the queue. NULL until the queue has QUARANTINE of them. */
static struct spare *dequeue(void) {
    struct spare *spare = closures.first;
    if (closures.count < QUARANTINE) return NULL;
    closures.first = spare->next;
    closures.count--;
    return spare;
}

/* Puts back a closure that dequeue() has taken. */
static void put_back(struct spare *spare) {
    take();
    spare->next    = closures.first;
    closures.first = spare;
    if (!closures.count++) closures.last = spare;
    give();
}

void *ffi_closure_alloc(size_t size, void **code) {
    if (!code) return NULL;
    struct own *own = NULL;
    take();
    struct spare *spare = dequeue();
    give();
    if (!spare || size > STANDARD) own = realloc(spare, size > STANDARD ? size : STANDARD);
    else own = &spare->own;
    if (!own && spare) put_back(spare);
    if (!own) return NULL;
    if (!spare && !(own->callback = fresh_callback())) return free(own), NULL;
    own->check = check_of(own);
    *code      = trampoline_code(own->callback);
    return own;
}

void ffi_closure_free(void *closure) {
    if (!closure || !is_ours(closure)) return;
    struct spare *spare    = closure;
    ffi_callback *callback = spare->own.callback;
    trampoline_unset(callback);
    spare->own.check = 0;
    spare->next      = NULL;
    take();
    if (closures.count++) closures.last->next = spare;
    else closures.first = spare;
    closures.last = spare;
    give();
}

/* ---- preparing ---- */

/* How a closure of a cif begins. */
struct beginning {
    const struct form *form;  /* of a callback of ours */
    entry_stub        *entry; /* of the closure's kind */
};

static seldom bool begin_unplanned(const ffi_cif *cif, enum closure_kind kind, struct beginning *beginning) {
    struct workshop shop;
    workshop_open(&shop);
    const struct abi  *abi     = target_abi(cif->abi);
    const struct form *form    = closure_form_for_now(&shop, cif),
                      *nothing = form ? form_of_nothing(&shop, abi) : NULL;
    if (nothing) *beginning = (struct beginning){nothing, target_image_entry(form, kind)};
    workshop_close(&shop);
    return nothing;
}

static inlined ffi_status begin(const ffi_cif *cif, enum closure_kind kind, struct beginning *beginning) {
    if (!cif || !target_abi(cif->abi)) return FFI_BAD_ABI;
    struct prepared *prepared = prepared_of(cif);
    if (!prepared) return FFI_BAD_TYPEDEF;
    if (!prepared->plan) return begin_unplanned(cif, kind, beginning) ? FFI_OK : FFI_BAD_TYPEDEF;
    const struct form *form = closure_form(prepared);
    if (!form) return FFI_BAD_TYPEDEF;
    *beginning = (struct beginning){form, kind == CLOSURE_OF_OURS ? form->entry : target_entry(form, kind)};
    return FFI_OK;
}

ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif *cif, closure_function *fun, void *user_data,
                                void *codeloc) {
    struct beginning beginning;
    if (!closure) return FFI_BAD_TYPEDEF;
    bool       ours   = is_ours(closure);
    ffi_status status = begin(cif, ours ? CLOSURE_OF_OURS : CLOSURE_IN_MEMORY, &beginning);
    if (status != FFI_OK) return status;
    closure->cif       = cif;
    closure->fun       = fun;
    closure->user_data = user_data;
    if (ours) {
        const struct target target = {.entry = beginning.entry,
                                      .handler =
                                          prepared_of(cif)->all_slots ? closure_handle_slots : closure_handle,
                                      .userdata = closure};
        trampoline_set(own_of(closure)->callback, beginning.form, &target);
    } else {
        target_write_code(closure, beginning.entry);
        __builtin___clear_cache(codeloc, (char *)codeloc + FFI_TRAMPOLINE_SIZE);
    }
    return FFI_OK;
}

ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif *cif, closure_function *fun, void *user_data) {
    return ffi_prep_closure_loc(closure, cif, fun, user_data, closure);
}

ffi_status ffi_prep_go_closure(ffi_go_closure *closure, ffi_cif *cif, closure_function *fun) {
    struct beginning beginning;
    ffi_status       status = closure ? begin(cif, CLOSURE_OF_GO, &beginning) : FFI_BAD_TYPEDEF;
    if (status != FFI_OK) return status;
    closure->tramp = (void *)(uintptr_t)beginning.entry;
    closure->cif   = cif;
    closure->fun   = fun;
    return FFI_OK;
}
