/* SPDX-License-Identifier: MIT */
/* Moves: what a classifier says of a signature, which bytes of which argument go to which register or stack
 * word; and how a move reads what it moves, inline because it is on the way of a call. */
#ifndef MOVE_H
#define MOVE_H

#include <stdint.h>
#include <string.h>

/* How bytes of an argument become a word. */
enum move_op {
    MOVE_64,  /* 8 bytes */
    MOVE_32,  /* 4 bytes; what is above may be anything (psABI 3.2.3, AAPCS64 6.8.2, Microsoft x64) */
    MOVE_I8,  /* 1 byte, sign-extended: the ABIs do not ask for it, but clang's callees rely on it */
    MOVE_U8,  /* 1 byte, zero-extended */
    MOVE_I16, /* 2 bytes */
    MOVE_U16,
    MOVE_F32_F64, /* a variable argument: C's default promotion */
    MOVE_BYTES,   /* `size` bytes as they are; from here on of an argument that is not a slot */
    MOVE_COPY     /* the address of a copy of all its bytes */
};

enum location {
    LOCATION_GPR,   /* the index-th integer register */
    LOCATION_FPR,   /* the index-th floating-point register */
    LOCATION_STACK, /* `index` bytes above the stack pointer at the call */
    LOCATION_X87    /* a result's index-th x87 register */
};

struct move {
    uint8_t  op, location;
    uint16_t arg;
    uint32_t index;
    uint32_t from, size; /* within the argument, or the result: in bytes */
    uint32_t to;         /* the location as an offset in the image */
    uint32_t copy;       /* of MOVE_COPY: where the copy is, the same */
    uint32_t buffer;     /* of what stands in no slot: where in a callback's buffer it is put together, or put
                            if the caller may have it less aligned than its type */
};

#define MOVE_IN_PLACE UINT32_MAX /* as `buffer`: it has all of it, aligned */

/* An argument or a result as a word, from its bytes: `from` is a slot, or where the value itself is. On the
 * little-endian machines we know, both begin with the value. */
static inline uint64_t moved(enum move_op op, const void *from) {
    union {
        int8_t   i8;
        uint8_t  u8;
        int16_t  i16;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
        double   f64;
    } value;
    float narrow;
    switch (op) {
    case MOVE_64: return memcpy(&value.u64, from, 8), value.u64;
    case MOVE_32: return memcpy(&value.u32, from, 4), value.u32;
    case MOVE_I8: return memcpy(&value.i8, from, 1), (uint64_t)value.i8;
    case MOVE_U8: return memcpy(&value.u8, from, 1), value.u8;
    case MOVE_I16: return memcpy(&value.i16, from, 2), (uint64_t)value.i16;
    case MOVE_U16: return memcpy(&value.u16, from, 2), value.u16;
    case MOVE_F32_F64: return memcpy(&narrow, from, 4), value.f64 = (double)narrow, value.u64;
    case MOVE_BYTES:
    case MOVE_COPY: break;
    }
    return 0;
}

/* Eightbytes are most of what is copied; the rest is read with exactly its size. */
static inline void copy_bytes(void *to, const void *from, size_t size) {
    if (size == 8) memcpy(to, from, 8);
    else memcpy(to, from, size);
}

#endif
