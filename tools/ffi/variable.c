/* SPDX-License-Identifier: MIT */
/*
 * `ffi get` and `ffi set`: variables of a library. A variable is a name that is declared, or a declaration in C; a path
 * of members and indices may stand behind the name, and goes through pointers.
 */
#include "variable.h"
#include "argument.h"
#include "command.h"
#include "complain.h"
#include "crash.h"
#include "show.h"
#include "source.h"
#include "symbols.h"
#include "system.h"
#include "text.h"
#include "type.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct variable {
    const ffi_ctype *type;
    unsigned char   *at;
};

static bool is_letter(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* The declared name in a declaration: the first word that is a variable after it was declared. The caller frees it. */
static char *declared_name(ffi_context *context, const char *text) {
    for (const char *at = text; *at;) {
        size_t length = 0;
        while (is_letter(at[length])) length++;
        char *word = length && !isdigit((unsigned char)*at) ? text_copy(at, length) : NULL;
        if (word && ffi_declared_type(context, word)) return word;
        free(word);
        at += length ? length : 1;
    }
    return NULL;
}

/* Declares `char **environ`; a path such as `[0]` is none of a declaration's. */
static char *declare_variable(ffi_context *context, const char *text) {
    char *source = malloc(strlen(text) + sizeof "extern ;");
    if (!source) return complain(EXIT_FAILED, "there is no memory for the declaration"), NULL;
    sprintf(source, "extern %s;", text);
    ffi_error error = ffi_declare(context, source);
    free(source);
    if (error) return complain_last(EXIT_FAILED, NULL), NULL;
    char *name = declared_name(context, text);
    if (!name) complain(EXIT_FAILED, "'%s' declares no variable", text);
    return name;
}

/* ---- paths ---- */

/* Goes one step on: `.name`, `->name` or `[n]`. A pointer is followed first. */
static bool step(struct variable *variable, const char **path) {
    if (!variable->at) return false;
    const char *begin = *path;
    if (!strncmp(begin, "->", 2)) begin++;
    bool   index  = *begin == '[';
    size_t length = index ? strcspn(begin, "]") + 1 : 1 + strcspn(begin + 1, ".[-");
    char  *text   = text_copy(begin, length);
    if (!text) return complain(EXIT_FAILED, "there is no memory for the path"), false;
    if (!index) text[0] = '.';
    if (ffi_type_kind(variable->type) == FFI_KIND_POINTER) {
        unsigned char *target;
        memcpy(&target, variable->at, sizeof target);
        variable->at             = target;
        variable->type           = ffi_type_target(variable->type);
        size_t              size = ffi_type_size(variable->type);
        char               *end;
        unsigned long       number = index ? strtoul(text + 1, &end, 0) : 0;
        const struct block *gone   = freed_block(variable->at);
        if (gone) {
            complain(EXIT_FAILED, "%s: the pointer before it leads to the freed argument %zu of %s", text,
                     gone->argument, gone->function);
            return free(text), false;
        }
        if (!variable->at || !size || (index && (end == text + 1 || *end != ']'))) {
            complain(EXIT_FAILED,
                     !variable->at ? "%s: the pointer before it is NULL"
                     : !size       ? "%s: the size of what the pointer before it points to is not known"
                                   : "%s is not an index such as [1]",
                     text);
            return free(text), false;
        }
        variable->at += number * size;
        if (index) return free(text), *path = begin + length, true;
    }
    ffi_field field;
    bool      good = ffi_type_path(variable->type, text + !index, &field);
    if (!good) complain_last(EXIT_FAILED, NULL);
    else if (field.is_bits)
        complain(EXIT_FAILED, "%s is a bit-field; name the record that has it", text), good = false;
    else variable->type = field.type, variable->at += field.offset;
    free(text);
    *path = begin + length;
    return good;
}

bool variable_follow(const ffi_ctype **type, void **at, const char *path) {
    struct variable variable = {*type, *at};
    while (*path)
        if (!step(&variable, &path)) return false;
    *type = variable.type;
    *at   = variable.at;
    return true;
}

/* ---- finding ---- */

/* An array without a length has as many elements as the symbol has bytes for. */
static const ffi_ctype *sized(ffi_context *context, ffi_library *library, const char *name,
                              const ffi_ctype *type) {
    size_t         element = ffi_type_size(ffi_type_target(type));
    struct symbols symbols = {0};
    if (ffi_type_kind(type) != FFI_KIND_ARRAY || ffi_type_is_complete(type) || !element) return type;
    const struct symbol *symbol = symbols_read(&symbols, library) ? NULL : symbols_find(&symbols, name);
    if (symbol && symbol->size >= element)
        type = ffi_type_array_of(context, ffi_type_target(type), symbol->size / element);
    symbols_free(&symbols);
    return type;
}

/* A program that uses a variable of a library has the variable itself (a copy relocation); then the library uses that. */
static void *symbol_of(ffi_context *context, ffi_library *library, const char *name) {
    struct symbols       symbols = {.pattern = name};
    ffi_library         *program = ffi_library_open(context, NULL, 0);
    const struct symbol *own     = NULL;
    if (!strcmp(name, "errno")) return &errno;
    if (program && !symbols_read(&symbols, program)) own = symbols_find(&symbols, name);
    void *at = own && own->kind == FFI_SYMBOL_DATA ? own->address : ffi_library_symbol(library, name);
    symbols_free(&symbols);
    return at;
}

static int find_symbol(ffi_context *context, ffi_library *library, const char *name,
                       struct variable *variable) {
    if (ffi_type_kind(variable->type) == FFI_KIND_FUNCTION)
        return complain(EXIT_FAILED, "'%s' is declared as a function, not as a variable", name);
    variable->at = symbol_of(context, library, name);
    if (!variable->at) return complain_last(EXIT_FAILED, NULL);
    variable->type = sized(context, library, name, variable->type);
    if (ffi_type_is_complete(variable->type)) return EXIT_FINE;
    note_that("-I HEADER reads the header that defines it");
    return complain(EXIT_FAILED, "the size of '%s' is not known", name);
}

const ffi_ctype *variable_known_type(ffi_context *context, const char *name) {
    if (!strcmp(name, "errno")) return ffi_type_parse(context, "int");
    return strcmp(name, "environ") ? NULL : ffi_type_parse(context, "char **");
}

static const ffi_ctype *type_of_name(ffi_context *context, const struct options *options, const char *name) {
    const ffi_ctype *type = ffi_declared_type(context, name);
    if (!type) type = variable_known_type(context, name);
    if (!type && !options->source_count) {
        declare_common(context, options);
        type = ffi_declared_type(context, name);
    }
    if (type) return forget_note(), type;
    note_that("write the declaration, such as 'int %s'; or -I HEADER reads the header that declares it", name);
    complain(EXIT_FAILED, "no variable '%s' is declared", name);
    return NULL;
}

int variable_find(ffi_context *context, const struct options *options, ffi_library *library, const char *text,
                  const ffi_ctype **type, void **at) {
    size_t length = 0;
    while (is_letter(text[length])) length++;
    bool        plain = length && strchr(".[-", text[length]); /* a name, and a path behind it */
    const char *path  = plain ? text + length : "";
    char       *name  = plain ? text_copy(text, length) : declare_variable(context, text);
    if (!name) return EXIT_FAILED;
    struct variable variable = {plain ? type_of_name(context, options, name) : ffi_declared_type(context, name),
                                NULL};
    int code = variable.type ? find_symbol(context, library, name, &variable) : EXIT_FAILED;
    *type    = variable.type;
    *at      = variable.at;
    if (!code && !variable_follow(type, at, path)) code = EXIT_FAILED;
    return free(name), code;
}

/* ---- the commands ---- */

static void show(const struct options *options, const char *title, const ffi_ctype *type, const void *at) {
    bool  json = options->given & OPTION_JSON;
    char *name = type_text(type);
    if (json) {
        fputs("{\"variable\": ", stdout);
        text_json(stdout, options->operands[1], strlen(options->operands[1]));
        fputs(", \"type\": ", stdout);
        text_json(stdout, name ? name : "", name ? strlen(name) : 0);
        fputs(", \"library\": ", stdout);
        text_json(stdout, title, strlen(title));
        fputs(", \"value\": ", stdout);
    }
    show_value(stdout, type, at, json);
    fputs(json ? "}\n" : "\n", stdout);
    free(name);
}

static int get_here(ffi_context *context, const struct options *options) {
    ffi_library     *library = open_operand(context, options->operands[0]);
    const ffi_ctype *type;
    void            *at;
    if (!library) return complain_last(EXIT_FAILED, NULL);
    int code = variable_find(context, options, library, options->operands[1], &type, &at);
    if (code) return code;
    show(options, library_title(library), type, at);
    return finish_output(stdout);
}

int variable_set(ffi_context *context, const struct options *options, ffi_library *library,
                 const ffi_ctype *type, void *at, char *text) {
    if (ffi_type_qualifiers(type) & FFI_QUALIFIER_CONST ||
        (ffi_type_kind(type) == FFI_KIND_ARRAY &&
         ffi_type_qualifiers(ffi_type_target(type)) & FFI_QUALIFIER_CONST))
        return complain(EXIT_FAILED, "the variable is const");
    struct arguments arguments = {.context   = context,
                                  .library   = library,
                                  .variables = options->variables,
                                  .options   = options,
                                  .count     = 1,
                                  .texts     = &text};
    struct reader    reader    = {.arguments = &arguments, .name = ""};
    arguments.end              = &arguments.blocks;
    void *value                = aligned_memory(ffi_type_size(type), ffi_type_alignment(type));
    if (!value) return complain(EXIT_FAILED, "there is no memory for the value");
    bool good = value_read(&reader, type, text, value);
    if (good && at) memcpy(at, value, ffi_type_size(type));
    if (good && options->variables) variables_keep_blocks(options->variables, &arguments);
    if (!good || !at) arguments_free(&arguments); /* else the variable may point to a block */
    aligned_free(value);
    return good ? EXIT_FINE : EXIT_USAGE;
}

static int set_here(ffi_context *context, const struct options *options) {
    ffi_library     *library = open_operand(context, options->operands[0]);
    const ffi_ctype *type;
    void            *at;
    if (!library) return complain_last(EXIT_FAILED, NULL);
    int code = variable_find(context, options, library, options->operands[1], &type, &at);
    if (!code) code = variable_set(context, options, library, type, at, options->operands[2]);
    if (code) return code;
    show(options, library_title(library), type, at);
    return finish_output(stdout);
}

struct access {
    ffi_context          *context;
    const struct options *options;
    int (*run)(ffi_context *context, const struct options *options);
};

static int run_access(void *userdata) {
    const struct access *access = userdata;
    crash_subject("the access to '%.100s'", access->options->operands[1]);
    return access->run(access->context, access->options);
}

/* In a child, as a path may lead to where there is no memory; but a session keeps what is set. */
static int in_child(ffi_context *context, const struct options *options,
                    int (*run)(ffi_context *context, const struct options *options)) {
    struct crash crash;
    if (options->given & OPTION_NO_FORK) return run(context, options);
    int code = system_in_child(run_access, &(struct access){context, options, run}, &crash);
    if (!crash.signal) return code;
    char text[64];
    system_signal_text(crash.signal, text, sizeof text);
    return complain(EXIT_FAILED, "'%s' leads to %p, where there is nothing to read or write: %s",
                    options->operands[1], crash.address, text);
}

static int get(ffi_context *context, const struct options *options) {
    return in_child(context, options, get_here);
}

static int set(ffi_context *context, const struct options *options) {
    return in_child(context, options, set_here);
}

#define VARIABLE_HELP                                                                                          \
    "VARIABLE is a declaration, such as 'char **environ', or the name of a declared variable: one that -i "    \
    "or\n"                                                                                                     \
    "-I names, else one of the system's common headers. Behind the name a path may stand, which goes "         \
    "through\n"                                                                                                \
    "pointers: environ[0], options.limits[1], list->next.\n"                                                   \
    "\n"                                                                                                       \
    "  --json     print one JSON object\n" HELP_DECLARE

const struct command command_get = {
    .name     = "get",
    .summary  = "print a variable of a library",
    .options  = OPTION_JSON | OPTIONS_DECLARE,
    .least    = 2,
    .most     = 2,
    .mixes    = true,
    .run      = get,
    .examples = &system_examples.get,
    .help     = "usage: ffi get [--json] [-i FILE] [-I HEADER] LIBRARY VARIABLE\n"
                "\n"
                "Prints the value of a variable of a library.\n" VARIABLE_HELP,
};

const struct command command_set = {
    .name     = "set",
    .summary  = "set a variable of a library",
    .options  = OPTION_JSON | OPTIONS_DECLARE,
    .least    = 3,
    .most     = 3,
    .run      = set,
    .examples = &system_examples.set,
    .help     = "usage: ffi set [--json] [-i FILE] [-I HEADER] LIBRARY VARIABLE VALUE\n"
                "\n"
                "Sets a variable of a library in this process and prints it again: whether VALUE fits, and how\n"
                "it is written. VALUE is written as an argument of 'ffi call'.\n" VARIABLE_HELP,
};
