/* SPDX-License-Identifier: MIT */
/* Arenas. An arena is a list of pieces of memory. A new piece is twice as large as the one before. */
#include "embed.h"

enum { PIECE_FIRST = 1024, PIECE_LARGEST = 1 << 20, ALIGNMENT_MOST = 4096 };

struct piece {
    struct piece *before;
    size_t        size; /* in bytes, this head included */
    size_t
        begin; /* the bytes of all pieces before this one. A mark is `begin` plus the used bytes of the piece */
    char *next; /* the first free byte of `before` */
};

static const size_t head_size = (sizeof(struct piece) + 15) & ~(size_t)15;

void arena_begin(ffi_arena *arena, ffi_context *context) {
    *arena = (ffi_arena){.context = context};
}

static void drop_piece(ffi_arena *arena) {
    struct piece *piece = arena->pieces;
    arena->pieces       = piece->before;
    arena->next         = piece->next;
    arena->end          = piece->before ? (char *)piece->before + piece->before->size : NULL;
    ffi_context_memory(arena->context, piece, piece->size, 0);
}

void arena_end(ffi_arena *arena) {
    while (arena->pieces) drop_piece(arena);
}

static void end_owned(struct owned *owned) {
    ffi_arena_free((ffi_arena *)(void *)owned);
}

ffi_arena *ffi_arena_new(ffi_context *context) {
    if (!context) return embed_null(__func__, "context"), NULL;
    struct layer *layer = layer_of(context);
    ffi_arena    *arena = layer ? ffi_context_memory(context, NULL, 0, sizeof *arena) : NULL;
    if (!arena) return NULL;
    arena_begin(arena, context);
    arena->layer = layer;
    owned_add(layer, &arena->owned, end_owned);
    return arena;
}

void ffi_arena_free(ffi_arena *arena) {
    if (!arena) return;
    own_abandon(arena, 0);
    arena_end(arena);
    owned_remove(arena->layer, &arena->owned);
    ffi_context_memory(arena->context, arena, sizeof *arena, 0);
}

static char *aligned(char *at, size_t alignment) {
    return (char *)(((uintptr_t)at + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

static bool add_piece(ffi_arena *arena, size_t need) {
    struct piece *last = arena->pieces;
    size_t size = last && last->size < PIECE_LARGEST ? last->size * 2 : last ? PIECE_LARGEST : PIECE_FIRST;
    if (size < need + head_size) size = need + head_size;
    struct piece *piece = ffi_context_memory(arena->context, NULL, 0, size);
    if (!piece) return false;
    *piece        = (struct piece){last, size, last ? last->begin + last->size : 0, arena->next};
    arena->pieces = piece;
    arena->next   = (char *)piece + head_size;
    arena->end    = (char *)piece + size;
    return true;
}

void *ffi_arena_allocate(ffi_arena *arena, size_t size, size_t alignment) {
    if (!arena) return embed_null(__func__, "arena"), NULL;
    if (!alignment || alignment & (alignment - 1) || alignment > ALIGNMENT_MOST)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: the alignment %zu is not a power of two up to 4096", __func__,
                        alignment),
               NULL;
    if (size > SIZE_MAX / 4) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes", size), NULL;
    char *at = aligned(arena->next, alignment);
    if (!arena->pieces || at > arena->end || (size_t)(arena->end - at) < size) {
        if (!add_piece(arena, size + alignment)) return NULL;
        at = aligned(arena->next, alignment);
    }
    arena->next = at + size;
    return at;
}

char *ffi_arena_text(ffi_arena *arena, const char *text, size_t length) {
    if (!text) return embed_null(__func__, "text"), NULL;
    if (!arena) return embed_null(__func__, "arena"), NULL;
    char *copy = ffi_arena_allocate(arena, length < SIZE_MAX ? length + 1 : length, 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

size_t ffi_arena_mark(const ffi_arena *arena) {
    if (!arena || !arena->pieces) return 0;
    return arena->pieces->begin + (size_t)(arena->next - (char *)arena->pieces);
}

void ffi_arena_release(ffi_arena *arena, size_t mark) {
    if (!arena) return;
    if (arena->owns) own_abandon(arena, mark);
    while (arena->pieces && arena->pieces->begin >= mark) drop_piece(arena);
    if (arena->pieces && mark < ffi_arena_mark(arena))
        arena->next = (char *)arena->pieces + (mark - arena->pieces->begin);
}
