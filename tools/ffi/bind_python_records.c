/* SPDX-License-Identifier: MIT */
/* Records as classes of ctypes, with C's layout: where ctypes has another one, all members are packed, between padding. */
#include "bind_python.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

/* Classes for members that have no class of their own: `struct_outer_1`. */
static void put_inner_records(const ffi_ctype *type, const char *name) {
    ffi_field field;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        const ffi_ctype *inner = field.type;
        while (ffi_type_kind(inner) == FFI_KIND_ARRAY) inner = ffi_type_target(inner);
        if (!is_nameless(inner)) continue;
        char *own = malloc(strlen(name) + 24);
        if (!own) continue;
        sprintf(own, "%s_%zu", name, i);
        printf("class %s(%s): pass\n", own, ffi_type_kind(inner) == FFI_KIND_UNION ? "Union" : "Structure");
        python_record(inner, own);
        free(own);
    }
}

static void put_member_type(const ffi_field *field, const char *name, size_t index) {
    const ffi_ctype *inner = field->type;
    size_t           count = 1;
    for (; ffi_type_kind(inner) == FFI_KIND_ARRAY; inner = ffi_type_target(inner))
        count *= ffi_type_length(inner);
    if (!is_nameless(inner)) python_type(stdout, field->type, MEMBER);
    else if (inner == field->type) printf("%s_%zu", name, index);
    else printf("(%s_%zu * %zu)", name, index, count);
}

/* ---- layouts ---- */

static size_t up(size_t offset, size_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

static size_t natural_alignment(const ffi_ctype *record);

/* How ctypes aligns a member. */
static size_t member_alignment(const ffi_ctype *type) {
    while (ffi_type_kind(type) == FFI_KIND_ARRAY) type = ffi_type_target(type);
    size_t alignment = is_record(type) ? natural_alignment(type) : can_pass(type) ? ffi_type_size(type) : 0;
    return alignment ? alignment : 1; /* of a packed record, and of bytes */
}

/* The alignment of a record that ctypes lays out as C does; 0 for any other, and for one with bit-fields. */
static size_t natural_alignment(const ffi_ctype *record) {
    ffi_field field;
    size_t    end = 0, most = 1;
    for (size_t i = 0; ffi_type_field(record, i, &field); i++) {
        size_t alignment = member_alignment(field.type), size = ffi_type_size(field.type);
        bool   is_union = ffi_type_kind(record) == FFI_KIND_UNION;
        if (field.is_bits || field.offset != (is_union ? 0 : up(end, alignment))) return 0;
        if (field.offset + size > end) end = field.offset + size;
        if (alignment > most) most = alignment;
    }
    return up(end, most) == ffi_type_size(record) ? most : 0;
}

/* ---- members: of a record of another layout all are packed, with padding as members ---- */

struct members {
    const ffi_ctype *record;
    const char      *name; /* of the class */
    size_t           at;   /* bytes of the members that are written */
    bool             natural, some, in_unit;
};

static void put_between(struct members *members) {
    if (members->some) printf(", ");
    members->some = true;
}

static void reach(struct members *members, size_t end) {
    if (end > members->at) members->at = end;
}

static void put_padding(struct members *members, size_t to) {
    if (members->natural || to <= members->at) return;
    put_between(members);
    printf("(\"_pad_%zu\", c_byte * %zu)", members->at, to - members->at);
    members->in_unit = false;
    reach(members, to);
}

static void put_name(struct members *members, const ffi_field *field, size_t index) {
    put_between(members);
    if (field->name) printf("(\"%s\", ", field->name);
    else printf("(\"_%zu\", ", index);
}

static void put_member(struct members *members, const ffi_field *field, size_t index) {
    bool is_union = ffi_type_kind(members->record) == FFI_KIND_UNION;
    if (!is_union) put_padding(members, field->offset);
    put_name(members, field, index);
    put_member_type(field, members->name, index);
    printf(")");
    members->in_unit = false;
    reach(members, field->offset + ffi_type_size(field->type));
}

static size_t first_bit(const ffi_field *field) {
    return field->offset * 8 + (field->is_bits ? field->bit_offset : 0);
}

/* Bit-fields that are parts of one integer, from an index on. */
struct unit {
    size_t first, behind;    /* indices */
    size_t begin, end, size; /* bytes of the record; of the integer */
};

/* Those that share bytes with each other or, if `all`, all up to the next other member. False if ctypes has no integer
 * for them where no other member is. */
static bool find_unit(const struct members *members, struct unit *unit, bool all) {
    bool      is_union = ffi_type_kind(members->record) == FFI_KIND_UNION;
    ffi_field field;
    size_t    limit = ffi_type_size(members->record);
    unit->behind = unit->first, unit->size = 1;
    for (; ffi_type_field(members->record, unit->behind, &field) && field.is_bits; unit->behind++) {
        if (unit->behind == unit->first) unit->begin = first_bit(&field) / 8;
        else if (is_union || (!all && first_bit(&field) >= unit->end * 8)) break;
        unit->end = (first_bit(&field) + field.bit_width + 7) / 8;
    }
    if (!is_union && ffi_type_field(members->record, unit->behind, &field)) limit = first_bit(&field) / 8;
    while (unit->size < unit->end - unit->begin) unit->size *= 2;
    if (unit->begin + unit->size > limit && limit >= members->at + unit->size) unit->begin = limit - unit->size;
    return unit->size <= 8 && unit->begin + unit->size <= limit;
}

static void put_gap(struct members *members, const struct unit *unit, size_t from, size_t to) {
    if (from >= to) return;
    put_between(members);
    printf("(\"_pad_bit_%zu\", c_uint%zu, %zu)", from, unit->size * 8, to - from);
}

/* Behind an integer with bit-fields, a member without bytes lets ctypes begin another one. */
static void put_unit(struct members *members, const struct unit *unit) {
    size_t    bit = unit->begin * 8;
    ffi_field field;
    if (members->in_unit) printf(", (\"_unit_%zu\", c_byte * 0)", unit->begin);
    members->in_unit = true;
    for (size_t i = unit->first; i < unit->behind && ffi_type_field(members->record, i, &field); i++) {
        ffi_kind kind     = machine_kind(field.type);
        bool     negative = kind >= FFI_KIND_I8 && kind <= FFI_KIND_I64 && (kind - FFI_KIND_I8) % 2 == 0;
        put_gap(members, unit, bit, first_bit(&field));
        put_name(members, &field, i);
        printf("c_%sint%zu, %u)", negative ? "" : "u", unit->size * 8, field.bit_width);
        bit = first_bit(&field) + field.bit_width;
    }
    reach(members, unit->begin + unit->size);
}

/* Returns the index of the next member. */
static size_t put_bits(struct members *members, size_t index) {
    struct unit unit = {.first = index};
    bool        fits = find_unit(members, &unit, true) || find_unit(members, &unit, false);
    if (ffi_type_kind(members->record) != FFI_KIND_UNION) put_padding(members, unit.begin);
    if (fits) {
        put_unit(members, &unit);
        return unit.behind;
    }
    put_between(members);
    printf("(\"_bits_%zu\", c_byte * %zu)", index, unit.end - unit.begin);
    reach(members, unit.end);
    return unit.behind;
}

void python_record(const ffi_ctype *type, const char *name) {
    ffi_field      field;
    size_t         unnamed = 0;
    struct members members = {type, name, 0, natural_alignment(type) != 0, false, false};
    put_inner_records(type, name);
    if (!members.natural) printf("%s._pack_ = 1\n", name);
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        if (field.name) continue;
        if (!unnamed++) printf("%s._anonymous_ = [", name);
        printf("%s\"_%zu\"", unnamed > 1 ? ", " : "", i);
    }
    if (unnamed) printf("]\n");
    printf("%s._fields_ = [", name);
    for (size_t i = 0; ffi_type_field(type, i, &field);) {
        if (field.is_bits) i = put_bits(&members, i);
        else put_member(&members, &field, i++);
    }
    if (ffi_type_kind(type) == FFI_KIND_UNION && members.at < ffi_type_size(type)) members.at = 0;
    put_padding(&members, ffi_type_size(type));
    printf("]\n");
}
