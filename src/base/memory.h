/* SPDX-License-Identifier: MIT */
/* Memory of a context: everything that it owns comes from its allocator, through here. Callers hold its lock.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "ffi_invoke.h"

/* The allocator, as the options of a context give it. */
struct heap {
    ffi_allocate *allocate;
    void         *userdata;
};

/* The allocator of a context that was given none. */
ffi_allocate memory_libc;

/* Blocks whose size the owner knows. memory_new fails with FFI_ERROR_MEMORY. */
void *memory_new(const struct heap *heap, size_t size);
void  memory_free(const struct heap *heap, void *block, size_t size);

/* Many small blocks that end together. Zeroed, aligned to 16 bytes. */
struct arena {
    struct chunk *chunks;
    size_t        made; /* chunks so far */
};

void *arena_new(struct arena *arena, const struct heap *heap, size_t size);

/* Memory that an empty arena uses before any of the heap; aligned to 16. arena_free() does not free it. The
 * bytes that all of the arena's blocks need there. */
void   arena_lend(struct arena *arena, void *memory, size_t size);
size_t arena_need(const struct arena *arena);

/* A moment in an arena's life, and the return to it: what was made since is freed. */
struct arena_mark {
    size_t made, used;
};

struct arena_mark arena_mark(const struct arena *arena);
void              arena_release(struct arena *arena, const struct heap *heap, struct arena_mark mark);
void              arena_free(struct arena *arena, const struct heap *heap);

#endif
