/* SPDX-License-Identifier: MIT */
/*
 * Homogeneous aggregates (AAPCS64 5.9.5; Microsoft, "__vectorcall", which calls them homogeneous vector
 * aggregates): one to four members of one type, however deep in structs, unions and arrays, and no padding.
 *
 * What a record's members are does not depend on the ABI. It is computed once, from what those of its members
 * are: types may name a type below them twice, level after level.
 */
#include "type/homogeneous.h"

#include "type/record.h"

static const struct uniform several = {.holds = false};

/* Of one kind and size: vectors of whatever elements are. */
static bool same_base(const ffi_ctype *a, const ffi_ctype *b) {
    return a->kind == b->kind && a->size == b->size;
}

/* Adds the values of `part`, of which the whole has `count`. */
static bool add(struct uniform *whole, struct uniform part, size_t count, bool overlaid) {
    if (!part.holds || (part.count && count > HOMOGENEOUS_MEMBERS)) return false;
    if (whole->base && part.base && !same_base(whole->base, part.base)) return false;
    size_t values = part.count * count, sum = overlaid ? whole->count : whole->count + values;
    if (values > sum) sum = values;
    if (part.base) whole->base = part.base;
    whole->count = (uint8_t)sum;
    whole->empty_bits |= part.empty_bits;
    return sum <= HOMOGENEOUS_MEMBERS;
}

static struct uniform uniform_of(const ffi_ctype *type) {
    bool           array = type->kind == FFI_KIND_ARRAY;
    struct uniform own   = {.holds = true};
    if (type_is_record(type)) return type->uniform;
    if (!array && type->kind != FFI_KIND_COMPLEX) return (struct uniform){type, 1, true, false};
    size_t count = array ? type->count : 2;
    return count && add(&own, uniform_of(type->target), count, false) ? own : several;
}

struct uniform uniform_of_record(const ffi_ctype *type) {
    struct uniform own = {.holds = true};
    /* Bit-fields without a name are no fields of the type, but they are integers. */
    for (size_t i = 0; type->definition && i < type->definition->count; i++) {
        const ffi_field *field = &type->definition->members[i].field;
        if (!field->is_bits || field->name) continue;
        if (field->bit_width) return several;
        own.empty_bits = true;
    }
    for (size_t i = 0; i < type->count; i++) {
        const ffi_field *field = &type->fields[i];
        if (field->is_bits || !add(&own, uniform_of(field->type), 1, type->kind == FFI_KIND_UNION))
            return several;
    }
    bool padded = type->size != (own.base ? own.count * own.base->size : 0);
    return padded ? several : own;
}

struct homogeneous homogeneous_of(const ffi_ctype *type, const struct homogeneous_rules *rules) {
    struct uniform own  = uniform_of(type);
    bool           good = own.holds && own.base && rules->is_base(own.base);
    if (!good || (own.empty_bits && rules->empty_bits)) return (struct homogeneous){NULL, 0};
    return (struct homogeneous){own.base, own.count};
}
