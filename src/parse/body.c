/* SPDX-License-Identifier: MIT */
/*
 * Bodies of structs, unions and enums (C11 6.7.2.1, 6.7.2.2), read into lists of members and constants.
 * record.c checks and places them.
 *
 * A struct or union without a tag is found again by its members: the same text read twice gives one type.
 */
#include "parse/parser.h"

#include "base/util.h"
#include "parse/constant.h"

/* ---- records without a tag ---- */

struct body_form {
    ffi_ctype *record;
    bool       transparent; /* the body's own attribute; a typedef may make the record transparent later */
};

struct shape_key {
    ffi_kind                   kind;
    const struct record_rules *rules;
    const struct member       *members;
    size_t                     count;
    const struct enumerator   *constants; /* that are declared within it */
    size_t                     nconstants;
};

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_constants(const struct scoped *scoped, const struct shape_key *key) {
    if ((scoped ? scoped->count : 0) != key->nconstants) return false;
    for (size_t i = 0; i < key->nconstants; i++)
        if (!type_is_constant(scoped->names[i], &key->constants[i])) return false;
    return true;
}

static bool same_rules(const struct record_rules *a, const struct record_rules *b) {
    return a->alignment == b->alignment && a->pack == b->pack && a->packed == b->packed &&
           a->other_struct == b->other_struct;
}

static bool has_shape(const void *record, const void *key) {
    static const struct record_rules none;

    const struct body_form *shape  = record;
    const struct shape_key *wanted = key;
    if (shape->record->kind != wanted->kind || shape->transparent != wanted->rules->transparent) return false;
    const struct definition *definition = shape->record->definition; /* NULL: the fields say everything */
    if (record_member_count(shape->record) != wanted->count ||
        !same_rules(definition ? &definition->rules : &none, wanted->rules) ||
        !same_constants(record_scoped(shape->record), wanted))
        return false;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct member member = record_member(shape->record, i);
        const ffi_field    *a = &member.field, *b = &wanted->members[i].field;
        if (a->type != b->type || a->is_bits != b->is_bits || a->bit_width != b->bit_width ||
            a->alignment != b->alignment || member.packed != wanted->members[i].packed ||
            !same_text(a->name, b->name))
            return false;
    }
    return true;
}

static uint64_t hash_shape(const struct shape_key *key) {
    uint64_t hash = hash_word(key->kind, key->rules->pack << 1 | key->rules->packed);
    for (size_t i = 0; i < key->count; i++) {
        const ffi_field *field = &key->members[i].field;
        hash                   = hash_word(hash, (uintptr_t)field->type ^ field->bit_width);
        if (field->name) hash = map_hash(hash, field->name, strlen(field->name));
    }
    return hash;
}

static bool keep_shape(ffi_context *context, uint64_t hash, ffi_ctype *record, bool transparent) {
    struct body_form *shape = arena_new(&context->arena, &context->heap, sizeof *shape);
    if (!shape) return false;
    *shape = (struct body_form){record, transparent};
    return journal_add(&context->journal, &context->shapes, hash, shape);
}

static outlined ffi_ctype *unnamed(struct parser *parser, const struct shape_key *key, size_t *culprit) {
    ffi_context      *context = parser->context;
    uint64_t          hash    = hash_shape(key);
    struct body_form *known   = map_find(&context->shapes, hash, has_shape, key);
    if (known) return known->record;
    ffi_ctype *record = record_tagged(context, key->kind, NULL, 0);
    if (!record || !record_complete(context, record, key->members, key->count, key->rules, culprit))
        return NULL;
    return keep_shape(context, hash, record, key->rules->transparent) ? record : NULL;
}

/* ---- members ---- */

static outlined bool bit_width(struct parser *parser, struct member *member) {
    const char  *at = parser->token.at;
    struct value width;
    if (!parse_integer(parser, &width)) return false;
    if (value_is_negative(&width)) return fail_at(parser, at, FFI_ERROR_RANGE, "a bit-field of negative width");
    if (width.bits > 128) return fail_at(parser, at, FFI_ERROR_RANGE, "a bit-field wider than any type");
    member->field.is_bits   = true;
    member->field.bit_width = (unsigned)width.bits;
    return true;
}

/* Reads the value of C++'s `static const int name = value;`. */
static outlined bool scoped_constant(struct parser *parser, const struct declarator *declarator) {
    struct value value;
    if (!accept_mark(parser, '=')) return expected(parser, "'=' and the value of a static member");
    if (!type_is_integer(declarator->type))
        return fail_at(parser, declarator->name.at, FFI_ERROR_TYPE, "a static member must be an integer");
    if (!parse_integer(parser, &value)) return false;
    struct enumerator constant = {.name  = copy_name(parser, &declarator->name),
                                  .value = (int64_t)value_cast(declarator->type, value).bits};
    return constant.name && push(parser, &parser->enumerators, &constant, sizeof constant);
}

/* An enum without a tag within a record: its constants are the record's too. */
static outlined bool scoped_enum(struct parser *parser, const struct specifiers *specifiers) {
    const ffi_ctype *type = specifiers->type;
    if (type->kind != FFI_KIND_ENUM || !specifiers->untagged) return true;
    for (size_t i = 0; i < type->count; i++) {
        struct enumerator constant = type_constant(type->constants[i]);
        if (!push(parser, &parser->enumerators, &constant, sizeof constant)) return false;
    }
    return true;
}

/* Reads one declarator of a member declaration, or the width of an unnamed bit-field. */
static outlined bool member_declarator(struct parser *parser, const struct specifiers *specifiers) {
    struct placed_member placed     = {.at = parser->token.at};
    struct declarator    declarator = {.type = specifiers->type, .attributes = specifiers->attributes};
    if (!at_mark(parser, ':') && !parse_declarator(parser, specifiers, DECLARATOR_MEMBER, &declarator))
        return false;
    if (specifiers->storage & STORAGE_STATIC && declarator.name.length)
        return scoped_constant(parser, &declarator);
    const char *bit_field = at_mark(parser, ':') ? "bit-field" : NULL;
    if (!check_alignas(parser, &specifiers->attributes, declarator.type, bit_field, placed.at)) return false;
    if (accept_mark(parser, ':')) {
        if (declarator.type->qualifiers & FFI_QUALIFIER_ATOMIC)
            return fail_at(parser, placed.at, FFI_ERROR_TYPE, "an atomic bit-field");
        if (!bit_width(parser, &placed.member)) return false;
    } else if (!declarator.name.length) {
        return expected(parser, "the name of a member");
    }
    if (!parse_attributes(parser, &declarator.attributes)) return false;
    if (declarator.name.length) {
        placed.at = declarator.name.at;
        if (!(placed.member.field.name = copy_name(parser, &declarator.name))) return false;
    }
    if (declarator.type->kind == FFI_KIND_FUNCTION)
        return fail_at(parser, placed.at, FFI_ERROR_TYPE, "a function cannot be a member");
    if (!(declarator.type = annotated_type(parser, &declarator))) return false;
    placed.member.field.type      = declarator.type;
    placed.member.field.alignment = declarator.attributes.aligned;
    placed.member.packed          = declarator.attributes.packed;
    return push(parser, &parser->members, &placed, sizeof placed);
}

/* Whether the members of an unnamed struct count as members of the struct around it (C11 6.7.2.1p13).
 * Microsoft's C, and GNU C on Windows, allow a tag on such a struct, or a typedef's name for it. */
static bool is_embedded(const struct parser *parser, const struct specifiers *specifiers) {
    unsigned records = parser->context->abi->model->records;
    bool     tagged =
        records == RECORDS_MINGW || records == RECORDS_MSVC || parser_allows(parser, FFI_DECLARE_EMBED);
    return type_is_record(specifiers->type) && (specifiers->untagged || (tagged && specifiers->type->complete));
}

static outlined bool member_declaration(struct parser *parser) {
    struct specifiers specifiers;
    skip_extension(parser);
    if (accept_mark(parser, ';')) return true;
    if (at_key(parser, KEY_STATIC_ASSERT)) {
        if (!parse_static_assert(parser)) return false;
    } else if (!parse_specifiers(parser, &specifiers) || !scoped_enum(parser, &specifiers) ||
               !forbid_storage(parser, &specifiers, ~(unsigned)STORAGE_STATIC)) {
        return false;
    } else if (at_mark(parser, ';')) {
        struct placed_member placed   = {.at = specifiers.at};
        placed.member.field.type      = specifiers.type;
        placed.member.field.alignment = specifiers.attributes.aligned;
        placed.member.packed          = specifiers.attributes.packed;
        if (is_embedded(parser, &specifiers) && !push(parser, &parser->members, &placed, sizeof placed))
            return false;
    } else {
        do {
            if (!member_declarator(parser, &specifiers)) return false;
        } while (accept_mark(parser, ','));
    }
    return accept_mark(parser, ';') || at_mark(parser, '}') || expected(parser, "',' or ';'");
}

/* The members from `first` on, as record.h needs them. */
static struct member *member_list(struct parser *parser, size_t first, size_t count) {
    const struct placed_member *placed = parser->members.items;
    struct member *members = journal_scratch(&parser->context->journal, (count + 1) * sizeof *members);
    for (size_t i = 0; members && i < count; i++) members[i] = placed[first + i].member;
    return members;
}

static struct record_rules rules_of(const struct parser *parser, const struct attributes *attributes) {
    bool is_mingw = parser->context->abi->model->records == RECORDS_MINGW;
    return (struct record_rules){.alignment    = type_aligned_by(parser, attributes),
                                 .pack         = parser->pack,
                                 .packed       = attributes->packed,
                                 .other_struct = is_mingw ? attributes->gcc_struct
                                                          : attributes->ms_struct || parser->ms_struct,
                                 .transparent  = attributes->transparent};
}

/* Completes the record with the members read, and the constants from `constant` on; an error shows the wrong
 * member. */
static outlined ffi_ctype *finish_record(struct parser *parser, ffi_kind kind, ffi_ctype *record, size_t first,
                                         size_t constant, const struct attributes *attributes, const char *at) {
    size_t              constants = parser->enumerators.count - constant;
    ffi_context        *context   = parser->context;
    size_t              count = parser->members.count - first, culprit = count;
    struct record_rules rules   = rules_of(parser, attributes);
    struct member      *members = member_list(parser, first, count);
    if (!members) return NULL;
    const struct enumerator *scoped =
        constants ? (const struct enumerator *)parser->enumerators.items + constant : NULL;
    const struct shape_key key = {kind, &rules, members, count, scoped, constants};
    /* In a header each record without a tag is a type of its own, as in C: a typedef may name it, and a later
     * attribute may change it. */
    bool was_complete = record && record->complete, shared = !record && !parser->header;
    bool good;
    if (shared) {
        good = (record = unnamed(parser, &key, &culprit)) != NULL;
    } else {
        if (!record) record = record_tagged(context, kind, NULL, 0);
        good = record && record_complete(context, record, members, count, &rules, &culprit);
        parser->context->journal.lasting |= good && record->name && !was_complete;
    }
    if (good && constants && !was_complete && !record_scoped(record))
        good = record_keep_scoped(context, record, scoped, constants);
    parser->enumerators.count = constant;
    if (!good && culprit < count) at = ((struct placed_member *)parser->members.items)[first + culprit].at;
    parser->members.count = first;
    return good ? record : (fail_here(parser, at), NULL);
}

const ffi_ctype *parse_record_body(struct parser *parser, ffi_kind kind, const struct token *tag,
                                   struct attributes *attributes) {
    const char *at    = tag->length ? tag->at : parser->token.at;
    size_t      first = parser->members.count, constant = parser->enumerators.count;
    ffi_ctype  *record = NULL;
    if (tag->length && !(record = declare_tag(parser, kind, tag, NULL))) return NULL;
    unsigned parameters = parser->parameters;
    parser->parameters  = 0;
    parser_next(parser);
    while (!at_mark(parser, '}')) {
        if (parser->token.kind == TOKEN_END) return expected(parser, "a member or '}'"), NULL;
        if (!member_declaration(parser)) return NULL;
    }
    parser->parameters = parameters;
    parser_next(parser);
    if (!parse_attributes(parser, attributes)) return NULL;
    if (tag->length && !declare_body(parser, tag, record)) return NULL;
    return finish_record(parser, kind, record, first, constant, attributes, at);
}

/* ---- enums ---- */

/* Declares a constant, and notes it for the enum. */
static outlined bool add_enumerator(struct parser *parser, const struct token *token, struct value *value,
                                    struct range *range) {
    struct range     own   = {0};
    const ffi_ctype *plain = type_scalar(parser->context, SCALAR_INT);
    if (!plain) return false;
    if (range->wraps) *value = value_cast(plain, *value);
    range_add(&own, value->bits, value_is_negative(value));
    range_add(range, value->bits, value_is_negative(value));
    if (range_fits(&own, 32, true)) value->type = plain;

    struct declared draft = {
        .kind = NAME_CONSTANT, .type = value->type, .is_known = true, .value = value->bits};
    const struct name *name = name_declare(parser, token, &draft);
    if (!name) return false;
    struct enumerator constant = {.name = name->text, .value = (int64_t)value->bits};
    bool              other    = name->kind != NAME_CONSTANT ||
                 !type_is_constant(name->text, &constant); /* the first declaration stays */
    if (other && !(constant.name = type_keep_constant(parser->context, &constant))) return false;
    return push(parser, &parser->enumerators, &constant, sizeof constant);
}

/* `name`, `name = value`. */
static bool enumerator(struct parser *parser, struct value *value, struct range *range) {
    struct token      token      = parser->token;
    struct attributes attributes = {0};
    if (!is_identifier(&token)) return expected(parser, "the name of a constant or '}'");
    parser_next(parser);
    if (!parse_attributes(parser, &attributes)) return false;
    if (accept_mark(parser, '=') && !parse_integer(parser, value)) return false;
    return add_enumerator(parser, &token, value, range);
}

/* The value of the next constant without `= value`. */
static bool count_on(struct parser *parser, struct value *value) {
    bool negative = value_is_negative(value);
    if (value->bits == UINT64_MAX && !negative)
        return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "this constant would not fit 64 bits");
    bool is_signed = negative || value->bits < (uint64_t)INT64_MAX;
    value->bits++;
    value->type = type_scalar(parser->context, is_signed ? SCALAR_LLONG : SCALAR_ULLONG);
    return value->type != NULL;
}

static bool enumerators(struct parser *parser, struct range *range) {
    struct value value = {.form = VALUE_KNOWN, .type = type_scalar(parser->context, SCALAR_INT)};
    if (!value.type) return false;
    unsigned outer = parser->scope;
    if (!parser->header) parser->scope = parser->context->declared;
    for (;;) {
        if (!enumerator(parser, &value, range)) return false;
        if (!accept_mark(parser, ',') && !at_mark(parser, '}')) return expected(parser, "',' or '}'");
        if (accept_mark(parser, '}')) break;
        if (parser_peek(parser).id != '=' && !count_on(parser, &value)) return false;
    }
    parser->scope = outer;
    return true;
}

struct enum_key {
    const struct enumerator *constants;
    size_t                   count;
    const ffi_ctype         *integer;
};

/* The enum without a tag that has these constants. A constant is declared once, so the first one identifies the
 * enum. */
static bool has_constants(const void *record, const void *key) {
    const struct body_form *shape  = record;
    const struct enum_key  *wanted = key;
    if (shape->record->kind != FFI_KIND_ENUM || shape->record->count != wanted->count ||
        shape->record->target != wanted->integer)
        return false;
    for (size_t i = 0; i < wanted->count; i++)
        if (!type_is_constant(shape->record->constants[i], &wanted->constants[i])) return false;
    return true;
}

static outlined ffi_ctype *unnamed_enum(struct parser *parser, const struct enumerator *constants, size_t count,
                                        const ffi_ctype *integer) {
    ffi_context          *context = parser->context;
    const struct enum_key wanted  = {constants, count, integer};
    uint64_t              hash    = map_hash(count, constants[0].name, strlen(constants[0].name));
    struct body_form     *known   = map_find(&context->shapes, hash, has_constants, &wanted);
    if (known) return known->record;
    ffi_ctype *type = record_tagged(context, FFI_KIND_ENUM, NULL, 0);
    if (!type || !record_complete_enum(context, type, constants, count, integer)) return NULL;
    return keep_shape(context, hash, type, false) ? type : NULL;
}

/* gcc's rule, and C23's for an enum of a given type: such constants are of it, others of int if that holds
 * them. */
static bool type_constants(struct parser *parser, size_t first, const ffi_ctype *integer, bool is_given) {
    const struct enumerator *constants = parser->enumerators.items;
    const ffi_ctype         *plain     = type_scalar(parser->context, SCALAR_INT);
    for (size_t i = first; plain && i < parser->enumerators.count; i++) {
        struct name *name = name_find(parser->context, constants[i].name, strlen(constants[i].name));
        if (name->kind != NAME_CONSTANT || (!is_given && name->type == plain) || name->type == integer)
            continue;
        if (!journal_write(&parser->context->journal, &name->type, sizeof name->type)) return false;
        name->type = integer;
    }
    return plain != NULL;
}

const ffi_ctype *parse_enum_body(struct parser *parser, const struct token *tag, const ffi_ctype *integer,
                                 struct attributes *attributes) {
    const char  *at       = tag->length ? tag->at : parser->token.at;
    size_t       first    = parser->enumerators.count;
    ffi_ctype   *type     = NULL;
    bool         is_given = integer != NULL;
    struct range range    = {.wraps = !is_given && parser->context->abi->model->records == RECORDS_MSVC};
    if (tag->length && !(type = declare_tag(parser, FFI_KIND_ENUM, tag, integer))) return NULL;
    parser_next(parser);
    if (!enumerators(parser, &range) || !parse_attributes(parser, attributes)) return NULL;
    if (tag->length && !declare_body(parser, tag, type)) return NULL;
    if (!integer && type && type->complete && !type->count)
        return fail_at(parser, at, FFI_ERROR_TYPE, "'%.*s' is declared with an integer type: repeat it here",
                       SHOWN(*tag)),
               NULL;
    if (integer && !range_fits(&range, type_machine(integer) == FFI_KIND_BOOL ? 1 : (unsigned)integer->size * 8,
                               type_is_signed(integer)))
        return fail_at(parser, at, FFI_ERROR_RANGE, "a constant does not fit the enum's type"), NULL;
    if (!integer) {
        enum scalar scalar = range_integer(parser->context->abi->model, &range, attributes->packed);
        if (scalar == SCALAR_VOID)
            return fail_at(parser, at, FFI_ERROR_RANGE, "no integer type holds all of the enum's constants"),
                   NULL;
        if (!(integer = type_scalar(parser->context, scalar))) return NULL;
    }

    if (!type_constants(parser, first, integer, is_given)) return NULL;
    size_t                   count     = parser->enumerators.count - first;
    const struct enumerator *constants = (const struct enumerator *)parser->enumerators.items + first;
    parser->enumerators.count          = first;
    if (!tag->length) return unnamed_enum(parser, constants, count, integer);
    parser->context->journal.lasting |= !type->count;
    return record_complete_enum(parser->context, type, constants, count, integer)
               ? type
               : (fail_here(parser, at), NULL);
}
