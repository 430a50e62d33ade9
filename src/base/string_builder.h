/* SPDX-License-Identifier: MIT */
/* Builds a text in a caller's buffer, piece by piece. The buffer may be too small: as with snprintf, `length`
 * counts the whole text. */
#ifndef STRING_BUILDER_H
#define STRING_BUILDER_H

#include <stddef.h>

struct text {
    char  *buffer; /* always NUL-terminated if size > 0 */
    size_t size, length;
};

void text_put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
