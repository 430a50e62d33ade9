/* SPDX-License-Identifier: MIT */
/*
 * The demo: real libraries called through ffi_invoke, each answer compared with one known beforehand. There
 * is a file for each library; it binds what it calls in a batch, calls it, and shows each call with one of
 * the functions below. To add a library, write such a file and add it to the table in posix.c or win32.c, or
 * both. Files whose names begin with posix or win32 are for such systems alone.
 */
#ifndef DEMO_H
#define DEMO_H

#include <ffi_invoke.h>

/* A library, and the demo's function for it. */
struct demo {
    const char *title;
    const char *names[3]; /* as ffi_library_open() takes them; the first that has `symbol` is used */
    const char *symbol;
    const char *package; /* of Debian, to install it */
    void (*run)(ffi_library *library);
};

extern const struct demo demo_libm, demo_libc, demo_zlib, demo_crypto, demo_sqlite, demo_blas;
extern const struct demo demo_msvcrt, demo_kernel32, demo_user32, demo_ole32;

/* The names of the C library on every system. */
void run_libc(ffi_library *libc);

/* posix.c, win32.c: the table, which ends with NULL; readies standard output, and says whether it shows UTF-8;
 * where a library that is missing is to be had. */
extern const struct demo *const demos[];
bool                            ready_output(void);
void                            where_from(const struct demo *demo, char *text, size_t size);

/* Shows a call and its result, and counts the answer as right if it is the one wanted. The call is a printf
 * format, written as in C. Integers, words and texts must be the same, numbers but for the last bits; texts
 * are shown in quotes, and may be NULL. All give back whether the answer was right. */
#define SHOWS __attribute__((format(printf, 3, 4)))

SHOWS bool show_integer(long long got, long long wanted, const char *call, ...);
SHOWS bool show_number(double got, double wanted, const char *call, ...);
SHOWS bool show_word(const char *got, const char *wanted, const char *call, ...);
SHOWS bool show_text(const char *got, const char *wanted, const char *call, ...);

/* ffi_invoke with the arguments written where they are used: invoke(power, &result, {.f64 = 2}, {.f64 = 10}).
 */
#define invoke(function, result, ...) ffi_invoke(function, result, (ffi_value[]){__VA_ARGS__})

/* Binds a batch; on failure says why and counts it as wrong. */
#define bind_all(library, bindings) bind_these(library, bindings, sizeof(bindings) / sizeof *(bindings))
bool bind_these(ffi_library *library, ffi_binding *bindings, size_t count);

/* A native function that calls `handler`, for as long as the demo runs; NULL, and counted as wrong, if it
 * cannot be made. */
void *callback(const char *signature, ffi_handler *handler, void *userdata);

#endif
