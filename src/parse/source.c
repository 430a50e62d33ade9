/* SPDX-License-Identifier: MIT */
/*
 * Joined lines (C11 5.1.1.2p1, 2) and universal character names in words (C11 6.4.3). Those in strings are left to
 * the lexer, and so is a name that is not one of a letter beyond ASCII.
 */
#include "parse/source.h"

#include "parse/lex.h"
#include "type/context.h"

/* The newline of a splice at `at`, a backslash that ends a line; NULL: there is none. */
static const char *splice(const char *at) {
    if (*at != '\\') return NULL;
    at += 1 + (at[1] == '\r' && at[2] == '\n');
    return *at == '\n' ? at : NULL;
}

/* The lexer itself joins lines between words. */
bool source_is_raw(const char *text) {
    for (const char *at = text; (at = strchr(at, '\\')); at++) {
        const char *end = splice(at);
        if (end ? at > text && (unsigned char)at[-1] > ' ' && (unsigned char)end[1] > ' '
                : at[1] == 'u' || at[1] == 'U')
            return true;
    }
    return false;
}

/* What the text is at one point: a string to its quote, a comment to its end, otherwise code. */
enum { IN_CODE = 0, IN_LINE_COMMENT = '/', IN_COMMENT = '*', IN_STRING = '"', IN_CHARACTER = '\'' };

static int state_behind(int state, const char *text, const char *end) {
    char last = end[-1], before = (char)(end - text > 1 ? end[-2] : 0);
    switch (state) {
    case IN_CODE:
        if (last == '"' || last == '\'') return last;
        return before == '/' && (last == '/' || last == '*') ? last : IN_CODE;
    case IN_COMMENT: return before == '*' && last == '/' ? IN_CODE : state;
    case IN_LINE_COMMENT: return last == '\n' ? IN_CODE : state;
    default: return last == state || last == '\n' ? IN_CODE : state;
    }
}

/* Writes the letter beyond ASCII that `\\u` at `*at` names, and steps over it. Returns its length; 0: it names none.
 */
static size_t put_letter(const char **at, char *to) {
    uint32_t    units[4];
    const char *end = *at;
    if (end[1] != 'u' && end[1] != 'U') return 0;
    size_t count = lex_character(&end, 1, units);
    if (count < 2) return 0;
    for (size_t i = 0; i < count; i++) to[i] = (char)units[i];
    *at = end;
    return count;
}

char *source_read(ffi_context *context, const char *source, size_t *size) {
    char  *text = memory_new(&context->heap, *size = strlen(source) + 1), *to = text;
    size_t held  = 0;
    int    state = IN_CODE;
    for (const char *at = source; text && *at;) {
        const char *end    = splice(at);
        size_t      letter = 0;
        if (end) {
            at = end + 1;
            held++;
        } else if (*at == '\\' && state == IN_CODE && (letter = put_letter(&at, to))) {
            to += letter;
        } else {
            bool escaped = *at == '\\' && at[1] && (state == IN_STRING || state == IN_CHARACTER);
            *to++        = *at++;
            state        = escaped && !splice(at) ? (*to++ = *at++, state) : state_behind(state, text, to);
            for (; to[-1] == '\n' && held; held--) *to++ = '\n';
        }
    }
    if (text) *to = 0;
    return text;
}
