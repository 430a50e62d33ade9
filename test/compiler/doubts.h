/* SPDX-License-Identifier: MIT */
/*
 * Values that some compiler passes in another way than the ABI's text has it, found by reflection: wrong() in
 * compilers.sh has which compilers and why. A test leaves the functions of these types to the other judges.
 */
#ifndef DOUBTS_H
#define DOUBTS_H

#include "cover.h"

#include <string.h>

typedef bool doubt(const ffi_ctype *type);

/* Whether it is so of the type or of one within it. */
static bool has_within(const ffi_ctype *type, doubt *is) {
    ffi_kind  kind = ffi_type_kind(type);
    ffi_field field;
    if (is(type)) return true;
    if (kind == FFI_KIND_ARRAY) return has_within(ffi_type_target(type), is);
    if (kind != FFI_KIND_STRUCT && kind != FFI_KIND_UNION) return false;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++)
        if (has_within(field.type, is)) return true;
    return false;
}

static bool is_vector(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_VECTOR || ffi_type_kind(type) == FFI_KIND_F128;
}

/* A union of more than an xmm register that has a vector. */
static bool is_long_vector_union(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_UNION && ffi_type_size(type) > 16 && has_within(type, is_vector);
}

static bool is_float128(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_F128;
}

static bool is_float128_struct(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_STRUCT && has_within(type, is_float128);
}

static bool is_float128_union(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_UNION && has_within(type, is_float128);
}

static bool is_complex_integer(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_COMPLEX && ffi_type_kind(ffi_type_target(type)) < FFI_KIND_F16;
}

static bool is_real(const ffi_ctype *type) {
    return ffi_type_kind(type) >= FFI_KIND_F16 && ffi_type_kind(type) <= FFI_KIND_F64;
}

/* A struct of two members with a bit-field whose declared type, put where its bits begin, would not fit, or would
 * reach into a real. */
static bool is_overlong_bits(const ffi_ctype *type) {
    ffi_field fields[2];
    if (ffi_type_kind(type) != FFI_KIND_STRUCT || ffi_type_field_count(type) != 2) return false;
    for (size_t i = 0; i < 2; i++) ffi_type_field(type, i, &fields[i]);
    for (size_t i = 0; i < 2; i++) {
        const ffi_field *bits = &fields[i], *other = &fields[1 - i];
        size_t           begin = bits->offset + bits->bit_offset / 8, end = begin + ffi_type_size(bits->type);
        bool reaches = begin < other->offset && end > other->offset && has_within(other->type, is_real);
        if (bits->is_bits && (reaches || end > ffi_type_size(type))) return true;
    }
    return false;
}

/* A record that a typedef aligns to more than its size, which an attribute of its own cannot. */
static bool is_raised_record(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_STRUCT && ffi_type_size(type) % ffi_type_alignment(type);
}

/* What an eightbyte has: one float, in its first half; more reals; anything else. */
enum { HALF = 1, MORE = 2, OTHER = 4 };

static void find_reals(const ffi_ctype *type, size_t at, unsigned found[2]) {
    size_t    count = ffi_type_length(type);
    ffi_field field;
    switch (ffi_type_kind(type)) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
            if (field.is_bits) found[(at + field.offset) / 8 % 2] |= OTHER;
            else find_reals(field.type, at + field.offset, found);
        }
        break;
    case FFI_KIND_COMPLEX: count = 2; /* fall through */
    case FFI_KIND_ARRAY:
        for (size_t i = 0; i < count; i++)
            find_reals(ffi_type_target(type), at + i * ffi_type_size(ffi_type_target(type)), found);
        break;
    case FFI_KIND_F16:
    case FFI_KIND_F32: found[at / 8] |= at % 8 < 4 ? HALF : MORE; break;
    case FFI_KIND_F64: found[at / 8] |= MORE; break;
    default: found[at / 8] |= OTHER;
    }
}

/* A union of up to 16 bytes with an eightbyte of reals, of which a record or array has one float only, and
 * another member more. */
static bool is_half_eightbyte(const ffi_ctype *type) {
    unsigned  all[2] = {0, 0}, half[2] = {0, 0};
    ffi_field field;
    if (ffi_type_kind(type) != FFI_KIND_UNION || ffi_type_size(type) > 16) return false;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        unsigned found[2] = {0, 0};
        if (field.is_bits) found[0] = OTHER;
        else find_reals(field.type, 0, found);
        for (int k = 0; k < 2; k++) all[k] |= found[k], half[k] |= found[k] == HALF;
    }
    return (half[0] && all[0] == (HALF | MORE)) || (half[1] && all[1] == (HALF | MORE));
}

/* Whether `doubts`, names between spaces, has one of a signature's types. */
static bool is_doubtful(const ffi_ctype *signature, const char *doubts) {
    static const struct {
        const char *name;
        doubt      *is;
    } all[] = {{"half-eightbytes", is_half_eightbyte},   {"float128-unions", is_float128_union},
               {"float128-structs", is_float128_struct}, {"long-vector-unions", is_long_vector_union},
               {"complex-integers", is_complex_integer}, {"overlong-bits", is_overlong_bits},
               {"raised-records", is_raised_record}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        if (!strstr(doubts, all[k].name)) continue;
        if (has_within(ffi_type_target(signature), all[k].is)) return true;
        for (size_t i = 0; i < ffi_type_parameter_count(signature); i++)
            if (has_within(ffi_type_parameter(signature, i), all[k].is)) return true;
    }
    return false;
}

#endif
