/* SPDX-License-Identifier: MIT */
/*
 * What a calling convention is to the rest of the library: a constant record. All of them are in every
 * build, so that plans for any machine can be made and tested on any other; the stubs are those of the
 * target.
 */
#ifndef ABI_H
#define ABI_H

#include "plan.h"

struct abi {
    const char         *name;
    const char         *attribute; /* as in __attribute__((name)); NULL: none */
    const struct model *model;     /* sizes of C's types */
    const char *const  *gpr;       /* names of the argument registers, in order */
    const char *const  *fpr;
    const char *const *gpr_results, *const *fpr_results; /* of the results' */
    const char *vector_count; /* the register that tells a variadic function how many fpr are in
                                 use; NULL: none */
    bool     positional;      /* the k-th argument has both k-th registers, and stubs load both */
    uint32_t shadow;          /* bytes of the stack area that are the callee's own, below the arguments */

    /* Hands registers and stack words to result and arguments by the draft_ functions, and counts ngpr and nfpr
     * of the plan. NULL: of this ABI only the data model is known. */
    void (*classify)(struct draft *draft);

    /* Makes a va_list of what follows the parameters of a variadic callback, in `list` of VA_LIST_SIZE bytes.
     */
    void (*start_va_list)(const struct plan *plan, const struct image *image, void *stack, void *list);
};

enum { VA_LIST_SIZE = 256 }; /* with the registers that it refers to; aligned to 16 */

extern const struct abi abi_sysv, abi_win64, abi_msvc, abi_vectorcall, abi_aapcs64, abi_apple_arm64;

extern const struct abi *const abis[]; /* every one; NULL at the end */

/* The ABI of this name or attribute, of which `length` bytes count; NULL if there is none. */
const struct abi *abi_named(const char *name, size_t length);

/* Where trampolines go that do not call a handler (callback.c): revoked, revoked and reported, without a
 * context. */
struct late_entries {
    entry_stub *first, *again, *orphan;
};

/* Of the target, from arch/<cpu>/stubs*.c: the platform's own ABI; whether plans of an ABI may be slots, or are
 * all images for want of such stubs; the stub for a plan of slots, NULL if this target cannot run the plan's
 * ABI; the stub for arguments behind pointers, all of 8 bytes, NULL if there is none for such a plan; the stub
 * that loads parts of 8 bytes, with arguments behind pointers, or slots as parts, NULL if the ABI has none; the
 * stub for a plan with an image, NULL with a reason if this machine has not the registers; the entry of
 * callbacks, `by_image` or into slots; those of late calls, with all of the vector registers that results of
 * the plan are in. */
extern const struct abi *const abi_default;
bool                           abi_has_slots(const struct abi *abi);
ffi_stub                       abi_stub(const struct plan *plan);
ffi_stub                       abi_words_stub(const struct plan *plan);
ffi_stub                       abi_parts_stub(const struct abi *abi, bool behind_pointers, bool direct);
wide_stub                     *abi_wide_stub(const struct plan *plan, const char **why);
entry_stub                    *abi_entry(const struct plan *plan, bool by_image, const char **why);
const struct late_entries     *abi_late_entries(const struct plan *plan);

/* Where a trampoline goes between two uses of its callback: zeroes in registers, whatever the ABI. */
extern entry_stub abi_no_entry;

#endif
