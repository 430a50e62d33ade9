/* SPDX-License-Identifier: MIT */
/*
 * Shared by several tests: the path of a library built from test/lib/lib_<name>.c (beside the test's own
 * program), temporary folders, and short forms of checks for errors.
 */
#ifndef HELPER_H
#define HELPER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* readlink, mkdtemp; so include this file first */
#endif
#include "tap.h"

#include <ffi_invoke.h>
#include <unistd.h>

#ifdef _WIN32
#include <direct.h>
#define LIBRARY_SUFFIX   ".dll"
#define POSIX_NAME(name) "_" name /* of what C does not have, in the C library */

static inline int own_path(char *path, size_t size) {
    return (size_t)snprintf(path, size, "%s", _pgmptr) < size;
}

static inline char *mkdtemp(char *path) {
    return _mktemp(path) && !_mkdir(path) ? path : NULL;
}
#else
#define LIBRARY_SUFFIX   ".so"
#define POSIX_NAME(name) name

static inline int own_path(char *path, size_t size) {
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    return length > 0 && (path[length] = 0, 1);
}
#endif

/* musl's loader never unloads a library, knows no versions of symbols, and loads what others refuse. */
#if defined _WIN32 || defined __GLIBC__ || defined __APPLE__
enum { IS_MUSL = 0 };
#else
enum { IS_MUSL = 1 };
#endif

/* The path of the library lib_<name>. One buffer: the next call overwrites it. */
__attribute__((unused)) static const char *library_path(const char *name) {
    static char path[4096];
    if (!own_path(path, sizeof path - 300)) puts("Bail out! a program that does not know its path"), exit(1);
    for (char *c = path; *c; c++) /* as Windows takes it too */
        if (*c == '\\') *c = '/';
    snprintf(strrchr(path, '/') + 1, 300, "lib_%s" LIBRARY_SUFFIX, name);
    return path;
}

/* A folder of its own in $TMPDIR or /tmp; the test removes it. */
__attribute__((unused)) static char *temporary_folder(void) {
    const char *root = getenv("TMPDIR");
    static char path[4096];
    snprintf(path, sizeof path, "%s/ffi_invoke.XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(path)) perror(path), exit(1);
    return path;
}

/* The number of repetitions of a slow check; FFI_FEWER in the environment divides it, for emulators. */
__attribute__((unused)) static int fewer(int count) {
    const char *divisor = getenv("FFI_FEWER");
    return divisor && atoi(divisor) > 0 ? count / atoi(divisor) : count;
}

/* Whether FFI_FEWER divides numbers. */
__attribute__((unused)) static int is_slow(void) {
    return fewer(2) < 2;
}

/* A text as lines of comment, the beginning of a long one. */
__attribute__((unused)) static void note(const char *head, const char *text) {
    printf("#   %s ", head);
    for (int left = 1000; *text && left; text++, left--) printf(*text == '\n' ? "\n#     " : "%c", *text);
    puts("");
}

/* The thread's last error is `code`, and its message has `part`. */
__attribute__((unused)) static int tap_fails(int failed, ffi_error code, const char *part, const char *file,
                                             int line, const char *what) {
    char name[100];
    snprintf(name, sizeof name, "%s", what);
    for (char *c = name; *c; c++)
        if (*c < 32 || *c == '#') *c = '?'; /* TAP would read it */
    if (tap_ok(failed && ffi_last_error() == code && strstr(ffi_last_message(), part), file, line, "%s", name))
        return 1;
    note(failed ? "failed with" : "did not fail; the last error was", ffi_error_name(ffi_last_error()));
    note("message", ffi_last_message());
    note(ffi_error_name(code), part);
    return 0;
}

/* Checks that a call that makes an object returns NULL, or that a call that acts returns the error. */
#define fails(call, code, part)         tap_fails(!(call), code, part, __FILE__, __LINE__, #call)
#define returns_error(call, code, part) tap_fails((call) == (code), code, part, __FILE__, __LINE__, #call)

#endif
