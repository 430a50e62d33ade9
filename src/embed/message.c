/* SPDX-License-Identifier: MIT */
/* Messages about a value that does not fit: its place, the expectation, the value. */
#include "embed.h"

#include <stdarg.h>
#include <stdio.h>

const char *ffi_any_name(ffi_any_kind kind) {
    static const char *const names[] = {"nil",   "bool",    "int",    "uint", "real",     "text",
                                        "bytes", "pointer", "record", "list", "function", "object"};
    return (size_t)kind < countof(names) ? names[kind] : "unknown kind";
}

unsigned utf8_read(const char *text, size_t left, uint32_t *code) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t        *at      = (const uint8_t *)text;
    unsigned more = *at < 0x80 ? 0 : *at >> 5 == 6 ? 1 : *at >> 4 == 14 ? 2 : *at >> 3 == 30 ? 3 : 9;
    if (more >= left) return 0;
    bool good = true;
    *code     = more ? *at & (0x3fu >> more) : *at;
    for (unsigned i = 1; i <= more; i++) good &= at[i] >> 6 == 2, *code = *code << 6 | (at[i] & 0x3f);
    return good && *code >= least[more] && *code <= 0x10ffff && *code >> 11 != 0x1b ? more + 1 : 0;
}

static void line_add_list(struct line *line, const char *format, va_list list) {
    int written = vsnprintf(line->text + line->length, sizeof line->text - line->length, format, list);
    if (written > 0) line->length += (size_t)written;
    if (line->length >= sizeof line->text) line->length = sizeof line->text - 1;
}

void line_add(struct line *line, const char *format, ...) {
    va_list list;
    va_start(list, format);
    line_add_list(line, format, list);
    va_end(list);
}

/* Adds text of the host's: at most `most` bytes of it, as whole characters of UTF-8. Any other byte is shown as \xff is. */
static void add_quoted(struct line *line, const char *text, size_t length, size_t most) {
    size_t   shown = 0;
    uint32_t code;
    for (unsigned bytes; shown < length && shown < most; shown += bytes ? bytes : 1) {
        unsigned char c = (unsigned char)text[shown];
        bytes           = utf8_read(text + shown, length - shown, &code);
        if (shown + bytes > most) break;
        if (c == '"' || c == '\\') line_add(line, "\\%c", c);
        else if (!bytes || c < 32 || c == 127) line_add(line, "\\x%02x", c);
        else line_add(line, "%.*s", (int)bytes, text + shown);
    }
    if (shown < length) line_add(line, "...");
}

static void add_type(struct line *line, const ffi_ctype *type) {
    char text[160];
    ffi_type_format(type, text, sizeof text);
    line_add(line, "%s", text);
}

static void add_place(struct line *line, const struct place *place) {
    if (!place) return;
    add_place(line, place->outer);
    if (place->name) line_add(line, ".%.60s", place->name);
    else line_add(line, "[%zu]", place->index);
}

static void add_argument(struct line *line, const struct conversion *conversion) {
    const char *of = conversion->name       ? conversion->name
                     : conversion->function ? ffi_function_name(conversion->function)
                                            : "";
    if (conversion->index == FFI_RESULT) line_add(line, "the result");
    else line_add(line, "argument %zu", conversion->index + 1);
    if (conversion->index < conversion->shape->count) {
        const char *name = conversion->shape->parameters[conversion->index].name;
        if (*name) line_add(line, " \"%.60s\"", name);
    }
    if (*of) line_add(line, " of %.60s", of);
}

static void add_where(struct line *line, const struct conversion *conversion, const struct place *place) {
    if (conversion->shape) add_argument(line, conversion);
    if (conversion->path) line_add(line, "%s%.100s", conversion->shape ? ", " : "", conversion->path);
    if (place) {
        if (conversion->shape) line_add(line, ", at ");
        add_place(line, place);
    }
    if (line->length) line_add(line, ": ");
}

static void add_text(struct line *line, const ffi_any *any) {
    line_add(line, "text \"");
    add_quoted(line, any->as.text, text_length(any), 40);
    line_add(line, "\"");
}

static void add_value(struct line *line, const ffi_any *any) {
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_NIL: line_add(line, "nil"); return;
    case FFI_ANY_BOOL: line_add(line, any->as.b ? "true" : "false"); return;
    case FFI_ANY_INT: line_add(line, "%lld", (long long)any->as.i64); return;
    case FFI_ANY_UINT: line_add(line, "%llu", (unsigned long long)any->as.u64); return;
    case FFI_ANY_REAL: line_add(line, "%.17g", any->as.f64); return;
    case FFI_ANY_TEXT: add_text(line, any); return;
    case FFI_ANY_BYTES: line_add(line, "%u bytes", any->length); return;
    case FFI_ANY_LIST: line_add(line, "a list of %u", any->length); return;
    case FFI_ANY_POINTER:
    case FFI_ANY_FUNCTION:
    case FFI_ANY_RECORD:
    case FFI_ANY_OBJECT: break;
    }
    bool null = any->kind == FFI_ANY_POINTER && !any->as.ptr;
    line_add(line, "%s", null ? "NULL" : ffi_any_name((ffi_any_kind)any->kind));
    if (any->type) line_add(line, " "), add_type(line, any->type);
}

/* Adds the range of a type of integers, or of a bit-field of this type. */
static void add_range(struct line *line, const ffi_ctype *type, unsigned bits) {
    if (!bits) bits = (unsigned)ffi_type_bits(type);
    if (!bits) bits = (unsigned)ffi_type_size(type) * 8;
    if (!bits || bits > 64) return;
    switch (ffi_type_class(type)) {
    case FFI_CLASS_BOOL: line_add(line, " (0 or 1)"); break;
    case FFI_CLASS_INT:
        line_add(line, " (%lld to %lld)", (long long)(INT64_MIN >> (64 - bits)),
                 (long long)(INT64_MAX >> (64 - bits)));
        break;
    case FFI_CLASS_UINT: line_add(line, " (0 to %llu)", (unsigned long long)(UINT64_MAX >> (64 - bits))); break;
    default: break;
    }
}

ffi_error mismatch(const struct conversion *conversion, const struct place *place, ffi_error code,
                   const ffi_ctype *type, const char *expected, const ffi_any *any) {
    struct line line = {.length = 0};
    add_where(&line, conversion, place);
    line_add(&line, "expected ");
    if (expected) {
        line_add(&line, "%s", expected);
    } else {
        add_type(&line, type);
        if (conversion->bits) line_add(&line, " : %u", conversion->bits);
        if (code == FFI_ERROR_RANGE) add_range(&line, type, conversion->bits);
    }
    line_add(&line, ", got ");
    if (is_absent(conversion, any)) line_add(&line, "%s at NULL", ffi_any_name((ffi_any_kind)any->kind));
    else add_value(&line, any);
    return ffi_fail(code, "%s", line.text);
}

ffi_error argument_failed(const struct conversion *conversion, ffi_error code, const char *format, ...) {
    struct line line = {.length = 0};
    va_list     list;
    add_argument(&line, conversion);
    va_start(list, format);
    line_add_list(&line, format, list);
    va_end(list);
    return ffi_fail(code, "%s", line.text);
}

ffi_error no_member(const struct conversion *conversion, const struct place *place, const ffi_ctype *type,
                    const char *name) {
    struct line line = {.length = 0};
    add_where(&line, conversion, place);
    add_type(&line, type);
    line_add(&line, " has no member \"");
    add_quoted(&line, name, strlen(name), 100);
    line_add(&line, "\"");
    return ffi_fail(FFI_ERROR_ARGUMENT, "%s", line.text);
}
