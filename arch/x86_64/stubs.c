/* SPDX-License-Identifier: MIT */
/*
 * The stubs that an x86-64 processor can run, and the ABI that its platform uses. The assembler exports a table
 * per family, of distances from the table's own entries to the stubs: no address in it has to be relocated when
 * the library is loaded.
 */
#include "../../src/abi.h"
#include "../../src/plan.h"

extern const int32_t sysv_grid[RET_COUNT][7][9]; /* by result, integer and floating-point registers */
extern const int32_t sysv_stack[RET_COUNT][2];   /* by result; without or with floating-point registers */

const struct abi *const abi_default = &abi_sysv;

static ffi_stub *stub_at(const int32_t *entry) {
    return (ffi_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

ffi_stub *abi_stub(const struct plan *plan) {
    if (plan->signature->abi != &abi_sysv) return NULL;
    if (plan->nstack) return stub_at(&sysv_stack[plan->ret][plan->nfpr > 0]);
    return stub_at(&sysv_grid[plan->ret][plan->ngpr][plan->nfpr]);
}
