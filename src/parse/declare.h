/* SPDX-License-Identifier: MIT */
/* The names that a context has declared. Callers hold the context's lock. */
#ifndef DECLARE_H
#define DECLARE_H

#include "base/number.h"
#include "type/type.h"

struct parser;
struct token;

enum name_kind {
    NAME_TYPEDEF,
    NAME_FUNCTION,
    NAME_VARIABLE,
    NAME_CONSTANT /* of an enum */
};

enum { NAME_MAX_LENGTH = 255 };

/* What the declarations of a name say. */
struct declared {
    const ffi_ctype            *type;     /* NULL for a function until name_type() makes its type */
    const struct bare_function *bare;     /* of a function without a type */
    uint64_t                    value;    /* as in struct value; with `high` as in struct real */
    uint64_t                    high;     /* a real number's further bytes */
    const char                 *symbol;   /* the symbol in a library, if it differs from the name; else NULL */
    uint8_t                     kind;     /* enum name_kind */
    bool                        is_known; /* it has a value: for a constant, for a `static const` variable */
    bool                        unprototyped; /* a function declared with empty brackets: any parameters */
    bool                        is_static;    /* a function, or a variable: it has no symbol */
    bool                        is_leaf;      /* a function with the attribute `leaf` */
    bool                        is_defined; /* it has a body or an initializer; not kept by a name's meaning */
    bool                        is_extern;  /* the declaration says `extern`, too */
};

/* A declared name takes few bytes, because a header has thousands. name_meaning() reads it. */
struct name {
    union {
        const ffi_ctype            *type;
        const struct bare_function *bare; /* is_bare */
        const struct declared      *more; /* has_more: few names have a label, or a value but in `text` */
    };
    unsigned number; /* among the names and tags, in the order of declaration */
    uint8_t  kind;   /* enum name_kind */
    uint8_t  length;
    bool     unprototyped : 1;
    bool     is_static : 1;
    bool     is_leaf : 1;
    bool     is_bare : 1;
    bool     has_more : 1;
    bool     is_defined : 1; /* in the text that declared it */
    char     text[];         /* ends with NUL; the value of a constant follows (type_constant_value()) */
};

struct declared name_meaning(const struct name *name);

/* The value of a constant. */
static inline int64_t name_constant(const struct name *name) {
    const char *at = name->text + name->length + 1;
    return number_to_signed(number_get(&at));
}

/* Finds an ordinary name; NULL if it is not declared. */
struct name *name_find(const ffi_context *context, const char *text, size_t length);

/* A declared name's type with all its notes; NULL if memory is out. */
const ffi_ctype *name_type(ffi_context *context, const struct name *name);

/* Replaces the type of a function by a shorter record, before the function is declared. Some types stay. `is_own`: only
 * the draft refers to the type. False if memory is out. */
bool name_pack(ffi_context *context, struct declared *draft, bool is_own);

/* Whether a function is declared `static`: then no library has it. */
bool name_is_static(const ffi_context *context, const char *text);

/* The symbol that an asm label gives to a declared function or variable; NULL if it has no label. */
const char *name_label(const ffi_context *context, const char *text, size_t length);

/* Returns the type of a declared function, and writes the name of its symbol to `*symbol`. */
const ffi_ctype *name_function(ffi_context *context, const char *text, const char **symbol);

/* ---- for the parser; errors are at the token ---- */

/* The token's text in memory of the context, which stays until the context ends. If the name is not declared yet, the next
 * name_declare() uses this memory. NULL if memory is out. */
const char *name_text(struct parser *parser, const struct token *token);

/* Declares a name as `draft` says. The same declaration may be repeated. Returns the declared name. */
struct name *name_declare(struct parser *parser, const struct token *token, const struct declared *draft);

/* The struct, union or enum with this tag; made if there is none. `integer` is the enum's integer type, or
 * NULL. */
ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag, const ffi_ctype *integer);

/* Marks that this text has the body of a type with this tag. Fails if the text had it already. */
bool declare_body(struct parser *parser, const struct token *tag, ffi_ctype *type);

#endif
