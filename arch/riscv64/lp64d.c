/* SPDX-License-Identifier: MIT */
/*
 * The calling conventions of RISC-V (RISC-V ELF psABI 1.0) with 64-bit integer registers and floating-point
 * registers for doubles: LP64D, as on Linux. lp64d_call.S has the stubs.
 *
 * Where gcc and clang differ, the psABI's text decides. Bit-fields of no width and arrays without elements are
 * ignored in records of two members (clang does not ignore the former, gcc not the latter). The alignment that
 * a typedef gives to a record counts, as gcc has it. The library has no scalable vectors.
 */
#include "plan/abi.h"
#include "plan/draft.h"
#include "type/record.h"

enum { GPRS = 8, FPRS = 8 };

static const char *const gpr[GPRS] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"};
static const char *const fpr[FPRS] = {"fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7"};

/* "C type details"; wchar_t and the fast integers as in the GNU C library. */
static const struct model lp64 = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_U8,
            [MODEL_LONG]    = FFI_KIND_I64,
            [MODEL_ULONG]   = FFI_KIND_U64,
            [MODEL_WCHAR]   = FFI_KIND_I32,
            [MODEL_WINT]    = FFI_KIND_U32,
            [MODEL_FAST16]  = FFI_KIND_I64,
            [MODEL_UFAST16] = FFI_KIND_U64,
            [MODEL_FAST32]  = FFI_KIND_I64,
            [MODEL_UFAST32] = FFI_KIND_U64,
            [MODEL_LDOUBLE] = FFI_KIND_F128,
            [MODEL_INTPTR]  = FFI_KIND_I64,
            [MODEL_UINTPTR] = FFI_KIND_U64,
        },
    .va_list      = VA_LIST_POINTER,
    .bit_int_limb = 16,
};

/* ---- members, as "Hardware Floating-point Calling Convention" flattens records ---- */

enum { MEMBERS = 2, TOO_MANY = MEMBERS + 1 }; /* only records of one or two scalars use registers for reals */

struct scalar_member {
    size_t from, size;
    bool   is_real;
};

struct flattened {
    unsigned             count; /* TOO_MANY: or another type */
    struct scalar_member of[MEMBERS];
};

static void add(struct flattened *all, size_t from, size_t size, bool is_real) {
    if (all->count < MEMBERS) all->of[all->count++] = (struct scalar_member){from, size, is_real};
    else all->count = TOO_MANY;
}

static void flatten(struct flattened *all, const ffi_ctype *type, size_t from);

static void flatten_field(struct flattened *all, const ffi_ctype *type, size_t index, size_t from) {
    ffi_field field = type_field(type, index);
    size_t    first = field.bit_offset / 8, end = (field.bit_offset + field.bit_width + 7) / 8;
    if (!field.is_bits) flatten(all, field.type, from + field.offset);
    else if (field.bit_width <= 64) add(all, from + field.offset + first, end - first, false);
    else all->count = TOO_MANY;
}

/* An unnamed bit-field, which has no value, takes a register too. The byte behind the member before it is a
 * byte of it. */
static void flatten_hidden(struct flattened *all, const ffi_field *field) {
    const struct scalar_member *last = all->count == 1 ? &all->of[0] : NULL;
    if (field->bit_width) add(all, last ? last->from + last->size : 0, 1, false);
}

static void flatten_struct(struct flattened *all, const ffi_ctype *type, size_t from) {
    if (type->flexible) all->count = TOO_MANY;
    for (size_t i = 0, kept = 0; i < record_member_count(type) && all->count <= MEMBERS; i++) {
        const ffi_field declared = record_member(type, i).field;
        if (declared.is_bits && !declared.name) flatten_hidden(all, &declared);
        else flatten_field(all, type, kept++, from);
    }
}

/* Types without bytes are not looked into: each level of a type may contain the level below twice. All others
 * have a member, so that this ends after three. */
static void flatten(struct flattened *all, const ffi_ctype *type, size_t from) {
    if (!type->size || all->count > MEMBERS) return;
    switch (type->kind) {
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64: add(all, from, type->size, true); break;
    case FFI_KIND_STRUCT: flatten_struct(all, type, from); break;
    case FFI_KIND_ARRAY:
    case FFI_KIND_COMPLEX:
        for (size_t i = 0; i < (type->kind == FFI_KIND_ARRAY ? type->count : 2) && all->count <= MEMBERS; i++)
            flatten(all, type->target, from + i * type->target->size);
        break;
    default:
        if (is_slot(type) && type->kind != FFI_KIND_POINTER) add(all, from, type->size, false);
        else all->count = TOO_MANY; /* a pointer is no integer here */
    }
}

/* Numbers of registers that a value takes by that convention; both 0: it has no reals, or another type. */
struct registers {
    unsigned gprs, fprs;
};

static struct registers registers_of(const ffi_ctype *type, struct flattened *members) {
    struct registers needed = {0, 0};
    *members                = (struct flattened){0};
    flatten(members, type, 0);
    for (unsigned i = 0; members->count <= MEMBERS && i < members->count; i++)
        *(members->of[i].is_real ? &needed.fprs : &needed.gprs) += 1;
    return needed.fprs ? needed : (struct registers){0, 0};
}

/* ---- arguments ---- */

/* The alignment that calls use: a typedef's for records only. */
static size_t alignment_of(const ffi_ctype *type) {
    size_t alignment = type_is_record(type) ? type->alignment : type_natural_alignment(type);
    return alignment >= 16 ? 16 : 8;
}

static void classify_members(struct draft *draft, size_t arg, const struct flattened *members) {
    struct plan *plan = draft->plan;
    for (const struct scalar_member *member = members->of; member < members->of + members->count; member++)
        if (member->is_real) draft_register(draft, arg, LOCATION_FPR, plan->nfpr++, member->from, member->size);
        else draft_register(draft, arg, LOCATION_GPR, plan->ngpr++, member->from, member->size);
}

/* "Integer Calling Convention": the next registers; what finds none goes to the stack, also the second half of
 * a value. A variable argument that is aligned to 16 begins with an even register. */
static void classify_integer(struct draft *draft, size_t arg, const ffi_ctype *type, bool variable) {
    struct plan *plan = draft->plan;
    size_t       size = type->size;
    if (!size) return; /* GNU C's empty struct */
    if (variable && alignment_of(type) == 16) plan->ngpr += plan->ngpr & 1;
    if (plan->ngpr == GPRS) {
        draft_stack(draft, arg, size, alignment_of(type));
        return;
    }
    draft_register(draft, arg, LOCATION_GPR, plan->ngpr++, 0, size < 8 ? size : 8);
    if (size <= 8) return;
    if (plan->ngpr < GPRS) draft_register(draft, arg, LOCATION_GPR, plan->ngpr++, 8, size - 8);
    else draft_rest(draft, arg, 8, size - 8);
}

static void classify_reference(struct draft *draft, size_t arg) {
    struct plan *plan = draft->plan;
    if (plan->ngpr < GPRS) draft_copy(draft, arg, LOCATION_GPR, plan->ngpr++);
    else draft_copy(draft, arg, LOCATION_STACK, 0);
}

static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type, bool variable) {
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    struct plan     *plan = draft->plan;
    struct flattened members;
    struct registers needed = registers_of(type, &members);
    bool             fits = needed.fprs && plan->nfpr + needed.fprs <= FPRS && plan->ngpr + needed.gprs <= GPRS;
    if (fits && !variable) classify_members(draft, arg, &members);
    else if (type->size > 16) classify_reference(draft, arg);
    else classify_integer(draft, arg, type, variable);
}

/* A result is where it would be as the first argument; in memory if that is a reference. */
static void classify_result(struct draft *draft, const ffi_ctype *type) {
    struct flattened members;
    struct registers needed = registers_of(type, &members), taken = {0, 0};
    for (unsigned i = 0; needed.fprs && i < members.count; i++) {
        const struct scalar_member *member = &members.of[i];
        if (member->is_real) draft_result(draft, LOCATION_FPR, taken.fprs++, member->from, member->size);
        else draft_result(draft, LOCATION_GPR, taken.gprs++, member->from, member->size);
    }
    if (needed.fprs) return;
    draft->plan->sret = type->size > 16;
    draft->plan->ngpr = draft->plan->sret;
    for (size_t at = 0; !draft->plan->sret && at < type->size; at += 8)
        draft_result(draft, LOCATION_GPR, (unsigned)(at / 8), at, type->size - at < 8 ? type->size - at : 8);
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    classify_result(draft, signature->target);
    for (size_t i = 0; i < signature->count; i++)
        classify_argument(draft, i, signature->params[i], i >= signature->fixed);
}

/* A va_list points to the next variable argument. The entries store the integer registers below the stack
 * words. */
static void start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list) {
    size_t words = taken->ngpr < GPRS ? taken->ngpr : GPRS + taken->nstack_used;
    char  *first = (char *)stack + 8 * words - 8 * (size_t)GPRS;
    (void)image;
    memcpy(list, &first, sizeof first);
}

const struct abi abi_lp64d = {
    .convention    = {"lp64d", NULL, &lp64},
    .gpr           = gpr,
    .fpr           = fpr,
    .gpr_results   = gpr,
    .fpr_results   = fpr,
    .sign_extends  = true,
    .boxes         = true,
    .shifts        = GPRS,
    .classify      = classify,
    .start_va_list = start_va_list,
};
