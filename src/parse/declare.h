/* SPDX-License-Identifier: MIT */
/* The names that a context has declared. Everything here is called under its lock. */
#ifndef DECLARE_H
#define DECLARE_H

#include "type/type.h"

struct parser;
struct token;

enum name_kind {
    NAME_NONE, /* not declared any more */
    NAME_TYPEDEF,
    NAME_FUNCTION,
    NAME_VARIABLE,
    NAME_CONSTANT, /* of an enum */
    NAME_TAG       /* of a struct, union or enum: in a name space of its own */
};

struct name {
    uint8_t          kind;         /* enum name_kind */
    bool             is_known;     /* `value` is: of a constant, of a `static const` variable */
    bool             unprototyped; /* a function declared with empty brackets: any parameters */
    unsigned         call;         /* the parse that declared it; of a tag, the one that had the body */
    const ffi_ctype *type;
    int64_t          value;           /* as struct value has it */
    uint64_t         high;            /* of a real number its further bytes */
    const char      *symbol;          /* what a library has it by, if not by its name; NULL */
    struct name     *previous, *next; /* in the order of declaration */
    bool             is_tag;
    size_t           length;
    char            *text;
};

/* The ordinary name or the tag, NULL if it is not declared. */
struct name *name_find(const ffi_context *context, bool is_tag, const char *text, size_t length);

/* The type of a declared function, and the name to look it up by. */
const ffi_ctype *name_function(const ffi_context *context, const char *text, const char **symbol);

/* ---- for the parser; errors are at the token ---- */

/* Declares a name as `draft` says; the same again is fine. Gives the name as it then is. */
struct name *name_declare(struct parser *parser, const struct token *token, const struct name *draft);

/* The struct, union or enum of this tag, made if it is not there; `integer`: what the enum is made of, or NULL.
 */
ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag, const ffi_ctype *integer);

/* Fails if the tag's body stands in this text already; the next call will. */
bool declare_body(struct parser *parser, const struct token *tag);

#endif
