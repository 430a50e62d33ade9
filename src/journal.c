/* SPDX-License-Identifier: MIT */
/* The journal of changes: written in order, undone from its end. */
#include "journal.h"

#include "context.h"
#include "declare.h"
#include "record.h"

struct change {
    enum { ADDED, CHANGED, COMPLETED, WRITTEN } kind;
    struct map  *map;    /* ADDED */
    uint64_t     hash;   /* ADDED */
    uint64_t     old;    /* WRITTEN: the bytes that were there, 8 at most */
    void        *what;   /* the record, the name, the type, the place */
    size_t       size;   /* WRITTEN */
    struct name *before; /* CHANGED: a copy */
};

static bool note(struct journal *journal, struct change change) {
    if (journal->count == journal->capacity) {
        size_t         size     = journal->capacity * sizeof *journal->changes;
        size_t         capacity = journal->capacity ? journal->capacity * 2 : 16;
        struct change *changes  = memory_new(&journal->context->heap, capacity * sizeof *changes);
        if (!changes) return false;
        if (size) memcpy(changes, journal->changes, size);
        memory_free(&journal->context->heap, journal->changes, size);
        journal->changes  = changes;
        journal->capacity = capacity;
    }
    journal->changes[journal->count++] = change;
    return true;
}

bool journal_add(ffi_context *context, struct map *map, uint64_t hash, void *record) {
    if (!map_add(map, &context->heap, hash, record)) return false;
    struct change added = {.kind = ADDED, .map = map, .hash = hash, .what = record};
    if (!context->journal || note(context->journal, added)) return true;
    map_remove(map, hash, record);
    return false;
}

void journal_meaning(ffi_context *context) {
    context->generation++;
    if (context->journal) context->journal->lasting = true;
}

bool journal_name(ffi_context *context, struct name *name) {
    journal_meaning(context);
    struct name *before = arena_new(&context->journal->scratch, &context->heap, sizeof *before);
    if (!before) return false;
    *before = *name;
    return note(context->journal, (struct change){.kind = CHANGED, .what = name, .before = before});
}

bool journal_completed(ffi_context *context, ffi_ctype *record) {
    context->generation++;
    return !context->journal || note(context->journal, (struct change){.kind = COMPLETED, .what = record});
}

bool journal_write(ffi_context *context, void *at, size_t size) {
    struct change written = {.kind = WRITTEN, .what = at, .size = size};
    memcpy(&written.old, at, size);
    return !context->journal || note(context->journal, written);
}

static void undo(ffi_context *context, const struct change *change) {
    switch (change->kind) {
    case ADDED: map_remove(change->map, change->hash, change->what); break;
    case CHANGED: name_restore(context, change->what, change->before); break;
    case COMPLETED: record_forget(change->what); break;
    case WRITTEN: memcpy(change->what, &change->old, change->size); break;
    }
}

void journal_undo(struct journal *journal, size_t count) {
    while (journal->count > count) undo(journal->context, &journal->changes[--journal->count]);
}

void journal_begin(struct journal *journal, ffi_context *context) {
    *journal         = (struct journal){.context = context, .begin = arena_mark(&context->arena)};
    context->journal = journal;
}

void journal_end(struct journal *journal, bool good) {
    ffi_context *context = journal->context;
    if (!good) {
        journal_undo(journal, 0);
        arena_release(&context->arena, &context->heap, journal->begin);
    }
    memory_free(&context->heap, journal->changes, journal->capacity * sizeof *journal->changes);
    arena_free(&journal->scratch, &context->heap);
    context->journal = NULL;
}
