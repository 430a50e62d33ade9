/* SPDX-License-Identifier: MIT */
/* The public functions that make types of types without text. They check their arguments and take the context's lock. */
#include "type/context.h"
#include "type/type.h"

bool type_belongs(const char *where, ffi_context *context, const ffi_ctype *type) {
    if (type->context == context) return true;
    return fail(FFI_ERROR_ARGUMENT, "%s: a type of another context", where), false;
}

const ffi_ctype *type_called_by(const char *where, ffi_context *context, const ffi_ctype *type) {
    if (!type) return fail_null(where, "signature"), NULL;
    if (!type_called(type)) return fail(FFI_ERROR_TYPE, "%s: the type is not a signature", where), NULL;
    return type_belongs(where, context, type) ? type_called(type) : NULL;
}

static const ffi_ctype *signature_of(ffi_context *context, const ffi_ctype *result,
                                     const ffi_ctype *const *params, size_t count, size_t fixed) {
    const ffi_ctype *clean[FFI_MAX_ARGUMENTS];
    for (size_t i = 0; i < count; i++)
        if (!(clean[i] = type_parameter(context, params[i]))) return NULL;
    bool variadic = fixed != FFI_NOT_VARIADIC;
    result        = type_result(context, result);
    if (!result) return NULL;
    ffi_ctype     draft = {.kind     = FFI_KIND_FUNCTION,
                           .target   = result,
                           .params   = count ? clean : NULL,
                           .count    = count,
                           .fixed    = variadic ? fixed : count,
                           .variadic = variadic,
                           .abi      = context->abi};
    size_t        size  = count * sizeof(struct noted);
    struct noted *notes = size ? memory_new(&context->heap, size) : NULL;
    if (size && !notes) return NULL;
    for (size_t i = 0; i < count; i++)
        notes[i] = (struct noted){.length = (int64_t)type_parameter_length(params[i])};
    const ffi_ctype *type = type_signature(context, &draft, notes, NULL);
    memory_free(&context->heap, notes, size);
    return type;
}

/* Checks the types and makes a signature, for the public function `where`. */
const ffi_ctype *type_checked_signature(const char *where, ffi_context *context, const ffi_ctype *result,
                                        const ffi_ctype *const *params, size_t count, size_t fixed) {
    if (!context) return fail_null(where, "context"), NULL;
    if (!result) return fail_null(where, "result"), NULL;
    if (count && !params) return fail_null(where, "params"), NULL;
    if (count > FFI_MAX_ARGUMENTS) {
        fail(FFI_ERROR_RANGE, "%s: %zu parameters; the limit is %d", where, count, FFI_MAX_ARGUMENTS);
        return NULL;
    }
    if (fixed != FFI_NOT_VARIADIC && fixed > count) {
        fail(FFI_ERROR_ARGUMENT, "%s: %zu of %zu parameters cannot be fixed", where, fixed, count);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (!params[i]) return fail(FFI_ERROR_ARGUMENT, "%s: params[%zu] is NULL", where, i), NULL;
    for (size_t i = 0; i < count; i++)
        if (!type_belongs(where, context, params[i])) return NULL;
    if (!type_belongs(where, context, result)) return NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = signature_of(context, result, params, count, fixed);
    os_lock_give(&context->lock);
    return type;
}

const ffi_ctype *ffi_type_signature(ffi_context *context, const ffi_ctype *result,
                                    const ffi_ctype *const *params, size_t count, size_t fixed) {
    return type_checked_signature(__func__, context, result, params, count, fixed);
}

/* Checks the context and a type of it, the parameter `what`, and takes the lock. */
static bool lock(const char *where, ffi_context *context, const char *what, const ffi_ctype *type) {
    if (!context) return fail_null(where, "context"), false;
    if (!type) return fail_null(where, what), false;
    if (!type_belongs(where, context, type)) return false;
    os_lock_take(&context->lock);
    return true;
}

static const ffi_ctype *unlock(ffi_context *context, const ffi_ctype *type) {
    os_lock_give(&context->lock);
    return type;
}

const ffi_ctype *ffi_type_pointer_to(ffi_context *context, const ffi_ctype *pointee) {
    if (!lock(__func__, context, "pointee", pointee)) return NULL;
    return unlock(context, type_pointer(context, pointee));
}

const ffi_ctype *ffi_type_array_of(ffi_context *context, const ffi_ctype *element, size_t count) {
    if (!lock(__func__, context, "element", element)) return NULL;
    return unlock(context, type_array(context, element, count, count > 0));
}

const ffi_ctype *ffi_type_unqualified(ffi_context *context, const ffi_ctype *type) {
    if (!lock(__func__, context, "type", type)) return NULL;
    return unlock(context, type_qualified(context, type, 0));
}

const ffi_ctype *ffi_type_vector_of(ffi_context *context, const ffi_ctype *element, size_t count) {
    if (!lock(__func__, context, "element", element)) return NULL;
    return unlock(context, type_vector(context, element, count));
}

const ffi_ctype *ffi_type_complex_of(ffi_context *context, const ffi_ctype *element) {
    if (!lock(__func__, context, "element", element)) return NULL;
    return unlock(context, type_complex(context, element));
}
