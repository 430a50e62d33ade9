#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Callbacks outlive what contains the library: a plugin with it that is closed stays as long as native code may call,
# and loading it again and again takes no more memory. A constructor may make a callback while another thread makes the first.
. "$(dirname "$0")/../lib/tap.sh"
here=$(cd "$(dirname "$0")" && pwd)

cat >"$work/plugin.c" <<'END'
#include <ffi_invoke.h>

static void add_one(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args->i32 + 1;
}

void *make(ffi_context **context, int with_callback) {
    *context = ffi_context_new(NULL);
    return with_callback ? ffi_callback_code(ffi_callback_new(*context, "int(int)", add_one, NULL)) : NULL;
}

void end(ffi_context *context) {
    ffi_context_free(context);
}

static int one_more(int n) {
    return n + 1;
}

static void drop(void *userdata) {
    (void)userdata;
}

/* Each of the ways to a callback. */
int make_by(ffi_context *context, int way) {
    const ffi_ctype *type = ffi_type_parse(context, "int(int)");
    switch (way) {
    case 0: return ffi_callback_new(context, "int(int)", add_one, NULL) != NULL;
    case 1: return ffi_callback_typed(context, type, add_one, NULL) != NULL;
    case 2: return ffi_callback_owned(context, type, add_one, NULL, drop) != NULL;
    case 3: return ffi_thunk_new(context, ffi_thunk_entry(1), (void *)one_more, NULL) != NULL;
    default: return ffi_function_shifted(ffi_function_new(context, (void *)one_more, "int(int)"), 1) != NULL;
    }
}
END
cat >"$work/host.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int code(int);

static long mapped(void) { /* pages */
    long  pages = 0;
    FILE *file  = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages;
}

int main(int argc, char **argv) {
    int   with_callback = argc > 2;
    void *context, *last = NULL;
    long  first = 0;
    for (int i = 0; i < 200; i++) {
        void *plugin = dlopen(argv[1], RTLD_NOW);
        if (!plugin) return fprintf(stderr, "%s\n", dlerror()), 2;
        last = ((void *(*)(void **, int))dlsym(plugin, "make"))(&context, with_callback);
        if (with_callback && (!last || ((code *)last)(1) != 2)) return 3;
        ((void (*)(void *))dlsym(plugin, "end"))(context);
        dlclose(plugin);
        if (i == 100) first = mapped();
    }
    const char *runner = getenv("RUNNER"); /* an emulator's memory is not ours */
    if (!(runner && *runner) && mapped() > first + 16) return fprintf(stderr, "%ld pages more\n", mapped() - first), 4;
    if (with_callback) return ((code *)last)(1) ? 5 : 0;
    return dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) ? 6 : 0;
}
END
cat >"$work/meeting.c" <<'END'
#define _GNU_SOURCE
#include "constructor.h"

#include <stdlib.h>

static void *context;
static int (*make_by)(void *, int);
static int way;

static bool make(void) {
    return make_by(context, way);
}

int main(int argc, char **argv) {
    void *plugin = argc == 4 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!plugin) return 2;
    ((void *(*)(void **, int))dlsym(plugin, "make"))(&context, 0);
    make_by = (int (*)(void *, int))dlsym(plugin, "make_by");
    way     = atoi(argv[3]);
    return !works_in_constructor(argv[2], make);
}
END
# shellcheck disable=SC2086 # words
check "a plugin with the static library" $CC -shared -fPIC -I"$root/include" -I"$root/test/lib" "$work/plugin.c" \
    "$BUILD/libffi_invoke.a" -o "$work/plugin.so"
check "its host" $CC "$work/host.c" -o "$work/host" -ldl
check "late calls find it, and 200 times it takes no more" ${RUNNER:-} "$work/host" "$work/plugin.so" callbacks
if is_musl; then
    skip "without callbacks it goes" "musl's loader never unloads"
else
    check "without callbacks it goes" ${RUNNER:-} "$work/host" "$work/plugin.so"
fi
check "a library with a constructor" $CC -shared -fPIC -DPLUGIN -x c "$root/test/lib/constructor.h" -o "$work/late.so"
check "the program that loads it" $CC -rdynamic -I"$root/test/lib" "$work/meeting.c" -o "$work/meeting" -ldl -lpthread
for way in 0 1 2 3 4; do
    check "its constructor makes a callback while another thread makes the first, way $way" \
        ${RUNNER:-} "$work/meeting" "$work/plugin.so" "$work/late.so" $way
done
finish
