/* SPDX-License-Identifier: MIT */
/*
 * What a text changes in its context, so that a text with an error changes nothing. The journal is open while a
 * parser works. Whatever is changed then that outlives the text is noted here, with the function that undoes
 * it; a closed journal notes nothing. Callers hold the context's lock.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "base/memory.h"

struct change;
struct map;

/* Undoes one change; those after it were undone before. */
typedef void undo(const struct change *change);

/* A change. The members after the first are for `undo` alone. */
struct change {
    undo       *undo;
    void       *what;   /* the thing changed */
    void       *owner;  /* what the thing is a part of */
    const void *before; /* a copy of the thing, from the journal's scratch memory */
    uint64_t    word;   /* a hash, or up to 8 bytes that were there */
    size_t      size;
};

struct journal {
    const struct heap *heap;
    struct arena      *arena; /* of what texts make: a text that fails gives its memory back */
    struct change     *changes;
    size_t             count, capacity;
    struct arena       scratch; /* its memory ends when the journal is closed */
    struct arena_mark  begin;
    bool               is_open;
    bool               lasting;    /* a name or a tag has got another meaning: not only types were made */
    uint64_t           generation; /* rises when something gets another meaning: texts are read anew then */
};

void journal_open(struct journal *journal);

/* Undoes all changes, and gives their memory back, unless `good`. */
void journal_close(struct journal *journal, bool good);

/* Undoes what was done since there were `count` changes; its memory is given back when the journal fails. */
void journal_undo(struct journal *journal, size_t count);

/* Memory that ends when the journal is closed. */
void *journal_scratch(struct journal *journal, size_t size);

/* Notes a change before it is made. False if memory is out: then the change must not be made. */
bool journal_note(struct journal *journal, struct change change);

/* Notes that `size` bytes, 8 at most, are about to be overwritten. */
bool journal_write(struct journal *journal, void *at, size_t size);

/* Adds a record to a map, and notes that. */
bool journal_add(struct journal *journal, struct map *map, uint64_t hash, void *record);

/* A name or a type gets another meaning. */
void journal_meaning(struct journal *journal);

#endif
