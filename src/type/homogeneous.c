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

/* The values of a record are known; an array or a complex number has `count` times those of its element. */
static struct uniform uniform_of(const ffi_ctype *type) {
    bool           array = type->kind == FFI_KIND_ARRAY, pair = type->kind == FFI_KIND_COMPLEX;
    struct uniform own = {.count = 1, .holds = true};
    if (type_is_record(type)) own = type->uniform;
    else if (array || pair) own = uniform_of(type->target);
    size_t count = array ? type->count : pair ? 2 : 1;
    if (!count || !own.holds || (own.count && count > HOMOGENEOUS_MEMBERS / own.count)) return several;
    own.count = (own.count * count) & 7;
    own.atomic |= (type->qualifiers & FFI_QUALIFIER_ATOMIC) != 0;
    return own;
}

/* The type of the values, of which there is one at least. */
static const ffi_ctype *base_of(const ffi_ctype *type) {
    for (;;) {
        if (type_is_record(type)) {
            const ffi_ctype *within = type->fields[0].type;
            for (size_t i = 1; !uniform_of(within).count; i++) within = type->fields[i].type;
            type = within;
        } else if (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_COMPLEX) {
            type = type->target;
        } else {
            return type;
        }
    }
}

/* Adds the values of a member, which must have the type `*base`; NULL: there are none yet. */
static bool add(struct uniform *whole, const ffi_ctype **base, const ffi_ctype *type, bool overlaid) {
    struct uniform part = uniform_of(type);
    unsigned       sum  = overlaid ? whole->count : whole->count + part.count;
    if (!part.holds) return false;
    if (part.count) {
        type = base_of(type);
        if (*base && !same_base(*base, type)) return false;
        *base = type;
    }
    if (part.count > sum) sum = part.count;
    if (sum > HOMOGENEOUS_MEMBERS) return false;
    whole->count = sum & 7;
    whole->empty_bits |= part.empty_bits;
    whole->atomic |= part.atomic;
    return true;
}

struct uniform uniform_of_record(const ffi_ctype *type) {
    struct uniform   own  = {.holds = true};
    const ffi_ctype *base = NULL;
    /* Unnamed bit-fields are not in `fields`, but they are integers. */
    for (size_t i = 0; type->definition && i < record_member_count(type); i++) {
        ffi_field field = record_member(type, i).field;
        if (!field.is_bits || field.name) continue;
        if (field.bit_width) return several;
        own.empty_bits = true;
    }
    for (size_t i = 0; i < type->count; i++) {
        ffi_field field = type_field(type, i);
        if (field.is_bits || !add(&own, &base, field.type, type->kind == FFI_KIND_UNION)) return several;
    }
    bool padded = type->size != (base ? own.count * base->size : 0);
    return padded ? several : own;
}

struct homogeneous homogeneous_of(const ffi_ctype *type, const struct homogeneous_rules *rules) {
    struct uniform own = uniform_of(type);
    if (!own.holds || !own.count || (own.empty_bits && rules->empty_bits)) return (struct homogeneous){NULL, 0};
    if (own.atomic && rules->no_atomic && !rules->is_base(type)) return (struct homogeneous){NULL, 0};
    const ffi_ctype *base = base_of(type);
    return rules->is_base(base) ? (struct homogeneous){base, own.count} : (struct homogeneous){NULL, 0};
}
