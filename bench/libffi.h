/* SPDX-License-Identifier: MIT */
/* A libffi.so.8, loaded by name or path: the machine's, the newest that there is, ours. All have one interface.
 */
#ifndef BENCH_LIBFFI_H
#define BENCH_LIBFFI_H

#include "shape.h"

#include <ffi.h>

struct libffi {
    const char *who, *variable, *name; /* the environment's variable has its path; `name` without it, or NULL */
    bool        tried;
    void       *handle; /* from here on written by libffi_open() */
    ffi_status (*prep_cif)(ffi_cif *, ffi_abi, unsigned, ffi_type *, ffi_type **);
    ffi_status (*prep_cif_var)(ffi_cif *, ffi_abi, unsigned, unsigned, ffi_type *, ffi_type **);
    void (*call)(ffi_cif *, void (*)(void), void *, void **);
    ffi_call_plan *(*plan_alloc)(ffi_cif *); /* NULL: it has no plans */
    void (*plan_free)(ffi_call_plan *);
    void (*plan_invoke)(ffi_call_plan *, void (*)(void), void *, void **);
    void *(*closure_alloc)(size_t, void **);
    void (*closure_free)(void *);
    ffi_status (*prep_closure)(ffi_closure *, ffi_cif *, void (*)(ffi_cif *, void *, void **, void *), void *,
                               void *);
};

extern struct libffi libffi_machine, libffi_newest, libffi_ours;

/* Whether it is there. Writes its version and path, or the reason. */
bool libffi_open(struct libffi *library, char *text, size_t size);

/* A shape's description for libffi, which lives until the program ends; NULL if libffi has no such type. */
struct libffi_shape {
    unsigned  count, fixed;
    ffi_type *result, *types[MOST_ARGUMENTS];
};
const struct libffi_shape *libffi_shape(const struct shape *shape);

bool libffi_prepare(const struct libffi *library, const struct libffi_shape *shape, ffi_cif *cif);

/* The code of a closure that does what the callee does; NULL if it cannot be made. */
void *libffi_closure(const struct libffi *library, struct shape *shape);

#endif
