/* SPDX-License-Identifier: MIT */
#include "../../src/hosts/wasm/standard.h"
#include "hard.h"

#include "ffi_invoke.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct standard   api;
static wasm_store_t     *store;
static wasm_extern_vec_t exports;
static wasm_memory_t    *memory;

static wasm_trap_t *wrong(void) {
    static char     text[]  = "an offset is not in the memory";
    wasm_byte_vec_t message = {sizeof text, text};
    return api.trap_new(store, &message);
}

static wasm_trap_t *call_abs(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)env;
    results->data[0] = (wasm_val_t){.kind = 0, .of.i32 = abs(args->data[0].of.i32)};
    return NULL;
}

static wasm_trap_t *call_sqrt(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    (void)env;
    results->data[0] = (wasm_val_t){.kind = 3, .of.f64 = sqrt(args->data[0].of.f64)};
    return NULL;
}

static wasm_trap_t *call_strlen(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    uint32_t    at   = (uint32_t)args->data[0].of.i32;
    size_t      size = api.memory_data_size(memory);
    const char *text = api.memory_data(memory) + at;
    (void)env;
    if (at >= size || !memchr(text, 0, size - at)) return wrong();
    results->data[0] = (wasm_val_t){.kind = 0, .of.i32 = (int)strlen(text)};
    return NULL;
}

static wasm_trap_t *call_memcmp(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    uint32_t    a = (uint32_t)args->data[0].of.i32, b = (uint32_t)args->data[1].of.i32;
    size_t      size = api.memory_data_size(memory);
    const char *base = api.memory_data(memory);
    (void)env;
    if (a > size || b > size) return wrong();
    results->data[0] =
        (wasm_val_t){.kind = 0, .of.i32 = memcmp(base + a, base + b, (uint32_t)args->data[2].of.i32)};
    return NULL;
}

static wasm_functype_t *type_of(size_t count, uint8_t param, uint8_t result) {
    wasm_valtype_vec_t params, results;
    api.valtype_vec_new_uninitialized(&params, count);
    api.valtype_vec_new_uninitialized(&results, 1);
    for (size_t i = 0; i < count; i++) params.data[i] = api.valtype_new(param);
    results.data[0] = api.valtype_new(result);
    return api.functype_new(&params, &results);
}

void hard_standard_open(const char *library, const void *bytes, size_t size) {
#define NAME(name, result, parameters) "wasm_" #name,
    static const char *const names[] = {STANDARD_FUNCTIONS(NAME)};
    ffi_library             *opened  = ffi_library_open(ffi_context_new(NULL), library, 0);
    if (!opened) puts(ffi_last_message()), exit(1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *symbol = ffi_library_symbol(opened, names[i]);
        memcpy((char *)&api + i * sizeof symbol, &symbol, sizeof symbol);
    }
    store                    = api.store_new(api.engine_new());
    wasm_byte_vec_t binary   = {size, (char *)(uintptr_t)bytes};
    wasm_module_t  *module   = api.module_new(store, &binary);
    wasm_func_t    *funcs[4] = {
           api.func_new_with_env(store, type_of(1, 0, 0), call_abs, NULL, NULL),
           api.func_new_with_env(store, type_of(1, 3, 3), call_sqrt, NULL, NULL),
           api.func_new_with_env(store, type_of(1, 0, 0), call_strlen, NULL, NULL),
           api.func_new_with_env(store, type_of(3, 0, 0), call_memcmp, NULL, NULL),
    };
    wasm_extern_t *imports[4];
    for (size_t i = 0; i < 4; i++) imports[i] = api.func_as_extern(funcs[i]);
    wasm_extern_vec_t all  = {4, imports};
    wasm_trap_t      *trap = NULL;
    api.instance_exports(api.instance_new(store, module, &all, &trap), &exports);
    memory = api.extern_as_memory(exports.data[0]);
}

void hard_standard_run(const char *name, uint32_t count) {
    static const char *const names[] = {"memory", "nothing", "abs", "sqrt", "strlen", "memcmp"};
    wasm_val_t               arg     = {.kind = 0, .of.i32 = (int)count};
    wasm_val_vec_t           args = {1, &arg}, results = {0, NULL};
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]) && api.func_call(api.extern_as_func(exports.data[i]), &args, &results))
            abort();
}
