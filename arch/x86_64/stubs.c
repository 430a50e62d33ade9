/* SPDX-License-Identifier: MIT */
/*
 * The stubs that an x86-64 processor can run, and the ABI that its platform uses. The assembler exports a table
 * per family, of distances from the table's own entries to the stubs: no address in it has to be relocated when
 * the library is loaded.
 */
#include "../../src/abi.h"
#include "../../src/plan.h"

#include <cpuid.h>

extern const int32_t sysv_grid[7][9];  /* by integer and floating-point registers */
extern const int32_t sysv_narrows[8];  /* by integer registers; the last: with floating-point registers */
extern const int32_t sysv_stack[2];    /* without or with floating-point registers */
extern const int32_t sysv_pointers[9]; /* by floating-point registers */

extern wide_stub sysv_wide_8, sysv_wide_16, sysv_wide_32, sysv_wide_64; /* by bytes of a vector register */

const struct abi *const abi_default = &abi_sysv;

static ffi_stub at(const int32_t *entry) {
    return (ffi_stub){.store = (ffi_store_stub *)((uintptr_t)entry + (uintptr_t)*entry)};
}

ffi_stub abi_stub(const struct plan *plan) {
    if (plan->signature->abi != &abi_sysv) return (ffi_stub){NULL};
    if (plan->narrow) return at(&sysv_narrows[plan->nfpr ? 7 : plan->ngpr]);
    return at(plan->nstack ? &sysv_stack[plan->nfpr > 0] : &sysv_grid[plan->ngpr][plan->nfpr]);
}

ffi_stub abi_words_stub(const struct plan *plan) {
    if (plan->signature->abi != &abi_sysv || plan->nstack || plan->ngpr + plan->nfpr == 0)
        return (ffi_stub){NULL};
    return at(&sysv_pointers[plan->nfpr]);
}

/* Whether processor and system keep ymm (state 0x6) or zmm registers (0xe6): CPUID leaf 1 has OSXSAVE and AVX,
 * leaf 7 AVX-512F, XCR0 what the system saves (Intel SDM 1, 13.3 and 15.2). */
static bool keeps(unsigned state, unsigned leaf, unsigned bit) {
    unsigned eax, ebx, ecx, edx, low, high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & state) != state) return false;
    if (leaf == 1) return ecx & bit;
    return __get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx) && ebx & bit;
}

wide_stub *abi_wide_stub(const struct plan *plan, const char **why) {
    if (plan->signature->abi != &abi_sysv) return NULL;
    switch (plan->vector) {
    case 64:
        if (keeps(0xe6, 7, bit_AVX512F)) return sysv_wide_64;
        *why = "it takes a vector of 64 bytes, and this processor or system has no AVX-512";
        return NULL;
    case 32:
        if (keeps(0x6, 1, bit_AVX)) return sysv_wide_32;
        *why = "it takes a vector of 32 bytes, and this processor or system has no AVX";
        return NULL;
    case 16: return sysv_wide_16;
    default: return sysv_wide_8;
    }
}
