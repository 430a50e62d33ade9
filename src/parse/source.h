/* SPDX-License-Identifier: MIT */
/* Prepares a text for the lexer. */
#ifndef SOURCE_H
#define SOURCE_H

#include "ffi_invoke.h"

/* Whether the text must be prepared: a word continues on the next line, or a letter is written as `\\u00e9`. */
bool source_is_raw(const char *text);

/* A copy that the lexer can take: lines are joined, and letters are written in UTF-8. As many newlines follow
 * a joined line as it had inside, so that each line keeps its number. The caller frees the copy of `*size` bytes;
 * NULL if memory is out. Under the context's lock. */
char *source_read(ffi_context *context, const char *text, size_t *size);

#endif
