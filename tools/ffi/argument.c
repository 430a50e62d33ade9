/* SPDX-License-Identifier: MIT */
/*
 * The arguments of a call: converts text from the command line to a value of its parameter's type. Values
 * passed by address (text, buffers, cells) and values larger than a slot are in blocks (block.c) until the
 * results are shown.
 *
 * A variable argument has the type that C would give to it as a constant, or the type written before it.
 */
#include "argument.h"
#include "complain.h"
#include "number.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

enum { PLACE_ROOM = 192 };

/* ---- complaints ---- */

/* The part of the argument that a complaint is about: `argument 2, .line[1].x: `. */
static void put_place(const struct reader *reader, char place[PLACE_ROOM]) {
    char number[32] = "";
    if (reader->number) snprintf(number, sizeof number, " %zu", reader->number);
    snprintf(place, PLACE_ROOM, "%s%s%s%s", reader->number ? "argument" : "the value", number,
             *reader->path ? ", " : "", reader->path);
}

bool refuse(const struct reader *reader, struct span text, const char *why) {
    char place[PLACE_ROOM], brief[BRIEF_ROOM];
    put_place(reader, place);
    complain(EXIT_USAGE, "%s: '%s' %s", place, text_brief(brief, text), why);
    return false;
}

bool refuse_type(const struct reader *reader, struct span text, const char *how, const ffi_ctype *type,
                 const char *more) {
    char place[PLACE_ROOM], brief[BRIEF_ROOM], *name = type_text(type);
    put_place(reader, place);
    complain(EXIT_USAGE, "%s: '%s' %s %.200s%s", place, text_brief(brief, text), how, name ? name : "its type",
             more);
    return free(name), false;
}

bool refuse_size(const struct reader *reader, struct span text, const ffi_ctype *type, const char *more) {
    char place[PLACE_ROOM], brief[BRIEF_ROOM], *name = type_text(type);
    put_place(reader, place);
    complain(EXIT_USAGE, "%s: %s does not fit %.200s%s", place, text_brief(brief, text),
             name ? name : "its type", more);
    return free(name), false;
}

bool refuse_unknown_size(const struct reader *reader, const char *text, const ffi_ctype *type,
                         const char *more) {
    ffi_kind kind = ffi_type_kind(type);
    if (kind == FFI_KIND_STRUCT || kind == FFI_KIND_UNION)
        note_that("-I HEADER reads the header that defines it");
    char why[64];
    snprintf(why, sizeof why, ", which is not known%s", more);
    return refuse_type(reader, span_of(text), "needs the size of", type, why);
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

/* The type of a variable argument. Removes a type written before the value from the text. NULL after a
 * complaint. */
static struct span extra_type(const struct reader *reader, char **text) {
    static const char *const numbers[] = {"bool", "i8",  "u8",  "i16", "u16",   "i32",  "u32",
                                          "i64",  "u64", "f32", "f64", "isize", "usize"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t length = strlen(numbers[i]);
        if (strncmp(*text, numbers[i], length) != 0 || (*text)[length] != ':') continue;
        *text += length + 1;
        return (struct span){numbers[i], length};
    }
    struct span literal = {*text + 1, literal_type(*text)};
    if (literal.length) {
        const ffi_ctype *type = parse_type(reader, literal);
        if (type && !ffi_type_is_complete(type)) refuse_unknown_size(reader, *text, type, "");
        *text += literal.length + 2;
        return ffi_type_is_complete(type) ? literal : (struct span){0};
    }
    if (!strncmp(*text, "wide:", 5)) return span_of("wchar_t *");
    if (**text == '@' || **text == '&' || !strncmp(*text, "ptr:", 4) || !strncmp(*text, "sym:", 4) ||
        !strcmp(*text, "NULL"))
        return span_of("ptr");
    const char *name = "str";
    if (number_type(*text, &name) == NUMBER_TOO_LARGE)
        return refuse(reader, span_of(*text),
                      !strcmp(name, "f64") ? "does not fit double; text of digits is str:TEXT"
                                           : "does not fit a 64-bit integer; text of digits is str:TEXT"),
               (struct span){0};
    return span_of(name);
}

const ffi_ctype *parse_type(const struct reader *reader, struct span text) {
    char             about[PLACE_ROOM];
    char            *name = text_copy(text.at, text.length);
    const ffi_ctype *type = name ? ffi_type_parse(reader->arguments->context, name) : NULL;
    put_place(reader, about);
    if (!type) complain_last(EXIT_USAGE, about);
    return free(name), type;
}

/* The variadic form of a function, for the arguments from `fixed` on. */
static int make_variadic(struct arguments *arguments, size_t fixed, ffi_function **function) {
    size_t room = 1;
    for (size_t i = fixed; i < arguments->count; i++)
        room += strlen(arguments->texts[i]) + sizeof "wchar_t *, ";
    char *types = malloc(room), *end = types;
    if (!types) return complain(EXIT_FAILED, "there is no memory for the arguments");
    *types = 0;
    for (size_t i = fixed; i < arguments->count; i++) {
        struct reader reader = {.arguments = arguments, .number = i + 1};
        struct span   type   = extra_type(&reader, &arguments->texts[i]);
        if (!type.length) return free(types), EXIT_USAGE;
        end += sprintf(end, "%s%.*s", i > fixed ? ", " : "", (int)type.length, type.at);
    }
    ffi_function *form = ffi_function_variadic(*function, types);
    free(types);
    if (!form) return complain_last(EXIT_USAGE, "the variable arguments");
    return *function = form, EXIT_FINE;
}

/* The number of variable arguments that a text asks for, as the format of printf or scanf; 0 if it is none. */
static size_t asked_by_format(const struct arguments *arguments, const char *name, const char *format) {
    char   types[2048], signature[sizeof types + 16]; /* 64 types, each of up to 22 characters */
    bool   scans  = strstr(name, "scanf") != NULL;
    size_t length = scans                    ? ffi_types_of_scan_format(format, types, sizeof types)
                    : strstr(name, "printf") ? ffi_types_of_format(format, types, sizeof types)
                                             : 0;
    if (!length || length >= sizeof types) return 0;
    snprintf(signature, sizeof signature, "void(int, ..., %s)", types);
    size_t count = ffi_type_parameter_count(ffi_type_parse(arguments->context, signature));
    return count ? count - 1 : 0;
}

/* A call with fewer arguments than its format asks for would read what no caller has passed. */
static int check_format(const struct arguments *arguments, size_t fixed, const char *name) {
    const char         *format = fixed ? arguments->values[fixed - 1].str : NULL;
    const struct block *block  = arguments->blocks;
    while (block && (const char *)block->bytes != format) block = block->next;
    size_t asked = format && block ? asked_by_format(arguments, name, format) : 0;
    if (asked <= arguments->count - fixed) return EXIT_FINE;
    return complain(EXIT_USAGE, "the format of %s asks for %zu argument%s, but %zu %s given", name, asked,
                    asked == 1 ? "" : "s", arguments->count - fixed,
                    arguments->count - fixed == 1 ? "is" : "are");
}

int arguments_read(struct arguments *arguments, ffi_function **function) {
    const ffi_ctype *signature = ffi_function_signature(*function);
    size_t           count     = ffi_type_parameter_count(signature);
    /* A signature may name the types of its variable arguments; then they count as fixed. */
    bool more      = ffi_type_is_variadic(signature) && ffi_type_fixed_count(signature) == count;
    arguments->end = &arguments->blocks;
    if (arguments->count > FFI_MAX_ARGUMENTS)
        return complain(EXIT_USAGE, "a call has at most %d arguments, but %zu are given", FFI_MAX_ARGUMENTS,
                        arguments->count);
    if (arguments->count < count || (arguments->count > count && !more)) {
        const char *name = ffi_function_name(*function);
        if (arguments->count && *name && strchr(arguments->texts[0], '('))
            note_that("a signature has the name in it and stands in its place, such as 'int %s(int)'", name);
        return complain(EXIT_USAGE, "%s takes %s%zu argument%s, but %zu %s given", name,
                        more ? "at least " : "", count, count == 1 ? "" : "s", arguments->count,
                        arguments->count == 1 ? "is" : "are");
    }
    int code = more ? make_variadic(arguments, count, function) : EXIT_FINE;
    if (code) return code;
    signature = ffi_function_signature(*function);

    arguments->values = calloc(arguments->count + 1, sizeof *arguments->values);
    if (!arguments->values) return complain(EXIT_FAILED, "there is no memory for the arguments");
    for (size_t i = 0; i < arguments->count; i++) {
        const char   *name   = ffi_type_parameter_name(signature, i);
        struct reader reader = {.arguments = arguments,
                                .number    = i + 1,
                                .length    = ffi_type_parameter_length(signature, i),
                                .name      = name + strspn(name, "_")};
        if (!read_argument(&reader, ffi_type_parameter(signature, i), arguments->texts[i],
                           &arguments->values[i]))
            return EXIT_USAGE;
    }
    return more ? check_format(arguments, count, ffi_function_name(*function)) : EXIT_FINE;
}
