/* SPDX-License-Identifier: MIT */
/*
 * The stubs that an AArch64 processor can run, and the ABI that its platform uses. AAPCS64 and Apple's variant
 * of it differ in plans only, so either can be called anywhere. The assembler exports a table per family, of
 * distances from the table's own entries to the stubs: no address in it has to be relocated when the library is
 * loaded.
 */
#include "../../src/stubs.h"

/* Tables of aapcs64.S, in its order. */
extern const int32_t
    aapcs64_words[1 + 2 + 4 + 8 + 16 + 32 + 64]; /* up to six, by the mask of those of 8 bytes */
extern const int32_t aapcs64_reals[2][8];        /* of 8 bytes, of 4; one to eight */
extern const int32_t aapcs64_mixed[2][8][8];     /* integers of 8 bytes, of 4; how many; how many doubles */
extern const int32_t aapcs64_stack[2];           /* without or with floating-point registers */
extern const int32_t aapcs64_pointers[9];        /* by floating-point registers */

extern ffi_store_stub aapcs64_each, aapcs64_stack_each;

extern wide_stub aapcs64_wide_8, aapcs64_wide_16; /* by bytes of a vector register */

enum entry_kind { OF_VOID, OF_I8, OF_U8, OF_I16, OF_U16, OF_32, OF_64, OF_F32, OF_F64, ENTRY_KINDS };
enum { OF_FLOATS = 2, OF_MIXED = 4, OF_STACK = 5, ENTRIES = 7 };

extern const int32_t aapcs64_entries[ENTRY_KINDS][ENTRIES]; /* by result, and as aapcs64_entry.S lists them */

extern entry_stub aapcs64_entry_image_8, aapcs64_entry_image_16;
extern entry_stub aapcs64_entry_late;

_Static_assert(CALLBACK_USERDATA == CALLBACK_HANDLER + 8, "aapcs64_entry.S loads both at once");

#ifdef __APPLE__
const struct abi *const abi_default = &abi_apple_arm64;
#else
const struct abi *const abi_default = &abi_aapcs64;
#endif

bool abi_has_slots(const struct abi *abi) {
    return abi != NULL;
}

static ffi_stub at(const int32_t *entry) {
    return (ffi_stub){.store = (ffi_store_stub *)((uintptr_t)entry + (uintptr_t)*entry)};
}

static bool is_ours(const struct plan *plan) {
    return plan->abi == &abi_aapcs64 || plan->abi == &abi_apple_arm64;
}

/* A pair of registers that begins with an even one may leave one out (AAPCS64 C.10). */
static bool in_order(const struct plan *plan) {
    for (unsigned k = 0; k < plan->ngpr; k++)
        if (plan->gpr[k] != k) return false;
    return true;
}

static bool all_are(const uint8_t *ops, unsigned count, uint8_t op) {
    while (count && ops[count - 1] == op) count--;
    return !count;
}

/* NULL: none of the family loads them; then aapcs64_each does. Without a table slot k feeds register k. */
static const int32_t *integers(const struct plan *plan) {
    unsigned mask = 0;
    if (plan->ngpr > 6 || !in_order(plan)) return NULL;
    for (unsigned k = 0; k < plan->ngpr; k++) {
        if (plan->gpr_ops[k] > MOVE_32) return NULL;
        mask |= (unsigned)(plan->gpr_ops[k] == MOVE_64) << k;
    }
    return &aapcs64_words[(1u << plan->ngpr) - 1 + mask];
}

static const int32_t *reals(const struct plan *plan) {
    uint8_t op = plan->fpr_ops[0];
    return op <= MOVE_32 && all_are(plan->fpr_ops, plan->nfpr, op) ? &aapcs64_reals[op][plan->nfpr - 1] : NULL;
}

static const int32_t *mixed(const struct plan *plan) {
    uint8_t op = plan->gpr_ops[0];
    if (op > MOVE_32 || !all_are(plan->gpr_ops, plan->ngpr, op)) return NULL;
    if (!all_are(plan->fpr_ops, plan->nfpr, MOVE_64)) return NULL;
    return &aapcs64_mixed[op][plan->ngpr - 1][plan->nfpr - 1];
}

ffi_stub abi_stub(const struct plan *plan) {
    if (!is_ours(plan)) return (ffi_stub){NULL};
    if (plan->nstack && !plan->whole) return (ffi_stub){.store = aapcs64_stack_each};
    if (plan->nstack) return at(&aapcs64_stack[plan->nfpr > 0]);
    const int32_t *entry = !plan->nfpr ? integers(plan) : !plan->ngpr ? reals(plan) : mixed(plan);
    return entry ? at(entry) : (ffi_stub){.store = aapcs64_each};
}

ffi_stub abi_words_stub(const struct plan *plan) {
    if (!is_ours(plan) || plan->nstack || plan->ngpr + plan->nfpr == 0) return (ffi_stub){NULL};
    return at(&aapcs64_pointers[plan->nfpr]);
}

ffi_stub abi_parts_stub(const struct abi *abi, bool behind_pointers, bool direct) {
    (void)abi, (void)behind_pointers, (void)direct;
    return (ffi_stub){NULL};
}

wide_stub *abi_wide_stub(const struct plan *plan, const char **why) {
    (void)why; /* every processor has all of the registers */
    if (!is_ours(plan)) return NULL;
    return plan->vector == 16 ? aapcs64_wide_16 : aapcs64_wide_8;
}

/* ---- callbacks ---- */

static enum entry_kind entry_kind(const ffi_ctype *result) {
    switch (type_machine(result)) {
    case FFI_KIND_VOID: return OF_VOID;
    case FFI_KIND_I8: return OF_I8;
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return OF_U8;
    case FFI_KIND_I16: return OF_I16;
    case FFI_KIND_U16: return OF_U16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return OF_32;
    case FFI_KIND_F32: return OF_F32;
    case FFI_KIND_F64: return OF_F64;
    default: return OF_64;
    }
}

static unsigned entry_number(const struct plan *plan) {
    if (plan->nstack) return OF_STACK + (plan->nfpr > 0);
    if (!plan->nfpr) return plan->ngpr > 2;
    if (plan->ngpr) return OF_MIXED;
    return OF_FLOATS + (plan->nfpr > 2);
}

entry_stub *abi_entry(const struct plan *plan, bool by_image, const char **why) {
    (void)why;
    if (!is_ours(plan)) return NULL;
    if (by_image) return plan->vector == 16 ? aapcs64_entry_image_16 : aapcs64_entry_image_8;
    const int32_t *entry = &aapcs64_entries[entry_kind(plan->signature->target)][entry_number(plan)];
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

entry_stub *abi_late_entry(const struct plan *plan) {
    return is_ours(plan) ? aapcs64_entry_late : NULL;
}
