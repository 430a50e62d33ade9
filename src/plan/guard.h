/* SPDX-License-Identifier: MIT */
/*
 * Guarded calls: what an ABI makes a callee preserve, and the stub that watches it. arch/<cpu>/stubs_guard.c has a
 * record for each ABI whose functions the processor can call.
 */
#ifndef GUARD_H
#define GUARD_H

#include "plan/abi.h"
#include "plan/image.h"

/* The registers that a guarded call watches: arch/offsets.h says which word is which register. */
struct guard {
    uint64_t      before[GUARDED_WORDS], after[GUARDED_WORDS];
    void         *frame; /* of the stub */
    struct image *image;
    uint64_t      vector; /* bytes of a vector register in the image */
};

/* Calls as an image stub does. It loads the registers to be preserved from `before`, and stores them to `after`
 * when the callee has returned. Those that it cannot load (the stack pointer, the frame pointer, control
 * registers) it stores to both. */
typedef void guard_stub(struct image *image, void *address, struct guard *guard);

/* A register that callees preserve. */
struct preserved {
    const char *name;
    uint8_t     word, words; /* in `before` and `after` */
    uint32_t    bits;        /* the bits that count; 0: all */
};

struct guarded_abi {
    const struct abi       *abi;
    guard_stub             *stub;
    const struct preserved *registers; /* one without a name at the end */
};

extern const struct guarded_abi guarded_abis[]; /* one without an ABI at the end */

#endif
