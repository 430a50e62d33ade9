/* SPDX-License-Identifier: MIT */
/*
 * What a text has changed in its context, so that a text with an error changes nothing. While a parser works,
 * whatever is added to the context's maps goes through here.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "memory.h"
#include "type.h"

struct change;
struct map;
struct name;

struct journal {
    ffi_context      *context;
    struct change    *changes;
    size_t            count, capacity;
    struct arena      scratch; /* what ends with the journal */
    struct arena_mark begin;
    bool              lasting; /* a name or a tag has got another meaning: not only types were made */
};

void journal_begin(struct journal *journal, ffi_context *context);

/* Takes everything back, memory included, unless `good`. */
void journal_end(struct journal *journal, bool good);

/* Takes back what was done since there were `count` changes; its memory goes when the journal fails. */
void journal_undo(struct journal *journal, size_t count);

/* Adds a record to one of the context's maps. */
bool journal_add(ffi_context *context, struct map *map, uint64_t hash, void *record);

/* A name or a type gets another meaning: what was read before is read anew (parse.c). */
void journal_meaning(ffi_context *context);

/* These are told before a name is changed, before a record or enum is completed, and before anything else is
 * overwritten that is there for longer than the text. */
bool journal_name(ffi_context *context, struct name *name);
bool journal_completed(ffi_context *context, ffi_ctype *record);
bool journal_write(ffi_context *context, void *at, size_t size);

#endif
