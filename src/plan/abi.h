/* SPDX-License-Identifier: MIT */
/*
 * What a calling convention is to the rest of the library: a constant record. All of them are in every
 * build, so that plans for any machine can be made and tested on any other; the stubs are those of the
 * target.
 */
#ifndef ABI_H
#define ABI_H

#include "type/model.h"

struct draft;
struct image;
struct plan;

/* What the parameters of a callback have taken. */
struct taken {
    uint32_t nstack_used;        /* stack words */
    uint16_t count;              /* parameters */
    uint8_t  ngpr, nfpr, vector; /* as a plan's */
    bool     sret;               /* the result */
};

struct abi {
    struct convention  convention; /* first, see abi_of() */
    const char *const *gpr;        /* names of the argument registers, in order */
    const char *const *fpr;
    const char *const *gpr_results, *const *fpr_results; /* of the results' */
    const char *vector_count; /* the register that tells a variadic function how many fpr are in
                                 use; NULL: none */
    bool     positional;      /* the k-th argument has both k-th registers, and stubs load both */
    uint32_t shadow;          /* bytes of the stack area that are the callee's own, below the arguments */
    bool     packs;  /* arguments on the stack have only their own bytes, and others stand beside them */
    unsigned shifts; /* registers, or positions, that a shifted function moves; 0: it cannot be shifted */

    /* Hands registers and stack words to result and arguments by the draft_ functions, and counts ngpr and nfpr
     * of the plan. NULL: of this ABI only the data model is known. */
    void (*classify)(struct draft *draft);

    /* Makes a va_list of what follows the parameters of a variadic callback, in `list` of VA_LIST_SIZE bytes.
     */
    void (*start_va_list)(const struct taken *taken, const struct image *image, void *stack, void *list);
};

enum { VA_LIST_SIZE = 256 }; /* with the registers that it refers to; aligned to 16 */

extern const struct abi abi_sysv, abi_win64, abi_msvc, abi_vectorcall, abi_aapcs64, abi_apple_arm64;

extern const struct convention *const abis[]; /* that of every one; NULL at the end */

/* The ABI whose convention a signature has. */
static inline const struct abi *abi_of(const struct convention *convention) {
    return (const struct abi *)(const void *)convention;
}

#endif
