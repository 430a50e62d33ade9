/* SPDX-License-Identifier: MIT */
/* Small helpers for every file. */
#ifndef UTIL_H
#define UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* Marks a rare path, so that its saved registers and its stack do not burden the function that calls it. */
#define outlined __attribute__((noinline))

/* The same, compiled for size in a file that is compiled for speed. */
#define seldom __attribute__((noinline, cold))

/* Marks a function whose constant arguments make each inlined copy a different, smaller body. */
#define inlined inline __attribute__((always_inline))

/* Marks a function that a call runs through. It begins a cache line: -Os aligns nothing, and a few instructions that
 * run over the end of a line take a cycle more. */
#define on_path __attribute__((aligned(64)))

/* `n` rounded up to a multiple of `to`, a power of two. */
static inline size_t round_up(size_t n, size_t to) {
    return (n + to - 1) & ~(to - 1);
}

/* One step of a multiplicative hash over 8-byte words: cheap, and good enough for tables whose
 * size is a power of two because the high half is folded onto the low. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    uint64_t             word;
    hash = hash_word(hash, length);
    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        hash = hash_word(hash, word);
    }
    word = 0;
    memcpy(&word, at, length);
    return hash_word(hash, word);
}

#endif
