/* SPDX-License-Identifier: MIT */
/* What the commands ask of types. */
#include "type.h"

#include <stdlib.h>
#include <string.h>

char *type_text(const ffi_ctype *type) {
    size_t size = ffi_type_format(type, NULL, 0) + 1;
    char  *text = malloc(size);
    if (text) ffi_type_format(type, text, size);
    return text;
}

ffi_kind machine_kind(const ffi_ctype *type) {
    return ffi_type_kind(ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_target(type) : type);
}

bool is_record(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_STRUCT || ffi_type_kind(type) == FFI_KIND_UNION;
}

bool type_is_aggregate(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return is_record(type) || kind == FFI_KIND_ARRAY || kind == FFI_KIND_VECTOR;
}

bool type_is_char(const ffi_ctype *type) {
    char   name[64];
    size_t length = ffi_type_format(type, name, sizeof name);
    if (ffi_type_kind(type) != FFI_KIND_I8 && ffi_type_kind(type) != FFI_KIND_U8) return false;
    return length >= 4 && length < sizeof name && !strcmp(name + length - 4, "char") && !strstr(name, "signed");
}
