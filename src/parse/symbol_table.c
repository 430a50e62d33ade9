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

/* The type of a function of the context's ABI. Most functions of a header are never asked for, and the types of a
 * signature, with notes and without, take some hundred bytes. */
struct bare_function {
    const ffi_ctype *result;
    uint16_t         count, fixed, notes_size; /* the notes follow the parameters; 0: none */
    uint16_t         variadic;
    const ffi_ctype *params[];
};

_Static_assert(sizeof(struct bare_function) == sizeof(void *) + 4 * sizeof(uint16_t),
               "is_repeated() reads no padding");

static size_t bare_size(const struct bare_function *bare) {
    return sizeof *bare + bare->count * sizeof *bare->params + bare->notes_size;
}

static char *notes_of(const struct bare_function *bare) {
    return (char *)(uintptr_t)(bare->params + bare->count);
}

static const ffi_ctype *type_of_bare(ffi_context *context, const struct bare_function *bare) {
    return type_intern(context, &(ffi_ctype){.kind     = FFI_KIND_FUNCTION,
                                             .target   = bare->result,
                                             .count    = bare->count,
                                             .fixed    = bare->fixed,
                                             .variadic = bare->variadic,
                                             .params   = (const ffi_ctype **)(uintptr_t)bare->params,
                                             .notes    = bare->notes_size ? notes_of(bare) : NULL,
                                             .abi      = context->abi});
}

struct name_more name_more(const struct name *name) {
    return name->has_more ? *name->more : (struct name_more){.value = name->value};
}

/* Gives a record another meaning. */
static void set_meaning(struct name *name, const struct name *now) {
    memcpy(name, now, offsetof(struct name, text));
}

/* Keeps in a draft's record what is known beside its type. */
static bool keep_more(ffi_context *context, struct name *draft) {
    const struct name_more more = name_more(draft);
    struct name_more      *kept = NULL;
    draft->has_more             = more.symbol || more.high;
    if (!draft->has_more) draft->value = more.value;
    else if ((kept = arena_new(&context->arena, &context->heap, sizeof *kept)))
        *kept = more, draft->more = kept;
    return kept || !draft->has_more;
}

static struct name **link_behind(ffi_context *context, struct name *last) {
    return last ? &last->next : &context->first_name;
}

static void undo_new(const struct change *change) {
    ffi_context *context                      = change->owner;
    struct name *name                         = change->what;
    context->last_name                        = (struct name *)change->before;
    *link_behind(context, context->last_name) = NULL; /* no name follows it: that was undone */
    map_remove(&context->names, hash_bytes(name->is_tag, name->text, name->length), name);
}

/* Declares a name that is not declared yet. */
static struct name *declare_new(ffi_context *context, uint64_t hash, const struct token *token,
                                struct name *draft) {
    if (!keep_more(context, draft)) return NULL;
    struct name *name =
        arena_new(&context->arena, &context->heap, offsetof(struct name, text) + token->length + 1);
    if (!name || !map_add(&context->names, &context->heap, hash, name)) return NULL;
    set_meaning(name, draft);
    name->length = (uint8_t)token->length;
    memcpy(name->text, token->at, token->length);
    struct change change = {undo_new, .what = name, .owner = context, .before = context->last_name};
    *link_behind(context, context->last_name) = name;
    context->last_name                        = name;
    if (journal_note(&context->journal, change)) return journal_meaning(&context->journal), name;
    undo_new(&change);
    return NULL;
}

static void undo_redeclared(const struct change *change) {
    struct name *name = change->what, *next = name->next;
    set_meaning(name, change->before);
    name->next = next;
}

/* Gives a declared name another meaning. */
static bool redeclare(ffi_context *context, struct name *name, struct name *now) {
    struct name *before = journal_scratch(&context->journal, sizeof *before);
    if (!before || !keep_more(context, now)) return false;
    set_meaning(before, name);
    journal_meaning(&context->journal);
    if (!journal_note(&context->journal, (struct change){undo_redeclared, .what = name, .before = before}))
        return false;
    set_meaning(name, now);
    return true;
}

/* ---- declaring, and declaring again ---- */

static bool other_value(const struct name *a, const struct name *b) {
    struct name_more first = name_more(a), second = name_more(b);
    return a->is_known && b->is_known && (first.value != second.value || first.high != second.high);
}

static bool other_symbol(const struct name *a, const struct name *b) {
    const char *first = name_more(a).symbol, *second = name_more(b).symbol;
    return first && second && strcmp(first, second);
}

/* Gives the copy of a scalar its own name back. */
static void drop_alias(ffi_ctype *type) {
    if (!type_is_nominal(type) && !type_is_derived(type)) type->alias = NULL;
}

/* Writes what was declared before, and what is now: of records the members that differ. */
static void put_both(const ffi_ctype *before, const ffi_ctype *now, char *lines, size_t size) {
    char first_text[120], second_text[120];
    *lines = 0;
    if (type_is_record(before) && before->kind == now->kind && before->complete && now->complete)
        type_format_difference(before, now, lines, size);
    if (*lines) return;
    ffi_ctype first = type_copy(before), second = type_copy(now);
    drop_alias(&first);
    drop_alias(&second);
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
                       SHOWN(*token), (long long)name_more(name).value);
    if (name->kind == draft->kind && other_symbol(name, draft))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the symbol '%.100s'",
                       SHOWN(*token), name_more(name).symbol);
    const ffi_ctype *before = name_type(parser->context, name), *now = name_type(parser->context, draft);
    if (!before || !now) return false;
    ffi_ctype meant = type_copy(before); /* not as the name itself */
    drop_alias(&meant);
    type_format(&meant, type, sizeof type);
    char lines[400] = "";
    if (name->kind == draft->kind) put_both(before, now, lines, sizeof lines);
    return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as a %s: %s%s",
                   SHOWN(*token), kinds[name->kind], type, lines);
}

/* Whether a later declaration of the same function says more: it has other annotations, or notes at all. */
static bool is_better(const ffi_ctype *old, const ffi_ctype *new) {
    if (old->kind != FFI_KIND_FUNCTION || !new->notes) return false;
    return notes_annotated(new) ? old != new : !old->notes;
}

/* Adds to a name what a later declaration of it says (C11 6.2.7p3). False if they contradict each other. */
static bool compose(struct name *now, const struct name *new) {
    const ffi_ctype *a = now->type, *b = new->type;
    bool             function = now->kind == NAME_FUNCTION, better = false;
    if (now->kind == NAME_CONSTANT) /* its value is all that is known before its enum ends */
        return (type_is_signed(a) && name_more(now).value < 0) ==
               (type_is_signed(b) && name_more(new).value < 0);
    bool equal = type_equal(a, b);
    if (equal || type_equal_but_reserved(a, b)) {
        better = equal && is_better(a, b);
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
    return true;
}

/* Gives a copy of a function's record its type. */
static bool make_type(ffi_context *context, struct name *name, struct name_more *more) {
    if (!name->type) {
        if (!(name->type = type_of_bare(context, more->bare))) return false;
        more->value = 0;
    }
    name->has_more = true;
    name->more     = more;
    return true;
}

/* Whether two declarations of a function are the same, word for word. */
static bool is_repeated(const struct name *name, const struct name *draft) {
    struct name_more old = name_more(name), new = name_more(draft);
    return draft->kind == NAME_FUNCTION && name->kind == NAME_FUNCTION && !name->type && !draft->type &&
           bare_size(old.bare) == bare_size(new.bare) && !memcmp(old.bare, new.bare, bare_size(old.bare)) &&
           name->unprototyped == draft->unprototyped && name->is_leaf >= draft->is_leaf &&
           (!new.symbol || old.symbol == new.symbol);
}

static bool declare_again(struct parser *parser, const struct token *token, struct name *name,
                          const struct name *said) {
    ffi_context     *context = parser->context;
    bool             once    = name->kind == NAME_CONSTANT && name->call == parser->scope;
    struct name      was = {.kind = 0}, draft = {.kind = 0}, now;
    struct name_more old = name_more(name), new = name_more(said);
    if (is_repeated(name, said)) return arena_return(&context->arena, new.bare, bare_size(new.bare)), true;
    set_meaning(&was, name);
    set_meaning(&draft, said);
    if (!make_type(context, &was, &old) || !make_type(context, &draft, &new)) return false;
    struct name_more more = old;
    now                   = was;
    now.more              = &more;
    if (name->kind != draft.kind || once || other_value(&was, &draft) || other_symbol(&was, &draft) ||
        !compose(&now, &draft)) {
        bool kept = context->keep_first && name->call != parser->call && !once;
        return kept || conflict(parser, token, &was, &draft);
    }
    now.unprototyped = name->unprototyped && draft.unprototyped;
    if (draft.is_leaf) now.is_leaf = true;
    if (new.symbol) more.symbol = new.symbol;
    if (draft.is_known) now.is_known = true, more.value = new.value, more.high = new.high;
    bool same = now.type == was.type && now.unprototyped == name->unprototyped && more.symbol == old.symbol &&
                now.is_leaf == name->is_leaf && now.is_known == name->is_known && more.value == old.value;
    return same || redeclare(context, name, &now);
}

/* A symbol's text lives as long as the context. */
static bool keep_symbol(ffi_context *context, const struct name *old, struct name_more *more) {
    const char *known = old ? name_more(old).symbol : NULL;
    if (!more->symbol) return true;
    bool same = known && !strcmp(known, more->symbol);
    more->symbol =
        same ? known : arena_text(&context->arena, &context->heap, more->symbol, strlen(more->symbol) + 1);
    return more->symbol != NULL;
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
    return name->type ? name->type : type_of_bare(context, name_more(name).bare);
}

static struct bare_function *bare_of(ffi_context *context, const ffi_ctype *type) {
    struct bare_function  bare = {.result     = type->target,
                                  .count      = (uint16_t)type->count,
                                  .fixed      = (uint16_t)type->fixed,
                                  .notes_size = (uint16_t)(type->notes ? notes_size(type->notes) : 0),
                                  .variadic   = type->variadic};
    struct bare_function *made = memory_new(&context->heap, bare_size(&bare));
    if (!made) return NULL;
    *made = bare;
    if (type->count) memcpy((void *)made->params, type->params, type->count * sizeof *type->params);
    if (bare.notes_size) memcpy(notes_of(made), type->notes, bare.notes_size);
    return made;
}

/* The type is new if it can be forgotten. */
bool name_pack(ffi_context *context, struct name *draft, struct name_more *more, bool is_own) {
    const ffi_ctype *type = draft->type;
    if (!is_own || type->qualifiers || type->typedef_align || type->abi != context->abi) return true;
    if (type->notes && notes_size(type->notes) > UINT16_MAX) return true;
    struct bare_function *bare = bare_of(context, type);
    if (!bare) return false;
    size_t size = bare_size(bare);
    if (type_forget(context, type)) {
        void *kept  = arena_new(&context->arena, &context->heap, size);
        draft->type = NULL;
        more->bare  = kept ? memcpy(kept, bare, size) : NULL;
    }
    memory_free(&context->heap, bare, size);
    return draft->type || more->bare;
}

struct name *name_declare(struct parser *parser, const struct token *token, const struct name *draft) {
    if (token->length > NAME_MAX_LENGTH)
        return fail_at(parser, token->at, FFI_ERROR_RANGE, "a name longer than %d bytes", NAME_MAX_LENGTH),
               NULL;
    ffi_context     *context = parser->context;
    struct name_more more    = name_more(draft);
    struct name      now     = *draft;
    now.has_more             = true;
    now.more                 = &more;
    now.is_tag               = draft->kind == NAME_TAG;
    now.call                 = now.is_tag ? 0 : draft->kind == NAME_CONSTANT ? parser->scope : parser->call;
    uint64_t     hash;
    struct name *name = find(context, &(struct name_key){now.is_tag, token->at, token->length}, &hash);
    if (!keep_symbol(context, name, &more)) return NULL;
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
