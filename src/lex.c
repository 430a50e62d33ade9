/* SPDX-License-Identifier: MIT */
/*
 * The lexer. It knows as much of C as declarations need (C11 6.4): words, integer constants, marks,
 * comments. It does not know strings, floating-point constants or the preprocessor.
 */
#include "lex.h"

#include <string.h>

/* Not <ctype.h>, whose answers depend on the locale. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the next token begins, or where an unterminated comment does. */
static const char *skip_space(const char *at) {
    for (;;) {
        if (is_space(*at)) {
            at++;
        } else if (at[0] == '/' && at[1] == '/') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            if (!end) return at;
            at = end + 2;
        } else {
            return at;
        }
    }
}

static unsigned digit_value(char c) {
    if (is_digit(c)) return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A' + 10);
    return 99;
}

/* C11 6.4.4.1, without the meaning of the suffix. */
static struct token lex_number(const char *at) {
    struct token token = {.kind = TOKEN_NUMBER, .at = at};
    unsigned     base  = 10;
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && digit_value(at[2]) < 16) base = 16, at += 2;
    else if (at[0] == '0') base = 8;
    for (; digit_value(*at) < base; at++) {
        if (token.value > (UINT64_MAX - digit_value(*at)) / base) token.kind = TOKEN_BAD;
        token.value = token.value * base + digit_value(*at);
    }
    at += strspn(at, "uUlL");
    if (is_letter(*at) || is_digit(*at) || *at == '.') token.kind = TOKEN_BAD;
    while (is_letter(*at) || is_digit(*at) || *at == '.') at++;
    token.length = (size_t)(at - token.at);
    return token;
}

struct token lex(const char *at) {
    at = skip_space(at);
    if (!*at) return (struct token){TOKEN_END, at, 0, 0};
    if (is_digit(*at)) return lex_number(at);
    if (is_letter(*at)) {
        const char *end = at + 1;
        while (is_letter(*end) || is_digit(*end)) end++;
        return (struct token){TOKEN_WORD, at, (size_t)(end - at), 0};
    }
    if (at[0] == '.' && at[1] == '.' && at[2] == '.') return (struct token){TOKEN_MARK, at, 3, 0};
    if (strchr("()[]*,;{}=:", *at)) return (struct token){TOKEN_MARK, at, 1, 0};
    return (struct token){TOKEN_BAD, at, 1, 0};
}

bool token_is(const struct token *token, const char *text) {
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_MARK) && strlen(text) == token->length &&
           !memcmp(token->at, text, token->length);
}
