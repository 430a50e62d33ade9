/* SPDX-License-Identifier: MIT */
/* Reads memory as values. */
#include "embed.h"

/* The bits of 64 above those of an integer type. In memory those of a _BitInt are unspecified (psABI 3.1.2). */
static unsigned spare_bits(const ffi_ctype *type) {
    size_t bits = ffi_type_bits(type);
    return bits ? 64 - (unsigned)bits : 0;
}

static int64_t signed_at(const void *at, unsigned size) {
    int8_t  i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    switch (size) {
    case 1: return memcpy(&i8, at, 1), i8;
    case 2: return memcpy(&i16, at, 2), i16;
    case 4: return memcpy(&i32, at, 4), i32;
    default: return memcpy(&i64, at, 8), i64;
    }
}

static uint64_t unsigned_at(const void *at, unsigned size) {
    uint64_t value = 0;
    switch (size) {
    case 1: memcpy(&value, at, 1); break;
    case 2: memcpy(&value, at, 2); break;
    case 4: memcpy(&value, at, 4); break;
    default: memcpy(&value, at, 8);
    }
    return value; /* little-endian, as all our ABIs are */
}

static double real_at(ffi_kind kind, const void *at) {
    float    single;
    double   value;
    uint16_t half;
    switch (kind) {
    case FFI_KIND_F16: return memcpy(&half, at, 2), half_value(half);
    case FFI_KIND_F32: return memcpy(&single, at, 4), (double)single;
    case FFI_KIND_F80: return f80_value(at);
    case FFI_KIND_F128: return quad_value(at);
    default: return memcpy(&value, at, 8), value;
    }
}

static ffi_any view(const ffi_ctype *type, const void *at) {
    ffi_any any = ffi_any_of(FFI_ANY_RECORD, 0, type);
    any.as.text = at;
    return any;
}

static ffi_any big_at(const ffi_ctype *type, const void *at) {
    ffi_kind kind = ffi_type_kind(type);
    int64_t  words[2];
    if (kind == FFI_KIND_F80 || kind == FFI_KIND_F128) return ffi_any_real(real_at(kind, at));
    memcpy(words, at, sizeof words);
    if (kind == FFI_KIND_I128 && words[1] == (words[0] < 0 ? -1 : 0)) return ffi_any_int(words[0]);
    if (!words[1]) return ffi_any_uint((uint64_t)words[0]);
    return view(type, at);
}

static ffi_any pointer_at(ffi_class what, const ffi_ctype *type, const void *at) {
    void *pointer;
    memcpy(&pointer, at, sizeof pointer);
    if (!pointer) return ffi_any_nil();
    if (what == FFI_CLASS_TEXT) return ffi_any_text(pointer);
    if (what == FFI_CLASS_FUNCTION) return ffi_any_function(ffi_type_target(type), pointer);
    return ffi_any_pointer(pointer);
}

/* An array of char with a NUL is a text, one without is bytes. */
static ffi_any array_at(const ffi_ctype *type, const void *at) {
    size_t size = ffi_type_size(type);
    if (ffi_type_kind(type) != FFI_KIND_ARRAY || !size || !ffi_type_is_char(ffi_type_target(type)))
        return view(type, at);
    const char *end = memchr(at, 0, size);
    return end ? ffi_any_text_of(at, (size_t)(end - (const char *)at)) : ffi_any_bytes(at, size);
}

static inline void load_integer(ffi_class what, unsigned size, unsigned spare, const void *at, ffi_any *out) {
    *out = ffi_any_uint(what == FFI_CLASS_INT ? (uint64_t)signed_at(at, size) : unsigned_at(at, size));
    out->as.u64 <<= spare;
    if (what == FFI_CLASS_INT) out->kind = FFI_ANY_INT, out->as.i64 >>= spare;
    else out->as.u64 >>= spare;
}

void load_as(ffi_class what, unsigned size, const ffi_ctype *type, const void *at, ffi_any *out) {
    bool truth;
    switch (what) {
    case FFI_CLASS_VOID: *out = ffi_any_nil(); return;
    case FFI_CLASS_BOOL:
        memcpy(&truth, at, 1);
        *out = ffi_any_bool(truth);
        break;
    case FFI_CLASS_INT:
    case FFI_CLASS_UINT: load_integer(what, size, spare_bits(type), at, out); break;
    case FFI_CLASS_REAL:
        *out = ffi_any_real(size == 8 ? real_at(FFI_KIND_F64, at) : real_at(ffi_type_kind(type), at));
        break;
    case FFI_CLASS_BIG: *out = big_at(type, at); break;
    case FFI_CLASS_RECORD: *out = view(type, at); return;
    case FFI_CLASS_ARRAY: *out = array_at(type, at); break;
    case FFI_CLASS_FUNCTION: *out = pointer_at(what, type, at); return; /* the type is its signature */
    default: *out = pointer_at(what, type, at);
    }
    out->type = type;
}

ffi_error load_items(const ffi_ctype *type, const void *at, size_t count, ffi_any *items) {
    ffi_class what = ffi_type_class(type);
    size_t    size = ffi_type_size(type);
    if (what == FFI_CLASS_VOID || !ffi_type_is_complete(type)) {
        char text[160];
        ffi_type_format(type, text, sizeof text);
        return ffi_fail(FFI_ERROR_TYPE, "%s has no value", text);
    }
    bool        integer = what == FFI_CLASS_INT || what == FFI_CLASS_UINT;
    unsigned    spare   = integer ? spare_bits(type) : 0;
    const char *from    = at;
    for (size_t i = 0; i < count; i++, from += size) {
        if (!integer) load_as(what, (unsigned)size, type, from, &items[i]);
        else load_integer(what, (unsigned)size, spare, from, &items[i]), items[i].type = type;
    }
    return FFI_ERROR_NONE;
}

ffi_error ffi_load(const ffi_ctype *type, const void *at, ffi_any *out) {
    if (!type) return embed_null(__func__, "type");
    if (!at) return embed_null(__func__, "at");
    if (!out) return embed_null(__func__, "out");
    return load_items(type, at, 1, out);
}

ffi_error ffi_load_path(const ffi_ctype *type, const void *at, const char *path, ffi_any *out) {
    ffi_field field;
    if (!at) return embed_null(__func__, "at");
    if (!out) return embed_null(__func__, "out");
    if (!ffi_type_path(type, path, &field)) return embed_failed(__func__);
    if (!field.is_bits) return load_items(field.type, (const char *)at + field.offset, 1, out);
    int64_t   bits = ffi_field_read(&field, at);
    ffi_class what = ffi_type_class(field.type);
    *out           = what == FFI_CLASS_INT    ? ffi_any_int(bits)
                     : what == FFI_CLASS_BOOL ? ffi_any_bool(bits != 0)
                                              : ffi_any_uint((uint64_t)bits);
    out->type      = field.type;
    return FFI_ERROR_NONE;
}

ffi_error ffi_load_list(const ffi_ctype *element, const void *at, size_t count, ffi_any *items) {
    if (!element) return embed_null(__func__, "element");
    if (count && !at) return embed_null(__func__, "at");
    if (count && !items) return embed_null(__func__, "items");
    return count ? load_items(element, at, count, items) : FFI_ERROR_NONE;
}

ffi_error ffi_load_argument(const ffi_ctype *signature, const ffi_value *args, size_t index, ffi_any *out) {
    const ffi_ctype *type = ffi_type_parameter(signature, index);
    if (!signature) return embed_null(__func__, "signature");
    if (!out) return embed_null(__func__, "out");
    if (!type)
        return ffi_fail(FFI_ERROR_RANGE, "%s: there is no argument %zu of %zu", __func__, index + 1,
                        ffi_type_parameter_count(signature));
    if (!args) return embed_null(__func__, "args");
    bool is_slot = ffi_type_kind(type) <= FFI_KIND_POINTER;
    return ffi_load(type, is_slot ? &args[index] : args[index].ptr, out);
}

ffi_error ffi_load_text(const char *at, size_t limit, ffi_any *out) {
    if (!at) return embed_null(__func__, "at");
    if (!out) return embed_null(__func__, "out");
    const char *end = memchr(at, 0, limit);
    if (!end)
        return ffi_fail(FFI_ERROR_RANGE, "%s: there is no NUL among the first %zu bytes", __func__, limit);
    *out = ffi_any_text_of(at, (size_t)(end - at));
    return FFI_ERROR_NONE;
}
