/* SPDX-License-Identifier: MIT */
/* The C library: texts in and out, a result by pointer, errno, and a function of variable arguments. */
#include "demo.h"

#include <errno.h>

static void texts(ffi_library *libc) {
    ffi_function *length, *to_double, *set, *get;
    ffi_binding   bindings[] = {
          {.signature = "size_t strlen(const char *)", .function = &length},
          {.signature = "double strtod(const char *, char **end)", .function = &to_double},
          {.signature = "int setenv(const char *name, const char *value, int replace)", .function = &set},
          {.signature = "char *getenv(const char *name)", .function = &get}};
    if (!bind_all(libc, bindings)) return;

    size_t bytes;
    invoke(length, &bytes, {.str = "hello, world"});
    show_integer((long long)bytes, 12, "strlen(\"hello, world\")");

    double number;
    char  *end = NULL;
    invoke(to_double, &number, {.str = "6.02214076e23 per mole"}, {.ptr = &end});
    show_number(number, 6.02214076e23, "strtod(\"6.02214076e23 per mole\", &end)");
    show_text(end, " per mole", "end");

    int   status;
    char *value;
    invoke(set, &status, {.str = "FFI_DEMO"}, {.str = "it works"}, {.i32 = 1});
    show_integer(status, 0, "setenv(\"FFI_DEMO\", \"it works\", 1)");
    invoke(get, &value, {.str = "FFI_DEMO"});
    show_text(value, "it works", "getenv(\"FFI_DEMO\")");
    invoke(get, &value, {.str = "FFI_DEMO_IS_NOT_SET"});
    show_text(value, NULL, "getenv(\"FFI_DEMO_IS_NOT_SET\")");
}

/* errno right after the call, whatever the program has done since. */
static void errors(ffi_library *libc) {
    ffi_function *change;
    ffi_binding   bindings[] = {
          {.signature = "int chdir(const char *)", .function = &change, .flags = FFI_CAPTURE_ERRNO}};
    if (!bind_all(libc, bindings)) return;

    int status;
    invoke(change, &status, {.str = "/no/such/folder"});
    errno = 0;
    show_integer(status, -1, "chdir(\"/no/such/folder\")");
    show_integer(ffi_captured_errno(), ENOENT, "its errno, ENOENT");
}

/* A call of a variadic function has a form for each list of types. */
static void variadics(ffi_library *libc) {
    ffi_function *print;
    ffi_binding   bindings[] = {
          {.signature = "int snprintf(char *, size_t, const char *, ...)", .function = &print}};
    if (!bind_all(libc, bindings)) return;
    ffi_function *two  = ffi_function_variadic(print, "const char *, int");
    ffi_function *nine = ffi_function_variadic(print, "int, double, long, float, char, str, u64, double, ptr");
    if (!two || !nine) {
        show_text(ffi_last_message(), NULL, "ffi_function_variadic");
        return;
    }

    char buffer[80] = "";
    int  length;
    invoke(two, &length, {.ptr = buffer}, {.u64 = 80}, {.str = "%s %d"}, {.str = "hi"}, {.i32 = 42});
    show_text(buffer, "hi 42", "snprintf(buffer, 80, \"%%s %%d\", \"hi\", 42)");

    invoke(nine, &length, {.ptr = buffer}, {.u64 = 80}, {.str = "%d %.2f %ld %g %c %s %llx %.1e %p"},
           {.i32 = -1}, {.f64 = 3.14159}, {.i64 = -5000000000}, {.f32 = 0.5F}, {.i8 = 'x'}, {.str = "text"},
           {.u64 = 0xfeedfacecafebeef}, {.f64 = 12345}, {.ptr = (void *)0x1000});
    show_text(buffer, "-1 3.14 -5000000000 0.5 x text feedfacecafebeef 1.2e+04 0x1000",
              "snprintf(buffer, 80, \"%%d %%.2f %%ld %%g %%c %%s %%llx %%.1e %%p\", ...)");
    show_integer(length, 62, "its result, the length");
}

static void run(ffi_library *libc) {
    texts(libc);
    errors(libc);
    variadics(libc);
}

const struct demo demo_libc = {"The C library", {"c"}, "strlen", "libc6", run};
