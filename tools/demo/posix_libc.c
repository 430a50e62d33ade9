/* SPDX-License-Identifier: MIT */
/*
 * The C library of a POSIX system: the environment, errno, a function of variable arguments; and functions that
 * call back, to walk over files, on another thread, for a signal.
 */
#define _GNU_SOURCE /* mkdtemp, SIGUSR1 */
#include "demo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void environment(ffi_library *libc) {
    ffi_function *set, *get;
    ffi_binding   bindings[] = {
          {.signature = "int setenv(const char *name, const char *value, int replace)", .function = &set},
          {.signature = "char *getenv(const char *name)", .function = &get}};
    if (!bind_all(libc, bindings)) return;

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

/* ---- functions that call back ---- */

static void count_signal(void *result, const ffi_value *args, void *userdata) {
    (void)result;
    *(volatile sig_atomic_t *)userdata += args[0].i32 == SIGUSR1;
}

static void add_one(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(void **)result = (char *)args[0].ptr + 1;
}

static void others_call(ffi_library *libc) {
    static volatile sig_atomic_t signals;
    ffi_function                *install, *create, *join;
    ffi_binding                  bindings[] = {
                         {.signature = "void (*signal(int, void (*)(int)))(int)", .function = &install},
                         {.signature = "int pthread_create(unsigned long *, const void *, void *(*)(void *), void *)",
                          .function = &create},
                         {.signature = "int pthread_join(unsigned long, void **)", .function = &join}};
    void *handler = callback("void (int)", count_signal, (void *)(uintptr_t)&signals);
    void *start   = callback("void *(void *)", add_one, NULL);
    if (!handler || !start || !bind_all(libc, bindings)) return;
    invoke(install, NULL, {.i32 = SIGUSR1}, {.ptr = handler});
    raise(SIGUSR1), raise(SIGUSR1);
    show_integer(signals, 2, "signal(SIGUSR1, count), after two of them");

    unsigned long thread;
    int           status;
    void         *got = NULL;
    invoke(create, &status, {.ptr = &thread}, {.ptr = NULL}, {.ptr = start}, {.ptr = (void *)41});
    if (show_integer(status, 0, "pthread_create(&thread, NULL, add_one, 41)"))
        invoke(join, &status, {.u64 = thread}, {.ptr = &got});
    show_integer((intptr_t)got, 42, "pthread_join(thread, &result), the result");
}

static void count_files(void *result, const ffi_value *args, void *userdata) {
    ++*(int *)userdata;
    *(int *)result = remove(args[0].str);
}

static void walks(ffi_library *libc) {
    char          folder[] = "/tmp/ffi_demo.XXXXXX", path[64];
    int           status, files = 0;
    ffi_function *walk;
    ffi_binding   bindings[] = {
          {.signature = "int nftw(const char *, int (*)(const char *, const void *, int, void *), int, int)",
           .function  = &walk}};
    void *visit = callback("int (const char *, const void *, int, void *)", count_files, &files);
    if (!visit || !bind_all(libc, bindings) || !mkdtemp(folder)) return;
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%d", folder, i);
        FILE *file = fopen(path, "w");
        if (file) fclose(file);
    }
    invoke(walk, &status, {.str = folder}, {.ptr = visit}, {.i32 = 8}, {.i32 = 8}); /* FTW_DEPTH */
    show_integer(files, 4, "nftw(\"%s\", remove_it, 8, FTW_DEPTH), calls", folder);
    show_integer(access(folder, F_OK), -1, "access(\"%s\", F_OK)", folder);
}

static void run(ffi_library *libc) {
    run_libc(libc);
    environment(libc);
    errors(libc);
    variadics(libc);
    others_call(libc);
    walks(libc);
}

const struct demo demo_libc = {"The C library", {"c"}, "strlen", "libc6", run};
