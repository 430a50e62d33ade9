/* SPDX-License-Identifier: MIT */
/* What `ffi bind` writes bindings of: the selected declarations of headers, and the types that they need. */
#ifndef BIND_H
#define BIND_H

#include "source.h"

#pragma GCC visibility push(hidden)

/* A declared name. */
struct item {
    ffi_declared         what;
    const char          *name;
    const ffi_ctype     *type;
    const struct origin *origin; /* NULL: it is not known */
    bool                 selected;
};

/* A type that has to be defined before it is used: a record, an enum, a typedef of a scalar. */
struct needed {
    const ffi_ctype *type;
    const char      *name;   /* of a typedef, for a record or an enum without a tag; else its tag */
    bool             opaque; /* only pointers to it are used */
};

struct binding {
    ffi_context          *context, *plain; /* `plain` knows no names but C's own */
    const struct options *options;
    const char           *library;    /* as the user wrote it, or NULL */
    char                  prefix[64]; /* an identifier made of the library's or header's name */
    struct item          *items;
    size_t                count, room;
    struct needed        *needed; /* in an order in which C can define them */
    size_t                needed_count, needed_room;
    const char          **absent; /* functions that the library does not export */
    size_t                absent_count;
    bool                  no_memory;
};

/* The declaration of a type or the name of one is in `text`, allocated; NULL if no memory is left. */
char *text_of_type(const ffi_ctype *type, const char *name);

/* Whether a struct, a union or an enum has no tag. */
bool is_tagless(const ffi_ctype *type);

/* Finds the types that the selected items need. */
void binding_need_types(struct binding *binding);

/* Writes the first line of a file, and the functions that the library lacks, behind a mark of comments. */
void put_head(const struct binding *binding, const char *before, const char *after);

/* Writes the comment of a declaration; each line begins with `before`. */
void put_comment(FILE *out, const struct origin *origin, const char *before);

/* Writes C's definitions of all needed types, one in each line. */
void put_definitions(FILE *out, const struct binding *binding);

/* How a language writes constants: printf's format of a byte in a string, whether strings may have letters beyond
 * ASCII, and what is no number. */
struct notation {
    const char *byte;
    bool        wide;
    const char *infinity, *nan;
};

/* The constant of an item as an expression: a number, or a string in quotes. False if it is neither; nothing is
 * written then. */
bool put_constant(FILE *out, const struct binding *binding, const struct item *item,
                  const struct notation *notation);

void write_c(const struct binding *binding);
void write_json(const struct binding *binding);
void write_lua(const struct binding *binding);
void write_python(const struct binding *binding);
void write_ts(const struct binding *binding);

#pragma GCC visibility pop

#endif
