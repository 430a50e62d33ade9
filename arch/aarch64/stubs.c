/* SPDX-License-Identifier: MIT */
/*
 * The stubs that an AArch64 processor can run, and the ABI that its platform uses. AAPCS64 and Apple's variant
 * of it differ in plans only, so either can be called anywhere. The assembler exports a table per family, of
 * distances from the table's own entries to the stubs: no address in it has to be relocated when the library is
 * loaded.
 */
#include "../../src/abi.h"
#include "../../src/plan.h"

extern const int32_t aapcs64_grid[9][9];  /* by integer and floating-point registers */
extern const int32_t aapcs64_narrows[10]; /* by integer registers; the last: with floating-point registers */
extern const int32_t aapcs64_stack[2];    /* without or with floating-point registers */
extern const int32_t aapcs64_pointers[9]; /* by floating-point registers */

extern wide_stub aapcs64_wide_8, aapcs64_wide_16; /* by bytes of a vector register */

#ifdef __APPLE__
const struct abi *const abi_default = &abi_apple_arm64;
#else
const struct abi *const abi_default = &abi_aapcs64;
#endif

static ffi_stub at(const int32_t *entry) {
    return (ffi_stub){.store = (ffi_store_stub *)((uintptr_t)entry + (uintptr_t)*entry)};
}

static bool is_ours(const struct plan *plan) {
    return plan->signature->abi == &abi_aapcs64 || plan->signature->abi == &abi_apple_arm64;
}

ffi_stub abi_stub(const struct plan *plan) {
    if (!is_ours(plan)) return (ffi_stub){NULL};
    if (plan->narrow) return at(&aapcs64_narrows[plan->nfpr ? 9 : plan->ngpr]);
    return at(plan->nstack ? &aapcs64_stack[plan->nfpr > 0] : &aapcs64_grid[plan->ngpr][plan->nfpr]);
}

ffi_stub abi_words_stub(const struct plan *plan) {
    if (!is_ours(plan) || plan->nstack || plan->ngpr + plan->nfpr == 0) return (ffi_stub){NULL};
    return at(&aapcs64_pointers[plan->nfpr]);
}

wide_stub *abi_wide_stub(const struct plan *plan, const char **why) {
    (void)why; /* every processor has all of the registers */
    if (!is_ours(plan)) return NULL;
    return plan->vector == 16 ? aapcs64_wide_16 : aapcs64_wide_8;
}
