/* SPDX-License-Identifier: MIT */
/*
 * A value of any type from text: a scalar, or a list in braces as C's initialisers have it (C11 6.7.9), with
 * designators, strings for arrays of characters, and inner braces left out. Stricter than C: the members of a
 * union are one value, and what follows a designator of several parts needs one of its own.
 */
#include "argument.h"
#include "complain.h"
#include "number.h"
#include "source.h"
#include "text.h"
#include "type.h"
#include "variable.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_text_array(const ffi_ctype *type) {
    ffi_kind element = ffi_type_kind(ffi_type_target(type));
    return ffi_type_kind(type) == FFI_KIND_ARRAY && (element == FFI_KIND_I8 || element == FFI_KIND_U8);
}

/* ---- the text of a list ---- */

#define SPACE " \t\n\v\f\r"

static const char *skip_space(const char *at) {
    return at + strspn(at, SPACE);
}

const char *quote_end(const char *at) {
    for (char quote = *at++; *at && *at != quote; at++)
        if (*at == '\\' && at[1]) at++;
    return at;
}

const char *value_end(const char *at) {
    size_t depth = 0;
    for (; *at; at++) {
        if (*at == '"' || *at == '\'') at = quote_end(at);
        if (!*at || (!depth && (*at == ',' || *at == '}'))) return at;
        if (strchr("{([", *at)) depth++;
        else if (depth && strchr("})]", *at)) depth--;
    }
    return at;
}

struct span value_span(const char *at) {
    const char *end = value_end(at);
    while (end > at && strchr(SPACE, end[-1])) end--;
    return (struct span){at, (size_t)(end - at)};
}

size_t literal_type(const char *text) {
    size_t end = 1, depth = 1;
    if (*text != '(') return 0;
    for (; depth && text[end]; end++) depth += (size_t)(text[end] == '(') - (text[end] == ')');
    return !depth && text[end] == '{' && text[strlen(text) - 1] == '}' ? end - 2 : 0;
}

static bool is_name_part(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static size_t name_length(const char *at) {
    size_t length = 0;
    if (*at >= '0' && *at <= '9') return 0;
    while (is_name_part(at[length])) length++;
    return length;
}

static bool is_designator(const char *at) {
    return *at == '[' || (*at == '.' && name_length(at + 1));
}

/* `.name` or `[index]`, up to the next part, the `=` or the end of the value. */
static struct span designator_span(const char *at) {
    struct span text = value_span(at);
    size_t      part = 1 + strcspn(at + 1, *at == '[' ? "]=" SPACE : ".[=" SPACE);
    part += at[part] == ']';
    return part < text.length ? (struct span){at, part} : text;
}

/* ---- scalars ---- */

static bool refuse_number(const struct reader *reader, const char *text, const ffi_field *field,
                          enum number how) {
    ffi_kind kind      = machine_kind(field->type);
    char     width[16] = "";
    if (field->is_bits) snprintf(width, sizeof width, " : %u", field->bit_width);
    if (how == NUMBER_TOO_LARGE) return refuse_size(reader, span_of(text), field->type, width);
    if (number_is_bad_octal(text)) note_that("a number that begins with 0 is octal, with the digits 0 to 7");
    if (is_name_alone(text)) note_that("-I HEADER reads the header that defines a constant");
    switch (kind) {
    case FFI_KIND_BOOL: return refuse(reader, span_of(text), "is not a bool: write true, false, 1 or 0");
    case FFI_KIND_COMPLEX: return refuse(reader, span_of(text), "is not a complex number such as 1+2i");
    default: break;
    }
    if (ffi_type_constant_count(field->type))
        return refuse_type(reader, span_of(text), "is neither an integer nor a constant of", field->type, "");
    return refuse(reader, span_of(text), float_is(kind) ? "is not a number" : "is not an integer");
}

/* Whether a text may be an expression: it has an operator or a name, and no space at its ends. */
static bool may_be_expression(const char *text) {
    size_t length = strlen(text);
    if (!length || isspace((unsigned char)*text) || isspace((unsigned char)text[length - 1])) return false;
    return is_name_alone(text) || strchr("~!(", *text) || (*text != '\'' && strpbrk(text + 1, "+-*/%&|^~<>()"));
}

/* The type of an expression. Its names may be constants of the common headers, if no others are given. */
static const ffi_ctype *constant(struct arguments *arguments, const char *expression, ffi_value *value) {
    const struct options *options = arguments->options;
    const ffi_ctype      *type =
        may_be_expression(expression) ? evaluate(arguments->context, expression, value) : NULL;
    bool named = may_be_expression(expression) && strpbrk(expression, LETTERS);
    if (type || !named || !options || options->source_count) return type;
    declare_common(arguments->context, options);
    arguments->options = NULL; /* they are declared once */
    return evaluate(arguments->context, expression, value);
}

/* Writes the number that a declared name or a constant expression stands for; false if it is none. */
static bool write_constant(struct arguments *arguments, const char *expression, char *text, size_t size) {
    ffi_value        value;
    long double      real;
    const ffi_ctype *type = constant(arguments, expression, &value);
    switch (type ? machine_kind(type) : FFI_KIND_VOID) {
    case FFI_KIND_BOOL:
    case FFI_KIND_I8:
    case FFI_KIND_U8:
    case FFI_KIND_I16:
    case FFI_KIND_U16:
    case FFI_KIND_I32:
    case FFI_KIND_U32:
    case FFI_KIND_I64: return snprintf(text, size, "%" PRId64, value.i64) > 0;
    case FFI_KIND_U64: return snprintf(text, size, "%" PRIu64, value.u64) > 0;
    case FFI_KIND_F32: return snprintf(text, size, "%a", (double)value.f32) > 0;
    case FFI_KIND_F64: return snprintf(text, size, "%a", value.f64) > 0;
    case FFI_KIND_F80:
        if (sizeof real < ffi_type_size(type)) return false;
        memcpy(&real, value.ptr, ffi_type_size(type));
        return snprintf(text, size, "%La", real) > 0;
    default: return false;
    }
}

/* A number, or what stands for one. */
static bool read_number(struct reader *reader, const ffi_field *field, const char *text, void *base) {
    char        digits[64];
    enum number how = number_read(text, field, base);
    if (how == NUMBER_NONE && reader->arguments->variables) {
        char *own  = variables_in_text(reader->arguments->variables, text);
        bool  good = own && write_constant(reader->arguments, own, digits, sizeof digits);
        free(own);
        if (!own) return false;
        if (good) how = number_read(digits, field, base);
    } else if (how == NUMBER_NONE && write_constant(reader->arguments, text, digits, sizeof digits)) {
        how = number_read(digits, field, base);
    }
    return how == NUMBER_READ || refuse_number(reader, text, field, how);
}

/* C lets a scalar stand in braces too. */
static bool read_scalar(struct reader *reader, const ffi_field *field, const char *text, void *base) {
    size_t length = strlen(text);
    if (*text != '{' || text[length - 1] != '}') return read_number(reader, field, text, base);
    char *inside = text_copy(text + 1, length - 2);
    bool  good   = inside && read_number(reader, field, inside, base);
    return free(inside), good;
}

static bool read_pointer(struct reader *reader, const ffi_field *field, const char *text, bool listed,
                         char *base) {
    ffi_value value = {0};
    bool      good  = listed ? pointer_read_listed(reader, field->type, text, &value)
                             : pointer_read(reader, field->type, text, &value);
    if (good) memcpy(base + field->offset, &value.ptr, sizeof value.ptr);
    return good;
}

static bool read_item(struct reader *reader, const ffi_field *field, const char **at, char *base) {
    struct span value = value_span(*at);
    char       *text  = text_copy(value.at, value.length);
    *at               = value_end(*at);
    bool good =
        text && (ffi_type_kind(field->type) == FFI_KIND_POINTER ? read_pointer(reader, field, text, true, base)
                                                                : read_scalar(reader, field, text, base));
    return free(text), good;
}

/* ---- lists ---- */

/* What stands at a wrong place: a value, else the closing brace or comma. */
static bool refuse_rest(const struct reader *reader, const char *at, const char *why) {
    struct span rest = value_span(at);
    if (!rest.length) rest.length = *at != 0;
    return refuse(reader, rest, why);
}

/* The member that the value numbered `index` from 0 is for. */
static bool member_of(const ffi_ctype *type, size_t index, ffi_field *field) {
    ffi_kind kind = ffi_type_kind(type);
    if (kind == FFI_KIND_STRUCT || kind == FFI_KIND_UNION)
        return (kind == FFI_KIND_STRUCT || index == 0) && ffi_type_field(type, index, field);
    const ffi_ctype *element = ffi_type_target(type);
    if (index >= (kind == FFI_KIND_COMPLEX ? 2 : ffi_type_length(type))) return false;
    *field = (ffi_field){.type = element, .offset = index * ffi_type_size(element)};
    return true;
}

/* The same for the value at `at`; members without a size have none but empty braces. */
static bool next_member(const ffi_ctype *type, size_t *index, const char *at, ffi_field *field) {
    if (!ffi_type_size(type) && *at != '{') return false;
    while (member_of(type, *index, field)) {
        ++*index;
        if (ffi_type_size(field->type) || *at == '{') return true;
    }
    return false;
}

/* `.name` or `[index]` of the type of `*field`, which becomes that member. Its number if it is one of the
 * members that are counted, else SIZE_MAX. */
static bool read_part(struct reader *reader, const char **at, ffi_field *field, size_t *number) {
    const ffi_ctype *type  = field->type;
    size_t           begin = field->offset;
    if (**at == '[') {
        char *end;
        *number = strtoul(*at + 1, &end, 0);
        if ((*at)[1] < '0' || (*at)[1] > '9' || *end != ']')
            return refuse(reader, designator_span(*at), "is not an index such as [2]");
        bool there = (ffi_type_kind(type) == FFI_KIND_ARRAY || ffi_type_kind(type) == FFI_KIND_VECTOR) &&
                     member_of(type, *number, field);
        if (!there) return refuse_type(reader, designator_span(*at), "is no element of", type, "");
        *at = end + 1;
    } else {
        size_t length = name_length(*at + 1);
        char  *name   = text_copy(*at + 1, length);
        bool   there  = name && ffi_type_field_named(type, name, field);
        free(name);
        if (!there) return refuse_type(reader, designator_span(*at), "is no member of", type, "");
        ffi_field direct;
        for (*number = 0; ffi_type_field(type, *number, &direct); ++*number)
            if (direct.name && direct.name == field->name) break;
        if (*number == ffi_type_field_count(type)) *number = SIZE_MAX;
        *at += 1 + length;
    }
    field->offset += begin;
    return true;
}

/* `.name=`, `[1].x=`; `*next` is the number of the member behind it, SIZE_MAX if that cannot be told. */
static bool read_designator(struct reader *reader, const ffi_ctype *type, const char **at, ffi_field *field,
                            size_t *next) {
    size_t number = 0, parts = 0;
    for (*field = (ffi_field){.type = type}; is_designator(*at); parts++)
        if (!read_part(reader, at, field, &number)) return false;
    *next = parts > 1 || number == SIZE_MAX ? SIZE_MAX : number + 1;
    *at   = skip_space(*at);
    if (**at != '=') return refuse_rest(reader, *at, "stands where a = is expected");
    *at = skip_space(*at + 1);
    return true;
}

static bool no_member(const struct reader *reader, const char *at, const ffi_ctype *type, size_t index) {
    if (index == SIZE_MAX)
        return refuse(reader, value_span(at),
                      "needs a .name=, as it follows one that does not tell the next member");
    return refuse_type(reader, value_span(at), "is more than the members of", type, "");
}

/* Puts a member behind the path, by its designator if it has one; gives the length back that the path had. */
static size_t enter(struct reader *reader, const ffi_field *field, const ffi_ctype *type,
                    const char *designator) {
    size_t length = strlen(reader->path), room = sizeof reader->path - length;
    char  *end  = reader->path + length;
    size_t size = ffi_type_size(field->type);
    if (designator) snprintf(end, room, "%.*s", (int)strcspn(designator, "= \t\n\v\f\r"), designator);
    else if (field->name) snprintf(end, room, ".%s", field->name);
    else if (!ffi_type_field_count(type) && size) snprintf(end, room, "[%zu]", field->offset / size);
    return length;
}

static bool read_list(struct reader *reader, const ffi_ctype *type, const char **at, char *base, bool braced);

static bool read_string(struct reader *reader, const ffi_ctype *type, const char **at, char *to) {
    const char *end  = quote_end(*at);
    char       *text = *end ? text_copy(*at + 1, (size_t)(end - *at - 1)) : NULL;
    size_t      size = text ? text_unescape(text) : 0;
    bool        good = false;
    if (!*end) refuse(reader, span_of(*at), "has no closing quote");
    else if (size == (size_t)-1)
        refuse(reader, value_span(*at), "has an escape that C does not know; write \\\\ for a backslash");
    else if (size > ffi_type_size(type)) refuse_type(reader, value_span(*at), "is longer than", type, "");
    else if (text) good = memcpy(to, text, size);
    *at = *end ? end + 1 : end;
    return free(text), good;
}

/* A value of a list, `*at` on its first character. */
static bool read_value(struct reader *reader, const ffi_field *field, const char **at, char *base) {
    const ffi_ctype *type = field->type;
    bool             list = type_is_aggregate(type) || ffi_type_kind(type) == FFI_KIND_COMPLEX;
    char            *to   = base + field->offset;
    enum found       own  = variables_read(reader, type, value_span(*at), to);
    if (own != FOUND_NONE) return *at = value_end(*at), own == FOUND;
    if (is_text_array(type) && **at == '"') return read_string(reader, type, at, to);
    if (list && **at == '{') {
        const char *begin = (*at)++;
        if (!read_list(reader, type, at, to, true)) return false;
        if (!**at) return refuse(reader, span_of(begin), "has no closing }");
        if (**at != '}') return refuse_rest(reader, *at, "stands where a comma or } is expected");
        return ++*at, true;
    }
    if (ffi_type_kind(type) == FFI_KIND_VECTOR)
        return refuse_type(reader, value_span(*at), "is not a", type, ": write {...}");
    if (type_is_aggregate(type)) return read_list(reader, type, at, to, false);
    return read_item(reader, field, at, base);
}

/* Whether a list without braces ends before the comma at `at`. */
static bool ends(const ffi_ctype *type, size_t index, const char *at) {
    ffi_field field;
    at = skip_space(at + 1);
    return is_designator(at) || *at == '}' || !next_member(type, &index, at, &field);
}

/* The values of an aggregate up to the closing brace, or up to its last member if it has no braces. */
static bool read_list(struct reader *reader, const ffi_ctype *type, const char **at, char *base, bool braced) {
    size_t    index = 0, count = 0;
    ffi_field field;
    for (*at = skip_space(*at); **at && **at != '}'; count++) {
        const char *begin = *at;
        bool        named = is_designator(begin), only = ffi_type_kind(type) == FFI_KIND_UNION && count;
        if (named && !read_designator(reader, type, at, &field, &index)) return false;
        if (only)
            return refuse_type(reader, value_span(begin), "is a second value for", type, ", which takes one");
        if (!named && !next_member(type, &index, begin, &field)) return no_member(reader, begin, type, index);
        size_t path = enter(reader, &field, type, named ? begin : NULL);
        if (!read_value(reader, &field, at, base)) return false;
        reader->path[path] = 0;
        *at                = skip_space(*at);
        if (**at != ',' || (!braced && ends(type, index, *at))) break;
        *at = skip_space(*at + 1);
    }
    return true;
}

/* ---- whole values ---- */

bool value_read_one(struct reader *reader, const ffi_ctype *type, const char **at, void *bytes) {
    ffi_field field = {.type = type};
    *at             = skip_space(*at);
    if (type_is_aggregate(type) && **at != '{' && !(is_text_array(type) && **at == '"'))
        return refuse_type(reader, value_span(*at), "is not a value of", type,
                           ": write {VALUE, ...} or {.NAME=VALUE}");
    if (!read_value(reader, &field, at, bytes)) return false;
    *at = skip_space(*at);
    return true;
}

bool value_read(struct reader *reader, const ffi_ctype *type, const char *text, void *bytes) {
    ffi_field  field = {.type = type};
    ffi_kind   kind  = ffi_type_kind(type);
    enum found own   = variables_read(reader, type, span_of(text), bytes);
    if (own != FOUND_NONE) return own == FOUND;
    if (kind == FFI_KIND_POINTER) return read_pointer(reader, &field, text, false, bytes);
    if (!type_is_aggregate(type) && !(kind == FFI_KIND_COMPLEX && *text == '{'))
        return read_scalar(reader, &field, text, bytes);
    return value_read_one(reader, type, &text, bytes) &&
           (!*text || refuse(reader, span_of(text), "stands behind the value"));
}
