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

static _Thread_local int      captured_errno;
static _Thread_local unsigned captured_last_error;

static const struct plan *plan_for(const ffi_function *function) {
    return ((const struct function *)(const void *)function)->plan;
}

/* A function of its own, so that the caller reads errno first: in a shared library the address of a
 * thread-local variable is a call, which may allocate. */
static outlined void keep_errno(int left) {
    captured_errno = left;
}

static outlined void keep_both(const ffi_function *function, unsigned system, int left) {
    if (((const struct function *)(const void *)function)->capture & FFI_CAPTURE_ERRNO) captured_errno = left;
    captured_last_error = system;
}

void stage_capture(const ffi_function *function, void *result, const ffi_value *args) {
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->stub, plan->stub_result, function, result, args);
    keep_errno(errno);
}

/* The same where the plan's stub leaves the result in a register, in which it stays. */
FFI_CALLS_UNCHECKED
uint64_t stage_capture_word(const ffi_function *function, void *result, const ffi_value *args) {
    uint64_t word = plan_for(function)->stub.word(function, result, args);
    keep_errno(errno);
    return word;
}

FFI_CALLS_UNCHECKED
double stage_capture_real(const ffi_function *function, void *result, const ffi_value *args) {
    double real = plan_for(function)->stub.real(function, result, args);
    keep_errno(errno);
    return real;
}

void stage_capture_pointers(const ffi_function *function, void *result, void *const *args) {
    plan_for(function)->pointers(function, result, args);
    keep_errno(errno);
}

/* Reads the system's error first, because errno may be a call. Neither is cleared before the call: most
 * functions do not change it. */
void stage_capture_both(const ffi_function *function, void *result, const ffi_value *args) {
    const struct plan *plan = plan_for(function);
    ffi_invoke_stub(plan->stub, plan->stub_result, function, result, args);
    unsigned system = os_last_error();
    keep_both(function, system, errno);
}

void stage_capture_both_pointers(const ffi_function *function, void *result, void *const *args) {
    plan_for(function)->pointers(function, result, args);
    unsigned system = os_last_error();
    keep_both(function, system, errno);
}

int ffi_captured_errno(void) {
    return captured_errno;
}

void ffi_captured_set(int error_number, unsigned last_error) {
    captured_errno      = error_number;
    captured_last_error = last_error;
}

unsigned ffi_captured_last_error(void) {
    return captured_last_error;
}
