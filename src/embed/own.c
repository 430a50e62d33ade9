/* SPDX-License-Identifier: MIT */
/* What annotations ask for behind a call: giving an owned pointer back, and the failure that errno tells. */
#include "embed.h"

#include <stdio.h>

/* The symbol in this library, quietly. */
static void *symbol_of(ffi_context *context, const char *library_name, const char *name) {
    ffi_library *library = ffi_library_open(context, library_name, 0);
    void        *address = library ? ffi_library_symbol(library, name) : NULL;
    ffi_library_close(library);
    return address;
}

void *own_find(const ffi_function *function, const char *name) {
    ffi_library *library = ffi_function_library(function);
    ffi_context *context = ffi_function_context(function);
    void        *address = library ? ffi_library_symbol(library, name) : NULL;
    if (!address) address = symbol_of(context, NULL, name);
    if (!address) address = symbol_of(context, "c", name);
    if (!address)
        ffi_fail(FFI_ERROR_SYMBOL, "%s: 'own(%s)': there is no such function in its library or the program",
                 ffi_function_name(function), name);
    return address;
}

FFI_CALLS_UNCHECKED void own_free(void *owner, void *pointer) {
    void (*call)(void *);
    memcpy(&call, &owner, sizeof call);
    if (pointer) call(pointer);
}

ffi_error ffi_any_free(const ffi_function *function, ffi_any *result) {
    const ffi_shape *shape = ffi_function_shape(function);
    if (!shape) return ffi_last_error();
    if (!result) return embed_null(__func__, "result");
    if (!*shape->result.owner || (result->kind != FFI_ANY_TEXT && result->kind != FFI_ANY_POINTER))
        return FFI_ERROR_NONE;
    void *owner = own_find(function, shape->result.owner);
    if (!owner) return ffi_last_error();
    own_free(owner, result->as.ptr);
    *result = ffi_any_nil();
    return FFI_ERROR_NONE;
}

ffi_error own_system_error(const ffi_function *function) {
    int         number = ffi_captured_errno();
    const char *symbol = ffi_errno_name(number), *name = ffi_function_name(function);
    char        unnamed[24];
    snprintf(unnamed, sizeof unnamed, "errno %d", number);
    return ffi_fail(FFI_ERROR_SYSTEM, "%s failed: %s: %s", *name ? name : "the call", symbol ? symbol : unnamed,
                    strerror(number));
}
