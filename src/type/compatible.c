/* SPDX-License-Identifier: MIT */
/*
 * Compatible types (C11 6.2.7), as GNU C's __builtin_types_compatible_p decides. Differs for functions declared
 * with empty brackets: here they have no parameters.
 */
#include "type/type.h"

#include <string.h>

static bool compatible(const ffi_ctype *a, const ffi_ctype *b, bool qualified);

static bool compatible_parameters(const ffi_ctype *a, const ffi_ctype *b) {
    if (a->abi != b->abi || a->count != b->count || a->variadic != b->variadic || a->fixed != b->fixed)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!compatible(a->params[i], b->params[i], true)) return false;
    return true;
}

/* With `qualified`, the qualifiers of the types themselves must be equal too. */
static bool compatible(const ffi_ctype *a, const ffi_ctype *b, bool qualified) {
    for (; a != b; a = a->target, b = b->target) {
        if (qualified && a->qualifiers != b->qualifiers) return false;
        if (a->kind == FFI_KIND_ENUM && b->kind != FFI_KIND_ENUM && a->complete) a = a->target; /* 6.7.2.2p4 */
        else if (b->kind == FFI_KIND_ENUM && a->kind != FFI_KIND_ENUM && b->complete) b = b->target;
        if (a->kind != b->kind) return false;
        switch (a->kind) {
        case FFI_KIND_POINTER: qualified = true; break;
        case FFI_KIND_ARRAY:
            if (a->complete && b->complete && a->count != b->count) return false;
            break;
        case FFI_KIND_FUNCTION:
            if (!compatible_parameters(a, b)) return false;
            qualified = true;
            break;
        case FFI_KIND_VECTOR:
        case FFI_KIND_COMPLEX:
            if (a->count != b->count) return false;
            break;
        case FFI_KIND_STRUCT:
        case FFI_KIND_UNION:
        case FFI_KIND_ENUM: return type_definition(a) == type_definition(b);
        default: return !strcmp(type_spelling(a), type_spelling(b));
        }
    }
    return true;
}

bool type_compatible(const ffi_ctype *a, const ffi_ctype *b) {
    return compatible(a, b, false);
}
