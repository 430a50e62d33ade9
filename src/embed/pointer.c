/* SPDX-License-Identifier: MIT */
/* Converts values to pointers. Some are passed as they are; others need memory to point to. */
#include "embed.h"

/* Allocates memory to point to. `*at` is NULL if the conversion only checks. */
static bool temporary(const struct conversion *c, const struct place *place, const ffi_ctype *type, size_t size,
                      size_t alignment, const ffi_any *any, char **at) {
    *at = NULL;
    if (c->dry && c->shape) return true;
    if (c->frame) return (*at = ffi_frame_temporary(c->frame, size, alignment)) != NULL;
    mismatch(c, place, FFI_ERROR_TYPE, type, "a pointer (other values need the memory of a call)", any);
    return false;
}

/* Converts UTF-8 to units of wchar_t, char16_t or char32_t. Malformed bytes are FFI_ERROR_RANGE. */
static ffi_error wide_text(struct conversion *c, const struct place *place, const ffi_ctype *type,
                           const ffi_any *any, const void **pointer) {
    size_t      unit = ffi_type_size(ffi_type_target(type)), length = text_length(any), count = 0;
    const char *at = any->as.text, *end = at + length;
    char       *units;
    uint32_t    code;
    if (!temporary(c, place, type, (length + 1) * unit, unit, any, &units)) return ffi_last_error();
    while (at < end) {
        unsigned bytes = utf8_read(at, (size_t)(end - at), &code);
        if (!bytes) return mismatch(c, place, FFI_ERROR_RANGE, type, "text in UTF-8", any);
        at += bytes;
        if (!units) continue;
        if (unit == 2 && code > 0xffff) {
            uint16_t pair[2] = {(uint16_t)(0xd7c0 + (code >> 10)), (uint16_t)(0xdc00 | (code & 0x3ff))};
            memcpy(units + count * unit, pair, 4);
            count += 2;
        } else {
            memcpy(units + count++ * unit, &code, unit); /* little-endian, as all our ABIs are */
        }
    }
    if (units) memset(units + count * unit, 0, unit);
    *pointer = units;
    return FFI_ERROR_NONE;
}

static ffi_error text_pointer(struct conversion *c, const struct place *place, const ffi_ctype *type,
                              const ffi_any *any, const void **pointer) {
    const ffi_ctype *target = ffi_type_target(type);
    ffi_class        what   = ffi_type_class(type);
    bool             text   = any->kind == FFI_ANY_TEXT;
    if (what == FFI_CLASS_FUNCTION || (what == FFI_CLASS_POINTER && !is_byte(target)) ||
        (what == FFI_CLASS_WIDE_TEXT && !text))
        return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
    if (!(ffi_type_qualifiers(target) & FFI_QUALIFIER_CONST) && !(c->shape && c->index == FFI_RESULT))
        return mismatch(c, place, FFI_ERROR_TYPE, type, "a pointer to memory that the callee may write", any);
    if (what != FFI_CLASS_POINTER && has_zero(any))
        return mismatch(c, place, FFI_ERROR_RANGE, type, "text without a NUL in it", any);
    if (what == FFI_CLASS_WIDE_TEXT) return wide_text(c, place, type, any, pointer);
    *pointer = any->as.ptr;
    if (what == FFI_CLASS_POINTER || text) return FFI_ERROR_NONE;
    char *copy;
    if (!temporary(c, place, type, (size_t)any->length + 1, 1, any, &copy)) return ffi_last_error();
    if (!copy) return FFI_ERROR_NONE;
    if (any->length) memcpy(copy, any->as.ptr, any->length);
    copy[any->length] = 0;
    *pointer          = copy;
    return FFI_ERROR_NONE;
}

static bool points_to(const ffi_ctype *target, const ffi_ctype *type) {
    if (ffi_type_kind(target) == FFI_KIND_VOID || ffi_type_equal_unqualified(target, type)) return true;
    return ffi_type_kind(type) == FFI_KIND_ARRAY && ffi_type_equal_unqualified(target, ffi_type_target(type));
}

/* Makes an array of a list, or a record of members, and the pointer to it. What a declared array has more is zeroes, and a
 * zero ends characters, because the callee may take them for a text. */
static ffi_error made_pointer(struct conversion *c, const struct place *place, const ffi_ctype *type,
                              const ffi_any *any, const void **pointer) {
    const ffi_ctype *target = ffi_type_target(type);
    size_t           size   = ffi_type_size(target);
    bool             list   = any->kind == FFI_ANY_LIST;
    if (!size || (!list && ffi_type_class(target) != FFI_CLASS_RECORD))
        return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
    size_t    count = list ? any->length : 1, declared = place ? 0 : declared_length(c->shape, c->index);
    ffi_class what = ffi_type_class(type);
    if (count < declared) count = declared;
    else count += list && (what == FFI_CLASS_TEXT || what == FFI_CLASS_WIDE_TEXT);
    if (count > (SIZE_MAX >> 8) / size) return mismatch(c, place, FFI_ERROR_RANGE, type, NULL, any);
    char *made;
    if (!temporary(c, place, type, count * size, ffi_type_alignment(target), any, &made))
        return ffi_last_error();
    if (made) memset(made, 0, count * size);
    *pointer = made;
    return list ? put_elements(c, place, target, made, any) : convert(c, place, target, made, any);
}

static bool is_assignable(const ffi_ctype *type, const ffi_ctype *from) {
    return !from || from == type || ffi_type_assignable(type, from);
}

/* The annotations of the parameter to which the whole value goes. Elsewhere a pointer may be NULL. */
static unsigned annotations_of(const struct conversion *c, const struct place *place) {
    bool argument = !place && c->shape && c->index < c->shape->count;
    return argument ? c->shape->parameters[c->index].annotations : FFI_ANNOTATION_NULLABLE;
}

/* Whether the value is a NULL that is passed as it is, where it must not be: an `inout` gets a copy instead. No
 * bytes at NULL become a pointer to none. */
static bool is_refused(const struct conversion *c, unsigned annotations, const ffi_any *any) {
    return annotations & FFI_ANNOTATION_NONNULL && !(annotations & FFI_ANNOTATION_INOUT) && !any->as.ptr &&
           (any->kind == FFI_ANY_POINTER || (any->kind == FFI_ANY_FUNCTION && !(c->host && c->host->code)));
}

ffi_error put_pointer(struct conversion *c, const struct place *place, const ffi_ctype *type, void *at,
                      const ffi_any *any) {
    const ffi_ctype *target      = ffi_type_target(type);
    const void      *pointer     = any->as.ptr;
    ffi_error        error       = FFI_ERROR_NONE;
    unsigned         annotations = annotations_of(c, place);
    bool             good        = true;
    if (is_refused(c, annotations, any))
        return mismatch(c, place, FFI_ERROR_TYPE, type, "a pointer that is not NULL", any);
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_NIL:
        pointer = NULL;
        good    = annotations & FFI_ANNOTATION_NULLABLE;
        break;
    case FFI_ANY_POINTER: good = is_assignable(type, any->type); break;
    case FFI_ANY_FUNCTION:
        if (c->host && c->host->code) {
            if (ffi_type_kind(target) != FFI_KIND_FUNCTION)
                return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
            pointer = c->dry ? NULL : c->host->code(c->state, any->as.u64, target);
            if (!pointer && !c->dry) return ffi_last_error();
            break;
        }
        good = ffi_type_kind(target) == FFI_KIND_VOID ||
               (ffi_type_kind(target) == FFI_KIND_FUNCTION && is_assignable(type, any->type));
        break;
    case FFI_ANY_OBJECT:
        if (!c->host) pointer = ffi_object_pointer(any->as.object);
        if (!pointer) return mismatch(c, place, FFI_ERROR_ARGUMENT, type, "an object that is not freed", any);
        good = is_assignable(type, c->host || any->type ? any->type : ffi_object_type(any->as.object));
        break;
    case FFI_ANY_TEXT:
    case FFI_ANY_BYTES:
        error = text_pointer(c, place, type, any, &pointer);
        if (!pointer && annotations & FFI_ANNOTATION_NONNULL) pointer = "";
        break;
    case FFI_ANY_RECORD:
        if (any->type) good = points_to(target, any->type);
        else error = made_pointer(c, place, type, any, &pointer);
        break;
    case FFI_ANY_LIST: error = made_pointer(c, place, type, any, &pointer); break;
    default: good = false;
    }
    if (!good) return mismatch(c, place, FFI_ERROR_TYPE, type, NULL, any);
    if (!error) write_bytes(c, at, &pointer, sizeof pointer);
    return error;
}
