/* SPDX-License-Identifier: MIT */
/*
 * Random values of any type, and their comparison, by queries about the type. Only bytes and bits of members
 * are compared: padding need not be passed.
 */
#ifndef COVER_H
#define COVER_H

#include <ffi_invoke.h>

enum { COVERED = 1 << 21 }; /* bytes of the largest value */

static uint64_t      state;
static unsigned char mask[COVERED];

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    x          = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static bool is_bytes(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(ffi_type_target(type));
    return ffi_type_kind(type) == FFI_KIND_ARRAY && (kind == FFI_KIND_I8 || kind == FFI_KIND_U8);
}

/* A random value. A long double must be a valid number, because it passes through an x87 register. */
static void fill(const ffi_ctype *type, unsigned char *bytes) {
    size_t    size = ffi_type_size(type), count = ffi_type_length(type);
    ffi_field field;
    ffi_kind  kind = is_bytes(type) ? FFI_KIND_I8 : ffi_type_kind(type);
    switch (kind) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
            if (field.is_bits) ffi_field_write(&field, bytes, (int64_t)next());
            else fill(field.type, bytes + field.offset);
        }
        return;
    case FFI_KIND_COMPLEX: count = 2; /* fall through */
    case FFI_KIND_ARRAY:
        for (size_t i = 0; i < count; i++)
            fill(ffi_type_target(type), bytes + i * ffi_type_size(ffi_type_target(type)));
        return;
    case FFI_KIND_BOOL: *bytes = next() & 1; return;
    case FFI_KIND_F80: {
        long double value = (long double)(int64_t)next() / 3;
        memcpy(bytes, &value, 10);
        return;
    }
    default:
        for (size_t i = 0; i < size; i += 8) {
            uint64_t word = next();
            memcpy(bytes + i, &word, size - i < 8 ? size - i : 8);
        }
    }
}

/* Sets the bits of `mask` that belong to a value. */
static void cover(const ffi_ctype *type, size_t at) {
    size_t    count = ffi_type_length(type);
    ffi_field field;
    ffi_kind  kind = is_bytes(type) ? FFI_KIND_I8 : ffi_type_kind(type);
    switch (kind) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
            size_t bit = (at + field.offset) * 8 + field.bit_offset;
            if (!field.is_bits) cover(field.type, at + field.offset);
            else
                for (unsigned k = 0; k < field.bit_width; k++, bit++)
                    mask[bit / 8] |= (unsigned char)(1u << bit % 8);
        }
        return;
    case FFI_KIND_COMPLEX: count = 2; /* fall through */
    case FFI_KIND_ARRAY:
        for (size_t i = 0; i < count; i++)
            cover(ffi_type_target(type), at + i * ffi_type_size(ffi_type_target(type)));
        return;
    case FFI_KIND_F80: memset(mask + at, 0xff, 10); return;
    default: memset(mask + at, 0xff, ffi_type_size(type));
    }
}

static bool same(const ffi_ctype *type, const unsigned char *a, const unsigned char *b) {
    memset(mask, 0, ffi_type_size(type));
    cover(type, 0);
    for (size_t i = 0; i < ffi_type_size(type); i++)
        if ((a[i] ^ b[i]) & mask[i]) return false;
    return true;
}

#endif
