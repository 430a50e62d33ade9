/* SPDX-License-Identifier: MIT */
/* In place of src/base/error.c: libffi's interface has no messages, and a library that others load at any time
 * should take no thread-local memory. */
#include "base/error.h"

ffi_error fail(ffi_error code, const char *format, ...) {
    (void)format;
    return code;
}

ffi_error fail_more(ffi_error code, const char *format, ...) {
    (void)format;
    return code;
}

ffi_error fail_null(const char *where, const char *what) {
    (void)where, (void)what;
    return FFI_ERROR_ARGUMENT;
}
