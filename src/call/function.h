/* SPDX-License-Identifier: MIT */
/* Functions: addresses bound to plans. */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "base/handle.h"
#include "plan/plan.h"

/* What was made from a function and ends with it. */
struct derived {
    struct handle  *forms;   /* variadic forms */
    struct shifted *shifted; /* native pointers that drop arguments (shift.c) */
};

struct function {
    ffi_function       head; /* the public part; stubs and this library read the rest */
    void              *address;
    const struct plan *plan;
    const char        *name; /* name of the symbol; "" if bound by its address */
    union {
        ffi_library     *library;  /* the function keeps it loaded; NULL if bound by its address */
        struct function *original; /* if is_form: the function that frees this one and holds the library */
    };
    struct handle    node;    /* in the context's list, or in the original function's list of forms */
    struct derived  *derived; /* NULL: nothing */
    uint16_t         capture; /* FFI_CAPTURE_... bits */
    bool             owns_name;
    bool             is_form;   /* a variadic form */
    const ffi_ctype *signature; /* the caller's signature; the plan's has no notes */
};

/* The function that contains this handle. */
struct function *function_at(struct handle *node);

/* Makes a function that is in no list yet. `name` has `length` bytes and is copied; it may be NULL. NULL on
 * failure. Under the context's lock. */
struct function *function_make(ffi_context *context, void *address, const ffi_ctype *signature,
                               const char *name, size_t length);

/* What was made from the function, for more to be added. NULL if there is no memory. Under the context's lock.
 */
struct derived *function_derived(struct function *function);

/* The first of the function's variadic forms; NULL if there is none. */
static inline struct handle *function_forms(const struct function *function) {
    return function->derived ? function->derived->forms : NULL;
}

/* function_capture() sets the FFI_CAPTURE_... bits of a function. function_check_capture() checks such
 * bits; errors name `what`. */
void      function_capture(struct function *function, unsigned flags);
ffi_error function_check_capture(const char *what, unsigned flags);

/* Frees all functions, at the end of the context. */
void functions_free(ffi_context *context);

#endif
