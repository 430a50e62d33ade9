/* SPDX-License-Identifier: MIT */
/*
 * Homogeneous aggregates (AAPCS64 5.9.5; Microsoft, "__vectorcall", which calls them homogeneous vector
 * aggregates): one to four members of one type, however deep in structs, unions and arrays, and no padding.
 */
#include "type/homogeneous.h"

#include "type/record.h"

/* What was found so far, by which rules. */
struct search {
    const struct homogeneous_rules *rules;
    struct homogeneous              parts;
};

/* Members are of one type; vectors are if their sizes are. */
static bool same_base(const ffi_ctype *a, const ffi_ctype *b) {
    return a->size == b->size && (a->kind == FFI_KIND_VECTOR) == (b->kind == FFI_KIND_VECTOR);
}

static bool count_members(const ffi_ctype *type, struct search *search);

/* Bit-fields without a name are no fields of the type, but they are integers. */
static bool has_unnamed_bits(const ffi_ctype *type, bool empty) {
    for (size_t i = 0; type->definition && i < type->definition->count; i++) {
        const ffi_field *field = &type->definition->members[i].field;
        if (field->is_bits && !field->name && (field->bit_width || empty)) return true;
    }
    return false;
}

static bool count_fields(const ffi_ctype *type, struct search *search) {
    struct homogeneous *parts = &search->parts;
    size_t              sum   = 0;
    if (has_unnamed_bits(type, search->rules->empty_bits)) return false;
    for (size_t i = 0; i < type->count; i++) {
        const ffi_field *field = &type->fields[i];
        if (field->is_bits || !count_members(field->type, search)) return false;
        if (type->kind == FFI_KIND_STRUCT) sum += parts->count;
        else if (parts->count > sum) sum = parts->count;
    }
    parts->count = sum;
    return type->size == (parts->base ? sum * parts->base->size : 0); /* no padding */
}

/* Counts the members of `type`, whose base is the one that is there if others came before; false: it is not
 * homogeneous. */
static bool count_members(const ffi_ctype *type, struct search *search) {
    struct homogeneous *parts = &search->parts;
    if (type_is_record(type)) return count_fields(type, search);
    if (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_COMPLEX) {
        size_t count = type->kind == FFI_KIND_ARRAY ? type->count : 2;
        if (!count || !count_members(type->target, search)) return false;
        parts->count *= count;
        return true;
    }
    if (!search->rules->is_base(type) || (parts->base && !same_base(parts->base, type))) return false;
    *parts = (struct homogeneous){type, 1};
    return true;
}

struct homogeneous homogeneous_of(const ffi_ctype *type, const struct homogeneous_rules *rules) {
    struct search search = {.rules = rules};
    bool          good   = count_members(type, &search) && search.parts.count <= HOMOGENEOUS_MEMBERS;
    return good ? search.parts : (struct homogeneous){NULL, 0};
}
