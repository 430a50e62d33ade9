/* SPDX-License-Identifier: MIT */
/*
 * The journal records the changes that a text makes to its context, so that a text with an error changes
 * nothing. It is open while a parser works. The parser notes every change that outlives the text, with the
 * function that undoes it. A closed journal notes nothing. Callers hold the context's lock.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "base/memory.h"

struct change;
struct map;

/* Undoes one change. The changes after it are undone already. */
typedef void undo(const struct change *change);

/* A change. Only `undo` reads the other members. */
struct change {
    undo *undo;
    void *what; /* the object that changes */
    union {
        void  *owner; /* the object that contains it */
        size_t size;
    };
    union {
        const void *before; /* a copy of the object before the change, in the journal's scratch memory */
        uint64_t    word;   /* a hash, or up to 8 bytes as they were before */
    };
};

struct journal {
    const struct heap *heap;
    struct arena      *arena;   /* memory for the objects that texts make; a failing text gives its part back */
    struct changes    *changes; /* the newest ones */
    struct changes    *first;   /* the oldest ones; NULL: there was no change yet */
    size_t             count;
    struct arena       scratch; /* freed when the journal is closed */
    struct arena_mark  begin;
    unsigned           undone; /* how often changes were undone */
    bool               is_open;
    bool               lasting; /* the text gave a name or a tag another meaning; it did more than make types */
    uint64_t
        generation; /* rises when a name or type gets another meaning; memorised texts are then read again */
};

/* Until it is closed, `size` bytes of `memory` serve as its first scratch memory. */
void journal_open(struct journal *journal, void *memory, size_t size);

/* Closes the journal. Unless `good`, undoes all changes and frees their memory. */
void journal_close(struct journal *journal, bool good);

/* Undoes the changes after the first `count`. Their memory is freed only if the whole text fails. */
void journal_undo(struct journal *journal, size_t count);

/* Returns memory that is freed when the journal is closed. */
void *journal_scratch(struct journal *journal, size_t size);

/* Notes a change before it is made. False if no memory is left; then the caller must not make the change. */
bool journal_note(struct journal *journal, struct change change);

/* Notes that `size` bytes, 8 at most, are about to be overwritten. */
bool journal_write(struct journal *journal, void *at, size_t size);

/* Adds a record to a map, and notes the change. */
bool journal_add(struct journal *journal, struct map *map, uint64_t hash, void *record);

/* Undoes the last change if it is one of `what`, and returns whether it was. */
bool journal_forget(struct journal *journal, const void *what);

/* Call this when a name or a type gets another meaning. */
void journal_meaning(struct journal *journal);

#endif
