/* SPDX-License-Identifier: MIT */
/*
 * The arguments of a call: text from the command line becomes a value of its parameter's type. What is
 * passed by address (text, buffers, cells) and what is larger than a slot lives in blocks until the results are
 * shown.
 *
 * An argument of a variadic function that no parameter is for has the type that C would give to it as a
 * constant, or that stands before it.
 */
#include "ffi.h"

#include <stdlib.h>
#include <string.h>

/* ---- complaints ---- */

/* Where in the argument: nothing, or `, .line[1].x`. */
static const char *before_path(const struct reader *reader) {
    return *reader->path ? ", " : "";
}

bool refuse(const struct reader *reader, const char *text, const char *why) {
    complain(EXIT_USAGE, "argument %zu%s%s: '%.80s' %s", reader->number, before_path(reader), reader->path,
             text, why);
    return false;
}

bool refuse_type(const struct reader *reader, const char *text, const char *how, const ffi_ctype *type,
                 const char *more) {
    char *name = type_text(type);
    complain(EXIT_USAGE, "argument %zu%s%s: '%.80s' %s %.200s%s", reader->number, before_path(reader),
             reader->path, text, how, name ? name : "its type", more);
    return free(name), false;
}

bool refuse_size(const struct reader *reader, const char *text, const ffi_ctype *type, const char *more) {
    char *name = type_text(type);
    complain(EXIT_USAGE, "argument %zu%s%s: %.80s does not fit %.200s%s", reader->number, before_path(reader),
             reader->path, text, name ? name : "its type", more);
    return free(name), false;
}

/* ---- blocks ---- */

enum { LARGEST_VECTOR = 64 };

void *aligned_memory(size_t size, size_t alignment) {
    if (alignment < LARGEST_VECTOR) alignment = LARGEST_VECTOR;
    if (size > BUFFER_LIMIT) return NULL;
    void *memory = system_aligned(size ? size : 1, alignment);
    return memory ? memset(memory, 0, size ? size : 1) : NULL;
}

struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type, size_t size) {
    struct block  *block = malloc(sizeof *block);
    unsigned char *bytes = aligned_memory(size, ffi_type_alignment(type));
    if (!block || !bytes) {
        complain(EXIT_USAGE, "argument %zu: there is no memory for %zu bytes", reader->number, size);
        return free(block), aligned_free(bytes), NULL;
    }
    *block                  = (struct block){NULL, reader->number, form, type, size, bytes, NULL};
    *reader->arguments->end = block;
    reader->arguments->end  = &block->next;
    return block;
}

const struct block *arguments_block(const struct arguments *arguments, const void *address) {
    uintptr_t at = (uintptr_t)address;
    for (const struct block *block = arguments->blocks; block; block = block->next)
        if (at >= (uintptr_t)block->bytes && at - (uintptr_t)block->bytes <= block->size) return block;
    return NULL;
}

/* ---- one argument ---- */

static bool in_slot(const ffi_ctype *type) {
    return ffi_type_kind(type) <= FFI_KIND_POINTER;
}

const void *argument_bytes(const ffi_ctype *type, const ffi_value *value) {
    return in_slot(type) ? (const void *)value : value->ptr;
}

static bool read_argument(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    if (in_slot(type)) return value_read(reader, type, text, value);
    struct block *block = new_block(reader, BLOCK_VALUE, type, ffi_type_size(type));
    if (!block) return false;
    value->ptr = block->bytes;
    return value_read(reader, type, text, block->bytes);
}

/* ---- all of them ---- */

/* The text of a type, not ended by a NUL. */
struct span {
    const char *at;
    size_t      length;
};

/* The type of a variable argument; what only names it is taken off the text. */
static struct span extra_type(char **text) {
    static const char *const numbers[] = {"bool", "i8",  "u8",  "i16", "u16",   "i32",  "u32",
                                          "i64",  "u64", "f32", "f64", "isize", "usize"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t length = strlen(numbers[i]);
        if (strncmp(*text, numbers[i], length) != 0 || (*text)[length] != ':') continue;
        *text += length + 1;
        return (struct span){numbers[i], length};
    }
    size_t literal = literal_type(*text);
    if (literal) return *text += literal + 2, (struct span){*text - literal - 1, literal};
    if (!strncmp(*text, "wide:", 5)) return (struct span){"wchar_t *", sizeof "wchar_t *" - 1};
    bool address     = **text == '@' || **text == '&' || !strncmp(*text, "ptr:", 4) || !strcmp(*text, "NULL");
    const char *name = address ? "ptr" : number_type(*text);
    return (struct span){name ? name : "str", 3};
}

/* The function for calls with the arguments from `fixed` on as variable ones. */
static ffi_function *variadic_form(struct arguments *arguments, size_t fixed, ffi_function *function) {
    size_t room = 1;
    for (size_t i = fixed; i < arguments->count; i++) room += strlen(arguments->texts[i]) + sizeof "usize, ";
    char *types = malloc(room), *end = types;
    if (!types) return complain(EXIT_FAILED, "there is no memory for the arguments"), NULL;
    *types = 0;
    for (size_t i = fixed; i < arguments->count; i++) {
        struct span type = extra_type(&arguments->texts[i]);
        end += sprintf(end, "%s%.*s", i > fixed ? ", " : "", (int)type.length, type.at);
    }
    ffi_function *form = ffi_function_variadic(function, types);
    if (!form) complain_last();
    return free(types), form;
}

int arguments_read(struct arguments *arguments, ffi_function **function) {
    const ffi_ctype *signature = ffi_function_signature(*function);
    size_t           count     = ffi_type_parameter_count(signature);
    /* A signature may name the types of its variable arguments; then they are as good as fixed. */
    bool more      = ffi_type_is_variadic(signature) && ffi_type_fixed_count(signature) == count;
    arguments->end = &arguments->blocks;
    if (arguments->count < count || (arguments->count > count && !more))
        return complain(EXIT_USAGE, "%s takes %s%zu argument%s, but %zu %s given", ffi_function_name(*function),
                        more ? "at least " : "", count, count == 1 ? "" : "s", arguments->count,
                        arguments->count == 1 ? "is" : "are");
    if (more && !(*function = variadic_form(arguments, count, *function))) return EXIT_FAILED;
    signature = ffi_function_signature(*function);

    arguments->values = calloc(arguments->count + 1, sizeof *arguments->values);
    if (!arguments->values) return complain(EXIT_FAILED, "there is no memory for the arguments");
    for (size_t i = 0; i < arguments->count; i++) {
        struct reader reader = {.arguments = arguments, .number = i + 1};
        if (!read_argument(&reader, ffi_type_parameter(signature, i), arguments->texts[i],
                           &arguments->values[i]))
            return EXIT_USAGE;
    }
    return EXIT_FINE;
}

void arguments_free(struct arguments *arguments) {
    while (arguments->blocks) {
        struct block *block = arguments->blocks;
        arguments->blocks   = block->next;
        aligned_free(block->bytes);
        free(block);
    }
    free(arguments->values);
}
