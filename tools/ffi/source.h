/* SPDX-License-Identifier: MIT */
/* Where declarations come from: files, headers, the preprocessor. */
#ifndef FFI_SOURCE_H
#define FFI_SOURCE_H

#include "command.h"
#include "text.h"

#pragma GCC visibility push(hidden)

/* ---- declare.c: where declarations come from ---- */

/* Declares the files and headers of the options, in their order. */
int declare_sources(ffi_context *context, const struct options *options);

/* Declares one header more. */
int declare_header(ffi_context *context, const struct options *options, const char *name);

/* Declares the common headers of the system, to find a name that no option declares. On failure the reason is
 * kept for the next complaint. */
void declare_common(ffi_context *context, const struct options *options);

/* The type of a function by its name, from -i and -I, or else from the common headers. NULL after a complaint.
 */
const ffi_ctype *declared_function(ffi_context *context, const struct options *options, const char *name);

/* ---- preprocess.c: the C compiler's preprocessor ---- */

/* Preprocesses headers; the caller frees the text. On failure it returns NULL and sets the reason. `headers`
 * ends with NULL; the reason calls them `name`. */
enum { REASON_ROOM = 1024 };
char *preprocess_headers(const struct options *options, const char *const *headers, const char *name,
                         char reason[REASON_ROOM]);

/* The contents of a file with a NUL at the end; the caller frees it. NULL if no memory is left. */
char *read_all(FILE *file);

/* ---- origin.c: where names are declared ---- */

/* A name, the file and the line of its first declaration, and the comment before it. */
struct origin {
    struct span name, file, comment; /* parts of the preprocessed text */
    unsigned    line;
    size_t      order; /* in the text */
};

struct origins *origins_new(void);
void            origins_free(struct origins *origins);

/* Reads a preprocessed text, and owns it from now on. */
void origins_add(struct origins *origins, char *text);

/* NULL if the texts do not declare the name. */
const struct origin *origin_of(struct origins *origins, const char *name);

/* Whether a name is declared in a header, or in another one of the header's own folder. */
bool origin_is_of(const struct origin *origin, const char *header);

#pragma GCC visibility pop

#endif
