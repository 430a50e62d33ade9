/* SPDX-License-Identifier: MIT */
/*
 * Microsoft's __vectorcall for x86-64 (Microsoft, "__vectorcall"): the Windows ABI with more values in vector
 * registers. win64_call.asm has the stubs.
 *
 * A floating-point value or a vector at one of the first six positions is in that position's register of xmm0
 * to xmm5, with all its bytes. A homogeneous aggregate ("HVA") uses those of the six registers that no other
 * argument takes, if they suffice for all its members. Everything else is as in win64.c, except that the fifth
 * and the sixth position have a word of the stack area even if a register takes the value.
 *
 * Where Microsoft's text says nothing, this file follows clang 19, which has types that Microsoft's compiler
 * lacks. An aggregate after the sixth argument takes no stack word if registers take it. The position of a
 * result in memory counts for the positions of arguments, but not for free registers. _Float16 and _Complex are
 * like other floating-point values, but four _Float16 are returned in memory. Vectors of less than 16 bytes are
 * in vector registers, but not as members of aggregates. Clang differs from this file for a _Float128 after the
 * sixth position, for a union that is transparent to a homogeneous aggregate, and for __m64, which is a vector
 * of one element in clang and of two here and in gcc.
 *
 * Variable arguments are left out; clang and Microsoft's compiler do not have them either. So is clang's
 * attribute outside Windows, where there is no shadow space and aggregates are passed as in System V.
 */
#include "type/homogeneous.h"
#include "win64.h"

enum { REGISTERS = 6, LARGEST = 64, VECTOR = 16 };

static const char *const fpr[REGISTERS] = {"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5"};

/* ---- what travels how ---- */

/* The type that is passed: a small vector of one element is passed as its element. */
static const ffi_ctype *bare(const ffi_ctype *type) {
    bool single = type->kind == FFI_KIND_VECTOR && type->count == 1 && type->size < VECTOR;
    return single ? type->target : type;
}

static bool is_scalar(const ffi_ctype *type) {
    return type->kind == FFI_KIND_F16 || win64_travel(type) == FLOATING;
}

/* "A vector type is either a floating-point type [...] or an SIMD vector type". */
static bool is_vector(const ffi_ctype *type) {
    bool wide = type->kind == FFI_KIND_VECTOR || type->kind == FFI_KIND_F128;
    return (wide && type->size <= LARGEST) || is_scalar(type);
}

static bool is_member(const ffi_ctype *type) {
    return is_vector(type) && (type->kind != FFI_KIND_VECTOR || type->size >= VECTOR);
}

/* "An HVA type is a composite type of up to four data members that have identical vector types". */
static struct homogeneous aggregate(const ffi_ctype *type) {
    static const struct homogeneous_rules rules = {.is_base = is_member, .empty_bits = true, .no_atomic = true};
    if (type->kind == FFI_KIND_VECTOR || !(type_is_record(type) || type->kind == FFI_KIND_COMPLEX))
        return (struct homogeneous){NULL, 0};
    return homogeneous_of(type, &rules);
}

/* ---- arguments ---- */

struct registers {
    unsigned position; /* the position of the next argument */
    unsigned used;     /* a bit for each vector register in use, by a position or later by an aggregate */
    size_t   left;     /* number of registers left for aggregates */
};

static const ffi_ctype *passed(const struct draft *draft, size_t arg) {
    const ffi_ctype *type = draft->plan->signature->params[arg];
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    return bare(type);
}

/* The first of two passes: vectors take the registers of their positions. */
static struct registers reserve(const struct draft *draft) {
    struct registers registers = {.position = draft->plan->sret, .left = REGISTERS};
    for (unsigned i = 0; i < draft->plan->signature->count && i < REGISTERS; i++)
        if (is_vector(passed(draft, i))) registers.used |= 1u << (registers.position + i), registers.left--;
    return registers;
}

static void take_vector(struct draft *draft, size_t arg, unsigned index, size_t from, size_t size) {
    draft_register(draft, arg, LOCATION_FPR, index, from, size);
    if (draft->plan->nfpr <= index) draft->plan->nfpr = (uint8_t)(index + 1);
}

static void take_vectors(struct draft *draft, size_t arg, const struct homogeneous *members,
                         struct registers *registers) {
    size_t   size  = members->base->size;
    unsigned index = 0;
    for (size_t i = 0; i < members->count; i++) {
        while (registers->used & 1u << index) index++;
        registers->used |= 1u << index;
        take_vector(draft, arg, index, i * size, size);
    }
    registers->left -= members->count;
}

/* As in the Windows ABI: the position's integer register, or a word of the stack. */
static void take_word(struct draft *draft, size_t arg, size_t size, unsigned position, bool reference) {
    bool          stack = position >= WIN64_POSITIONS;
    enum location place = stack ? LOCATION_STACK : LOCATION_GPR;
    if (!stack) draft->plan->ngpr = (uint8_t)(position + 1);
    if (reference) draft_copy(draft, arg, place, position);
    else if (stack) draft_stack(draft, arg, size, 8);
    else draft_register(draft, arg, place, position, 0, size);
}

static void classify_argument(struct draft *draft, size_t arg, struct registers *registers) {
    const ffi_ctype   *type     = passed(draft, arg);
    struct homogeneous members  = aggregate(type);
    unsigned           position = registers->position++;
    bool               vector = is_vector(type), early = position < REGISTERS;
    bool               reference = members.count || vector || win64_travel(type) == REFERENCE;
    if (vector && early) take_vector(draft, arg, position, 0, type->size);
    else if (members.count && members.count <= registers->left) take_vectors(draft, arg, &members, registers);
    else {
        take_word(draft, arg, type->size, position, reference && !is_scalar(type));
        return;
    }
    if (position >= WIN64_POSITIONS && early) draft->stack += sizeof(uint64_t);
}

/* "Vector type values and HVA values are returned in XMM0 to XMM3"; an __int128 is in xmm0, as always on
 * Windows. A larger value is returned in memory, and so is, in clang, a value without bytes. */
static void classify_result(struct draft *draft, const ffi_ctype *type) {
    struct homogeneous members = aggregate(type);
    if (type->kind == FFI_KIND_VOID) return;
    type = bare(type);
    if (members.count && !(members.base->kind == FFI_KIND_F16 && members.count == HOMOGENEOUS_MEMBERS)) {
        for (unsigned i = 0; i < members.count; i++)
            draft_result(draft, LOCATION_FPR, i, i * (size_t)members.base->size, members.base->size);
    } else if (is_vector(type) || type->kind == FFI_KIND_I128 || type->kind == FFI_KIND_U128) {
        draft_result(draft, LOCATION_FPR, 0, 0, type->size);
    } else if (!members.count && win64_travel(type) == INTEGER) {
        draft_result(draft, LOCATION_GPR, 0, 0, type->size);
    } else {
        draft->plan->sret = true;
        draft->plan->ngpr = 1;
    }
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    if (signature->variadic) {
        draft->refused = "variable arguments";
        return;
    }
    classify_result(draft, signature->target);
    struct registers registers = reserve(draft);
    for (size_t i = 0; i < signature->count; i++) classify_argument(draft, i, &registers);
}

const struct abi abi_vectorcall = {
    .convention  = {"vectorcall", "vectorcall", &win64_msvc},
    .gpr         = win64_gpr,
    .fpr         = fpr,
    .gpr_results = win64_gpr_results,
    .fpr_results = fpr,
    .shadow      = WIN64_SHADOW,
    .classify    = classify,
};
