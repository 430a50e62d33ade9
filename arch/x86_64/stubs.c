/* SPDX-License-Identifier: MIT */
/*
 * The stubs that an x86-64 processor can run, and the ABI that its platform uses. The assembler exports a table
 * per family, of distances from the table's own entries to the stubs: no address in it has to be relocated when
 * the library is loaded.
 */
#include "../../src/abi.h"
#include "../../src/plan.h"

extern const int32_t sysv_grid[RET_COUNT][7][9];  /* by result, integer and floating-point registers */
extern const int32_t sysv_stack[RET_COUNT][2];    /* by result; without or with floating-point registers */
extern const int32_t sysv_pointers[RET_COUNT][9]; /* by result and floating-point registers */

const struct abi *const abi_default = &abi_sysv;

static uintptr_t at(const int32_t *entry) {
    return (uintptr_t)entry + (uintptr_t)*entry;
}

ffi_stub *abi_stub(const struct plan *plan) {
    if (plan->signature->abi != &abi_sysv) return NULL;
    if (plan->nstack) return (ffi_stub *)at(&sysv_stack[plan->ret][plan->nfpr > 0]);
    return (ffi_stub *)at(&sysv_grid[plan->ret][plan->ngpr][plan->nfpr]);
}

pointers_stub *abi_pointers_stub(const struct plan *plan) {
    if (plan->signature->abi != &abi_sysv || plan->nstack || plan->ngpr + plan->nfpr == 0) return NULL;
    return (pointers_stub *)at(&sysv_pointers[plan->ret][plan->nfpr]);
}
