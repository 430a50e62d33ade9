/* SPDX-License-Identifier: MIT */
/*
 * Error codes, and the thread's last message.
 *
 * The message is in a fixed thread-local buffer. So an error can be reported when no memory is left, and
 * nothing has to be freed when the thread ends. The buffer is small, because the system takes thread-local
 * storage from the thread's stack: a thread with the smallest stack must still start.
 */
#include "base/error.h"

#include "base/util.h"

#include <stdio.h>
#include <string.h>

static _Thread_local struct {
    bool      quiet;
    ffi_error unheard; /* FFI_ERROR_MEMORY if any failure since fail_quietly() had it, else the code of the last
                          one */
    ffi_error code;
    unsigned  length;
    char      text[4096];
} last;

static ffi_error append(ffi_error code, unsigned at, const char *format, va_list list) {
    if (last.quiet) {
        if (last.unheard != FFI_ERROR_MEMORY) last.unheard = code;
        return code;
    }
    int written = vsnprintf(last.text + at, sizeof last.text - at, format, list);
    if (written > 0) at += (unsigned)written;
    last.length      = at < sizeof last.text ? at : sizeof last.text - 1;
    return last.code = code;
}

ffi_error fail_list(ffi_error code, const char *format, va_list list) {
    return append(code, 0, format, list);
}

ffi_error fail(ffi_error code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    append(code, 0, format, list);
    va_end(list);
    return code;
}

ffi_error fail_more(ffi_error code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    append(code, last.length, format, list);
    va_end(list);
    return code;
}

void fail_before(const char *format, ...) {
    va_list list;
    char    text[256];
    if (last.quiet) return;
    va_start(list, format);
    int written = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    size_t length = written < 0 ? 0 : (size_t)written < sizeof text ? (size_t)written : sizeof text - 1;
    size_t rest   = last.length;
    if (rest > sizeof last.text - 1 - length) rest = sizeof last.text - 1 - length;
    memmove(last.text + length, last.text, rest);
    memcpy(last.text, text, length);
    last.length            = (unsigned)(length + rest);
    last.text[last.length] = 0;
}

ffi_error ffi_fail(ffi_error error, const char *format, ...) {
    va_list list;
    char    text[sizeof last.text];
    if (!format) return fail_null(__func__, "format");
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list); /* it may read the last message */
    va_end(list);
    return fail(error, "%s", text);
}

void fail_quietly(void) {
    last.quiet   = true;
    last.unheard = FFI_ERROR_NONE;
}

ffi_error fail_loudly(void) {
    last.quiet = false;
    return last.unheard;
}

ffi_error fail_null(const char *where, const char *what) {
    return fail(FFI_ERROR_ARGUMENT, "%s: %s is NULL", where, what);
}

ffi_error ffi_last_error(void) {
    return last.code;
}

const char *ffi_last_message(void) {
    return last.text;
}

const char *ffi_error_name(ffi_error error) {
    static const char *const names[] = {
        [FFI_ERROR_NONE] = "FFI_ERROR_NONE",           [FFI_ERROR_MEMORY] = "FFI_ERROR_MEMORY",
        [FFI_ERROR_ARGUMENT] = "FFI_ERROR_ARGUMENT",   [FFI_ERROR_SYNTAX] = "FFI_ERROR_SYNTAX",
        [FFI_ERROR_TYPE] = "FFI_ERROR_TYPE",           [FFI_ERROR_LIBRARY] = "FFI_ERROR_LIBRARY",
        [FFI_ERROR_SYMBOL] = "FFI_ERROR_SYMBOL",       [FFI_ERROR_UNSUPPORTED] = "FFI_ERROR_UNSUPPORTED",
        [FFI_ERROR_RANGE] = "FFI_ERROR_RANGE",         [FFI_ERROR_DENIED] = "FFI_ERROR_DENIED",
        [FFI_ERROR_SYSTEM] = "FFI_ERROR_SYSTEM",       [FFI_ERROR_BUSY] = "FFI_ERROR_BUSY",
        [FFI_ERROR_CANCELLED] = "FFI_ERROR_CANCELLED", [FFI_ERROR_ABI] = "FFI_ERROR_ABI",
    };
    return (size_t)error < countof(names) ? names[error] : "unknown error";
}
