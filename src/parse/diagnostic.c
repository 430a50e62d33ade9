/* SPDX-License-Identifier: MIT */
/*
 * The location of an error in the text: line and column, the file if a preprocessor wrote the text, and the
 * line itself with a caret. It is found by reading the text again from its beginning, so that the parser need
 * not count lines.
 */
#include "parse/parser.h"

/* ---- lines ---- */

struct source_location {
    const char *line; /* its first byte */
    size_t      number;
    const char *file; /* the name in a line marker; NULL: no marker stands before */
    int         file_length;
    bool        marked; /* a line marker has set the number */
};

/* Reads `# 12 "file.h" 3` or `#line 12 "file.h"`: the number and file of the next line (C11 6.10.4). */
static void read_marker(const char *at, struct source_location *location) {
    at += 1 + strspn(at + 1, " \t");
    if (!strncmp(at, "line", 4)) at += 4 + strspn(at + 4, " \t");
    size_t number = 0, digits = strspn(at, "0123456789");
    if (!digits || digits > 9) return;
    for (size_t i = 0; i < digits; i++) number = number * 10 + (size_t)(at[i] - '0');
    location->number = number - 1; /* the number of the marker's own line */
    location->marked = true;
    at += digits + strspn(at + digits, " \t");
    if (*at != '"') return;
    location->file        = at + 1;
    location->file_length = (int)strcspn(at + 1, "\"\n");
}

static struct source_location source_location_of(const char *text, const char *at) {
    struct source_location location = {.line = text, .number = 1};
    for (const char *c = text; c < at; c++) {
        if (c == location.line) {
            const char *first = c + strspn(c, " \t");
            if (*first == '#' && first < at) read_marker(first, &location);
        }
        if (*c == '\n') location.line = c + 1, location.number++;
    }
    return location;
}

/* Appends at most 64 bytes of the line, and a caret below. */
static void show_line(const char *line, const char *at) {
    size_t column = (size_t)(at - line), from = column > 48 ? column - 48 : 0;
    size_t length = strcspn(line + from, "\n");
    char   excerpt[65];
    size_t shown = 0;
    for (; shown < length && shown < sizeof excerpt - 1; shown++) {
        unsigned char c = (unsigned char)line[from + shown];
        excerpt[shown]  = (char)(c == '\t' ? ' ' : c < 32 || c > 126 ? '?' : c);
    }
    excerpt[shown] = 0;
    fail_more(ffi_last_error(), "\n  %s\n  %*s^", excerpt, (int)(column - from), "");
}

/* ---- messages ---- */

/* Adds to the message what tells of the place `at`: the line and column before it, the line itself after it. */
static void show_place(const struct parser *parser, const char *at) {
    struct source_location location = source_location_of(parser->source, at);
    size_t                 column   = (size_t)(at - location.line) + 1;
    if (location.file)
        fail_before("%.*s, line %zu, column %zu: ", location.file_length < 200 ? location.file_length : 200,
                    location.file, location.number, column);
    else if (location.number > 1 || location.marked)
        fail_before("line %zu, column %zu: ", location.number, column);
    else fail_before("column %zu: ", column);
    show_line(location.line, at);
}

bool fail_at(struct parser *parser, const char *at, ffi_error code, const char *format, ...) {
    va_list list;
    if (parser->quiet || parser->broken) return false;
    va_start(list, format);
    fail_list(code, format, list);
    va_end(list);
    return fail_here(parser, at);
}

bool fail_here(struct parser *parser, const char *at) {
    if (parser->quiet || parser->broken || ffi_last_error() == FFI_ERROR_MEMORY) return false;
    show_place(parser, parser->pragma_at ? parser->pragma_at : at);
    return false;
}

static bool bad_token(struct parser *parser) {
    const char *at = parser->token.at;
    if (at[0] == '/' && at[1] == '*') return fail_at(parser, at, FFI_ERROR_SYNTAX, "this comment does not end");
    if (*at == '"' || *at == '\'')
        return fail_at(parser, at, FFI_ERROR_SYNTAX, "this %s does not end on its line",
                       *at == '"' ? "string" : "character constant");
    return false;
}

bool expected(struct parser *parser, const char *what) {
    const struct token *token = &parser->token;
    unsigned char       first = (unsigned char)*token->at;
    struct number       number;
    switch ((enum token_kind)token->kind) {
    case TOKEN_END: return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, but the text ends", what);
    case TOKEN_NUMBER:
        if (token_number(token, &number)) break;
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "this is not an integer of up to 64 bits");
    case TOKEN_BAD:
        if (first == '/' || first == '"' || first == '\'') return bad_token(parser);
        if (first >= 32 && first < 127) break;
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, found byte 0x%02x", what, first);
    case TOKEN_DIRECTIVE:
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX,
                       "expected %s, found a line for the preprocessor: give the text that 'cc -E' makes of it",
                       what);
    case TOKEN_STRING:
    case TOKEN_CHARACTER:
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, found '%c'", what, first);
    default: break;
    }
    return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, found '%.*s'", what, SHOWN(*token));
}

bool require_mark(struct parser *parser, int mark) {
    return accept_mark(parser, mark) || expected(parser, (const char[]){'\'', (char)mark, '\'', 0});
}
