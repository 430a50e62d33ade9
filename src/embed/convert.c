/* SPDX-License-Identifier: MIT */
/*
 * Values into memory: numbers in number.c's terms, records, arrays; pointers are in pointer.c. A conversion
 * without a frame has no memory to point to. With `dry`, all checks are made and nothing is written.
 */
#include "embed.h"

enum { DEPTH_MOST = 64 };

/* ---- numbers ---- */

static bool constant_named(const ffi_ctype *type, const ffi_any *text, struct integer *integer) {
    size_t      length = text_length(text);
    const char *name;
    int64_t     value;
    for (size_t i = 0; ffi_type_constant(type, i, &name, &value); i++) {
        if (strlen(name) != length || memcmp(name, text->as.text, length)) continue;
        *integer = (struct integer){value < 0 && ffi_type_class(type) == FFI_CLASS_INT, (uint64_t)value};
        return true;
    }
    return false;
}

static bool is_number(const ffi_any *any) {
    return any->kind >= FFI_ANY_BOOL && any->kind <= FFI_ANY_REAL;
}

static ffi_error get_integer(const struct conversion *c, const struct place *place, const ffi_ctype *type,
                             const ffi_any *any, struct integer *integer) {
    if (any->kind == FFI_ANY_TEXT && ffi_type_kind(type) == FFI_KIND_ENUM && !is_absent(c, any)) {
        if (constant_named(type, any, integer)) return FFI_ERROR_NONE;
        return mismatch(c, place, FFI_ERROR_ARGUMENT, type, NULL, any);
    }
    if (integer_of(any, integer)) return FFI_ERROR_NONE;
    return mismatch(c, place, is_number(any) ? FFI_ERROR_RANGE : FFI_ERROR_TYPE, type, NULL, any);
}

static ffi_error put_integer(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                             const ffi_any *any) {
    struct integer integer = {.bits = 0};
    ffi_class      what    = ffi_type_class(type);
    ffi_kind       kind    = ffi_type_kind(type);
    size_t         size    = ffi_type_size(type);
    bool           big     = what == FFI_CLASS_BIG;
    ffi_error      error   = get_integer(c, place, type, any, &integer);
    if (error) return error;
    bool is_signed = big ? kind == FFI_KIND_I128 : what == FFI_CLASS_INT;
    if (!size && kind == FFI_KIND_ENUM) size = 4; /* only its tag is known */
    unsigned bits = (unsigned)ffi_type_bits(type);
    if (!integer_fits(&integer, bits ? bits : (unsigned)size * 8, is_signed))
        return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
    uint64_t words[2] = {integer.bits, integer.negative ? UINT64_MAX : 0};
    write_bytes(c, at, words, size);
    return FFI_ERROR_NONE;
}

/* Whether a real type whose significand has `digits` bits holds the integer exactly. */
static bool is_exact(const struct integer *integer, int digits) {
    uint64_t bits = integer->negative ? 0 - integer->bits : integer->bits;
    while (bits && !(bits & 1)) bits >>= 1;
    return digits >= 64 || bits >> digits == 0;
}

/* Wider types are written by way of double. */
static int digits_of(ffi_kind kind) {
    return kind == FFI_KIND_F16 ? 11 : kind == FFI_KIND_F32 ? 24 : 53;
}

static ffi_error put_real(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                          const ffi_any *any) {
    ffi_kind       kind = ffi_type_kind(type);
    struct integer integer;
    double         value     = any->as.f64;
    uint8_t        bytes[16] = {0};
    if (any->kind != FFI_ANY_REAL) {
        if (!is_number(any)) return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
        integer_of(any, &integer);
        if (!is_exact(&integer, digits_of(kind))) return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
        value = integer.negative ? (double)(int64_t)integer.bits : (double)integer.bits;
    }
    bool     finite = value - value == 0;
    float    single = kind == FFI_KIND_F32 ? (float)value : 0;
    uint16_t half   = kind == FFI_KIND_F16 ? half_of(value) : 0;
    if (finite && (single - single != 0 || (half & 0x7c00) == 0x7c00))
        return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
    switch (kind) {
    case FFI_KIND_F16: memcpy(bytes, &half, 2); break;
    case FFI_KIND_F32: memcpy(bytes, &single, 4); break;
    case FFI_KIND_F64: memcpy(bytes, &value, 8); break;
    case FFI_KIND_F80: f80_of(value, bytes); break;
    default: quad_of(value, bytes);
    }
    write_bytes(c, at, bytes, ffi_type_size(type));
    return FFI_ERROR_NONE;
}

static bool is_big_real(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind == FFI_KIND_F80 || kind == FFI_KIND_F128;
}

/* ---- elements ---- */

ffi_any element_of(const struct conversion *c, const ffi_any *list, size_t index) {
    if (!c->host) return list->as.list[index];
    return any_of_host(c->host, c->state, c->host->element(c->state, list->as.u64, index));
}

/* What is_simple() reads of an element's type. Nothing is simple if the type is neither an integer nor a real number. */
static ffi_parameter simple_element(const ffi_ctype *type) {
    ffi_parameter element = {.what = ffi_type_class(type), .size = (unsigned)ffi_type_size(type)};
    unsigned      bits    = (unsigned)ffi_type_bits(type);
    if (element.what == FFI_CLASS_REAL) return element;
    if (!bits || bits > 64) element.what = FFI_CLASS_VOID;
    else if (element.what == FFI_CLASS_UINT) element.most = UINT64_MAX >> (64 - bits);
    else element.least = INT64_MIN >> (64 - bits), element.most = (uint64_t)~element.least;
    return element;
}

ffi_error put_elements(struct conversion *c, const struct place *place, const ffi_ctype *element, char *at,
                       const ffi_any *list) {
    ffi_parameter plain = simple_element(element);
    size_t        size  = ffi_type_size(element);
    for (size_t i = 0; i < list->length; i++) {
        struct place   inner = {.outer = place, .index = i};
        ffi_any        held;
        const ffi_any *value = c->host ? (held = element_of(c, list, i), &held) : &list->as.list[i];
        char          *to    = at ? at + i * size : NULL;
        ffi_error      error = FFI_ERROR_NONE;
        if (!is_simple(&plain, value)) error = convert(c, &inner, element, to, value);
        else if (to && !c->dry) memcpy(to, &value->as, plain.size);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* ---- records ---- */

static ffi_error put_field(struct conversion *c, const struct place *place, const ffi_field *field,
                           void *record, const ffi_any *any) {
    if (!field->is_bits)
        return convert(c, place, field->type, record ? (char *)record + field->offset : NULL, any);
    ffi_class      what = ffi_type_class(field->type);
    struct integer integer;
    c->bits         = what == FFI_CLASS_BOOL ? 1 : field->bit_width;
    ffi_error error = get_integer(c, place, field->type, any, &integer);
    if (error) return error;
    if (!integer_fits(&integer, c->bits, what == FFI_CLASS_INT))
        return mismatch(c, place, FFI_ERROR_RANGE, field->type, NULL, any);
    c->bits = 0;
    if (!c->dry) ffi_field_write(field, record, (int64_t)integer.bits);
    return FFI_ERROR_NONE;
}

static ffi_error put_members(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                             const ffi_any *any) {
    for (size_t i = 0; i < any->length; i++) {
        const ffi_member *member = &any->as.members[i];
        ffi_field         field;
        if (!member->name || !ffi_type_field_named(type, member->name, &field))
            return no_member(c, place, type, member->name ? member->name : "");
        struct place inner = {.outer = place, .name = member->name};
        ffi_error    error = put_field(c, &inner, &field, at, &member->value);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* Asks the host for each member of the record. */
static ffi_error put_host_members(struct conversion *c, const struct place *place, const ffi_ctype *type,
                                  char *at, ffi_host_value record) {
    ffi_field      field;
    ffi_host_value value;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        struct place inner = {.outer = place, .name = field.name};
        ffi_error    error = FFI_ERROR_NONE;
        if (!field.name) {
            error = put_host_members(c, place, field.type, at ? at + field.offset : NULL, record);
        } else if (c->host->member(c->state, record, field.name, &value)) {
            ffi_any any = any_of_host(c->host, c->state, value);
            error       = put_field(c, &inner, &field, at, &any);
        }
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

static ffi_error put_record(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                            const ffi_any *any) {
    ffi_field field;
    if (any->kind == FFI_ANY_RECORD && any->type) {
        if (!ffi_type_equal_unqualified(type, any->type))
            return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
        write_bytes(c, at, any->as.ptr, ffi_type_size(type));
        return FFI_ERROR_NONE;
    }
    if (any->kind != FFI_ANY_RECORD && any->kind != FFI_ANY_LIST)
        return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
    if (!c->dry) memset(at, 0, ffi_type_size(type));
    if (any->kind == FFI_ANY_RECORD && c->host) return put_host_members(c, place, type, at, any->as.u64);
    if (any->kind == FFI_ANY_RECORD) return put_members(c, place, type, at, any);
    if (any->length > ffi_type_field_count(type)) return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
    for (size_t i = 0; i < any->length && ffi_type_field(type, i, &field); i++) {
        struct place inner = {.outer = place, .name = field.name, .index = i};
        ffi_any      value = element_of(c, any, i);
        ffi_error    error = put_field(c, &inner, &field, at, &value);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* ---- arrays, vectors, complex numbers ---- */

static ffi_error put_array(struct conversion *c, const struct place *place, const ffi_ctype *type, char *at,
                           const ffi_any *any) {
    const ffi_ctype *element = ffi_type_target(type);
    size_t           size = ffi_type_size(type), count = ffi_type_length(type);
    bool             complex = ffi_type_kind(type) == FFI_KIND_COMPLEX;
    ffi_any_kind     kind    = (ffi_any_kind)any->kind;
    if (complex) count = 2;
    if (kind == FFI_ANY_RECORD && any->type && ffi_type_equal_unqualified(type, any->type)) {
        write_bytes(c, at, any->as.ptr, size);
        return FFI_ERROR_NONE;
    }
    bool text  = kind == FFI_ANY_TEXT && ffi_type_is_char(element);
    bool bytes = kind == FFI_ANY_BYTES && ffi_type_size(element) == 1 && is_byte(element);
    if (!text && !bytes && kind != FFI_ANY_LIST && !(complex && is_number(any)))
        return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
    size_t need = text ? text_length(any) + 1 : kind == FFI_ANY_LIST || bytes ? any->length : 1;
    if (text && has_zero(any))
        return mismatch(c, place, FFI_ERROR_RANGE, type, "text without a NUL in it", any);
    if (need > count) return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
    if (!c->dry && size) memset(at, 0, size);
    if (text || bytes) write_bytes(c, at, any->as.ptr, text ? need - 1 : need);
    else if (kind == FFI_ANY_LIST) return put_elements(c, place, element, at, any);
    else return put_real(c, place, element, at, any);
    return FFI_ERROR_NONE;
}

/* ---- any type ---- */

bool is_absent(const struct conversion *c, const ffi_any *any) {
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_TEXT: return !any->as.text;
    case FFI_ANY_BYTES: return any->length && !any->as.ptr;
    case FFI_ANY_LIST: return any->length && !any->as.ptr && !c->host;
    case FFI_ANY_RECORD: return any->type ? !any->as.ptr : any->length && !any->as.ptr && !c->host;
    default: return false;
    }
}

ffi_error convert(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                  const ffi_any *any) {
    if (c->depth == DEPTH_MOST)
        return mismatch(c, NULL, FFI_ERROR_RANGE, type, "a value nested at most 64 deep", any);
    if (is_absent(c, any)) return mismatch(c, place, FFI_ERROR_ARGUMENT, type, NULL, any);
    ffi_error error;
    c->depth++;
    switch (ffi_type_class(type)) {
    case FFI_CLASS_BOOL:
    case FFI_CLASS_INT:
    case FFI_CLASS_UINT: error = put_integer(c, place, type, at, any); break;
    case FFI_CLASS_REAL: error = put_real(c, place, type, at, any); break;
    case FFI_CLASS_BIG: error = (is_big_real(type) ? put_real : put_integer)(c, place, type, at, any); break;
    case FFI_CLASS_RECORD: error = put_record(c, place, type, at, any); break;
    case FFI_CLASS_ARRAY: error = put_array(c, place, type, at, any); break;
    case FFI_CLASS_VOID: error = mismatch(c, place, FFI_ERROR_TYPE, type, "no value", any); break;
    default: error = put_pointer(c, place, type, at, any);
    }
    c->depth--;
    return error;
}

/* ---- storing ---- */

/* Checks everything before it writes anything. */
static ffi_error store_field(struct conversion *conversion, const ffi_field *field, void *base,
                             const ffi_any *value) {
    conversion->dry = true;
    ffi_error error = put_field(conversion, NULL, field, NULL, value);
    if (error) return error;
    conversion->dry = false;
    return put_field(conversion, NULL, field, base, value);
}

static ffi_error store(const char *where, const ffi_ctype *type, void *at, const ffi_any *value) {
    if (!type) return embed_null(where, "type");
    if (!at) return embed_null(where, "at");
    if (!value) return embed_null(where, "value");
    ffi_field         field      = {.type = type};
    struct conversion conversion = {.path = NULL};
    return store_field(&conversion, &field, at, value);
}

ffi_error ffi_store_any(const ffi_ctype *type, void *at, const ffi_any *value) {
    return store(__func__, type, at, value);
}

ffi_error ffi_store_path(const ffi_ctype *type, void *at, const char *path, const ffi_any *value) {
    ffi_field field;
    if (!at) return embed_null(__func__, "at");
    if (!value) return embed_null(__func__, "value");
    if (!ffi_type_path(type, path, &field)) return embed_failed(__func__);
    struct conversion conversion = {.path = path};
    return store_field(&conversion, &field, at, value);
}

ffi_error ffi_store_host(const ffi_ctype *type, void *at, const char *path, const ffi_host *host, void *state,
                         ffi_host_value value) {
    ffi_field field = {.type = type};
    if (!type) return embed_null(__func__, "type");
    if (!at) return embed_null(__func__, "at");
    if (!host) return embed_null(__func__, "host");
    if (!host->kind) return embed_null(__func__, "host->kind");
    if (path && !ffi_type_path(type, path, &field)) return ffi_last_error();
    struct conversion conversion = {.path = path, .host = host, .state = state};
    ffi_any           any        = any_of_host(host, state, value);
    return store_field(&conversion, &field, at, &any);
}

ffi_error ffi_store_int(const ffi_ctype *type, void *at, int64_t value) {
    ffi_any any = ffi_any_int(value);
    return store(__func__, type, at, &any);
}

ffi_error ffi_store_uint(const ffi_ctype *type, void *at, uint64_t value) {
    ffi_any any = ffi_any_uint(value);
    return store(__func__, type, at, &any);
}

ffi_error ffi_store_real(const ffi_ctype *type, void *at, double value) {
    ffi_any any = ffi_any_real(value);
    return store(__func__, type, at, &any);
}

ffi_error ffi_store_bool(const ffi_ctype *type, void *at, bool value) {
    ffi_any any = ffi_any_bool(value);
    return store(__func__, type, at, &any);
}

ffi_error ffi_store_text(const ffi_ctype *type, void *at, const char *text) {
    ffi_any any = ffi_any_text(text);
    return store(__func__, type, at, &any);
}

ffi_error ffi_store_pointer(const ffi_ctype *type, void *at, void *pointer) {
    ffi_any any = ffi_any_pointer(pointer);
    return store(__func__, type, at, &any);
}
