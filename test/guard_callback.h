/* SPDX-License-Identifier: MIT */
/*
 * A call into a callback under guard: guard() of guard.h calls native_caller() of guard_callback.asm, and that
 * the callback's code. Not for several threads.
 */
#ifndef GUARD_CALLBACK_H
#define GUARD_CALLBACK_H

#include "guard.h"

/* What the native caller loads: whole registers, and the stack. */
struct native {
    uint64_t gpr[6];
    uint64_t fpr[8][2];
    uint64_t words[GUARD_WORDS];
};

enum { NATIVE_MARKS = 3 };

/* guard_callback.asm */
ffi_store_stub native_caller;
ffi_handler    guard_handler;

extern ffi_handler *guard_handle; /* set by the test: what guard_handler() calls */

extern const char native_return[]; /* the address to which the callback returns */
extern uint64_t   native_rsp, native_after_rsp;
extern uint64_t   native_marks;      /* how many above the stack arguments are untouched */
extern uint64_t   native_results[2]; /* rdx and xmm1; the first two are in after_results */
extern uint64_t   handler_rsp, handler_flags, handler_return; /* on entry to the handler */

/* Calls a callback's code. */
static inline void guard_call_back(const void *code, struct native *native) {
    guard(native_caller, (const ffi_function *)code, native, NULL);
}

#endif
