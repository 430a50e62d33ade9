/* SPDX-License-Identifier: MIT */
/* The smallest use of the library: types without text, a call, a callback. `make size` says what it takes of
 * it. */
#include <ffi_invoke.h>

static int32_t difference(int32_t a, int32_t b) {
    return a - b;
}

static void multiply(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int32_t *)result = args[0].i32 * args[1].i32;
}

int main(void) {
    ffi_context     *context   = ffi_context_new(NULL);
    const ffi_ctype *i32       = ffi_type_scalar(context, FFI_KIND_I32);
    const ffi_ctype *two[]     = {i32, i32};
    const ffi_ctype *signature = ffi_type_signature(context, i32, two, 2, FFI_NOT_VARIADIC);

    ffi_function *function = ffi_function_typed(context, (void *)(uintptr_t)difference, signature);
    ffi_callback *callback = ffi_callback_typed(context, signature, multiply, NULL);
    if (!function || !callback) return 1;
    int32_t       less = 0, product = 0;
    ffi_value     args[] = {{45}, {3}};
    ffi_function *back   = ffi_function_of(context, ffi_callback_code(callback), i32, two, 2);
    ffi_invoke(function, &less, args);
    if (back) ffi_invoke(back, &product, (ffi_value[]){{6}, {7}});

    ffi_function_free(function);
    ffi_function_free(back);
    ffi_callback_free(callback);
    ffi_context_free(context);
    return less != 42 || product != 42;
}
