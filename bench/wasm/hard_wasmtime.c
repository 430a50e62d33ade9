/* SPDX-License-Identifier: MIT */
#include "../../src/hosts/wasm/wasmtime.h"
#include "hard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct standard standard;
static struct wasmtime {
#define MEMBER(name, result, parameters) result(*name) parameters;
    WASMTIME_FUNCTIONS(MEMBER)
} api;
static wasmtime_context_t *context;
static wasmtime_instance_t instance;
static wasmtime_extern_t   memory;

static wasm_trap_t *call_abs(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    (void)env, (void)caller, (void)count;
    values->i64 = abs(values->i32);
    return NULL;
}

static wasm_trap_t *call_sqrt(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    (void)env, (void)caller, (void)count;
    values->f64 = sqrt(values->f64);
    return NULL;
}

static wasm_trap_t *call_strlen(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    uint32_t    at   = values->u32;
    size_t      size = api.memory_data_size(context, &memory.of.item);
    const char *text = (char *)api.memory_data(context, &memory.of.item) + at;
    (void)env, (void)caller, (void)count;
    if (at >= size || !memchr(text, 0, size - at)) return api.trap_new("wrong", 5);
    values->i64 = (int)strlen(text);
    return NULL;
}

static wasm_trap_t *call_memcmp(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    uint32_t    a = values[0].u32, b = values[1].u32;
    size_t      size = api.memory_data_size(context, &memory.of.item);
    const char *base = (char *)api.memory_data(context, &memory.of.item);
    (void)env, (void)caller, (void)count;
    if (a > size || b > size) return api.trap_new("wrong", 5);
    values->i64 = memcmp(base + a, base + b, values[2].u32);
    return NULL;
}

static void export_of(size_t index, wasmtime_extern_t *found) {
    char  *name;
    size_t length;
    if (!api.instance_export_nth(context, &instance, index, &name, &length, found)) abort();
}

void hard_wasmtime_open(const char *library, const void *bytes, size_t size) {
#define NAME(name, result, parameters) "wasmtime_" #name,
    static const char *const           names[] = {WASMTIME_FUNCTIONS(NAME)};
    static const struct wasm_signature types[] = {{"i", "i"}, {"F", "F"}, {"i", "i"}, {"iii", "i"}};
    static wasmtime_func_unchecked_callback_t *const calls[] = {call_abs, call_sqrt, call_strlen, call_memcmp};
    wasmtime_extern_t                                imports[4];
    wasmtime_module_t                               *module;
    wasm_trap_t                                     *trap = NULL;
    ffi_library *opened                                   = ffi_library_open(ffi_context_new(NULL), library, 0);
    if (!opened || standard_read(opened, standard_names, STANDARD_COUNT, &standard) ||
        standard_read(opened, names, sizeof names / sizeof *names, &api))
        puts(ffi_last_message()), exit(1);
    wasm_config_t *config = standard.config_new();
    api.config_epoch_interruption_set(config, true); /* as the host has it */
    wasm_engine_t *engine = standard.engine_new_with_config(config);
    context               = api.store_context(api.store_new(engine, NULL, NULL));
    api.context_set_epoch_deadline(context, 1);
    if (api.module_new(engine, bytes, size, &module)) abort();
    for (size_t i = 0; i < 4; i++) {
        imports[i].kind = WASMTIME_EXTERN_FUNC;
        api.func_new_unchecked(context, standard_type(&standard, &types[i]), calls[i], NULL, NULL,
                               &imports[i].of.func);
    }
    if (api.instance_new(context, module, imports, 4, &instance, &trap)) abort();
    export_of(0, &memory);
}

void hard_wasmtime_run(const char *name, uint32_t count) {
    static const char *const names[] = {"memory", "nothing", "abs", "sqrt", "strlen", "memcmp"};
    wasmtime_val_t           arg     = {.kind = 0, .of.i32 = (int32_t)count};
    wasmtime_extern_t        found;
    wasm_trap_t             *trap = NULL;
    for (size_t i = 1; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        export_of(i, &found);
        if (api.func_call(context, &found.of.func, &arg, 1, NULL, 0, &trap) || trap) abort();
    }
}
