/* SPDX-License-Identifier: MIT */
/*
 * Memory of arguments. Each block lies between two zones of known bytes: a callee that writes beyond the block
 * changes them, and that is found after the call. Each block has pages of its own, between pages that nobody can access.
 *
 *     pages.begin  pages.at           bytes         bytes + size       pages.begin + pages.size
 *     | no access | zone (ZONE or more) | size bytes | zone (ZONE or more) | no access |
 *
 * A session keeps the addresses of the last MOST_FREED blocks that it has given back, without their bytes: native code
 * that has kept such an address crashes, and the report names the block.
 */
#include "argument.h"
#include "complain.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_VECTOR = 64, ZONE = 4096, MOST_FREED = 64 };

static struct block *freed; /* given back; the newest first */
static size_t        calls; /* that have ended */

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

/* Addresses of freed blocks are given up if there are no others. */
static bool make_pages(struct pages *pages, size_t size, size_t alignment) {
    if (system_pages(pages, size, alignment)) return true;
    freed_forget(0);
    return system_pages(pages, size, alignment);
}

struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type, size_t size) {
    size_t        before = zone_before(type);
    struct block *block  = malloc(sizeof *block);
    struct pages  pages;
    if (!block || size > BUFFER_LIMIT || !make_pages(&pages, before + size + ZONE, before)) {
        complain(EXIT_USAGE, "argument %zu: there is no memory for %zu bytes", reader->number, size);
        return free(block), NULL;
    }
    fill_zone(pages.at, before);
    fill_zone(pages.at + before + size, ZONE);
    *block                  = (struct block){.argument = reader->number,
                                             .form     = form,
                                             .type     = type,
                                             .size     = size,
                                             .room     = size,
                                             .pages    = pages,
                                             .bytes    = pages.at + before};
    *reader->arguments->end = block;
    reader->arguments->end  = &block->next;
    return block;
}

static const struct block *block_of(const struct block *block, const void *address) {
    uintptr_t at = (uintptr_t)address;
    for (; block; block = block->next)
        if (at >= (uintptr_t)block->bytes && at - (uintptr_t)block->bytes <= block->size) break;
    return block;
}

const struct block *arguments_block(const struct arguments *arguments, const void *address) {
    return block_of(arguments->blocks, address);
}

/* ---- where an address lies ---- */

/* `argument 1`, and ` of keep` if the block is of an earlier call. */
static void put_owner(const struct block *block, char *text, size_t size) {
    snprintf(text, size, "argument %zu%s%.60s", block->argument, block->function ? " of " : "",
             block->function ? block->function : "");
}

static void put_distance(size_t distance, const char *side, const struct block *block, char *text,
                         size_t size) {
    char owner[96];
    put_owner(block, owner, sizeof owner);
    snprintf(text, size, "%zu byte%s %s the %zu of %s", distance, distance == 1 ? "" : "s", side, block->room,
             owner);
}

/* The block whose pages contain an address, and the place in words; NULL if none does. */
static const struct block *place_of(const struct block *block, const void *address, char *text, size_t size) {
    uintptr_t at = (uintptr_t)address;
    char      owner[96];
    while (block && at - (uintptr_t)block->pages.begin >= block->pages.size) block = block->next;
    if (!block) return NULL;
    uintptr_t begin = (uintptr_t)block->bytes, end = begin + block->room;
    put_owner(block, owner, sizeof owner);
    if (at < begin) put_distance(begin - at, "before", block, text, size);
    else if (at >= end) put_distance(at - end, "behind", block, text, size);
    else snprintf(text, size, "offset %zu of the %zu bytes of %s", (size_t)(at - begin), block->room, owner);
    return block;
}

bool arguments_place(const struct arguments *arguments, const void *address, char *text, size_t size) {
    return place_of(arguments->blocks, address, text, size);
}

enum { NEAR = 1 << 24 };

bool arguments_near(const struct arguments *arguments, const void *address, char *text, size_t size) {
    uintptr_t nearest = NEAR;
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        uintptr_t end = (uintptr_t)block->bytes + block->room;
        if ((uintptr_t)address < end || (uintptr_t)address - end >= nearest) continue;
        nearest = (uintptr_t)address - end;
        put_distance(nearest, "behind", block, text, size);
    }
    return nearest < NEAR;
}

bool freed_place(const void *address, char *text, size_t size) {
    const struct block *block = place_of(freed, address, text, size);
    if (!block) return false;
    size_t used = strlen(text), before = calls - block->call;
    snprintf(text + used, size - used, ", %zu call%s before", before, before == 1 ? "" : "s");
    return true;
}

const struct block *freed_block(const void *address) {
    return block_of(freed, address);
}

/* ---- after a call ---- */

/* The zones show where a small overrun ends. A larger one is a fault. */
static bool block_is_intact(const struct block *block) {
    const unsigned char *first, *last;
    bool                 behind = !zone_is_intact(block->bytes + block->room, ZONE, &first, &last);
    if (!behind && zone_is_intact(block->pages.at, (size_t)(block->bytes - block->pages.at), &first, &last))
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

static void free_block(struct block *block) {
    system_pages_free(&block->pages);
    free(block);
}

void freed_forget(size_t kept) {
    struct block **end = &freed;
    while (*end && kept--) end = &(*end)->next;
    while (*end) {
        struct block *block = *end;
        *end                = block->next;
        free_block(block);
    }
}

void arguments_end_call(struct arguments *arguments, const char *function) {
    for (struct block *block = arguments->blocks; block; block = block->next) {
        block->function = function;
        block->call     = calls;
    }
    calls++;
}

void arguments_close(struct arguments *arguments) {
    while (arguments->blocks) {
        struct block *block = arguments->blocks;
        arguments->blocks   = block->next;
        system_pages_close(&block->pages);
        block->next = freed;
        freed       = block;
    }
    freed_forget(MOST_FREED);
}

void arguments_free(struct arguments *arguments) {
    while (arguments->blocks) {
        struct block *block = arguments->blocks;
        arguments->blocks   = block->next;
        free_block(block);
    }
    free(arguments->values);
}
