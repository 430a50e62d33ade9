/* SPDX-License-Identifier: MIT */
/*
 * Queries about a type, and the values of members. The comparison of two types compares records by value member
 * by member. Behind a pointer it compares only their tags; so it ends for a list's node, which points to
 * itself.
 */
#include "type/context.h"
#include "type/record.h"

/* ---- what may change ---- */

/* The type as it is now. A final type does not change, and is returned itself. A type that may still be
 * completed, or that a text completes at this moment and may fail, is copied under the lock. */
static const ffi_ctype *seen(const ffi_ctype *type, ffi_ctype *copy) {
    static const ffi_ctype none;
    if (!type) return &none;
    if (!type_is_nominal(type) || atomic_load_explicit(&type->is_final, memory_order_acquire)) return type;
    os_lock_take(&type->context->lock);
    bool all_there = type->complete && (type->kind != FFI_KIND_ENUM ||
                                        type->count); /* `enum e : int;` is complete without constants */
    if (all_there && !type->is_final)
        atomic_store_explicit(&((ffi_ctype *)type)->is_final, true, memory_order_release);
    *copy = type_copy(type);
    os_lock_give(&type->context->lock);
    return all_there ? type : copy;
}

/* ---- any type ---- */

ffi_kind ffi_type_kind(const ffi_ctype *type) {
    return type ? type->kind : FFI_KIND_VOID;
}

size_t ffi_type_size(const ffi_ctype *type) {
    ffi_ctype copy;
    return seen(type, &copy)->size;
}

size_t ffi_type_alignment(const ffi_ctype *type) {
    ffi_ctype copy;
    return seen(type, &copy)->alignment;
}

unsigned ffi_type_qualifiers(const ffi_ctype *type) {
    return type ? type->qualifiers : 0;
}

const ffi_ctype *ffi_type_target(const ffi_ctype *type) {
    ffi_ctype copy;
    return seen(type, &copy)->target;
}

bool ffi_type_is_complete(const ffi_ctype *type) {
    ffi_ctype copy;
    return seen(type, &copy)->complete;
}

const char *ffi_type_name(const ffi_ctype *type) {
    if (!type || !type_name(type)) return "";
    return type->alias ? type->alias : type->name;
}

size_t ffi_type_length(const ffi_ctype *type) {
    return type && (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_VECTOR) ? type->count : 0;
}

size_t ffi_type_bits(const ffi_ctype *type) {
    if (ffi_type_kind(type) == FFI_KIND_ENUM) type = ffi_type_target(type);
    if (!type || !type_is_integer(type)) return 0;
    return type->kind == FFI_KIND_BOOL ? 1 : type_bits(type);
}

/* ---- signatures ---- */

static bool is_signature(const ffi_ctype *type) {
    return type && type->kind == FFI_KIND_FUNCTION;
}

size_t ffi_type_parameter_count(const ffi_ctype *signature) {
    return is_signature(signature) ? signature->count : 0;
}

size_t ffi_type_fixed_count(const ffi_ctype *signature) {
    return is_signature(signature) ? signature->fixed : 0;
}

const ffi_ctype *ffi_type_parameter(const ffi_ctype *signature, size_t index) {
    return index < ffi_type_parameter_count(signature) ? signature->params[index] : NULL;
}

bool ffi_type_is_variadic(const ffi_ctype *type) {
    return type && type->variadic;
}

/* ---- records and enums ---- */

size_t ffi_type_field_count(const ffi_ctype *record) {
    ffi_ctype copy;
    return record && type_is_record(record) ? seen(record, &copy)->count : 0;
}

bool ffi_type_field(const ffi_ctype *record, size_t index, ffi_field *field) {
    ffi_ctype copy;
    if (!record || !type_is_record(record) || !field) return false;
    record = seen(record, &copy);
    if (index >= record->count) return false;
    *field = type_field(record, index);
    return true;
}

ffi_field type_field(const ffi_ctype *record, size_t index) {
    const struct kept_field *kept = &record->fields[index];
    struct field_more        more = {0};
    if (kept->has_more) memcpy(&more, (const char *)kept + kept->text - sizeof more, sizeof more);
    return (ffi_field){.name       = field_name(kept),
                       .type       = kept->type,
                       .offset     = (size_t)((uint64_t)more.high_offset << 32 | kept->offset),
                       .is_bits    = more.is_bits,
                       .bit_offset = more.bit_offset,
                       .bit_width  = more.bit_width,
                       .alignment  = coded_alignment(more.alignment)};
}

bool type_field_named(const ffi_ctype *record, const char *name, ffi_field *field) {
    for (size_t i = 0; type_is_record(record) && i < record->count; i++) {
        const struct kept_field *member = &record->fields[i];
        const char              *own    = field_name(member);
        if (own) {
            if (*own == *name && !strcmp(own, name)) return *field = type_field(record, i), true;
        } else if (member->type->named && type_field_named(member->type, name, field)) {
            field->offset += type_field(record, i).offset;
            return true;
        }
    }
    return false;
}

/* The members of a complete record have complete types. */
bool ffi_type_field_named(const ffi_ctype *record, const char *name, ffi_field *field) {
    ffi_ctype copy;
    return record && name && field && type_field_named(seen(record, &copy), name, field);
}

static const char *const *constants_of(const ffi_ctype *type, ffi_ctype *copy, size_t *count) {
    bool is_enum = type && type->kind == FFI_KIND_ENUM;
    *count       = 0;
    if (!is_enum && (!type || !type_is_record(type))) return NULL;
    type = seen(type, copy);
    if (is_enum) return *count = type->count, type->constants;
    const struct scoped *scoped = type->complete ? record_scoped(type) : NULL;
    return scoped ? (*count = scoped->count, scoped->names) : NULL;
}

size_t ffi_type_constant_count(const ffi_ctype *type) {
    ffi_ctype copy;
    size_t    count;
    constants_of(type, &copy, &count);
    return count;
}

bool ffi_type_constant(const ffi_ctype *type, size_t index, const char **name, int64_t *value) {
    ffi_ctype          copy;
    size_t             count;
    const char *const *constants = constants_of(type, &copy, &count);
    if (index >= count) return false;
    if (name) *name = constants[index];
    if (value) *value = type_constant_value(constants[index]);
    return true;
}

/* ---- members' values ---- */

/* The bits of a member: `width` bits from bit `low` of the byte `first` on. All our ABIs are little-endian: the
 * first byte has the lowest bits. No other byte is read or written, so the record may end directly after them.
 */
struct span {
    size_t   first;
    unsigned low, width;
    bool     is_signed;
};

static bool span_of(const ffi_field *field, struct span *span) {
    if (!field || !field->type || !type_is_integer(field->type)) return false;
    unsigned begin  = field->is_bits ? field->bit_offset : 0;
    span->first     = field->offset + begin / 8;
    span->low       = begin % 8;
    span->width     = field->is_bits ? field->bit_width : (unsigned)field->type->size * 8;
    span->is_signed = type_is_signed(field->type);
    return span->width > 0;
}

int64_t ffi_field_read(const ffi_field *field, const void *base) {
    struct span span;
    if (!base || !span_of(field, &span)) return 0;
    const uint8_t *bytes = (const uint8_t *)base + span.first;
    unsigned       bits = (unsigned)type_bits(field->type); /* above those of a _BitInt, memory has any value */
    unsigned       width = span.width < bits ? span.width : bits;
    if (width > 64) width = 64; /* the lower half of an __int128 */
    uint64_t value = bytes[0] >> span.low;
    for (unsigned done = 8 - span.low; done < width; done += 8) value |= (uint64_t) * ++bytes << done;

    uint64_t sign = (uint64_t)1 << (width - 1), all = sign | (sign - 1);
    value &= all;
    return (int64_t)(span.is_signed && value & sign ? value | ~all : value);
}

/* The bits of a value from `bit` on. Copies of the sign follow its 64 bits. */
static uint64_t bits_from(int64_t value, unsigned bit) {
    uint64_t sign = value < 0 ? UINT64_MAX : 0;
    if (!bit) return (uint64_t)value;
    return bit < 64 ? (uint64_t)value >> bit | sign << (64 - bit) : sign;
}

/* Writes as C assigns an int64_t: the value is truncated; a bool becomes whether the value is not 0. */
void ffi_field_write(const ffi_field *field, void *base, int64_t value) {
    struct span span;
    if (!base || !span_of(field, &span)) return;
    if (type_machine(field->type) == FFI_KIND_BOOL) value = value != 0;
    uint8_t *bytes = (uint8_t *)base + span.first;
    unsigned end   = span.low + span.width;
    for (unsigned at = 0; at < end; at += 8) {
        unsigned from = at ? 0 : span.low, to = end - at < 8 ? end - at : 8;
        uint8_t  ours = (uint8_t)((1u << to) - (1u << from));
        uint8_t  part = (uint8_t)(bits_from(value, at ? at - span.low : 0) << from);
        bytes[at / 8] = (uint8_t)((bytes[at / 8] & ~ours) | (part & ours));
    }
}

/* ---- comparison ---- */

/* A comparison joins types that it assumes to be equal: each points to another one, the last to none. The first
 * difference ends the comparison, so it never compares a joined pair again. Of n types it compares at most n
 * pairs, even if types name others twice at every level. Only records and enums are joined: the weight of a
 * signature bounds its own comparison. The locks of both contexts guard this. */
struct comparison {
    uint64_t number;
    bool     unqualified; /* qualifiers do not count */
    bool     reserved;    /* two names of a member do not differ if one is reserved (C11 7.1.3) */
    bool     assigned;    /* `char` differs from the integer type of its sign (C11 6.2.5p15) */
};

static bool is_joined(const struct comparison *comparison, const ffi_ctype *type) {
    return type->comparison == comparison->number;
}

/* The last of the types that a type is joined with. Shortens the chain for the next search. */
static ffi_ctype *last_of(const struct comparison *comparison, const ffi_ctype *type) {
    while (is_joined(comparison, type)) {
        if (is_joined(comparison, type->equal)) ((ffi_ctype *)type)->equal = type->equal->equal;
        type = type->equal;
    }
    return (ffi_ctype *)type;
}

/* Joins two types. False if they were joined already. */
static bool join(const struct comparison *comparison, const ffi_ctype *a, const ffi_ctype *b) {
    ffi_ctype *from = last_of(comparison, a), *to = last_of(comparison, b);
    if (from == to) return false;
    from->comparison = comparison->number;
    from->equal      = to;
    return true;
}

static bool same(const struct comparison *comparison, const ffi_ctype *a, const ffi_ctype *b);

static bool same_name(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

static bool is_reserved(const char *name) {
    return name && name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

bool type_same_member(const char *a, const char *b) {
    return same_name(a, b) || (a && b && (is_reserved(a) || is_reserved(b)));
}

static bool same_field(const struct comparison *comparison, const ffi_ctype *first, const ffi_ctype *second,
                       size_t index) {
    ffi_field a = type_field(first, index), b = type_field(second, index);
    bool      named = comparison->reserved ? type_same_member(a.name, b.name) : same_name(a.name, b.name);
    return named && a.offset == b.offset && a.is_bits == b.is_bits && a.bit_offset == b.bit_offset &&
           a.bit_width == b.bit_width && same(comparison, a.type, b.type);
}

static bool same_constant(const char *a, const char *b) {
    return !strcmp(a, b) && type_constant_value(a) == type_constant_value(b);
}

/* Compares the members, constants or parameters of two types that have the same number of them. */
static bool same_parts(const struct comparison *comparison, const ffi_ctype *a, const ffi_ctype *b) {
    bool good = true;
    for (size_t i = 0; good && i < a->count; i++) {
        if (a->kind == FFI_KIND_ENUM) good = same_constant(a->constants[i], b->constants[i]);
        else if (type_is_record(a)) good = same_field(comparison, a, b, i);
        else good = same(comparison, a->params[i], b->params[i]);
    }
    return good;
}

static bool same(const struct comparison *comparison, const ffi_ctype *a, const ffi_ctype *b) {
    for (bool behind = false;; a = a->target, b = b->target) {
        if (a == b) return true;
        if (!a || !b || a->kind != b->kind) return false;
        if (!comparison->unqualified && a->qualifiers != b->qualifiers) return false;
        if (comparison->assigned && ffi_type_is_char(a) != ffi_type_is_char(b)) return false;
        if (behind && type_is_nominal(a) && (a->name || b->name)) return same_name(a->name, b->name);
        if (a->size != b->size || a->alignment != b->alignment || type_count(a) != type_count(b) ||
            a->complete != b->complete || a->variadic != b->variadic || a->transparent != b->transparent)
            return false;
        if (a->kind == FFI_KIND_FUNCTION) {
            if (a->abi != b->abi || a->fixed != b->fixed || !same_parts(comparison, a, b)) return false;
        } else if (type_is_nominal(a)) {
            if (!same_name(a->name, b->name)) return false;
            if (!join(comparison, a, b)) return true;
            if (!same_parts(comparison, a, b)) return false;
        }
        behind = a->kind == FFI_KIND_POINTER;
    }
}

/* Begins a comparison. No type of the two contexts has its number yet. */
static struct comparison comparison_of(const ffi_ctype *a, const ffi_ctype *b, bool unqualified) {
    uint64_t *first = &a->context->comparisons, *second = &b->context->comparisons;
    *first = *second = (*first > *second ? *first : *second) + 1;
    return (struct comparison){.number = *first, .unqualified = unqualified};
}

bool type_equal(const ffi_ctype *a, const ffi_ctype *b) {
    if (a == b) return true;
    struct comparison comparison = comparison_of(a, b, false);
    return same(&comparison, a, b);
}

bool type_equal_but_reserved(const ffi_ctype *a, const ffi_ctype *b) {
    if (a == b) return true;
    struct comparison comparison = comparison_of(a, b, false);
    comparison.reserved          = true;
    return same(&comparison, a, b);
}

static bool equal_unqualified(const ffi_ctype *a, const ffi_ctype *b) {
    struct comparison comparison = comparison_of(a, b, true);
    return same(&comparison, a, b);
}

/* ---- assignment (C11 6.5.16.1) ---- */

static bool is_number(const ffi_ctype *type) {
    ffi_kind kind = type_machine(type);
    return kind >= FFI_KIND_BOOL && kind <= FFI_KIND_COMPLEX && kind != FFI_KIND_POINTER;
}

/* A pointer to void converts to and from a pointer to an object, complete or not, but not to a function. */
static bool points_to_object(const ffi_ctype *type) {
    return type->kind != FFI_KIND_FUNCTION;
}

/* The same type, except for its own qualifiers. */
static bool same_below(const ffi_ctype *a, const ffi_ctype *b) {
    ffi_ctype left = type_copy(a), right = type_copy(b);
    left.qualifiers = right.qualifiers = 0;
    struct comparison comparison       = comparison_of(a, b, false);
    comparison.assigned                = true;
    return same(&comparison, &left, &right);
}

static bool pointer_assignable(const ffi_ctype *to, const ffi_ctype *from) {
    if (from->qualifiers & ~to->qualifiers) return false;
    if (to->kind == FFI_KIND_VOID) return points_to_object(from);
    if (from->kind == FFI_KIND_VOID) return points_to_object(to);
    if (type_is_nominal(to) && (to->name || from->name))
        return to->kind == from->kind && same_name(to->name, from->name);
    return same_below(to, from);
}

static bool assignable(const ffi_ctype *to, const ffi_ctype *from) {
    bool decays = from->kind == FFI_KIND_ARRAY, function = from->kind == FFI_KIND_FUNCTION;
    if (to->kind == FFI_KIND_POINTER && (decays || from->kind == FFI_KIND_POINTER))
        return pointer_assignable(to->target, from->target);
    if (to->kind == FFI_KIND_POINTER && function) return pointer_assignable(to->target, from);
    if (to->kind == FFI_KIND_BOOL && (from->kind == FFI_KIND_POINTER || decays || function)) return true;
    if (to->kind == FFI_KIND_ARRAY || to->kind == FFI_KIND_FUNCTION || to->kind == FFI_KIND_VOID) return false;
    return (is_number(to) && is_number(from)) || (to->kind == from->kind && same_below(to, from));
}

/* ---- the public forms ---- */

/* Calls `question` under the locks of both contexts. All threads take the two in the same order. */
static bool ask_locked(bool question(const ffi_ctype *, const ffi_ctype *), const ffi_ctype *a,
                       const ffi_ctype *b) {
    if (!a || !b) return a == b;
    bool         ordered = (uintptr_t)a->context < (uintptr_t)b->context;
    ffi_context *first = (ordered ? a : b)->context, *second = (ordered ? b : a)->context;
    os_lock_take(&first->lock);
    if (second != first) os_lock_take(&second->lock);
    bool answer = question(a, b);
    if (second != first) os_lock_give(&second->lock);
    os_lock_give(&first->lock);
    return answer;
}

bool ffi_type_equal(const ffi_ctype *a, const ffi_ctype *b) {
    return a == b || ask_locked(type_equal, a, b);
}

bool ffi_type_equal_unqualified(const ffi_ctype *a, const ffi_ctype *b) {
    return a == b || ask_locked(equal_unqualified, a, b);
}

bool ffi_type_assignable(const ffi_ctype *to, const ffi_ctype *from) {
    return to && from && ask_locked(assignable, to, from);
}
