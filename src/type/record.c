/* SPDX-License-Identifier: MIT */
/*
 * Records: their tags, which they share with enums, and their completion. member_check.c checks members,
 * layout.c places them, enum.c has enums.
 */
#include "type/record.h"

#include "type/context.h"
#include "type/homogeneous.h"
#include "type/layout.h"

/* ---- tags ---- */

struct tag {
    const char *name;
    size_t      length;
    ffi_kind    kind; /* VOID: of any kind */
};

static bool has_tag(const void *record, const void *key) {
    const ffi_ctype  *type = record;
    const struct tag *tag  = key;
    return !strncmp(type->name, tag->name, tag->length) && !type->name[tag->length] &&
           (tag->kind == FFI_KIND_VOID || tag->kind == type->kind);
}

static const char *kind_word(ffi_kind kind) {
    return kind == FFI_KIND_STRUCT ? "struct" : kind == FFI_KIND_UNION ? "union" : "enum";
}

/* A type of which only the tag is known. That is enough to pass an enum: it is an int under every ABI. */
static bool blank_body(ffi_context *context, ffi_kind kind, ffi_ctype *body) {
    *body = (ffi_ctype){.kind = kind};
    if (kind != FFI_KIND_ENUM) return true;
    body->size = body->alignment = 4;
    return (body->target = type_scalar(context, SCALAR_INT)) != NULL;
}

ffi_ctype *record_new(ffi_context *context, ffi_kind kind, const char *tag, size_t length) {
    ffi_ctype body;
    if (!blank_body(context, kind, &body)) return NULL;
    size_t     extent = type_extent(&body);
    ffi_ctype *type   = arena_new(&context->arena, &context->heap, extent + (tag ? length + 1 : 0));
    if (!type) return NULL;
    memcpy((void *)type, &body, extent);
    type->context = context;
    if (tag) type->name = memcpy((char *)type + extent, tag, length);
    return type;
}

ffi_ctype *record_find(const ffi_context *context, ffi_kind kind, const char *tag, size_t length) {
    return map_find(&context->tags, map_hash(0, tag, length), has_tag, &(struct tag){tag, length, kind});
}

ffi_ctype *record_tagged(ffi_context *context, ffi_kind kind, const char *tag, size_t length) {
    if (!tag) return record_new(context, kind, NULL, 0);
    uint64_t   hash   = map_hash(0, tag, length);
    struct tag wanted = {tag, length, context->keep_first ? kind : FFI_KIND_VOID};
    ffi_ctype *type   = map_find(&context->tags, hash, has_tag, &wanted);
    if (type && type->kind != kind)
        return fail(FFI_ERROR_TYPE, "tag '%.200s' is declared as %s, not as %s", type->name,
                    kind_word(type->kind), kind_word(kind)),
               NULL;
    if (type) return type;
    type = record_new(context, kind, tag, length);
    return type && journal_add(&context->journal, &context->tags, hash, type) ? type : NULL;
}

static bool check_rules(const struct record_rules *rules) {
    if (!is_alignment(rules->alignment)) return false;
    if (!(rules->pack & (rules->pack - 1)) && rules->pack <= 16) return true;
    return fail(FFI_ERROR_RANGE, "#pragma pack takes 1, 2, 4, 8 or 16, not %zu", rules->pack), false;
}

/* ---- completion ---- */

/* Copies the members or constants of `body`, and everything that depends on them, to a record or enum and to
 * its variants. It writes nothing else, because the rest of a type is read without a lock. */
void record_set_body(ffi_ctype *record, const ffi_ctype *body) {
    for (ffi_ctype *form = record; form; form = type_next_form(form)) {
        form->size          = body->size;
        form->alignment     = body->alignment;
        form->natural_align = body->natural_align;
        form->forced_align  = body->forced_align;
        form->depth         = body->depth;
        form->complete      = body->complete;
        form->flexible      = body->flexible;
        form->transparent   = body->transparent;
        form->named         = body->named;
        form->hollow        = body->hollow;
        form->opaque        = body->opaque;
        form->uniform       = body->uniform;
        form->target        = body->target;
        form->count         = body->count;
        form->fields        = body->fields;
        if (type_is_record(form)) form->definition = body->definition;
        if (!form->typedef_align || !body->complete) continue;
        form->alignment = (uint32_t)coded_alignment(
            form->typedef_align); /* _Atomic, before the body was known, has no say for gcc */
        if (form->typedef_align > form->forced_align) form->forced_align = form->typedef_align;
    }
}

/* An empty body needs no memory: the integer type was made with the tag. */
static void undo_completion(const struct change *change) {
    ffi_ctype body, *record = change->what;
    if (blank_body(record->context, record->kind, &body)) record_set_body(record, &body);
}

bool record_note_completed(ffi_context *context, ffi_ctype *record) {
    context->journal.generation++;
    return journal_note(&context->journal, (struct change){undo_completion, .what = record});
}

static bool is_hidden(const ffi_field *field) {
    return field->is_bits && !field->name;
}

static bool has_more(const ffi_field *place) {
    return place->is_bits || place->alignment || place->offset > UINT32_MAX;
}

/* The bytes of a member's rest: a struct field_more, the name. */
static size_t rest_of(const ffi_field *place) {
    return (has_more(place) ? sizeof(struct field_more) : 0) + (place->name ? strlen(place->name) + 1 : 0);
}

/* Keeps a member, whose rest is put at `rest`. */
static void keep_field(struct kept_field *field, char *rest, const ffi_field *place) {
    const struct field_more more = {.high_offset = (uint32_t)((uint64_t)place->offset >> 32),
                                    .bit_offset  = (uint16_t)place->bit_offset,
                                    .bit_width   = (uint16_t)place->bit_width,
                                    .alignment   = (uint8_t)alignment_code(place->alignment),
                                    .is_bits     = place->is_bits};
    *field                       = (struct kept_field){.type     = place->type,
                                                       .offset   = (uint32_t)place->offset,
                                                       .has_name = place->name != NULL,
                                                       .has_more = has_more(place)};
    if (field->has_more) rest = (char *)memcpy(rest, &more, sizeof more) + sizeof more;
    if (place->name) strcpy(rest, place->name);
    field->text = (uint32_t)(rest - (char *)field) & FIELD_TEXT_MOST;
}

/* Keeps the members that queries return, with their rests behind them. `*size` is the size of the block. */
static bool keep_fields(ffi_context *context, ffi_ctype *draft, const ffi_field *places, size_t count,
                        size_t *size) {
    size_t kept = 0, rests = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_hidden(&places[i])) continue;
        rests += rest_of(&places[i]);
        kept++;
    }
    *size = kept * sizeof *draft->fields + rests;
    if (*size > FIELD_TEXT_MOST) return fail(FFI_ERROR_RANGE, "%zu members take more than 1 GiB", count), false;
    struct kept_field *field = arena_new(&context->arena, &context->heap, *size);
    if (!field) return false;
    draft->fields = field;
    draft->count  = kept;
    char *at      = (char *)(field + kept);
    for (size_t i = 0; i < count; i++) {
        if (is_hidden(&places[i])) continue;
        keep_field(field++, at, &places[i]);
        at += rest_of(&places[i]);
    }
    return true;
}

static struct definition *definition_new(ffi_context *context, const struct record_rules *rules, size_t count) {
    struct definition *own =
        arena_new(&context->arena, &context->heap, sizeof *own + count * sizeof *own->members);
    if (!own) return NULL;
    own->rules = *rules;
    own->count = count;
    return own;
}

static bool keep_definition(ffi_context *context, ffi_ctype *draft, const struct member *members, size_t count,
                            const struct record_rules *rules) {
    bool ruled = rules->alignment || rules->pack || rules->packed || rules->other_struct, listed = false;
    for (size_t i = 0; i < count; i++) listed |= members[i].packed || is_hidden(&members[i].field);
    draft->definition = NULL;
    if (!ruled && !listed) return true;
    struct definition *own = definition_new(context, rules, listed ? count : 0);
    if (!own) return false;
    for (size_t i = 0, kept = 0; i < own->count; i++) {
        own->members[i] = members[i];
        if (!is_hidden(&members[i].field)) own->members[i].field.name = field_name(&draft->fields[kept++]);
    }
    draft->definition = own;
    return true;
}

size_t record_member_count(const ffi_ctype *record) {
    return record->definition && record->definition->count ? record->definition->count : record->count;
}

struct member record_member(const ffi_ctype *record, size_t index) {
    if (record->definition && record->definition->count) return record->definition->members[index];
    return (struct member){.field = type_field(record, index)};
}

const struct scoped *record_scoped(const ffi_ctype *record) {
    return record->definition ? record->definition->scoped : NULL;
}

bool record_keep_scoped(ffi_context *context, ffi_ctype *record, const struct enumerator *constants,
                        size_t count) {
    static const struct record_rules none;

    struct definition *own = (struct definition *)record->definition;
    struct scoped     *kept =
        arena_new(&context->arena, &context->heap, sizeof *kept + count * sizeof *kept->names);
    if (!kept || (!own && !(own = definition_new(context, &none, 0)))) return false;
    kept->count = count;
    for (size_t i = 0; i < count; i++)
        if (!(kept->names[i] = type_keep_constant(context, &constants[i]))) return false;
    own->scoped = kept;
    for (ffi_ctype *form = record; form; form = type_next_form(form)) form->definition = own;
    return true;
}

/* Whether a record has these members already. Types of one context are compared by their addresses. */
static bool same_members(const ffi_ctype *record, const ffi_field *places, size_t count,
                         const struct layout *layout) {
    size_t at = 0;
    if (record->size != layout->size || record->alignment != layout->alignment) return false;
    for (size_t i = 0; i < count; i++) {
        const ffi_field *new = &places[i];
        if (is_hidden(new)) continue;
        if (at == record->count) return false;
        ffi_field old = type_field(record, at++);
        if (!type_same_member(new->name, old.name) || !type_equal_but_reserved(new->type, old.type) ||
            new->is_bits != old.is_bits || new->offset != old.offset || new->bit_offset != old.bit_offset ||
            new->bit_width != old.bit_width)
            return false;
    }
    return at == record->count;
}

bool record_fail_redefined(const ffi_ctype *type) {
    if (type->context->keep_first) return true;
    fail(FFI_ERROR_TYPE, "%s %.200s is defined already, and differently", kind_word(type->kind), type->name);
    return false;
}

/* The members that differ, line by line. */
static bool fail_members(ffi_context *context, ffi_ctype *record, const ffi_field *places, size_t count) {
    char      lines[400];
    size_t    size;
    ffi_ctype now = type_copy(record);
    if (record->context->keep_first) return true;
    if (!keep_fields(context, &now, places, count, &size)) return false;
    type_format_difference(record, &now, lines, sizeof lines);
    arena_return(&context->arena, now.fields, size);
    record_fail_redefined(record);
    fail_more(FFI_ERROR_TYPE, "%s", lines);
    return false;
}

/* Whether GNU C heeds transparent_union. It does not if the first member is a floating-point type, a vector or
 * a complex number, nor if the others have another size: such a union is passed as what it is. Behind an
 * integer or a pointer members of less size do not matter, the class is INTEGER either way. For a first member
 * that is a struct we follow clang, which looks at sizes and alignments; gcc looks at machine modes, and
 * ignores the attribute on
 * `{ struct { double d; } s; long l; }` but not on `{ struct { float f, g; } s; long l; }`. */
static bool can_be_transparent(const ffi_ctype *type) {
    if (type->kind != FFI_KIND_UNION || !type->complete || !type->count) return false;
    ffi_field first = type_field(type, 0);
    if (first.is_bits || first.type->size != type->size) return false;
    if (!type_is_record(first.type)) return type_is_integer(first.type) || first.type->kind == FFI_KIND_POINTER;
    for (size_t i = 1; i < type->count; i++) {
        const ffi_ctype *other = type->fields[i].type;
        if (other->size != first.type->size || other->alignment > first.type->alignment) return false;
    }
    return true;
}

static void undo_transparent(const struct change *change) {
    ((ffi_ctype *)change->what)->transparent = false;
}

bool record_make_transparent(ffi_context *context, const ffi_ctype *type) {
    ffi_ctype *form = (ffi_ctype *)type_definition(type);
    if (form->transparent || !can_be_transparent(form)) return true;
    journal_meaning(&context->journal);
    for (; form; form = type_next_form(form)) {
        if (!journal_note(&context->journal, (struct change){undo_transparent, .what = form})) return false;
        form->transparent = true;
    }
    return true;
}

static bool set_layout(ffi_context *context, ffi_ctype *record, const struct members *found,
                       const struct member *members, size_t count, const struct record_rules *rules,
                       ffi_field *places, const struct layout *layout) {
    if (record->complete && !same_members(record, places, count, layout))
        return fail_members(context, record, places, count);
    if (record->complete) return !rules->transparent || record_make_transparent(context, record);
    ffi_ctype draft = type_copy(record);
    size_t    size;
    if (!keep_fields(context, &draft, places, count, &size)) return false;
    if (!keep_definition(context, &draft, members, count, rules)) return false;
    draft.size          = (size_t)layout->size;
    draft.alignment     = (uint32_t)layout->alignment;
    draft.natural_align = alignment_code(layout->natural_align);
    draft.forced_align  = alignment_code(layout->forced_align);
    draft.depth         = (uint8_t)found->depth;
    draft.flexible      = found->flexible;
    draft.named         = found->named;
    draft.hollow        = found->hollow;
    draft.uniform       = uniform_of_record(&draft);
    draft.complete      = true;
    for (size_t i = 0; i < draft.count; i++) draft.opaque |= type_is_opaque(draft.fields[i].type);
    draft.transparent = rules->transparent && can_be_transparent(&draft);
    if (!record_note_completed(context, record)) return false;
    record_set_body(record, &draft);
    return true;
}

bool record_complete(ffi_context *context, ffi_ctype *record, const struct member *members, size_t count,
                     const struct record_rules *rules, size_t *culprit) {
    struct members found;
    struct layout  layout;
    *culprit = count;
    if (!check_rules(rules) || !members_check(context, record->kind, members, count, &found, culprit))
        return false;
    ffi_field *places = memory_new(&context->heap, (count + 1) * sizeof *places);
    if (!places) return false;
    bool good =
        layout_record(context->abi->model, record->kind, members, count, rules, places, &layout, culprit);
    if (!good) fail(FFI_ERROR_RANGE, "the %s is too large", kind_word(record->kind));
    good = good && set_layout(context, record, &found, members, count, rules, places, &layout);
    memory_free(&context->heap, places, (count + 1) * sizeof *places);
    return good;
}

const ffi_ctype *type_opaque(ffi_context *context, const char *name, size_t size, size_t alignment) {
    ffi_ctype *type = record_tagged(context, FFI_KIND_STRUCT, name, strlen(name));
    if (!type || type->complete || !size) return type;
    ffi_ctype draft     = type_copy(type);
    draft.size          = size;
    draft.alignment     = (uint32_t)alignment;
    draft.natural_align = alignment_code(alignment);
    draft.opaque = draft.complete = true;
    if (!record_note_completed(context, type)) return NULL;
    record_set_body(type, &draft);
    return type;
}

/* ---- the public forms ---- */

static const ffi_ctype *record_of(ffi_context *context, ffi_kind kind, const char *name,
                                  const struct member *members, size_t count,
                                  const struct record_rules *rules) {
    size_t     culprit;
    ffi_ctype *record = record_tagged(context, kind, name, name ? strlen(name) : 0);
    if (!record) return NULL;
    if (record->complete)
        return fail(FFI_ERROR_TYPE, "%s %.200s is defined already", kind_word(kind), name), NULL;
    return record_complete(context, record, members, count, rules, &culprit) ? record : NULL;
}

static const ffi_ctype *make_record(const char *where, ffi_context *context, ffi_kind kind, const char *name,
                                    const ffi_field *fields, size_t count, const struct record_rules *rules) {
    if (!context) return fail_null(where, "context"), NULL;
    if (count && !fields) return fail_null(where, "fields"), NULL;
    if (kind != FFI_KIND_STRUCT && kind != FFI_KIND_UNION)
        return fail(FFI_ERROR_ARGUMENT, "%s: kind %d is neither struct nor union", where, (int)kind), NULL;
    if (name && !*name) return fail(FFI_ERROR_ARGUMENT, "%s: the name is empty", where), NULL;
    if (count > TYPE_SIZE_END / sizeof(struct member))
        return fail(FFI_ERROR_RANGE, "%s: %zu members are too many", where, count), NULL;
    for (size_t i = 0; i < count; i++)
        if (fields[i].type && !type_belongs(where, context, fields[i].type)) return NULL;

    const ffi_ctype *type = NULL;
    os_lock_take(&context->lock);
    struct member *members = memory_new(&context->heap, (count + 1) * sizeof *members);
    if (members) {
        for (size_t i = 0; i < count; i++) members[i] = (struct member){.field = fields[i]};
        type = record_of(context, kind, name, members, count, rules);
        memory_free(&context->heap, members, (count + 1) * sizeof *members);
    }
    os_lock_give(&context->lock);
    return type;
}

const ffi_ctype *ffi_type_record(ffi_context *context, ffi_kind kind, const char *name, const ffi_field *fields,
                                 size_t count, size_t alignment, size_t pack) {
    struct record_rules rules = {.alignment = alignment, .pack = pack == 1 ? 0 : pack, .packed = pack == 1};
    return make_record(__func__, context, kind, name, fields, count, &rules);
}

const ffi_ctype *ffi_type_struct(ffi_context *context, const char *name, const ffi_field *fields,
                                 size_t count) {
    return make_record(__func__, context, FFI_KIND_STRUCT, name, fields, count, &(struct record_rules){0});
}
