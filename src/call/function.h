/* SPDX-License-Identifier: MIT */
/* An address bound to a plan. */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "base/handle.h"
#include "plan/plan.h"

struct function {
    ffi_function       head; /* the stub, and how the result leaves it; the rest is read by it and by us */
    void              *address;
    const struct plan *plan;
    const char        *name;     /* of the library's symbol; "" if bound by address */
    ffi_library       *library;  /* kept loaded; NULL if bound by address */
    struct handle      node;     /* in the context's functions, or the variadic one's forms */
    pointers_call     *pointers; /* what ffi_invoke_pointers calls */
    struct handle     *forms;    /* made by ffi_function_variadic */
    uint16_t           capture;  /* FFI_CAPTURE_ */
    bool               owns_name;
    bool               is_form;   /* it goes with the variadic one, which alone holds the library */
    const ffi_ctype   *signature; /* as it was given; the plan's has no notes */
    struct shifted    *shifted;   /* native pointers that drop arguments (shift.c) */
};

/* The function of a handle in a list. */
struct function *function_at(struct handle *node);

/* A new function, which is in no list yet; `name` of `length` bytes is copied, if there is one. NULL with an
 * error. Under the context's lock. */
struct function *function_make(ffi_context *context, void *address, const ffi_ctype *signature,
                               const char *name, size_t length);

/* Sets what calls keep, FFI_CAPTURE_; and checks such flags, `what` is the name at fault. */
void      function_capture(struct function *function, unsigned flags);
ffi_error function_check_capture(const char *what, unsigned flags);

/* Frees all functions: the context ends. */
void functions_free(ffi_context *context);

#endif
