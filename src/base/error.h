/* SPDX-License-Identifier: MIT */
/* The thread's last error. */
#ifndef ERROR_H
#define ERROR_H

#include "ffi_invoke.h"

/* Sets code and message and returns the code, so that `return fail(...)` and `return fail(...), NULL`
 * both read well. */
ffi_error fail(ffi_error code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, behind what the message says already: for errors that list several things. */
ffi_error fail_more(ffi_error code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Between these, failures of this thread leave its code and message alone; the latter gives the code of the
 * last one. For what is only tried. */
void      fail_quietly(void);
ffi_error fail_loudly(void);

/* FFI_ERROR_ARGUMENT: `what` of function `where` is NULL. */
ffi_error fail_null(const char *where, const char *what);

#endif
