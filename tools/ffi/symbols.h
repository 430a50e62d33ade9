/* SPDX-License-Identifier: MIT */
/* The symbols of a library. */
#ifndef FFI_SYMBOLS_H
#define FFI_SYMBOLS_H

#include <ffi_invoke.h>

#pragma GCC visibility push(hidden)

/* The symbols of a library, sorted by name. */
struct symbol {
    char           *name, *version; /* in one block */
    void           *address;
    size_t          size;
    ffi_symbol_kind kind;
};

struct symbols {
    const char    *pattern; /* NULL: every name */
    struct symbol *at;
    size_t         count, room;
    bool           no_memory;
};

/* Reads the symbols of a library that match the pattern; a failure is complained about. The caller calls
 * symbols_free() in any case. */
int                  symbols_read(struct symbols *symbols, ffi_library *library);
void                 symbols_free(struct symbols *symbols);
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);

#pragma GCC visibility pop

#endif
