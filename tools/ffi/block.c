/* SPDX-License-Identifier: MIT */
/*
 * Memory of arguments. Each block lies between two zones of known bytes: a callee that writes beyond the block
 * changes them, and that is found after the call.
 *
 *     memory            bytes             bytes + size
 *     | zone (ZONE or more) | size bytes | zone (ZONE) |
 */
#include "argument.h"
#include "complain.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_VECTOR = 64, ZONE = 4096 };

void *aligned_memory(size_t size, size_t alignment) {
    if (alignment < LARGEST_VECTOR) alignment = LARGEST_VECTOR;
    if (size > BUFFER_LIMIT) return NULL;
    void *memory = system_aligned(size ? size : 1, alignment);
    return memory ? memset(memory, 0, size ? size : 1) : NULL;
}

/* ---- zones ---- */

/* The size of the zone before a block, which keeps the block aligned. */
static size_t zone_before(const ffi_ctype *type) {
    return ffi_type_alignment(type) > ZONE ? ffi_type_alignment(type) : ZONE;
}

/* The byte that a zone has at an address. Neighbouring bytes differ, and none is 0. */
static unsigned char zone_byte(const unsigned char *at) {
    return (unsigned char)((uintptr_t)at * 37 | 0x80);
}

static void fill_zone(unsigned char *at, size_t size) {
    for (size_t i = 0; i < size; i++) at[i] = zone_byte(at + i);
}

/* Whether a zone is unchanged; if not, the first and the last changed byte. */
static bool zone_is_intact(const unsigned char *at, size_t size, const unsigned char **first,
                           const unsigned char **last) {
    const unsigned char *end = at + size;
    while (at < end && *at == zone_byte(at)) at++;
    if (at == end) return true;
    while (end[-1] == zone_byte(end - 1)) end--;
    *first = at;
    *last  = end - 1;
    return false;
}

/* ---- blocks ---- */

struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type, size_t size) {
    size_t         before = zone_before(type);
    struct block  *block  = malloc(sizeof *block);
    unsigned char *memory = size > BUFFER_LIMIT ? NULL : system_aligned(before + size + ZONE, before);
    if (!block || !memory) {
        complain(EXIT_USAGE, "argument %zu: there is no memory for %zu bytes", reader->number, size);
        return free(block), aligned_free(memory), NULL;
    }
    fill_zone(memory, before);
    memset(memory + before, 0, size);
    fill_zone(memory + before + size, ZONE);
    *block                  = (struct block){.argument = reader->number,
                                             .form     = form,
                                             .type     = type,
                                             .size     = size,
                                             .room     = size,
                                             .memory   = memory,
                                             .bytes    = memory + before};
    *reader->arguments->end = block;
    reader->arguments->end  = &block->next;
    return block;
}

const struct block *arguments_block(const struct arguments *arguments, const void *address) {
    uintptr_t at = (uintptr_t)address;
    for (const struct block *block = arguments->blocks; block; block = block->next)
        if (at >= (uintptr_t)block->bytes && at - (uintptr_t)block->bytes <= block->size) return block;
    return NULL;
}

enum { NEAR = 1 << 24 };

/* A callee that runs behind a block gets beyond its zone, up to where there is no memory. */
bool arguments_place(const struct arguments *arguments, const void *address, char *text, size_t size) {
    uintptr_t at = (uintptr_t)address, nearest = NEAR;
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        uintptr_t begin = (uintptr_t)block->bytes, end = begin + block->room;
        if (at >= (uintptr_t)block->memory && at < begin)
            return snprintf(text, size, "%zu bytes before argument %zu", (size_t)(begin - at), block->argument),
                   true;
        if (at >= begin && at < end)
            return snprintf(text, size, "offset %zu of argument %zu", (size_t)(at - begin), block->argument),
                   true;
        if (at < end || at - end >= nearest) continue;
        nearest = at - end;
        snprintf(text, size, "%zu bytes behind the %zu of argument %zu", (size_t)nearest, block->room,
                 block->argument);
    }
    return nearest < NEAR;
}

/* The zones show where a small overrun ends. A larger one may also have damaged the heap. */
static bool block_is_intact(const struct block *block) {
    const unsigned char *first, *last;
    bool                 behind = !zone_is_intact(block->bytes + block->room, ZONE, &first, &last);
    if (!behind && zone_is_intact(block->memory, (size_t)(block->bytes - block->memory), &first, &last))
        return true;
    note_that("the first byte was written at offset %td, the last one at %td", first - block->bytes,
              last - block->bytes);
    complain(EXIT_FAILED, "argument %zu: the callee wrote %s the %zu byte%s that it has", block->argument,
             behind ? "behind" : "before", block->room, block->room == 1 ? "" : "s");
    return false;
}

bool arguments_are_intact(const struct arguments *arguments) {
    for (const struct block *block = arguments->blocks; block; block = block->next)
        if (!block_is_intact(block)) return false;
    return true;
}

void arguments_free(struct arguments *arguments) {
    while (arguments->blocks) {
        struct block *block = arguments->blocks;
        arguments->blocks   = block->next;
        aligned_free(block->memory);
        free(block);
    }
    free(arguments->values);
}
