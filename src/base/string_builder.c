/* SPDX-License-Identifier: MIT */
/* Appends pieces of text to a buffer. */
#include "base/string_builder.h"

#include <stdarg.h>
#include <stdio.h>

void text_put(struct text *text, const char *format, ...) {
    size_t  at = text->length < text->size ? text->length : text->size;
    va_list list;
    va_start(list, format);
    int written = vsnprintf(text->size ? text->buffer + at : NULL, text->size - at, format, list);
    va_end(list);
    if (written > 0) text->length += (size_t)written;
}
