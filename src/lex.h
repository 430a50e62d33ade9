/* SPDX-License-Identifier: MIT */
/* Tokens of C declarations. */
#ifndef LEX_H
#define LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* identifier or keyword */
    TOKEN_NUMBER, /* integer constant */
    TOKEN_MARK,   /* one character, or `...` */
    TOKEN_BAD     /* no token of C begins here */
};

struct token {
    enum token_kind kind;
    const char     *at;
    size_t          length;
    uint64_t        value; /* of a number */
};

/* Reads the token at or behind `at`, over white space and comments. An unterminated comment and a number
 * that does not fit 64 bits are TOKEN_BAD. */
struct token lex(const char *at);

bool token_is(const struct token *token, const char *text);

#endif
