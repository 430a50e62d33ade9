/* SPDX-License-Identifier: MIT */
/*
 * Checks the members of a struct or union (C11 6.7.2.1), with GNU's unnamed members and empty structs. A member
 * has a complete type; a bit-field has an integer type and is no wider than it; a flexible array comes last; no
 * name occurs twice.
 */
#include "type/context.h"
#include "type/layout.h"

struct check {
    ffi_context   *context;
    ffi_kind       kind;
    struct map     names;
    struct members found;
};

static const char *shown(const ffi_field *field) {
    return field->name ? field->name : "(unnamed)";
}

static bool fail_type(const char *problem, const ffi_field *field) {
    char text[128];
    type_format(field->type, text, sizeof text);
    fail(FFI_ERROR_TYPE, "member '%.100s' %s %s", shown(field), problem, text);
    return false;
}

static bool same_text(const void *record, const void *name) {
    return !strcmp(record, name);
}

/* The names of an unnamed struct's or union's members are names of the record. */
static bool add_names(struct check *check, const char *name, const ffi_ctype *type) {
    if (!name) {
        bool good = true;
        for (size_t i = 0; good && type->named && i < type->count; i++)
            good = add_names(check, field_name(&type->fields[i]), type->fields[i].type);
        return good;
    }
    check->found.named = true;
    uint64_t hash      = map_hash(0, name, strlen(name));
    if (map_find(&check->names, hash, same_text, name))
        return fail(FFI_ERROR_TYPE, "two members are named '%.100s'", name), false;
    return map_add(&check->names, &check->context->heap, hash, (void *)(uintptr_t)name);
}

static bool check_bits(const ffi_field *field) {
    unsigned most = type_machine(field->type) == FFI_KIND_BOOL ? 1 : (unsigned)type_bits(field->type);
    if (!type_is_integer(field->type) || !field->type->complete)
        return fail_type("is a bit-field of a type that is no integer:", field);
    if (field->bit_width > most)
        return fail(FFI_ERROR_TYPE, "bit-field '%.100s' is %u bits wide, its type has %u", shown(field),
                    field->bit_width, most),
               false;
    if (!field->bit_width && field->name)
        return fail(FFI_ERROR_TYPE, "bit-field '%.100s' of width 0 has a name", field->name), false;
    return true;
}

static bool check_flexible(struct check *check, const ffi_field *field, bool last) {
    if (!last && check->kind == FFI_KIND_STRUCT)
        return fail(FFI_ERROR_TYPE, "flexible array '%.100s' is not the last member", shown(field)), false;
    return check->found.flexible = true;
}

bool is_alignment(size_t alignment) {
    if (!(alignment & (alignment - 1)) && alignment <= TYPE_ALIGNMENT_MAX) return true;
    fail(FFI_ERROR_RANGE, "an alignment is a power of two up to 2^28, not %zu", alignment);
    return false;
}

static bool check_member(struct check *check, const ffi_field *field, bool last) {
    const ffi_ctype *type = field->type;
    if (!type) return fail(FFI_ERROR_ARGUMENT, "member '%.100s' has no type", shown(field)), false;
    if (field->name && !*field->name) return fail(FFI_ERROR_ARGUMENT, "a member's name is empty"), false;
    if (!is_alignment(field->alignment)) return false;
    if (field->is_bits) {
        if (!check_bits(field)) return false;
        if (!field->name) return true;
    } else if (!type->complete) {
        bool flexible = type->kind == FFI_KIND_ARRAY && type->target->complete;
        if (!flexible) return fail_type("has the incomplete type", field);
        if (!check_flexible(check, field, last)) return false;
    }
    if (!field->name && !field->is_bits && !type_is_record(type))
        return fail_type("has no name, and is no struct or union but a", field);
    if (last && type_is_record(type) && type->flexible) check->found.flexible = true;
    if (type->depth >= check->found.depth) check->found.depth = type->depth + 1u;
    check->found.hollow &= type_is_hollow(type);
    return add_names(check, field->name, type);
}

bool members_check(ffi_context *context, ffi_kind kind, const struct member *members, size_t count,
                   struct members *found, size_t *culprit) {
    struct check check = {.context = context, .kind = kind, .found = {.depth = 1, .hollow = true}};
    bool         good  = true;
    for (size_t i = 0; good && i < count; i++) {
        *culprit = i;
        good     = check_member(&check, &members[i].field, i + 1 == count);
    }
    map_free(&check.names, &context->heap);
    if (good && check.found.depth > TYPE_DEPTH) {
        *culprit = count;
        return fail(FFI_ERROR_RANGE, "a type is nested more than %d deep", TYPE_DEPTH), false;
    }
    *found = check.found;
    return good;
}
