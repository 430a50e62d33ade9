/* SPDX-License-Identifier: MIT */
/*
 * Wasmtime by its own C API, which stops a module, gives functions of a table, and passes an import's values as they
 * lie on the stack. As with the standard API, memory and table are those that the module exports first, and a start
 * function has neither.
 */
#include "wasmtime.h"
#include "host.h"

#include <stdlib.h>

#define WASMTIME_NAME(name, result, parameters) "wasmtime_" #name,
static const char *const names[] = {WASMTIME_FUNCTIONS(WASMTIME_NAME)};

enum { COUNT = sizeof names / sizeof *names };

struct running {
    struct standard standard;
    struct wasmtime {
#define WASMTIME_MEMBER(name, result, parameters) result(*name) parameters;
        WASMTIME_FUNCTIONS(WASMTIME_MEMBER)
    } api;
    wasm_host               *host;
    const struct wasm_lists *lists;
    wasm_engine_t           *engine;
    wasmtime_store_t        *store;
    wasmtime_context_t      *context; /* the store's */
    wasmtime_module_t       *module;
    wasmtime_instance_t      instance;
    wasmtime_extern_t        memory, table;
    bool                     has_memory, has_table;
    struct function {
        const ffi_function *native; /* of wasm_import_numbers() */
        const bool         *trapped;
        struct running     *running;
        wasm_import        *import;
    } * imports;
    bool failed; /* an import failed: its error is the thread's last one */
};

/* ---- calls and traps ---- */

static ffi_error fail_by(struct running *running, wasmtime_error_t *error, wasm_trap_t *trap) {
    wasm_byte_vec_t message;
    if (!running->failed && !wasm_host_fail_stopped(running->host)) {
        if (trap) running->standard.trap_message(trap, &message);
        else running->api.error_message(error, &message);
        standard_fail(&running->standard, &message);
    }
    running->failed = false;
    if (trap) running->standard.trap_delete(trap);
    if (error) running->api.error_delete(error);
    return ffi_last_error();
}

static wasm_trap_t *fail(const struct function *function, ffi_error error) {
    wasm_import_fail(function->import, error);
    const char *text          = ffi_last_message();
    function->running->failed = true;
    return function->running->api.trap_new(text, strlen(text));
}

/* wasm_import_call() but for its first check: wasp_module_call() enters no module after a trap. */
static wasm_trap_t *call_import(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    const struct function *function = env;
    wasm_import           *import   = function->import;
    (void)caller, (void)count;
    ffi_error error = import->run(import, values, values);
    return __builtin_expect(error, FFI_ERROR_NONE) ? fail(function, error) : NULL;
}

static wasm_trap_t *call_plain(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    const struct function *function = env;
    (void)caller, (void)count;
    ffi_error error = wasm_call_plain(function->import, &wasm_wasmtime.engine, values, values, false);
    return __builtin_expect(error, FFI_ERROR_NONE) ? fail(function, error) : NULL;
}

/* The three ways of a function of wasm_import_numbers(): its stub reads the argument where Wasmtime has it, and the
 * result takes the argument's place. */
FFI_CALLS_UNCHECKED
static wasm_trap_t *call_integer(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    const struct function *function = env;
    const ffi_function    *native   = function->native;
    (void)caller, (void)count;
    values->u64 = native->stub.word(native, NULL, (const ffi_value *)values);
    return __builtin_expect(*function->trapped, false) ? fail(function, ffi_last_error()) : NULL;
}

FFI_CALLS_UNCHECKED
static wasm_trap_t *call_real(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    const struct function *function = env;
    const ffi_function    *native   = function->native;
    (void)caller, (void)count;
    values->f64 = native->stub.real(native, NULL, (const ffi_value *)values);
    return __builtin_expect(*function->trapped, false) ? fail(function, ffi_last_error()) : NULL;
}

FFI_CALLS_UNCHECKED
static wasm_trap_t *call_nothing(void *env, wasmtime_caller_t *caller, wasm_value *values, size_t count) {
    const struct function *function = env;
    const ffi_function    *native   = function->native;
    (void)caller, (void)count;
    native->stub.store(native, NULL, (const ffi_value *)values);
    return __builtin_expect(*function->trapped, false) ? fail(function, ffi_last_error()) : NULL;
}

/* A float or an integer of 32 bits comes in the lower bytes of 8; Wasmtime reads no more of it. */
static wasmtime_func_unchecked_callback_t *way_of(const wasm_import *import, const ffi_function *native) {
    if (!native) return import->is_plain && !import->has_texts ? call_plain : call_import;
    switch (native->stub_result) {
    case FFI_RESULT_32:
    case FFI_RESULT_64: return call_integer;
    case FFI_RESULT_F32:
    case FFI_RESULT_F64: return call_real;
    default: return call_nothing;
    }
}

static bool call(struct running *running, const wasmtime_func_t *func, const char *params, const char *result,
                 const wasm_value *args, wasm_value *value) {
    wasmtime_val_t in[WASM_LETTERS], out;
    wasm_trap_t   *trap  = NULL;
    size_t         count = strlen(params);
    for (size_t i = 0; i < count; i++)
        in[i] = (wasmtime_val_t){.kind = standard_kind(params[i]), .of.i64 = args[i].i64};
    wasmtime_error_t *error =
        running->api.func_call(running->context, func, in, count, &out, strlen(result), &trap);
    if (error || trap) return fail_by(running, error, trap), false;
    if (*result) value->i64 = out.of.i64;
    return true;
}

/* ---- the engine for the host ---- */

static uint8_t *memory_of(void *instance, uint64_t *size) {
    struct running        *running = instance;
    const wasmtime_item_t *item    = &running->memory.of.item;
    *size = running->has_memory ? running->api.memory_data_size(running->context, item) : 0;
    return running->has_memory ? running->api.memory_data(running->context, item) : NULL;
}

static bool call_table(void *instance, uint32_t index, const char *params, const char *result,
                       const wasm_value *args, wasm_value *value) {
    struct running *running = instance;
    wasmtime_val_t  found;
    if (!running->has_table) return wasm_no_table(), false;
    if (!running->api.table_get(running->context, &running->table.of.item, index, &found) ||
        found.kind != WASMTIME_FUNCREF || !found.of.func.store_id)
        return wasm_no_function(index), false;
    return call(running, &found.of.func, params, result, args, value);
}

static void stop(void *instance) {
    struct running *running = instance;
    if (running->engine) running->api.engine_increment_epoch(running->engine);
}

static bool call_export(void *instance, size_t index, const wasm_value *args, wasm_value *result) {
    struct running              *running = instance;
    const struct wasm_signature *type    = running->lists->exports[index].type;
    wasmtime_extern_t            found;
    char                        *name;
    size_t                       length;
    if (!running->api.instance_export_nth(running->context, &running->instance, index, &name, &length, &found))
        return ffi_fail(FFI_ERROR_SYMBOL, "the engine has no export %zu", index), false;
    return call(running, &found.of.func, type->params, type->results, args, result);
}

/* ---- opening ---- */

static ffi_error wrap(struct running *running, wasmtime_extern_t *externs) {
    const struct wasm_lists *lists = running->lists;
    running->imports               = calloc(lists->import_count + 1, sizeof *running->imports);
    if (!running->imports || !externs) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for the imports");
    for (size_t i = 0; i < lists->import_count; i++) {
        wasm_functype_t    *type   = standard_type(&running->standard, lists->imports[i].type);
        wasm_import        *import = lists->imports[i].import;
        const ffi_function *native = wasm_import_numbers(import);
        running->imports[i]        = (struct function){native, &running->host->trapped, running, import};
        externs[i].kind            = WASMTIME_EXTERN_FUNC;
        running->api.func_new_unchecked(running->context, type, way_of(import, native), &running->imports[i],
                                        NULL, &externs[i].of.func);
        running->standard.functype_delete(type);
    }
    return FFI_ERROR_NONE;
}

static ffi_error instantiate(struct running *running, const wasmtime_extern_t *externs) {
    wasm_trap_t      *trap  = NULL;
    wasmtime_error_t *error = NULL;
    if (!wasm_host_fail_stopped(running->host)) {
        error = running->api.instance_new(running->context, running->module, externs,
                                          running->lists->import_count, &running->instance, &trap);
        if (!error && !trap) return FFI_ERROR_NONE;
        fail_by(running, error, trap);
    }
    if (running->host->exited) return ffi_last_error();
    return ffi_fail(ffi_last_error(), "the module cannot be instantiated: %s", ffi_last_message());
}

static void find_exports(struct running *running) {
    const struct wasm_lists *lists = running->lists;
    wasmtime_extern_t        found;
    char                    *name;
    size_t                   length;
    for (size_t i = 0; i < lists->export_count; i++) {
        const char *own    = lists->exports[i].name;
        bool        memory = lists->memory && !strcmp(own, lists->memory);
        bool        table  = lists->table && !strcmp(own, lists->table);
        if ((!memory && !table) ||
            !running->api.instance_export_nth(running->context, &running->instance, i, &name, &length, &found))
            continue;
        if (memory) running->memory = found, running->has_memory = true;
        else running->table = found, running->has_table = true;
    }
}

static ffi_error open_engine(struct running *running, const char *name) {
    ffi_library *library = standard_library(name);
    if (!library || standard_read(library, standard_names, STANDARD_COUNT, &running->standard) ||
        standard_read(library, names, COUNT, &running->api))
        return ffi_fail(ffi_last_error(), "the engine %s: %s", name, ffi_last_message());
    wasm_config_t *config = running->standard.config_new();
    running->api.config_epoch_interruption_set(config, true);
    running->api.config_memory_reservation_set(config, (uint64_t)1 << 32); /* all that an i32 reaches: */
    running->api.config_memory_may_move_set(config, false);
    if (!(running->engine = running->standard.engine_new_with_config(config)) ||
        !(running->store = running->api.store_new(running->engine, NULL, NULL)))
        return ffi_fail(FFI_ERROR_MEMORY, "the engine %s gives no store", name);
    running->context = running->api.store_context(running->store);
    running->api.context_set_epoch_deadline(running->context, 1);
    return FFI_ERROR_NONE;
}

static ffi_error load(struct running *running, const char *name, const void *bytes, size_t size) {
    if (open_engine(running, name)) return ffi_last_error();
    wasmtime_error_t *refused = running->api.module_new(running->engine, bytes, size, &running->module);
    if (refused) {
        fail_by(running, refused, NULL);
        return ffi_fail(FFI_ERROR_SYNTAX, "not a module: %s", ffi_last_message());
    }
    wasmtime_extern_t *externs = calloc(running->lists->import_count + 1, sizeof *externs);
    ffi_error          error   = wrap(running, externs);
    if (!error) error = instantiate(running, externs);
    free(externs);
    if (!error) find_exports(running);
    return error;
}

static void close_module(void *instance) {
    struct running *running = instance;
    if (running->module) running->api.module_delete(running->module);
    if (running->store) running->api.store_delete(running->store);
    if (running->engine) running->standard.engine_delete(running->engine);
    free(running->imports);
}

static ffi_error open_module(void *instance, wasm_host *host, const char *name, const void *bytes, size_t size,
                             const struct wasm_lists *lists) {
    struct running *running = instance;
    running->host           = host;
    running->lists          = lists;
    return load(running, name, bytes, size);
}

bool wasm_is_wasmtime(const char *name) {
    struct wasmtime api;
    ffi_library    *library = standard_library(name);
    return library && !standard_read(library, names, COUNT, &api);
}

const wasm_runner wasm_wasmtime = {
    NULL,       {memory_of, call_table, true, true, stop}, sizeof(struct running), open_module, close_module,
    call_export};
