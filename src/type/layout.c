/* SPDX-License-Identifier: MIT */
/*
 * The layout of structs and unions. Four forms, chosen by the data model:
 *
 *   GNU    System V psABI 3.1.2 and AAPCS64 8.1.8; attributes and #pragma pack as gcc has them. A bit-field
 *          takes the next bits, unless it would then cross a boundary of its type.
 *   CLANG  The same as clang has it, which is Apple's compiler. It differs from gcc where a bit-field's type is
 * a typedef with `aligned`, where a bit-field has `aligned` itself, and in ms_struct. MSVC   Microsoft's
 * compiler, as clang reproduces it: bit-fields of types of one size share a unit of that size, which is taken
 * whole. What __declspec(align) asks for, packing cannot undo. MINGW  GNU C on Windows (-mms-bitfields): MSVC's
 * units, but GNU's attributes.
 *
 * Everything is counted in bits unless it says bytes. What may stand in a record is checked in record.c.
 */
#include "type/layout.h"

#include "base/util.h"

struct cursor {
    const struct model        *model;
    const struct record_rules *rules;
    enum record_form           form;
    bool                       is_union;
    uint64_t                   end;       /* the end of the bits in use; a union's members all begin at 0 */
    uint64_t                   most;      /* an end that was given back; the record's size includes it */
    size_t                     alignment; /* of the record so far, in bytes */
    size_t                     forced_align;

    /* The open unit of bit-fields, of all forms but GNU and CLANG. MSVC: the last `unit` bits before `end`. */
    uint64_t unit;  /* 0: none */
    uint64_t left;  /* the upper bits of it that are free */
    bool     empty; /* MINGW: a bit-field of width 0 has opened it */
};

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static uint64_t bits_of(const ffi_ctype *type) {
    return (uint64_t)type->size * 8;
}

static void align_record(struct cursor *cursor, size_t alignment) {
    cursor->alignment = larger(cursor->alignment, alignment);
}

static bool is_packed(const struct cursor *cursor, const struct member *member) {
    return cursor->rules->packed || member->packed;
}

/* The next bit that is aligned to so many bytes. */
static uint64_t next_place(const struct cursor *cursor, size_t alignment) {
    return cursor->is_union ? 0 : round_up(cursor->end, alignment * 8);
}

static void take(struct cursor *cursor, uint64_t at, uint64_t bits) {
    uint64_t end = cursor->is_union ? round_up(bits, 8) : at + bits;
    if (end > cursor->end) cursor->end = end;
}

/* ---- GNU ---- */

/* #pragma pack limits even a member's own alignment attribute. */
static size_t limited(const struct cursor *cursor, size_t alignment) {
    return cursor->rules->pack ? smaller(alignment, cursor->rules->pack) : alignment;
}

static size_t gnu_alignment(const struct cursor *cursor, const struct member *member) {
    size_t natural_align = is_packed(cursor, member) ? 1 : member->field.type->alignment;
    return limited(cursor, larger(natural_align, member->field.alignment));
}

static uint64_t gnu_plain(struct cursor *cursor, const struct member *member) {
    size_t alignment = gnu_alignment(cursor, member);
    align_record(cursor, alignment);
    uint64_t at = next_place(cursor, alignment);
    take(cursor, at, bits_of(member->field.type));
    return at;
}

/* Whether a bit-field would lie in more units of its type's alignment than the type itself does. */
static bool crosses(const ffi_ctype *type, uint64_t at, uint64_t width) {
    uint64_t unit = (uint64_t)type->alignment * 8;
    return (at % unit + width + unit - 1) / unit > bits_of(type) / unit;
}

/* Whether gcc gives the bit-field the machine mode of its width: it lies at a multiple of it (layout_decl() in
 * gcc's stor-layout.cc). Its type's alignment then does not place it. */
static bool has_mode(const struct cursor *cursor, const struct member *member) {
    unsigned width = member->field.bit_width;
    if (width < 8 || width > 128 || width & (width - 1)) return false;
    if (width > 8 && is_packed(cursor, member)) return false;
    return cursor->is_union || cursor->end % width == 0;
}

/* Where the next unit of so many bits begins from `at` on, which `wanted` has moved up from `end`. gcc counts
 * units from the last multiple of 16 bytes, or of what the record's attribute asks for, before `end`: a unit of
 * more is not aligned. */
static uint64_t next_unit(const struct cursor *cursor, uint64_t end, uint64_t at, uint64_t wanted,
                          uint64_t unit) {
    enum { BIGGEST = 128 };
    uint64_t biggest = larger(BIGGEST, cursor->rules->alignment * 8), from = wanted < biggest ? end : at;
    uint64_t base = from - from % biggest;
    return base + round_up(at - base, unit);
}

/* One of width 0 heeds neither `packed` nor #pragma pack. */
static uint64_t empty_bits(struct cursor *cursor, const struct member *member, bool heard) {
    size_t   alignment = larger(member->field.type->alignment, member->field.alignment);
    uint64_t at        = next_place(cursor, alignment);
    if (heard) align_record(cursor, alignment);
    take(cursor, at, 0);
    return at;
}

/* What gcc aligns a bit-field to, in bits. */
static uint64_t wanted_bits(const struct cursor *cursor, const struct member *member) {
    size_t   attribute_align = member->field.alignment;
    uint64_t mode = has_mode(cursor, member) ? member->field.bit_width : 1, pack = cursor->rules->pack * 8;
    if (is_packed(cursor, member) && !attribute_align) mode = smaller(mode, 8);
    uint64_t wanted = larger(mode, attribute_align * 8);
    return pack ? smaller(wanted, pack) : wanted;
}

/* psABI 3.1.2, "Bit-Fields"; AAPCS64 8.1.8.2. */
static uint64_t gnu_bits(struct cursor *cursor, const struct member *member) {
    const ffi_field *field = &member->field;
    const ffi_ctype *type  = field->type;
    bool             heard = field->name || cursor->model->unnamed_bits_align;
    if (!field->bit_width) return empty_bits(cursor, member, heard);

    bool     packed = is_packed(cursor, member), mode = has_mode(cursor, member);
    uint64_t wanted = wanted_bits(cursor, member), end = cursor->is_union ? 0 : cursor->end;
    uint64_t at = round_up(end, wanted);
    if (!packed && !mode && !cursor->rules->pack && crosses(type, at, field->bit_width))
        at = next_unit(cursor, end, at, wanted, (uint64_t)type->alignment * 8);

    /* Under #pragma pack, `packed` does not change the record's alignment. */
    size_t own = packed && !cursor->rules->pack ? 1 : limited(cursor, type->alignment);
    if (heard) align_record(cursor, larger(wanted / 8, own));
    take(cursor, at, field->bit_width);
    return at;
}

/* ---- MinGW ---- */

/* A bit-field of width 0 aligns the record only behind another one. */
static void mingw_align_record(struct cursor *cursor, const struct member *member, uint64_t wanted) {
    const ffi_field *field  = &member->field;
    bool             packed = is_packed(cursor, member), behind = cursor->unit && !cursor->empty;
    if (field->is_bits && (field->bit_width ? packed : !behind)) return;
    bool   own       = field->is_bits || !packed;
    size_t alignment = larger(own ? field->type->alignment : 1, wanted / 8);
    align_record(cursor, limited(cursor, alignment));
}

/* Goes on in the open unit, or leaves it; false: what it was does not matter to what follows. */
static bool mingw_unit(struct cursor *cursor, const ffi_field *field, uint64_t wanted) {
    uint64_t size    = bits_of(field->type);
    bool     aligned = cursor->end % wanted == 0, matters = true;
    if (field->is_bits && field->bit_width && !cursor->empty && size == cursor->unit) {
        if (cursor->left >= field->bit_width) {
            cursor->left -= field->bit_width;
            return true;
        }
        cursor->end += cursor->left;
        cursor->left = size - field->bit_width;
    } else {
        if (cursor->empty) matters = false;
        else cursor->end += cursor->left;
        if (!field->is_bits || !field->bit_width) cursor->unit = 0;
    }
    if (!aligned) cursor->end = round_up(cursor->end, wanted);
    return matters;
}

/* place_field() in gcc's stor-layout.cc, for records laid out as Microsoft's. */
static uint64_t mingw_member(struct cursor *cursor, const struct member *member) {
    const ffi_field *field  = &member->field;
    uint64_t         wanted = field->is_bits ? wanted_bits(cursor, member) : gnu_alignment(cursor, member) * 8;
    uint64_t         size = bits_of(field->type), before = cursor->unit, end = cursor->end;
    bool             matters = false;
    mingw_align_record(cursor, member, wanted);
    if (cursor->is_union) {
        take(cursor, 0, field->is_bits ? field->bit_width : size);
        return 0;
    }
    if (cursor->unit) {
        matters = mingw_unit(cursor, field, wanted);
        end     = cursor->end;
    } else {
        cursor->end = round_up(end, wanted);
    }
    if (!field->is_bits || (matters ? size != before : field->bit_width > 0)) {
        size_t alignment = is_packed(cursor, member) ? 1 : field->type->alignment;
        cursor->end      = next_unit(cursor, end, cursor->end, wanted, limited(cursor, alignment) * 8);
        cursor->left     = field->is_bits ? size - field->bit_width : 0;
        cursor->unit     = 0;
    }
    if (field->is_bits && !cursor->unit) {
        cursor->unit  = size;
        cursor->empty = !field->bit_width;
    }
    uint64_t at = cursor->end;
    take(cursor, at, field->is_bits ? field->bit_width : size);
    return at;
}

/* The last unit is taken whole. */
static void finish_mingw(struct cursor *cursor) {
    if (cursor->unit && !cursor->empty) cursor->end += cursor->left;
}

/* ---- clang ---- */

/* The alignment of a bit-field and of its record, in bits. `natural_align` is its type's. Only `packed` makes it less
 * than 8. */
static uint64_t clang_alignment(const struct cursor *cursor, const struct member *member,
                                uint64_t natural_align) {
    const ffi_field *field = &member->field;
    uint64_t         pack = (uint64_t)cursor->rules->pack * 8, attribute_align = (uint64_t)field->alignment * 8;
    bool             packed = is_packed(cursor, member) && field->bit_width && cursor->form == RECORDS_CLANG;
    uint64_t         own    = larger(packed && !pack ? 1 : natural_align, attribute_align);
    return pack && field->bit_width ? smaller(own, pack) : own;
}

/* LayoutBitField() in clang's RecordLayoutBuilder.cpp. */
static uint64_t clang_bits(struct cursor *cursor, const struct member *member) {
    const ffi_field *field = &member->field;
    uint64_t         pack = (uint64_t)cursor->rules->pack * 8, attribute_align = (uint64_t)field->alignment * 8;
    uint64_t         alignment = clang_alignment(cursor, member, (uint64_t)field->type->alignment * 8);
    uint64_t         at        = cursor->is_union ? 0 : cursor->end;
    if (!field->bit_width || (!pack && at % alignment + field->bit_width > bits_of(field->type)))
        at = round_up(at, alignment);
    else if (attribute_align && (!pack || attribute_align <= pack)) at = round_up(at, attribute_align);
    if (field->name) align_record(cursor, larger(1, alignment / 8));
    take(cursor, at, field->bit_width);
    return at;
}

/* With ms_struct. The members of a union are not aligned, and a bit-field there takes its type's whole size. */
static uint64_t clang_ms_bits(struct cursor *cursor, const struct member *member) {
    const ffi_field *field     = &member->field;
    uint64_t         size      = bits_of(field->type);
    bool             alone     = !field->bit_width && !cursor->unit;
    uint64_t         alignment = clang_alignment(cursor, member, alone ? 8 : size);
    if (cursor->is_union) {
        take(cursor, 0, field->bit_width ? size : 8);
        return 0;
    }
    if (cursor->unit != size || cursor->left < field->bit_width) cursor->unit = cursor->left = 0;
    uint64_t at = cursor->end - cursor->left;
    if (!field->bit_width || !cursor->left) at = round_up(at, alignment);
    align_record(cursor, alignment / 8);
    if (!field->bit_width) { /* gives back the bytes that are free, to the next member only */
        cursor->unit = cursor->left = 0;
        if (cursor->end > cursor->most) cursor->most = cursor->end;
        return cursor->end = at;
    }
    if (!cursor->left) {
        take(cursor, at, size);
        cursor->left = size;
    }
    cursor->left -= field->bit_width;
    cursor->unit = size;
    return at;
}

/* A type of C's own words: clang's BuiltinType. */
static bool is_builtin(const ffi_ctype *type) {
    return type_name(type) && !type_is_nominal(type) && !type_is_bit_int(type) &&
           !(type->qualifiers & FFI_QUALIFIER_ATOMIC);
}

/* With ms_struct such a type is aligned to its size at least. */
static uint64_t clang_ms_plain(struct cursor *cursor, const struct member *member) {
    const ffi_ctype *type = member->field.type, *element = type;
    while (element->kind == FFI_KIND_ARRAY) element = element->target;
    size_t natural_align = is_builtin(element) ? element->size : 1;
    size_t alignment     = is_packed(cursor, member) ? 1 : larger(natural_align, type->alignment);
    alignment            = limited(cursor, larger(alignment, member->field.alignment));
    align_record(cursor, alignment);
    uint64_t at  = next_place(cursor, alignment);
    cursor->unit = cursor->left = 0;
    take(cursor, at, bits_of(type));
    return at;
}

/* ---- Microsoft ---- */

/* The part of a type's alignment that packing cannot undo: all of it, if its record has an alignment attribute.
 */
static size_t msvc_forced_align(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY) type = type->target;
    bool atomic = type->qualifiers & FFI_QUALIFIER_ATOMIC;
    bool whole  = type_is_record(type) && !type->typedef_align && !atomic && type->definition &&
                 type->definition->rules.alignment;
    return whole ? type->alignment : coded_alignment(type->forced_align);
}

/* Packing limits neither the alignment attributes inside a member nor those of the record; it limits those of
 * bit-fields. */
static size_t msvc_alignment(struct cursor *cursor, const struct member *member) {
    const ffi_ctype *type          = member->field.type;
    size_t           forced_align  = larger(member->field.alignment, msvc_forced_align(type));
    size_t           pack          = cursor->rules->pack;
    size_t           natural_align = type_alignment_without_typedef(type);
    if (pack && pack <= 8) natural_align = smaller(natural_align, pack); /* a larger one is ignored */
    if (is_packed(cursor, member)) natural_align = 1;
    if (!member->field.is_bits) cursor->forced_align = larger(cursor->forced_align, forced_align);
    return larger(natural_align, forced_align);
}

static uint64_t msvc_plain(struct cursor *cursor, const struct member *member) {
    size_t alignment = msvc_alignment(cursor, member);
    align_record(cursor, alignment);
    uint64_t at  = next_place(cursor, alignment);
    cursor->unit = 0;
    take(cursor, at, bits_of(member->field.type));
    return at;
}

/* In a union every bit-field begins at 0. It takes a whole unit, but no alignment. */
static uint64_t msvc_union_bits(struct cursor *cursor, const struct member *member) {
    const ffi_field *field = &member->field;
    if (field->bit_width || cursor->unit) take(cursor, 0, bits_of(field->type));
    cursor->unit = field->bit_width ? bits_of(field->type) : 0;
    return 0;
}

static uint64_t msvc_bits(struct cursor *cursor, const struct member *member) {
    const ffi_field *field = &member->field;
    uint64_t         size  = bits_of(field->type);
    if (cursor->is_union) return msvc_union_bits(cursor, member);

    /* One of width 0 ends a unit, and does nothing where there is none. */
    if (!field->bit_width && !cursor->unit) return cursor->end;
    size_t alignment = msvc_alignment(cursor, member);
    if (cursor->unit == size && field->bit_width && field->bit_width <= cursor->left) {
        uint64_t at = cursor->end - cursor->left;
        cursor->left -= field->bit_width;
        return at;
    }
    align_record(cursor, alignment);
    uint64_t at  = next_place(cursor, alignment);
    cursor->unit = field->bit_width ? size : 0;
    cursor->left = cursor->unit - field->bit_width;
    take(cursor, at, cursor->unit);
    return at;
}

/* ---- both ---- */

static uint64_t place_member(struct cursor *cursor, const struct member *member) {
    bool is_bits = member->field.is_bits;
    switch (cursor->form) {
    case RECORDS_GNU: return is_bits ? gnu_bits(cursor, member) : gnu_plain(cursor, member);
    case RECORDS_CLANG: return is_bits ? clang_bits(cursor, member) : gnu_plain(cursor, member);
    case RECORDS_CLANG_MS: return is_bits ? clang_ms_bits(cursor, member) : clang_ms_plain(cursor, member);
    case RECORDS_MINGW: return mingw_member(cursor, member);
    default: return is_bits ? msvc_bits(cursor, member) : msvc_plain(cursor, member);
    }
}

/* The unit of a bit-field's type that holds it: Microsoft's own; else an aligned one, or where the bit-field
 * crosses into the next (packed), the one that begins with its first byte. */
static void set_place(const struct cursor *cursor, ffi_field *field, uint64_t at) {
    uint64_t begin = at;
    if (field->is_bits && cursor->form == RECORDS_MSVC) {
        if (!cursor->is_union) begin = cursor->end - cursor->unit;
    } else if (field->is_bits) {
        uint64_t size = bits_of(field->type);
        begin         = at / size * size;
        if (at + field->bit_width > begin + size) begin = at / 8 * 8;
    }
    field->offset     = (size_t)(begin / 8);
    field->bit_offset = (unsigned)(at - begin);
}

static void finish_gnu(const struct cursor *cursor, struct layout *layout) {
    layout->alignment = larger(cursor->alignment, cursor->rules->alignment);
    uint64_t end      = cursor->end > cursor->most ? cursor->end : cursor->most;
    layout->size      = round_up(round_up(end, 8) / 8, layout->alignment);
}

/* An empty struct has 4 bytes in Microsoft's C. */
static void finish_msvc(const struct cursor *cursor, struct layout *layout) {
    enum { EMPTY_SIZE = 4 };
    const struct record_rules *rules        = cursor->rules;
    size_t                     pack         = rules->packed ? 1 : rules->pack <= 8 ? rules->pack : 0;
    size_t                     forced_align = larger(cursor->forced_align, rules->alignment);
    layout->alignment                       = larger(cursor->alignment, forced_align);
    size_t rounding                         = pack ? smaller(layout->alignment, pack) : layout->alignment;
    layout->size                            = round_up(round_up(cursor->end, 8) / 8, cursor->alignment);
    layout->size                            = round_up(layout->size, larger(rounding, forced_align));
    layout->forced_align                    = forced_align;
    if (!layout->size) layout->size = forced_align >= EMPTY_SIZE ? layout->alignment : EMPTY_SIZE;
}

bool layout_record(const struct model *model, ffi_kind kind, const struct member *members, size_t count,
                   const struct record_rules *rules, ffi_field *places, struct layout *layout,
                   size_t *culprit) {
    struct cursor cursor = {.model        = model,
                            .rules        = rules,
                            .form         = (enum record_form)model->records,
                            .is_union     = kind == FFI_KIND_UNION,
                            .alignment    = 1,
                            .forced_align = 1};
    if (rules->other_struct && model->has_other_struct) cursor.form = (enum record_form)(cursor.form ^ 1);
    for (size_t i = 0; i < count; i++) {
        places[i] = members[i].field;
        set_place(&cursor, &places[i], place_member(&cursor, &members[i]));
        if (cursor.end / 8 < TYPE_SIZE_END) continue;
        *culprit = i;
        return false;
    }
    *layout = (struct layout){.natural_align = cursor.alignment, .forced_align = 1};
    if (cursor.form == RECORDS_MINGW) finish_mingw(&cursor);
    if (cursor.form == RECORDS_MSVC) finish_msvc(&cursor, layout);
    else finish_gnu(&cursor, layout);
    *culprit = count;
    return layout->size < TYPE_SIZE_END;
}
