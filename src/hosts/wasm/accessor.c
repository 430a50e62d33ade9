/* SPDX-License-Identifier: MIT */
/* The functions of module "ffi": native memory behind handles, errno, variables. */
#include "host.h"

#include <errno.h>

static bool get_errno(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)args;
    result->i32 = host->engine->keeps_errno ? errno : host->error_number;
    return true;
}

/* A handle and an offset from it: nothing is known of the native object, nothing checked. */
static char *behind(wasm_host *host, const wasm_value *args) {
    char *pointer = wasm_handle_pointer(host, args[0].u32);
    return pointer ? pointer + args[1].i32 : NULL;
}

static bool read_native(wasm_host *host, const wasm_value *args, wasm_value *result) {
    void *to, *from = behind(host, args);
    (void)result;
    if (!from || wasm_address(host, args[2].u32, args[3].u32, 0, &to)) return false;
    return memcpy(to, from, args[3].u32), true;
}

static bool write_native(wasm_host *host, const wasm_value *args, wasm_value *result) {
    void *from, *to = behind(host, args);
    (void)result;
    if (!to || wasm_address(host, args[2].u32, args[3].u32, 0, &from)) return false;
    return memcpy(to, from, args[3].u32), true;
}

static bool length(wasm_host *host, const wasm_value *args, wasm_value *result) {
    const char *text = wasm_handle_pointer(host, args[0].u32);
    if (!text) return false;
    size_t bytes = strlen(text);
    if (bytes > INT32_MAX)
        return ffi_fail(FFI_ERROR_RANGE, "a text of %zu bytes has no length of 32 bits", bytes), false;
    return result->u32 = (uint32_t)bytes, true;
}

static bool drop(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)result;
    if (!wasm_handle_pointer(host, args[0].u32)) return false;
    return wasm_handle_drop(host, args[0].u32), true;
}

static bool variable(wasm_host *host, const wasm_value *args, wasm_value *result) {
    const char *library, *name;
    if (wasm_text(host, args[0].u32, &library) || wasm_text(host, args[1].u32, &name)) return false;
    void *symbol = wasm_host_symbol(host, library, name), *value;
    if (!symbol) return false;
    memcpy(&value, symbol, sizeof value);
    return !wasm_pointer_out(host, value, &result->u32);
}

const struct wasm_builtin wasm_accessors[] = {
    {"errno", "", "i", get_errno}, {"read", "iiii", "", read_native}, {"write", "iiii", "", write_native},
    {"length", "i", "i", length},  {"drop", "i", "", drop},           {"variable", "ii", "i", variable},
    {NULL, NULL, NULL, NULL},
};
