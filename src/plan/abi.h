/* SPDX-License-Identifier: MIT */
/*
 * An ABI (calling convention): a constant record. Every build has all ABIs, so that plans for any machine can
 * be made and tested on any other machine. The stubs are only those of the target.
 */
#ifndef ABI_H
#define ABI_H

#include "type/model.h"

struct draft;
struct image;
struct plan;

/* The registers and stack words that the parameters of a callback use. */
struct taken {
    uint32_t nstack_used;        /* stack words */
    uint16_t count;              /* number of parameters */
    uint8_t  ngpr, nfpr, vector; /* as a plan's */
    bool     sret;               /* the result is in memory */
};

struct abi {
    struct convention  convention; /* must come first, see abi_of() */
    const char *const *gpr;        /* names of the argument registers, in the order of their use */
    const char *const *fpr;
    const char *const *gpr_results, *const *fpr_results; /* names of the result registers */
    const char
        *vector_count; /* the register that passes a variadic function the number of fpr in use; NULL: none */
    bool positional;   /* the k-th argument owns the k-th register of both kinds, and stubs load both */
    uint32_t shadow;   /* bytes of the stack area below the arguments, which belong to the callee */
    bool     packs;    /* arguments on the stack have only their own bytes, and others stand beside them */
    bool     sign_extends; /* integers of 4 bytes are sign-extended to 8, in registers and on the stack */
    bool boxes; /* a value of less than 8 bytes in a floating-point register is NaN-boxed: ones are above it */
    unsigned shifts; /* registers, or positions, that a shifted function moves; 0: it cannot be shifted */

    /* Assigns registers and stack words to the result and then to the arguments, by the draft_...() functions. Counts
     * ngpr and nfpr of the plan, and sets its sret if the result is in memory. NULL: only the data model of this ABI is
     * known. */
    void (*classify)(struct draft *draft);

    /* Makes a va_list of the arguments after the parameters of a variadic callback, in `list` of VA_LIST_SIZE
     * bytes. */
    void (*start_va_list)(const struct taken *taken, const struct image *image, void *stack, void *list);
};

enum { VA_LIST_SIZE = 256 }; /* includes the registers that the list refers to; aligned to 16 */

extern const struct abi abi_sysv, abi_win64, abi_msvc, abi_vectorcall, abi_aapcs64, abi_apple_arm64,
    abi_win_arm64, abi_lp64d, abi_wasm32;

extern const struct convention *const abis[]; /* the convention of every ABI; NULL at the end */

/* The ABI of a signature's convention. */
static inline const struct abi *abi_of(const struct convention *convention) {
    return (const struct abi *)(const void *)convention;
}

#endif
