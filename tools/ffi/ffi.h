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

/* ---- ffi.c: commands ---- */

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

enum { MOST_SOURCES = 32 };

enum {
    OPTION_HELP       = 1,
    OPTION_JSON       = 2,
    OPTION_ERRNO      = 4,
    OPTION_ABI        = 8,
    OPTION_FILE       = 16,
    OPTION_HEADER     = 32,
    OPTION_LAST_ERROR = 64,
    OPTION_CFLAGS     = 128,
    OPTION_PACKAGE    = 256,
    OPTION_SKIPPED    = 512,
    OPTIONS_DECLARE   = OPTION_FILE | OPTION_HEADER | OPTION_CFLAGS | OPTION_PACKAGE | OPTION_SKIPPED
};

/* An -i or -I. */
struct source {
    bool        header; /* for the preprocessor */
    const char *name;
};

/* A --cflags or --pkg: what else the preprocessor is given. */
struct flags {
    bool        package; /* whose flags pkg-config knows */
    const char *text;
};

struct options {
    unsigned      given; /* OPTION_... bits */
    const char   *abi;   /* of --abi; else NULL */
    struct source sources[MOST_SOURCES];
    size_t        source_count;
    struct flags  flags[MOST_SOURCES];
    size_t        flags_count;
    int           count; /* operands: what stands behind the options */
    char        **operands;
};

struct command {
    const char *name, *help, *const *examples;
    unsigned options;     /* those it knows */
    int      least, most; /* operands */
    int (*run)(const struct options *options);
};

extern const struct command command_call, command_plan, command_layout, command_symbols;

/* A context of the ABI that the options name, with the declarations that they ask for; NULL with the exit code
 * if there is none. */
ffi_context *open_context(const struct options *options, int *code);

/* Opens the library of an operand; `-` is the program itself. */
ffi_library *open_operand(ffi_context *context, const char *operand);

/* As a person would write it on the command line. */
const char *library_title(const ffi_library *library);

/* The C text of a type; to be freed. NULL if memory is out. */
char *type_text(const ffi_ctype *type);

/* ---- complain.c: the error of a command ---- */

/* Says on stderr what is wrong and returns the exit code. A command complains once, and ends. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* The same with the library's last message, behind `about` and a colon unless that is NULL. */
int complain_last(int code, const char *about);

/* Keeps advice or a reason for the complaint that follows, which prints it; the first one counts. */
__attribute__((format(printf, 1, 2))) void note_that(const char *format, ...);

/* Drops that advice where the error that it is for has not come. */
void forget_note(void);

/* From here on complaints are JSON. */
void complain_in_json(void);

/* Ends what a command prints: the exit code says whether all of it was written. */
int finish_output(FILE *out);

/* ---- posix.c or win32.c: what each system has its own way of ---- */

/* First of all: the command line in UTF-8, and what is printed taken for it, line ends as they are written.
 * NULL if memory is out. */
char **system_begin(int *argc, char **argv);

/* Memory aligned to a power of two; to be freed by aligned_free. */
void *system_aligned(size_t size, size_t alignment);
void  aligned_free(void *memory);

/* Opens a file to read; NULL with errno. */
FILE *system_open(const char *name);

/* What `write` prints, as text to be freed; NULL if there is no room for it. */
char *system_written(void (*write)(FILE *out, const void *what), const void *what);

/* Before a call: no error is left of an earlier one. After it: all that the callee has printed is out, and
 * numbers and messages are as if it had chosen no locale. Gives the stream to print to; NULL with errno. */
void  system_before_call(void);
FILE *system_after_call(void);

/* The name of an errno that not every system has, or NULL; the text of a GetLastError(). */
const char *system_errno_name(int number);
void        system_error_text(unsigned error, char *text, size_t size);

/* Whether there is a GetLastError(). */
extern const bool system_has_last_error;

/* A temporary file, which goes when it is closed; NULL if there is none to be had. */
FILE *system_temporary(void);

/* Starts a program with no input, whose output is the result: to be read, closed, and then waited for, which
 * says whether it succeeded. Its messages go to a file, or to stderr if that is NULL. NULL and the reason if it
 * cannot be started. */
FILE *system_start(const char *const *words, FILE *messages, intptr_t *process, const char **why);
bool  system_succeeded(intptr_t process);

/* What the C compiler is called, and the common headers; both lists of headers end with NULL. */
extern const char *const system_compiler, *const system_headers[];
enum { MOST_HEADERS = 40 };

/* What helps show: calls of libraries that every such system has, quoted as its shell wants it. */
extern const struct examples { const char *first, *call, *plan, *layout, *symbols; } system_examples;

/* ---- preprocess.c: the C compiler's preprocessor ---- */

/* The text that it makes of headers, to be freed; NULL with the reason. `headers` ends with NULL, `name` is
 * what the reason calls them. */
enum { REASON_ROOM = 1024 };
char *preprocess_headers(const struct options *options, const char *const *headers, const char *name,
                         char reason[REASON_ROOM]);

/* All of a file and a NUL, to be freed; NULL if memory is out. */
char *read_all(FILE *file);

/* ---- declare.c: where declarations come from ---- */

/* Declares what the files and headers of the options contain, in their order. */
int declare_sources(ffi_context *context, const struct options *options);

/* Declares what the common headers of the system have, for what nobody has declared. If that fails, the reason
 * is kept for the complaint that follows. */
void declare_common(ffi_context *context, const struct options *options);

/* Whether a text is a name alone, of a function that was declared. */
bool is_name_alone(const char *text);

/* The type of a function by its name: that of -i and -I, else that of the common headers. NULL after a
 * complaint. */
const ffi_ctype *declared_function(ffi_context *context, const struct options *options, const char *name);

/* ---- float.c: floating-point numbers of every format ---- */

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128          int128;

enum number { NUMBER_READ, NUMBER_NONE, NUMBER_TOO_LARGE };

/* Whether a kind is that of floating-point numbers. */
bool float_is(ffi_kind kind);

/* Reads a decimal or hexadecimal constant, or stores a whole number. Only the bytes of the format are written,
 * of a long double 10. */
enum number float_read(const char *text, ffi_kind kind, void *bytes);
enum number float_set(uint128 magnitude, bool negative, ffi_kind kind, void *bytes);

/* Prints the fewest digits that read back as the same value; as JSON, nan and inf are strings. */
void float_print(FILE *out, ffi_kind kind, const void *bytes, bool json);

/* Whether it is printed with a minus. */
bool float_is_negative(ffi_kind kind, const void *bytes);

/* ---- number.c: numbers in C notation ---- */

/* The kind of a scalar; an enum's is that of its integer. */
ffi_kind machine_kind(const ffi_ctype *type);

/* Reads a constant as a member of arithmetic, enum or, as an address, pointer type within the object at `base`.
 * A value by itself is the member {.type = its type} of its own bytes. */
enum number number_read(const char *text, const ffi_field *field, void *base);

/* The short name of the type that C would give to a constant (`i32`, `f64`), of which no type may have room. */
enum number number_type(const char *text, const char **type);

/* Whether a text is of decimal digits, 08 for one, that begin with 0 and so are no octal number of C's. */
bool number_is_bad_octal(const char *text);

/* Prints such a member: of an enum the constant's name; a complex number as 1+2i, or as an array of two. */
void number_print(FILE *out, const ffi_field *field, const void *base, bool json);

/* ---- text.c: bytes as text ---- */

/* A part of a text, not ended by a NUL. */
struct span {
    const char *at;
    size_t      length;
};

/* A text for a complaint, in one line and cut to a readable length; `brief` is the result. */
enum { BRIEF_ROOM = 512 };
const char *text_brief(char brief[BRIEF_ROOM], struct span text);

/* Replaces each byte that is not of UTF-8. */
void text_make_utf8(char *text);

/* The first bytes of a text, as one to be freed; NULL if memory is out. */
char *text_copy(const char *text, size_t length);

/* Whether a pattern of the shell matches: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is to stand for
 * itself.
 */
bool text_matches(const char *pattern, const char *text);

/* Replaces C's escapes in place and gives the new length; (size_t)-1 if there is one that C does not have. */
size_t text_unescape(char *text);

/* Makes UTF-16 or UTF-32 of UTF-8, in units of 2 or 4 bytes, and gives its size in bytes, which is at most
 * `unit` for each byte; (size_t)-1 if it is not UTF-8. */
size_t text_widen(unsigned char *to, const unsigned char *bytes, size_t size, size_t unit);

/* Whether bytes are text that a terminal can show: UTF-8, and no controls but white space. */
bool text_is_printable(const unsigned char *bytes, size_t size);

void text_quote(FILE *out, const unsigned char *bytes, size_t size);    /* as C writes it, in quotes */
void text_dump(FILE *out, const unsigned char *bytes, size_t size);     /* as xxd does; repeats are a `*` */
void text_json(FILE *out, const void *bytes, size_t size);              /* {"hex": ...} if it is not UTF-8 */
void text_json_hex(FILE *out, const unsigned char *bytes, size_t size); /* "00ff" */

/* ---- argument.c: the arguments of a call ---- */

enum { BUFFER_LIMIT = 1 << 30 };

enum block_form { BLOCK_TEXT, BLOCK_WIDE, BLOCK_VALUE, BLOCK_BUFFER, BLOCK_CELLS };

/* Memory of an argument: what it points to, or a value that does not stand in its slot. */
struct block {
    struct block    *next;
    size_t           argument; /* its number, from 1 */
    enum block_form  form;
    const ffi_ctype *type; /* of a value or cell */
    size_t           size; /* in bytes; of text without the NUL */
    size_t           room; /* in bytes; what is behind them is not the callee's */
    unsigned char   *bytes;
    unsigned char   *memory; /* what `bytes` is a part of */
    struct block    *utf8;   /* what wide text was made of; else NULL */
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
int arguments_read(struct arguments *arguments, ffi_function **function);

/* The bytes of an argument, in its slot or elsewhere. */
const void *argument_bytes(const ffi_ctype *type, const ffi_value *value);

/* The argument that is being read. */
struct reader {
    struct arguments *arguments;
    size_t            number;    /* from 1 */
    size_t            length;    /* of the array that the parameter is declared as; 0: it is none */
    unsigned          depth;     /* of cells in each other */
    char              path[128]; /* the member that is being read: `.line[1].x` */
};

struct span span_of(const char *text);

/* Complain of a part of the argument, or of what has a type in it, and give false back. */
bool refuse(const struct reader *reader, struct span text, const char *why);
bool refuse_type(const struct reader *reader, struct span text, const char *how, const ffi_ctype *type,
                 const char *more);
bool refuse_size(const struct reader *reader, struct span text, const ffi_ctype *type, const char *more);

/* The same for a type that is not complete. */
bool refuse_unknown_size(const struct reader *reader, const char *text, const ffi_ctype *type,
                         const char *more);

/* The type that a part of the argument names; NULL after a complaint. */
const ffi_ctype *parse_type(const struct reader *reader, struct span text);

/* ---- block.c: the memory of arguments ---- */

/* Zeroed memory for a value; for aligned_free. NULL if there is none. */
void *aligned_memory(size_t size, size_t alignment);

/* A zeroed block at the end of the list, aligned for its type; NULL after a complaint. */
struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type, size_t size);

/* The block into which an address points; NULL if there is none. */
const struct block *arguments_block(const struct arguments *arguments, const void *address);

/* Whether the callee has kept to the blocks; if not, complains of the argument whose block it left. */
bool arguments_are_intact(const struct arguments *arguments);

void arguments_free(struct arguments *arguments);

/* ---- pointer.c: what is passed by address ---- */

bool pointer_read(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value);

/* The same for a pointer within braces, where text stands in quotes. */
bool pointer_read_listed(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value);

/* ---- value.c: a value of any type ---- */

/* The whole of a text as a value. */
bool value_read(struct reader *reader, const ffi_ctype *type, const char *text, void *bytes);

/* One value of a list from `*at` on, which is moved to the comma or brace behind it. */
bool value_read_one(struct reader *reader, const ffi_ctype *type, const char **at, void *bytes);

/* Where the value of a list ends that begins here, and the text of the value without space at its end. */
const char *value_end(const char *at);
struct span value_span(const char *at);

/* The length of TYPE in `(TYPE){...}`, C's compound literal; 0 for other text. */
size_t literal_type(const char *text);

/* Whether a type is of several values, in braces: structs, unions, arrays, vectors. */
bool type_is_aggregate(const ffi_ctype *type);

/* Whether a type is char, qualified or not: a signed char is as likely to be a number. */
bool type_is_char(const ffi_ctype *type);

/* ---- show.c: what came of a call ---- */

/* For a person: the result, then what stands in buffers and cells. */
void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, const void *result);

/* Members of a JSON object: "arguments", as they are before the call; "result" and "outputs" after it. */
void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature);
void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       const void *result);

#pragma GCC visibility pop

#endif
