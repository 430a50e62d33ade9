/* SPDX-License-Identifier: MIT */
/* Calls of imports: the ways that most calls go. */
#include "host.h"

/* Most imports take a few numbers and pointers. Before there are callbacks, a call of them needs no record; and none is
 * needed at all if there are only numbers. */
FFI_CALLS_UNCHECKED
ffi_error wasm_call_few(wasm_import *import, const wasm_value *args, wasm_value *result) {
    const ffi_function *function = import->function;
    wasm_host          *host     = import->host;
    ffi_value           slots[WASM_FEW], *slot = slots, value;
    if (import->has_pointers) {
        if (host->callbacks) return wasm_run_any(import, args, result);
        wasm_memory_refresh(host);
    }
    for (const struct wasm_pair *pair = import->pairs, *end = pair + import->count; pair < end; pair++)
        if (wasm_in(host, pair, args++, slot++))
            return ffi_fail(ffi_last_error(), "argument %td: %s", pair - import->pairs + 1, ffi_last_message());
    ffi_invoke(function, &value, slots);
    return wasm_called(import, host->engine, &value, result);
}

static ffi_error call_plain(wasm_import *import, const wasm_value *args, wasm_value *result) {
    return wasm_call_plain(import, import->host->engine, args, result, false);
}

static ffi_error call_plain_texts(wasm_import *import, const wasm_value *args, wasm_value *result) {
    return wasm_call_plain(import, import->host->engine, args, result, true);
}

static ffi_error call_accessor(wasm_import *import, const wasm_value *args, wasm_value *result) {
    wasm_memory_refresh(import->host);
    return import->accessor(import->host, args, result) ? FFI_ERROR_NONE : ffi_last_error();
}

wasm_run *wasm_run_of(const wasm_import *import) {
    if (import->accessor) return call_accessor;
    if (import->is_plain) return import->has_texts ? call_plain_texts : call_plain;
    return import->is_few ? wasm_call_few : wasm_run_any;
}

/* Whether a number has the same bytes on both sides. */
static bool is_same(const struct wasm_pair *pair) {
    return pair->bytes && pair->bytes == pair->size;
}

const ffi_function *wasm_import_numbers(const wasm_import *import) {
    bool good = !import->accessor && !import->is_variadic && import->count <= 1 &&
                (import->result.way == WAY_NONE || is_same(&import->result)) &&
                (!import->count || is_same(&import->pairs[0]));
    return good ? import->function : NULL;
}

bool wasm_import_fail(const wasm_import *import, ffi_error error) {
    if (!import->host->trapped || !import->host->depth) /* a trap within is named by the first call of all */
        ffi_fail(error, "%s: %s", import->name, ffi_last_message());
    return false;
}

bool wasm_import_call(wasm_import *import, const wasm_value *args, wasm_value *result) {
    if (import->host->trapped) return false;
    wasm_host_enter(import->host);
    ffi_error error = import->run(import, args, result);
    return !error || wasm_import_fail(import, error);
}
