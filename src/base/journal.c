/* SPDX-License-Identifier: MIT */
/* The journal of changes. They are noted in order and undone in reverse order. */
#include "base/journal.h"

#include "base/map.h"

#include <string.h>

bool journal_note(struct journal *journal, struct change change) {
    if (!journal->is_open) return true;
    if (journal->count == journal->capacity) {
        size_t         size     = journal->capacity * sizeof *journal->changes;
        size_t         capacity = journal->capacity ? journal->capacity * 2 : 16;
        struct change *changes  = memory_new(journal->heap, capacity * sizeof *changes);
        if (!changes) return false;
        if (size) memcpy(changes, journal->changes, size);
        memory_free(journal->heap, journal->changes, size);
        journal->changes  = changes;
        journal->capacity = capacity;
    }
    journal->changes[journal->count++] = change;
    return true;
}

static void undo_add(const struct change *change) {
    map_remove(change->owner, change->word, change->what);
}

bool journal_add(struct journal *journal, struct map *map, uint64_t hash, void *record) {
    if (!map_add(map, journal->heap, hash, record)) return false;
    if (journal_note(journal, (struct change){undo_add, .what = record, .owner = map, .word = hash}))
        return true;
    map_remove(map, hash, record);
    return false;
}

static void undo_write(const struct change *change) {
    memcpy(change->what, &change->word, change->size);
}

bool journal_write(struct journal *journal, void *at, size_t size) {
    struct change written = {undo_write, .what = at, .size = size};
    memcpy(&written.word, at, size);
    return journal_note(journal, written);
}

void journal_meaning(struct journal *journal) {
    journal->generation++;
    journal->lasting = true;
}

void *journal_scratch(struct journal *journal, size_t size) {
    return arena_new(&journal->scratch, journal->heap, size);
}

void journal_undo(struct journal *journal, size_t count) {
    while (journal->count > count) {
        const struct change *change = &journal->changes[--journal->count];
        change->undo(change);
    }
}

void journal_open(struct journal *journal) {
    journal->begin   = arena_mark(journal->arena);
    journal->is_open = true;
    journal->lasting = false;
}

void journal_close(struct journal *journal, bool good) {
    if (!good) {
        journal_undo(journal, 0);
        arena_release(journal->arena, journal->heap, journal->begin);
    }
    memory_free(journal->heap, journal->changes, journal->capacity * sizeof *journal->changes);
    arena_free(&journal->scratch, journal->heap);
    journal->changes = NULL;
    journal->count = journal->capacity = 0;
    journal->scratch                   = (struct arena){.chunks = NULL};
    journal->is_open                   = false;
}
