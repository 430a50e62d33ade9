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
    const char *text;
    size_t      length;
};

static bool is_name(const void *record, const void *key) {
    const struct name     *name   = record;
    const struct name_key *wanted = key;
    return name->length == wanted->length && !memcmp(name->text, wanted->text, wanted->length);
}

static struct name *find(const ffi_context *context, const struct name_key *key, uint64_t *hash) {
    *hash = map_hash(0, key->text, key->length);
    return map_find(&context->names, *hash, is_name, key);
}

struct name *name_find(const ffi_context *context, const char *text, size_t length) {
    uint64_t hash;
    return context->names.count ? find(context, &(struct name_key){text, length}, &hash) : NULL;
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

struct declared name_meaning(const struct name *name) {
    if (name->has_more) return *name->more;
    bool constant = name->kind == NAME_CONSTANT;
    return (struct declared){.type         = name->is_bare ? NULL : name->type,
                             .bare         = name->is_bare ? name->bare : NULL,
                             .value        = constant ? (uint64_t)name_constant(name) : 0,
                             .kind         = name->kind,
                             .is_known     = constant,
                             .unprototyped = name->unprototyped,
                             .is_static    = name->is_static,
                             .is_leaf      = name->is_leaf};
}

/* Gives a name a meaning; the value of a constant stays. */
static bool set_meaning(ffi_context *context, struct name *name, const struct declared *now) {
    bool has_more = now->symbol || (now->is_known && now->kind != NAME_CONSTANT);
    if (has_more) {
        struct declared *more = arena_new(&context->arena, &context->heap, sizeof *more);
        if (!more) return false;
        *more      = *now;
        name->more = more;
    } else if (now->type) name->type = now->type;
    else name->bare = now->bare;
    name->kind         = now->kind;
    name->unprototyped = now->unprototyped;
    name->is_static    = now->is_static;
    name->is_leaf      = now->is_leaf;
    name->is_bare      = !now->type;
    name->has_more     = has_more;
    return true;
}

static void undo_new(const struct change *change) {
    ffi_context *context = change->owner;
    struct name *name    = change->what;
    context->declared    = name->number - 1;
    map_remove(&context->names, map_hash(0, name->text, name->length), name);
}

/* A record with nothing but the text, and room for `value` bytes behind it. */
static struct name *name_new(ffi_context *context, const struct token *token, size_t value) {
    size_t       size = offsetof(struct name, text) + token->length + 1 + value;
    struct name *name = arena_new(&context->arena, &context->heap, size);
    if (!name) return NULL;
    name->length = (uint8_t)token->length;
    memcpy(name->text, token->at, token->length);
    return name;
}

const char *name_text(struct parser *parser, const struct token *token) {
    struct name *name = name_find(parser->context, token->at, token->length);
    if (!name) name = parser->reserved = name_new(parser->context, token, 0);
    return name ? name->text : NULL;
}

/* Takes the record that name_text() has made for this name; NULL: there is none. */
static struct name *take_reserved(struct parser *parser, const struct token *token) {
    struct name *name = parser->reserved;
    parser->reserved  = NULL;
    return name && is_name(name, &(struct name_key){token->at, token->length}) ? name : NULL;
}

/* Declares a name that is not declared yet. */
static struct name *declare_new(struct parser *parser, uint64_t hash, const struct token *token,
                                const struct declared *said) {
    ffi_context *context = parser->context;
    size_t       value = said->kind == NAME_CONSTANT ? type_put_constant_value(NULL, (int64_t)said->value) : 0;
    struct name *name  = value ? NULL : take_reserved(parser, token);
    if (!name) name = name_new(context, token, value);
    if (!name || !set_meaning(context, name, said)) return NULL;
    if (value) type_put_constant_value(name->text + token->length + 1, (int64_t)said->value);
    name->is_defined = said->is_defined;
    name->number     = context->declared + 1;
    if (!map_add(&context->names, &context->heap, hash, name)) return NULL;
    context->declared++;
    journal_meaning(&context->journal);
    struct change change = {undo_new, .what = name, .owner = context};
    return journal_note(&context->journal, change) ? name : (undo_new(&change), NULL);
}

static void undo_redeclared(const struct change *change) {
    memcpy(change->what, change->before, offsetof(struct name, text));
}

/* Gives a declared name another meaning. */
static bool redeclare(ffi_context *context, struct name *name, const struct declared *now) {
    void *before = journal_scratch(&context->journal, offsetof(struct name, text));
    if (!before) return false;
    memcpy(before, name, offsetof(struct name, text));
    journal_meaning(&context->journal);
    return journal_note(&context->journal, (struct change){undo_redeclared, .what = name, .before = before}) &&
           set_meaning(context, name, now);
}

/* ---- declaring, and declaring again ---- */

static bool fail_twice(struct parser *parser, const struct token *name) {
    return fail_at(parser, name->at, FFI_ERROR_TYPE, "'%.*s' is defined twice", SHOWN(*name));
}

static bool other_value(const struct declared *a, const struct declared *b) {
    return a->is_known && b->is_known && (a->value != b->value || a->high != b->high);
}

static bool other_symbol(const struct declared *a, const struct declared *b) {
    return a->symbol && b->symbol && strcmp(a->symbol, b->symbol);
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

/* `name` and `draft` have their types. */
static bool conflict(struct parser *parser, const struct token *token, const struct declared *name,
                     const struct declared *draft) {
    static const char *const kinds[] = {"typedef", "function", "variable", "constant"};
    char                     type[160];
    if (name->kind == NAME_CONSTANT || (name->kind == draft->kind && other_value(name, draft)))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the constant %lld",
                       SHOWN(*token), (long long)name->value);
    if (name->kind == draft->kind && other_symbol(name, draft))
        return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as the symbol '%.100s'",
                       SHOWN(*token), name->symbol);
    ffi_ctype meant = type_copy(name->type); /* not as the name itself */
    drop_alias(&meant);
    type_format(&meant, type, sizeof type);
    char lines[400] = "";
    if (name->kind == draft->kind) put_both(name->type, draft->type, lines, sizeof lines);
    return fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared already, as a %s: %s%s",
                   SHOWN(*token), kinds[name->kind], type, lines);
}

/* Whether a later declaration of the same function says more: it has other annotations, or notes at all. `nonnull`
 * is added to those that stay. */
static bool is_better(const ffi_ctype *old, const ffi_ctype *new) {
    if (old->kind != FFI_KIND_FUNCTION || !new->notes) return false;
    return notes_annotated(new) ? old != new : !old->notes;
}

/* Whether a function of this type may also be declared with empty brackets: its parameters are what arguments become
 * without a prototype (C11 6.7.6.3p15). */
static bool fits_brackets(const ffi_ctype *function) {
    bool fits = !function->variadic;
    for (size_t i = 0; i < function->count; i++) {
        const ffi_ctype *type = function->params[i];
        fits &= type->kind != FFI_KIND_F32 && !(type_is_integer(type) && type->size < 4);
    }
    return fits;
}

/* The type of a function with the `nonnull` of another declaration of it. NULL if memory is out. */
static const ffi_ctype *with_nonnull(ffi_context *context, const ffi_ctype *type, const ffi_ctype *other) {
    const struct nonnull *all = NULL;
    if (type->kind != FFI_KIND_FUNCTION) return type;
    for (size_t i = 0; i < other->count; i++) {
        if (!(note_of(other, i).annotations & FFI_ANNOTATION_NONNULL)) continue;
        struct nonnull *named = journal_scratch(&context->journal, sizeof *named);
        if (!named) return NULL;
        *named = (struct nonnull){all, i + 1};
        all    = named;
    }
    return all ? type_annotated(context, type, NULL, all) : type;
}

/* Adds to a name what a later declaration of it says (C11 6.2.7p3). False if they contradict each other. */
static bool compose(struct declared *now, const struct declared *new) {
    const ffi_ctype *a = now->type, *b = new->type;
    bool             function = now->kind == NAME_FUNCTION, better = false;
    if (now->kind == NAME_CONSTANT) /* its value is all that is known before its enum ends */
        return (type_is_signed(a) && (int64_t)now->value < 0) ==
               (type_is_signed(b) && (int64_t) new->value < 0);
    bool equal = type_equal(a, b);
    if (equal || type_equal_but_reserved(a, b)) {
        better = equal && is_better(a, b);
    } else if (function && (now->unprototyped || new->unprototyped)) {
        if (a->abi != b->abi || !type_equal(a->target, b->target)) return false;
        better = now->unprototyped;
        if (!fits_brackets(better ? b : a)) return false;
    } else if (now->kind == NAME_VARIABLE && a->kind == FFI_KIND_ARRAY && b->kind == FFI_KIND_ARRAY &&
               type_equal(a->target, b->target)) {
        if (a->complete && b->complete) return false;
        better = !a->complete;
    } else {
        return now->kind != NAME_TYPEDEF && a->qualifiers == b->qualifiers && type_compatible(a, b);
    }
    if (better) now->type = b;
    return true;
}

static bool make_type(ffi_context *context, struct declared *of) {
    return of->type || (of->bare && (of->type = type_of_bare(context, of->bare)));
}

/* Whether two declarations of a function are the same, word for word. */
static bool is_repeated(const struct declared *old, const struct declared *new) {
    return old->bare && new->bare &&bare_size(old->bare) == bare_size(new->bare) &&
           !memcmp(old->bare, new->bare, bare_size(old->bare)) && old->unprototyped == new->unprototyped &&
           old->is_leaf >= new->is_leaf && (!new->symbol || old->symbol == new->symbol);
}

/* Within one text a name is defined once, and is static from its first declaration on (C11 6.2.2p7, 6.9p3). Microsoft's
 * compiler allows the latter. */
static bool check_linkage(struct parser *parser, const struct token *token, struct name *name,
                          const struct declared *said) {
    if (name->number <= parser->declared) return true;
    if (name->is_defined && said->is_defined) return fail_twice(parser, token);
    name->is_defined |= said->is_defined;
    bool other =
        said->is_static ? !name->is_static : name->is_static && name->kind == NAME_VARIABLE && !said->is_extern;
    return !other || parser->context->abi->model->records == RECORDS_MSVC ||
           fail_at(parser, token->at, FFI_ERROR_TYPE, "'%.*s' is declared static and not static",
                   SHOWN(*token));
}

static bool declare_again(struct parser *parser, const struct token *token, struct name *name,
                          const struct declared *said) {
    ffi_context    *context = parser->context;
    bool            once    = name->kind == NAME_CONSTANT && name->number > parser->scope;
    struct declared was = name_meaning(name), draft = *said;
    if (was.kind == draft.kind && !check_linkage(parser, token, name, said)) return false;
    if (is_repeated(&was, &draft)) {
        arena_return(&context->arena, draft.bare, bare_size(draft.bare));
        return true;
    }
    if (!make_type(context, &was) || !make_type(context, &draft)) return false;
    struct declared now = was;
    if (was.kind != draft.kind || once || other_value(&was, &draft) || other_symbol(&was, &draft) ||
        !compose(&now, &draft)) {
        bool kept = context->keep_first && name->number <= parser->declared && !once;
        return kept || conflict(parser, token, &was, &draft);
    }
    const ffi_ctype *other = now.type == was.type ? draft.type : was.type;
    if (!(now.type = with_nonnull(context, now.type, other))) return false;
    now.unprototyped = was.unprototyped && draft.unprototyped;
    now.is_leaf      = was.is_leaf || draft.is_leaf;
    if (draft.symbol) now.symbol = draft.symbol;
    if (draft.is_known) now.is_known = true, now.value = draft.value, now.high = draft.high;
    bool same = now.type == was.type && now.unprototyped == was.unprototyped && now.symbol == was.symbol &&
                now.is_leaf == was.is_leaf && now.is_known == was.is_known;
    return same || redeclare(context, name, &now);
}

/* A symbol's text lives as long as the context. */
static bool keep_symbol(ffi_context *context, const struct name *old, struct declared *draft) {
    const char *known = old ? name_meaning(old).symbol : NULL;
    if (!draft->symbol) return true;
    bool same = known && !strcmp(known, draft->symbol);
    draft->symbol =
        same ? known : arena_text(&context->arena, &context->heap, draft->symbol, strlen(draft->symbol) + 1);
    return draft->symbol != NULL;
}

/* A typedef is the name of a struct, union or enum that has no other. */
static bool keep_alias(ffi_context *context, const struct name *name) {
    ffi_ctype *type = (ffi_ctype *)name->type; /* a typedef has no more */
    if (name->kind != NAME_TYPEDEF || !type_is_nominal(type) || type->name || type->alias || type->is_variant)
        return true;
    if (!journal_write(&context->journal, &type->alias, sizeof type->alias)) return false;
    type->alias = name->text;
    return true;
}

const ffi_ctype *name_type(ffi_context *context, const struct name *name) {
    const ffi_ctype *type = name->has_more ? name->more->type : name->is_bare ? NULL : name->type;
    return type ? type : type_of_bare(context, name->has_more ? name->more->bare : name->bare);
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
bool name_pack(ffi_context *context, struct declared *draft, bool is_own) {
    const ffi_ctype *type = draft->type;
    if (!is_own || type->qualifiers || type->typedef_align || type->abi != context->abi) return true;
    if (type->notes && notes_size(type->notes) > UINT16_MAX) return true;
    struct bare_function *bare = bare_of(context, type);
    if (!bare) return false;
    size_t size = bare_size(bare);
    if (type_forget(context, type)) {
        void *kept  = arena_new(&context->arena, &context->heap, size);
        draft->type = NULL;
        draft->bare = kept ? memcpy(kept, bare, size) : NULL;
    }
    memory_free(&context->heap, bare, size);
    return draft->type || draft->bare;
}

struct name *name_declare(struct parser *parser, const struct token *token, const struct declared *draft) {
    if (token->length > NAME_MAX_LENGTH)
        return fail_at(parser, token->at, FFI_ERROR_RANGE, "a name longer than %d bytes", NAME_MAX_LENGTH),
               NULL;
    ffi_context    *context = parser->context;
    struct declared now     = *draft;
    uint64_t        hash;
    struct name    *name = find(context, &(struct name_key){token->at, token->length}, &hash);
    if (!keep_symbol(context, name, &now)) return NULL;
    if (name && !declare_again(parser, token, name, &now)) return NULL;
    if (!name && !(name = declare_new(parser, hash, token, &now))) return NULL;
    return keep_alias(context, name) ? name : NULL;
}

/* ---- tags ---- */

static void undo_tag(const struct change *change) {
    ffi_context *context = change->owner;
    ffi_ctype   *type    = change->what;
    context->declared    = type->number - 1;
    type->number         = 0;
}

/* Puts a type with a tag among what is declared. */
static bool declare_new_tag(ffi_context *context, ffi_ctype *type) {
    if (!journal_note(&context->journal, (struct change){undo_tag, .what = type, .owner = context}))
        return false;
    type->number = ++context->declared;
    journal_meaning(&context->journal);
    return true;
}

ffi_ctype *declare_tag(struct parser *parser, ffi_kind kind, const struct token *tag,
                       const ffi_ctype *integer) {
    ffi_context *context = parser->context;
    ffi_ctype   *type    = record_find(context, FFI_KIND_VOID, tag->at, tag->length);
    if (type && type->kind != kind && type->body_call == parser->call) {
        char text[300];
        type_format(type, text, sizeof text);
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "this text declares the tag as %s", text), NULL;
    }
    if (!type || type->kind != kind) type = record_tagged(context, kind, tag->at, tag->length);
    if (!type) return fail_here(parser, tag->at), NULL;
    if (!type->number && !declare_new_tag(context, type)) return NULL;
    if (!integer) return type;
    if (type->complete && type->target->kind != integer->kind) {
        char text[64];
        type_format(type->target, text, sizeof text);
        return fail_at(parser, tag->at, FFI_ERROR_TYPE, "enum '%.*s' is declared with the integer type %s",
                       SHOWN(*tag), text),
               NULL;
    }
    if (type->complete) return type;
    context->journal.lasting = true;
    if (!record_complete_enum(context, type, NULL, 0, integer)) return fail_here(parser, tag->at), NULL;
    return type;
}

bool declare_body(struct parser *parser, const struct token *tag, ffi_ctype *type) {
    if (type->body_call == parser->call) return fail_twice(parser, tag);
    type->body_call = parser->call; /* for this text only: no need to take it back */
    return true;
}
