/* SPDX-License-Identifier: MIT */
/*
 * What the files of the `ffi` program share. The program uses nothing but the public header of the library.
 *
 * The names here are hidden: the program is linked with -rdynamic so that `-` can name its own symbols, and
 * a library that it loads must not find ours in place of its own.
 */
#ifndef FFI_H
#define FFI_H

#include <ffi_invoke.h>

#include <stdio.h>

#pragma GCC visibility push(hidden)

/* ---- ffi.c: commands and complaints ---- */

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum { OPTION_HELP = 1, OPTION_JSON = 2, OPTION_ERRNO = 4, OPTION_ABI = 8 };

struct options {
    unsigned    given; /* OPTION_... bits */
    const char *abi;   /* of --abi; else NULL */
    int         count; /* operands: what stands behind the options */
    char      **operands;
};

struct command {
    const char *name, *help;
    unsigned    options;     /* those it knows */
    int         least, most; /* operands */
    int (*run)(const struct options *options);
};

extern const struct command command_call, command_plan, command_symbols;

/* Says what is wrong on stderr, and gives the exit code back. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* The same for what the library said last. */
int complain_last(void);

/* Ends what a command prints: the exit code says whether all of it was written. */
int finish_output(FILE *out);

/* Opens the library of an operand; `-` is the program itself. */
ffi_library *open_operand(ffi_context *context, const char *operand);

/* As a person would write it on the command line. */
const char *library_title(const ffi_library *library);

/* The C text of a type; to be freed. NULL if memory is out. */
char *type_text(const ffi_ctype *type);

/* ---- ffi_number.c: numbers in C notation ---- */

enum number { NUMBER_READ, NUMBER_NONE, NUMBER_TOO_LARGE };

/* The kind of a scalar; an enum's is that of its integer. */
ffi_kind machine_kind(const ffi_ctype *type);

/* Reads a constant as a value of a scalar or, as an address, of a pointer type. */
enum number number_read(const char *text, const ffi_ctype *type, ffi_value *value);

/* The short name of the type that C would give to a constant (`i32`, `f64`); NULL for other text. */
const char *number_type(const char *text);

/* Prints a value of an arithmetic type; as JSON, where there is no infinity, nan and inf are strings. */
void number_print(FILE *out, ffi_kind kind, ffi_value value, bool json);

/* ---- ffi_text.c: bytes as text ---- */

/* Replaces C's escapes in place and gives the new length; (size_t)-1 if there is one that C does not have. */
size_t text_unescape(char *text);

/* Whether bytes are text that a terminal can show: UTF-8, and no controls but white space. */
bool text_is_printable(const unsigned char *bytes, size_t size);

void text_quote(FILE *out, const unsigned char *bytes, size_t size);    /* as C writes it, in quotes */
void text_dump(FILE *out, const unsigned char *bytes, size_t size);     /* as xxd does; repeats are a `*` */
void text_json(FILE *out, const void *bytes, size_t size);              /* {"hex": ...} if it is not UTF-8 */
void text_json_hex(FILE *out, const unsigned char *bytes, size_t size); /* "00ff" */

/* ---- ffi_argument.c: the arguments of a call ---- */

enum block_form { BLOCK_TEXT, BLOCK_BUFFER, BLOCK_CELLS };

/* Memory that an argument points to. */
struct block {
    struct block    *next;
    size_t           argument; /* its number, from 1 */
    enum block_form  form;
    const ffi_ctype *type; /* of a cell */
    size_t           size; /* in bytes; of text without the NUL */
    unsigned char   *bytes;
};

struct arguments {
    ffi_context  *context;
    size_t        count;
    char        **texts; /* as they stand on the command line */
    ffi_value    *values;
    struct block *blocks, **end; /* in the order of the arguments */
};

/* Reads the texts of a call of `*function`, which becomes the variadic form that they ask for. Complains
 * and returns the exit code if that fails; arguments_free is due in any case. */
int  arguments_read(struct arguments *arguments, ffi_function **function);
void arguments_free(struct arguments *arguments);

/* The block into which an address points; NULL if there is none. */
const struct block *arguments_block(const struct arguments *arguments, const void *address);

/* ---- ffi_show.c: what came of a call ---- */

/* For a person: the result, then what stands in buffers and cells. */
void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, ffi_value result);

/* Members of a JSON object: "arguments", as they are before the call; "result" and "outputs" after it. */
void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature);
void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       ffi_value result);

/* ---- ffi_errno.c ---- */

/* "ENOENT"; NULL for a number that has no name here. */
const char *errno_name(int number);

#pragma GCC visibility pop

#endif
