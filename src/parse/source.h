/* SPDX-License-Identifier: MIT */
/* The text before it is divided into tokens. */
#ifndef SOURCE_H
#define SOURCE_H

#include "ffi_invoke.h"

/* Whether the lexer cannot take the text as it is: a line ends within a word, or a letter is written as `\\u00e9`.
 */
bool source_is_raw(const char *text);

/* A copy that the lexer can take: lines are joined, and letters are written in UTF-8. A joined line is followed by
 * as many newlines as it had within it, so lines keep their numbers. The caller frees the copy of `*size` bytes;
 * NULL if memory is out. Under the context's lock. */
char *source_read(ffi_context *context, const char *text, size_t *size);

#endif
