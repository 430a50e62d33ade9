/* SPDX-License-Identifier: MIT */
/*
 * Homogeneous aggregates (AAPCS64 5.9.5; Microsoft, "__vectorcall": homogeneous vector aggregates). They have
 * one to four members of one type, at any depth of structs, unions and arrays, and no padding.
 *
 * The answer for a record does not depend on the ABI. It is computed once for each record, from the answers for
 * its members, because each level of a type may contain the level below twice.
 */
#include "type/homogeneous.h"

#include "type/record.h"

static const struct uniform several = {.holds = false};

/* Same kind and size. The elements of vectors do not matter. */
static bool same_base(const ffi_ctype *a, const ffi_ctype *b) {
    return a->kind == b->kind && a->size == b->size;
}

/* Adds `count` times the values of `part`. */
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
    /* Unnamed bit-fields are not in `fields`, but they are integers. */
    for (size_t i = 0; type->definition && i < type->definition->count; i++) {
        const ffi_field *field = &type->definition->members[i].field;
        if (!field->is_bits || field->name) continue;
        if (field->bit_width) return several;
        own.empty_bits = true;
    }
    for (size_t i = 0; i < type->count; i++) {
        const struct kept_field *field = &type->fields[i];
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
