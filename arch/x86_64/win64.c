/* SPDX-License-Identifier: MIT */
/*
 * The Windows ABI for x86-64 (Microsoft, "x64 calling convention" and "x64 ABI conventions"): which register or
 * stack word takes which argument. The stubs that load them are in win64_call.asm.
 *
 * An argument has a position, and the position has one register of each kind and one stack word. What is not of
 * 1, 2, 4 or 8 bytes is passed as the address of a copy. There are two forms, both LLP64, which differ where
 * the compilers do:
 *
 *   win64   GNU C on Windows (MinGW) and __attribute__((ms_abi)): long double is the x87's; what its
 *           -mms-bitfields lays out
 *   msvc    Microsoft's compiler and Windows' own headers: long double is a double, packing and alignment as
 *           __declspec(align) has them
 *
 * Where the text is silent win64 follows gcc, and msvc clang, which has the types that Microsoft's compiler has
 * not: __int128, _Float16, _Complex. Clang differs from gcc, and from us, in vectors of less than 16 bytes
 * other than __m64, in the result of _Float16 and of an empty struct, and, outside Windows, in that of long
 * double. __vectorcall is vectorcall.c's.
 */
#include "win64.h"
#include "va_lists.h"

enum { POSITIONS = WIN64_POSITIONS, SHADOW = WIN64_SHADOW };

const char *const        win64_gpr[POSITIONS] = {"rcx", "rdx", "r8", "r9"};
const char *const        win64_gpr_results[1] = {"rax"};
static const char *const fpr[POSITIONS]       = {"xmm0", "xmm1", "xmm2", "xmm3"};

/* ---- the data models ---- */

#define LLP64                                                                                                  \
    [MODEL_CHAR] = FFI_KIND_I8, [MODEL_LONG] = FFI_KIND_I32, [MODEL_ULONG] = FFI_KIND_U32,                     \
    [MODEL_WCHAR] = FFI_KIND_U16, [MODEL_WINT] = FFI_KIND_U16, [MODEL_FAST32] = FFI_KIND_I32,                  \
    [MODEL_UFAST32] = FFI_KIND_U32, [MODEL_INTPTR] = FFI_KIND_I64, [MODEL_UINTPTR] = FFI_KIND_U64

static const struct model mingw = {
    .kinds =
        {LLP64, [MODEL_FAST16] = FFI_KIND_I16, [MODEL_UFAST16] = FFI_KIND_U16, [MODEL_LDOUBLE] = FFI_KIND_F80},
    .records          = RECORDS_MINGW,
    .has_other_struct = true,
    .va_list          = VA_LIST_POINTER,
};

const struct model win64_msvc = {
    .kinds =
        {LLP64, [MODEL_FAST16] = FFI_KIND_I32, [MODEL_UFAST16] = FFI_KIND_U32, [MODEL_LDOUBLE] = FFI_KIND_F64},
    .records = RECORDS_MSVC,
    .va_list = VA_LIST_POINTER,
};

/* ---- what travels how ---- */

/* "Structs and unions of size 8, 16, 32, or 64 bits, and __m64 types, are passed as if they were integers of
 * the same size": this holds for every value of such a size that is no floating-point scalar. */
enum travel win64_travel(const ffi_ctype *type) {
    ffi_kind kind = type_machine(type);
    if (kind == FFI_KIND_F32 || kind == FFI_KIND_F64) return FLOATING;
    bool whole = type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8;
    return whole ? INTEGER : REFERENCE;
}

/* "Parameter passing". A variadic function may read a floating-point value from either register. So may any
 * function read a _Float16: gcc's callees use the one, clang's the other. The register that all callers load
 * comes first. */
static void classify_argument(struct draft *draft, size_t arg, const ffi_ctype *type, unsigned position) {
    struct plan *plan = draft->plan;
    if (type->transparent && type->count) type = type->fields[0].type; /* GNU C's transparent_union */
    enum travel travel = win64_travel(type);
    bool        half = type->kind == FFI_KIND_F16, floating = travel == FLOATING;
    if (position >= POSITIONS) {
        if (travel == REFERENCE) draft_copy(draft, arg, LOCATION_STACK, 0);
        else draft_stack(draft, arg, type->size, 8);
        return;
    }
    plan->ngpr = (uint8_t)(position + 1);
    if (floating || half) plan->nfpr = (uint8_t)(position + 1);
    if (travel == REFERENCE) {
        draft_copy(draft, arg, LOCATION_GPR, position);
        return;
    }
    bool vector = floating || (half && plan->abi == &abi_msvc);
    draft_register(draft, arg, vector ? LOCATION_FPR : LOCATION_GPR, position, 0, type->size);
    if (half || (floating && plan->signature->variadic))
        draft_register(draft, arg, vector ? LOCATION_GPR : LOCATION_FPR, position, 0, type->size);
}

/* "Return values": "__m128 and the like in xmm0"; compilers also return an __int128 there. Clang returns wider
 * vectors there, gcc in memory. False if the result is in memory; then the first position has its address. */
static bool classify_result(struct draft *draft, const ffi_ctype *type) {
    bool        microsoft = draft->plan->abi == &abi_msvc;
    enum travel travel    = type->kind == FFI_KIND_VOID || !type->size ? NOWHERE : win64_travel(type);
    bool        vector = type->kind == FFI_KIND_VECTOR && (type->size == 16 || (microsoft && type->size > 16));
    if (type->kind == FFI_KIND_I128 || type->kind == FFI_KIND_U128) vector = true;
    if (type->kind == FFI_KIND_F16 && microsoft) vector = true;
    if (travel == FLOATING || vector) draft_result(draft, LOCATION_FPR, 0, 0, type->size);
    else if (travel == INTEGER) draft_result(draft, LOCATION_GPR, 0, 0, type->size);
    else draft->plan->sret = travel == REFERENCE;
    return !draft->plan->sret;
}

static void classify(struct draft *draft) {
    const ffi_ctype *signature = draft->plan->signature;
    unsigned         position  = classify_result(draft, signature->target) ? 0 : 1;
    draft->plan->ngpr          = (uint8_t)position;
    for (size_t i = 0; i < signature->count; i++)
        classify_argument(draft, i, signature->params[i], position < POSITIONS ? position++ : POSITIONS);
}

/* They differ in their data models: MinGW's and Microsoft's. */
#define OF_WIN64                                                                                               \
    .gpr = win64_gpr, .fpr = fpr, .gpr_results = win64_gpr_results, .fpr_results = fpr, .positional = true,    \
    .shadow = SHADOW, .shifts = POSITIONS, .classify = classify, .start_va_list = win64_start_va_list

const struct abi abi_win64 = {.convention = {"win64", "ms_abi", &mingw}, OF_WIN64};
const struct abi abi_msvc  = {.convention = {"msvc", NULL, &win64_msvc}, OF_WIN64};
