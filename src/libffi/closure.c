/* SPDX-License-Identifier: MIT */
/*
 * Closures. One of ffi_closure_alloc() is an ffi_invoke callback, whose address is in the memory of its
 * `tramp`: none of that is executed. Any other is in memory that the caller has made executable: code is
 * written there that goes to an entry for such. Go's closures begin at an entry right away.
 */
#include "libffi.h"

#include "callback/callback.h"

#include <pthread.h>
#include <stdlib.h>

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

/* ---- calls ---- */

/* The types that a callback has in slots. */
#define SLOT(name) (1u << FFI_TYPE_##name)
static const uint32_t slot_types = SLOT(INT) | SLOT(FLOAT) | SLOT(DOUBLE) | SLOT(UINT8) | SLOT(SINT8) |
                                   SLOT(UINT16) | SLOT(SINT16) | SLOT(UINT32) | SLOT(SINT32) | SLOT(UINT64) |
                                   SLOT(SINT64) | SLOT(POINTER);

/* The handler of all of them. What stands in slots is there. */
static inlined void pass_on(void *result, const ffi_value *args, ffi_cif *cif, closure_function *function,
                            void *userdata) {
    void *pointers[cif->nargs + 1];
    for (uint32_t i = 0; i < cif->nargs; i++) {
        bool is_slot = slot_types >> cif->arg_types[i]->type & 1;
        pointers[i]  = is_slot ? (void *)(uintptr_t)&args[i] : args[i].ptr;
    }
    function(cif, result, pointers, userdata);
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    const ffi_closure *closure = userdata;
    pass_on(result, args, closure->cif, closure->fun, closure->user_data);
}

/* The same for arguments that are all slots. */
static void handle_slots(void *result, const ffi_value *args, void *userdata) {
    const ffi_closure *closure = userdata;
    uint32_t           count   = closure->cif->nargs;
    void              *pointers[count + 1];
    for (uint32_t i = 0; i < count; i++) pointers[i] = (void *)(uintptr_t)&args[i];
    closure->fun(closure->cif, result, pointers, closure->user_data);
}

static void handle_go(void *result, const ffi_value *args, void *userdata) {
    ffi_go_closure *closure = userdata;
    pass_on(result, args, closure->cif, closure->fun, closure);
}

/* The form of a cif, made at the first closure; of one without a plan each time. NULL: there is none. */
static const struct form *form_of(const ffi_cif *cif) {
    static const struct heap heap     = {memory_libc, NULL};
    struct prepared         *prepared = prepared_of(cif);
    const struct form *form = prepared ? atomic_load_explicit(&prepared->form, memory_order_acquire) : NULL;
    if (form || !prepared) return form;
    struct workshop  shop;
    struct signature signature;
    struct prepared  own;
    workshop_open(&shop);
    if (prepared->plan) form = form_intern(&heap, prepared->plan, false);
    else if (signature_of(&shop, cif, &signature) == FFI_OK &&
             signature_prepare(&shop, &signature, false, &own))
        form = form_intern(&heap, own.plan, false);
    workshop_close(&shop);
    if (prepared->plan) atomic_store_explicit(&prepared->form, form, memory_order_release);
    return form;
}

/* A callback for the time of a call. */
static void call_image(struct image *image, ffi_cif *cif, ffi_handler *handler, void *userdata, void *stack,
                       unsigned vector) {
    ffi_callback callback = {.handler = handler, .userdata = userdata, .form = form_of(cif)};
    if (callback.form && callback.form->taken.vector == vector)
        callback_of_image(image, &callback, stack, vector);
}

void closure_of_image(struct image *image, ffi_closure *closure, void *stack, unsigned vector) {
    call_image(image, closure->cif, handle, closure, stack, vector);
}

void closure_of_go(struct image *image, ffi_go_closure *closure, void *stack, unsigned vector) {
    call_image(image, closure->cif, handle_go, closure, stack, vector);
}

/* ---- memory ---- */

enum { QUARANTINE = 1024, STANDARD = sizeof(ffi_raw_closure) }; /* bytes that every closure has */

struct spare {
    struct own    own; /* check: 0 */
    struct spare *next;
};

/* Those that were freed, the oldest first: a closure serves again after QUARANTINE others. */
static struct {
    atomic_flag   busy; /* fork() waits for it */
    bool          begun;
    struct block *block; /* of trampolines */
    struct spare *first, *last;
    size_t        count;
} closures = {.busy = ATOMIC_FLAG_INIT};

static void take(void) {
    while (atomic_flag_test_and_set_explicit(&closures.busy, memory_order_acquire)) continue;
}

static void give(void) {
    atomic_flag_clear_explicit(&closures.busy, memory_order_release);
}

static ffi_callback *fresh_callback(void) {
    const char *why;
    take();
    bool          first    = !closures.begun;
    ffi_callback *callback = trampoline_fresh(&closures.block, false, &why);
    closures.begun         = true;
    give();
    if (first) pthread_atfork(take, give, give);
    return callback;
}

static struct spare *oldest(void) {
    struct spare *spare = closures.first;
    if (closures.count < QUARANTINE) return NULL;
    closures.first = spare->next;
    closures.count--;
    return spare;
}

static void add_oldest(struct spare *spare) {
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
    struct spare *spare = oldest();
    give();
    if (!spare || size > STANDARD) own = realloc(spare, size > STANDARD ? size : STANDARD);
    else own = &spare->own;
    if (!own && spare) add_oldest(spare);
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
    const char   *why;
    if (callback->form) trampoline_revoke(callback, &why);
    spare->own.check = 0;
    spare->next      = NULL;
    take();
    if (closures.count++) closures.last->next = spare;
    else closures.first = spare;
    closures.last = spare;
    give();
}

/* ---- preparing ---- */

static ffi_status status_of(const ffi_cif *cif, const struct form *form) {
    if (!cif || !target_abi(cif->abi)) return FFI_BAD_ABI;
    return form ? FFI_OK : FFI_BAD_TYPEDEF;
}

ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif *cif, closure_function *fun, void *user_data,
                                void *codeloc) {
    const struct form *form   = cif ? form_of(cif) : NULL;
    ffi_status         status = status_of(cif, form);
    if (status != FFI_OK) return status;
    closure->cif       = cif;
    closure->fun       = fun;
    closure->user_data = user_data;
    if (is_ours(closure)) {
        const struct target target = {.entry    = form->entry,
                                      .handler  = prepared_of(cif)->all_slots ? handle_slots : handle,
                                      .userdata = closure};
        trampoline_set(own_of(closure)->callback, form, &target);
    } else {
        target_write_code(closure, form->abi, form->taken.vector);
        __builtin___clear_cache(codeloc, (char *)codeloc + FFI_TRAMPOLINE_SIZE);
    }
    return FFI_OK;
}

ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif *cif, closure_function *fun, void *user_data) {
    return ffi_prep_closure_loc(closure, cif, fun, user_data, closure);
}

ffi_status ffi_prep_go_closure(ffi_go_closure *closure, ffi_cif *cif, closure_function *fun) {
    const struct form *form   = cif ? form_of(cif) : NULL;
    ffi_status         status = status_of(cif, form);
    if (status != FFI_OK) return status;
    closure->tramp = (void *)(uintptr_t)target_go_entry(form->abi, form->taken.vector);
    closure->cif   = cif;
    closure->fun   = fun;
    return FFI_OK;
}
