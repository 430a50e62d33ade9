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
    NAME_CONSTANT, /* of an enum, or by #define */
    NAME_MACRO,    /* a #define that was not looked at yet; none is left when its text ends */
    NAME_TAG       /* of a struct, union or enum: in a name space of its own */
};

struct name {
    uint8_t          kind;         /* enum name_kind */
    bool             is_known;     /* `value` is: of a constant, of a `static const` variable */
    bool             is_macro;     /* a constant by #define, which another one may replace */
    bool             is_busy;      /* a macro that is being looked at */
    bool             unprototyped; /* a function declared with empty brackets: any parameters */
    unsigned         call;         /* the parse that declared it; of a tag, the one that had the body */
    const ffi_ctype *type;
    int64_t          value;
    const char      *body, *body_end; /* of a macro: what it stands for */
    struct name     *hidden;          /* what a macro's name means again after #undef; NULL: nothing. Of
                                         another name, room for that or NULL */
    const char  *symbol;              /* what a library has it by, if not by its name; NULL */
    struct name *previous, *next;     /* in the order of declaration */
    bool         is_tag;
    size_t       length;
    char        *text;
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

/* Reads a `#define` up to `end`, or an `#undef`; the name is the next word behind `at`. */
bool declare_macro(struct parser *parser, const char *at, const char *end);
bool declare_no_macro(struct parser *parser, const char *at);

/* macro.c: what a macro stands for, up to `end`; `at` is right behind its name. */
bool macro_define(ffi_context *context, const struct token *name, const char *at, const char *end);
bool macro_undefine(ffi_context *context, const struct token *name);

/* Looks at a macro: it becomes a constant, or what it hid; true if it is a constant. */
bool declare_macro_value(struct parser *parser, struct name *name);

/* The ordinary name that a token means. Within the text of a macro its own name means what the macro hides
 * (C11 6.10.3.4p2). */
struct name *name_meant(struct parser *parser, const struct token *token);

#endif
