/* SPDX-License-Identifier: MIT */
/*
 * The capture of errors, which stands before a plan's stub. Nothing comes between the native code and reading
 * errno but the stub's own store.
 */
#include "base/util.h"
#include "call/function.h"
#include "call/staging.h"
#include "os/os.h"

#include <errno.h>

/* What a thread keeps. In a shared library its address is a call, which may allocate and change errno: it is taken
 * before the native code runs. The address of the thread's errno is a call too, which is made once. */
static _Thread_local struct kept {
    const int *location; /* of errno; NULL: not known yet */
    int        error_number;
    unsigned   last_error;
} kept;

static inlined struct kept *kept_here(void) {
    struct kept *here = &kept;
    __asm__("" : "+r"(here)); /* keeps it: the compiler would take it again after the call */
    if (!here->location) here->location = &errno;
    return here;
}

static inlined void keep_errno(struct kept *here) {
    here->error_number = *here->location;
}

static inlined void keep_both(struct kept *here, const ffi_function *function) {
    here->last_error = os_last_error();
    if (((const struct function *)(const void *)function)->capture & FFI_CAPTURE_ERRNO) keep_errno(here);
}

static const struct plan *plan_for(const ffi_function *function) {
    return ((const struct function *)(const void *)function)->plan;
}

void stage_capture(const ffi_function *function, void *result, const void *args) {
    struct kept       *here = kept_here();
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->stub, plan->stub_result, function, result, args);
    keep_errno(here);
}

/* The same where the plan's stub leaves the result in a register, in which it stays. */
FFI_CALLS_UNCHECKED
on_path uint64_t stage_capture_word(const ffi_function *function, void *result, const void *args) {
    struct kept *here = kept_here();
    uint64_t     word = plan_for(function)->stub.word(function, result, args);
    keep_errno(here);
    return word;
}

FFI_CALLS_UNCHECKED
on_path double stage_capture_real(const ffi_function *function, void *result, const void *args) {
    struct kept *here = kept_here();
    double       real = plan_for(function)->stub.real(function, result, args);
    keep_errno(here);
    return real;
}

void stage_capture_pointers(const ffi_function *function, void *result, const void *args) {
    struct kept       *here = kept_here();
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->pointers, plan->pointers_result, function, result, args);
    keep_errno(here);
}

/* Neither is cleared before the call: most functions do not change it. */
void stage_capture_both(const ffi_function *function, void *result, const void *args) {
    struct kept       *here = kept_here();
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->stub, plan->stub_result, function, result, args);
    keep_both(here, function);
}

void stage_capture_both_pointers(const ffi_function *function, void *result, const void *args) {
    struct kept       *here = kept_here();
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->pointers, plan->pointers_result, function, result, args);
    keep_both(here, function);
}

int ffi_captured_errno(void) {
    return kept.error_number;
}

void ffi_captured_set(int error_number, unsigned last_error) {
    kept.error_number = error_number;
    kept.last_error   = last_error;
}

unsigned ffi_captured_last_error(void) {
    return kept.last_error;
}
