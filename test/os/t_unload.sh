#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Callbacks outlive what contains the library: a plugin with it that is closed stays as long as native code may call,
# and loading it again and again takes no more memory.
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
finish
