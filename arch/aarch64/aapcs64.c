/* SPDX-License-Identifier: MIT */
/*
 * The procedure call standard of AArch64 (AAPCS64 2024Q3) on Linux: which register or stack word takes which
 * part of which argument. aapcs64_call.S has the stubs; aarch64.c has the part that Apple's variant shares.
 *
 * Variable arguments are passed like others. Where gcc and clang differ, this file follows gcc: a record with
 * only unnamed bit-fields takes a register, although it has no member. Vectors of less than 8 bytes are
 * refused, because the standard does not mention them. The library has no pure scalable types (C.7).
 */
#include "aarch64.h"

/* LP64 (10.1); wchar_t and the fast integers as in the GNU C library. */

static const struct model lp64 = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_U8,
            [MODEL_LONG]    = FFI_KIND_I64,
            [MODEL_ULONG]   = FFI_KIND_U64,
            [MODEL_WCHAR]   = FFI_KIND_U32,
            [MODEL_WINT]    = FFI_KIND_U32,
            [MODEL_FAST16]  = FFI_KIND_I64,
            [MODEL_UFAST16] = FFI_KIND_U64,
            [MODEL_FAST32]  = FFI_KIND_I64,
            [MODEL_UFAST32] = FFI_KIND_U64,
            [MODEL_LDOUBLE] = FFI_KIND_F128,
            [MODEL_INTPTR]  = FFI_KIND_I64,
            [MODEL_UINTPTR] = FFI_KIND_U64,
        },
    .va_list            = VA_LIST_AAPCS64,
    .vector_alignment   = 16,
    .bit_int_limb       = 16,
    .bit_int_passed     = 128,  /* clang has no wider ones */
    .unnamed_bits_align = true, /* 8.1.8.2: "without exception for zero-sized or anonymous bit-fields" */
};

/* The alignment that calls use, 8 or 16 (B.6): for a record that of its members, without attributes on the
 * record itself; for other types their own. A typedef's alignment is ignored. */
static size_t natural_alignment(const ffi_ctype *type) {
    return type_plain_alignment(type) >= 16 ? 16 : 8;
}

/* C.1 to C.6: the next floating-point registers for all members; otherwise the stack, and no later argument
 * uses a floating-point register. */
static void classify_floating(struct draft *draft, size_t arg, const ffi_ctype *type,
                              const struct homogeneous *members) {
    struct plan *plan = draft->plan;
    if (plan->nfpr + members->count <= AARCH64_FPRS) {
        aarch64_fprs(draft, arg, members);
        return;
    }
    plan->nfpr = AARCH64_FPRS;
    draft_stack(draft, arg, type->size, natural_alignment(type));
}

/* C.9 to C.17: the same for integer registers; a value aligned to 16 begins with an even one (C.10). */
static void classify_integer(struct draft *draft, size_t arg, const ffi_ctype *type) {
    struct plan *plan  = draft->plan;
    size_t       words = (type->size + 7) / 8;
    if (!words) return; /* GNU C's empty struct */
    if (natural_alignment(type) == 16) plan->ngpr += plan->ngpr & 1;
    if (plan->ngpr + words <= AARCH64_GPRS) {
        aarch64_gprs(draft, arg, type);
        return;
    }
    plan->ngpr = AARCH64_GPRS;
    draft_stack(draft, arg, type->size, natural_alignment(type));
}

/* B.4: a large composite is replaced by the address of a copy. */
static void classify_reference(struct draft *draft, size_t arg) {
    struct plan *plan = draft->plan;
    if (plan->ngpr < AARCH64_GPRS) draft_copy(draft, arg, LOCATION_GPR, plan->ngpr++);
    else draft_copy(draft, arg, LOCATION_STACK, 0);
}

static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type) {
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    struct homogeneous members = aarch64_homogeneous(draft, type);
    aarch64_check(draft, type);
    if (members.count) classify_floating(draft, arg, type, &members);
    else if (aarch64_by_reference(type, &members)) classify_reference(draft, arg);
    else classify_integer(draft, arg, type);
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    aarch64_result(draft, signature->target);
    for (size_t i = 0; i < signature->count; i++) classify_argument(draft, i, signature->params[i]);
}

/* 10.1.5: the saved registers of each kind lie below their "top", as the prologue of a variadic function saves
 * them. */
static void start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    struct {
        char   *stack, *gr_top, *vr_top;
        int32_t gr_offs, vr_offs;
        uint8_t vrs[AARCH64_FPRS][16];
        uint8_t grs[AARCH64_GPRS][8];
    } *made       = list;
    made->stack   = (char *)stack + (size_t)taken->nstack_used * 8;
    made->gr_top  = (char *)(made->grs + AARCH64_GPRS);
    made->vr_top  = (char *)(made->vrs + AARCH64_FPRS);
    made->gr_offs = (taken->ngpr - AARCH64_GPRS) * 8;
    made->vr_offs = (taken->nfpr - AARCH64_FPRS) * 16;
    _Static_assert(sizeof *made <= VA_LIST_SIZE, "there is room for it");
    memcpy(made->vrs, (const char *)image + IMAGE_FPR, sizeof made->vrs);
    memcpy(made->grs, image->gpr, sizeof made->grs);
}

const struct abi abi_aapcs64 = {
    .convention    = {"aapcs64", NULL, &lp64},
    .gpr           = aarch64_gpr,
    .fpr           = aarch64_fpr,
    .gpr_results   = aarch64_gpr,
    .fpr_results   = aarch64_fpr,
    .shifts        = AARCH64_GPRS,
    .classify      = classify,
    .start_va_list = start_va_list,
};
