/* SPDX-License-Identifier: MIT */
/*
 * The lexer (C11 6.4). It reads the output of a preprocessor: a line that begins with `#` is one token. It does
 * not know trigraphs and identifiers with \u.
 */
#include "parse/lex.h"

#include <string.h>

/* <ctype.h> is not used, because it depends on the locale. */
static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Sets of characters: a bit for each, 32 in a word. */
static inline bool is_one_of(const uint32_t set[8], char c) {
    return set[(unsigned char)c / 32] >> (unsigned char)c % 32 & 1;
}

/* Whether an identifier may contain it: letters, digits, `_`, `$`. */
static inline bool is_in_word(char c) {
    static const uint32_t set[8] = {0, 0x03ff0010, 0x87fffffe, 0x07fffffe};
    return is_one_of(set, c);
}

/* Whether no longer punctuator begins with it: `()[]{},;`. */
static inline bool is_single_mark(char c) {
    static const uint32_t set[8] = {0, 0x08001300, 0x28000000, 0x28000000};
    return is_one_of(set, c);
}

/* The length of the UTF-8 sequence at `at`, and its code point; 0 if there is no valid one. */
static int utf8_sequence(const char *at, uint32_t *value) {
    unsigned char first  = (unsigned char)*at;
    int           length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    *value               = length ? first & (0x7fu >> length) : 0;
    for (int i = 1; i < length; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80) return 0;
        *value = *value << 6 | ((unsigned char)at[i] & 0x3f);
    }
    return length;
}

static outlined int letter_beyond_ascii(const char *at) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {/* C11 D.1 */
                  {0xa8, 0xa8},     {0xaa, 0xaa},     {0xad, 0xad},     {0xaf, 0xaf},      {0xb2, 0xb5},
                  {0xb7, 0xba},     {0xbc, 0xbe},     {0xc0, 0xd6},     {0xd8, 0xf6},      {0xf8, 0x167f},
                  {0x1681, 0x180d}, {0x180f, 0x1fff}, {0x200b, 0x200d}, {0x202a, 0x202e},  {0x203f, 0x2040},
                  {0x2054, 0x2054}, {0x2060, 0x218f}, {0x2460, 0x24ff}, {0x2776, 0x2793},  {0x2c00, 0x2dff},
                  {0x2e80, 0x2fff}, {0x3004, 0x3007}, {0x3021, 0x302f}, {0x3031, 0xd7ff},  {0xf900, 0xfd3d},
                  {0xfd40, 0xfdcf}, {0xfdf0, 0xfe44}, {0xfe47, 0xfffd}, {0x10000, 0xefffd}};
    uint32_t value;
    int      length = utf8_sequence(at, &value);
    for (size_t i = 0; length && i < sizeof ranges / sizeof *ranges; i++)
        if (value >= ranges[i].first && value <= ranges[i].last) return length;
    return 0;
}

/* The length of the letter beyond ASCII at `at`; 0: there is none. */
static inlined int wide_letter(const char *at) {
    return (unsigned char)*at < 0x80 ? 0 : letter_beyond_ascii(at);
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The end of the comment that begins at `at`; NULL if it is not closed. */
static const char *comment_end(const char *at) {
    for (at += 2; *at; at++)
        if (at[0] == '*' && at[1] == '/') return at + 2;
    return NULL;
}

/* The beginning of the next token, or of a comment that is not closed. */
static const char *skip_space(const char *at) {
    for (;;) {
        if (is_space(*at)) {
            at++;
        } else if (at[0] == '/' && at[1] == '/') {
            while (*at && *at != '\n') at++;
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = comment_end(at);
            if (!end) return at;
            at = end;
        } else if (at[0] == '\\' && (at[1] == '\n' || (at[1] == '\r' && at[2] == '\n'))) {
            at += 2;
        } else {
            return at;
        }
    }
}

static struct token token_of(enum token_kind kind, unsigned id, const char *at, const char *end) {
    if ((size_t)(end - at) > UINT32_MAX) kind = TOKEN_BAD, end = at + 1;
    return (struct token){.at = at, .length = (uint32_t)(end - at), .id = (uint16_t)id, .kind = (uint8_t)kind};
}

static struct token token_to(enum token_kind kind, const char *at, const char *end) {
    return token_of(kind, 0, at, end);
}

/* C11 6.4.8: a preprocessing number, which need not be a valid number. */
static struct token lex_number(const char *at) {
    bool        hexadecimal = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
    bool        floating    = false;
    const char *end         = at;
    for (;; end++) {
        char lower = (char)(*end | 0x20);
        bool power = hexadecimal ? lower == 'p' : lower == 'e';
        if (power && (end[1] == '+' || end[1] == '-')) end++;
        if (*end == '.' || power) floating = true;
        else if (*end == '\'' && is_in_word(end[1])) continue; /* C23's separator */
        else if (!is_in_word(*end)) break;
    }
    return token_to(floating ? TOKEN_FLOAT : TOKEN_NUMBER, at, end);
}

/* Reads from `at`, which may be a prefix, to the closing quote on the same line. */
static struct token lex_quoted(const char *at, const char *quote) {
    const char *end = quote + 1;
    for (; *end != *quote; end++) {
        if (*end == '\\' && end[1]) end++;
        else if (!*end || *end == '\n') return token_to(TOKEN_BAD, quote, quote + 1);
    }
    return token_to(*quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER, at, end + 1);
}

static struct token lex_word(const char *at) {
    const char *end = at;
    int         wide;
    do {
        while (is_in_word(*end)) end++;
        end += wide = wide_letter(end);
    } while (wide);
    size_t length = (size_t)(end - at);
    if ((*end == '"' || *end == '\'') && length <= 2) {
        bool prefix = length == 2 ? !memcmp(at, "u8", 2) : *at == 'L' || *at == 'u' || *at == 'U';
        if (prefix) return lex_quoted(at, end);
    }
    return token_of(TOKEN_WORD, keyword_of(at, length), at, end);
}

/* Reads to the end of the line. A backslash at its end, or a comment across it, continues the line. */
static struct token lex_directive(const char *at) {
    const char *end = at;
    while (*end && *end != '\n') {
        if (end[0] == '/' && end[1] == '*') {
            const char *after = comment_end(end);
            if (!after) return token_to(TOKEN_BAD, end, end + 1);
            end = after;
        } else {
            end += end[0] == '\\' && end[1] ? 2 : 1;
        }
    }
    return token_to(TOKEN_DIRECTIVE, at, end);
}

/* C11 6.4.6: the longest punctuator that fits. */
static struct token lex_mark(const char *at) {
    static const struct {
        char     text[4];
        uint16_t id;
    } longer[] = {
        {"...", MARK_ELLIPSIS},
        {"->", MARK_ARROW},
        {"<<", MARK_SHIFT_LEFT},
        {">>", MARK_SHIFT_RIGHT},
        {"==", MARK_EQUAL},
        {"!=", MARK_UNEQUAL},
        {"<=", MARK_AT_MOST},
        {">=", MARK_AT_LEAST},
        {"&&", MARK_AND},
        {"||", MARK_OR},
        {"<:", '['},
        {":>", ']'},
        {"<%", '{'},
        {"%>", '}'}, /* C11 6.4.6p3 */
    };
    if (is_single_mark(*at) || (*at == '*' && at[1] != '='))
        return token_of(TOKEN_MARK, (unsigned char)*at, at, at + 1);
    bool twice = at[1] == at[0], shift = twice && (*at == '<' || *at == '>');
    if (twice && (*at == '+' || *at == '-')) return token_of(TOKEN_MARK, MARK_STEP, at, at + 2);
    if (at[1 + shift] == '=' && (shift || strchr("+-*/%&|^", *at)))
        return token_of(TOKEN_MARK, MARK_ASSIGN, at, at + 2 + shift);
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        size_t length = strlen(longer[i].text);
        if (strncmp(at, longer[i].text, length) == 0)
            return token_of(TOKEN_MARK, longer[i].id, at, at + length);
    }
    return token_of(strchr("=.+-/%<>!&|^~?:", *at) ? TOKEN_MARK : TOKEN_BAD, (unsigned char)*at, at, at + 1);
}

struct token lex(const char *at) {
    at = skip_space(at);
    if (!*at) return token_to(TOKEN_END, at, at);
    if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) return lex_number(at);
    if (is_in_word(*at) || wide_letter(at)) return lex_word(at);
    if (*at == '"' || *at == '\'') return lex_quoted(at, at);
    if (*at == '#' || (at[0] == '%' && at[1] == ':')) return lex_directive(at);
    if (at[0] == '/' && at[1] == '*') return token_to(TOKEN_BAD, at, at + 1);
    return lex_mark(at);
}

struct token lex_macro(const char *at) {
    at = skip_space(at);
    if (*at != '#') return lex(at);
    bool twice = at[1] == '#';
    return token_of(TOKEN_MARK, twice ? MARK_PASTE : '#', at, at + 1 + twice);
}

/* ---- values ---- */

static unsigned digit_value(char c) {
    if (is_digit(c)) return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A' + 10);
    return 99;
}

/* C11 6.4.4.1, and GNU's binary constants. */
bool token_number(const struct token *token, struct number *number) {
    const char *at = token->at, *end = at + token->length;
    unsigned    base = at[0] != '0' ? 10 : (at[1] | 0x20) == 'x' ? 16 : (at[1] | 0x20) == 'b' ? 2 : 8;
    if (base == 16 || base == 2) at += 2;
    if (at == end || digit_value(*at) >= base) return false;
    *number = (struct number){.decimal = base == 10};
    for (; at < end && (digit_value(*at) < base || *at == '\''); at++) {
        if (*at == '\'') continue;
        if (number->value > (UINT64_MAX - digit_value(*at)) / base) return false;
        number->value = number->value * base + digit_value(*at);
    }
    for (; at < end; at++) {
        if ((*at | 0x20) == 'u' && !number->is_unsigned) {
            number->is_unsigned = true;
        } else if ((*at | 0x20) == 'l' && !number->longs) {
            number->longs = at[1] == at[0] ? 2 : 1;
            at += number->longs - 1;
        } else {
            return false;
        }
    }
    return true;
}

/* Reads `digits` hexadecimal digits at `at`; false if they are no valid code point (C11 6.4.3p2). */
static bool code_point(const char *at, int digits, uint32_t *value) {
    *value = 0;
    for (int i = 0; i < digits; i++) {
        if (digit_value(at[i]) > 15) return false;
        *value = *value << 4 | digit_value(at[i]);
    }
    return *value < 0x110000;
}

static uint32_t escape(const char **at, bool *is_code) {
    static const char letters[] = "abfnrtve", values[] = "\a\b\f\n\r\t\v\033";
    const char       *c     = *at + 1;
    uint32_t          value = 0;
    int               name  = *c == 'u' ? 4 : *c == 'U' ? 8 : 0;
    if (name && code_point(c + 1, name, &value)) {
        c += 1 + name;
        *is_code = true;
    } else if (*c == 'x' && digit_value(c[1]) < 16) {
        for (c++; digit_value(*c) < 16; c++) value = value << 4 | digit_value(*c);
    } else if (digit_value(*c) < 8) {
        for (int i = 0; i < 3 && digit_value(*c) < 8; i++, c++) value = value << 3 | digit_value(*c);
    } else {
        const char *letter = strchr(letters, *c);
        value              = (unsigned char)(letter && *letter ? values[letter - letters] : *c);
        c++;
    }
    *at = c;
    return value;
}

/* C11 6.4.4.4. */
size_t lex_character(const char **at, size_t unit, uint32_t units[4]) {
    uint32_t value;
    bool     is_code = false;
    int      length  = **at == '\\' ? 0 : utf8_sequence(*at, &value);
    if (length) *at += length, is_code = true;
    else if (**at == '\\') value = escape(at, &is_code);
    else value = (unsigned char)*(*at)++;

    units[0] = value;
    if (!is_code || unit == 4 || value < 0x80 || (unit == 2 && value < 0x10000)) return 1;
    if (unit == 2) {
        units[0] = 0xd800 + ((value - 0x10000) >> 10);
        units[1] = 0xdc00 + (value & 0x3ff);
        return 2;
    }
    size_t count = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (size_t i = count - 1; i > 0; i--, value >>= 6) units[i] = 0x80 | (value & 0x3f);
    units[0] = (0xf00u >> count & 0xff) | value;
    return count;
}

bool token_is(const struct token *token, const char *text) {
    return strlen(text) == token->length && !memcmp(token->at, text, token->length);
}
