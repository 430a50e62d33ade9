/* SPDX-License-Identifier: MIT */
/* Blocks, and arenas made of them. */
#include "base/memory.h"

#include "base/error.h"
#include "base/util.h"

#include <stdlib.h>

void *memory_libc(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata, (void)old_size;
    if (new_size) return block ? realloc(block, new_size) : malloc(new_size);
    free(block);
    return NULL;
}

void *memory_new(const struct heap *heap, size_t size) {
    void *block = heap->allocate(heap->userdata, NULL, 0, size);
    if (!block) fail(FFI_ERROR_MEMORY, "out of memory: the allocator returned NULL for %zu bytes", size);
    return block;
}

void memory_free(const struct heap *heap, void *block, size_t size) {
    if (block) heap->allocate(heap->userdata, block, size, 0);
}

/* An arena is a list of chunks; the first is the one in use. */
struct chunk {
    struct chunk *next;
    size_t        size, used; /* in bytes, this head included */
    size_t        number;     /* in the order in which chunks were made; 0: lent by the caller */
};

enum { CHUNK_SIZE = 4096, CHUNK_HEAD = 32, ALIGNMENT = 8 };

_Static_assert(sizeof(struct chunk) <= CHUNK_HEAD, "a chunk's memory begins aligned");

void arena_lend(struct arena *arena, void *memory, size_t size) {
    struct chunk *chunk = memory;
    *chunk              = (struct chunk){.size = size, .used = CHUNK_HEAD};
    arena->chunks       = chunk;
}

size_t arena_need(const struct arena *arena) {
    size_t need = CHUNK_HEAD;
    for (const struct chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        need += round_up(chunk->used - CHUNK_HEAD, ALIGNMENT);
    return need;
}

/* Makes a chunk with room for a block. A large block gets a chunk of its own, placed after the current chunk, whose
 * remaining bytes stay usable. */
static outlined struct chunk *add_chunk(struct arena *arena, const struct heap *heap, size_t size) {
    bool          large = size > CHUNK_SIZE / 4;
    size_t        need  = large ? size + CHUNK_HEAD : CHUNK_SIZE;
    struct chunk *chunk = memory_new(heap, need);
    if (!chunk) return NULL;
    struct chunk **behind = large && arena->chunks ? &arena->chunks->next : &arena->chunks;
    *chunk                = (struct chunk){*behind, need, CHUNK_HEAD, ++arena->made};
    return *behind        = chunk;
}

static void *take(struct arena *arena, const struct heap *heap, size_t size, size_t alignment) {
    struct chunk *chunk = arena->chunks;
    size_t        at    = chunk ? round_up(chunk->used, alignment) : 0;
    if (!at || at > chunk->size || chunk->size - at < size) {
        if (!(chunk = add_chunk(arena, heap, size))) return NULL;
        at = CHUNK_HEAD;
    }
    chunk->used = at + size;
    return (char *)chunk + at;
}

void *arena_new(struct arena *arena, const struct heap *heap, size_t size) {
    void *memory = take(arena, heap, size, ALIGNMENT);
    return memory ? memset(memory, 0, size) : NULL;
}

void *arena_words(struct arena *arena, const struct heap *heap, size_t size) {
    return take(arena, heap, size, ALIGNMENT);
}

char *arena_bytes(struct arena *arena, const struct heap *heap, size_t size) {
    return take(arena, heap, size, 1);
}

char *arena_text(struct arena *arena, const struct heap *heap, const char *text, size_t size) {
    char *memory = arena_bytes(arena, heap, size);
    return memory ? memcpy(memory, text, size) : NULL;
}

void arena_return(struct arena *arena, const void *block, size_t size) {
    struct chunk *chunk = arena->chunks;
    if ((const char *)block + size == (const char *)chunk + chunk->used) chunk->used -= size;
}

struct arena_mark arena_mark(const struct arena *arena) {
    return (struct arena_mark){arena->made, arena->chunks ? arena->chunks->used : 0};
}

/* Chunks made since the mark stand before the chunk that was current then; large ones stand directly after it.
 */
void arena_release(struct arena *arena, const struct heap *heap, struct arena_mark mark) {
    struct chunk **link = &arena->chunks;
    for (bool passed = false; *link; passed = true) {
        struct chunk *chunk = *link;
        for (; chunk && chunk->number > mark.made; chunk = *link) {
            *link = chunk->next;
            memory_free(heap, chunk, chunk->size);
        }
        if (!chunk || passed) break;
        chunk->used = mark.used;
        link        = &chunk->next;
    }
    arena->made = mark.made;
}

void arena_free(struct arena *arena, const struct heap *heap) {
    for (struct chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        if (chunk->number) memory_free(heap, chunk, chunk->size);
    }
}
