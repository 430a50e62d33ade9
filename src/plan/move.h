/* SPDX-License-Identifier: MIT */
/* Moves: which bytes of which argument go to which register or stack word. A classifier makes them. The
 * functions that read an argument by a move are inline, because calls run them. */
#ifndef MOVE_H
#define MOVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How a move makes a word of an argument's bytes. */
enum move_op {
    MOVE_64,  /* 8 bytes */
    MOVE_32,  /* 4 bytes; the upper bytes are unspecified (psABI 3.2.3, AAPCS64 6.8.2, Microsoft x64), or
                 sign-extended (RISC-V) */
    MOVE_I8,  /* 1 byte, sign-extended: no ABI demands it, but clang's callees rely on it */
    MOVE_U8,  /* 1 byte, zero-extended */
    MOVE_I16, /* 2 bytes */
    MOVE_U16,
    MOVE_F32_F64, /* a variable argument: C's default promotion */
    MOVE_BOX_32,  /* 4 bytes, NaN-boxed: the upper bytes are ones (RISC-V) */
    MOVE_BOX_16,  /* 2 bytes, NaN-boxed */
    MOVE_BYTES,   /* copies `size` bytes; this and the following operations move arguments that are not slots */
    MOVE_BOX,     /* the same to a register, NaN-boxed */
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
    uint32_t to;         /* the location, as an offset in the image */
    uint32_t copy;       /* MOVE_COPY: the offset of the copy in the image */
    uint32_t
        buffer; /* of an argument that is not a slot: its offset in a callback's buffer, where its pieces are
                   joined, or where it is copied because the caller may have aligned it less than its type */
};

#define MOVE_IN_PLACE UINT32_MAX /* as `buffer`: the location has the whole argument, aligned */

/* An argument or a result as a word. `from` points to its slot or to the value itself; on our little-endian
 * machines both begin with the value. */
static inline uint64_t moved(enum move_op op, const void *from) {
    union {
        int8_t   i8;
        uint8_t  u8;
        int16_t  i16;
        uint16_t u16;
        int32_t  i32;
        uint32_t u32;
        uint64_t u64;
        double   f64;
    } value;
    float narrow;
    switch (op) {
    case MOVE_64: return memcpy(&value.u64, from, 8), value.u64;
    case MOVE_32: return memcpy(&value.i32, from, 4), (uint64_t)value.i32;
    case MOVE_I8: return memcpy(&value.i8, from, 1), (uint64_t)value.i8;
    case MOVE_U8: return memcpy(&value.u8, from, 1), value.u8;
    case MOVE_I16: return memcpy(&value.i16, from, 2), (uint64_t)value.i16;
    case MOVE_U16: return memcpy(&value.u16, from, 2), value.u16;
    case MOVE_F32_F64: return memcpy(&narrow, from, 4), value.f64 = (double)narrow, value.u64;
    case MOVE_BOX_32: return memcpy(&value.u32, from, 4), value.u32 | UINT64_MAX << 32;
    case MOVE_BOX_16: return memcpy(&value.u16, from, 2), value.u16 | UINT64_MAX << 16;
    case MOVE_BYTES:
    case MOVE_BOX:
    case MOVE_COPY: break;
    }
    return 0;
}

/* Most copies are of 8 bytes. Any other size is read exactly. */
static inline void copy_bytes(void *to, const void *from, size_t size) {
    if (size == 8) memcpy(to, from, 8);
    else memcpy(to, from, size);
}

static inline bool is_bytes(enum move_op op) {
    return op == MOVE_BYTES || op == MOVE_BOX;
}

/* Copies bytes of a value that is no slot to where its move goes; MOVE_BOX fills all 8 bytes of a register. */
static inline void move_bytes(enum move_op op, void *to, const void *from, size_t size) {
    if (op == MOVE_BOX) memset(to, 0xff, 8);
    copy_bytes(to, from, size);
}

#endif
