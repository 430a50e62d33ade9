/* SPDX-License-Identifier: MIT */
/* The types of libffi's interface, and where the elements of aggregates lie. */
#include "libffi.h"

#include <stdatomic.h>

#define TYPE(name, c_type, code) const ffi_type ffi_type_##name = {sizeof(c_type), _Alignof(c_type), code, NULL}

#define COMPLEX(name, c_type)                                                                                  \
    static ffi_type *const elements_of_##name[]    = {(ffi_type *)&ffi_type_##name, NULL};                     \
    const ffi_type         ffi_type_complex_##name = {2 * sizeof(c_type), _Alignof(c_type), FFI_TYPE_COMPLEX,  \
                                                      (ffi_type **)elements_of_##name}

const ffi_type ffi_type_void = {1, 1, FFI_TYPE_VOID, NULL};
TYPE(uint8, uint8_t, FFI_TYPE_UINT8);
TYPE(sint8, int8_t, FFI_TYPE_SINT8);
TYPE(uint16, uint16_t, FFI_TYPE_UINT16);
TYPE(sint16, int16_t, FFI_TYPE_SINT16);
TYPE(uint32, uint32_t, FFI_TYPE_UINT32);
TYPE(sint32, int32_t, FFI_TYPE_SINT32);
TYPE(uint64, uint64_t, FFI_TYPE_UINT64);
TYPE(sint64, int64_t, FFI_TYPE_SINT64);
TYPE(float, float, FFI_TYPE_FLOAT);
TYPE(double, double, FFI_TYPE_DOUBLE);
TYPE(longdouble, long double, FFI_TYPE_LONGDOUBLE);
TYPE(pointer, void *, FFI_TYPE_POINTER);
const ffi_type ffi_type_uint128 = {16, 16, FFI_TYPE_UINT128, NULL};
const ffi_type ffi_type_sint128 = {16, 16, FFI_TYPE_SINT128, NULL};
COMPLEX(float, float);
COMPLEX(double, double);
COMPLEX(longdouble, long double);

/* ---- where elements lie ---- */

/* One to a lane, each of the same scalar type; the size is the next power of two. */
static bool complete_vector(ffi_type *type) {
    const ffi_type *lane  = type->elements[0];
    size_t          count = 0, size = 1;
    if (!lane || !lane->size || lane->size > 8) return false;
    if (lane->type != FFI_TYPE_FLOAT && lane->type != FFI_TYPE_DOUBLE &&
        (lane->type < FFI_TYPE_UINT8 || lane->type > FFI_TYPE_SINT64))
        return false;
    for (ffi_type **at = type->elements; *at; at++, count++)
        if ((*at)->type != lane->type || (*at)->size != lane->size) return false;
    while (size < lane->size * count) size *= 2;
    type->size      = size;
    type->alignment = (unsigned short)(size < 16 ? size : 16);
    return true;
}

/* Lays out a type of size 0, and those within it; `depth` levels of them. A type within itself is too deep. */
static bool complete(ffi_type *type, size_t *offsets, unsigned depth) {
    if (!type->elements || !depth) return false;
    if (type->type == FFI_TYPE_VECTOR) return complete_vector(type);
    size_t size = 0, alignment = 0;
    for (ffi_type **at = type->elements; *at; at++) {
        ffi_type *element = *at;
        if (!element->size && !complete(element, NULL, depth - 1)) return false;
        if (!is_alignment_of(element->alignment)) return false;
        size = aligned_to(size, element->alignment);
        if (element->size >= SIZE_LIMIT || size + element->size >= SIZE_LIMIT) return false;
        if (offsets) *offsets++ = size;
        size += element->size;
        if (element->alignment > alignment) alignment = element->alignment;
    }
    if (!size) return false;
    type->alignment = (unsigned short)alignment;
    type->size      = aligned_to(size, alignment);
    return true;
}

bool type_complete(ffi_type *type) {
    return type->size || complete(type, NULL, DEPTH_LIMIT);
}

ffi_status ffi_get_struct_offsets(ffi_abi abi, ffi_type *type, size_t *offsets) {
    if (!target_abi(abi)) return FFI_BAD_ABI;
    if (!type || type->type != FFI_TYPE_STRUCT || !complete(type, offsets, DEPTH_LIMIT)) return FFI_BAD_TYPEDEF;
    return FFI_OK;
}

/* ---- what calls need to know ---- */

/* Visits the scalars and vectors of an aggregate; with `cut` only up to the last word that its size, which may
 * be preset, has a part of. An element is aligned as its type, but in a packed aggregate not more than that.
 * False: the visitor's, or a type that cannot be. */
static bool each_leaf(const ffi_type *type, size_t begin, size_t end, bool cut, unsigned depth,
                      leaf_visitor *visit, void *userdata) {
    if (!type->elements || !depth) return false;
    if (type->type == FFI_TYPE_COMPLEX) {
        const ffi_type *part = type->elements[0];
        if (!part || !part->size) return false;
        return visit(part, begin, userdata) && visit(part, begin + part->size, userdata);
    }
    size_t at = begin;
    if (cut && aligned_to(begin + type->size, 8) < end) end = aligned_to(begin + type->size, 8);
    for (ffi_type **next = type->elements; *next; next++) {
        const ffi_type *element   = *next;
        size_t          alignment = element->alignment;
        if (!is_alignment_of(alignment) || element->size >= SIZE_LIMIT) return false;
        if (type->alignment && alignment > type->alignment) alignment = type->alignment;
        at = begin + aligned_to(at - begin, alignment);
        if (at >= end) break;
        bool nested = element->type == FFI_TYPE_STRUCT || element->type == FFI_TYPE_COMPLEX;
        if (nested ? !each_leaf(element, at, end, cut, depth - 1, visit, userdata)
                   : !visit(element, at, userdata))
            return false;
        at += element->size;
    }
    return true;
}

bool type_each_leaf(const ffi_type *type, bool cut, leaf_visitor *visit, void *userdata) {
    return each_leaf(type, 0, SIZE_LIMIT, cut, DEPTH_LIMIT, visit, userdata);
}
