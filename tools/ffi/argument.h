/* SPDX-License-Identifier: MIT */
/* The arguments of a call: texts of the command line, read as values, and the memory that they need. */
#ifndef FFI_ARGUMENT_H
#define FFI_ARGUMENT_H

#include "system.h"
#include "text.h"

#include <ffi_invoke.h>

#pragma GCC visibility push(hidden)

/* ---- argument.c: the arguments of a call ---- */

enum { BUFFER_LIMIT = 1 << 30 };

enum block_form { BLOCK_TEXT, BLOCK_WIDE, BLOCK_VALUE, BLOCK_BUFFER, BLOCK_CELLS };

/* Memory of an argument: the target of a pointer, or a value that its slot points to. */
struct block {
    struct block    *next;
    const char      *name;     /* `&NAME=` gives it, the parameter's; else NULL */
    size_t           argument; /* number of the argument, from 1 */
    enum block_form  form;
    const ffi_ctype *type; /* of a value or cell */
    size_t           size; /* in bytes; of text without the NUL */
    size_t           room; /* in bytes; the bytes after them do not belong to the callee */
    unsigned char   *bytes;
    struct pages     pages;    /* contain `bytes` */
    struct block    *utf8;     /* the source of wide text, or NULL */
    const char      *function; /* of the session's call that it was made for, after that call; else NULL */
    size_t           call;     /* the number of that call, from 0 */
};

struct options;

struct arguments {
    ffi_context            *context;
    ffi_library            *library;   /* of the function; sym:NAME looks there first */
    const struct variables *variables; /* of a session; else NULL */
    const struct options *options; /* to look for constants in the common headers; NULL: none are looked for */
    size_t                count;
    char                **texts; /* as on the command line */
    ffi_value            *values;
    struct block         *blocks, **end; /* in the order of the arguments */
};

/* Reads the texts of a call of `*function`, which becomes a variadic form if they need one. On failure it
 * complains and returns the exit code. The caller calls arguments_free() in any case. */
int arguments_read(struct arguments *arguments, ffi_function **function);

/* The bytes of an argument, in its slot or elsewhere. */
const void *argument_bytes(const ffi_ctype *type, const ffi_value *value);

/* The argument that is being read. */
struct reader {
    struct arguments *arguments;
    size_t            number; /* from 1; 0: a value that is no argument */
    size_t length;  /* number of elements of the array that the parameter is declared as; 0 if it is no array */
    unsigned depth; /* depth of nested cells */
    const char
        *name; /* of the parameter, without the underscores that C's headers begin with; "" if it has none */
    char path[128]; /* the current member: `.line[1].x` */
};

/* Complain about a part of the argument, or about a type in it, and return false. */
bool refuse(const struct reader *reader, struct span text, const char *why);
bool refuse_type(const struct reader *reader, struct span text, const char *how, const ffi_ctype *type,
                 const char *more);
bool refuse_size(const struct reader *reader, struct span text, const ffi_ctype *type, const char *more);

/* The same for an incomplete type. */
bool refuse_unknown_size(const struct reader *reader, const char *text, const ffi_ctype *type,
                         const char *more);

/* Reads a type in the argument; NULL after a complaint. */
const ffi_ctype *parse_type(const struct reader *reader, struct span text);

/* ---- block.c: the memory of arguments ---- */

/* Zeroed memory for a value; the caller frees it by aligned_free(). NULL if no memory is left. */
void *aligned_memory(size_t size, size_t alignment);

/* A zeroed block at the end of the list, aligned for its type; NULL after a complaint. */
struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type, size_t size);

/* The block that contains an address; NULL if none does. */
const struct block *arguments_block(const struct arguments *arguments, const void *address);

/* Says where an address lies in the pages of an argument; false if it does not. arguments_near() says the same of an
 * address farther behind one. */
bool arguments_place(const struct arguments *arguments, const void *address, char *text, size_t size);
bool arguments_near(const struct arguments *arguments, const void *address, char *text, size_t size);

/* Whether the callee wrote only inside the blocks; if not, complains about the argument whose block it overran.
 */
bool arguments_are_intact(const struct arguments *arguments);

/* Tells the blocks of a session's call that it has ended. The function's name must live as long as they. */
void arguments_end_call(struct arguments *arguments, const char *function);

/* Gives the blocks back, but keeps the addresses of the last ones that were given back: an access to one is a fault. */
void arguments_close(struct arguments *arguments);

/* Frees the addresses of given-back blocks but for the last ones. */
void freed_forget(size_t kept);

/* The given-back block that contains an address; NULL if none does. */
const struct block *freed_block(const void *address);

/* Says where an address lies in the pages of a given-back block; false if it does not. */
bool freed_place(const void *address, char *text, size_t size);

void arguments_free(struct arguments *arguments);

/* ---- pointer.c: what is passed by address ---- */

bool pointer_read(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value);

/* The same for a pointer within braces, where text is in quotes. */
bool pointer_read_listed(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value);

/* ---- value.c: a value of any type ---- */

/* Reads a whole text as a value. */
bool value_read(struct reader *reader, const ffi_ctype *type, const char *text, void *bytes);

/* Reads one value of a list from `*at` on, and moves `*at` to the comma or brace after it. */
bool value_read_one(struct reader *reader, const ffi_ctype *type, const char **at, void *bytes);

/* The closing quote of what begins with one, or the end of the text. */
const char *quote_end(const char *at);

/* The end of a value of a list, and its text without trailing space. */
const char *value_end(const char *at);
struct span value_span(const char *at);

/* The length of TYPE in `(TYPE){...}`, a compound literal; 0 for other text. */
size_t literal_type(const char *text);

#pragma GCC visibility pop

#endif
