/* SPDX-License-Identifier: MIT */
/* Records of few scalars, which each preparing of a cif looks at: in a file of its own, compiled for speed. */
#include "../libffi.h"

_Static_assert(PIECE_WORD == 1 && PIECE_F32 == 2, "a bit each");

/* Scalars of an aggregate of scalars: the piece, and the size, which is the alignment. */
static const struct {
    uint8_t piece, size;
} quick[FFI_TYPE_LAST + 1] = {[FFI_TYPE_INT] = {PIECE_WORD, 4},    [FFI_TYPE_FLOAT] = {PIECE_F32, 4},
                              [FFI_TYPE_DOUBLE] = {PIECE_F32, 8},  [FFI_TYPE_UINT8] = {PIECE_WORD, 1},
                              [FFI_TYPE_SINT8] = {PIECE_WORD, 1},  [FFI_TYPE_UINT16] = {PIECE_WORD, 2},
                              [FFI_TYPE_SINT16] = {PIECE_WORD, 2}, [FFI_TYPE_UINT32] = {PIECE_WORD, 4},
                              [FFI_TYPE_SINT32] = {PIECE_WORD, 4}, [FFI_TYPE_UINT64] = {PIECE_WORD, 8},
                              [FFI_TYPE_SINT64] = {PIECE_WORD, 8}, [FFI_TYPE_POINTER] = {PIECE_WORD, 8}};

/* The word of up to 16 bytes of scalars, none of which is at an odd place; 0: it is another. */
static inlined uint64_t quick_small(const ffi_type *type) {
    uint64_t        pieces = 0; /* of 4 bits each */
    size_t          at     = 0;
    const ffi_type *element;
    for (ffi_type **next = type->elements; (element = *next); next++) {
        unsigned code = element->type;
        if (code > FFI_TYPE_LAST) return 0;
        size_t size = quick[code].size;
        if (!size || element->size != size || element->alignment != size || size > type->alignment) return 0;
        at = aligned_to(at, size);
        pieces |= (uint64_t)quick[code].piece << (at >> 1 & 4);
        at += size;
    }
    if (at > type->size) return 0;
    pieces &= ~((pieces & (PIECE_WORD | PIECE_WORD << 4)) << 1); /* a real beside an integer is none */
    return word_of_record(type->size, type->alignment, 0, 0) | pieces << 56;
}

uint64_t target_quick_record(const ffi_type *type, unsigned number) {
    if (type->type != FFI_TYPE_STRUCT || !type->elements || !is_alignment_of(type->alignment)) return 0;
    if (!type->size || type->size >= SIZE_LIMIT) return 0;
    if (number == FFI_UNIX64 && type->size <= 16) return quick_small(type);
    return word_of_record(type->size, type->alignment, PIECE_NONE, PIECE_NONE);
}
