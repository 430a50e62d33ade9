/* SPDX-License-Identifier: MIT */
/* Memory of a context. Callers hold its lock. */
#ifndef MEMORY_H
#define MEMORY_H

#include "ffi_invoke.h"

/* The allocator of a context that was given none. */
ffi_allocate memory_libc;

/* Blocks whose size the owner knows. memory_new fails with FFI_ERROR_MEMORY. */
void *memory_new(ffi_context *context, size_t size);
void  memory_free(ffi_context *context, void *block, size_t size);

/* Many small blocks that end together. Zeroed, aligned to 16 bytes. */
struct arena {
    struct chunk *chunks;
};

void *arena_new(struct arena *arena, ffi_context *context, size_t size);
void  arena_free(struct arena *arena, ffi_context *context);

#endif
