/* SPDX-License-Identifier: MIT */
/* The names that a context has declared. Callers hold the context's lock. */
#ifndef DECLARE_H
#define DECLARE_H

#include "type/type.h"

struct parser;
struct token;

enum name_kind {
    NAME_TYPEDEF,
    NAME_FUNCTION,
    NAME_VARIABLE,
    NAME_CONSTANT, /* of an enum */
    NAME_TAG       /* a tag of a struct, union or enum; tags have a name space of their own */
};

enum { NAME_MAX_LENGTH = 255 };

/* What is known of a name beside its type. Few names have more than the first member. */
struct name_more {
    union {
        int64_t                     value; /* as in struct value */
        const struct bare_function *bare;  /* of a function without a type */
    };
    uint64_t    high;   /* a real number's further bytes */
    const char *symbol; /* the symbol in a library, if it differs from the name; else NULL */
};

struct name {
    const ffi_ctype *type; /* NULL for a function until name_type() makes its type */
    struct name     *next; /* in the order of declaration */
    union {
        int64_t                     value; /* read them by name_more() */
        const struct bare_function *bare;
        const struct name_more     *more;
    };
    unsigned call; /* number of the parse that declared the name; for a tag, of the one that had the body */
    uint8_t  kind; /* enum name_kind */
    uint8_t  length;
    bool     is_tag : 1;
    bool     is_known : 1;     /* it has a value: for a constant, for a `static const` variable */
    bool     unprototyped : 1; /* a function declared with empty brackets: any parameters */
    bool     is_static : 1;    /* a function, or a variable: it has no symbol */
    bool     is_leaf : 1;      /* a function with the attribute `leaf` */
    bool     has_more : 1;
    char     text[]; /* ends with NUL; a draft has none */
};

struct name_more name_more(const struct name *name);

/* Finds an ordinary name or a tag; NULL if it is not declared. */
struct name *name_find(const ffi_context *context, bool is_tag, const char *text, size_t length);

/* A declared name's type with all its notes; NULL if memory is out. */
const ffi_ctype *name_type(ffi_context *context, const struct name *name);

/* Keeps the type of a function to be declared in few bytes. `is_own`: nothing but the draft has its type. */
bool name_pack(ffi_context *context, struct name *draft, struct name_more *more, bool is_own);

/* Whether a function is declared `static`: then no library has it. */
bool name_is_static(const ffi_context *context, const char *text);

/* The symbol that an asm label gives to a declared function or variable; NULL: it has none. */
const char *name_label(const ffi_context *context, const char *text, size_t length);

/* The type of a declared function, and the name of its symbol. */
const ffi_ctype *name_function(ffi_context *context, const char *text, const char **symbol);

/* ---- for the parser; errors are at the token ---- */

/* Declares a name as `draft` says. The same declaration may be repeated. Returns the declared name. */
struct name *name_declare(struct parser *parser, const struct token *token, const struct name *draft);

/* The struct, union or enum with this tag; made if there is none. `integer` is the enum's integer type, or
 * NULL. */
ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag, const ffi_ctype *integer);

/* Marks that this text has the tag's body. Fails if the text had it already. */
bool declare_body(struct parser *parser, ffi_kind kind, const struct token *tag);

#endif
