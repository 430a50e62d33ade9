/* SPDX-License-Identifier: MIT */
/*
 * Types as C text. A declaration is printed in two halves around the place of its name: `int (*` and
 * `)[3]`; that is all there is to C's declarators (C11 6.7.6).
 */
#include "abi.h"
#include "text.h"
#include "util.h"

#include <stdarg.h>
#include <stdio.h>

void text_put(struct text *text, const char *format, ...) {
    size_t  at = text->length < text->size ? text->length : text->size;
    va_list list;
    va_start(list, format);
    int written = vsnprintf(text->size ? text->buffer + at : NULL, text->size - at, format, list);
    va_end(list);
    if (written > 0) text->length += (size_t)written;
}

static void put_qualifiers(struct text *text, unsigned qualifiers) {
    static const struct {
        unsigned    bit;
        const char *word;
    } words[]           = {{QUALIFIER_CONST, "const"},
                           {QUALIFIER_VOLATILE, "volatile"},
                           {QUALIFIER_RESTRICT, "restrict"},
                           {QUALIFIER_ATOMIC, "_Atomic"}};
    const char *between = "";
    for (size_t i = 0; i < countof(words); i++) {
        if (!(qualifiers & words[i].bit)) continue;
        text_put(text, "%s%s", between, words[i].word);
        between = " ";
    }
}

/* Whether `*` must be bracketed to bind to the name before the suffix of what it points to does. */
static bool has_suffix(const ffi_ctype *type) {
    return type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_FUNCTION;
}

/* Whether the half before the name ends in a `*`, to which the next one is joined. */
static bool ends_in_star(const ffi_ctype *type) {
    while (has_suffix(type)) type = type->target;
    return type->kind == FFI_KIND_POINTER && !type->qualifiers;
}

static void put_before(struct text *text, const ffi_ctype *type) {
    switch (type->kind) {
    case FFI_KIND_POINTER:
        put_before(text, type->target);
        text_put(text, ends_in_star(type->target) ? "" : " ");
        text_put(text, has_suffix(type->target) ? "(*" : "*");
        put_qualifiers(text, type->qualifiers);
        break;
    case FFI_KIND_ARRAY:
    case FFI_KIND_FUNCTION: put_before(text, type->target); break;
    default:
        put_qualifiers(text, type->qualifiers);
        if (type->qualifiers) text_put(text, " ");
        if (type->kind == FFI_KIND_STRUCT) text_put(text, "struct ");
        if (type->kind == FFI_KIND_UNION) text_put(text, "union ");
        if (type->kind == FFI_KIND_ENUM) text_put(text, "enum ");
        text_put(text, "%s", type->name);
    }
}

static void put_parameters(struct text *text, const ffi_ctype *type) {
    text_put(text, "(");
    for (size_t i = 0; i < type->count; i++) {
        if (i) text_put(text, ", ");
        if (type->variadic && i == type->fixed) text_put(text, "..., ");
        text_put_type(text, type->params[i]);
    }
    if (type->variadic && type->fixed == type->count) text_put(text, type->count ? ", ..." : "...");
    if (!type->count && !type->variadic) text_put(text, "void");
    text_put(text, ")");
    if (type->abi != abi_default && type->abi->attribute)
        text_put(text, " __attribute__((%s))", type->abi->attribute);
}

static void put_after(struct text *text, const ffi_ctype *type) {
    switch (type->kind) {
    case FFI_KIND_POINTER:
        if (has_suffix(type->target)) text_put(text, ")");
        put_after(text, type->target);
        break;
    case FFI_KIND_ARRAY:
        if (type->count) text_put(text, "[%zu]", type->count);
        else text_put(text, "[]");
        put_after(text, type->target);
        break;
    case FFI_KIND_FUNCTION:
        put_parameters(text, type);
        put_after(text, type->target);
        break;
    default: break;
    }
}

void text_put_type(struct text *text, const ffi_ctype *type) {
    put_before(text, type);
    if (type->kind == FFI_KIND_FUNCTION) text_put(text, " ");
    put_after(text, type);
}

size_t ffi_type_format(const ffi_ctype *type, char *buffer, size_t size) {
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    text_put(&text, "%s", "");
    if (type) text_put_type(&text, type);
    return text.length;
}
