/* SPDX-License-Identifier: MIT */
/*
 * Shared declarations of the `ffi` program. The program uses only the public headers of the
 * library, and src/debug, which does the same.
 *
 * These names are hidden. The program is linked with -rdynamic so that `-` can name its own symbols, but a
 * library that it loads must not find these instead of its own.
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
    OPTION_LIBRARY    = 1 << 10,
    OPTION_LANGUAGE   = 1 << 11,
    OPTION_ONLY       = 1 << 12,
    OPTION_EXCEPT     = 1 << 13,
    OPTION_FROM       = 1 << 14,
    OPTION_SHOW       = 1 << 15,
    OPTION_NO_FORK    = 1 << 16,
    OPTION_ADDRESSES  = 1 << 17,
    OPTION_NEEDED     = 1 << 18,
    OPTION_SVG        = 1 << 19,
    OPTIONS_PATTERN   = OPTION_ONLY | OPTION_EXCEPT | OPTION_FROM,
    OPTIONS_DECLARE   = OPTION_FILE | OPTION_HEADER | OPTION_CFLAGS | OPTION_PACKAGE | OPTION_SKIPPED
};

/* A file of -i or a header of -I. */
struct source {
    bool        header; /* a header, read by the preprocessor */
    const char *name;
};

/* A --cflags or --pkg: further options of the preprocessor. */
struct flags {
    bool        package; /* a package, whose flags pkg-config prints */
    const char *text;
};

/* A pattern of --only, --except or --from. */
struct pattern {
    unsigned    option; /* its OPTION_ bit */
    const char *text;
};

struct options {
    unsigned          given; /* OPTION_... bits */
    const char       *abi;   /* the argument of --abi, or NULL */
    struct source     sources[MOST_SOURCES];
    size_t            source_count;
    struct flags      flags[MOST_SOURCES];
    size_t            flags_count;
    const char       *library, *language; /* the arguments of --library and --lang, or NULL */
    struct pattern    patterns[MOST_SOURCES];
    size_t            pattern_count;
    struct origins   *origins;   /* of what headers declare; NULL: nobody asks */
    struct variables *variables; /* of a session; else NULL */
    int               count;     /* operands: the words after the options */
    char            **operands;
};

/* A part of a text, without a NUL at its end. */
struct span {
    const char *at;
    size_t      length;
};

struct command {
    const char *name, *summary, *help, *const *examples;
    unsigned options;       /* the options of the command */
    int      least, most;   /* operands */
    bool     mixes;         /* options may stand behind operands, too */
    bool     wants_origins; /* asks where headers declare names */
    int (*run)(ffi_context *context, const struct options *options);
};

struct variables;

extern const struct command command_bind, command_call, command_check, command_eval, command_get, command_set,
    command_plan, command_layout, command_repl, command_symbols;

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

/* Opens the library of an operand; `-` is the program itself. */
ffi_library *open_operand(ffi_context *context, const char *operand);

/* The name as a user writes it on the command line. */
const char *library_title(const ffi_library *library);

/* The C text of a type; the caller frees it. NULL if no memory is left. */
char *type_text(const ffi_ctype *type);

/* ---- colour.c ---- */

enum colour { COLOUR_ERROR, COLOUR_WARNING, COLOUR_NOTE, COLOUR_END };

/* The escape sequence that begins a colour in a file, or ends all; "" where the file shows none. */
const char *colour_in(FILE *file, enum colour colour);

/* ---- complain.c: the error of a command ---- */

/* Prints the error on stderr and returns the exit code. A command complains once, and ends. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* The same with the library's last message, after `about` and a colon unless `about` is NULL. */
int complain_last(int code, const char *about);

/* Keeps advice or a reason for the next complaint, which prints it. Only the first one is kept. */
__attribute__((format(printf, 1, 2))) void note_that(const char *format, ...);

/* Drops that advice, because its error did not occur. */
void forget_note(void);

/* Makes later complaints JSON. */
void complain_in_json(void);

/* Flushes the output of a command. The exit code says whether all of it was written. */
int finish_output(FILE *out);

/* ---- posix.c or win32.c: what each system has its own way of ---- */

/* Called first: returns the command line in UTF-8, sets the output to UTF-8, and line ends to be written
 * unchanged. NULL if no memory is left. */
char **system_begin(int *argc, char **argv);

/* Memory aligned to a power of two; the caller frees it by aligned_free(). */
void *system_aligned(size_t size, size_t alignment);
void  aligned_free(void *memory);

/* Opens a file to read; NULL with errno. */
FILE *system_open(const char *name);

/* The text that `write` prints; the caller frees it. NULL if no memory is left. */
char *system_written(void (*write)(FILE *out, const void *what), const void *what);

/* system_before_call() clears the error of earlier calls. system_after_call() flushes the callee's output and
 * resets the locale. It returns the stream to print to; NULL with errno on failure. */
void  system_before_call(void);
FILE *system_after_call(void);

/* The name of a system-specific errno, or NULL; the text of a GetLastError(). */
const char *system_errno_name(int number);
void        system_error_text(unsigned error, char *text, size_t size);

/* Whether the system has GetLastError(). */
extern const bool system_has_last_error;

/* A temporary file, which is deleted when it is closed. NULL on failure. */
FILE *system_temporary(void);

/* Starts a program without input and returns its output as a stream. The caller reads and closes the stream,
 * then waits for the program to learn whether it succeeded. Its messages go to a file, or to stderr if the file
 * is NULL. On failure it returns NULL and sets the reason. */
FILE *system_start(const char *const *words, FILE *messages, intptr_t *process, const char **why);
bool  system_succeeded(intptr_t process);

/* The name of the C compiler, and the common headers; both lists of headers end with NULL. */
extern const char *const system_compiler, *const system_headers[];
enum { MOST_HEADERS = 40 };

/* Examples for the help: calls of libraries that every such system has, quoted for its shell. */
extern const struct examples {
    const char *first, *bind, *call, *check, *eval, *get, *set, *plan, *layout, *repl, *symbols;
} system_examples;

/* What ended a process: a signal, 0 if none; the instruction, NULL if it is not known; and whether it was an access to
 * memory, with its address. */
struct crash {
    int         signal;
    bool        is_access;
    const void *address, *instruction;
};

/* Runs a function in a child process, or in this one where that cannot be, and returns the exit code. */
int         system_in_child(int (*run)(void *userdata), void *userdata, struct crash *crash);
const char *system_signal_name(int number);

/* Visits the names of the libraries that a loaded library needs, in its order; `base` is where its file begins. False
 * if the system cannot tell. */
bool system_needed(const char *base, void (*visit)(const char *name, void *userdata), void *userdata);

/* The symbol of a library that an address lies in; NULL if the system cannot tell. */
const char *system_symbol_of(const void *address, size_t *offset);

/* Whether a person types the input. */
bool system_is_terminal(void);

/* Whether a file is a terminal that knows escape sequences. */
bool system_has_colours(FILE *file);

/* The path of the file that contains an address, and where the file begins in memory; false if the system
 * cannot tell. */
bool system_file_of(const void *address, char *path, size_t size, const char **base);

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

/* ---- declare.c: where declarations come from ---- */

/* Declares the files and headers of the options, in their order. */
int declare_sources(ffi_context *context, const struct options *options);

/* Declares one header more. */
int declare_header(ffi_context *context, const struct options *options, const char *name);

/* Declares the common headers of the system, to find a name that no option declares. On failure the reason is
 * kept for the next complaint. */
void declare_common(ffi_context *context, const struct options *options);

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"

/* Whether a text is only a name, of a declared function. */
bool is_name_alone(const char *text);

/* The type of a function by its name, from -i and -I, or else from the common headers. NULL after a complaint.
 */
const ffi_ctype *declared_function(ffi_context *context, const struct options *options, const char *name);

/* ---- float.c: floating-point numbers of every format ---- */

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128          int128;

enum number { NUMBER_READ, NUMBER_NONE, NUMBER_TOO_LARGE };

/* Whether a kind is a floating-point kind. */
bool float_is(ffi_kind kind);

/* Reads a decimal or hexadecimal constant, or stores a whole number. Writes only the bytes of the format: 10
 * for an x87 long double. */
enum number float_read(const char *text, ffi_kind kind, void *bytes);
enum number float_set(uint128 magnitude, bool negative, ffi_kind kind, void *bytes);

/* Prints the fewest digits that read back as the same value; as JSON, nan and inf are strings. */
void float_print(FILE *out, ffi_kind kind, const void *bytes, bool json);

/* Whether the number is printed with a minus sign. */
bool float_is_negative(ffi_kind kind, const void *bytes);

/* ---- number.c: numbers in C notation ---- */

/* The kind of a scalar; for an enum that of its integer type. */
ffi_kind machine_kind(const ffi_ctype *type);

/* Reads a constant into a member, of arithmetic, enum or pointer type, of the object at `base`. A value on its
 * own is the member {.type = its type} of its own bytes. */
enum number number_read(const char *text, const ffi_field *field, void *base);

/* The short name of the type that C gives to a constant (`i32`, `f64`). No type may be large enough for it. */
enum number number_type(const char *text, const char **type);

/* Whether a text has only decimal digits and begins with 0, but is no octal number of C: 08. */
bool number_is_bad_octal(const char *text);

/* Prints such a member: an enum as the constant's name; a complex number as 1+2i, in JSON as an array of two.
 */
void number_print(FILE *out, const ffi_field *field, const void *base, bool json);

/* ---- eval.c: constant expressions ---- */

/* The type of a constant expression, and its value as ffi_declared_value() gives it; NULL, without a complaint, if the
 * text is no constant expression. The value is valid until the next evaluation. */
const ffi_ctype *evaluate(ffi_context *context, const char *expression, ffi_value *value);

/* ---- svg.c: pictures ---- */

/* Draw a record, and a plan as ffi_plan_format() writes it; return the exit code. */
int svg_layout(const ffi_ctype *type, const char *title);
int svg_plan(const char *plan);

/* ---- text.c: bytes as text ---- */

struct span span_of(const char *text);

/* A text for a complaint, in one line and cut to a readable length; `brief` is the result. */
enum { BRIEF_ROOM = 512 };
const char *text_brief(char brief[BRIEF_ROOM], struct span text);

/* Replaces each byte that is not valid UTF-8. */
void text_make_utf8(char *text);

/* A copy of the first bytes of a text; the caller frees it. NULL if no memory is left. */
char *text_copy(const char *text, size_t length);

/* Whether a shell pattern matches: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a literal character. */
bool text_matches(const char *pattern, const char *text);

/* Replaces C's escapes in place and returns the new length; (size_t)-1 if an escape is invalid. */
size_t text_unescape(char *text);

/* Converts UTF-8 to UTF-16 or UTF-32, in units of 2 or 4 bytes, and returns the size in bytes, at most `unit`
 * for each byte of the text; (size_t)-1 if the text is not UTF-8. */
size_t text_widen(unsigned char *to, const unsigned char *bytes, size_t size, size_t unit);

/* Whether bytes are text that a terminal can show: UTF-8 without control characters except white space. */
bool text_is_printable(const unsigned char *bytes, size_t size);
bool text_is_utf8(const unsigned char *bytes, size_t size);

void text_quote(FILE *out, const unsigned char *bytes, size_t size); /* as a C string, in quotes */
void text_dump(FILE *out, const unsigned char *bytes,
               size_t size);                               /* as xxd prints it; `*` for repeated lines */
void text_json(FILE *out, const void *bytes, size_t size); /* {"hex": ...} if it is not UTF-8 */
void text_json_hex(FILE *out, const unsigned char *bytes, size_t size); /* "00ff" */

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
    unsigned char   *memory; /* the allocation that contains `bytes` */
    struct block    *utf8;   /* the source of wide text, or NULL */
};

struct arguments {
    ffi_context            *context;
    ffi_library            *library;   /* of the function; sym:NAME looks there first */
    const struct variables *variables; /* of a session; else NULL */
    size_t                  count;
    char                  **texts; /* as on the command line */
    ffi_value              *values;
    struct block           *blocks, **end; /* in the order of the arguments */
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

/* Says where an address lies in the memory of an argument, or in the zones around it; false if it does not. */
bool arguments_place(const struct arguments *arguments, const void *address, char *text, size_t size);

/* Whether the callee wrote only inside the blocks; if not, complains about the argument whose block it overran.
 */
bool arguments_are_intact(const struct arguments *arguments);

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

/* Whether a type is a struct or a union. */
bool is_record(const ffi_ctype *type);

/* Whether values of a type are lists in braces: structs, unions, arrays, vectors. */
bool type_is_aggregate(const ffi_ctype *type);

/* Whether a type is char, qualified or not. A signed char counts as a number. */
bool type_is_char(const ffi_ctype *type);

/* ---- variable.c: variables of libraries ---- */

/* Finds a variable, or the part of one that a path names. */
int variable_find(ffi_context *context, const struct options *options, ffi_library *library, const char *text,
                  const ffi_ctype **type, void **at);

/* Sets it to a value, which is written as an argument of a call. */
int variable_set(ffi_context *context, const struct options *options, ffi_library *library,
                 const ffi_ctype *type, void *at, char *text);

/* Goes to the member or element that a path names, through pointers; false after a complaint. */
bool variable_follow(const ffi_ctype **type, void **at, const char *path);

/* ---- session.c: the variables of a session ---- */

struct variables *variables_new(void); /* NULL if no memory is left */
void              variables_free(struct variables *variables);

/* A new variable of zeroes; its memory, or NULL after a complaint. */
void *variables_add(struct variables *variables, const char *name, const ffi_ctype *type);

/* Adds a result, and returns its number; 0 after a complaint. */
size_t variables_add_result(struct variables *variables, const ffi_ctype *type, const void *bytes);

/* The number of results so far. */
size_t variables_results(const struct variables *variables);

/* Adds the named cells of a call, and keeps its blocks if they or the result need them. */
void variables_keep(struct variables *variables, struct arguments *arguments, const ffi_ctype *type,
                    const void *result);

/* Keeps the blocks of arguments until the session ends. */
void variables_keep_blocks(struct variables *variables, struct arguments *arguments);

/* Finds what a name and a path behind it mean, after a complaint if the path is wrong. */
enum found { FOUND_NONE, FOUND, FOUND_WRONG };
enum found variables_find(const struct variables *variables, struct span text, const ffi_ctype **type,
                          void **at);

/* Reads a variable, or with `&` the address of one, as a value. */
enum found variables_read(struct reader *reader, const ffi_ctype *type, struct span text, void *to);

/* The text of a number, and a text in which such variables are replaced by theirs; the caller frees it. NULL if it is
 * no number, and after a complaint. */
char *variables_number(const ffi_ctype *type, const void *at);
char *variables_in_text(const struct variables *variables, const char *text);

/* ---- show.c: what came of a call ---- */

/* Prints the result, then the contents of buffers and cells, for a person. `follow` shows what a result points to. */
void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, const void *result,
                  bool follow);

/* Prints one value. */
void show_value(FILE *out, const ffi_ctype *type, const void *bytes, bool json);

/* Prints members of a JSON object: "arguments", as before the call; "result" and "outputs" after it. */
void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature);
void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       const void *result, bool follow);

#pragma GCC visibility pop

#endif
