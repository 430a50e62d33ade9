/* SPDX-License-Identifier: MIT */
/*
 * Any engine that has the standard C API of WebAssembly in a shared library, which is opened here. The API has nothing
 * that stops a module.
 * The API reaches only what a module exports: its memory and table are those that it exports first, and a start
 * function has neither.
 */
#define _GNU_SOURCE /* memmem */
#include "standard.h"
#include "host.h"

#include <stdlib.h>

struct running {
    struct standard          api;
    wasm_host               *host;
    const struct wasm_lists *lists;
    wasm_engine_t           *engine;
    wasm_store_t            *store;
    wasm_module_t           *module;
    wasm_instance_t         *instance;
    wasm_extern_vec_t        exports;
    wasm_memory_t           *memory;
    uint8_t                 *memory_base; /* when it had this size */
    size_t                   memory_size;
    wasm_extern_t           *table;
    struct caller           *callers;
    struct function {
        struct running *running;
        wasm_import    *import;
        wasm_func_t    *func;
        uint8_t         result; /* its kind */
    } * imports;
    bool failed; /* an import failed: its error is the thread's last one */
};

/* The API gives no function of a table that can be called. A module that the host makes for each type calls it. */
struct caller {
    struct caller     *next;
    char               params[WASM_MOST + 1], result[2];
    wasm_module_t     *module;
    wasm_instance_t   *instance;
    wasm_extern_vec_t  exports;
    const wasm_func_t *func;
};

static const char letters[] = "iIfF"; /* by the API's kind */

/* ---- values and traps ---- */

/* Each number begins where the union does. */
static wasm_value of_engine(const wasm_val_t *value) {
    return (wasm_value){.i64 = value->of.i64};
}

static wasm_val_t to_engine(uint8_t kind, wasm_value value) {
    return (wasm_val_t){.kind = kind, .of.i64 = value.i64};
}

uint8_t standard_kind(char letter) {
    return (uint8_t)(strchr(letters, letter) - letters);
}

/* Wasmtime's message has a backtrace first; its last line is the reason, which may be indented. */
ffi_error standard_fail(const struct standard *api, wasm_byte_vec_t *message) {
    static const char prefix[] = "wasm trap: ";
    const char       *end      = message->data + message->size;
    while (end > message->data && (!end[-1] || end[-1] == '\n')) end--;
    const char *line = end;
    while (line > message->data && line[-1] != '\n') line--;
    const char *found = memmem(line, (size_t)(end - line), prefix, sizeof prefix - 1);
    if (found) line = found + sizeof prefix - 1;
    while (line < end && *line == ' ') line++;
    ffi_error error = ffi_fail(FFI_ERROR_SYSTEM, "%.*s", (int)(end - line), line);
    api->byte_vec_delete(message);
    return error;
}

static ffi_error fail_by(struct running *running, wasm_trap_t *trap) {
    wasm_byte_vec_t message;
    ffi_error       error;
    if (running->failed) {
        error = ffi_last_error();
    } else {
        running->api.trap_message(trap, &message);
        error = standard_fail(&running->api, &message);
    }
    running->failed = false;
    running->api.trap_delete(trap);
    return error;
}

static __attribute__((noinline)) wasm_trap_t *fail(struct running *running, wasm_import *import,
                                                   ffi_error error) {
    wasm_import_fail(import, error);
    const char     *text    = ffi_last_message();
    wasm_byte_vec_t message = {strlen(text) + 1, (char *)text};
    running->failed         = true;
    return running->api.trap_new(running->store, &message);
}

/* wasm_import_call() but for its first check: wasp_module_call() enters no module after a trap. */
static wasm_trap_t *call_import(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results) {
    struct function  *function = env;
    wasm_import      *import   = function->import;
    const wasm_val_t *arg = args->data, *end = arg + args->size;
    wasm_value        values[WASM_LETTERS], result, *value = values;
    for (; arg < end; arg++, value++)
        if (arg->kind & 1) value->i64 = arg->of.i64; /* an i64 or f64 */
        else value->i32 = arg->of.i32;
    ffi_error error = import->run(import, values, &result);
    if (__builtin_expect(error, FFI_ERROR_NONE)) return fail(function->running, import, error);
    if (results->size) results->data[0] = to_engine(function->result, result);
    return NULL;
}

static bool call(struct running *running, const wasm_func_t *func, const char *params, const char *result,
                 const wasm_value *args, wasm_value *value) {
    wasm_val_t     in[WASM_LETTERS], out = {.kind = 0};
    wasm_val_vec_t ins = {strlen(params), in}, outs = {strlen(result), &out};
    for (size_t i = 0; i < ins.size; i++) in[i] = to_engine(standard_kind(params[i]), args[i]);
    wasm_trap_t *trap = running->api.func_call(func, &ins, &outs);
    if (trap) return fail_by(running, trap), false;
    if (outs.size) *value = of_engine(&out);
    return true;
}

/* ---- the engine for the host ---- */

/* A memory moves only when it grows, so an equal size needs no second question. */
static uint8_t *memory_of(void *instance, uint64_t *size) {
    struct running *running = instance;
    if (!running->memory) return *size = 0, NULL;
    size_t now = running->api.memory_data_size(running->memory);
    if (__builtin_expect(now != running->memory_size, false)) {
        running->memory_size = now;
        running->memory_base = (uint8_t *)running->api.memory_data(running->memory);
    }
    *size = now;
    return running->memory_base;
}

/* ---- calls by the table ---- */

/* A section has a number, a size, which has two bytes here, and its bytes. */
static char *section(char *at, char number, const char *bytes, size_t size) {
    *at++ = number;
    *at++ = (char)((size & 0x7f) | 0x80);
    *at++ = (char)(size >> 7);
    memcpy(at, bytes, size);
    return at + size;
}

static size_t put_type(char *at, const char *params, const char *result, bool index) {
    size_t size = 0;
    at[size++]  = 0x60;
    at[size++]  = (char)(strlen(params) + index);
    while (*params) at[size++] = (char)(0x7f - standard_kind(*params++));
    if (index) at[size++] = 0x7f;
    at[size++] = (char)strlen(result);
    if (*result) at[size++] = (char)(0x7f - standard_kind(*result));
    return size;
}

/* A module that imports a table and exports a function: its parameters are those given and an index of the table,
 * whose function it calls. */
static size_t write_caller(char *out, const char *params, const char *result) {
    static const char import[] = {1, 0, 0, 1, 0x70, 0, 0}, function[] = {1, 1}, export[] = {1, 0, 0, 0};
    char              types[2 * WASM_MOST + 16] = {2}, code[2 * WASM_MOST + 16] = {1};
    size_t            count = strlen(params), size = 4;
    size_t            types_size = 1 + put_type(types + 1, params, result, false);
    types_size += put_type(types + types_size, params, result, true);
    for (size_t i = 0; i <= count; i++) code[size++] = 0x20, code[size++] = (char)i; /* local.get */
    code[size++] = 0x11, code[size++] = 0, code[size++] = 0, code[size++] = 0x0b;    /* call_indirect, end */
    code[1] = (char)(((size - 3) & 0x7f) | 0x80), code[2] = (char)((size - 3) >> 7); /* and no locals */
    memcpy(out, "\0asm\1\0\0", 8);
    char *at = section(out + 8, 1, types, types_size);
    at       = section(at, 2, import, sizeof import);
    at       = section(at, 3, function, sizeof function);
    at       = section(at, 7, export, sizeof export);
    at       = section(at, 10, code, size);
    return (size_t)(at - out);
}

static ffi_error open_caller(struct running *running, struct caller *caller) {
    char              bytes[6 * WASM_MOST + 100];
    wasm_byte_vec_t   binary  = {write_caller(bytes, caller->params, caller->result), bytes};
    wasm_extern_vec_t imports = {1, &running->table};
    wasm_trap_t      *trap    = NULL;
    caller->module            = running->api.module_new(running->store, &binary);
    if (caller->module)
        caller->instance = running->api.instance_new(running->store, caller->module, &imports, &trap);
    if (trap) return fail_by(running, trap);
    if (!caller->instance)
        return ffi_fail(FFI_ERROR_SYSTEM, "the engine makes no caller of (%s) -> (%s)", caller->params,
                        caller->result);
    running->api.instance_exports(caller->instance, &caller->exports);
    caller->func = running->api.extern_as_func(caller->exports.data[0]);
    return FFI_ERROR_NONE;
}

static void close_callers(struct running *running) {
    for (struct caller *caller = running->callers, *next; caller; caller = next) {
        next = caller->next;
        if (caller->exports.data) running->api.extern_vec_delete(&caller->exports);
        if (caller->instance) running->api.instance_delete(caller->instance);
        if (caller->module) running->api.module_delete(caller->module);
        free(caller);
    }
}

static const wasm_func_t *caller_of(struct running *running, const char *params, const char *result) {
    struct caller *caller = running->callers;
    while (caller && (strcmp(caller->params, params) || strcmp(caller->result, result))) caller = caller->next;
    if (caller) return caller->func;
    if (!(caller = calloc(1, sizeof *caller)))
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a caller"), NULL;
    memcpy(caller->params, params, strlen(params) + 1);
    memcpy(caller->result, result, strlen(result) + 1);
    caller->next     = running->callers;
    running->callers = caller;
    return open_caller(running, caller) ? NULL : caller->func;
}

static bool call_table(void *instance, uint32_t index, const char *params, const char *result,
                       const wasm_value *args, wasm_value *value) {
    struct running *running = instance;
    size_t          count   = strlen(params);
    char            types[WASM_MOST + 2];
    wasm_value      all[WASM_MOST + 1];
    if (!running->table) return wasm_no_table(), false;
    const wasm_func_t *func = caller_of(running, params, result);
    if (!func) return false;
    memcpy(types, params, count);
    types[count]     = 'i';
    types[count + 1] = 0;
    memcpy(all, args, count * sizeof *args);
    all[count].i64 = index;
    return call(running, func, types, result, all, value);
}

static bool call_export(void *instance, size_t index, const wasm_value *args, wasm_value *result) {
    struct running              *running = instance;
    const struct wasm_signature *type    = running->lists->exports[index].type;
    return call(running, running->api.extern_as_func(running->exports.data[index]), type->params, type->results,
                args, result);
}

/* ---- opening ---- */

#define STANDARD_NAME(name, result, parameters) "wasm_" #name,
const char *const standard_names[] = {STANDARD_FUNCTIONS(STANDARD_NAME)};

/* An engine stays loaded, because it has set handlers of signals, and texts of its own would be lost. */
ffi_library *standard_library(const char *name) {
    static ffi_context *_Atomic all;
    ffi_context                *made = NULL, *none = NULL;
    if (!all && (!(made = ffi_context_new(NULL)) || !atomic_compare_exchange_strong(&all, &none, made)))
        ffi_context_free(made);
    return all ? ffi_library_open(all, name, 0) : NULL;
}

ffi_error standard_read(ffi_library *library, const char *const *names, size_t count, void *functions) {
    char *member = functions;
    for (size_t i = 0; i < count; i++, member += sizeof(void *)) {
        void *symbol = ffi_library_symbol(library, names[i]);
        if (!symbol) return ffi_last_error();
        memcpy(member, &symbol, sizeof symbol);
    }
    return FFI_ERROR_NONE;
}

static void types_of(const struct standard *api, const char *text, wasm_valtype_vec_t *types) {
    api->valtype_vec_new_uninitialized(types, strlen(text));
    for (size_t i = 0; text[i]; i++) types->data[i] = api->valtype_new(standard_kind(text[i]));
}

wasm_functype_t *standard_type(const struct standard *api, const struct wasm_signature *type) {
    wasm_valtype_vec_t params, results;
    types_of(api, type->params, &params);
    types_of(api, type->results, &results);
    return api->functype_new(&params, &results);
}

static ffi_error wrap(struct running *running) {
    const struct wasm_lists *lists = running->lists;
    running->imports               = calloc(lists->import_count + 1, sizeof *running->imports);
    if (!running->imports) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for the imports");
    for (size_t i = 0; i < lists->import_count; i++) {
        struct function *function = &running->imports[i];
        wasm_functype_t *type     = standard_type(&running->api, lists->imports[i].type);
        *function                 = (struct function){running, lists->imports[i].import, NULL,
                                                      standard_kind(*lists->imports[i].type->results)};
        function->func = running->api.func_new_with_env(running->store, type, call_import, function, NULL);
        running->api.functype_delete(type);
    }
    return FFI_ERROR_NONE;
}

static ffi_error instantiate(struct running *running) {
    const struct wasm_lists *lists   = running->lists;
    wasm_extern_vec_t        externs = {lists->import_count,
                                        ffi_arena_allocate(running->host->arena, (lists->import_count + 1) * 8, 8)};
    wasm_trap_t             *trap    = NULL;
    if (!externs.data) return ffi_last_error();
    for (size_t i = 0; i < externs.size; i++)
        externs.data[i] = running->api.func_as_extern(running->imports[i].func);
    running->instance = running->api.instance_new(running->store, running->module, &externs, &trap);
    if (running->instance) return FFI_ERROR_NONE;
    if (!trap) return ffi_fail(FFI_ERROR_SYSTEM, "the module cannot be instantiated");
    fail_by(running, trap);
    if (running->host->exited) return ffi_last_error();
    return ffi_fail(FFI_ERROR_SYSTEM, "the module cannot be instantiated: %s", ffi_last_message());
}

static void find_exports(struct running *running) {
    const struct wasm_lists *lists = running->lists;
    running->api.instance_exports(running->instance, &running->exports);
    for (size_t i = 0; i < running->exports.size && i < lists->export_count; i++) {
        const char *name = lists->exports[i].name;
        if (lists->memory && !strcmp(name, lists->memory))
            running->memory = running->api.extern_as_memory(running->exports.data[i]);
        if (lists->table && !strcmp(name, lists->table)) running->table = running->exports.data[i];
    }
}

static ffi_error load(struct running *running, const char *name, const void *bytes, size_t size) {
    wasm_byte_vec_t binary  = {size, (char *)(uintptr_t)bytes};
    ffi_library    *library = standard_library(name);
    if (!library || standard_read(library, standard_names, STANDARD_COUNT, &running->api))
        return ffi_fail(ffi_last_error(), "the engine %s: %s", name, ffi_last_message());
    if (!(running->engine = running->api.engine_new()) ||
        !(running->store = running->api.store_new(running->engine)))
        return ffi_fail(FFI_ERROR_MEMORY, "the engine %s gives no store", name);
    if (!(running->module = running->api.module_new(running->store, &binary)))
        return ffi_fail(FFI_ERROR_SYNTAX, "not a module: %s refuses it", name);
    if (wrap(running) || instantiate(running)) return ffi_last_error();
    find_exports(running);
    return FFI_ERROR_NONE;
}

static void close_module(void *instance) {
    struct running *running = instance;
    close_callers(running);
    if (running->exports.data) running->api.extern_vec_delete(&running->exports);
    if (running->instance) running->api.instance_delete(running->instance);
    for (size_t i = 0; running->imports && i < running->lists->import_count; i++)
        if (running->imports[i].func) running->api.func_delete(running->imports[i].func);
    free(running->imports);
    if (running->module) running->api.module_delete(running->module);
    if (running->store) running->api.store_delete(running->store);
    if (running->engine) running->api.engine_delete(running->engine);
}

static ffi_error open_module(void *instance, wasm_host *host, const char *name, const void *bytes, size_t size,
                             const struct wasm_lists *lists) {
    struct running *running = instance;
    size_t          prefix  = sizeof WASM_STANDARD_ONLY - 1;
    running->host           = host;
    running->lists          = lists;
    return load(running, strncmp(name, WASM_STANDARD_ONLY, prefix) ? name : name + prefix, bytes, size);
}

const wasm_runner wasm_standard = {
    NULL,       {memory_of, call_table, false, false, NULL}, sizeof(struct running), open_module, close_module,
    call_export};
