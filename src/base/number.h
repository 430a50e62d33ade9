/* SPDX-License-Identifier: MIT */
/* Numbers in few bytes: seven bits in each, the lowest first; the eighth bit of each but the last one is set. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_MOST = 10 }; /* the most bytes of a number */

/* Writes a number and returns how many bytes it takes. `to` NULL: the bytes are counted, not written. */
static inline size_t number_put(char *to, uint64_t number) {
    size_t size = 0;
    do {
        if (to) to[size] = (char)((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
        size++;
    } while (number >>= 7);
    return size;
}

/* Reads a number, and moves `*at` behind it. */
static inline uint64_t number_get(const char **at) {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return number;
    }
}

/* An integer with a sign, as a number that is small if the integer is near 0. */
static inline uint64_t number_of_signed(int64_t value) {
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t number_to_signed(uint64_t number) {
    return (int64_t)(number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
}

#endif
