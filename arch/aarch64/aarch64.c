/* SPDX-License-Identifier: MIT */
/*
 * The part that AAPCS64 (2024Q3) and its variants share: homogeneous aggregates (5.9.5) and results (6.9).
 * Each ABI's own file assigns registers and stack words to arguments.
 */
#include "aarch64.h"

const char *const aarch64_gpr[AARCH64_GPRS + 1] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};
const char *const aarch64_fpr[AARCH64_FPRS]     = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};

/* ---- homogeneous aggregates ---- */

/* Whether a floating-point register holds the value: 5.1 and 5.2, "short vectors" of 8 and 16 bytes. */
static bool is_base(const ffi_ctype *type) {
    switch (type->kind) {
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64:
    case FFI_KIND_F128: return true;
    case FFI_KIND_VECTOR: return type->size == 8 || type->size == 16;
    default: return false;
    }
}

struct homogeneous aarch64_homogeneous(const struct draft *draft, const ffi_ctype *type) {
    const struct homogeneous_rules rules = {.is_base   = is_base,
                                            .no_atomic = !model_is_gcc(draft->plan->abi->convention.model)};
    return homogeneous_of(type, &rules);
}

/* ---- arguments ---- */

/* AAPCS64 does not define vectors of more than 16 bytes; gcc and clang agree on them. */
bool aarch64_by_reference(const ffi_ctype *type, const struct homogeneous *members) {
    return type->size > 16 && !members->count;
}

void aarch64_gprs(struct draft *draft, size_t arg, const ffi_ctype *type) {
    for (size_t at = 0; at < type->size; at += 8)
        draft_register(draft, arg, LOCATION_GPR, draft->plan->ngpr++, at,
                       type->size - at < 8 ? type->size - at : 8);
}

void aarch64_fprs(struct draft *draft, size_t arg, const struct homogeneous *members) {
    size_t size = members->base->size;
    for (size_t i = 0; i < members->count; i++)
        draft_register(draft, arg, LOCATION_FPR, draft->plan->nfpr++, i * size, size);
}

size_t aarch64_own_alignment(const ffi_ctype *type) {
    if (!type->typedef_align) return type->alignment;
    if (type_is_record(type)) return type_definition(type)->alignment;
    return type_plain_alignment(type);
}

/* gcc passes a vector of less than 8 bytes as an integer, clang returns it as a vector. */
void aarch64_check(struct draft *draft, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_VECTOR && type->size < 8)
        draft->refused = "a vector of less than 8 bytes by value";
}

/* ---- results ---- */

/* 6.9: a result is where it would be as the first argument; otherwise in memory, with its address in x8. */
void aarch64_result(struct draft *draft, const ffi_ctype *type) {
    struct homogeneous members = aarch64_homogeneous(draft, type);
    aarch64_check(draft, type);
    if (aarch64_by_reference(type, &members)) {
        draft->plan->sret       = true;
        draft->plan->result_gpr = AARCH64_RESULT_GPR;
        return;
    }
    for (unsigned i = 0; i < members.count; i++)
        draft_result(draft, LOCATION_FPR, i, (size_t)i * members.base->size, members.base->size);
    for (size_t at = 0; !members.count && at < type->size; at += 8)
        draft_result(draft, LOCATION_GPR, (unsigned)(at / 8), at, type->size - at < 8 ? type->size - at : 8);
}
