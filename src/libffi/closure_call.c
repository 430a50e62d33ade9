/* SPDX-License-Identifier: MIT */
/* Calls of closures in C: what the entries through an image call, and the handlers of callbacks. */
#include "libffi.h"

#include "callback/callback.h"

/* The types that a callback has in slots. */
#define SLOT(name) (1u << FFI_TYPE_##name)
static const uint32_t slot_types = SLOT(INT) | SLOT(FLOAT) | SLOT(DOUBLE) | SLOT(UINT8) | SLOT(SINT8) |
                                   SLOT(UINT16) | SLOT(SINT16) | SLOT(UINT32) | SLOT(SINT32) | SLOT(UINT64) |
                                   SLOT(SINT64) | SLOT(POINTER);

/* The handler of all of them. What stands in slots is there. */
static outlined void pass_on(void *result, const ffi_value *args, ffi_cif *cif, closure_function *function,
                             void *userdata) {
    void *pointers[cif->nargs + 1];
    for (uint32_t i = 0; i < cif->nargs; i++) {
        bool is_slot = slot_types >> cif->arg_types[i]->type & 1;
        pointers[i]  = is_slot ? (void *)(uintptr_t)&args[i] : args[i].ptr;
    }
    function(cif, result, pointers, userdata);
}

void closure_handle(void *result, const ffi_value *args, void *userdata) {
    const ffi_closure *closure = userdata;
    pass_on(result, args, closure->cif, closure->fun, closure->user_data);
}

/* The same for arguments that are all slots. */
void closure_handle_slots(void *result, const ffi_value *args, void *userdata) {
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

/* A callback for the time of a call. */
static void call_with(const struct form *form, struct image *image, ffi_handler *handler, void *userdata,
                      void *stack, unsigned vector) {
    ffi_callback callback = {.handler = handler, .userdata = userdata, .form = form};
    if (form) callback_of_image(image, &callback, stack, vector);
}

static outlined void call_unplanned(struct image *image, const ffi_cif *cif, ffi_handler *handler,
                                    void *userdata, void *stack, unsigned vector) {
    struct workshop shop;
    workshop_open(&shop);
    call_with(closure_form_for_now(&shop, cif), image, handler, userdata, stack, vector);
    workshop_close(&shop);
}

static void call_image(struct image *image, const ffi_cif *cif, ffi_handler *handler, void *userdata,
                       void *stack, unsigned vector) {
    struct prepared *prepared = prepared_of(cif);
    if (!prepared) return;
    if (prepared->plan) call_with(closure_form(prepared), image, handler, userdata, stack, vector);
    else call_unplanned(image, cif, handler, userdata, stack, vector);
}

void closure_of_image(struct image *image, ffi_closure *closure, void *stack, unsigned vector) {
    call_image(image, closure->cif, closure_handle, closure, stack, vector);
}

void closure_of_go(struct image *image, ffi_go_closure *closure, void *stack, unsigned vector) {
    call_image(image, closure->cif, handle_go, closure, stack, vector);
}
