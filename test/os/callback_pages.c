/* SPDX-License-Identifier: MIT */
/*
 * Callbacks on a system with pages of another size: t_pages.sh links this with --wrap=sysconf and
 * --wrap=mremap, so that the library is told the size, and one of its two ways to have its code twice.
 *
 *     callback_pages SIZE mremap|file
 *
 * More callbacks than the largest block has are made, called, freed and called again. Size 0 is the system's
 * own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ffi_invoke.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CALLBACKS = 6000, DEFAULT = -7 };

static long page;
static int  use_mremap;

long  __real_sysconf(int name);
long  __wrap_sysconf(int name);
void *__real_mremap(void *old, size_t old_size, size_t size, int flags, void *at);
void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...);

long __wrap_sysconf(int name) {
    return name == _SC_PAGESIZE && page ? page : __real_sysconf(name);
}

void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...) {
    va_list list;
    va_start(list, flags);
    void *at = va_arg(list, void *);
    va_end(list);
    if (use_mremap) return __real_mremap(old, old_size, size, flags, at);
    return errno = ENOSYS, MAP_FAILED;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    *(int *)result = *(int *)userdata + args[0].i32;
}

int main(int argc, char **argv) {
    static ffi_callback *callbacks[CALLBACKS];
    static int           numbers[CALLBACKS];
    typedef int          native(int);
    if (argc != 3) return fprintf(stderr, "usage: callback_pages SIZE mremap|file\n"), 2;
    page       = atol(argv[1]);
    use_mremap = !strcmp(argv[2], "mremap");
    int wrong = 0, late = 0;

    ffi_context *context = ffi_context_new(NULL);
    for (int i = 0; i < CALLBACKS; i++) {
        numbers[i]   = 3 * i;
        callbacks[i] = ffi_callback_new(context, "int(int)", handle, &numbers[i]);
        if (!callbacks[i]) return printf("callback %d: %s\n", i, ffi_last_message()), 1;
        ffi_callback_default(callbacks[i], &(int){DEFAULT});
    }
    for (int i = 0; i < CALLBACKS; i++)
        wrong += ((native *)(uintptr_t)ffi_callback_code(callbacks[i]))(i) != 4 * i;
    for (int i = 0; i < CALLBACKS; i++) ffi_callback_free(callbacks[i]);
    for (int i = 0; i < CALLBACKS; i++)
        late += ((native *)(uintptr_t)ffi_callback_code(callbacks[i]))(i) != DEFAULT;
    ffi_context_free(context);
    printf("pages of %ld bytes: of %d callbacks %d go wrong, and %d when they are freed\n",
           sysconf(_SC_PAGESIZE), CALLBACKS, wrong, late);
    return wrong || late;
}
