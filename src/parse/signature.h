/* SPDX-License-Identifier: MIT */
/* Reads C declarations and signatures, and makes types of them. */
#ifndef PARSE_H
#define PARSE_H

#include "type/type.h"

struct declaration {
    const ffi_ctype *type;
    const char *name; /* points into the text, without a NUL at its end; NULL if the declaration has no name */
    size_t      name_length;
    char        symbol[256]; /* from `__asm__("symbol")`; "" if there is none */
};

/* Reads one declaration, with or without a name and a `;`. Under the context's lock; on failure the
 * message has the column, what was expected, and the text with a caret. */
bool parse_declaration(ffi_context *context, const char *text, struct declaration *declaration);

/* The same for a text that must be a signature. */
bool parse_signature(ffi_context *context, const char *text, struct declaration *declaration);

/* Reads `types`, a comma-separated list, as the variable arguments of `signature`. */
const ffi_ctype *parse_variadic(ffi_context *context, const ffi_ctype *signature, const char *types);

/* Frees the memory that keeps texts and their types, so that a text need not be read again. */
void parse_forget(ffi_context *context);

#endif
