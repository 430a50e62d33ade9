/* SPDX-License-Identifier: MIT */
/* ffi_invoke_any(). Calls of a few arguments that need no conversion are made here; call.c makes all others. */
#include "embed.h"

enum { FEW = 6 };

static inline void load_simple(const ffi_parameter *result, const void *at, ffi_any *out) {
    int32_t  narrow;
    uint64_t wide;
    if (result->what == FFI_CLASS_INT && result->size == 4) {
        memcpy(&narrow, at, 4);
        *out = ffi_any_int(narrow);
    } else if (result->size == 8 && (result->what == FFI_CLASS_INT || result->what == FFI_CLASS_UINT)) {
        memcpy(&wide, at, 8);
        *out      = ffi_any_uint(wide);
        out->kind = result->what == FFI_CLASS_INT ? FFI_ANY_INT : FFI_ANY_UINT;
    } else if (result->what == FFI_CLASS_REAL && result->size == 8) {
        memcpy(&wide, at, 8);
        *out      = ffi_any_uint(wide);
        out->kind = FFI_ANY_REAL;
    } else {
        load_as(result->what, result->size, result->type, at, out);
        return;
    }
    out->type = result->type;
}

/* False: an argument needs a conversion, and nothing was called. */
static inline bool call_simple(const ffi_function *function, const ffi_shape *shape, ffi_any *result,
                               const ffi_any *args) {
    ffi_value slots[FEW], value;
    for (size_t i = 0; i < shape->count; i++) {
        if (!is_simple(&shape->parameters[i], &args[i])) return false;
        slots[i].i64 = args[i].as.i64;
    }
    ffi_invoke(function, &value, slots);
    load_simple(&shape->result, &value, result);
    return true;
}

ffi_error ffi_invoke_any_in(const ffi_function *function, ffi_any *result, const ffi_any *args, size_t count,
                            ffi_arena *arena) {
    const ffi_shape *shape = ffi_function_shape(function);
    if (shape && result && count == shape->count && count <= FEW && (args || !count) && shape->is_slots &&
        !(shape->annotations & ~(unsigned)CHECKED_ANNOTATIONS) && call_simple(function, shape, result, args))
        return FFI_ERROR_NONE;
    return call_any(arena ? __func__ : "ffi_invoke_any", function, result, args, count, arena);
}

ffi_error ffi_invoke_any(const ffi_function *function, ffi_any *result, const ffi_any *args, size_t count) {
    return ffi_invoke_any_in(function, result, args, count, NULL);
}
