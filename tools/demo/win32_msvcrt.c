/* SPDX-License-Identifier: MIT */
/*
 * The C library that every Windows has: the environment, errno, and functions of variable arguments, one of
 * them on the standard output, which is kept in a file meanwhile and read by C.
 */
#define WIN32_LEAN_AND_MEAN
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <windows.h>

static void environment(ffi_library *libc) {
    ffi_function *set, *get, *change;
    ffi_binding   bindings[] = {
          {.signature = "int _putenv(const char *)", .function = &set},
          {.signature = "char *getenv(const char *name)", .function = &get},
          {.signature = "int _chdir(const char *)", .function = &change, .flags = FFI_CAPTURE_ERRNO}};
    if (!bind_all(libc, bindings)) return;

    int   status;
    char *value;
    invoke(set, &status, {.str = "FFI_DEMO=it works"});
    show_integer(status, 0, "_putenv(\"FFI_DEMO=it works\")");
    invoke(get, &value, {.str = "FFI_DEMO"});
    show_text(value, "it works", "getenv(\"FFI_DEMO\")");
    show_text(getenv("FFI_DEMO"), "it works", "the same by C");
    invoke(get, &value, {.str = "FFI_DEMO_IS_NOT_SET"});
    show_text(value, NULL, "getenv(\"FFI_DEMO_IS_NOT_SET\")");

    /* errno right after the call, whatever the program has done since */
    invoke(change, &status, {.str = "C:\\no such folder"});
    errno = 0;
    show_integer(status, -1, "_chdir(\"C:\\\\no such folder\")");
    show_integer(ffi_captured_errno(), ENOENT, "its errno, ENOENT");
}

/* A call of a variadic function has a form for each list of types. */
static void texts(ffi_library *libc) {
    ffi_function *print;
    ffi_binding   bindings[] = {{.signature = "int sprintf(char *, const char *, ...)", .function = &print}};
    if (!bind_all(libc, bindings)) return;
    ffi_function *nine = ffi_function_variadic(print, "int, double, long, float, char, str, u64, double, ptr");
    if (!nine) {
        show_text(ffi_last_message(), NULL, "ffi_function_variadic");
        return;
    }
    char buffer[80] = "";
    int  length;
    invoke(nine, &length, {.ptr = buffer}, {.str = "%d %.2f %ld %g %c %s %I64x %.3f %p"}, {.i32 = -1},
           {.f64 = 3.14159}, {.i32 = -2000000000}, {.f32 = 0.5F}, {.i8 = 'x'}, {.str = "text"},
           {.u64 = 0xfeedfacecafebeef}, {.f64 = 12345}, {.ptr = (void *)0x1000});
    show_text(buffer, "-1 3.14 -2000000000 0.5 x text feedfacecafebeef 12345.000 0000000000001000",
              "sprintf(buffer, \"%%d %%.2f %%ld %%g %%c %%s %%I64x %%.3f %%p\", ...)");
    show_integer(length, (long long)strlen(buffer), "its result, the length");
}

/* The name of a temporary file; NULL if there is none. */
static char *temporary(char name[MAX_PATH + 1]) {
    char folder[MAX_PATH + 1];
    bool good = GetTempPathA(MAX_PATH + 1, folder) && GetTempFileNameA(folder, "ffi", 0, name);
    return good ? name : NULL;
}

static void standard_output(ffi_library *libc) {
    char          name[MAX_PATH + 1], got[64] = "";
    int           length;
    ffi_function *print;
    ffi_binding bindings[] = {{.signature = "int printf(const char *, str, int, double)", .function = &print}};
    if (!bind_all(libc, bindings) || !temporary(name)) return;
    int kept = _dup(1), file = _open(name, _O_RDWR | _O_BINARY | _O_TRUNC);
    fflush(stdout);
    _dup2(file, 1);
    invoke(print, &length, {.str = "%s %d %g"}, {.str = "hi"}, {.i32 = 42}, {.f64 = 0.5});
    fflush(stdout);
    _dup2(kept, 1);
    _close(kept);
    _lseek(file, 0, SEEK_SET);
    _read(file, got, sizeof got - 1);
    _close(file);
    remove(name);
    show_text(got, "hi 42 0.5", "printf(\"%%s %%d %%g\", \"hi\", 42, 0.5), what it printed");
    show_integer(length, 9, "its result, the length");
}

static void run(ffi_library *libc) {
    run_libc(libc);
    environment(libc);
    texts(libc);
    standard_output(libc);
}

const struct demo demo_msvcrt = {"The C library", {"msvcrt"}, "strlen", NULL, run};
