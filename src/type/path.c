/* SPDX-License-Identifier: MIT */
/*
 * Paths into a type, such as `a.b[1].c`: members by name, elements by index. A path stays within the value; it
 * does not follow pointers.
 */
#include "type/context.h"
#include "type/type.h"

struct path {
    const char *text, *at;
    ffi_field   place; /* so far */
};

static bool is_name_character(char c, bool first) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!first && c >= '0' && c <= '9');
}

/* Fails because of `length` bytes of the path from `at` on. */
static bool fail_part(const struct path *path, ffi_error code, size_t length, const char *what) {
    char text[200];
    ffi_type_format(path->place.type, text, sizeof text);
    fail(code, "the path '%.200s': '%.*s' %s %s", path->text, (int)(length < 100 ? length : 100), path->at,
         what, text);
    return false;
}

static bool member(struct path *path) {
    char      name[256];
    ffi_field field;
    size_t    length = 0;
    while (is_name_character(path->at[length], !length)) length++;
    if (!length) return fail_part(path, FFI_ERROR_SYNTAX, 1, "is no member's name; it should be one of");
    if (length < sizeof name) memcpy(name, path->at, length), name[length] = 0;
    if (length >= sizeof name || !ffi_type_field_named(path->place.type, name, &field))
        return fail_part(path, FFI_ERROR_ARGUMENT, length, "is no member of");
    field.offset += path->place.offset;
    path->place = field;
    path->at += length;
    return true;
}

/* The number of elements of a type; no limit for an array without a length. False if the type has no elements.
 */
static bool elements(const ffi_ctype *type, size_t *count) {
    *count = type_count(type);
    if (type->kind == FFI_KIND_ARRAY && !ffi_type_is_complete(type)) *count = SIZE_MAX;
    return type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_VECTOR || type->kind == FFI_KIND_COMPLEX;
}

static bool element(struct path *path) {
    size_t count, index = 0, length = 1;
    for (; path->at[length] >= '0' && path->at[length] <= '9'; length++)
        index = index > TYPE_SIZE_END ? index : index * 10 + (size_t)(path->at[length] - '0');
    if (length == 1 || path->at[length] != ']')
        return fail_part(path, FFI_ERROR_SYNTAX, length, "is no index, which is '[', a number and ']', of");
    length++;
    if (!elements(path->place.type, &count)) return fail_part(path, FFI_ERROR_TYPE, length, "is no element of");
    if (index >= count) return fail_part(path, FFI_ERROR_RANGE, length, "is beyond the end of");
    const ffi_ctype *type = path->place.type->target;
    if (index > TYPE_SIZE_END / (type->size ? type->size : 1))
        return fail_part(path, FFI_ERROR_RANGE, length, "is too far into");
    path->place = (ffi_field){.type = type, .offset = path->place.offset + index * type->size};
    path->at += length;
    return true;
}

bool ffi_type_path(const ffi_ctype *type, const char *path, ffi_field *field) {
    if (!type) return fail_null(__func__, "type"), false;
    if (!path) return fail_null(__func__, "path"), false;
    if (!field) return fail_null(__func__, "field"), false;
    struct path own = {.text = path, .at = path, .place = {.type = type}};
    while (*own.at) {
        if (own.place.is_bits)
            return fail_part(&own, FFI_ERROR_TYPE, strlen(own.at), "lies within a bit-field of");
        bool dot = *own.at == '.' && own.at > path;
        if (!dot && own.at > path && *own.at != '[')
            return fail_part(&own, FFI_ERROR_SYNTAX, 1, "should be '.' or '[' behind");
        own.at += dot;
        if (!(*own.at == '[' && !dot ? element(&own) : member(&own))) return false;
    }
    *field = own.place;
    return true;
}
