/* SPDX-License-Identifier: MIT */
/*
 * The arguments of a call: text from the command line becomes a value of its parameter's type. What is
 * passed by address (text, buffers, cells) lives in blocks until the results are shown.
 *
 * An argument of a variadic function that no parameter is for has the type that C would give to it as a
 * constant, or that a prefix names.
 */
#define _POSIX_C_SOURCE 200809L /* strndup */
#include "ffi.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_LIMIT = 1 << 30, NESTING = 16 };

/* The argument that is being read. */
struct reader {
    struct arguments *arguments;
    size_t            number; /* from 1 */
    unsigned          depth;  /* of cells in each other */
};

static bool starts_with(const char *text, const char *prefix) {
    return !strncmp(text, prefix, strlen(prefix));
}

/* ---- complaints ---- */

static bool refuse(const struct reader *reader, const char *text, const char *why) {
    complain(EXIT_USAGE, "argument %zu: '%.80s' %s", reader->number, text, why);
    return false;
}

static bool refuse_number(const struct reader *reader, const char *text, const ffi_ctype *type,
                          enum number how) {
    ffi_kind kind = machine_kind(type);
    if (how == NUMBER_TOO_LARGE) {
        char *name = type_text(type);
        complain(EXIT_USAGE, "argument %zu: %.80s does not fit %s", reader->number, text,
                 name ? name : "its type");
        return free(name), false;
    }
    if (kind == FFI_KIND_POINTER)
        return refuse(reader, text, "is not an address; see 'ffi call --help' for text, @ and &");
    if (kind == FFI_KIND_BOOL) return refuse(reader, text, "is not a bool: write true, false, 1 or 0");
    return refuse(reader, text,
                  kind == FFI_KIND_F32 || kind == FFI_KIND_F64 ? "is not a number" : "is not an integer");
}

/* ---- blocks ---- */

/* A zeroed one, and a zero byte behind it. */
static struct block *new_block(struct reader *reader, enum block_form form, const ffi_ctype *type,
                               size_t size) {
    struct block  *block = malloc(sizeof *block);
    unsigned char *bytes = calloc(1, size + 1);
    if (!block || !bytes) {
        complain(EXIT_USAGE, "argument %zu: there is no memory for %zu bytes", reader->number, size);
        return free(block), free(bytes), NULL;
    }
    *block                  = (struct block){NULL, reader->number, form, type, size, bytes};
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

/* ---- what is passed by address ---- */

/* Text as a block of its own. `raw:` takes it as it stands; `str:` is for what looks like something else. */
static struct block *read_text(struct reader *reader, const char *text) {
    bool raw = starts_with(text, "raw:");
    if (raw || starts_with(text, "str:")) text += 4;
    struct block *block = new_block(reader, BLOCK_TEXT, NULL, strlen(text));
    if (!block) return NULL;
    memcpy(block->bytes, text, block->size);
    if (!raw) block->size = text_unescape((char *)block->bytes);
    if (block->size != (size_t)-1) return block;
    block->size = 0;
    refuse(reader, text,
           "has an escape that C does not know; write \\\\ for a backslash, or raw: before the text");
    return NULL;
}

/* `@N` or `@N=TEXT` */
static bool read_buffer(struct reader *reader, const char *text, ffi_value *value) {
    const char *digits = text + 1, *content = strchr(digits, '=');
    size_t      length = content ? (size_t)(content - digits) : strlen(digits);
    char       *end;
    size_t      size = strtoul(digits, &end, 0);
    if (*digits < '0' || *digits > '9' || end != digits + length)
        return refuse(reader, text,
                      "has no size: a buffer is @N or @N=TEXT; text with an @ in front is str:@...");
    if (size > BUFFER_LIMIT) return refuse(reader, text, "is too large: a buffer has at most 1 GiB");
    struct block *block = new_block(reader, BLOCK_BUFFER, NULL, size);
    if (!block) return false;
    value->ptr = block->bytes;
    if (!content) return true;
    struct block *filling = read_text(reader, content + 1);
    if (!filling) return false;
    if (filling->size > size) return refuse(reader, text, "has more text than the buffer has bytes");
    memcpy(block->bytes, filling->bytes, filling->size);
    return true;
}

static bool read_value(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value);

/* Where the value ends: at a comma, but for one that is a character constant. */
static const char *value_end(const char *at, bool list) {
    if (*at == '\'' && at[1]) at += 2;
    return at + (list ? strcspn(at, ",") : strlen(at));
}

/* The values of cells of one type, which stand in a list if they are numbers. */
static bool read_cells(struct reader *reader, struct block *block, const char *text, bool list) {
    size_t size = ffi_type_size(block->type);
    for (size_t i = 0;; i++) {
        const char *end   = value_end(text, list);
        char       *one   = strndup(text, (size_t)(end - text));
        ffi_value   value = {0};
        bool        good  = one && read_value(reader, block->type, one, &value);
        free(one);
        if (!good) return false;
        memcpy(block->bytes + i * size, &value, size);
        if (!*end) return true;
        text = end + 1;
    }
}

/* For a pointer to void the text names the type: `&TYPE` or `&TYPE=VALUES`. */
static const ffi_ctype *named_type(struct reader *reader, const char **text) {
    const char *equals = strchr(*text, '=');
    char       *name   = equals ? strndup(*text, (size_t)(equals - *text)) : strdup(*text);
    if (name && !*name) {
        refuse(reader, *text - 1, "needs a type, as this is a pointer to void: write &TYPE or &TYPE=VALUE");
        return free(name), NULL;
    }
    const ffi_ctype *type = name ? ffi_type_parse(reader->arguments->context, name) : NULL;
    if (!type) complain(EXIT_USAGE, "argument %zu: %s", reader->number, ffi_last_message());
    *text = equals ? equals + 1 : *text + strlen(*text);
    return free(name), type;
}

/* `&` or `&VALUE`; numbers may be a list, `&1,2,3`. */
static bool read_reference(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    const char      *values = text + 1;
    const ffi_ctype *cell   = ffi_type_target(type);
    if (ffi_type_kind(cell) == FFI_KIND_VOID && !(cell = named_type(reader, &values))) return false;
    size_t size = ffi_type_size(cell);
    while (ffi_type_kind(cell) == FFI_KIND_ARRAY) cell = ffi_type_target(cell);
    if (!size) return refuse(reader, text, "points to what has no size; pass a buffer, @N");
    if (size > BUFFER_LIMIT) return refuse(reader, text, "is too large: cells have at most 1 GiB");

    bool   list = ffi_type_kind(cell) != FFI_KIND_POINTER;
    size_t room = ffi_type_size(cell);
    for (const char *at = values; list && *(at = value_end(at, true)); at++) room += ffi_type_size(cell);
    struct block *block = new_block(reader, BLOCK_CELLS, cell, room > size ? room : size);
    if (!block) return false;
    value->ptr = block->bytes;
    if (reader->depth++ == NESTING) return refuse(reader, text, "is nested too deep");
    bool good = !*values || read_cells(reader, block, values, list);
    reader->depth--;
    return good;
}

/* ---- one argument ---- */

static bool read_number(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    enum number how = number_read(text, type, value);
    return how == NUMBER_READ || refuse_number(reader, text, type, how);
}

/* Whether a pointer is to characters, so that it may be given text. */
static bool is_byte_pointer(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(ffi_type_target(type));
    return kind == FFI_KIND_I8 || kind == FFI_KIND_U8;
}

static bool read_value(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    if (ffi_type_kind(type) != FFI_KIND_POINTER) return read_number(reader, type, text, value);
    if (!strcmp(text, "NULL")) return value->ptr = NULL, true;
    if (starts_with(text, "ptr:")) return read_number(reader, type, text + 4, value);
    if (*text == '@') return read_buffer(reader, text, value);
    if (*text == '&') return read_reference(reader, type, text, value);
    if (!is_byte_pointer(type) && !starts_with(text, "str:") && !starts_with(text, "raw:"))
        return read_number(reader, type, text, value);
    const struct block *block = read_text(reader, text);
    if (block) value->ptr = block->bytes;
    return block;
}

/* ---- all of them ---- */

/* The short name of the type of a variable argument; a number's prefix is taken off its text. */
static const char *extra_type(char **text) {
    static const char *const numbers[] = {"bool", "i8",  "u8",  "i16", "u16",   "i32",  "u32",
                                          "i64",  "u64", "f32", "f64", "isize", "usize"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t length = strlen(numbers[i]);
        if (strncmp(*text, numbers[i], length) || (*text)[length] != ':') continue;
        *text += length + 1;
        return numbers[i];
    }
    if (**text == '@' || **text == '&' || starts_with(*text, "ptr:") || !strcmp(*text, "NULL")) return "ptr";
    const char *number = number_type(*text);
    return number ? number : "str";
}

/* The function for calls with the arguments from `fixed` on as variable ones. */
static ffi_function *variadic_form(struct arguments *arguments, size_t fixed, ffi_function *function) {
    char *types = malloc((arguments->count - fixed) * sizeof "usize, " + 1), *end = types;
    if (!types) return NULL;
    *types = 0;
    for (size_t i = fixed; i < arguments->count; i++)
        end += sprintf(end, "%s%s", i > fixed ? ", " : "", extra_type(&arguments->texts[i]));
    ffi_function *form = ffi_function_variadic(function, types);
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
    if (more && !(*function = variadic_form(arguments, count, *function))) return complain_last();
    signature = ffi_function_signature(*function);

    arguments->values = calloc(arguments->count + 1, sizeof *arguments->values);
    if (!arguments->values) return complain(EXIT_FAILED, "there is no memory for the arguments");
    for (size_t i = 0; i < arguments->count; i++) {
        struct reader reader = {.arguments = arguments, .number = i + 1};
        if (!read_value(&reader, ffi_type_parameter(signature, i), arguments->texts[i], &arguments->values[i]))
            return EXIT_USAGE;
    }
    return EXIT_FINE;
}

void arguments_free(struct arguments *arguments) {
    while (arguments->blocks) {
        struct block *block = arguments->blocks;
        arguments->blocks   = block->next;
        free(block->bytes);
        free(block);
    }
    free(arguments->values);
}
