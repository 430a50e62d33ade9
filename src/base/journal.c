/* SPDX-License-Identifier: MIT */
/* The journal of changes. They are noted in order and undone in reverse order. */
#include "base/journal.h"

#include "base/map.h"

#include <string.h>

/* The changes are in a list of blocks: they are never copied. The first block is small and in scratch memory, as most texts
 * change little. */
enum { BLOCK = 126, FIRST_BLOCK = 6 };

struct changes {
    struct changes *older;
    struct change   of[BLOCK];
};

/* Where a change is in its block. */
static size_t place(size_t index) {
    return index < FIRST_BLOCK ? index : (index - FIRST_BLOCK) % BLOCK;
}

static struct changes *new_block(struct journal *journal) {
    if (journal->count) return memory_new(journal->heap, sizeof *journal->changes);
    size_t size = offsetof(struct changes, of[FIRST_BLOCK]);
    if (!journal->first) journal->first = arena_words(&journal->scratch, journal->heap, size);
    return journal->first;
}

bool journal_note(struct journal *journal, struct change change) {
    if (!journal->is_open) return true;
    size_t at = place(journal->count);
    if (!at) {
        struct changes *block = new_block(journal);
        if (!block) return false;
        block->older     = journal->changes;
        journal->changes = block;
    }
    journal->changes->of[at] = change;
    journal->count++;
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

static void drop_block(struct journal *journal) {
    struct changes *block = journal->changes;
    journal->changes      = block->older;
    if (block != journal->first) memory_free(journal->heap, block, sizeof *block);
}

void journal_undo(struct journal *journal, size_t count) {
    bool any = journal->count > count;
    while (journal->count > count) {
        size_t        at     = place(--journal->count);
        struct change change = journal->changes->of[at];
        if (!at) drop_block(journal);
        change.undo(&change);
    }
    journal->undone += any; /* not before: what undoes a change may look a scalar up */
}

bool journal_forget(struct journal *journal, const void *what) {
    size_t last = journal->count - 1;
    if (!journal->count || journal->changes->of[place(last)].what != what) return false;
    journal_undo(journal, last);
    return true;
}

void journal_open(struct journal *journal, void *memory, size_t size) {
    arena_lend(&journal->scratch, memory, size);
    journal->begin   = arena_mark(journal->arena);
    journal->is_open = true;
    journal->lasting = false;
}

void journal_close(struct journal *journal, bool good) {
    if (!good) {
        journal_undo(journal, 0);
        arena_release(journal->arena, journal->heap, journal->begin);
    }
    while (journal->changes) drop_block(journal);
    arena_free(&journal->scratch, journal->heap);
    journal->count   = 0;
    journal->first   = NULL;
    journal->scratch = (struct arena){.chunks = NULL};
    journal->is_open = false;
}
