/* SPDX-License-Identifier: MIT */
/*
 * What is passed by address: text, buffers, and cells of the type that is pointed to. Each is a block of the
 * argument; an address as a number is taken as it is.
 */
#include "ffi.h"

#include <stdlib.h>
#include <string.h>

enum { NESTING = 16 };

static bool starts_with(const char *text, const char *prefix) {
    return !strncmp(text, prefix, strlen(prefix));
}

/* ---- text and buffers ---- */

static struct block *text_block(struct reader *reader, const char *text, size_t length, bool raw) {
    struct block *block = new_block(reader, BLOCK_TEXT, NULL, length + 1);
    if (!block) return NULL;
    memcpy(block->bytes, text, length);
    block->size = raw ? length : text_unescape((char *)block->bytes);
    if (block->size != (size_t)-1) return block;
    block->size = 0;
    refuse(reader, text,
           "has an escape that C does not know; write \\\\ for a backslash, or raw: before the text");
    return NULL;
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
    size_t      unit  = wide_unit(type);
    const char *plain = text + strlen("wide:");
    if (!unit)
        return refuse_type(reader, text, "is for a pointer to integers of 2 or 4 bytes, not", type, ""), NULL;
    struct block *utf8  = text_block(reader, plain, strlen(plain), true);
    struct block *block = utf8 ? new_block(reader, BLOCK_WIDE, NULL, (utf8->size + 1) * unit) : NULL;
    if (!block) return NULL;
    block->utf8   = utf8;
    size_t length = text_unescape((char *)utf8->bytes);
    if (length == (size_t)-1)
        return refuse(reader, text, "has an escape that C does not know; write \\\\ for a backslash"), NULL;
    size_t size = text_widen(block->bytes, utf8->bytes, length, unit);
    if (size == (size_t)-1) return refuse(reader, text, "is not UTF-8"), NULL;
    utf8->size  = length;
    block->size = size;
    return block;
}

/* Text in bytes does not end where wide text has to. */
static bool refuse_narrow(const struct reader *reader, const ffi_ctype *type, const char *text) {
    return refuse_type(reader, text, "is text in bytes, not for", type, ": write wide:TEXT");
}

/* `raw:` takes text as it stands; `str:` is for what looks like something else; `wide:` is for a wchar_t *. */
static struct block *read_text(struct reader *reader, const ffi_ctype *type, const char *text) {
    if (starts_with(text, "wide:")) return wide_block(reader, type, text);
    bool raw = starts_with(text, "raw:");
    if (raw || starts_with(text, "str:")) text += 4;
    return text_block(reader, text, strlen(text), raw);
}

/* `@N` or `@N=TEXT` */
static bool read_buffer(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
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
    struct block *filling = read_text(reader, type, content + 1);
    if (!filling) return false;
    if (filling->size > size) return refuse(reader, text, "has more text than the buffer has bytes");
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
        if (*text++ != ',') return refuse(reader, text - 1, "stands behind the value");
    }
    return refuse(reader, text, "is more than was counted: a bracket is not closed"); /* {@4=a)} looks so */
}

/* The `=` behind a type, which may have others in braces. */
static const char *equals_behind(const char *text) {
    int depth = 0;
    for (; *text && (depth || *text != '='); text++) depth += (*text == '{') - (*text == '}');
    return *text ? text : NULL;
}

static const ffi_ctype *parse_type(const struct reader *reader, const char *text, size_t length) {
    char            *name = text_copy(text, length);
    const ffi_ctype *type = name ? ffi_type_parse(reader->arguments->context, name) : NULL;
    if (!type) complain(EXIT_USAGE, "argument %zu: %s", reader->number, ffi_last_message());
    return free(name), type;
}

/* The type of the cells that a pointer is given: that of a compound literal, `(TYPE){...}`; for a pointer to
 * void the one that `TYPE` or `TYPE=VALUES` names. `*text` is moved to the values. */
static const ffi_ctype *cell_type(const struct reader *reader, const ffi_ctype *pointer, const char **text) {
    const char *begin  = *text;
    size_t      length = literal_type(begin);
    if (length) return *text += length + 2, parse_type(reader, begin + 1, length);
    if (ffi_type_kind(ffi_type_target(pointer)) != FFI_KIND_VOID) return ffi_type_target(pointer);
    const char *equals = equals_behind(begin), *end = equals ? equals : begin + strlen(begin);
    *text = equals ? equals + 1 : end;
    if (end > begin) return parse_type(reader, begin, (size_t)(end - begin));
    refuse(reader, begin - 1, "needs a type, as this is a pointer to void: write &TYPE or &TYPE=VALUE");
    return NULL;
}

/* `&` or `&VALUE`, or a list of values, `&1,2,3`. An array without braces is as many cells, unless it is text.
 */
static bool read_reference(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    const char      *values = text + 1;
    const ffi_ctype *cell   = cell_type(reader, type, &values);
    if (!cell) return false;
    size_t size = ffi_type_size(cell);
    if (!size) return refuse(reader, text, "points to what has no size; pass a buffer, @N");
    if (size > BUFFER_LIMIT) return refuse(reader, text, "is too large: cells have at most 1 GiB");
    while (ffi_type_kind(cell) == FFI_KIND_ARRAY && *values != '{' && !type_is_char(ffi_type_target(cell)))
        cell = ffi_type_target(cell);

    bool   list = ffi_type_kind(cell) != FFI_KIND_POINTER;
    size_t room = ffi_type_size(cell);
    for (const char *at = values; list && *(at = value_end(at)) == ','; at++) room += ffi_type_size(cell);
    struct block *block = new_block(reader, BLOCK_CELLS, cell, room > size ? room : size);
    if (!block) return false;
    value->ptr = block->bytes;
    if (reader->depth++ == NESTING) return refuse(reader, text, "is nested too deep");
    bool good = !*values || read_cells(reader, block, values, list);
    reader->depth--;
    return good;
}

/* ---- any of them ---- */

static bool read_address(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    switch (number_read(text, &(ffi_field){.type = type}, value)) {
    case NUMBER_READ: return true;
    case NUMBER_TOO_LARGE: return refuse_size(reader, text, type, "");
    case NUMBER_NONE: break;
    }
    return refuse(reader, text, "is not an address; see 'ffi call --help' for text, @ and &");
}

/* Whether a text is marked as more than a number or a plain text. */
static bool is_marked(const char *text) {
    return *text == '@' || *text == '&' || !strcmp(text, "NULL") || starts_with(text, "ptr:") ||
           starts_with(text, "str:") || starts_with(text, "raw:") || starts_with(text, "wide:");
}

/* Whether a pointer is to characters, so that it may be given text. */
static bool is_byte_pointer(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(ffi_type_target(type));
    return kind == FFI_KIND_I8 || kind == FFI_KIND_U8;
}

bool pointer_read(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    if (!strcmp(text, "NULL")) return value->ptr = NULL, true;
    if (starts_with(text, "ptr:")) return read_address(reader, type, text + 4, value);
    if (*text == '@') return read_buffer(reader, type, text, value);
    if (*text == '&') return read_reference(reader, type, text, value);
    if (!is_byte_pointer(type) && !is_marked(text)) return read_address(reader, type, text, value);
    if (wide_unit(type) && !starts_with(text, "wide:")) return refuse_narrow(reader, type, text);
    const struct block *block = read_text(reader, type, text);
    if (block) value->ptr = block->bytes;
    return block;
}

bool pointer_read_listed(struct reader *reader, const ffi_ctype *type, const char *text, ffi_value *value) {
    size_t length = strlen(text);
    if (is_marked(text)) return pointer_read(reader, type, text, value);
    if (length < 2 || *text != '"' || text[length - 1] != '"') return read_address(reader, type, text, value);
    if (wide_unit(type)) return refuse_narrow(reader, type, text);
    struct block *block = text_block(reader, text + 1, length - 2, false);
    if (block) value->ptr = block->bytes;
    return block;
}
