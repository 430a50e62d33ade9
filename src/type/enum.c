/* SPDX-License-Identifier: MIT */
/*
 * Enums: their integer type and their completion. They share tags with records (record.c).
 */
#include "base/number.h"
#include "type/context.h"
#include "type/record.h"

/* ---- the integer type of an enum ---- */

void range_add(struct range *range, uint64_t bits, bool negative) {
    if (negative && (int64_t)bits < range->least) range->least = (int64_t)bits;
    if (!negative && bits > range->most) range->most = bits;
    range->negative |= negative;
}

bool range_fits(const struct range *range, unsigned bits, bool is_signed) {
    uint64_t most = UINT64_MAX >> (64 - bits + is_signed);
    return range->most <= most && (!range->negative || (is_signed && range->least >= -(int64_t)most - 1));
}

/* GCC manual, "Structures, unions, enumerations, and bit-fields implementation": the first of unsigned int,
 * int, unsigned long, long that holds all values; with `packed`, the smallest type that does. For Microsoft's
 * compiler it is always int. */
enum scalar range_integer(const struct model *model, const struct range *range, bool packed) {
    if (model->records == RECORDS_MSVC) return SCALAR_INT;
    /* Each unsigned type follows its signed one. */
    for (int scalar = packed ? SCALAR_SCHAR : SCALAR_INT; scalar <= SCALAR_LLONG; scalar += 2) {
        unsigned bits = 8u << (type_kind_of(model, (enum scalar)scalar) - FFI_KIND_I8) / 2;
        if (range_fits(range, bits, range->negative)) return (enum scalar)(scalar + !range->negative);
    }
    return SCALAR_VOID;
}

/* ---- constants ---- */

size_t type_put_constant_value(char *to, int64_t value) {
    return number_put(to, number_of_signed(value));
}

int64_t type_constant_value(const char *kept) {
    const char *at = kept + strlen(kept) + 1;
    return number_to_signed(number_get(&at));
}

struct enumerator type_constant(const char *kept) {
    return (struct enumerator){kept, type_constant_value(kept)};
}

bool type_is_constant(const char *kept, const struct enumerator *constant) {
    return !strcmp(kept, constant->name) && type_constant_value(kept) == constant->value;
}

const char *type_keep_constant(ffi_context *context, const struct enumerator *constant) {
    size_t length = strlen(constant->name) + 1, value = type_put_constant_value(NULL, constant->value);
    char  *kept = arena_bytes(&context->arena, &context->heap, length + value);
    if (!kept) return NULL;
    memcpy(kept, constant->name, length);
    type_put_constant_value(kept + length, constant->value);
    return kept;
}

/* ---- completion ---- */

static bool same_constants(const ffi_ctype *old, const struct enumerator *constants, size_t count,
                           const ffi_ctype *integer) {
    if (old->count != count || !type_equal(old->target, integer)) return false;
    for (size_t i = 0; i < count; i++)
        if (!type_is_constant(old->constants[i], &constants[i])) return false;
    return true;
}

/* Sets the constants of an enum whose integer type is known already. The integer type stays, because members of
 * this type are read without a lock. */
static bool add_constants(ffi_context *context, ffi_ctype *form, const char *const *constants, size_t count) {
    for (; form; form = type_next_form(form)) {
        if (!journal_write(&context->journal, &form->constants, sizeof form->constants)) return false;
        if (!journal_write(&context->journal, &form->count, sizeof form->count)) return false;
        form->constants = constants;
        form->count     = count;
    }
    return true;
}

bool record_complete_enum(ffi_context *context, ffi_ctype *enumeration, const struct enumerator *constants,
                          size_t count, const ffi_ctype *integer) {
    bool ahead =
        enumeration->complete && !enumeration->count; /* an earlier `enum e : int;` fixed the integer type */
    if (enumeration->complete && !ahead)
        return same_constants(enumeration, constants, count, integer) || record_fail_redefined(enumeration);
    const char **own = arena_new(&context->arena, &context->heap, count * sizeof *own);
    if (!own) return false;
    for (size_t i = 0; i < count; i++) own[i] = constants[i].name;
    if (ahead) return add_constants(context, enumeration, own, count);
    ffi_ctype draft = type_copy(enumeration);
    draft.constants = own;
    draft.count     = count;
    draft.target    = integer;
    draft.size      = integer->size;
    draft.alignment = integer->alignment;
    draft.complete  = true;
    if (!record_note_completed(context, enumeration)) return false;
    record_set_body(enumeration, &draft);
    return true;
}

/* ---- the public form ---- */

static const ffi_ctype *enum_of(ffi_context *context, const char *name, const struct enumerator *constants,
                                size_t count, const ffi_ctype *integer) {
    ffi_ctype *type = record_tagged(context, FFI_KIND_ENUM, name, name ? strlen(name) : 0);
    if (!type) return NULL;
    if (type->complete) return fail(FFI_ERROR_TYPE, "enum %.200s is defined already", name), NULL;
    return record_complete_enum(context, type, constants, count, type_qualified(context, integer, 0)) ? type
                                                                                                      : NULL;
}

const ffi_ctype *ffi_type_enum(ffi_context *context, const char *name, const ffi_constant *constants,
                               size_t count, const ffi_ctype *integer) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!integer) return fail_null(__func__, "integer"), NULL;
    if (count && !constants) return fail_null(__func__, "constants"), NULL;
    if (!type_belongs(__func__, context, integer)) return NULL;
    if (name && !*name) return fail(FFI_ERROR_ARGUMENT, "ffi_type_enum: the name is empty"), NULL;
    if (integer->kind == FFI_KIND_ENUM || !type_is_integer(integer) || integer->size > 8)
        return fail(FFI_ERROR_TYPE,
                    "ffi_type_enum: the type of the constants is not an integer of up to 8 bytes"),
               NULL;
    for (size_t i = 0; i < count; i++)
        if (!constants[i].name || !*constants[i].name)
            return fail(FFI_ERROR_ARGUMENT, "ffi_type_enum: constant %zu has no name", i), NULL;
    if (count > TYPE_SIZE_END / sizeof(struct enumerator))
        return fail(FFI_ERROR_RANGE, "ffi_type_enum: %zu constants are too many", count), NULL;

    const ffi_ctype *type = NULL;
    os_lock_take(&context->lock);
    struct enumerator *own = memory_new(&context->heap, (count + 1) * sizeof *own);
    if (own) {
        bool good = true;
        for (size_t i = 0; good && i < count; i++) {
            own[i] = (struct enumerator){constants[i].name, constants[i].value};
            good   = (own[i].name = type_keep_constant(context, &own[i])) != NULL;
        }
        if (good) type = enum_of(context, name, own, count, integer);
        memory_free(&context->heap, own, (count + 1) * sizeof *own);
    }
    os_lock_give(&context->lock);
    return type;
}
