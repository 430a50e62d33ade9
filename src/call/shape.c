/* SPDX-License-Identifier: MIT */
/*
 * Shapes: a table of a signature's parameters, by which a host converts values. A shape is computed once per
 * signature, which keeps it.
 */
#include "call/function.h"
#include "type/context.h"
#include "type/type.h"

static bool is_wide_character(const ffi_ctype *type) {
    static const char *const names[] = {"wchar_t", "char16_t", "char32_t"};
    for (size_t i = 0; type_name(type) && i < countof(names); i++)
        if (!strcmp(type->name, names[i]) || (type->alias && !strcmp(type->alias, names[i]))) return true;
    return false;
}

static ffi_class pointer_class(const ffi_ctype *target) {
    if (ffi_type_is_char(target)) return FFI_CLASS_TEXT;
    if (is_wide_character(target)) return FFI_CLASS_WIDE_TEXT;
    return target->kind == FFI_KIND_FUNCTION ? FFI_CLASS_FUNCTION : FFI_CLASS_POINTER;
}

/* `integer` is the integer type of an enum; NULL if only the tag is known: then it counts as int. */
static ffi_class class_of(const ffi_ctype *type, const ffi_ctype *integer) {
    switch (type->kind) {
    case FFI_KIND_VOID: return FFI_CLASS_VOID;
    case FFI_KIND_BOOL: return FFI_CLASS_BOOL;
    case FFI_KIND_I8:
    case FFI_KIND_I16:
    case FFI_KIND_I32:
    case FFI_KIND_I64: return FFI_CLASS_INT;
    case FFI_KIND_U8:
    case FFI_KIND_U16:
    case FFI_KIND_U32:
    case FFI_KIND_U64: return FFI_CLASS_UINT;
    case FFI_KIND_ENUM: return integer ? class_of(integer, NULL) : FFI_CLASS_INT;
    case FFI_KIND_F16:
    case FFI_KIND_F32:
    case FFI_KIND_F64: return FFI_CLASS_REAL;
    case FFI_KIND_POINTER: /* one of another data model is a number here */
        return type->size == sizeof(void *) ? pointer_class(type->target) : FFI_CLASS_UINT;
    case FFI_KIND_FUNCTION: return FFI_CLASS_FUNCTION;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION: return FFI_CLASS_RECORD;
    case FFI_KIND_ARRAY:
    case FFI_KIND_VECTOR:
    case FFI_KIND_COMPLEX: return FFI_CLASS_ARRAY;
    default: return FFI_CLASS_BIG;
    }
}

ffi_class ffi_type_class(const ffi_ctype *type) {
    return type ? class_of(type, ffi_type_target(type)) : FFI_CLASS_VOID;
}

/* A shape, and the number of its enums that count as int because only their tag is known. */
struct shape {
    ffi_shape     head;
    size_t        assumed;
    ffi_parameter parameters[];
};

static bool is_assumed(const ffi_ctype *type) {
    return type->kind == FFI_KIND_ENUM && !type->complete;
}

static size_t count_assumed(const ffi_ctype *signature) {
    size_t count = is_assumed(signature->target);
    for (size_t i = 0; i < signature->count; i++) count += is_assumed(signature->params[i]);
    return count;
}

static void describe(ffi_parameter *to, const ffi_ctype *signature, size_t index, const ffi_ctype *type) {
    *to           = (ffi_parameter){.what        = class_of(type, type->target),
                                    .size        = is_assumed(type) ? 4 : (unsigned)type->size,
                                    .alignment   = is_assumed(type) ? 4 : type->alignment,
                                    .annotations = ffi_type_annotations(signature, index),
                                    .type        = type,
                                    .name        = index == FFI_RESULT ? "" : ffi_type_parameter_name(signature, index),
                                    .owner       = ffi_type_owner(signature, index),
                                    .counter     = ffi_type_counter(signature, index),
                                    .is_const =
                                        type->kind == FFI_KIND_POINTER && type->target->qualifiers & FFI_QUALIFIER_CONST,
                                    .is_slot = type->kind <= FFI_KIND_POINTER};
    unsigned bits = (unsigned)type_bits(type);
    if (to->what == FFI_CLASS_BOOL) to->most = 1;
    if (to->what == FFI_CLASS_INT) to->least = INT64_MIN >> (64 - bits), to->most = (uint64_t)~to->least;
    if (to->what == FFI_CLASS_UINT) to->most = UINT64_MAX >> (64 - bits);
}

/* Under the context's lock. */
static const struct shape *shape_new(const ffi_ctype *signature) {
    ffi_context  *context = signature->context;
    size_t        count   = signature->count;
    struct shape *shape =
        arena_new(&context->arena, &context->heap, sizeof *shape + count * sizeof *shape->parameters);
    if (!shape) return NULL;
    ffi_shape *head = &shape->head;
    *head           = (ffi_shape){.count = count, .signature = signature, .parameters = shape->parameters};
    for (size_t i = 0; i < count; i++) {
        describe(&shape->parameters[i], signature, i, signature->params[i]);
        head->annotations |= shape->parameters[i].annotations;
    }
    describe(&head->result, signature, FFI_RESULT, signature->target);
    head->annotations |= head->result.annotations;
    head->is_slots = head->result.is_slot;
    for (size_t i = 0; i < count; i++) head->is_slots &= shape->parameters[i].is_slot;
    shape->assumed = count_assumed(signature);
    return shape;
}

static const struct shape *renewed(const ffi_ctype *signature) {
    os_lock_take(&signature->context->lock);
    const struct shape *shape = signature->shape;
    if ((!shape || shape->assumed != count_assumed(signature)) && (shape = shape_new(signature)))
        atomic_store_explicit(&((ffi_ctype *)signature)->shape, shape, memory_order_release);
    os_lock_give(&signature->context->lock);
    return shape;
}

const ffi_shape *ffi_function_shape(const ffi_function *function) {
    if (!function) return fail_null(__func__, "function"), NULL;
    const ffi_ctype    *signature = ((const struct function *)(const void *)function)->signature;
    const struct shape *shape     = atomic_load_explicit(&signature->shape, memory_order_acquire);
    if (!shape || shape->assumed) shape = renewed(signature);
    return shape ? &shape->head : NULL;
}
