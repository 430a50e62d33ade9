/* SPDX-License-Identifier: MIT */
/*
 * Calls of every kind of result, in a program whose indirect calls clang checks; with CALLS_BACK calls of
 * callbacks too. Built and run by t_checked_calls.sh; it is C and C++.
 */
#include "tap.h"

#include <ffi_invoke.h>

__attribute__((noinline)) static int subtract(int a, int b) {
    return a - b;
}

__attribute__((noinline)) static double divide(double a, double b) {
    return a / b;
}

struct pair {
    int64_t a, b;
};

__attribute__((noinline)) static struct pair swap(struct pair pair) {
    struct pair swapped = {pair.b, pair.a};
    return swapped;
}

#ifdef CALLS_BACK
static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args[0].i32 - args[1].i32;
}

/* -fsanitize=function reads 8 bytes below each; other kinds of checks stop every call of code that clang did
 * not compile. */
static int call_back(ffi_context *context) {
    int good = 0;
    for (int i = 0; i < 1000; i++) {
        ffi_callback *callback = ffi_callback_new(context, "int(int, int)", handle, NULL);
        if (callback) good += ((int (*)(int, int))ffi_callback_code(callback))(i, 1) == i - 1;
    }
    return good;
}
#endif

int main(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_function *word    = ffi_function_new(context, (void *)subtract, "int(int, int)");
    ffi_function *real    = ffi_function_new(context, (void *)divide, "double(double, double)");
    ffi_function *record  = ffi_function_new(
         context, (void *)swap, "struct pair { long long a, b; } (struct pair { long long a, b; })");
    if (!record)
        record = ffi_function_new(context, (void *)swap, "struct { i64 a, b; } (struct { i64 a, b; })");
    if (!ok(word && real && record, "functions are bound")) return printf("# %s\n", ffi_last_message()), done();

    ffi_value args[2];
    int       difference = 0;
    args[0].i32 = 7, args[1].i32 = 2;
    ffi_invoke(word, &difference, args);
    ok(difference == 5, "a result in an integer register is stored");

    double quotient = 0;
    args[0].f64 = 7, args[1].f64 = 2;
    ffi_invoke(real, &quotient, args);
    ok(quotient == 3.5, "a result in a floating-point register");

    struct pair in = {1, 2}, out = {0, 0};
    args[0].ptr = &in;
    ffi_invoke(record, &out, args);
    ok(out.a == 2 && out.b == 1, "a result that the stub stores");

    void *pointers[2] = {&in, NULL};
    ffi_invoke_pointers(record, &in, pointers);
    ok(in.a == 2 && in.b == 1, "ffi_invoke_pointers reads arguments through pointers");
#ifdef CALLS_BACK
    ok(call_back(context) == 1000, "callbacks");
#endif
    ffi_context_free(context);
    return done();
}
