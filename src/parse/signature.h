/* SPDX-License-Identifier: MIT */
/* C declarations and signatures, read into types. */
#ifndef PARSE_H
#define PARSE_H

#include "type/type.h"

struct declaration {
    const ffi_ctype *type;
    const char      *name; /* within the text; not terminated, NULL if the declaration has none */
    size_t           name_length;
    char             symbol[256]; /* of `__asm__("symbol")`; "": there is none */
};

/* Reads one declaration, with or without a name and a `;`. Under the context's lock; on failure the
 * message has the column, what was expected, and the text with a caret. */
bool parse_declaration(ffi_context *context, const char *text, struct declaration *declaration);

/* The same for what must be a signature. */
bool parse_signature(ffi_context *context, const char *text, struct declaration *declaration);

/* Reads `types`, a comma-separated list, as the variable arguments of `signature`. */
const ffi_ctype *parse_variadic(ffi_context *context, const ffi_ctype *signature, const char *types);

/* Frees what is remembered of signatures read. */
void parse_forget(ffi_context *context);

#endif
