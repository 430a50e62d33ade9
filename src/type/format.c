/* SPDX-License-Identifier: MIT */
/*
 * Types as C text. A declaration is printed in two halves around its name: `int (*` and `)[3]` (declarators,
 * C11 6.7.6).
 *
 * A record or enum without a tag is printed as the typedef that names it, or as its definition. The effect of
 * #pragma pack is printed as attributes of the members.
 */
#include "base/string_builder.h"
#include "base/util.h"
#include "type/context.h"
#include "type/record.h"

/* The text is limited, because nested types without names can double it at each level. */
enum { DEFINITIONS_END = 1 << 20 };

static void put_definition(struct text *text, const ffi_ctype *type);

static outlined void put_qualifiers(struct text *text, unsigned qualifiers) {
    static const struct {
        unsigned    bit;
        const char *word;
    } words[]           = {{FFI_QUALIFIER_CONST, "const"},
                           {FFI_QUALIFIER_VOLATILE, "volatile"},
                           {FFI_QUALIFIER_RESTRICT, "restrict"},
                           {FFI_QUALIFIER_ATOMIC, "_Atomic"}};
    const char *between = "";
    for (size_t i = 0; i < countof(words); i++) {
        if (!(qualifiers & words[i].bit)) continue;
        text_put(text, "%s%s", between, words[i].word);
        between = " ";
    }
}

/* Whether `*` needs brackets, so that it binds to the name before the target's suffix does. */
static bool has_suffix(const ffi_ctype *type) {
    return (type->kind == FFI_KIND_ARRAY && !va_list_is(type)) || type->kind == FFI_KIND_FUNCTION;
}

/* Whether the half before the name ends in `*`; the next `*` follows it without a space. */
static bool ends_in_star(const ffi_ctype *type) {
    while (has_suffix(type)) type = type->target;
    return type->kind == FFI_KIND_POINTER && !type->qualifiers;
}

static void put_word(struct text *text, const ffi_ctype *type) {
    text_put(text, type->kind == FFI_KIND_STRUCT  ? "struct "
                   : type->kind == FFI_KIND_UNION ? "union "
                   : type->kind == FFI_KIND_ENUM  ? "enum "
                                                  : "");
}

static void put_specifier(struct text *text, const ffi_ctype *type) {
    if (va_list_is(type)) {
        text_put(text, "__builtin_va_list");
        return;
    }
    const char *alias = type_is_derived(type) ? NULL : type_definition(type)->alias;
    bool decimal = type_is_record(type) && type->opaque && type->name && *type->name == '_' && !type->count;
    if (decimal || type_is_bit_int(type)) alias = alias ? alias : type->name;
    if (alias) {
        text_put(text, "%s", alias);
        return;
    }
    put_word(text, type);
    switch (type->kind) {
    case FFI_KIND_COMPLEX: text_put(text, "%s _Complex", type->target->name); return;
    case FFI_KIND_VECTOR:
        if (type->count * type->target->size == type->size)
            text_put(text, "%s __attribute__((vector_size(%zu)))", type->target->name, type->size);
        else text_put(text, "%s __attribute__((ext_vector_type(%zu)))", type->target->name, type->count);
        return;
    default: break;
    }
    if (type->name) text_put(text, "%s", type->name);
    else if (!type->complete || text->length > DEFINITIONS_END) text_put(text, "{...}");
    else put_definition(text, type);
}

static void put_before(struct text *text, const ffi_ctype *type) {
    switch (type->kind) {
    case FFI_KIND_POINTER:
        put_before(text, type->target);
        text_put(text, ends_in_star(type->target) ? "" : " ");
        text_put(text, "%s%c", has_suffix(type->target) ? "(" : "",
                 type->qualifiers & FFI_QUALIFIER_REFERENCE ? '&' : '*');
        put_qualifiers(text, type->qualifiers);
        break;
    default:
        if (has_suffix(type)) {
            put_before(text, type->target);
            break;
        }
        unsigned qualifiers = type->kind == FFI_KIND_ARRAY ? type->target->qualifiers : type->qualifiers;
        put_qualifiers(text, qualifiers);
        if (qualifiers) text_put(text, " ");
        put_specifier(text, type);
    }
}

static void put_after(struct text *text, const ffi_ctype *type);

/* A parameter that was declared as an array of `length` elements. */
static outlined void put_array_parameter(struct text *text, const ffi_ctype *type, size_t length) {
    ffi_ctype array = {.kind     = FFI_KIND_ARRAY,
                       .context  = type->context,
                       .target   = type->target,
                       .count    = length,
                       .complete = true};
    text_put_type(text, &array);
}

static outlined void put_parameters(struct text *text, const ffi_ctype *type) {
    text_put(text, "(");
    for (size_t i = 0; i < type->count; i++) {
        if (i) text_put(text, ", ");
        if (type->variadic && i == type->fixed) text_put(text, "..., ");
        size_t length = ffi_type_parameter_length(type, i);
        if (length) put_array_parameter(text, type->params[i], length);
        else text_put_type(text, type->params[i]);
    }
    if (type->variadic && type->fixed == type->count) text_put(text, type->count ? ", ..." : "...");
    if (!type->count && !type->variadic) text_put(text, "void");
    text_put(text, ")");
    if (type->abi != type->context->abi && type->abi->attribute)
        text_put(text, " __attribute__((%s))", type->abi->attribute);
}

static void put_after(struct text *text, const ffi_ctype *type) {
    switch (type->kind) {
    case FFI_KIND_POINTER:
        if (has_suffix(type->target)) text_put(text, ")");
        put_after(text, type->target);
        break;
    case FFI_KIND_ARRAY:
        if (!has_suffix(type)) break;
        if (type->complete) text_put(text, "[%zu]", type->count);
        else text_put(text, type->variadic ? "[?]" : "[]");
        put_after(text, type->target);
        break;
    case FFI_KIND_FUNCTION:
        put_parameters(text, type);
        put_after(text, type->target);
        break;
    default: break;
    }
}

void text_put_type(struct text *text, const ffi_ctype *type) {
    put_before(text, type);
    if (type->kind == FFI_KIND_FUNCTION) text_put(text, " ");
    put_after(text, type);
}

static void put_named(struct text *text, const ffi_ctype *type, const char *name) {
    put_before(text, type);
    if (name && *name) text_put(text, ends_in_star(type) ? "%s" : " %s", name);
    put_after(text, type);
}

/* ---- definitions ---- */

static void put_attributes(struct text *text, bool packed, size_t alignment) {
    if (packed && alignment) text_put(text, " __attribute__((packed, aligned(%zu)))", alignment);
    else if (packed) text_put(text, " __attribute__((packed))");
    else if (alignment) text_put(text, " __attribute__((aligned(%zu)))", alignment);
}

/* Whether a typedef aligns the type, or its elements, and the text does not tell: a scalar is written by the typedef's name. */
static bool is_aligned(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY && !type->typedef_align) type = type->target;
    return type->typedef_align && (type_is_derived(type) || type->is_variant);
}

/* #pragma pack(2) equals `packed, aligned(2)` on each member that would be aligned to more, and `packed` on a
 * bit-field. */
static void put_member_attributes(struct text *text, const ffi_field *field, bool member_packed,
                                  const struct record_rules *rules) {
    size_t attribute_align = field->alignment;
    bool   packed          = member_packed && !rules->packed;
    bool   limited = rules->pack && !rules->packed && (field->is_bits || field->type->alignment > rules->pack);
    if (rules->pack && attribute_align > rules->pack) attribute_align = rules->pack;
    if (limited && !packed && !field->is_bits && !rules->packed) attribute_align = rules->pack;
    if (is_aligned(field->type) && !limited && !member_packed && !rules->packed && !field->is_bits) {
        packed = true;
        if (field->type->alignment > attribute_align) attribute_align = field->type->alignment;
    }
    if (attribute_align == 1 && !field->is_bits)
        attribute_align = 0; /* on a bit-field it would begin a new byte */
    put_attributes(text, packed || limited, attribute_align);
}

static void put_member(struct text *text, const ffi_field *field, bool packed,
                       const struct record_rules *rules) {
    put_named(text, field->type, field->name);
    if (field->is_bits) text_put(text, " : %u", field->bit_width);
    put_member_attributes(text, field, packed, rules);
    text_put(text, "; ");
}

static void put_record(struct text *text, const ffi_ctype *type) {
    static const struct record_rules none;
    const struct record_rules       *rules = type->definition ? &type->definition->rules : &none;
    text_put(text, "{ ");
    for (size_t i = 0; i < record_member_count(type); i++) {
        if (text->length > DEFINITIONS_END) {
            text_put(text, "... ");
            break;
        }
        const struct member member = record_member(type, i);
        put_member(text, &member.field, member.packed, rules);
    }
    text_put(text, "}");
    if (rules->other_struct)
        text_put(text, " __attribute__((%s_struct))",
                 type->context->abi->model->records == RECORDS_MINGW ? "gcc" : "ms");
    if (type->transparent) text_put(text, " __attribute__((transparent_union))");
    size_t alignment = rules->pack ? type->alignment : rules->alignment;
    put_attributes(text, rules->packed, alignment > 1 ? alignment : 0);
}

/* If the constants alone would give another integer type, it is printed as `packed`, or by its name as in C23.
 */
static outlined void put_enum(struct text *text, const ffi_ctype *type) {
    const struct model *model     = type->context->abi->model;
    struct range        range     = {0};
    bool                is_signed = type_is_signed(type);
    for (size_t i = 0; i < type->count; i++) {
        int64_t value = type_constant_value(type->constants[i]);
        range_add(&range, (uint64_t)value, is_signed && value < 0);
    }
    bool plain  = type_kind_of(model, range_integer(model, &range, false)) == type->target->kind;
    bool packed = !plain && type_kind_of(model, range_integer(model, &range, true)) == type->target->kind;
    if (!plain && !packed) text_put(text, ": %s ", type->target->name);
    text_put(text, "{ ");
    for (size_t i = 0; i < type->count; i++) {
        long long value = type_constant_value(type->constants[i]);
        text_put(text, "%s%s = ", i ? ", " : "", type->constants[i]);
        if (value == INT64_MIN && is_signed) text_put(text, "%lld - 1", value + 1);
        else if (value < 0 && !is_signed) text_put(text, "%lluu", (unsigned long long)value);
        else text_put(text, "%lld", value);
    }
    text_put(text, type->count ? " }" : "}");
    if (packed) text_put(text, " __attribute__((packed))");
}

static void put_definition(struct text *text, const ffi_ctype *type) {
    if (type_is_record(type)) {
        put_record(text, type);
        return;
    }
    put_enum(text, type);
}

/* ---- differences ---- */

static void put_side(struct text *text, const char *side, const ffi_field *field) {
    text_put(text, "\n  %s ", side);
    if (!field->type) {
        text_put(text, "(no member)");
        return;
    }
    put_named(text, field->type, field->name);
    if (field->is_bits) text_put(text, " : %u", field->bit_width);
    text_put(text, " at byte %zu", field->offset);
}

static bool same_side(const ffi_field *a, const ffi_field *b) {
    return type_same_member(a->name, b->name) && a->offset == b->offset && a->is_bits == b->is_bits &&
           a->bit_offset == b->bit_offset && a->bit_width == b->bit_width &&
           type_equal_but_reserved(a->type, b->type);
}

/* The member with this index; without a type if there is none. */
static ffi_field side_of(const ffi_ctype *record, size_t index) {
    return index < record->count ? type_field(record, index) : (ffi_field){.type = NULL};
}

void type_format_difference(const ffi_ctype *before, const ffi_ctype *now, char *buffer, size_t size) {
    struct text text  = {.buffer = buffer, .size = size};
    unsigned    shown = 0;
    text_put(&text, "%s", "");
    for (size_t i = 0; (i < before->count || i < now->count) && shown < 3; i++) {
        const ffi_field a = side_of(before, i), b = side_of(now, i);
        if (a.type && b.type && same_side(&a, &b)) continue;
        put_side(&text, "before:", &a);
        put_side(&text, "now:   ", &b);
        shown++;
    }
}

size_t type_format(const ffi_ctype *type, char *buffer, size_t size) {
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    text_put(&text, "%s", "");
    text_put_type(&text, type);
    return text.length;
}

size_t ffi_type_format_named(const ffi_ctype *type, const char *name, char *buffer, size_t size) {
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    text_put(&text, "%s", "");
    if (!type) return 0;
    os_lock_take(&type->context->lock);
    if (name && *name) put_named(&text, type, name);
    else text_put_type(&text, type);
    os_lock_give(&type->context->lock);
    return text.length;
}

size_t ffi_type_format_definition(const ffi_ctype *type, char *buffer, size_t size) {
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    bool        defines =
        type && type->complete && (type->kind == FFI_KIND_ENUM || (type_is_record(type) && !type->opaque));
    if (!defines || type_is_bit_int(type)) return ffi_type_format(type, buffer, size);
    os_lock_take(&type->context->lock);
    put_word(&text, type);
    if (type->name) text_put(&text, "%s ", type->name);
    put_definition(&text, type);
    os_lock_give(&type->context->lock);
    return text.length;
}

size_t ffi_type_format(const ffi_ctype *type, char *buffer, size_t size) {
    return ffi_type_format_named(type, NULL, buffer, size);
}
