/* SPDX-License-Identifier: MIT */
/*
 * A call into a callback under guard: guard() of guard.h calls native_caller() of guard_callback.asm, and that
 * the callback's code. Not for several threads.
 */
#ifndef GUARD_CALLBACK_H
#define GUARD_CALLBACK_H

#include "guard.h"

/* What the native caller loads: whole registers, and the stack, which begins with the shadow space for Windows'
 * callees. */
enum { RDI, RSI, RDX, RCX, R8, R9, NATIVE_GPR };
enum { NATIVE_SHADOW = 4, NATIVE_WORDS = NATIVE_SHADOW + GUARD_WORDS, NATIVE_MARKS = 3, NATIVE_KEPT = 10 };

struct native {
    uint64_t gpr[NATIVE_GPR];
    uint64_t fpr[8][2];
    uint64_t words[NATIVE_WORDS];
};

/* guard_callback.asm */
ffi_store_stub native_caller;
ffi_handler    guard_handler;

extern ffi_handler *guard_handle; /* set by the test: what guard_handler() calls */

extern const char native_return[]; /* the address to which the callback returns */
extern uint64_t   native_rsp, native_after_rsp;
extern uint64_t   native_marks;                     /* how many above the stack arguments are untouched */
extern uint64_t   native_results[2];                /* rdx and xmm1; the first two are in after_results */
extern uint64_t   native_kept[2 + 2 * NATIVE_KEPT]; /* rdi, rsi, xmm6 to xmm15 */
extern uint64_t   handler_rsp, handler_flags, handler_return; /* on entry to the handler */

/* Calls a callback's code. */
static inline void guard_call_back(const void *code, struct native *native) {
    guard(native_caller, (const ffi_function *)code, native, NULL);
}

/* What Windows' callees must preserve beside what System V's do; the name of what was not, "" if all was. */
static inline const char *guard_broken_ms(const struct native *native) {
    static const char *const names[NATIVE_KEPT] = {"xmm6",  "xmm7",  "xmm8",  "xmm9",  "xmm10",
                                                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"};
    if (native_kept[0] != native->gpr[RDI]) return "rdi";
    if (native_kept[1] != native->gpr[RSI]) return "rsi";
    for (size_t i = 0; i < NATIVE_KEPT; i++) {
        const uint64_t *loaded = i < 2 ? native->fpr[6 + i] : (const uint64_t *)(const void *)native + 6 + i;
        if (memcmp(&native_kept[2 + 2 * i], loaded, 16)) return names[i];
    }
    return "";
}

#endif
