/* SPDX-License-Identifier: MIT */
/* Bytes as text. */
#ifndef FFI_TEXT_H
#define FFI_TEXT_H

#include <ffi_invoke.h>

#include <stdio.h>

#pragma GCC visibility push(hidden)

/* A part of a text, without a NUL at its end. */
struct span {
    const char *at;
    size_t      length;
};

/* The characters that names in C begin with, and those of names. */
#define LETTERS      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
#define NAME_LETTERS LETTERS "0123456789"

/* Whether a text is only a name, of a declared function. */
bool is_name_alone(const char *text);

struct span span_of(const char *text);

/* A text for a complaint, in one line and cut to a readable length; `brief` is the result. */
enum { BRIEF_ROOM = 512 };
const char *text_brief(char brief[BRIEF_ROOM], struct span text);

/* Replaces each byte that is not valid UTF-8. */
void text_make_utf8(char *text);

/* A copy of the first bytes of a text; the caller frees it. NULL if no memory is left. */
char *text_copy(const char *text, size_t length);

/* Whether a shell pattern matches: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a literal character. */
bool text_matches(const char *pattern, const char *text);

/* Replaces C's escapes in place and returns the new length; (size_t)-1 if an escape is invalid. */
size_t text_unescape(char *text);

/* Converts UTF-8 to UTF-16 or UTF-32, in units of 2 or 4 bytes, and returns the size in bytes, at most `unit`
 * for each byte of the text; (size_t)-1 if the text is not UTF-8. */
size_t text_widen(unsigned char *to, const unsigned char *bytes, size_t size, size_t unit);

/* Whether bytes are text that a terminal can show: UTF-8 without control characters except white space. */
bool text_is_printable(const unsigned char *bytes, size_t size);
bool text_is_utf8(const unsigned char *bytes, size_t size);

void text_quote(FILE *out, const unsigned char *bytes, size_t size); /* as a C string, in quotes */
void text_dump(FILE *out, const unsigned char *bytes,
               size_t size);                               /* as xxd prints it; `*` for repeated lines */
void text_json(FILE *out, const void *bytes, size_t size); /* {"hex": ...} if it is not UTF-8 */
void text_json_hex(FILE *out, const unsigned char *bytes, size_t size); /* "00ff" */

#pragma GCC visibility pop

#endif
