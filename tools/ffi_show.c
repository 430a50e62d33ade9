/* SPDX-License-Identifier: MIT */
/*
 * What came of a call, for a person or as JSON: the result, and what the callee left in the memory that was
 * passed to it. Only a `char *` is followed, as text; a pointer into an argument is told as such, since
 * what it points to need not end in a NUL, and is shown with the argument anyway.
 */
#define _POSIX_C_SOURCE 200809L /* strnlen */
#include "ffi.h"

#include <inttypes.h>
#include <string.h>

/* Whether a type is `char *`, qualified or not: a `signed char *` is as likely to be numbers. */
static bool is_text_pointer(const ffi_ctype *type) {
    char   target[64];
    size_t length = ffi_type_format(ffi_type_target(type), target, sizeof target);
    return length >= 4 && length < sizeof target && !strcmp(target + length - 4, "char") &&
           !strstr(target, "signed");
}

static ffi_value cell_value(const struct block *block, size_t index) {
    ffi_value value = {0};
    size_t    size  = ffi_type_size(block->type);
    memcpy(&value, block->bytes + index * size, size);
    return value;
}

static size_t cell_count(const struct block *block) {
    return block->size / ffi_type_size(block->type);
}

/* How much of a block is text: up to the first NUL. */
static size_t text_length(const struct block *block) {
    const unsigned char *end = memchr(block->bytes, 0, block->size);
    return end ? (size_t)(end - block->bytes) : block->size;
}

/* ---- pointers ---- */

/* The text that a pointer is to be shown as. In memory of ours it ends where that does. */
static const char *pointed_text(const ffi_ctype *type, const void *at, const struct block *block,
                                size_t *length) {
    if (!is_text_pointer(type) || (block && block->form != BLOCK_TEXT)) return NULL;
    const char *text = at;
    *length =
        block ? strnlen(text, block->size - (size_t)((const unsigned char *)at - block->bytes)) : strlen(text);
    return text;
}

static void put_pointer(FILE *out, const struct arguments *arguments, const ffi_ctype *type, const void *at) {
    size_t              length;
    const struct block *block = at ? arguments_block(arguments, at) : NULL;
    const char         *text  = at ? pointed_text(type, at, block, &length) : NULL;
    if (!at) fputs("NULL", out);
    else if (text) fwrite(text, 1, length, out);
    else if (!block) fprintf(out, "0x%" PRIxPTR, (uintptr_t)at);
    else {
        size_t offset = (size_t)((const unsigned char *)at - block->bytes);
        fprintf(out, "pointer to argument %zu", block->argument);
        if (offset) fprintf(out, " + %zu", offset);
    }
}

static void put_json_pointer(FILE *out, const struct arguments *arguments, const ffi_ctype *type,
                             const void *at) {
    size_t              length;
    const struct block *block = at ? arguments_block(arguments, at) : NULL;
    const char         *text  = at ? pointed_text(type, at, block, &length) : NULL;
    if (!at) fputs("null", out);
    else if (text) text_json(out, text, length);
    else if (!block) fprintf(out, "\"0x%" PRIxPTR "\"", (uintptr_t)at);
    else
        fprintf(out, "{\"argument\": %zu, \"offset\": %zu}", block->argument,
                (size_t)((const unsigned char *)at - block->bytes));
}

/* ---- for a person ---- */

static void put_value(FILE *out, const struct arguments *arguments, const ffi_ctype *type, ffi_value value) {
    if (ffi_type_kind(type) == FFI_KIND_POINTER) put_pointer(out, arguments, type, value.ptr);
    else number_print(out, machine_kind(type), value, false);
}

static void put_buffer(FILE *out, const struct block *block) {
    size_t length = text_length(block);
    fprintf(out, "%zu byte%s", block->size, block->size == 1 ? "" : "s");
    if (length && text_is_printable(block->bytes, length)) {
        fputs(", ", out);
        text_quote(out, block->bytes, length);
    }
    fputc('\n', out);
    text_dump(out, block->bytes, block->size);
}

void show_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature, ffi_value result) {
    const ffi_ctype *type = ffi_type_target(signature);
    if (ffi_type_kind(type) != FFI_KIND_VOID) {
        put_value(out, arguments, type, result);
        fputc('\n', out);
    }
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        if (block->form == BLOCK_TEXT) continue;
        fprintf(out, "argument %zu: ", block->argument);
        if (block->form == BLOCK_BUFFER) {
            put_buffer(out, block);
            continue;
        }
        for (size_t i = 0; i < cell_count(block); i++) {
            fputs(i ? ", " : "", out);
            put_value(out, arguments, block->type, cell_value(block, i));
        }
        fputc('\n', out);
    }
}

/* ---- as JSON ---- */

typedef void put_json(FILE *out, const struct arguments *arguments, const ffi_ctype *type, ffi_value value);

/* `"type": "int", "value": 4`; the value of more than one cell is an array. */
static void put_json_cells(FILE *out, const struct arguments *arguments, const struct block *block,
                           put_json *put) {
    char   name[256];
    size_t count = cell_count(block);
    ffi_type_format(block->type, name, sizeof name);
    fprintf(out, "\"type\": ");
    text_json(out, name, strlen(name));
    fprintf(out, ", \"value\": %s", count > 1 ? "[" : "");
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", out);
        put(out, arguments, block->type, cell_value(block, i));
    }
    if (count > 1) fputc(']', out);
}

/* A value as it was given. No pointer is followed that is not into our memory: the callee may not have. */
static void put_json_given(FILE *out, const struct arguments *arguments, const ffi_ctype *type,
                           ffi_value value) {
    bool pointer = ffi_type_kind(type) == FFI_KIND_POINTER;
    if (!pointer) {
        number_print(out, machine_kind(type), value, true);
        return;
    }
    const struct block *block = value.ptr ? arguments_block(arguments, value.ptr) : NULL;
    if (!value.ptr) fputs("null", out);
    else if (!block) fprintf(out, "\"0x%" PRIxPTR "\"", (uintptr_t)value.ptr);
    else if (block->form == BLOCK_TEXT) text_json(out, block->bytes, block->size);
    else if (block->form == BLOCK_BUFFER) fprintf(out, "{\"size\": %zu}", block->size);
    else {
        fputc('{', out);
        put_json_cells(out, arguments, block, put_json_given);
        fputc('}', out);
    }
}

static void put_json_value(FILE *out, const struct arguments *arguments, const ffi_ctype *type,
                           ffi_value value) {
    if (ffi_type_kind(type) == FFI_KIND_POINTER) put_json_pointer(out, arguments, type, value.ptr);
    else if (ffi_type_kind(type) == FFI_KIND_VOID) fputs("null", out);
    else number_print(out, machine_kind(type), value, true);
}

static void put_json_output(FILE *out, const struct arguments *arguments, const struct block *block) {
    fprintf(out, "{\"argument\": %zu, ", block->argument);
    if (block->form == BLOCK_CELLS) {
        put_json_cells(out, arguments, block, put_json_value);
    } else {
        size_t length = text_length(block);
        fprintf(out, "\"size\": %zu, \"hex\": ", block->size);
        text_json_hex(out, block->bytes, block->size);
        fputs(", \"text\": ", out);
        if (length && text_is_printable(block->bytes, length)) text_json(out, block->bytes, length);
        else fputs("null", out);
    }
    fputc('}', out);
}

void show_json_arguments(FILE *out, const struct arguments *arguments, const ffi_ctype *signature) {
    fputs("\"arguments\": [", out);
    for (size_t i = 0; i < arguments->count; i++) {
        fputs(i ? ", " : "", out);
        put_json_given(out, arguments, ffi_type_parameter(signature, i), arguments->values[i]);
    }
    fputc(']', out);
}

void show_json_results(FILE *out, const struct arguments *arguments, const ffi_ctype *signature,
                       ffi_value result) {
    const char *between = "";
    fputs("\"result\": ", out);
    put_json_value(out, arguments, ffi_type_target(signature), result);
    fputs(", \"outputs\": [", out);
    for (const struct block *block = arguments->blocks; block; block = block->next) {
        if (block->form == BLOCK_TEXT) continue;
        fputs(between, out);
        put_json_output(out, arguments, block);
        between = ", ";
    }
    fputc(']', out);
}
