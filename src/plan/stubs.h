/* SPDX-License-Identifier: MIT */
/*
 * The stubs that call by an ABI on this target: a constant record, which choose.c reads. arch/<cpu>/stubs*.c
 * have one for each ABI whose functions the processor can call.
 *
 * Most members are tables that the assembler exports, one of a family of stubs. An entry is the distance from
 * the entry itself to the stub, so that no address in a table has to be relocated when the library is loaded. A
 * stub takes its slots by the plan's tables unless its family says that slot k feeds register k.
 */
#ifndef STUBS_H
#define STUBS_H

#include "plan/abi.h"
#include "plan/plan.h"

enum {
    STUB_OPS       = MOVE_U16 + 1, /* ways to load an integer register */
    STUB_EXTENDING = MOVE_I8,      /* the first of those of less than 4 bytes */
    STUB_REALS     = 8,            /* floating-point registers */
    VECTOR_SIZES   = 4             /* a vector register has 8, 16, 32 or 64 bytes */
};

struct stubs {
    /* Integer registers alone, or those of a positional ABI with the others of the same positions; slot k feeds
     * register k. By the mask of the registers that are loaded with 8 bytes, the others with 4: first no
     * register, then one, two, up to `widths_end`. NULL: no stub loads slots, and every plan has an image. */
    const int32_t *widths;
    unsigned       widths_end;

    /* The same for narrow integers: how one register is loaded; how two are, [STUB_OPS][STUB_OPS]; how all of
     * three to six are. */
    const int32_t *one, *two;
    const int32_t (*extending)[4]; /* [STUB_OPS - STUB_EXTENDING] */

    /* Three to six integers of any types: a stub that loads two, [STUB_OPS][STUB_OPS], and goes to the plan's
     * first step; the step for register 4, then those for 4 and 5; the last step for register 2, then those for
     * 2 and 3. */
    const int32_t *open, *middle, *last;

    const int32_t (*reals)[STUB_REALS]; /* floating-point registers alone: all of 8 bytes, all of 4 */

    /* Both: one or two of each in any widths; integers of 8 bytes or 4 with doubles, where each stub loads a
     * multiple of `mixed_step` registers of each kind: [2][mixed_end / mixed_step][STUB_REALS / mixed_step]. */
    const int32_t (*few)[6];
    const int32_t *mixed;
    unsigned       mixed_end, mixed_step;

    /* Any registers and widths: by positions, or one stub for all. */
    const int32_t  *each_position;
    ffi_store_stub *each;

    /* Stack words too: slots of 8 bytes, without and with floating-point registers; of any width. */
    ffi_store_stub *stack, *stack_reals, *stack_each;

    /* Arguments of 8 bytes behind pointers: by floating-point registers, or by positions from one. */
    const int32_t *pointers;

    /* Pieces of 8 bytes, loaded from where they are: behind the slots; some of them slots; behind pointers.
     * NULL if the ABI has no such stubs. */
    ffi_store_stub *pieces, *pieces_and_slots, *pieces_behind_pointers;

    image_stub *images[VECTOR_SIZES]; /* everything through an image, by the size of a vector register */

    /* The reason why this machine cannot load vector registers of so many bytes; NULL: it can. */
    const char *(*lacking)(unsigned vector);
};

/* The record of an ABI; NULL if this target can only plan for it. */
const struct stubs *stubs_of(const struct abi *abi);

/* The target's, from arch/<cpu>/stubs*.c: its ABIs, up to one that is NULL; the platform's own. */
struct target_abi {
    const struct abi   *abi;
    const struct stubs *stubs;
};

extern const struct target_abi target_abis[];
extern const struct abi *const abi_default;

static inline unsigned vector_index(unsigned bytes) {
    return (bytes > 8) + (bytes > 16) + (bytes > 32);
}

#endif
