/* SPDX-License-Identifier: MIT */
/*
 * The commands of the `ffi` program and their options. The program uses only the public headers of the library, and
 * src/debug, which does the same.
 *
 * The names in the headers of this folder are hidden. The program is linked with -rdynamic so that `-` can name its own
 * symbols, but a library that it loads must not find these instead of its own.
 */
#ifndef FFI_COMMAND_H
#define FFI_COMMAND_H

#include <ffi_invoke.h>

#pragma GCC visibility push(hidden)

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
    OPTION_DIALECT    = 1 << 20,
    OPTIONS_PATTERN   = OPTION_ONLY | OPTION_EXCEPT | OPTION_FROM,
    OPTIONS_DECLARE =
        OPTION_FILE | OPTION_HEADER | OPTION_CFLAGS | OPTION_PACKAGE | OPTION_SKIPPED | OPTION_DIALECT
};

/* The help for OPTIONS_DECLARE. */
#define HELP_DECLARE                                                                                           \
    "  -i FILE    read C declarations; - is the standard input\n"                                              \
    "  -I HEADER  the same for what the C preprocessor makes of a header\n"                                    \
    "  --cflags W give the preprocessor options: -I FOLDER, -D NAME\n"                                         \
    "  --pkg NAME the same for those that pkg-config knows of a package\n"                                     \
    "  --skipped  list what of headers was not understood\n"                                                   \
    "  --dialect W read more than C: embed, as gcc -fms-extensions does; or twice, two\n"                      \
    "             parameters of one name\n"

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

struct origins;
struct variables;

/* What the words behind the command say. */
struct options {
    unsigned          given; /* OPTION_... bits */
    const char       *abi;   /* the argument of --abi, or NULL */
    struct source     sources[MOST_SOURCES];
    size_t            source_count;
    struct flags      flags[MOST_SOURCES];
    size_t            flags_count;
    unsigned          dialect;            /* FFI_DECLARE_... bits of --dialect */
    const char       *library, *language; /* the arguments of --library and --lang, or NULL */
    struct pattern    patterns[MOST_SOURCES];
    size_t            pattern_count;
    struct origins   *origins;   /* of what headers declare; NULL: nobody asks */
    struct variables *variables; /* of a session; else NULL */
    int               count;     /* operands: the words after the options */
    char            **operands;
};

/* A command. */
struct command {
    const char *name, *summary, *help, *const *examples;
    unsigned options;       /* the options of the command */
    int      least, most;   /* operands */
    bool     mixes;         /* options may stand behind operands, too */
    bool     wants_origins; /* asks where headers declare names */
    int (*run)(ffi_context *context, const struct options *options);
};

extern const struct command command_bind, command_call, command_check, command_eval, command_get, command_set,
    command_plan, command_layout, command_repl, command_symbols;

/* The OPTION_ bit of a word that is an option of a command and needs no value; 0 for any other word. */
unsigned option_alone(const struct command *command, const char *word);

/* Opens the library of an operand; `-` is the program itself. */
ffi_library *open_operand(ffi_context *context, const char *operand);

/* The name as a user writes it on the command line. */
const char *library_title(const ffi_library *library);

#pragma GCC visibility pop

#endif
