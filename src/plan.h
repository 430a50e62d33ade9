/* SPDX-License-Identifier: MIT */
/*
 * The plan: what an ABI makes of a signature. It is computed once per signature and context, and read by
 * the stubs on every call, by staging, and by printing.
 *
 * A slot is 8 bytes, numbered as the arguments are. A stub reads `gpr`, `fpr` and `stack`, loads those
 * slots, calls, and stores the result as `ret` says:
 *
 *     int f(double a, int b, char c)     on sysv: gpr {1, 2}  fpr {0}  stack {}  ret RET_32
 *
 * Where some argument is not a slot as it stands (a char must be extended), `moves` rewrites all of them
 * into new slots first; a stub never looks at types.
 */
#ifndef PLAN_H
#define PLAN_H

#include "../arch/layout.h"
#include "type.h"

/* How an argument becomes a slot. */
enum move {
    MOVE_64, /* 8 bytes */
    MOVE_32, /* 4 bytes; what is above may be anything (psABI 3.2.3, AAPCS64 6.8.2, Microsoft x64) */
    MOVE_I8, /* 1 byte, sign-extended: the ABIs do not ask for it, but clang's callees rely on it */
    MOVE_U8, /* 1 byte, zero-extended */
    MOVE_I16,
    MOVE_U16,
    MOVE_F32_F64 /* a variable argument: C's default promotion */
};

/* How a narrow integer in a slot becomes 64 bits; of other slots `mask` is all ones and `sign` 0. */
struct extension {
    uint64_t mask, sign; /* the bits of the type; of those the sign, 0 if it has none */
};

/* A stub for arguments behind pointers: args[i] points to argument i. */
typedef void pointers_stub(const ffi_function *function, void *result, void *const *args);

struct plan {
    uint16_t gpr[8]; /* the slot that feeds the k-th integer register */
    uint16_t fpr[8]; /* the slot that feeds the k-th floating-point register */
    uint32_t nstack; /* words of the stack area; made even, so that the stack stays aligned to 16 */
    uint32_t words;  /* of those, the ones that arguments fill */
    uint8_t  ngpr, nfpr;
    uint8_t  ret;   /* RET_ */
    uint32_t count; /* slots: arguments */

    ffi_stub               *stub;     /* what functions call: `core`, or staging before it */
    pointers_stub          *pointers; /* the same for arguments behind pointers */
    ffi_stub               *core;     /* the ABI's stub; NULL: this target cannot run the plan */
    const ffi_ctype        *signature;
    ffi_context            *context;
    const uint8_t          *moves;      /* enum move, for each argument */
    const struct extension *extensions; /* for each argument, if `stub` is stage_extended */
    uint32_t                stack[];    /* the slot that feeds the k-th word from the stack pointer upwards */
};

/* The plan of a signature, made if it is not there; NULL with an error. Under the context's lock. */
const struct plan *plan_of(ffi_context *context, const ffi_ctype *signature);

/* Staging (stage.c), what stands before a plan's core: arguments extended to slots; also promoted; gathered
 * from behind pointers; errno kept after the call. */
ffi_stub      stage_extended, stage_promoted, stage_capture;
pointers_stub stage_pointers, stage_capture_pointers;

#endif
