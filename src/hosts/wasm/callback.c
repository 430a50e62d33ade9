/* SPDX-License-Identifier: MIT */
/* Callbacks: native code that calls a function of a module's table. */
#include "host.h"

#include <stdlib.h>

enum { DEPTH = 100 };

static ffi_error give(wasm_host *host, const struct wasm_pair *pair, const wasm_value *returned, void *result) {
    ffi_value slot;
    size_t    mark  = ffi_arena_mark(host->arena);
    ffi_error error = wasm_in(host, pair, returned, &slot);
    if (!error && pair->way == WAY_SINGLE) memcpy(result, slot.ptr, ffi_type_size(pair->native));
    else if (!error && pair->way != WAY_NONE) memcpy(result, &slot, pair->size);
    ffi_arena_release(host->arena, mark);
    return error;
}

/* Native code that called back holds pointers into memory that is not there any more, if it has moved. */
static bool moved(const wasm_host *host, const struct wasm_call *call) {
    return call && call->holds_memory && !host->engine->memory_stays && host->memory != call->base;
}

/* Calls within the callback are none of `call`, which waits. */
static bool enter(struct wasm_callback *callback, const ffi_value *args, wasm_value *returned) {
    wasm_host        *host = callback->host;
    struct wasm_call *call = host->call;
    wasm_value        values[WASM_MOST];
    wasm_memory_refresh(host);
    for (uint32_t i = 0; i < callback->count; i++)
        if (wasm_out(host, &callback->pairs[i], &args[i], &values[i])) return false;
    if (host->depth == DEPTH)
        return ffi_fail(FFI_ERROR_RANGE, "callbacks are nested more than %d deep", DEPTH), false;
    host->depth++;
    host->call = NULL;
    bool good  = host->engine->call(host->instance, callback->index, callback->params, callback->result, values,
                                    returned);
    host->call = call;
    host->depth--;
    wasm_memory_refresh(host);
    return good && !host->trapped;
}

/* No engine runs a module on two threads at once. */
static bool is_elsewhere(wasm_host *host) {
    if (atomic_load_explicit(&host->thread, memory_order_relaxed) == &errno) return false;
    wasm_host_stop(host, "native code called a function of the module on another thread");
    return true;
}

/* After a trap the module is not entered again: the callbacks that native code still calls return zeroes. */
static void handle_call(void *result, const ffi_value *args, void *userdata) {
    struct wasm_callback *callback = userdata;
    wasm_host            *host     = callback->host;
    wasm_value            returned = {.i64 = 0};
    if (is_elsewhere(host) || host->trapped) return;
    host->trapped = !enter(callback, args, &returned);
    if (moved(host, host->call)) {
        if (!host->trapped)
            ffi_fail(FFI_ERROR_RANGE, "the memory grew, and moved, while native code held pointers into it");
        host->trapped = true;
        longjmp(host->call->away, 1);
    }
    if (host->trapped) return;
    if (give(host, &callback->returns, &returned, result)) host->trapped = true;
}

static ffi_error describe(struct wasm_callback *callback, const ffi_ctype *native, const ffi_ctype *guest) {
    size_t count = ffi_type_parameter_count(native);
    if (count > WASM_MOST || ffi_type_is_variadic(native))
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "a callback has at most %d parameters, and no `...`", WASM_MOST);
    for (size_t i = 0; i < count; i++) {
        if (wasm_pair_of(ffi_type_parameter(native, i), ffi_type_parameter(guest, i), &callback->pairs[i]))
            return ffi_last_error();
        callback->params[i] = callback->pairs[i].letter;
    }
    callback->count = (uint32_t)count;
    if (wasm_pair_of(ffi_type_target(native), ffi_type_target(guest), &callback->returns))
        return ffi_last_error();
    if (callback->returns.way == WAY_VALUE || callback->returns.way == WAY_RECORD)
        return ffi_fail(FFI_ERROR_UNSUPPORTED, "a callback cannot return a record");
    callback->result[0] = callback->returns.letter;
    return FFI_ERROR_NONE;
}

ffi_error wasm_callback_code(wasm_host *host, const ffi_ctype *native, const ffi_ctype *guest, uint32_t index,
                             void **code) {
    struct wasm_callback *callback = host->callbacks;
    for (; callback; callback = callback->next)
        if (callback->index == index && callback->signature == native)
            return *code = ffi_callback_code(callback->callback), FFI_ERROR_NONE;
    if (!(callback = calloc(1, sizeof *callback)))
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a callback");
    callback->host      = host;
    callback->index     = index;
    callback->signature = native;
    if (!describe(callback, native, guest))
        callback->callback = ffi_callback_typed(host->native, native, handle_call, callback);
    if (!callback->callback) return free(callback), ffi_last_error();
    callback->next  = host->callbacks;
    host->callbacks = callback;
    *code           = ffi_callback_code(callback->callback);
    return FFI_ERROR_NONE;
}

void wasm_callbacks_free(wasm_host *host) {
    while (host->callbacks) {
        struct wasm_callback *callback = host->callbacks;
        host->callbacks                = callback->next;
        ffi_callback_free(callback->callback);
        free(callback);
    }
}
