/* SPDX-License-Identifier: MIT */
/* Calls of imports: the ways that most calls go. */
#include "host.h"

#include <errno.h>

/* Only numbers: no callback that the call may run needs to know of it. */
static ffi_error call_plain(wasm_import *import, const wasm_value *args, wasm_value *result) {
    wasm_host *host = import->host;
    ffi_value  slots[WASM_FEW], value;
    for (uint32_t i = 0; i < import->count; i++) (void)wasm_in(host, &import->pairs[i], args[i], &slots[i]);
    ffi_invoke(import->function, &value, slots);
    host->error_number = errno;
    return host->trapped ? ffi_last_error() : wasm_out(host, &import->result, &value, result);
}

/* Most imports take a few numbers and pointers. Before there are callbacks, a call of them needs no record. */
static ffi_error call_few(wasm_import *import, const wasm_value *args, wasm_value *result) {
    wasm_host *host = import->host;
    ffi_value  slots[WASM_FEW], value;
    if (host->callbacks) return wasm_run_any(import, args, result);
    wasm_memory_refresh(host);
    for (uint32_t i = 0; i < import->count; i++)
        if (wasm_in(host, &import->pairs[i], args[i], &slots[i]))
            return ffi_fail(ffi_last_error(), "argument %u: %s", i + 1, ffi_last_message());
    ffi_invoke(import->function, &value, slots);
    host->error_number = errno;
    return wasm_out(host, &import->result, &value, result);
}

static ffi_error call_accessor(wasm_import *import, const wasm_value *args, wasm_value *result) {
    wasm_memory_refresh(import->host);
    return import->accessor(import->host, args, result) ? FFI_ERROR_NONE : ffi_last_error();
}

wasm_run *wasm_run_of(const wasm_import *import) {
    bool plain = import->result.way < WAY_POINTER;
    for (uint32_t i = 0; i < import->count; i++) plain &= import->pairs[i].way < WAY_POINTER;
    if (import->accessor) return call_accessor;
    return !import->is_few ? wasm_run_any : plain ? call_plain : call_few;
}

static bool fail_in(const wasm_import *import, ffi_error error) {
    if (!import->host->trapped || !import->host->depth) /* a trap within is named by the first call of all */
        ffi_fail(error, "%s: %s", import->name, ffi_last_message());
    return false;
}

bool wasm_import_call(wasm_import *import, const wasm_value *args, wasm_value *result) {
    if (import->host->trapped) return false;
    ffi_error error = import->run(import, args, result);
    return !error || fail_in(import, error);
}
