/* SPDX-License-Identifier: MIT */
/*
 * The names of a context: typedefs, functions, variables, constants and, in a name space of their own, tags
 * (C11 6.2.3). One may be declared again if it is the same (6.7p3), in the same text or in a later one; bodies
 * and the constants of enums only in a later one. Macros are not among them (macro.h).
 */
#include "parse/parser.h"

#include <stdio.h>

/* ---- the table and the list ---- */

static bool is_name(const void *record, const void *key) {
    const struct name *name = record, *wanted = key;
    return name->is_tag == wanted->is_tag && name->length == wanted->length &&
           !memcmp(name->text, wanted->text, name->length);
}

static uint64_t hash_name(const struct name *key) {
    return hash_bytes(key->is_tag, key->text, key->length);
}

static struct name key_of(bool is_tag, const char *text, size_t length) {
    return (struct name){.is_tag = is_tag, .text = (char *)text, .length = length};
}

struct name *name_find(const ffi_context *context, bool is_tag, const char *text, size_t length) {
    struct name  key  = key_of(is_tag, text, length);
    struct name *name = context->names.count ? map_find(&context->names, hash_name(&key), is_name, &key) : NULL;
    return name && name->kind != NAME_NONE ? name : NULL;
}

static void link_between(ffi_context *context, struct name *name, struct name *previous, struct name *next) {
    name->previous                                       = previous;
    name->next                                           = next;
    *(previous ? &previous->next : &context->first_name) = name;
    *(next ? &next->previous : &context->last_name)      = name;
}

static void unlink_name(ffi_context *context, struct name *name) {
    *(name->previous ? &name->previous->next : &context->first_name) = name->next;
    *(name->next ? &name->next->previous : &context->last_name)      = name->previous;
}

static void undo_change(const struct change *change) {
    ffi_context       *context = change->owner;
    struct name       *name    = change->what;
    const struct name *before  = change->before;
    if (!before) { /* it was not declared */
        if (name->kind != NAME_NONE) unlink_name(context, name);
        name->kind = NAME_NONE;
        return;
    }
    bool         is = name->kind != NAME_NONE, was = before->kind != NAME_NONE;
    struct name *previous = name->previous, *next = name->next;
    if (is && !was) unlink_name(context, name);
    *name = *before;
    if (is && was) name->previous = previous, name->next = next;
    if (!is && was) link_between(context, name, before->previous, before->next);
}

/* The name's record, which is NAME_NONE if it is not declared. */
static struct name *record_for(ffi_context *context, bool is_tag, const struct token *token) {
    struct name  key  = key_of(is_tag, token->at, token->length);
    uint64_t     hash = hash_name(&key);
    struct name *name = map_find(&context->names, hash, is_name, &key);
    if (name) return name;
    if (!(name = arena_new(&context->arena, &context->heap, sizeof *name + token->length + 1))) return NULL;
    *name = (struct name){.is_tag = is_tag, .text = (char *)(name + 1), .length = token->length};
    memcpy(name->text, token->at, token->length);
    return journal_add(&context->journal, &context->names, hash, name) ? name : NULL;
}

/* Notes what a name is before it is changed. */
static bool note(ffi_context *context, struct name *name) {
    struct journal *journal = &context->journal;
    struct name    *before  = NULL; /* of most names, which are new, there is nothing to keep */
    if (name->kind != NAME_NONE) {
        if (!(before = journal_scratch(journal, sizeof *before))) return false;
        *before = *name;
    }
    journal_meaning(journal);
    return journal_note(journal,
                        (struct change){undo_change, .what = name, .owner = context, .before = before});
}

/* Makes the name what `draft` says, and notes what it was. */
static bool change(ffi_context *context, struct name *name, const struct name *draft) {
    struct name now = *draft;
    if (!note(context, name)) return false;
    now.is_tag = name->is_tag, now.length = name->length, now.text = name->text;
    now.previous = name->previous, now.next = name->next;
    bool linked = name->kind != NAME_NONE;
    if (linked && now.kind == NAME_NONE) unlink_name(context, name);
    *name = now;
    if (!linked && now.kind != NAME_NONE) link_between(context, name, context->last_name, NULL);
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
    ffi_ctype first = *before, second = *now;
    if (!type_is_nominal(before)) first.alias = NULL;
    if (!type_is_nominal(now)) second.alias = NULL;
    type_format(&first, first_text, sizeof first_text);
    type_format(&second, second_text, sizeof second_text);
    snprintf(lines, size, "\n  before: %s\n  now:    %s", first_text, second_text);
}

static bool conflict(struct parser *parser, const struct token *token, const struct name *name,
                     const struct name *draft) {
    static const char *const kinds[] = {"", "typedef", "function", "variable", "constant", "tag"};
    char                     type[160];
    if (name->kind == NAME_CONSTANT || (name->kind == draft->kind && other_value(name, draft)))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the constant %lld",
                       SHOWN(*token), (long long)name->value);
    if (name->kind == draft->kind && other_symbol(name, draft))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the symbol '%.100s'",
                       SHOWN(*token), name->symbol);
    ffi_ctype meant =
        name->type ? *name->type : (ffi_ctype){.kind = FFI_KIND_VOID}; /* not as the name itself */
    if (!type_is_nominal(&meant)) meant.alias = NULL;
    type_format(&meant, type, sizeof type);
    char lines[400] = "";
    if (name->kind == draft->kind && name->type && draft->type)
        put_both(name->type, draft->type, lines, sizeof lines);
    return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as a %s: %s%s",
                   SHOWN(*token), kinds[name->kind], type, lines);
}

/* Whether a later declaration of the same function says more: it has annotations, or notes at all. */
static bool is_better(const ffi_ctype *old, const ffi_ctype *new) {
    if (!new->notes || old->notes == new->notes) return false;
    for (size_t i = 0; i <= new->count; i++)
        if (new->notes->of[i].annotations) return true;
    return !old->notes;
}

/* What two declarations say together (C11 6.2.7p3); NULL if they contradict each other. */
static const ffi_ctype *composite(const struct name *old, const struct name *new) {
    const ffi_ctype *a = old->type, *b = new->type;
    if (old->kind == NAME_CONSTANT) /* its value is all that is known before its enum ends */
        return (type_is_signed(a) && old->value < 0) == (type_is_signed(b) && new->value < 0) ? a : NULL;
    if (type_equal(a, b)) return a->kind == FFI_KIND_FUNCTION && is_better(a, b) ? b : a;
    if (type_equal_but_reserved(a, b)) return a;
    if (a->kind != b->kind) return NULL;
    if (old->kind == NAME_FUNCTION && (old->unprototyped || new->unprototyped))
        return a->abi != b->abi || !type_equal(a->target, b->target) ? NULL : old->unprototyped ? b : a;
    if (old->kind == NAME_VARIABLE && a->kind == FFI_KIND_ARRAY && type_equal(a->target, b->target))
        return !a->complete ? b : !b->complete ? a : NULL;
    return NULL;
}

static bool declare_again(struct parser *parser, const struct token *token, struct name *name,
                          const struct name *draft) {
    bool        once = name->kind == NAME_CONSTANT && name->call == parser->scope;
    struct name now  = *name;
    if (name->kind != draft->kind || once || other_value(name, draft) || other_symbol(name, draft) ||
        !(now.type = composite(name, draft))) {
        bool kept = parser->context->keep_first && name->call != parser->call && !once;
        return kept || conflict(parser, token, name, draft);
    }
    now.unprototyped = name->unprototyped && draft->unprototyped;
    if (draft->symbol) now.symbol = draft->symbol;
    if (draft->is_known) now.is_known = true, now.value = draft->value, now.high = draft->high;
    bool same = now.type == name->type && now.unprototyped == name->unprototyped &&
                now.symbol == name->symbol && now.is_known == name->is_known && now.value == name->value;
    return same || change(parser->context, name, &now);
}

/* A symbol's text lives as long as the context. */
static bool keep_symbol(ffi_context *context, const struct name *old, struct name *draft) {
    if (!draft->symbol) return true;
    if (old->symbol && !strcmp(old->symbol, draft->symbol)) {
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

struct name *name_declare(struct parser *parser, const struct token *token, const struct name *draft) {
    if (token->length > 255)
        return fail_at(parser, token->at, FFI_ERROR_RANGE, "a name longer than 255 bytes"), NULL;
    struct name  now  = *draft;
    struct name *name = record_for(parser->context, draft->kind == NAME_TAG, token);
    if (!name || !keep_symbol(parser->context, name, &now)) return NULL;
    now.call  = draft->kind == NAME_TAG ? 0 : draft->kind == NAME_CONSTANT ? parser->scope : parser->call;
    bool good = name->kind == NAME_NONE ? change(parser->context, name, &now)
                                        : declare_again(parser, token, name, &now);
    return good && keep_alias(parser->context, name) ? name : NULL;
}

/* ---- tags ---- */

ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag,
                       const ffi_ctype *integer) {
    struct name *name = name_find(parser->context, true, tag->at, tag->length);
    ffi_ctype   *type = name && name->type->kind == kind
                            ? (ffi_ctype *)name->type
                            : record_tagged(parser->context, kind, tag->at, tag->length);
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

bool declare_body(struct parser *parser, const struct token *tag) {
    struct name *name = name_find(parser->context, true, tag->at, tag->length);
    if (name->call == parser->call)
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "'%.*s' is defined twice", SHOWN(*tag));
    name->call = parser->call; /* for this text only: no need to take it back */
    return true;
}
