/* SPDX-License-Identifier: MIT */
/*
 * What came of a call, shown: the result, and what the callee left in the memory that was passed to it. Values
 * are as C's initialisers write them, or JSON. Only a `char *` is followed, as text, and in a union not even
 * that; a pointer into an argument is told as such, since what it points to need not end in a NUL, and is shown
 * with the argument anyway.
 */
#include "show.h"
#include "argument.h"
#include "number.h"
#include "text.h"
#include "type.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How values are written. */
struct style {
    FILE                   *out;
    const struct arguments *arguments;
    bool                    json;
    bool                    given; /* before the call: no pointer is followed but into our memory */
    bool                    plain; /* in a union: no pointer is followed */
};

static size_t cell_count(const struct block *block) {
    return block->size / ffi_type_size(block->type);
}

/* How much of some bytes is text: up to the first NUL. */
static size_t text_length(const unsigned char *bytes, size_t size) {
    const unsigned char *end = memchr(bytes, 0, size);
    return end ? (size_t)(end - bytes) : size;
}

/* ---- pointers ---- */

/* Whether bytes behind a pointer are text as an argument, and so as a result: those of any char, not of uint8_t. */
static bool is_character(const ffi_ctype *type) {
    const char *name = ffi_type_name(type), *behind = strstr(name, "char");
    return type_is_char(type) || (ffi_type_size(type) == 1 && behind && !strcmp(behind, "char"));
}

/* The text that a pointer is to be shown as. In memory of ours it ends where that does. */
static const char *pointed_text(const struct style *style, const ffi_ctype *type, const void *at,
                                const struct block *block, size_t *length) {
    if (block && style->given && block->utf8) return *length = block->utf8->size, (char *)block->utf8->bytes;
    if (block && style->given) return *length = block->size, block->form == BLOCK_TEXT ? at : NULL;
    if (style->given || style->plain || !is_character(ffi_type_target(type))) return NULL;
    if (block && block->form != BLOCK_TEXT) return NULL;
    const char *text = at;
    *length          = block ? text_length(at, block->size - (size_t)((const unsigned char *)at - block->bytes))
                             : strlen(text);
    return text;
}

static void put_cells(const struct style *style, const struct block *block);

/* What a pointer into one of our blocks says, before the call what is in it. */
static void put_inside(const struct style *style, const struct block *block, const unsigned char *at) {
    size_t offset = (size_t)(at - block->bytes);
    if (!style->json) {
        fprintf(style->out, "pointer to argument %zu", block->argument);
        if (offset) fprintf(style->out, " + %zu", offset);
    } else if (!style->given) {
        fprintf(style->out, "{\"argument\": %zu, \"offset\": %zu}", block->argument, offset);
    } else if (block->form == BLOCK_BUFFER) {
        fprintf(style->out, "{\"size\": %zu}", block->size);
    } else {
        fputc('{', style->out);
        put_cells(style, block);
        fputc('}', style->out);
    }
}

/* A pointer that the callee has kept from an earlier call, whose memory is gone. */
static void put_freed(const struct style *style, const struct block *block) {
    fprintf(style->out, "pointer to the freed argument %zu of %s", block->argument, block->function);
}

/* `nested` text stands in quotes: it is part of a larger value. */
static void put_pointer(const struct style *style, const ffi_ctype *type, const void *at, bool nested) {
    size_t              length;
    const struct block *block = at ? arguments_block(style->arguments, at) : NULL;
    const struct block *old   = at && !block ? freed_block(at) : NULL;
    const char         *text  = at && !old ? pointed_text(style, type, at, block, &length) : NULL;
    const char         *quote = style->json ? "\"" : "";
    if (!at) fputs(style->json ? "null" : "NULL", style->out);
    else if (text && style->json) text_json(style->out, text, length);
    else if (text && (nested || (length == 4 && !memcmp(text, "NULL", 4))))
        text_quote(style->out, (const unsigned char *)text, length);
    else if (text) fwrite(text, 1, length, style->out);
    else if (block) put_inside(style, block, at);
    else if (old && !style->json) put_freed(style, old);
    else fprintf(style->out, "%s0x%" PRIxPTR "%s", quote, (uintptr_t)at, quote);
}

/* ---- values ---- */

static void put_value(const struct style *style, const ffi_field *field, const char *base, bool nested);

/* The members of a record, or those of an unnamed one in it, which JSON has no place for of its own. */
static bool put_members(const struct style *style, const ffi_ctype *type, const char *base, bool first) {
    struct style inside = *style;
    ffi_field    field;
    inside.plain |= ffi_type_kind(type) == FFI_KIND_UNION;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        if (style->json && !field.name) {
            first = put_members(&inside, field.type, base + field.offset, first);
            continue;
        }
        if (!first) fputs(", ", style->out);
        first = false;
        if (style->json) text_json(style->out, field.name, strlen(field.name)), fputs(": ", style->out);
        else if (field.name) fprintf(style->out, "%s = ", field.name);
        put_value(&inside, &field, base, true);
    }
    return first;
}

/* An array of char as text, if it is some; as JSON any that is. */
static bool put_text(const struct style *style, const ffi_ctype *type, const unsigned char *bytes) {
    size_t size = ffi_type_size(type), length = text_length(bytes, size);
    if (ffi_type_kind(type) != FFI_KIND_ARRAY || !type_is_char(ffi_type_target(type))) return false;
    bool blank = !length && size && !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
    bool text  = (length || blank) && text_is_printable(bytes, length);
    if (text && style->json) return text_json(style->out, bytes, length), true;
    if (text) return text_quote(style->out, bytes, length), true;
    if (!style->json) return false;
    fputs("{\"hex\": ", style->out);
    text_json_hex(style->out, bytes, size);
    return fputc('}', style->out), true;
}

static void put_elements(const struct style *style, const ffi_ctype *type, const char *base) {
    const ffi_ctype *element = ffi_type_target(type);
    fputc(style->json ? '[' : '{', style->out);
    for (size_t i = 0; ffi_type_size(type) && i < ffi_type_length(type); i++) {
        fputs(i ? ", " : "", style->out);
        put_value(style, &(ffi_field){.type = element}, base + i * ffi_type_size(element), true);
    }
    fputc(style->json ? ']' : '}', style->out);
}

static void put_value(const struct style *style, const ffi_field *field, const char *base, bool nested) {
    const ffi_ctype *type  = field->type;
    const char      *bytes = base + field->offset;
    void            *pointer;
    switch (ffi_type_kind(type)) {
    case FFI_KIND_VOID: fputs("null", style->out); break;
    case FFI_KIND_POINTER:
        memcpy(&pointer, bytes, sizeof pointer);
        put_pointer(style, type, pointer, nested);
        break;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        fputc('{', style->out);
        put_members(style, type, bytes, true);
        fputc('}', style->out);
        break;
    case FFI_KIND_ARRAY:
        if (put_text(style, type, (const unsigned char *)bytes)) break;
        put_elements(style, type, bytes);
        break;
    case FFI_KIND_VECTOR: put_elements(style, type, bytes); break;
    default: number_print(style->out, field, base, style->json); break;
    }
}

static void put_whole(const struct style *style, const ffi_ctype *type, const void *bytes) {
    put_value(style, &(ffi_field){.type = type}, bytes, false);
}

/* ---- blocks ---- */

/* The values of cells; with their type in JSON, where that of more than one is an array. */
static void put_cells(const struct style *style, const struct block *block) {
    size_t count = cell_count(block), size = ffi_type_size(block->type);
    if (style->json) {
        char *name = type_text(block->type);
        fputs("\"type\": ", style->out);
        text_json(style->out, name ? name : "", name ? strlen(name) : 0);
        free(name);
        fprintf(style->out, ", \"value\": %s", count > 1 ? "[" : "");
    }
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", style->out);
        put_whole(style, block->type, block->bytes + i * size);
    }
    if (style->json && count > 1) fputc(']', style->out);
}

static void put_buffer(FILE *out, const struct block *block) {
    size_t length = text_length(block->bytes, block->size);
    fprintf(out, "%zu byte%s", block->size, block->size == 1 ? "" : "s");
    if (length && text_is_printable(block->bytes, length)) {
        fputs(", ", out);
        text_quote(out, block->bytes, length);
    }
    fputc('\n', out);
    text_dump(out, block->bytes, block->size);
}

static void put_json_buffer(FILE *out, const struct block *block) {
    size_t length = text_length(block->bytes, block->size);
    fprintf(out, "\"size\": %zu, \"hex\": ", block->size);
    text_json_hex(out, block->bytes, block->size);
    fputs(", \"text\": ", out);
    if (length && text_is_printable(block->bytes, length)) text_json(out, block->bytes, length);
    else fputs("null", out);
}

static bool is_output(const struct block *block) {
    return block->form == BLOCK_BUFFER || block->form == BLOCK_CELLS;
}

/* ---- all of a call ---- */

void show_value(FILE *out, const ffi_ctype *type, const void *bytes, bool json) {
    struct arguments none = {0};
    put_whole(&(struct style){.out = out, .arguments = &none, .json = json}, type, bytes);
}

/* A pointer to a record, to a number or to another pointer is shown by what it points to. */
static void put_result(const struct style *style, const ffi_ctype *type, const void *result, bool follow) {
    const ffi_ctype *target = ffi_type_target(type);
    const void      *at     = NULL;
    if (follow && ffi_type_kind(type) == FFI_KIND_POINTER && ffi_type_is_complete(target) &&
        !is_character(target))
        memcpy(&at, result, sizeof at);
    if (at && !freed_block(at)) put_whole(style, target, at);
    else put_whole(style, type, result);
}

void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, const void *result,
                  bool follow) {
    struct style     style = {.out = out, .arguments = arguments};
    const ffi_ctype *type  = ffi_type_target(signature);
    if (ffi_type_kind(type) != FFI_KIND_VOID) {
        put_result(&style, type, result, follow);
        fputc('\n', out);
    }
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        if (!is_output(block)) continue;
        if (block->name) fprintf(out, "%s: ", block->name);
        else fprintf(out, "argument %zu: ", block->argument);
        if (block->form == BLOCK_BUFFER) {
            put_buffer(out, block);
        } else {
            put_cells(&style, block);
            fputc('\n', out);
        }
    }
}

void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature) {
    struct style style = {.out = out, .arguments = arguments, .json = true, .given = true};
    fputs("\"arguments\": [", out);
    for (size_t i = 0; i < arguments->count; i++) {
        const ffi_ctype *type = ffi_type_parameter(signature, i);
        fputs(i ? ", " : "", out);
        put_whole(&style, type, argument_bytes(type, &arguments->values[i]));
    }
    fputc(']', out);
}

void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       const void *result, bool follow) {
    struct style style   = {.out = out, .arguments = arguments, .json = true};
    const char  *between = "";
    fputs("\"result\": ", out);
    put_result(&style, ffi_type_target(signature), result, follow);
    fputs(", \"outputs\": [", out);
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        if (!is_output(block)) continue;
        fprintf(out, "%s{\"argument\": %zu, ", between, block->argument);
        if (block->name) fprintf(out, "\"name\": \"%s\", ", block->name);
        if (block->form == BLOCK_BUFFER) put_json_buffer(out, block);
        else put_cells(&style, block);
        fputc('}', out);
        between = ", ";
    }
    fputc(']', out);
}
