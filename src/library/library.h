/* SPDX-License-Identifier: MIT */
/* Library handles and their symbols. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include "type/context.h"

struct symbol {
    void           *address;
    ffi_symbol_kind kind;
    char            name[]; /* "name", or "name@version" */
};

struct ffi_library {
    struct handle node; /* in the context's list */
    ffi_context  *context;
    void         *handle; /* the system's handle; NULL: this library is closed */
    size_t       opens; /* number of opens that were not closed; guarded by the context's lock, like the rest */
    size_t       bound; /* number of functions that keep it loaded */
    struct arena arena; /* its symbols */
    struct map   symbols;      /* struct symbol */
    struct os_image image;     /* its addresses, once a symbol was looked up */
    _Atomic bool    has_image; /* set last, and read without the lock */
    const char     *name;      /* "" for the program itself, and for a closed library */
};

/* The address of a symbol, from the cache or from the loader; NULL with FFI_ERROR_SYMBOL. `*cached` is the
 * cache's entry, NULL if the symbol is not cached. No lock may be held. */
void *library_symbol(ffi_library *library, const char *name, const char *version, const struct symbol **cached);

/* The kind of a symbol. `address` and `cached` are those from library_symbol(). No lock may be held. */
ffi_symbol_kind library_symbol_kind(ffi_library *library, const char *name, const void *address,
                                    const struct symbol *cached);

/* One function less keeps the library loaded. No lock may be held: closing runs the library's own code. */
void library_release(ffi_library *library);

/* Closes and frees all libraries of a context that ends, even if functions still keep them loaded. */
void libraries_free(ffi_context *context);

#endif
