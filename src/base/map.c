/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing. A table is at most three quarters full, so a search for a missing key
 * ends soon.
 *
 * In a shared map a reader may still use a table while a writer replaces it by a larger one. So a replaced table
 * stays until the map is freed. All replaced tables together are no larger than the newest one.
 */
#include "base/map.h"

#include "base/memory.h"

#include <string.h>

struct entry {
    _Atomic uint64_t hash;
    _Atomic(void *)  record; /* NULL: free; written last, read first */
};

struct table {
    struct table *outgrown; /* NULL: none, or the map is not shared */
    size_t        capacity; /* a power of two */
    struct entry  entries[];
};

static size_t table_size(size_t capacity) {
    return sizeof(struct table) + capacity * sizeof(struct entry);
}

static void insert(struct table *table, uint64_t hash, void *record) {
    size_t at = hash & (table->capacity - 1);
    while (atomic_load_explicit(&table->entries[at].record, memory_order_relaxed))
        at = (at + 1) & (table->capacity - 1);
    atomic_store_explicit(&table->entries[at].hash, hash, memory_order_relaxed);
    atomic_store_explicit(&table->entries[at].record, record, memory_order_release);
}

void *map_find(const struct map *map, uint64_t hash, map_match *match, const void *key) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_acquire);
    if (!table) return NULL;
    for (size_t at = hash & (table->capacity - 1);; at = (at + 1) & (table->capacity - 1)) {
        void *record = atomic_load_explicit(&table->entries[at].record, memory_order_acquire);
        if (!record) return NULL;
        if (atomic_load_explicit(&table->entries[at].hash, memory_order_relaxed) == hash && match(record, key))
            return record;
    }
}

static struct table *grow(struct map *map, struct table *old, const struct heap *heap) {
    size_t        capacity = old ? old->capacity * 2 : 16;
    struct table *table    = memory_new(heap, table_size(capacity));
    if (!table) return NULL;
    memset(table, 0, table_size(capacity));
    table->capacity = capacity;
    table->outgrown = map->is_shared ? old : NULL;
    for (size_t i = 0; old && i < old->capacity; i++) {
        void *record = atomic_load_explicit(&old->entries[i].record, memory_order_relaxed);
        if (record) insert(table, atomic_load_explicit(&old->entries[i].hash, memory_order_relaxed), record);
    }
    atomic_store_explicit(&map->table, table, memory_order_release);
    if (old && !map->is_shared) memory_free(heap, old, table_size(old->capacity));
    return table;
}

bool map_add(struct map *map, const struct heap *heap, uint64_t hash, void *record) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    if (!table || map->count >= table->capacity / 4 * 3) table = grow(map, table, heap);
    if (!table) return false;
    insert(table, hash, record);
    map->count++;
    return true;
}

/* Entries after the hole move into it, if their search begins at the hole or before it. */
void map_remove(struct map *map, uint64_t hash, const void *record) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    size_t        last = table->capacity - 1, hole = hash & last;
    while (atomic_load_explicit(&table->entries[hole].record, memory_order_relaxed) != record)
        hole = (hole + 1) & last;
    for (size_t at = (hole + 1) & last;; at = (at + 1) & last) {
        void    *moved = atomic_load_explicit(&table->entries[at].record, memory_order_relaxed);
        uint64_t home  = atomic_load_explicit(&table->entries[at].hash, memory_order_relaxed);
        if (!moved) break;
        if (((at - home) & last) < ((at - hole) & last)) continue;
        atomic_store_explicit(&table->entries[hole].hash, home, memory_order_relaxed);
        atomic_store_explicit(&table->entries[hole].record, moved, memory_order_relaxed);
        hole = at;
    }
    atomic_store_explicit(&table->entries[hole].record, NULL, memory_order_relaxed);
    map->count--;
}

void map_free(struct map *map, const struct heap *heap) {
    struct table *table = atomic_load_explicit(&map->table, memory_order_relaxed);
    while (table) {
        struct table *outgrown = table->outgrown;
        memory_free(heap, table, table_size(table->capacity));
        table = outgrown;
    }
}
