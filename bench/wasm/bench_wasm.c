/* SPDX-License-Identifier: MIT */
/*
 *     bench_wasm MODULE [LIBRARY]
 *
 * Calls of native functions out of WebAssembly, in ns: a wrapper written by hand for each function, and the host's
 * one for all, in each engine; LIBRARY is Wasmtime's, by its own C API and by the standard one. The two take turns; each figure is the least of many
 * samples, less the loop's.
 */
#include "../../src/hosts/wasm/module.h"
#include "hard.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 60 };

static char   bytes[4096];
static size_t size;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "bench_wasm: %s: %s\n", what, ffi_last_message());
    exit(1);
}

static wasp_module *open_module(const char *engine) {
    static const char *const prototypes[] = {"c.abs=int(int)", "m.sqrt=double(double)",
                                             "c.strlen=size_t(const char *)",
                                             "c.memcmp=int(const void *, const void *, size_t)"};
    wasm_host               *host         = wasm_host_new();
    wasm_host_allow(host, "c");
    wasm_host_allow(host, "m");
    for (size_t i = 0; i < sizeof prototypes / sizeof *prototypes; i++)
        if (wasm_host_signature(host, prototypes[i])) fail(prototypes[i]);
    wasp_module *module = wasp_module_new(host, engine, bytes, size);
    if (!module) fail(engine);
    return module;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

static void measure(const char *title, const char *engine, void (*hard)(const char *, uint32_t),
                    uint32_t count) {
    static const char *const names[] = {"nothing", "abs", "sqrt", "strlen", "memcmp"};
    wasp_module             *module  = open_module(engine);
    double                   by_hand[5], dynamic[5];
    char                     text[16];
    const char              *args[] = {text};
    snprintf(text, sizeof text, "%u", count);
    for (size_t i = 0; i < 5; i++) {
        by_hand[i] = dynamic[i] = 1e12;
        for (int round = 0; round < ROUNDS; round++) {
            double start = now();
            hard(names[i], count);
            double middle = now();
            if (wasp_module_call(module, names[i], args, 1, NULL, 0)) fail(names[i]);
            by_hand[i] = least(by_hand[i], (middle - start) / count);
            dynamic[i] = least(dynamic[i], (now() - middle) / count);
        }
        if (!i) continue;
        double a = by_hand[i] - by_hand[0], b = dynamic[i] - dynamic[0];
        printf("%s\t%s\t%.2f\t%.2f\t%+.2f\t%+.1f %%\n", title, names[i], a, b, b - a, (b / a - 1) * 100);
    }
    wasp_module_free(module);
}

int main(int argc, char **argv) {
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    size       = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (!size) return fprintf(stderr, "usage: bench_wasm MODULE [LIBRARY]\n"), 2;
    fclose(file);
    printf("engine\tfunction\tby hand\tffi_invoke\tmore\t\n");
    hard_wabt_open(bytes, size);
    measure("interpreter", "wabt", hard_wabt_run, 5000);
    if (argc > 2) {
        char standard[300];
        snprintf(standard, sizeof standard, "wasm.h:%s", argv[2]);
        hard_wasmtime_open(argv[2], bytes, size);
        measure("wasmtime", argv[2], hard_wasmtime_run, 20000);
        hard_standard_open(argv[2], bytes, size);
        measure("wasm.h", standard, hard_standard_run, 20000);
    }
    hard_aot_open();
    measure("wasm2c", "aot", hard_aot_run, 100000);
    return 0;
}
