/* SPDX-License-Identifier: MIT */
/* What one runtime owns. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "error.h"
#include "map.h"
#include "memory.h"
#include "os.h"
#include "util.h"

struct abi;
struct function;

struct ffi_context {
    ffi_allocate     *allocate;
    void             *userdata;
    const struct abi *abi;   /* of signatures that do not name one; its data model is the context's */
    struct os_lock    lock;  /* guards everything below, and libraries' lists */
    struct arena      arena; /* types and plans */
    struct map        types; /* derived types by structure, ffi_ctype */
    struct map        plans; /* struct plan by signature */
    ffi_library      *libraries;
    struct function  *functions;
};

#endif
