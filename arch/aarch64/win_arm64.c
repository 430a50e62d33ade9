/* SPDX-License-Identifier: MIT */
/*
 * Windows on Arm ("Overview of ARM64 ABI conventions"). It differs from aapcs64.c so:
 *
 *   - LLP64: long has 4 bytes; long double is a double, va_list a pointer, records are Microsoft's;
 *   - a variadic function takes no argument, fixed or variable, in a floating-point register, and knows no
 *     homogeneous aggregates ("Addendum: Variadic functions"): its arguments are words of a stack of which x0 to
 *     x7 are the first 64 bytes, so that a value of two words may begin in x7 and end on the stack;
 *   - attributes that align a record count.
 *
 * Where the text is silent, clang --target=aarch64-windows-msvc is the judge. Clang's callers (14 to 22) do not
 * divide such a value, but its va_arg reads it divided, as the text has it. The stubs are those of
 * aapcs64_call.S, which leave x18 alone.
 */
#include "aarch64.h"

static const struct model llp64 = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_I8,
            [MODEL_LONG]    = FFI_KIND_I32,
            [MODEL_ULONG]   = FFI_KIND_U32,
            [MODEL_WCHAR]   = FFI_KIND_U16,
            [MODEL_WINT]    = FFI_KIND_U16,
            [MODEL_FAST16]  = FFI_KIND_I32,
            [MODEL_UFAST16] = FFI_KIND_U32,
            [MODEL_FAST32]  = FFI_KIND_I32,
            [MODEL_UFAST32] = FFI_KIND_U32,
            [MODEL_LDOUBLE] = FFI_KIND_F64,
            [MODEL_INTPTR]  = FFI_KIND_I64,
            [MODEL_UINTPTR] = FFI_KIND_U64,
        },
    .records          = RECORDS_MSVC,
    .va_list          = VA_LIST_POINTER,
    .vector_alignment = 16,
    .bit_int_limb     = 16,
};

/* Pushes a value, or what of it stands in no register; what follows it is on the stack, too. */
static void push(struct draft *draft, size_t arg, const ffi_ctype *type, size_t from) {
    draft->plan->ngpr = AARCH64_GPRS;
    if (from) draft_rest(draft, arg, from, type->size - from);
    else draft_stack(draft, arg, type->size, aarch64_own_alignment(type) >= 16 ? 16 : 8);
}

static void classify_integer(struct draft *draft, size_t arg, const ffi_ctype *type) {
    struct plan *plan = draft->plan;
    if (aarch64_own_alignment(type) >= 16) plan->ngpr += plan->ngpr & 1;
    size_t room = (size_t)(AARCH64_GPRS - plan->ngpr) * 8;
    if (type->size <= room) {
        aarch64_gprs(draft, arg, type);
    } else if (room && plan->signature->variadic) {
        draft_register(draft, arg, LOCATION_GPR, plan->ngpr, 0, 8);
        push(draft, arg, type, 8);
    } else {
        push(draft, arg, type, 0);
    }
}

static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type) {
    struct plan       *plan = draft->plan;
    struct homogeneous none = {0};
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    struct homogeneous members = plan->signature->variadic ? none : aarch64_homogeneous(draft, type);
    aarch64_check(draft, type);
    if (type_is_hollow(type)) return; /* clang passes nothing for a record of unnamed bit-fields */
    if (aarch64_by_reference(type, &members)) {
        bool in_register = plan->ngpr < AARCH64_GPRS;
        draft_copy(draft, arg, in_register ? LOCATION_GPR : LOCATION_STACK, in_register ? plan->ngpr++ : 0);
    } else if (!members.count) {
        classify_integer(draft, arg, type);
    } else if (plan->nfpr + members.count <= AARCH64_FPRS) {
        aarch64_fprs(draft, arg, &members);
    } else {
        plan->nfpr = AARCH64_FPRS;
        draft_stack(draft, arg, type->size, aarch64_own_alignment(type) >= 16 ? 16 : 8);
    }
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    aarch64_result(draft, signature->target);
    for (size_t i = 0; i < signature->count; i++) classify_argument(draft, i, signature->params[i]);
}

/* The list is a pointer to words, of which those in registers are stored below those on the stack: an entry that
 * goes through an image has room there (image.inc). */
static void start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    char  *home = (char *)stack - AARCH64_GPRS * sizeof *image->gpr;
    size_t used = taken->ngpr < AARCH64_GPRS ? taken->ngpr : AARCH64_GPRS + taken->nstack_used;
    char  *next = home + used * sizeof *image->gpr;
    memcpy(home, image->gpr, AARCH64_GPRS * sizeof *image->gpr);
    memcpy(list, &next, sizeof next);
}

const struct abi abi_win_arm64 = {
    .convention    = {"win-arm64", NULL, &llp64},
    .gpr           = aarch64_gpr,
    .fpr           = aarch64_fpr,
    .gpr_results   = aarch64_gpr,
    .fpr_results   = aarch64_fpr,
    .shifts        = AARCH64_GPRS,
    .classify      = classify,
    .start_va_list = start_va_list,
};
