/* SPDX-License-Identifier: MIT */
/*
 *     refused MODULE EXPORT
 *
 * Opens the module in libwabt and calls its export, again and again; each time C++'s operator new refuses one
 * allocation more than the time before. TAP.
 */
#include "../../../src/hosts/wasm/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 16, STEPS = 100000 };

static const char qsort_signature[] =
    "c.qsort=void(void *, size_t, size_t, int (*)(const void *, const void *))";

static long left = -1; /* allocations until one is refused; -1: none is */
static bool refused;

/* operator new, with the functions that throw std::bad_alloc and free as libstdc++ has them. */
void  _ZSt17__throw_bad_allocv(void);
void *_Znwm(unsigned long size);
void *_Znwm(unsigned long size) {
    void *memory = left == 0 ? NULL : malloc(size ? size : 1);
    if (left >= 0) refused |= left-- == 0;
    if (!memory) _ZSt17__throw_bad_allocv();
    return memory;
}

/* Whether all succeeded; sets `*good` if a failure says what it must. */
static bool try(const char *bytes, size_t size, const char *export, bool *good) {
    char         result[64] = "";
    wasm_host   *host       = wasm_host_new();
    wasp_module *module     = !host || wasm_host_allow(host, "c") || wasm_host_signature(host, qsort_signature)
                                  ? NULL
                                  : wasp_module_new(host, "wabt", bytes, size);
    bool         called     = module && !wasp_module_call(module, export, NULL, 0, result, sizeof result);
    left                    = -1;
    *good                   = called ? !strcmp(result, "7") : !!strstr(ffi_last_message(), "out of memory");
    if (!*good) printf("# %s: %s\n", module ? "opened" : "not opened", called ? result : ffi_last_message());
    wasp_module_free(module);
    wasm_host_free(host);
    return called;
}

int main(int argc, char **argv) {
    static char bytes[MOST];
    FILE       *file  = argc > 2 ? fopen(argv[1], "rb") : NULL;
    size_t      size  = file ? fread(bytes, 1, MOST, file) : 0;
    long        steps = 0, wrong = 0;
    bool        good;
    if (file) fclose(file);
    if (!size) return puts("Bail out! no module"), 1;
    do {
        refused = false;
        left    = steps++;
        try(bytes, size, argv[2], &good);
        wrong += !good;
    } while (refused && steps < STEPS);
    left = -1;
    printf("%sok 1 - %s in libwabt with each allocation refused: %ld wrong of %ld\n", wrong ? "not " : "",
           argv[2], wrong, steps);
    printf("%sok 2 - the last one is not refused\n1..2\n", refused ? "not " : "");
    return wrong || refused;
}
