/* SPDX-License-Identifier: MIT */
/*
 * What is passed by address: text, buffers, and cells of the type that is pointed to. Each is a block of the
 * argument; an address as a number is taken as it is.
 */
#include "argument.h"
#include "complain.h"
#include "number.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

enum { NESTING = 16 };

static bool starts_with(const char *text, const char *prefix) {
    return !strncmp(text, prefix, strlen(prefix));
}

/* ---- text and buffers ---- */

/* C's escapes in a copy, to be freed, are replaced; NULL after a complaint of the argument `text`. */
static char *unescaped(const struct reader *reader, const char *text, const char *from, size_t length,
                       size_t *size) {
    char *copy = text_copy(from, length);
    if (!copy)
        return complain(EXIT_USAGE, "argument %zu: there is no memory for its text", reader->number), NULL;
    if ((*size = text_unescape(copy)) != (size_t)-1) return copy;
    refuse(reader, span_of(text),
           starts_with(text, "wide:")
               ? "has an escape that C does not know; write \\\\ for a backslash"
               : "has an escape that C does not know; write \\\\ for a backslash, or raw: before the text");
    return free(copy), NULL;
}

/* The bytes and a NUL. */
static struct block *bytes_block(struct reader *reader, const void *bytes, size_t size) {
    struct block *block = new_block(reader, BLOCK_TEXT, NULL, size + 1);
    if (!block) return NULL;
    memcpy(block->bytes, bytes, size);
    block->size = size;
    return block;
}

static struct block *text_block(struct reader *reader, const char *text, size_t length) {
    size_t        size;
    char         *bytes = unescaped(reader, text, text, length, &size);
    struct block *block = bytes ? bytes_block(reader, bytes, size) : NULL;
    return free(bytes), block;
}

/* The size of the integers that a pointer is to, if they can be characters of UTF-16 or UTF-32; else 0. */
static size_t wide_unit(const ffi_ctype *type) {
    switch (ffi_type_kind(ffi_type_target(type))) {
    case FFI_KIND_I16:
    case FFI_KIND_U16: return 2;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return 4;
    default: return 0;
    }
}

static struct block *wide_block(struct reader *reader, const ffi_ctype *type, const char *text) {
    size_t unit = wide_unit(type), size = 0, wide_size = 0;
    if (!unit)
        return refuse_type(reader, span_of(text), "is for a pointer to integers of 2 or 4 bytes, not", type,
                           ""),
               NULL;
    const char    *plain = text + strlen("wide:");
    char          *bytes = unescaped(reader, text, plain, strlen(plain), &size);
    unsigned char *wide  = bytes ? malloc((size + 1) * unit) : NULL;
    struct block  *block = NULL;
    if (wide && (wide_size = text_widen(wide, (unsigned char *)bytes, size, unit)) == (size_t)-1)
        refuse(reader, span_of(text), "is not UTF-8");
    else if (wide && (block = new_block(reader, BLOCK_WIDE, NULL, wide_size + unit)) &&
             (block->utf8 = bytes_block(reader, bytes, size))) {
        memcpy(block->bytes, wide, wide_size);
        block->size = wide_size;
    }
    free(wide);
    free(bytes);
    return block && block->utf8 ? block : NULL;
}

/* Text in bytes does not end where wide text has to. */
static bool refuse_narrow(const struct reader *reader, const ffi_ctype *type, const char *text) {
    return refuse_type(reader, span_of(text), "is text in bytes, not for", type, ": write wide:TEXT");
}

/* `const:NAME`: the bytes of a string that was declared. */
static struct block *constant_block(struct reader *reader, const char *text) {
    ffi_value        value;
    const ffi_ctype *type = ffi_declared_value(reader->arguments->context, text + strlen("const:"), &value);
    if (type && ffi_type_kind(type) == FFI_KIND_ARRAY && ffi_type_size(ffi_type_target(type)) == 1)
        return bytes_block(reader, value.str, ffi_type_size(type) - 1);
    return refuse(reader, span_of(text), "does not name a string that -i or -I declares"), NULL;
}

/* `raw:` takes text as it stands; `str:` is for what looks like something else; `wide:` is for a wchar_t *. */
static struct block *read_text(struct reader *reader, const ffi_ctype *type, const char *text) {
    if (starts_with(text, "wide:")) return wide_block(reader, type, text);
    if (starts_with(text, "const:")) return constant_block(reader, text);
    if (starts_with(text, "raw:")) return bytes_block(reader, text + 4, strlen(text + 4));
    if (starts_with(text, "str:")) text += 4;
    return text_block(reader, text, strlen(text));
}

/* `@N` or `@N=TEXT` */
static bool read_buffer(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    const char *digits = text + 1, *content = strchr(digits, '=');
    size_t      length = content ? (size_t)(content - digits) : strlen(digits);
    char       *end;
    size_t      size = strtoul(digits, &end, 0);
    if (*digits < '0' || *digits > '9' || end != digits + length)
        return refuse(reader, span_of(text),
                      "has no size: a buffer is @N or @N=TEXT; text with an @ in front is str:@...");
    if (size > BUFFER_LIMIT) return refuse(reader, span_of(text), "is too large: a buffer has at most 1 GiB");
    struct block *block = new_block(reader, BLOCK_BUFFER, NULL, size);
    if (!block) return false;
    value->ptr = block->bytes;
    if (!content) return true;
    struct block *filling = read_text(reader, type, content + 1);
    if (!filling) return false;
    if (filling->size > size) return refuse(reader, span_of(text), "has more text than the buffer has bytes");
    memcpy(block->bytes, filling->bytes, filling->size);
    return true;
}

/* ---- cells ---- */

/* The values of cells of one type: a list, but for pointers, as text may have commas. */
static bool read_cells(struct reader *reader, const struct block *block, const char *text, bool list) {
    if (!list) return value_read(reader, block->type, text, block->bytes);
    for (size_t at = 0; at < block->size; at += ffi_type_size(block->type)) {
        if (!value_read_one(reader, block->type, &text, block->bytes + at)) return false;
        if (!*text) return true;
        if (*text++ != ',') return refuse(reader, span_of(text - 1), "stands behind the value");
    }
    return refuse(reader, span_of(text),
                  "is more than was counted: a bracket is not closed"); /* {@4=a)} looks so */
}

/* The `=` behind a type, which may have others in braces. */
static const char *equals_behind(const char *text) {
    int depth = 0;
    for (; *text && (depth || *text != '='); text++) depth += (*text == '{') - (*text == '}');
    return *text ? text : NULL;
}

/* The type of the cells that a pointer is given: that of a compound literal, `(TYPE){...}`; for a pointer to
 * void the one that `TYPE` or `TYPE=VALUES` names. `*text` is moved to the values. */
static const ffi_ctype *cell_type(const struct reader *reader, const ffi_ctype *pointer, const char **text) {
    const char *begin  = *text;
    size_t      length = literal_type(begin);
    if (length) return *text += length + 2, parse_type(reader, (struct span){begin + 1, length});
    if (ffi_type_kind(ffi_type_target(pointer)) != FFI_KIND_VOID) return ffi_type_target(pointer);
    const char *equals = equals_behind(begin), *end = equals ? equals : begin + strlen(begin);
    *text = equals ? equals + 1 : end;
    if (end > begin) {
        if (!strchr(LETTERS, *begin))
            note_that("the parameter is a pointer to void: write the type first, such as &int=%.100s", begin);
        const ffi_ctype *type = parse_type(reader, (struct span){begin, (size_t)(end - begin)});
        if (type) forget_note();
        return type;
    }
    refuse(reader, span_of(begin - 1),
           "needs a type, as this is a pointer to void: write &TYPE or &TYPE=VALUE");
    return NULL;
}

/* How many cells the argument has at least: those of `int p[2]` are two. */
static size_t array_length(const struct reader *reader, const ffi_ctype *pointer, const ffi_ctype *cell) {
    bool parameter = !reader->depth && cell == ffi_type_target(pointer);
    return parameter && reader->length ? reader->length : 1;
}

/* `&` or `&VALUE`, or a list of values, `&1,2,3`. An array without braces is as many cells, unless it is text.
 */
static bool read_reference(struct reader *reader, const ffi_ctype *type, const char *text, const char *values,
                           ffi_value *value) {
    const ffi_ctype *cell = cell_type(reader, type, &values);
    if (!cell) return false;
    size_t size = ffi_type_size(cell), length = array_length(reader, type, cell);
    if (!size) return refuse_unknown_size(reader, text, cell, ": pass a buffer, @N");
    if (size > BUFFER_LIMIT / length)
        return refuse(reader, span_of(text), "is too large: cells have at most 1 GiB");
    size *= length;
    if (length > 1 && type_is_char(cell) && (!*values || *values == '"')) /* shown as text */
        cell = ffi_type_array_of(reader->arguments->context, cell, length);
    if (!cell) return complain_last(EXIT_USAGE, NULL), false;
    while (ffi_type_kind(cell) == FFI_KIND_ARRAY && *values != '{' && !type_is_char(ffi_type_target(cell)))
        cell = ffi_type_target(cell);

    bool   list = ffi_type_kind(cell) != FFI_KIND_POINTER;
    size_t room = ffi_type_size(cell);
    for (const char *at = values; list && *(at = value_end(at)) == ','; at++) room += ffi_type_size(cell);
    struct block *block = new_block(reader, BLOCK_CELLS, cell, room > size ? room : size);
    if (!block) return false;
    value->ptr = block->bytes;
    if (reader->depth++ == NESTING) return refuse(reader, span_of(text), "is nested too deep");
    bool good = !*values || read_cells(reader, block, values, list);
    reader->depth--;
    return good;
}

/* ---- names ---- */

/* The `=` of `&NAME=`, where NAME is the parameter's; NULL if there is none. */
static const char *equals_of_name(const struct reader *reader, const char *text) {
    size_t length = strlen(reader->name);
    bool   named  = !reader->depth && !*reader->path && length && !strncmp(text + 1, reader->name, length);
    return named && text[1 + length] == '=' ? text + 1 + length : NULL;
}

/* `&NAME=` and behind it what stands behind `&`, or a buffer: memory that is shown by its name. */
static bool read_named(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    const char    *equals = equals_of_name(reader, text), *values = equals ? equals + 1 : text + 1;
    struct block **block = reader->arguments->end;
    size_t         word  = strspn(values, NAME_LETTERS);
    if (!equals && word && values[word] == '=' && ffi_type_kind(ffi_type_target(type)) != FFI_KIND_VOID)
        note_that(*reader->name ? "the parameter's name is %s: &%s="
                                : "the parameter has no name in the signature",
                  reader->name, reader->name);
    bool good = equals && *values == '@' ? read_buffer(reader, type, values, value)
                                         : read_reference(reader, type, text, values, value);
    if (equals && good) (*block)->name = reader->name;
    return good;
}

/* ---- any of them ---- */

/* Whether a pointer is to characters, so that it may be given text. */
static bool is_byte_pointer(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(ffi_type_target(type));
    return kind == FFI_KIND_I8 || kind == FFI_KIND_U8;
}

/* Whether it is to characters of UTF-16 or UTF-32 by their name; any integer of that size can be one. */
static bool is_wide_pointer(const ffi_ctype *type) {
    char name[64] = "";
    ffi_type_format(ffi_type_target(type), name, sizeof name);
    return wide_unit(type) && (strstr(name, "wchar") || strstr(name, "char16_t") || strstr(name, "char32_t"));
}

/* Says what a pointer of this type takes. */
static bool refuse_address(const struct reader *reader, const ffi_ctype *type, const char *text, bool listed) {
    const char *why = "is not an address: a cell is & or &VALUE, a buffer is @N";
    if (ffi_type_kind(ffi_type_target(type)) == FFI_KIND_VOID)
        why = "is not an address: text is str:TEXT, a buffer is @N, a cell is &TYPE or &TYPE=VALUE";
    else if (is_wide_pointer(type)) why = "is not an address: text is wide:TEXT, a buffer is @N";
    else if (is_byte_pointer(type) && listed) why = "is not an address: within braces text stands in quotes";
    return refuse(reader, span_of(text), why);
}

/* The number of an address, which `text` ends with. */
static bool read_address(struct reader *reader, const ffi_ctype *type, const char *text, const char *number,
                         bool listed, ffi_value *value) {
    switch (number_read(number, &(ffi_field){.type = type}, value)) {
    case NUMBER_READ: return true;
    case NUMBER_TOO_LARGE: return refuse_size(reader, span_of(number), type, "");
    case NUMBER_NONE: break;
    }
    if (ffi_type_kind(ffi_type_target(type)) == FFI_KIND_FUNCTION)
        return refuse(reader, span_of(text),
                      "is not the address of a function: write NULL, sym:NAME or a number such as 0x7f00");
    if (number != text) return refuse(reader, span_of(text), "has no number behind ptr:");
    return refuse_address(reader, type, text, listed);
}

/* Whether a text is marked as more than a number or a plain text. */
static bool is_marked(const char *text) {
    return *text == '@' || *text == '&' || !strcmp(text, "NULL") || starts_with(text, "ptr:") ||
           starts_with(text, "str:") || starts_with(text, "raw:") || starts_with(text, "wide:") ||
           starts_with(text, "const:") || starts_with(text, "sym:");
}

/* `sym:NAME`: a symbol of the library, or of what the program has loaded. */
static bool read_symbol(struct reader *reader, const char *text, ffi_value *value) {
    ffi_library *library = reader->arguments->library, *program;
    const char  *name    = text + strlen("sym:");
    if (library && (value->ptr = ffi_library_symbol(library, name))) return true;
    program = ffi_library_open(reader->arguments->context, NULL, 0);
    if (program && (value->ptr = ffi_library_symbol(program, name))) return true;
    return refuse(reader, span_of(text), "names no symbol of the library or the program");
}

bool pointer_read(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    bool memory = ffi_type_kind(ffi_type_target(type)) != FFI_KIND_FUNCTION;
    if (!strcmp(text, "NULL")) return value->ptr = NULL, true;
    if (starts_with(text, "sym:")) return read_symbol(reader, text, value);
    if (starts_with(text, "ptr:")) return read_address(reader, type, text, text + 4, false, value);
    if (!memory || (!is_byte_pointer(type) && !is_marked(text)))
        return read_address(reader, type, text, text, false, value);
    if (*text == '@') return read_buffer(reader, type, text, value);
    if (*text == '&') {
        if (is_byte_pointer(type)) note_that("text with an & in front is str:&...");
        return read_named(reader, type, text, value) && (forget_note(), true);
    }
    if (wide_unit(type) && !starts_with(text, "wide:")) return refuse_narrow(reader, type, text);
    const struct block *block = read_text(reader, type, text);
    if (block) value->ptr = block->bytes;
    return block;
}

bool pointer_read_listed(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    size_t length = strlen(text);
    if (is_marked(text)) return pointer_read(reader, type, text, value);
    if (length < 2 || *text != '"' || text[length - 1] != '"')
        return read_address(reader, type, text, text, true, value);
    if (wide_unit(type)) return refuse_narrow(reader, type, text);
    struct block *block = text_block(reader, text + 1, length - 2);
    if (block) value->ptr = block->bytes;
    return block;
}
