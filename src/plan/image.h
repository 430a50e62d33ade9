/* SPDX-License-Identifier: MIT */
/* The image: a memory block with the contents of all registers and stack words. A stub loads it or stores it
 * for calls and callbacks whose values are not all slots. */
#ifndef IMAGE_H
#define IMAGE_H

#include "../arch/offsets.h"

#include <stdint.h>

/* arch/offsets.h has the offsets. Each floating-point register takes `vector` bytes, as the plan says. */
struct image {
    uint64_t gpr[IMAGE_GPRS];
    uint64_t vectors;    /* number of floating-point registers in use */
    uint64_t nstack;     /* number of words of the stack area */
    uint64_t nx87;       /* number of x87 registers that hold the result */
    uint64_t stack_mask; /* the negated alignment of the stack pointer at the call */
    uint64_t gpr_result[2];
    uint8_t  x87_result[2][16];
    void    *chain; /* for the static chain register, which only Go's closures read */
    uint8_t  unused[IMAGE_FPR - IMAGE_CHAIN - 8];
    /* the floating-point registers follow, for arguments and results; then the stack words; then copies of
     * arguments that are passed by reference */
};

#endif
