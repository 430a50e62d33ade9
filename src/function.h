/* SPDX-License-Identifier: MIT */
/* An address bound to a plan. */
#ifndef FUNCTION_H
#define FUNCTION_H

#include "plan.h"

struct function {
    ffi_function       head; /* the stub, and how the result leaves it; the rest is read by it and by us */
    void              *address;
    const struct plan *plan;
    const char        *name;         /* of the library's symbol; "" if bound by address */
    ffi_library       *library;      /* kept loaded; NULL if bound by address */
    struct function   *next, **link; /* the context's functions, or the variadic one's forms */
    pointers_stub     *pointers;     /* what ffi_invoke_pointers calls */
    struct function   *forms;        /* made by ffi_function_variadic */
    unsigned           capture;      /* FFI_CAPTURE_ */
    const ffi_ctype   *signature;    /* as it was given; the plan's has no lengths of arrays */
};

#endif
