/* SPDX-License-Identifier: MIT */
/* Registers and stack words on their way in and out of a stub that loads them all: for calls and callbacks
 * whose values do not stand in slots. */
#ifndef IMAGE_H
#define IMAGE_H

#include "../arch/offsets.h"

#include <stdint.h>

/* Offsets are those of arch/offsets.h; the floating-point registers are `vector` bytes of the plan apart. */
struct image {
    uint64_t gpr[IMAGE_GPRS];
    uint64_t vectors;    /* floating-point registers in use */
    uint64_t nstack;     /* words of the stack area */
    uint64_t nx87;       /* x87 registers that the result is in */
    uint64_t stack_mask; /* what the stack pointer at the call is a multiple of, negated */
    uint64_t gpr_result[2];
    uint8_t  x87_result[2][16];
    void    *chain; /* for the register of the static chain, which only Go's closures read */
    uint8_t  unused[IMAGE_FPR - IMAGE_CHAIN - 8];
    /* here: the floating-point registers, which are the results' too; behind them the stack words, then copies
     * of what is passed by reference */
};

#endif
