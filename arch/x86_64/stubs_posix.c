/* SPDX-License-Identifier: MIT */
/* The System V stubs and entries for slots, where System V is the platform's own ABI. */
#include "stubs.h"

extern const int32_t sysv_grid[7][9];  /* by integer and floating-point registers */
extern const int32_t sysv_narrows[8];  /* by integer registers; the last: with floating-point registers */
extern const int32_t sysv_stack[2];    /* without or with floating-point registers */
extern const int32_t sysv_pointers[9]; /* by floating-point registers */

extern ffi_store_stub sysv_parts, sysv_parts_direct, sysv_parts_pointers;

enum { OF_FLOATS = 3, OF_MIXED = 5, OF_STACK = 6, ENTRIES = 8 };

extern const int32_t sysv_entries[ENTRY_KINDS][ENTRIES]; /* by result, and as sysv_entry.asm lists them */

const struct abi *const abi_default = &abi_sysv;

bool abi_has_slots(const struct abi *abi) {
    return abi != &abi_vectorcall;
}

ffi_stub sysv_stub(const struct plan *plan) {
    if (plan->narrow) return stub_at(&sysv_narrows[plan->nfpr ? 7 : plan->ngpr]);
    return stub_at(plan->nstack ? &sysv_stack[plan->nfpr > 0] : &sysv_grid[plan->ngpr][plan->nfpr]);
}

ffi_stub sysv_words_stub(const struct plan *plan) {
    return stub_at(&sysv_pointers[plan->nfpr]);
}

ffi_stub sysv_parts_stub(bool behind_pointers, bool direct) {
    return (ffi_stub){.store = behind_pointers ? sysv_parts_pointers : direct ? sysv_parts_direct : sysv_parts};
}

static unsigned entry_number(const struct plan *plan) {
    if (plan->nstack) return OF_STACK + (plan->nfpr > 0);
    if (!plan->nfpr) return (plan->ngpr > 2) + (plan->ngpr > 4);
    if (plan->ngpr) return OF_MIXED;
    return OF_FLOATS + (plan->nfpr > 2);
}

entry_stub *sysv_entry(const struct plan *plan, enum entry_kind kind) {
    return entry_at(&sysv_entries[kind][entry_number(plan)]);
}
