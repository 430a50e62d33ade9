/* SPDX-License-Identifier: MIT */
/* Reads the values of a host by its functions. */
#include "embed.h"

static void read_text(const ffi_host *host, void *state, ffi_host_value value, ffi_any *any) {
    size_t length = 0;
    any->as.text  = host->text(state, value, &length);
    any->length   = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

static ffi_any pointer_of_host(const ffi_host *host, void *state, ffi_host_value value, ffi_any_kind kind) {
    const ffi_ctype *type = NULL;
    ffi_any          any  = ffi_any_of(kind, 0, NULL);
    any.as.ptr            = host->pointer(state, value, &type);
    any.type              = type;
    return any;
}

ffi_any any_of_host(const ffi_host *host, void *state, ffi_host_value value) {
    ffi_any_kind kind = host->kind(state, value);
    ffi_any      any  = ffi_any_of(kind, 0, NULL);
    switch (kind) {
    case FFI_ANY_NIL: break;
    case FFI_ANY_BOOL: any.as.b = host->boolean(state, value); break;
    case FFI_ANY_INT:
    case FFI_ANY_UINT: any.as.i64 = host->integer(state, value); break;
    case FFI_ANY_REAL: any.as.f64 = host->real(state, value); break;
    case FFI_ANY_TEXT:
    case FFI_ANY_BYTES: read_text(host, state, value, &any); break;
    case FFI_ANY_FUNCTION:
        if (!host->code) return pointer_of_host(host, state, value, kind);
        any.as.u64 = value;
        break;
    case FFI_ANY_POINTER:
    case FFI_ANY_OBJECT: return pointer_of_host(host, state, value, kind);
    case FFI_ANY_LIST:
        any        = ffi_any_of(kind, host->length(state, value), NULL);
        any.as.u64 = value;
        break;
    case FFI_ANY_RECORD:
        if (host->pointer) any = pointer_of_host(host, state, value, kind);
        if (!any.type) any.as.u64 = value;
        break;
    }
    return any;
}
