/* SPDX-License-Identifier: MIT */
/* Tokens of C declarations. */
#ifndef LEX_H
#define LEX_H

#include "base/util.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,      /* identifier or keyword */
    TOKEN_NUMBER,    /* integer constant, valid or not */
    TOKEN_FLOAT,     /* floating constant */
    TOKEN_CHARACTER, /* 'a', with its prefix */
    TOKEN_STRING,    /* "a", with its prefix */
    TOKEN_MARK,      /* punctuator */
    TOKEN_DIRECTIVE, /* a line of the preprocessor, without its end */
    TOKEN_BAD        /* no token of C begins here, or the token has no end */
};

/* A punctuator of one character has that character as its mark. */
enum mark {
    MARK_ELLIPSIS = 256,
    MARK_ARROW,
    MARK_SHIFT_LEFT,
    MARK_SHIFT_RIGHT,
    MARK_EQUAL,
    MARK_UNEQUAL,
    MARK_AT_MOST,
    MARK_AT_LEAST,
    MARK_AND,
    MARK_OR,
    MARK_STEP,   /* ++ -- */
    MARK_ASSIGN, /* += -= *= and so on */
    MARK_PASTE   /* ## in the text of a macro */
};

enum keyword {
    KEY_NONE, /* an identifier */

    /* These words begin a type. */
    KEY_CONST,
    KEY_VOLATILE,
    KEY_RESTRICT,
    KEY_ATOMIC,
    KEY_NONNULL,
    KEY_VOID,
    KEY_BOOL,
    KEY_CHAR,
    KEY_SHORT,
    KEY_INT,
    KEY_LONG,
    KEY_FLOAT,
    KEY_DOUBLE,
    KEY_SIGNED,
    KEY_UNSIGNED,
    KEY_INT128,
    KEY_COMPLEX,
    KEY_FLOAT16,
    KEY_FLOAT32,
    KEY_FLOAT64,
    KEY_FLOAT128,
    KEY_FLOAT32X,
    KEY_FLOAT64X,
    KEY_FLOAT80,
    KEY_FP16,
    KEY_BF16,
    KEY_MFP8,
    KEY_DECIMAL32,
    KEY_DECIMAL64,
    KEY_DECIMAL128,
    KEY_BITINT,
    KEY_INT64, /* Microsoft's __int64, which goes with `unsigned` */
    KEY_SEGMENT,
    KEY_INT128_T,
    KEY_UINT128_T,
    KEY_VA_LIST,
    KEY_MS_VA_LIST,
    KEY_STRUCT,
    KEY_UNION,
    KEY_ENUM,
    KEY_TYPEOF,
    KEY_TYPEOF_UNQUAL,
    KEY_ALIGNAS,
    KEY_AUTO, /* the storage classes begin here, in the order of the STORAGE_ bits */
    KEY_CONSTEXPR,
    KEY_TYPEDEF,
    KEY_STATIC,
    KEY_EXTERN,
    KEY_REGISTER,
    KEY_THREAD,
    KEY_INLINE,  /* _Noreturn, too */
    KEY_STORAGE, /* words that say nothing: __extension__, __block */

    /* These do not. All words that begin an attribute are here (parse_attributes()). */
    KEY_ATTRIBUTE,
    KEY_DECLSPEC,
    KEY_PTR32,
    KEY_PRAGMA,    /* _Pragma("...") */
    KEY_MS_PRAGMA, /* __pragma(...) */
    KEY_NULLPTR,
    KEY_IGNORED, /* _Nullable, __cdecl */
    KEY_VECTORCALL,
    KEY_ASM,
    KEY_STATIC_ASSERT,
    KEY_SIZEOF,
    KEY_ALIGNOF,
    KEY_OFFSETOF,
    KEY_TYPES_COMPATIBLE,
    KEY_CHOOSE_EXPR
};

struct token {
    const char *at;
    uint32_t    length;
    uint16_t    id;    /* word: enum keyword; mark: its character or enum mark */
    uint8_t     kind;  /* enum token_kind */
    uint8_t     flags; /* of expand.c */
};

/* Whether a token is this mark, or this word. The token has no flags: then these are one comparison. */
static inlined bool is_token(const struct token *token, enum token_kind kind, unsigned id) {
    uint32_t found = (uint32_t)token->id | (uint32_t)token->kind << 16 | (uint32_t)token->flags << 24;
    return found == (id | (uint32_t)kind << 16);
}

static inlined bool is_mark(const struct token *token, int mark) {
    return is_token(token, TOKEN_MARK, (unsigned)mark);
}

static inlined bool is_key(const struct token *token, enum keyword key) {
    return is_token(token, TOKEN_WORD, key);
}

static inlined bool is_identifier(const struct token *token) {
    return is_key(token, KEY_NONE);
}

/* Reads the next token from `at` on. Skips white space and comments. */
struct token lex(const char *at);

/* The same in the text of a macro, where `#` and `##` are operators. */
struct token lex_macro(const char *at);

/* Reads the value and the suffix of an integer constant; false if it is malformed or does not fit 64 bits. */
struct number {
    uint64_t value;
    bool     is_unsigned, decimal;
    unsigned longs; /* 0, 1 for `l`, 2 for `ll` */
};
bool token_number(const struct token *token, struct number *number);

/* Reads one character of a character constant or a string, or an escape, and moves `*at` behind it. Writes the character
 * as 1 to 4 units of `unit` bytes: UTF-8 if `unit` is 1, UTF-16 if 2, UTF-32 if 4. Returns the number of units. */
size_t lex_character(const char **at, size_t unit, uint32_t units[4]);

enum keyword keyword_of(const char *word, size_t length);

bool token_is(const struct token *token, const char *text);

#endif
