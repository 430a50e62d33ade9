/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing. A table grows by a quarter when it is four fifths full. A search reads the
 * hashes, of which 16 fill a cache line, and then the records whose hash is right.
 *
 * In a shared map a reader may still use a table while a writer replaces it by a larger one. So a replaced table
 * stays until the map is freed. It grows by half: all replaced tables together are no larger than twice the newest one.
 */
#include "base/map.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/util.h"

#include <string.h>

struct table {
    struct table     *outgrown; /* NULL: none, or the map is not shared */
    uint32_t          capacity;
    bool              is_lent;
    _Atomic uint32_t *hashes;    /* behind the records; 0: free; written last, read first */
    _Atomic(void *)   records[]; /* only those with a hash are set */
};

enum { FIRST_CAPACITY = 16 };

_Static_assert(sizeof(struct table) + FIRST_CAPACITY * (sizeof(void *) + sizeof(uint32_t)) == MAP_LENT,
               "map.h");

static size_t table_size(size_t capacity) {
    return sizeof(struct table) + capacity * (sizeof(void *) + sizeof(uint32_t));
}

/* The part of a hash that a table keeps. */
static uint32_t kept(uint64_t hash) {
    return (uint32_t)hash ? (uint32_t)hash : 1;
}

/* Where the search for a hash begins. */
static uint32_t home_of(const struct table *table, uint32_t hash) {
    return (uint32_t)((uint64_t)hash * table->capacity >> 32);
}

static uint32_t next(const struct table *table, uint32_t at) {
    return at + 1 < table->capacity ? at + 1 : 0;
}

static uint32_t hash_at(const struct table *table, uint32_t at) {
    return atomic_load_explicit(&table->hashes[at], memory_order_relaxed);
}

static void *record_at(const struct table *table, uint32_t at) {
    return atomic_load_explicit(&table->records[at], memory_order_relaxed);
}

static void put(struct table *table, uint32_t at, uint32_t hash, void *record) {
    atomic_store_explicit(&table->records[at], record, memory_order_relaxed);
    atomic_store_explicit(&table->hashes[at], hash, memory_order_release);
}

static void insert(struct table *table, uint32_t hash, void *record) {
    uint32_t at = home_of(table, hash);
    while (hash_at(table, at)) at = next(table, at);
    put(table, at, hash, record);
}

void *map_find(const struct map *map, uint64_t hash, map_match *match, const void *key) {
    struct table *table  = atomic_load_explicit(&map->table, memory_order_acquire);
    uint32_t      wanted = kept(hash), found;
    if (!table) return NULL;
    for (uint32_t at = home_of(table, wanted);; at = next(table, at)) {
        found = atomic_load_explicit(&table->hashes[at], memory_order_acquire);
        if (!found) return NULL;
        if (found == wanted && match(record_at(table, at), key)) return record_at(table, at);
    }
}

static inlined void free_table(struct table *table, const struct heap *heap) {
    if (!table->is_lent) memory_free(heap, table, table_size(table->capacity));
}

/* Makes an empty table of memory, which may be lent. */
static struct table *empty(void *memory, size_t capacity, bool is_lent) {
    struct table *table = memory;
    table->capacity     = (uint32_t)capacity;
    table->is_lent      = is_lent;
    table->hashes       = (_Atomic uint32_t *)(table->records + capacity);
    table->outgrown     = NULL;
    memset((void *)table->hashes, 0, capacity * sizeof *table->hashes);
    return table;
}

/* Makes the next table of a map. */
static outlined struct table *grow(struct map *map, struct table *old, const struct heap *heap) {
    size_t capacity = old ? (size_t)old->capacity + old->capacity / (map->is_shared ? 2 : 4) : FIRST_CAPACITY;
    if (capacity > UINT32_MAX) return fail(FFI_ERROR_MEMORY, "a table is full"), NULL;
    struct table *table = memory_new(heap, table_size(capacity));
    if (!table) return NULL;
    empty(table, capacity, false);
    if (map->is_shared) table->outgrown = old;
    for (uint32_t i = 0; old && i < old->capacity; i++)
        if (hash_at(old, i)) insert(table, hash_at(old, i), record_at(old, i));
    atomic_store_explicit(&map->table, table, memory_order_release);
    if (old && !map->is_shared) free_table(old, heap);
    return table;
}

void map_lend(struct map *map, void *memory) {
    atomic_store_explicit(&map->table, empty(memory, FIRST_CAPACITY, true), memory_order_release);
}

bool map_add(struct map *map, const struct heap *heap, uint64_t hash, void *record) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    if (!table || map->count >= table->capacity - table->capacity / 5) table = grow(map, table, heap);
    if (!table) return false;
    insert(table, kept(hash), record);
    map->count++;
    return true;
}

/* Entries after the hole move into it, if their search begins at the hole or before it. */
seldom void map_remove(struct map *map, uint64_t hash, const void *record) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    uint32_t      hole  = home_of(table, kept(hash));
    while (record_at(table, hole) != record) hole = next(table, hole);
    for (uint32_t at = next(table, hole); hash_at(table, at); at = next(table, at)) {
        uint32_t home  = home_of(table, hash_at(table, at));
        bool     stays = at > hole ? home > hole && home <= at : home > hole || home <= at;
        if (stays) continue;
        put(table, hole, hash_at(table, at), record_at(table, at));
        hole = at;
    }
    put(table, hole, 0, NULL);
    map->count--;
}

seldom void *map_next(const struct map *map, size_t *at) {
    const struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    while (table && *at < table->capacity) {
        uint32_t i = (uint32_t)(*at)++;
        if (hash_at(table, i)) return record_at(table, i);
    }
    return NULL;
}

seldom void map_free(struct map *map, const struct heap *heap) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    while (table) {
        struct table *outgrown = table->outgrown;
        free_table(table, heap);
        table = outgrown;
    }
}

seldom uint64_t map_hash(uint64_t hash, const void *bytes, size_t length) {
    return hash_bytes(hash, bytes, length);
}
