/* SPDX-License-Identifier: MIT */
/* Memory of a context. Everything that a context owns comes from its allocator, through these functions.
 * Callers hold the context's lock. */
#ifndef MEMORY_H
#define MEMORY_H

#include "ffi_invoke.h"

/* The allocator that the options of a context name. */
struct heap {
    ffi_allocate *allocate;
    void         *userdata;
};

/* The allocator of contexts whose options name none. */
ffi_allocate memory_libc;

/* Allocate and free a block. The owner keeps its size. memory_new() fails with FFI_ERROR_MEMORY. */
void *memory_new(const struct heap *heap, size_t size);
void  memory_free(const struct heap *heap, void *block, size_t size);

/* Many small blocks that are freed together. */
struct arena {
    struct chunk *chunks;
    size_t        made; /* number of chunks made so far */
};

/* Returns zeroed memory that is aligned to 8 bytes; memory that is aligned, but not zeroed; bytes that are neither zeroed
 * nor aligned; a copy of a text, which is not aligned. */
void *arena_new(struct arena *arena, const struct heap *heap, size_t size);
void *arena_words(struct arena *arena, const struct heap *heap, size_t size);
char *arena_bytes(struct arena *arena, const struct heap *heap, size_t size);
char *arena_text(struct arena *arena, const struct heap *heap, const char *text, size_t size);

/* Frees a block if it is the last one that was made; otherwise it stays. */
void arena_return(struct arena *arena, const void *block, size_t size);

/* arena_lend() gives an empty arena memory to use before it asks the heap. The memory is aligned to 8, and
 * arena_free() does not free it. arena_need() returns the size that such memory must have to hold all blocks of
 * the arena. */
void   arena_lend(struct arena *arena, void *memory, size_t size);
size_t arena_need(const struct arena *arena);

/* arena_mark() records the state of an arena; arena_release() frees every block made since. */
struct arena_mark {
    size_t made, used;
};

struct arena_mark arena_mark(const struct arena *arena);
void              arena_release(struct arena *arena, const struct heap *heap, struct arena_mark mark);
void              arena_free(struct arena *arena, const struct heap *heap);

#endif
