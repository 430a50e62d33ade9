/* SPDX-License-Identifier: MIT */
/*
 * Macros: their texts (macro.c), what C's preprocessor makes of a text in which they are used (expand.c,
 * preprocess.c), and the constants that they stand for (macro_value.c). All under the context's lock.
 */
#ifndef MACRO_H
#define MACRO_H

#include "parse/parser.h"
#include "parse/real.h"

/* A macro's value. */
struct constant {
    uint64_t         generation; /* 1 more than the journal's when it was computed; 0: never */
    bool             is_known;
    const ffi_ctype *type;
    struct real      bytes; /* of a number or pointer, extended as its type says */
    const char      *text;  /* of a string; NULL */
};

/* A record takes few bytes, because most macros of a header are never used. Its text is behind its name. */
struct macro {
    struct macro *next; /* in the order of their first definition */
    uint32_t      length;
    bool          has_parameters : 1;
    bool          is_undefined : 1;
    bool          is_busy : 1;  /* its text is being read: its own name in there is no macro (C11 6.10.3.4p2) */
    bool          has_more : 1; /* it has a struct macro_more */
    char          name[]; /* and the text of its first definition, from its parameters on if it has some */
};

/* What few macros have. */
struct macro_more {
    const struct macro *macro;
    const char         *body;  /* of a later definition; NULL: the first one counts */
    struct constant     value; /* as it was last asked for */
};

/* The macro of this name; NULL: it is none, or none any more. */
struct macro *macro_find(const ffi_context *context, const char *name, size_t length);

/* The text of a macro that is defined, from its parameters on if it has some. */
const char *macro_body(const ffi_context *context, const struct macro *macro);

/* The rest of a macro; made if it has none. NULL if memory is out. */
struct macro_more *macro_more(ffi_context *context, struct macro *macro);

/* `#define`, whose name is `name` and whose text goes from right behind it up to `end`; `#undef`. */
bool macro_define(ffi_context *context, const struct token *name, const char *end);
bool macro_undefine(ffi_context *context, const struct token *name);

/* `#pragma push_macro("name")`, `#pragma pop_macro("name")`. */
bool macro_push(ffi_context *context, const struct token *name);
bool macro_pop(ffi_context *context, const struct token *name);

/* ---- expand.c ---- */

/* Limits of an expansion: the bytes of tokens that it reads and makes, for a text (and more for each of its
 * bytes) and for a macro's value; and the depth of nested calls. */
enum { MACRO_WORK = 1 << 23, MACRO_WORK_FACTOR = 64, MACRO_VALUE_WORK = 1 << 17, MACRO_DEPTH = 48 };

enum expansion_fault {
    EXPANSION_GOOD,
    EXPANSION_MEMORY, /* the message is there */
    EXPANSION_SIZE,   /* more work than the limit */
    EXPANSION_DEPTH,  /* calls nested more than MACRO_DEPTH deep */
    EXPANSION_OPEN,   /* a call is not closed */
    EXPANSION_COUNT,  /* a call has another number of arguments than the macro has parameters */
    EXPANSION_PASTE   /* ## makes no token, or has no operands */
};

struct expander {
    ffi_context         *context;
    struct arena         arena;  /* of tokens and texts; arena_free() it */
    struct source       *source; /* what is read now; NULL: the text */
    const char          *text; /* what is read when nothing else is left, until the next token; NULL: nothing */
    size_t               left; /* work that is still allowed, in bytes of tokens */
    unsigned             depth;
    enum expansion_fault fault;
    const struct macro  *culprit; /* of the fault */
};

/* A list of tokens in an expander's arena. */
struct tokens {
    struct token *at; /* NULL exactly if the list is empty */
    size_t        count, capacity;
};

/* Reads the use of the macro that `word` is, and what follows of the text as far as its call goes; adds what it
 * stands for to `out`. False with `fault`. */
bool expand_use(struct expander *expander, const struct token *word, struct tokens *out);

/* Whether `word`, whose next token is at the expander's text, is the use of a macro. */
bool expand_is_use(struct expander *expander, const struct token *word);

/* Adds what the macro's text stands for where it has no parameters. */
bool expand_body(struct expander *expander, struct macro *macro, struct tokens *out);

/* The length of the tokens as text, which is written to `to` if that is not NULL; without a NUL. */
size_t expand_write(const struct tokens *tokens, char *to);

/* ---- preprocess.c ---- */

/* Does what a line of the preprocessor says about macros. */
bool macro_line(struct parser *parser, const struct token *line);

/* What the preprocessor makes of a text: `*out` is the text itself if it uses no macro. A signature uses those
 * with parameters only within brackets: elsewhere it declares their names. */
bool preprocess(struct parser *parser, const char *text, bool signature, const char **out);

/* ---- macro_value.c ---- */

/* The value of a macro without parameters that is a constant; else NULL. `*memory` is false if there was no memory to
 * compute it. */
const struct constant *macro_value(ffi_context *context, struct macro *macro, bool *memory);

#endif
