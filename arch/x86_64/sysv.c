/* SPDX-License-Identifier: MIT */
/*
 * The System V ABI for x86-64 (psABI 1.0, 3.2.3): which register or stack word takes which argument, for
 * scalars. The stubs that load them are in sysv.asm.
 */
#include "../../src/abi.h"
#include "../../src/plan.h"

enum { NGPR = 6, NFPR = 8 };

static const char *const gpr[NGPR] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
static const char *const fpr[NFPR] = {"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"};

/* LP64 (psABI 3.1.2); wchar_t and wint_t as in the Linux Standard Base. */
static const struct model lp64 = {{
    [ROLE_CHAR]  = FFI_KIND_I8,
    [ROLE_LONG]  = FFI_KIND_I64,
    [ROLE_ULONG] = FFI_KIND_U64,
    [ROLE_WCHAR] = FFI_KIND_I32,
    [ROLE_WINT]  = FFI_KIND_U32,
    [ROLE_FAST]  = FFI_KIND_I64,
    [ROLE_UFAST] = FFI_KIND_U64,
}};

/* psABI 3.2.3, "Passing": class INTEGER takes the next of rdi, rsi, rdx, rcx, r8, r9; class SSE the next of
 * xmm0 to xmm7; what finds none goes to the stack, leftmost argument lowest. */
static void classify(struct plan *plan) {
    const ffi_ctype *signature = plan->signature;
    for (uint16_t slot = 0; slot < signature->count; slot++) {
        ffi_kind kind = type_machine(signature->params[slot]);
        bool     sse  = kind == FFI_KIND_F32 || kind == FFI_KIND_F64;
        if (sse && plan->nfpr < NFPR) plan->fpr[plan->nfpr++] = slot;
        else if (!sse && plan->ngpr < NGPR) plan->gpr[plan->ngpr++] = slot;
        else plan->stack[plan->nstack++] = slot;
    }
}

const struct abi abi_sysv = {
    .name         = "sysv",
    .attribute    = "sysv_abi",
    .model        = &lp64,
    .gpr          = gpr,
    .fpr          = fpr,
    .gpr_result   = "rax",
    .fpr_result   = "xmm0",
    .vector_count = "al", /* psABI 3.2.3: an upper bound of the vector registers used */
    .classify     = classify,
};
