/* SPDX-License-Identifier: MIT */
/*
 * A hash table. Each record holds its own key. map_find() takes no lock. In a shared map it may run while one
 * other thread adds a record; so threads share the symbol cache cheaply.
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
    bool                    is_shared; /* set it while the map is empty */
};

/* Whether a record has the key. */
typedef bool map_match(const void *record, const void *key);

/* The same as hash_bytes(), which is inline. Code that seldom looks up calls this one. */
uint64_t map_hash(uint64_t hash, const void *bytes, size_t length);

/* Gives an empty map MAP_LENT bytes of memory, aligned to 8, for its first table. The map does not free them. */
enum { MAP_LENT = 24 + 16 * 12 };
void map_lend(struct map *map, void *memory);

/* Returns the record with this hash that matches, or NULL. */
void *map_find(const struct map *map, uint64_t hash, map_match *match, const void *key);

/* Adds a record, which must not be in the map yet. Only one thread may write at a time; unless the map is shared,
 * no other thread may search meanwhile. False if no memory is left. */
bool map_add(struct map *map, const struct heap *heap, uint64_t hash, void *record);

/* Removes a record, which must be in the map. No other thread may search meanwhile. */
void map_remove(struct map *map, uint64_t hash, const void *record);

/* Returns the records one after the other, in no order, then NULL; `*at` is 0 at first. No other thread may write
 * meanwhile. */
void *map_next(const struct map *map, size_t *at);

/* Frees the tables, not the records. No other thread may search meanwhile. */
void map_free(struct map *map, const struct heap *heap);

#endif
