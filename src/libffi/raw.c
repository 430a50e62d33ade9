/* SPDX-License-Identifier: MIT */
/*
 * The raw interfaces: arguments one after the other in words, instead of behind pointers. Aggregates are behind
 * pointers even so. Java's form gives integers of 64 bits and doubles two words, of which the first has the
 * value, and takes no aggregates.
 */
#include "libffi.h"

static bool is_behind_pointer(const ffi_type *type) {
    return type->type == FFI_TYPE_STRUCT || type->type == FFI_TYPE_VECTOR || type->type == FFI_TYPE_COMPLEX;
}

static size_t words_of(const ffi_type *type) {
    if (type->type == FFI_TYPE_STRUCT || type->type == FFI_TYPE_VECTOR) return 1;
    return aligned_to(type->size, sizeof(ffi_raw)) / sizeof(ffi_raw);
}

static size_t java_words_of(const ffi_type *type) {
    bool wide = type->type == FFI_TYPE_UINT64 || type->type == FFI_TYPE_SINT64 || type->type == FFI_TYPE_DOUBLE;
    return wide ? 2 : 1;
}

size_t ffi_raw_size(ffi_cif *cif) {
    size_t words = 0;
    for (unsigned i = 0; i < cif->nargs; i++) words += words_of(cif->arg_types[i]);
    return words * sizeof(ffi_raw);
}

size_t ffi_java_raw_size(ffi_cif *cif) {
    size_t words = 0;
    for (unsigned i = 0; i < cif->nargs; i++) words += java_words_of(cif->arg_types[i]);
    return words * sizeof(ffi_java_raw);
}

void ffi_raw_to_ptrarray(ffi_cif *cif, ffi_raw *raw, void **args) {
    for (unsigned i = 0; i < cif->nargs; i++) {
        bool behind = is_behind_pointer(cif->arg_types[i]);
        args[i]     = behind ? raw->ptr : raw;
        raw += behind ? 1 : words_of(cif->arg_types[i]);
    }
}

void ffi_java_raw_to_ptrarray(ffi_cif *cif, ffi_java_raw *raw, void **args) {
    for (unsigned i = 0; i < cif->nargs; raw += java_words_of(cif->arg_types[i++])) args[i] = raw;
}

/* A scalar of up to 8 bytes as a word, integers widened. False: it is none. */
static bool put_word(const ffi_type *type, const void *from, ffi_raw *to) {
    switch (type->type) {
    case FFI_TYPE_UINT8: to->uint = *(const uint8_t *)from; break;
    case FFI_TYPE_SINT8: to->sint = (ffi_sarg) * (const int8_t *)from; break;
    case FFI_TYPE_UINT16: to->uint = *(const uint16_t *)from; break;
    case FFI_TYPE_SINT16: to->sint = *(const int16_t *)from; break;
    case FFI_TYPE_UINT32: to->uint = *(const uint32_t *)from; break;
    case FFI_TYPE_INT:
    case FFI_TYPE_SINT32: to->sint = *(const int32_t *)from; break;
    case FFI_TYPE_FLOAT: memcpy(to, from, 4); break;
    case FFI_TYPE_UINT64:
    case FFI_TYPE_SINT64:
    case FFI_TYPE_DOUBLE:
    case FFI_TYPE_POINTER: memcpy(to, from, 8); break;
    default: return false;
    }
    return true;
}

void ffi_ptrarray_to_raw(ffi_cif *cif, void **args, ffi_raw *raw) {
    for (unsigned i = 0; i < cif->nargs; i++) {
        const ffi_type *type = cif->arg_types[i];
        if (is_behind_pointer(type)) {
            (raw++)->ptr = args[i];
            continue;
        }
        if (!put_word(type, args[i], raw)) memcpy(raw, args[i], type->size);
        raw += words_of(type);
    }
}

void ffi_java_ptrarray_to_raw(ffi_cif *cif, void **args, ffi_java_raw *raw) {
    for (unsigned i = 0; i < cif->nargs; raw += java_words_of(cif->arg_types[i++]))
        put_word(cif->arg_types[i], args[i], raw);
}

void ffi_raw_call(ffi_cif *cif, void (*fn)(void), void *rvalue, ffi_raw *avalue) {
    void *args[cif->nargs + 1];
    ffi_raw_to_ptrarray(cif, avalue, args);
    ffi_call(cif, fn, rvalue, args);
}

void ffi_java_raw_call(ffi_cif *cif, void (*fn)(void), void *rvalue, ffi_java_raw *avalue) {
    void *args[cif->nargs + 1];
    ffi_java_raw_to_ptrarray(cif, avalue, args);
    ffi_call(cif, fn, rvalue, args);
}

/* ---- closures ---- */

static void translate(ffi_cif *cif, void *result, void **args, void *userdata) {
    ffi_raw_closure *closure = userdata;
    ffi_raw          raw[ffi_raw_size(cif) / sizeof(ffi_raw) + 1];
    ffi_ptrarray_to_raw(cif, args, raw);
    closure->fun(cif, result, raw, closure->user_data);
}

static void translate_java(ffi_cif *cif, void *result, void **args, void *userdata) {
    ffi_java_raw_closure *closure = userdata;
    ffi_java_raw          raw[ffi_java_raw_size(cif) / sizeof(ffi_java_raw) + 1];
    ffi_java_ptrarray_to_raw(cif, args, raw);
    closure->fun(cif, result, raw, closure->user_data);
}

ffi_status ffi_prep_raw_closure_loc(ffi_raw_closure *closure, ffi_cif                       *cif,
                                    void (*fun)(ffi_cif *, void *, ffi_raw *, void *), void *user_data,
                                    void *codeloc) {
    ffi_status status = ffi_prep_closure_loc((ffi_closure *)(void *)closure, cif, translate, closure, codeloc);
    if (status == FFI_OK) closure->fun = fun, closure->user_data = user_data;
    return status;
}

ffi_status ffi_prep_raw_closure(ffi_raw_closure *closure, ffi_cif                       *cif,
                                void (*fun)(ffi_cif *, void *, ffi_raw *, void *), void *user_data) {
    return ffi_prep_raw_closure_loc(closure, cif, fun, user_data, closure);
}

ffi_status ffi_prep_java_raw_closure_loc(ffi_java_raw_closure *closure, ffi_cif *cif,
                                         void (*fun)(ffi_cif *, void *, ffi_java_raw *, void *),
                                         void *user_data, void *codeloc) {
    ffi_status status =
        ffi_prep_closure_loc((ffi_closure *)(void *)closure, cif, translate_java, closure, codeloc);
    if (status == FFI_OK) closure->fun = fun, closure->user_data = user_data;
    return status;
}

ffi_status ffi_prep_java_raw_closure(ffi_java_raw_closure *closure, ffi_cif                       *cif,
                                     void (*fun)(ffi_cif *, void *, ffi_java_raw *, void *), void *user_data) {
    return ffi_prep_java_raw_closure_loc(closure, cif, fun, user_data, closure);
}
