/* SPDX-License-Identifier: MIT */
/*
 * The System V ABI for x86-64 (psABI 1.0, 3.2.3): which register or stack word takes which part of which
 * argument. sysv_call.asm has the stubs.
 *
 * A value is divided into eightbytes. Each eightbyte gets a class, and the classes choose the registers. Where
 * the psABI leaves a choice, this file follows gcc: if one integer register is left for an __int128, the whole
 * value goes to the stack (clang 19 splits it); vectors of 32 and 64 bytes use ymm and zmm registers, as in
 * callees built with AVX and AVX-512. For "unaligned fields" this file and clang follow the psABI: gcc ignores
 * a record with only bit-fields, and every element of an array except the first. An array of no elements has no
 * class, as in clang; gcc gives the class of its element to an eightbyte that contains it. An unnamed bit-field
 * has no class; gcc gives it INTEGER.
 */
#include "plan/draft.h"
#include "va_lists.h"

enum { NGPR = 6, NFPR = 8 };

static const char *const gpr[NGPR]      = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
static const char *const fpr[NFPR]      = {"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"};
static const char *const gpr_results[2] = {"rax", "rdx"};

/* LP64 (psABI 3.1.2); wchar_t and wint_t as in the Linux Standard Base. */
static const struct model lp64 = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_I8,
            [MODEL_LONG]    = FFI_KIND_I64,
            [MODEL_ULONG]   = FFI_KIND_U64,
            [MODEL_WCHAR]   = FFI_KIND_I32,
            [MODEL_WINT]    = FFI_KIND_U32,
            [MODEL_FAST16]  = FFI_KIND_I64,
            [MODEL_UFAST16] = FFI_KIND_U64,
            [MODEL_FAST32]  = FFI_KIND_I64,
            [MODEL_UFAST32] = FFI_KIND_U64,
            [MODEL_LDOUBLE] = FFI_KIND_F80,
            [MODEL_INTPTR]  = FFI_KIND_I64,
            [MODEL_UINTPTR] = FFI_KIND_U64,
        },
    .va_list          = VA_LIST_SYSV,
    .has_other_struct = true,
    .bit_int_extended = 32,
    .bit_int_passed   = BITINT_MAX,
};

/* ---- classes ---- */

/* The class of an eightbyte (psABI 3.2.3, "Classification"). */
enum eightbyte { NONE, INTEGER, SSE, SSEUP, X87, X87UP, COMPLEX_X87, MEMORY };

enum { EIGHTBYTES = 8 }; /* a zmm register */

/* The largest number of members of one value, at all levels. Unions that contain the union below them twice
 * have 2^n members after n levels, and classifying them takes as long, in gcc and clang too. */
enum { MEMBERS_END = 1 << 12 };

struct classes {
    enum eightbyte of[EIGHTBYTES];
    size_t         count;
    size_t         members; /* seen so far */
    const char    *refused; /* a kind of member that cannot be passed, or NULL */
};

/* Rules (a) to (f): merges the classes of two fields in one eightbyte. */
static enum eightbyte merged(enum eightbyte a, enum eightbyte b) {
    if (a == b || b == NONE) return a;
    if (a == NONE) return b;
    if (a == MEMORY || b == MEMORY) return MEMORY;
    if (a == INTEGER || b == INTEGER) return INTEGER;
    if (a >= X87 || b >= X87) return MEMORY;
    return SSE;
}

static void mark(struct classes *classes, size_t offset, enum eightbyte part) {
    classes->of[offset / 8] = merged(classes->of[offset / 8], part);
}

/* The alignment that calls use. A typedef's alignment counts in layouts, not in calls: gcc and clang ignore it.
 */
static uint32_t own_alignment(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY) type = type->target;
    if (!type->typedef_align) return type->alignment;
    bool record = type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION;
    if (record) return type_definition(type)->alignment;
    return (uint32_t)type_plain_alignment(type);
}

/* psABI 3.2.3 treats complex numbers as structs of two members, except those of long double. */
static bool is_aggregate(const ffi_ctype *type) {
    if (type->kind == FFI_KIND_COMPLEX) return type->target->kind != FFI_KIND_F80;
    return type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION || type->kind == FFI_KIND_ARRAY;
}

static bool classify_aggregate(const ffi_ctype *type, size_t offset, struct classes *classes);

/* Marks the eightbytes of a value at `offset`. False if the whole value has class MEMORY. */
static bool classify_at(const ffi_ctype *type, size_t offset, struct classes *classes) {
    if (is_aggregate(type)) return classify_aggregate(type, offset, classes);
    if (offset % own_alignment(type)) return false; /* an element; classify_fields() has checked fields */
    switch (type_machine(type)) {
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64: mark(classes, offset, SSE); break;
    case FFI_KIND_F128:
    case FFI_KIND_VECTOR:
        /* The psABI does not mention vectors of less than 8 bytes. gcc and clang agree on vectors of integers;
         * for others this follows gcc. */
        if (type->size < 8 && type->target->kind == FFI_KIND_F32) return false;
        if (type->size < 8 && type->target->kind != FFI_KIND_F16) {
            mark(classes, offset, INTEGER);
            break;
        }
        for (size_t i = 0; i < type->size; i += 8) mark(classes, offset + i, i ? SSEUP : SSE);
        break;
    case FFI_KIND_F80:
        mark(classes, offset, X87);
        mark(classes, offset + 8, X87UP);
        break;
    case FFI_KIND_COMPLEX: mark(classes, offset, COMPLEX_X87); break;
    case FFI_KIND_I128:
    case FFI_KIND_U128: mark(classes, offset + 8, INTEGER); /* fall through */
    default: mark(classes, offset, INTEGER);
    }
    return true;
}

static bool classify_elements(const ffi_ctype *type, size_t offset, struct classes *classes) {
    size_t count = type->kind == FFI_KIND_ARRAY ? type->count : 2;
    for (size_t i = 0; i < count && type->target->size; i++)
        if (!classify_at(type->target, offset + i * type->target->size, classes)) return false;
    return true;
}

static bool classify_fields(const ffi_ctype *type, size_t offset, struct classes *classes) {
    for (size_t i = 0; i < type->count; i++) {
        ffi_field field = type_field(type, i);
        if (field.is_bits) {
            size_t first = (offset + field.offset) * 8 + field.bit_offset;
            for (size_t at = first / 64; at <= (first + field.bit_width - 1) / 64; at++)
                mark(classes, at * 8, INTEGER);
        } else if ((offset + field.offset) % own_alignment(field.type) ||
                   !classify_at(field.type, offset + field.offset, classes)) {
            return false;
        }
    }
    return true;
}

/* Rule 5, "post merger cleanup" of an aggregate's eightbytes. False if the class is MEMORY. */
static bool clean_up(struct classes *classes, size_t first, size_t end) {
    enum eightbyte *of    = classes->of;
    bool            whole = of[first] == SSE; /* one vector register holds it */
    for (size_t i = first; i < end; i++) {
        enum eightbyte before = i > first ? of[i - 1] : NONE;
        if (of[i] == MEMORY || (of[i] == X87UP && before != X87)) return false;
        if (of[i] == SSEUP && before != SSE && before != SSEUP) of[i] = SSE;
        if (i > first) whole &= of[i] == SSEUP;
    }
    return end - first <= 2 || whole;
}

/* Rules 3 to 5. They also apply to an aggregate inside an aggregate, before its eightbytes are merged with
 * those of its neighbours: if its class is MEMORY, that of the outer one is MEMORY too. */
static bool classify_aggregate(const ffi_ctype *type, size_t offset, struct classes *classes) {
    bool           members = type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION;
    struct classes own     = {.members = classes->members + 1 + (members ? type->count : 0)};
    if (own.members > MEMBERS_END) return (classes->members = own.members), false;
    bool good        = (members ? classify_fields : classify_elements)(type, offset, &own);
    classes->members = own.members;
    if (!good || (type->size && !clean_up(&own, offset / 8, (offset + type->size + 7) / 8))) return false;
    if (own.refused) classes->refused = own.refused;
    for (size_t i = 0; i < EIGHTBYTES; i++) classes->of[i] = merged(classes->of[i], own.of[i]);
    return true;
}

/* The classes of a whole value, by rules 1 to 5. False if the class is MEMORY. */
static bool classify_value(const ffi_ctype *type, struct classes *classes) {
    *classes = (struct classes){.count = 0};
    if (type->size > EIGHTBYTES * sizeof(uint64_t)) return false;
    classes->count = (type->size + 7) / 8;
    bool good      = classify_at(type, 0, classes);
    if (classes->members > MEMBERS_END) classes->refused = "a value of more than 4096 members";
    return good;
}

/* ---- arguments ---- */

/* The number of bytes from eightbyte `i` on that one register takes: a vector register also takes the SSEUP
 * eightbytes that follow. */
static size_t run(const ffi_ctype *type, const struct classes *classes, size_t i) {
    size_t end = i + 1;
    while (end < classes->count && classes->of[end] == SSEUP) end++;
    return (end * 8 < type->size ? end * 8 : type->size) - i * 8;
}

/* psABI 3.2.3, "Passing": class INTEGER takes the next of rdi, rsi, rdx, rcx, r8, r9; class SSE takes the next
 * of xmm0 to xmm7. If registers are missing for any eightbyte, the whole value goes to the stack, aligned for
 * its type. Variable arguments of more than 16 bytes are on the stack, even vectors. */
static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type, bool variable) {
    struct plan   *plan = draft->plan;
    struct classes classes;
    uint8_t        counts[MEMORY + 1] = {0}; /* of eightbytes, by their class */
    if (type->transparent) type = type->fields[0].type;
    bool in_registers = classify_value(type, &classes);
    for (size_t i = 0; i < classes.count; i++) counts[classes.of[i]]++;
    if (classes.refused) draft->refused = classes.refused;
    if (counts[X87] || counts[COMPLEX_X87]) in_registers = false;
    if (plan->ngpr + counts[INTEGER] > NGPR || plan->nfpr + counts[SSE] > NFPR) in_registers = false;
    if (variable && classes.count > 2) in_registers = false;
    if (!in_registers) {
        draft_stack(draft, arg, type->size, own_alignment(type));
        return;
    }
    for (size_t i = 0; i < classes.count; i++) {
        if (classes.of[i] == INTEGER)
            draft_register(draft, arg, LOCATION_GPR, plan->ngpr++, i * 8, run(type, &classes, i));
        else if (classes.of[i] == SSE)
            draft_register(draft, arg, LOCATION_FPR, plan->nfpr++, i * 8, run(type, &classes, i));
    }
}

/* psABI 3.2.3, "Returning of Values". */
static void classify_result(struct draft *draft, const ffi_ctype *type) {
    struct classes classes;
    unsigned       integers = 0, vectors = 0;
    if (type->kind == FFI_KIND_VOID) return;
    bool in_registers = classify_value(type, &classes);
    if (classes.refused) draft->refused = classes.refused;
    if (!in_registers) {
        draft->plan->sret = true;
        draft->plan->ngpr++;
        return;
    }
    if (classes.of[0] == COMPLEX_X87) {
        draft_result(draft, LOCATION_X87, 0, 0, 16);
        draft_result(draft, LOCATION_X87, 1, 16, 16);
        return;
    }
    for (size_t i = 0; i < classes.count; i++) {
        if (classes.of[i] == INTEGER)
            draft_result(draft, LOCATION_GPR, integers++, i * 8, run(type, &classes, i));
        else if (classes.of[i] == SSE)
            draft_result(draft, LOCATION_FPR, vectors++, i * 8, run(type, &classes, i));
        else if (classes.of[i] == X87) draft_result(draft, LOCATION_X87, 0, i * 8, 16);
    }
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    classify_result(draft, signature->target);
    for (size_t i = 0; i < signature->count && !draft->refused; i++)
        classify_argument(draft, i, signature->params[i], i >= signature->fixed);
}

const struct abi abi_sysv = {
    .convention    = {"sysv", "sysv_abi", &lp64},
    .gpr           = gpr,
    .fpr           = fpr,
    .gpr_results   = gpr_results,
    .fpr_results   = fpr,
    .vector_count  = "al", /* psABI 3.2.3: an upper bound of the number of vector registers used */
    .shifts        = NGPR,
    .classify      = classify,
    .start_va_list = sysv_start_va_list,
};
