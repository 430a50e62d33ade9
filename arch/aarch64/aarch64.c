/* SPDX-License-Identifier: MIT */
/*
 * What AAPCS64 (2024Q3) and Apple's variant of it share: which values are homogeneous aggregates (5.9.5), and
 * where results are (6.9). The order of registers and stack for arguments is each ABI's own.
 */
#include "aarch64.h"

#include "../../src/record.h"

enum { MEMBERS = 4 }; /* of a homogeneous aggregate, at most (5.9.5.1, 5.9.5.2) */

const char *const aarch64_gpr[AARCH64_GPRS + 1] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};
const char *const aarch64_fpr[AARCH64_FPRS]     = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};

/* ---- homogeneous aggregates ---- */

/* A value that a floating-point register takes: 5.1 and 5.2, "short vectors" of 8 and 16 bytes. */
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

/* 5.9.5: members are of one type; short vectors are if their sizes are. */
static bool same_base(const ffi_ctype *a, const ffi_ctype *b) {
    return a->size == b->size && (a->kind == FFI_KIND_VECTOR) == (b->kind == FFI_KIND_VECTOR);
}

static bool count_members(const ffi_ctype *type, struct homogeneous *parts);

/* Bit-fields without a name are no fields of the type, but they are integers; those of width 0 do not count. */
static bool has_unnamed_bits(const ffi_ctype *type) {
    for (size_t i = 0; type->definition && i < type->definition->count; i++) {
        const ffi_field *field = &type->definition->members[i].field;
        if (field->is_bits && !field->name && field->bit_width) return true;
    }
    return false;
}

static bool count_fields(const ffi_ctype *type, struct homogeneous *parts) {
    size_t sum = 0;
    if (has_unnamed_bits(type)) return false;
    for (size_t i = 0; i < type->count; i++) {
        const ffi_field *field = &type->fields[i];
        if (field->is_bits || !count_members(field->type, parts)) return false;
        if (type->kind == FFI_KIND_STRUCT) sum += parts->count;
        else if (parts->count > sum) sum = parts->count;
    }
    parts->count = sum;
    return type->size == (parts->base ? sum * parts->base->size : 0); /* no padding */
}

/* Counts the members of `type`, whose base is `parts->base` if others came before; false: it is not
 * homogeneous. */
static bool count_members(const ffi_ctype *type, struct homogeneous *parts) {
    if (type_is_record(type)) return count_fields(type, parts);
    if (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_COMPLEX) {
        size_t count = type->kind == FFI_KIND_ARRAY ? type->count : 2;
        if (!count || !count_members(type->target, parts)) return false;
        parts->count *= count;
        return true;
    }
    if (!is_base(type) || (parts->base && !same_base(parts->base, type))) return false;
    *parts = (struct homogeneous){type, 1};
    return true;
}

struct homogeneous aarch64_homogeneous(const ffi_ctype *type) {
    struct homogeneous parts = {NULL, 0};
    if (type->size > (size_t)MEMBERS * 16 || !count_members(type, &parts) || parts.count > MEMBERS)
        parts.count = 0;
    return parts;
}

/* ---- arguments ---- */

/* Vectors of more than 16 bytes are not AAPCS64's; gcc and clang agree. */
bool aarch64_by_reference(const ffi_ctype *type, const struct homogeneous *parts) {
    return type->size > 16 && !parts->count;
}

void aarch64_gprs(struct draft *draft, size_t arg, const ffi_ctype *type) {
    for (size_t at = 0; at < type->size; at += 8)
        draft_register(draft, arg, PLACE_GPR, draft->plan->ngpr++, at,
                       type->size - at < 8 ? type->size - at : 8);
}

void aarch64_fprs(struct draft *draft, size_t arg, const struct homogeneous *parts) {
    size_t size = parts->base->size;
    for (size_t i = 0; i < parts->count; i++)
        draft_register(draft, arg, PLACE_FPR, draft->plan->nfpr++, i * size, size);
}

/* gcc passes a vector of less than 8 bytes as an integer, clang returns it as a vector. */
void aarch64_check(struct draft *draft, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_VECTOR && type->size < 8)
        draft->refused = "a vector of less than 8 bytes by value";
}

/* ---- results ---- */

/* 6.9: where it would be as the first argument; else in memory, whose address is in x8. */
void aarch64_result(struct draft *draft, const ffi_ctype *type) {
    struct homogeneous parts = aarch64_homogeneous(type);
    aarch64_check(draft, type);
    if (aarch64_by_reference(type, &parts)) {
        draft->plan->in_memory  = true;
        draft->plan->result_gpr = AARCH64_RESULT_GPR;
        return;
    }
    for (unsigned i = 0; i < parts.count; i++)
        draft_result(draft, PLACE_FPR, i, (size_t)i * parts.base->size, parts.base->size);
    for (size_t at = 0; !parts.count && at < type->size; at += 8)
        draft_result(draft, PLACE_GPR, (unsigned)(at / 8), at, type->size - at < 8 ? type->size - at : 8);
}
