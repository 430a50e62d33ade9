/* SPDX-License-Identifier: MIT */
/* Text written into a caller's buffer, which may be too small: snprintf's rule over many pieces. */
#ifndef STRING_BUILDER_H
#define STRING_BUILDER_H

#include <stddef.h>

struct text {
    char  *buffer; /* always NUL-terminated if size > 0 */
    size_t size, length;
};

void text_put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
