/* SPDX-License-Identifier: MIT */
/*
 * A hash table from keys to records that hold their own key. Looking up takes no lock and
 * may run beside one thread that adds: that is what makes the symbol cache cheap under threads.
 */
#ifndef MAP_H
#define MAP_H

#include "ffi_invoke.h"

#include <stdatomic.h>

struct heap;
struct table;

struct map {
    _Atomic(struct table *) table;
    size_t                  count;
};

/* Whether a record has the key. */
typedef bool map_match(const void *record, const void *key);

/* The record with this hash that matches, or NULL. */
void *map_find(const struct map *map, uint64_t hash, map_match *match, const void *key);

/* Adds a record, which must not be there yet. Writers exclude each other. False if memory is out. */
bool map_add(struct map *map, const struct heap *heap, uint64_t hash, void *record);

/* Takes a record out that is in. No one else may be looking. */
void map_remove(struct map *map, uint64_t hash, const void *record);

/* Frees the table, not the records. No one else may be looking. */
void map_free(struct map *map, const struct heap *heap);

#endif
