/* SPDX-License-Identifier: MIT */
/*
 * What generators of layouts share: random numbers, and an object with a value of each type. Its bytes show
 * where bit-fields lie. The image is what ffi_field_write() makes of the same values; find_image.c looks for it
 * in the object file that a compiler makes.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <ffi_invoke.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKER = 32 };

static uint64_t     state;
static ffi_context *context;
static FILE        *out;

static uint64_t random64(void) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z          = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(unsigned n) {
    return (unsigned)(random64() % n);
}

static bool percent(unsigned chance) {
    return below(100) < chance;
}

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, ffi_last_message());
    exit(1);
}

static const ffi_ctype *good(const ffi_ctype *type, const char *what) {
    if (!type) die(what);
    return type;
}

/* Whether the ABI's records are those of Microsoft's compiler, to which an empty struct has 4 bytes. */
static bool is_microsoft(void) {
    return ffi_type_size(good(ffi_type_parse(context, "struct { }"), "struct { }")) == 4;
}

/* ---- values ---- */

struct written {
    ffi_field field;
    size_t    base;
    int64_t   value;
};

static unsigned char  *image;
static struct written *values;
static size_t          value_count, value_room;

static unsigned width_limit(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_BOOL ? 1 : (unsigned)ffi_type_size(type) * 8;
}

static bool is_integer(const ffi_ctype *type) {
    ffi_kind kind =
        ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : ffi_type_kind(type);
    return (kind >= FFI_KIND_BOOL && kind <= FFI_KIND_U64) || kind == FFI_KIND_I128 || kind == FFI_KIND_U128;
}

static bool is_signed(const ffi_ctype *type) {
    ffi_kind kind =
        ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : ffi_type_kind(type);
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64 ||
           kind == FFI_KIND_I128;
}

/* A value that the member can have. */
static int64_t random_value(const ffi_field *field) {
    unsigned width = field->is_bits ? field->bit_width : width_limit(field->type);
    uint64_t value = random64();
    if (ffi_type_kind(field->type) == FFI_KIND_BOOL) return value & 1;
    if (width >= 64) return (int64_t)value;
    value >>= 64 - width;
    if (is_signed(field->type) && value >> (width - 1)) value -= (uint64_t)1 << width;
    return (int64_t)value;
}

static void put_integer(const ffi_field *field, size_t base) {
    if (value_count == value_room) {
        value_room = value_room * 2 + 1024;
        values     = realloc(values, value_room * sizeof *values);
        if (!values) abort();
    }
    int64_t value         = random_value(field);
    values[value_count++] = (struct written){*field, base, value};
    ffi_field_write(field, image + base, value);
    fprintf(out, "(long long)0x%" PRIx64 "u", (uint64_t)value);
}

static void put_members(const ffi_ctype *type, size_t base);

static void put_value(const ffi_field *field, size_t base) {
    ffi_field element = {.type = ffi_type_target(field->type)};
    switch (ffi_type_kind(field->type)) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        fprintf(out, "{");
        put_members(field->type, base + field->offset);
        fprintf(out, "}");
        break;
    case FFI_KIND_ARRAY:
        fprintf(out, "{");
        for (size_t i = 0; i < ffi_type_length(field->type) && i < 2; i++) {
            if (i) fprintf(out, ", ");
            element.offset = field->offset + i * ffi_type_size(element.type);
            put_value(&element, base);
        }
        fprintf(out, "}");
        break;
    case FFI_KIND_VECTOR: fprintf(out, "{0}"); break;
    default:
        if (is_integer(field->type)) put_integer(field, base);
        else fprintf(out, "0");
    }
}

/* clang takes no initializers of _Atomic records, and clang 14 none of _Atomic pointers. */
static bool has_initializer(const ffi_ctype *type) {
    return !(ffi_type_qualifiers(type) & FFI_QUALIFIER_ATOMIC) || is_integer(type);
}

/* Initializers for the members, in a union for one of them. */
static void put_members(const ffi_ctype *type, size_t base) {
    size_t    count = ffi_type_field_count(type), i = 0, end = count;
    ffi_field field;
    if (count && ffi_type_kind(type) == FFI_KIND_UNION) i = below((unsigned)count), end = i + 1;
    for (; i < end && ffi_type_field(type, i, &field); i++) {
        if (!has_initializer(field.type)) continue;
        if (field.name) fprintf(out, ".%s = ", field.name), put_value(&field, base), fprintf(out, ", ");
        else put_members(field.type, base + field.offset);
    }
}

/* What was written must be read back, after all its neighbours were written too. */
static void read_back(void) {
    for (size_t i = 0; i < value_count; i++) {
        const struct written *written = &values[i];
        int64_t               value   = ffi_field_read(&written->field, image + written->base);
        if (value == written->value) continue;
        fprintf(stderr, "gen_layout: %s holds %" PRId64 ", not %" PRId64 "\n", written->field.name, value,
                written->value);
        exit(1);
    }
}

/* One object with a value of each of these records, which have tags, behind a marker by which it is found:
 * fields[0]. */
static void put_image(ffi_field *fields, size_t count, const char *path) {
    const ffi_ctype *whole = good(ffi_type_struct(context, "image", fields, count), "image");
    image                  = calloc(1, ffi_type_size(whole));
    if (!image) abort();
    fprintf(out, "struct image {\n");
    fprintf(out, "unsigned char %s[%u];\n", fields[0].name, MARKER);
    for (size_t i = 1; i < count; i++)
        fprintf(out, "%s %s %s;\n", ffi_type_kind(fields[i].type) == FFI_KIND_UNION ? "union" : "struct",
                ffi_type_name(fields[i].type), fields[i].name);
    fprintf(out, "};\nCHECK(sizeof(struct image) == %zu);\nconst struct image image = {\n.marker = {",
            ffi_type_size(whole));
    for (unsigned i = 0; i < MARKER; i++) fprintf(out, "%u, ", image[i] = (unsigned char)random64());
    fprintf(out, "},\n");
    ffi_field field;
    for (size_t i = 1; ffi_type_field(whole, i, &field); i++) {
        fprintf(out, "/* at %zu: */ .%s = ", field.offset, field.name);
        put_value(&field, 0);
        fprintf(out, ",\n");
    }
    fprintf(out, "};\n");
    read_back();
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(image, ffi_type_size(whole), 1, file) != 1 || fclose(file)) perror(path), exit(1);
}

#endif
