/* SPDX-License-Identifier: MIT */
/* How a move reads what it moves: on the way of a call, so inline. */
#ifndef MOVE_H
#define MOVE_H

#include "plan.h"
#include "util.h"

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
