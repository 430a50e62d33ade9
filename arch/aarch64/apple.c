/* SPDX-License-Identifier: MIT */
/*
 * Apple's variant of AAPCS64 ("Writing ARM64 code for Apple platforms"). It differs from aapcs64.c so:
 *
 *   - arguments on the stack take as many bytes as they have, aligned as they are; composites still take words;
 *   - variable arguments are all on the stack, in words;
 *   - what is aligned to 16 need not begin with an even register;
 *   - the caller extends what is narrower than 32 bits;
 *   - char is signed, long double a double, va_list a pointer.
 *
 * Where the text is silent, clang --target=arm64-apple-macos is the judge. The stubs are those of
 * aapcs64_call.S.
 */
#include "aarch64.h"

static const struct model lp64 = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_I8,
            [MODEL_LONG]    = FFI_KIND_I64,
            [MODEL_ULONG]   = FFI_KIND_U64,
            [MODEL_WCHAR]   = FFI_KIND_I32,
            [MODEL_WINT]    = FFI_KIND_I32,
            [MODEL_FAST16]  = FFI_KIND_I16,
            [MODEL_UFAST16] = FFI_KIND_U16,
            [MODEL_FAST32]  = FFI_KIND_I32,
            [MODEL_UFAST32] = FFI_KIND_U32,
            [MODEL_LDOUBLE] = FFI_KIND_F64,
            [MODEL_INTPTR]  = FFI_KIND_I64,
            [MODEL_UINTPTR] = FFI_KIND_U64,
        },
    .records          = RECORDS_CLANG,
    .has_other_struct = true,
    .va_list          = VA_LIST_POINTER,
    .bit_int_limb     = 16,
    .vector_alignment = 16,
};

/* Pushes one or two words, or an address, aligned to 8 or 16. */
static void push_words(struct draft *draft, size_t arg, const ffi_ctype *type) {
    draft_stack(draft, arg, type->size, aarch64_own_alignment(type) >= 16 ? 16 : 8);
}

/* "Pass arguments to functions correctly": padding only for alignment. */
static void push(struct draft *draft, size_t arg, const ffi_ctype *type, const struct homogeneous *members) {
    if (members->count) draft_packed(draft, arg, type->size, members->base->size);
    else if (type_is_record(type) || type->size > 8) push_words(draft, arg, type);
    else draft_packed(draft, arg, type->size, type->size);
}

static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type, bool variable) {
    struct plan *plan = draft->plan;
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    struct homogeneous members = aarch64_homogeneous(draft, type);
    bool               by_copy = aarch64_by_reference(type, &members);
    size_t             words   = by_copy ? 1 : (type->size + 7) / 8;
    aarch64_check(draft, type);
    if (type_is_hollow(type)) return; /* clang passes nothing for a record of unnamed bit-fields */
    if (variable && by_copy) {
        draft_copy(draft, arg, LOCATION_STACK, 0);
    } else if (variable) {
        push_words(draft, arg, type);
    } else if (members.count && plan->nfpr + members.count <= AARCH64_FPRS) {
        aarch64_fprs(draft, arg, &members);
    } else if (members.count) {
        plan->nfpr = AARCH64_FPRS;
        push(draft, arg, type, &members);
    } else if (plan->ngpr + words <= AARCH64_GPRS) {
        if (by_copy) draft_copy(draft, arg, LOCATION_GPR, plan->ngpr++);
        else aarch64_gprs(draft, arg, type);
    } else {
        plan->ngpr = AARCH64_GPRS;
        if (by_copy) draft_copy(draft, arg, LOCATION_STACK, 0);
        else push(draft, arg, type, &members);
    }
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    aarch64_result(draft, signature->target);
    for (size_t i = 0; i < signature->count; i++)
        classify_argument(draft, i, signature->params[i], i >= signature->fixed);
}

/* A va_list points to the next variable argument. */
static void start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    (void)image;
    char *first = (char *)stack + (size_t)taken->nstack_used * 8;
    memcpy(list, &first, sizeof first);
}

const struct abi abi_apple_arm64 = {
    .convention    = {"apple-arm64", NULL, &lp64},
    .gpr           = aarch64_gpr,
    .fpr           = aarch64_fpr,
    .gpr_results   = aarch64_gpr,
    .fpr_results   = aarch64_fpr,
    .packs         = true,
    .shifts        = AARCH64_GPRS,
    .classify      = classify,
    .start_va_list = start_va_list,
};
