/* SPDX-License-Identifier: MIT */
/*
 * A target for libFuzzer (make fuzz TIME=60): the bytes choose an ABI and a signature near its limits (near.h),
 * and seed the choices behind their end. A plan, a function and a callback are made of it, and called where
 * this machine has the ABI.
 */
#define _DEFAULT_SOURCE
#include "near.h"

#include <sys/resource.h>
#include <unistd.h>

enum { STACK = 64 << 20 }; /* arguments and copies of a MiB each, in the caller and in the callee */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The system gives the stack its limit when a program starts: this one starts again. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    struct rlimit limit;
    (void)argc;
    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >= STACK) return 0;
    limit.rlim_cur = STACK;
    if (!setrlimit(RLIMIT_STACK, &limit)) execv("/proc/self/exe", *argv);
    return perror("more stack"), exit(2), 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct near_text signature;
    struct choices          choices = {data, size};
    size_t                  abis    = 0;
    unsigned                refused = 0, called = 0;
    while (ffi_abi_name(abis)) abis++;
    state = size;
    for (size_t i = 0; i < size; i++) state = (state ^ data[i]) * 0x100000001b3; /* FNV */
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(choose(&choices, abis))});
    choose_signature(&choices, &signature);
    const char *wrong = near_check(context, signature.text, &refused, &called);
    if (wrong) fprintf(stderr, "%s: %s\n%s\n", wrong, signature.text, ffi_last_message()), abort();
    ffi_context_free(context);
    return 0;
}
