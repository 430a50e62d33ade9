/* SPDX-License-Identifier: MIT */
/*
 * The names of a context: typedefs, functions, variables, constants and, in a name space of their own, tags
 * (C11 6.2.3). One may be declared again if it is the same (6.7p3), in the same text or in a later one; bodies
 * and the constants of enums only in a later one. Macros are not among them (macro.h).
 */
#include "parse/parser.h"

#include <stdio.h>

/* ---- the table and the list ---- */

struct name_key {
    bool        is_tag;
    const char *text;
    size_t      length;
};

static bool is_name(const void *record, const void *key) {
    const struct name     *name   = record;
    const struct name_key *wanted = key;
    return name->is_tag == wanted->is_tag && name->length == wanted->length &&
           !memcmp(name->text, wanted->text, wanted->length);
}

static struct name *find(const ffi_context *context, const struct name_key *key, uint64_t *hash) {
    *hash = hash_bytes(key->is_tag, key->text, key->length);
    return map_find(&context->names, *hash, is_name, key);
}

struct name *name_find(const ffi_context *context, bool is_tag, const char *text, size_t length) {
    uint64_t hash;
    return context->names.count ? find(context, &(struct name_key){is_tag, text, length}, &hash) : NULL;
}

static void undo_new(const struct change *change) {
    ffi_context *context = change->owner;
    struct name *name = change->what, *previous = name->previous; /* no name follows it: that was undone */
    *(previous ? &previous->next : &context->first_name) = NULL;
    context->last_name                                   = previous;
    map_remove(&context->names, change->word, name);
}

/* Declares a name that is not declared yet. */
static struct name *declare_new(ffi_context *context, uint64_t hash, const struct token *token,
                                const struct name *draft) {
    struct name *name = arena_new(&context->arena, &context->heap, sizeof *name + token->length + 1);
    if (!name || !map_add(&context->names, &context->heap, hash, name)) return NULL;
    *name          = *draft;
    name->length   = (uint8_t)token->length;
    name->previous = context->last_name;
    memcpy(name->text, token->at, token->length);
    *(name->previous ? &name->previous->next : &context->first_name) = name;
    context->last_name                                               = name;
    struct change change = {undo_new, .what = name, .owner = context, .word = hash};
    if (journal_note(&context->journal, change)) return journal_meaning(&context->journal), name;
    undo_new(&change);
    return NULL;
}

static void undo_redeclared(const struct change *change) {
    *(struct name *)change->what = *(const struct name *)change->before;
}

/* Gives a declared name another meaning. */
static bool redeclare(ffi_context *context, struct name *name, const struct name *now) {
    struct name *before = journal_scratch(&context->journal, sizeof *before);
    if (!before) return false;
    *before = *name;
    journal_meaning(&context->journal);
    if (!journal_note(&context->journal, (struct change){undo_redeclared, .what = name, .before = before}))
        return false;
    *name = *now;
    return true;
}

/* ---- declaring, and declaring again ---- */

static bool other_value(const struct name *a, const struct name *b) {
    return a->is_known && b->is_known && (a->value != b->value || a->high != b->high);
}

static bool other_symbol(const struct name *a, const struct name *b) {
    return a->symbol && b->symbol && strcmp(a->symbol, b->symbol);
}

/* Writes what was declared before, and what is now: of records the members that differ. */
static void put_both(const ffi_ctype *before, const ffi_ctype *now, char *lines, size_t size) {
    char first_text[120], second_text[120];
    *lines = 0;
    if (type_is_record(before) && before->kind == now->kind && before->complete && now->complete)
        type_format_difference(before->fields, before->count, now->fields, now->count, lines, size);
    if (*lines) return;
    ffi_ctype first = type_copy(before), second = type_copy(now);
    if (!type_is_nominal(before)) first.alias = NULL;
    if (!type_is_nominal(now)) second.alias = NULL;
    type_format(&first, first_text, sizeof first_text);
    type_format(&second, second_text, sizeof second_text);
    snprintf(lines, size, "\n  before: %s\n  now:    %s", first_text, second_text);
}

static bool conflict(struct parser *parser, const struct token *token, const struct name *name,
                     const struct name *draft) {
    static const char *const kinds[] = {"typedef", "function", "variable", "constant", "tag"};
    char                     type[160];
    if (name->kind == NAME_CONSTANT || (name->kind == draft->kind && other_value(name, draft)))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the constant %lld",
                       SHOWN(*token), (long long)name->value);
    if (name->kind == draft->kind && other_symbol(name, draft))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the symbol '%.100s'",
                       SHOWN(*token), name->symbol);
    const ffi_ctype *before = name_type(parser->context, name), *now = name_type(parser->context, draft);
    if (!before || !now) return false;
    ffi_ctype meant = type_copy(before); /* not as the name itself */
    if (!type_is_nominal(&meant)) meant.alias = NULL;
    type_format(&meant, type, sizeof type);
    char lines[400] = "";
    if (name->kind == draft->kind) put_both(before, now, lines, sizeof lines);
    return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as a %s: %s%s",
                   SHOWN(*token), kinds[name->kind], type, lines);
}

static bool has_notes(const struct name *name) {
    return name->type->notes || (name->kind == NAME_FUNCTION && name->notes);
}

/* Whether a later declaration of the same function says more: it has other annotations, or notes at all. */
static bool is_better(ffi_context *context, const struct name *old, const struct name *new) {
    if (old->type->kind != FFI_KIND_FUNCTION || !has_notes(new)) return false;
    if (!new->is_annotated && !notes_annotated(new->type)) return !has_notes(old);
    return name_type(context, old) != name_type(context, new);
}

/* Adds to a name what a later declaration of it says (C11 6.2.7p3). False if they contradict each other. */
static bool compose(ffi_context *context, struct name *now, const struct name *new) {
    const ffi_ctype *a = now->type, *b = new->type;
    bool             function = now->kind == NAME_FUNCTION, better = false;
    if (now->kind == NAME_CONSTANT) /* its value is all that is known before its enum ends */
        return (type_is_signed(a) && now->value < 0) == (type_is_signed(b) && new->value < 0);
    bool equal = type_equal(a, b);
    if (equal || type_equal_but_reserved(a, b)) {
        better = equal && is_better(context, now, new);
    } else if (function && (now->unprototyped || new->unprototyped)) {
        if (a->abi != b->abi || !type_equal(a->target, b->target)) return false;
        better = now->unprototyped;
    } else if (now->kind == NAME_VARIABLE && a->kind == FFI_KIND_ARRAY && b->kind == FFI_KIND_ARRAY &&
               type_equal(a->target, b->target)) {
        if (a->complete && b->complete) return false;
        better = !a->complete;
    } else {
        return false;
    }
    if (better) now->type = b;
    if (better && function) now->notes = new->notes, now->is_annotated = new->is_annotated;
    return true;
}

static bool declare_again(struct parser *parser, const struct token *token, struct name *name,
                          const struct name *draft) {
    bool        once = name->kind == NAME_CONSTANT && name->call == parser->scope;
    struct name now  = *name;
    if (name->kind != draft->kind || once || other_value(name, draft) || other_symbol(name, draft) ||
        !compose(parser->context, &now, draft)) {
        bool kept = parser->context->keep_first && name->call != parser->call && !once;
        return kept || conflict(parser, token, name, draft);
    }
    now.unprototyped = name->unprototyped && draft->unprototyped;
    if (draft->is_leaf) now.is_leaf = true;
    if (draft->symbol) now.symbol = draft->symbol;
    if (draft->is_known) now.is_known = true, now.value = draft->value, now.high = draft->high;
    /* `value` and `notes` are one. */
    bool same = now.type == name->type && now.unprototyped == name->unprototyped &&
                now.symbol == name->symbol && now.is_leaf == name->is_leaf && now.is_known == name->is_known &&
                now.value == name->value;
    return same || redeclare(parser->context, name, &now);
}

/* A symbol's text lives as long as the context. */
static bool keep_symbol(ffi_context *context, const struct name *old, struct name *draft) {
    if (!draft->symbol) return true;
    if (old && old->symbol && !strcmp(old->symbol, draft->symbol)) {
        draft->symbol = old->symbol;
        return true;
    }
    size_t size = strlen(draft->symbol) + 1;
    char  *text = arena_new(&context->arena, &context->heap, size);
    if (!text) return false;
    draft->symbol = memcpy(text, draft->symbol, size);
    return true;
}

/* A typedef is the name of a struct, union or enum that has no other. */
static bool keep_alias(ffi_context *context, const struct name *name) {
    ffi_ctype *type = (ffi_ctype *)name->type;
    if (name->kind != NAME_TYPEDEF || !type_is_nominal(type) || type->name || type->alias || type->unqualified)
        return true;
    if (!journal_write(&context->journal, &type->alias, sizeof type->alias)) return false;
    type->alias = name->text;
    return true;
}

const ffi_ctype *name_type(ffi_context *context, const struct name *name) {
    bool packed = name->kind == NAME_FUNCTION && name->notes;
    return packed ? type_unpacked(context, name->type, name->notes) : name->type;
}

/* Most functions of a header are never asked for, and a type with notes takes some hundred bytes. */
bool name_pack(ffi_context *context, struct name *draft, bool is_own) {
    const ffi_ctype *type = draft->type, *plain = type->plain;
    if (!plain || type->qualifiers != plain->qualifiers || type->typedef_align) return true;
    size_t size   = notes_pack(type, NULL);
    char  *packed = memory_new(&context->heap, size);
    if (!packed) return false;
    notes_pack(type, packed);
    draft->type         = plain;
    draft->is_annotated = notes_annotated(type);
    if (is_own) type_forget(context, type);
    char *notes  = arena_new(&context->arena, &context->heap, size);
    draft->notes = notes ? memcpy(notes, packed, size) : NULL;
    memory_free(&context->heap, packed, size);
    return notes != NULL;
}

struct name *name_declare(struct parser *parser, const struct token *token, const struct name *draft) {
    if (token->length > NAME_MAX_LENGTH)
        return fail_at(parser, token->at, FFI_ERROR_RANGE, "a name longer than %d bytes", NAME_MAX_LENGTH),
               NULL;
    ffi_context *context = parser->context;
    struct name  now     = *draft;
    now.is_tag           = draft->kind == NAME_TAG;
    now.call             = now.is_tag ? 0 : draft->kind == NAME_CONSTANT ? parser->scope : parser->call;
    uint64_t     hash;
    struct name *name = find(context, &(struct name_key){now.is_tag, token->at, token->length}, &hash);
    if (!keep_symbol(context, name, &now)) return NULL;
    if (name && !declare_again(parser, token, name, &now)) return NULL;
    if (!name && !(name = declare_new(context, hash, token, &now))) return NULL;
    return keep_alias(context, name) ? name : NULL;
}

/* ---- tags ---- */

ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag,
                       const ffi_ctype *integer) {
    struct name       *name = name_find(parser->context, true, tag->at, tag->length);
    const struct name *same = name && name->type->kind == kind ? name : NULL;
    if (name && !same && name->call == parser->call) {
        char text[300];
        type_format(name->type, text, sizeof text);
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "this text declares the tag as %s", text), NULL;
    }
    ffi_ctype *type =
        same ? (ffi_ctype *)same->type : record_tagged(parser->context, kind, tag->at, tag->length);
    if (!type) return fail_here(parser, tag->at), NULL;
    if (!name && !name_declare(parser, tag, &(struct name){.kind = NAME_TAG, .type = type})) return NULL;
    if (!integer) return type;
    if (type->complete && type->target->kind != integer->kind) {
        char text[64];
        type_format(type->target, text, sizeof text);
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "enum '%.*s' is declared with the integer type %s",
                       SHOWN(*tag), text),
               NULL;
    }
    if (type->complete) return type;
    parser->context->journal.lasting = true;
    if (!record_complete_enum(parser->context, type, NULL, 0, integer)) return fail_here(parser, tag->at), NULL;
    return type;
}

bool declare_body(struct parser *parser, ffi_kind kind, const struct token *tag) {
    struct name *name = name_find(parser->context, true, tag->at, tag->length);
    if (name->type->kind != kind) return true; /* the tag stays what it was declared as first */
    if (name->call == parser->call)
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "'%.*s' is defined twice", SHOWN(*tag));
    name->call = parser->call; /* for this text only: no need to take it back */
    return true;
}
