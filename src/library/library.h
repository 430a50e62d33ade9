/* SPDX-License-Identifier: MIT */
/* Library handles and their symbols. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "context.h"

struct symbol {
    void           *address;
    ffi_symbol_kind kind;
    char            name[]; /* "name", or "name@version" */
};

struct ffi_library {
    struct handle   node; /* in the context's libraries */
    ffi_context    *context;
    void           *handle;  /* the system's; NULL: this one is closed */
    size_t          opens;   /* handed out and not closed; under the context's lock, as all that follows */
    size_t          bound;   /* functions that keep it loaded */
    struct arena    arena;   /* its symbols */
    struct map      symbols; /* struct symbol */
    struct os_image image;   /* in memory; 0 until a symbol is looked up */
    const char     *name;    /* "" for the program itself, and for a closed one */
};

/* The address of a symbol, from the cache or looked up; NULL with FFI_ERROR_SYMBOL. `*cached` is the cache's
 * entry, NULL if the symbol is not for it. No lock may be held. */
void *library_symbol(ffi_library *library, const char *name, const char *version, const struct symbol **cached);

/* The kind of a symbol that library_symbol() gave, with what it said of it. No lock may be held. */
ffi_symbol_kind library_symbol_kind(ffi_library *library, const char *name, const void *address,
                                    const struct symbol *cached);

/* Drops one function's hold. No lock may be held: closing runs the library's own code. */
void library_release(ffi_library *library);

/* Ends all libraries whatever holds them: the context ends. */
void libraries_free(ffi_context *context);

#endif
