/* SPDX-License-Identifier: MIT */
/* Modules: what is the same for every engine. */
#include "host.h"
#include "runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct wasp_module {
    wasm_host         *host;
    const wasm_runner *runner;
    void              *instance;
    ffi_arena         *arena;
    struct wasm_lists  lists;
};

static const wasm_runner *runner_named(const char *name) {
    if (!strcmp(name, wasm_wabt.name)) return &wasm_wabt;
    if (!strcmp(name, wasm_aot.name)) return &wasm_aot;
    return wasm_is_wasmtime(name) ? &wasm_wasmtime : &wasm_standard;
}

ffi_error wasm_no_table(void) {
    return ffi_fail(FFI_ERROR_TYPE, "the module exports no table of functions: wasm-ld --export-table");
}

ffi_error wasm_no_function(uint32_t index) {
    return ffi_fail(FFI_ERROR_TYPE, "the table has no function %u", index);
}

ffi_error wasm_wrong_function(uint32_t index, const char *has, const char *gives, const char *params,
                              const char *result) {
    return ffi_fail(FFI_ERROR_TYPE, "function %u of the table is (%s) -> (%s), but the callback (%s) -> (%s)",
                    index, has, gives, params, result);
}

static ffi_error load(wasp_module *module, wasm_host *host, const char *engine, const void *bytes,
                      size_t size) {
    struct wasm_lists *lists = &module->lists;
    if (!(module->arena = ffi_arena_new(host->native))) return ffi_last_error();
    if (wasm_lists_read(host, module->arena, bytes, size, lists)) return ffi_last_error();
    for (size_t i = 0; i < lists->import_count; i++) {
        struct wasm_name *import = &lists->imports[i];
        if (!wasm_signature_is_c(import->type))
            return ffi_fail(FFI_ERROR_UNSUPPORTED, "import %s.%s is no function that C has", import->module,
                            import->name);
        import->import =
            wasm_import_find(host, import->module, import->name, import->type->params, import->type->results);
        if (!import->import) return ffi_last_error();
    }
    if (wasm_host_fail_stopped(host)) return ffi_last_error();
    if (!(module->instance = calloc(1, module->runner->size)))
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a module");
    wasm_host_attach(host, &module->runner->engine, module->instance);
    return module->runner->open(module->instance, host, engine, bytes, size, lists);
}

wasp_module *wasp_module_new(wasm_host *host, const char *engine, const void *bytes, size_t size) {
    wasp_module *module = calloc(1, sizeof *module);
    if (!module) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a module"), NULL;
    ffi_fail(FFI_ERROR_NONE, "%s", ""); /* for wasm_host_fail_stopped() */
    module->host   = host;
    module->runner = runner_named(engine);
    if (!load(module, host, engine, bytes, size)) return module;
    wasp_module_free(module);
    return NULL;
}

void wasp_module_free(wasp_module *module) {
    if (!module) return;
    module->host->trapped = true; /* callbacks that come later return zeroes */
    if (module->instance) {
        wasm_host_attach(module->host, NULL, NULL);
        module->runner->close(module->instance);
        free(module->instance);
    }
    ffi_arena_free(module->arena);
    free(module);
}

/* The index of an exported function; the number of exports if there is none. */
static size_t find(const wasp_module *module, const char *name) {
    size_t at = 0;
    for (; at < module->lists.export_count; at++)
        if (module->lists.exports[at].type && !strcmp(module->lists.exports[at].name, name)) break;
    return at;
}

int wasp_module_arity(const wasp_module *module, const char *name) {
    size_t at = find(module, name);
    return at < module->lists.export_count ? (int)strlen(module->lists.exports[at].type->params) : -1;
}

static ffi_error read_number(char letter, const char *text, wasm_value *value) {
    char *end;
    errno = 0;
    switch (letter) {
    case 'f': value->f32 = strtof(text, &end); break;
    case 'F': value->f64 = strtod(text, &end); break;
    default: /* of 64 bits, unsigned if it is positive */
        value->i64 = strtoll(text, &end, 0);
        if (letter == 'I' && value->i64 == INT64_MAX) errno = 0, value->u64 = strtoull(text, &end, 0);
        if (!errno && letter == 'i' && (value->i64 < INT32_MIN || value->i64 > UINT32_MAX)) errno = ERANGE;
    }
    if (end == text || *end || (errno && (letter | 0x20) == 'i'))
        return ffi_fail(FFI_ERROR_ARGUMENT, "'%s' is no number of type %c%s", text, letter | 0x20,
                        letter == 'i' || letter == 'f' ? "32" : "64");
    return FFI_ERROR_NONE;
}

static void write_number(char letter, wasm_value value, char *out, size_t size) {
    switch (letter) {
    case 'i': snprintf(out, size, "%" PRId32, value.i32); break;
    case 'I': snprintf(out, size, "%" PRId64, value.i64); break;
    case 'f': snprintf(out, size, "%.9g", (double)value.f32); break;
    default: snprintf(out, size, "%.17g", value.f64);
    }
}

ffi_error wasp_module_call(wasp_module *module, const char *name, const char *const *args, size_t count,
                           char *result, size_t size) {
    size_t     at = find(module, name);
    wasm_value values[WASM_LETTERS], value = {.i64 = 0};
    if (at == module->lists.export_count)
        return ffi_fail(FFI_ERROR_SYMBOL, "the module exports no function %s", name);
    const struct wasm_signature *type = module->lists.exports[at].type;
    if (!wasm_signature_is_c(type))
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "export %s is no function that C has", name);
    size_t wanted = strlen(type->params);
    if (count != wanted)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s takes %zu argument%s, not %zu", name, wanted,
                        wanted == 1 ? "" : "s", count);
    for (size_t i = 0; i < count; i++)
        if (read_number(type->params[i], args[i], &values[i])) return ffi_last_error();
    if (size) *result = 0;
    ffi_fail(FFI_ERROR_NONE, "%s", "");
    wasm_host_enter(module->host);
    bool before = module->host->trapped;
    bool good = !before && !module->host->stopped && module->runner->call(module->instance, at, values, &value);
    if (wasm_host_fail_stopped(module->host))
        return ffi_fail(ffi_last_error(), "%s: %s", name, ffi_last_message());
    if (before) return ffi_fail(FFI_ERROR_ARGUMENT, "%s: a callback of the module has trapped before", name);
    if (!good) return ffi_last_error();
    if (*type->results) write_number(*type->results, value, result, size);
    return FFI_ERROR_NONE;
}
