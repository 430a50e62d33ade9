/* SPDX-License-Identifier: MIT */
/* The thread's last error. */
#ifndef ERROR_H
#define ERROR_H

#include "ffi_invoke.h"

#include <stdarg.h>

/* Sets code and message and returns the code, so that `return fail(...)` and `return fail(...), NULL`
 * both read well. */
ffi_error fail(ffi_error code, const char *format, ...) __attribute__((format(printf, 2, 3)));

ffi_error fail_list(ffi_error code, const char *format, va_list list) __attribute__((format(printf, 2, 0)));

/* Puts a text of at most 255 bytes before the message. */
void fail_before(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends to the message instead. For errors that list several things. */
ffi_error fail_more(ffi_error code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Between these two calls, failures do not change this thread's code and message. fail_loudly() returns the
 * code of a failure in between, FFI_ERROR_NONE if there was none. For attempts whose failure is no error. */
void      fail_quietly(void);
ffi_error fail_loudly(void);

/* Fails with FFI_ERROR_ARGUMENT: the argument `what` of the function `where` is NULL. */
ffi_error fail_null(const char *where, const char *what);

#endif
