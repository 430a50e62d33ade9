/* SPDX-License-Identifier: MIT */
/*
 * ffi_declare(): reads the declarations of a text one after the other (C11 6.9); and queries about declared
 * names. Bodies of functions are skipped.
 */
#include "parse/declare.h"

#include "parse/constant.h"
#include "parse/macro.h"
#include "parse/source.h"

/* ---- one declaration ---- */

/* Renames a scalar to its typedef, for printing. Records and enums have tags or an alias (symbol_table.c). */
static bool is_scalar(const ffi_ctype *type) {
    return type_name(type) && !type_is_nominal(type) && type->kind != FFI_KIND_VOID;
}

static const ffi_ctype *scalar_named(struct parser *parser, const ffi_ctype *type, const struct token *name) {
    const char *alias = name_text(parser, name);
    return alias ? type_renamed(parser->context, type, alias) : NULL;
}

/* Reads one declarator. Sets `*ended` if it was a function with its body. */
static bool init_declarator(struct parser *parser, const struct specifiers *specifiers, bool is_first,
                            bool *ended) {
    struct declarator declarator;
    const char       *at = parser->token.at;
    if (!parse_declarator(parser, specifiers, DECLARATOR_NAMED, &declarator)) return false;
    if (!declarator.name.length) return expected(parser, "a name");
    if (!(declarator.type = annotated_type(parser, &declarator))) return false;
    if (specifiers->is_deduced) {
        const ffi_ctype *type = at_mark(parser, '=') ? deduced_type(parser) : NULL;
        if (!type) return fail_at(parser, at, FFI_ERROR_TYPE, "the type of this initializer is not known");
        if (!(declarator.type = type_qualified(parser->context, type, specifiers->type->qualifiers)))
            return false;
    }
    bool     is_typedef = specifiers->storage & STORAGE_TYPEDEF;
    bool     function   = declarator.type->kind == FFI_KIND_FUNCTION;
    unsigned forbidden  = function            ? STORAGE_REGISTER | STORAGE_THREAD | STORAGE_CONSTEXPR
                          : declarator.symbol ? 0 /* a register of the machine */
                                              : STORAGE_REGISTER;
    if (!forbid_storage(parser, specifiers, specifiers->is_deduced ? forbidden : forbidden | STORAGE_AUTO))
        return false;
    const char *unaligned = is_typedef                               ? "typedef"
                            : function                               ? "function"
                            : specifiers->storage & STORAGE_REGISTER ? "register"
                                                                     : NULL;
    if (!check_alignas(parser, &specifiers->attributes, declarator.type, unaligned, at)) return false;
    struct declared draft = {.kind         = is_typedef ? NAME_TYPEDEF
                                             : function ? NAME_FUNCTION
                                                        : NAME_VARIABLE,
                             .type         = declarator.type,
                             .symbol       = is_typedef ? NULL : declarator.symbol,
                             .is_static    = specifiers->storage & (STORAGE_STATIC | STORAGE_CONSTEXPR),
                             .is_leaf      = function && declarator.attributes.leaf,
                             .is_extern    = specifiers->storage & STORAGE_EXTERN,
                             .unprototyped = declarator.unprototyped};
    if (is_typedef) {
        size_t alignment = type_aligned_by(parser, &declarator.attributes);
        if (declarator.attributes.transparent && !record_make_transparent(parser->context, draft.type))
            return false;
        if (is_scalar(draft.type) && !(draft.type = scalar_named(parser, draft.type, &declarator.name)))
            return false;
        if (alignment && !(draft.type = type_aligned(parser->context, draft.type, alignment)))
            return fail_here(parser, at);
    } else if (at_mark(parser, '=') && !function) {
        draft.is_defined = true;
        if (!parse_initializer(parser, &draft)) return false;
    } else if (specifiers->storage & STORAGE_CONSTEXPR) {
        return expected(parser, "'='");
    }
    /* A body stands behind the first declarator, which itself says that it is a function (C11 6.9.1p2). */
    bool may_end = draft.kind == NAME_FUNCTION && is_first && declarator.type != specifiers->type;
    bool ends    = may_end && at_mark(parser, '{');
    bool gnu     = specifiers->storage & STORAGE_INLINE && draft.is_extern; /* the definition may follow */
    draft.is_defined |= ends && !gnu;
    /* The symbol of an overloaded function is not its name, so the name is not declared. */
    bool found = draft.kind != NAME_FUNCTION || !declarator.attributes.overloaded;
    bool packed =
        draft.kind != NAME_FUNCTION || name_pack(parser->context, &draft, declarator.type != specifiers->type);
    if (!packed || (found && !name_declare(parser, &declarator.name, &draft))) return false;
    *ended = ends;
    return !ends || skip_brackets(parser);
}

/* Reads `asm("...");` between declarations. */
static bool assembly(struct parser *parser) {
    parser_next(parser);
    accept_qualifiers(parser);
    if (!at_mark(parser, '(')) return expected(parser, "'('");
    return skip_brackets(parser);
}

/* C++'s `extern "C"`, which headers for both languages have: it says nothing in C. */
static bool linkage(struct parser *parser) {
    if (parser->linkages && accept_mark(parser, '}')) return parser->linkages--, true;
    if (!at_key(parser, KEY_EXTERN)) return false;
    struct token after = parser_peek(parser);
    if (after.kind != TOKEN_STRING || !token_is(&after, "\"C\"")) return false;
    parser_next(parser);
    parser_next(parser);
    if (!accept_mark(parser, '{')) return false;
    parser->linkages++;
    return true;
}

/* `[[vendor::attribute]];` (C23 6.7.1), and the same by GNU C's word. */
static bool attribute_declaration(struct parser *parser) {
    if (!at_mark(parser, '[') && !at_key(parser, KEY_ATTRIBUTE)) return false;
    struct attributes attributes = {0};
    struct checkpoint checkpoint = parser_try(parser);
    bool              good       = parse_attributes(parser, &attributes) && accept_mark(parser, ';');
    return parser_tried(parser, &checkpoint, good);
}

static bool external(struct parser *parser) {
    struct specifiers specifiers;
    bool              ended = false;
    skip_extension(parser);
    if (accept_mark(parser, ';') || linkage(parser) || attribute_declaration(parser)) return true;
    if (at_key(parser, KEY_STATIC_ASSERT)) {
        if (!parse_static_assert(parser)) return false;
    } else if (at_key(parser, KEY_ASM)) {
        if (!assembly(parser)) return false;
    } else {
        if (!parse_specifiers(parser, &specifiers)) return false;
        if (accept_mark(parser, ';'))
            return forbid_storage(parser, &specifiers, STORAGE_REGISTER | STORAGE_INLINE | STORAGE_AUTO);
        bool is_first = true;
        do {
            if (!init_declarator(parser, &specifiers, is_first, &ended)) return false;
            if (ended) return true;
            is_first = false;
        } while (accept_mark(parser, ','));
    }
    return accept_mark(parser, ';') || expected(parser, "',' or ';'");
}

/* ---- skipping ---- */

/* Over a declaration, whatever it is: to its `;`, or to the end of a function's body. False if a bracket in it
 * does not close. */
static bool skip_balanced(struct parser *parser) {
    size_t open   = 0;
    int    before = 0;
    bool   body   = false;
    while (parser->token.kind != TOKEN_END) {
        int mark = parser->token.kind == TOKEN_MARK ? parser->token.id : 0;
        if (!open && mark == '}') return parser_next(parser), true; /* it closes nothing */
        if (mark == '{' && !open) body = before == ')';
        if (at_one_of(parser, "([{")) open++;
        if (at_one_of(parser, ")]}")) open--;
        before = mark;
        parser_next(parser);
        if (open) continue;
        if (mark == ';') return true;
        if (mark == '}' && body && !at_mark(parser, ';') && !at_mark(parser, ',')) return true;
    }
    return !open;
}

/* Over the declaration that begins at the checkpoint. */
static void skip_declaration(struct parser *parser, const struct checkpoint *begin) {
    parser_rewind(parser, begin);
    if (parser->token.kind == TOKEN_BAD) {
        parser_next(parser);
        return;
    }
    if (skip_balanced(parser)) return;
    parser_rewind(parser, begin);
    while (parser->token.kind != TOKEN_END && !accept_mark(parser, ';')) parser_next(parser);
}

/* ---- the whole text ---- */

static bool translation_unit(struct parser *parser) {
    const char *text;
    if (!preprocess(parser, parser->source, false, &text)) return false;
    parser->source = parser->token.at = text;
    parser_next(parser);
    while (parser->token.kind != TOKEN_END) {
        struct checkpoint begin = parser_here(parser);
        if (external(parser)) continue;
        if (!parser_skips(parser)) return false;
        skip_declaration(parser, &begin);
    }
    if (parser->linkages && !expected(parser, "'}'") && !parser_skips(parser)) return false;
    return !parser->broken;
}

ffi_error ffi_declare_with(ffi_context *context, const char *c_source, const ffi_declare_options *options,
                           size_t *skipped) {
    if (!context) return fail_null(__func__, "context");
    if (!c_source) return fail_null(__func__, "c_source");
    if (options && options->flags & ~(unsigned)(FFI_DECLARE_LENIENT | FFI_DECLARE_EMBED | FFI_DECLARE_TWICE))
        return fail(FFI_ERROR_ARGUMENT, "%s: unknown flags 0x%x", __func__, options->flags);
    struct parser parser;
    os_lock_take(&context->lock);
    size_t size = 0;
    char  *copy = source_is_raw(c_source) ? source_read(context, c_source, &size) : NULL;
    if (size && !copy) {
        os_lock_give(&context->lock);
        return ffi_last_error();
    }
    parser_begin(&parser, context, copy ? copy : c_source);
    parser.header     = true;
    parser.options    = options;
    parser.is_lenient = options && options->flags & FFI_DECLARE_LENIENT;
    bool good         = parser_end(&parser, translation_unit(&parser));
    if (copy) memory_free(&context->heap, copy, size);
    os_lock_give(&context->lock);
    if (good && skipped) *skipped = parser.skipped;
    return good ? FFI_ERROR_NONE : ffi_last_error();
}

ffi_error ffi_declare(ffi_context *context, const char *c_source) {
    if (!context) return fail_null(__func__, "context");
    if (!c_source) return fail_null(__func__, "c_source");
    return ffi_declare_with(context, c_source, NULL, NULL);
}

ffi_error ffi_declare_typedef(ffi_context *context, const char *name, const ffi_ctype *type) {
    if (!context) return fail_null(__func__, "context");
    if (!name) return fail_null(__func__, "name");
    if (!type) return fail_null(__func__, "type");
    if (!type_belongs(__func__, context, type)) return ffi_last_error();
    struct parser parser;
    os_lock_take(&context->lock);
    parser_begin(&parser, context, name);
    parser.header = true;
    parser_next(&parser);
    struct token    token = parser.token;
    struct declared draft = {.kind = NAME_TYPEDEF, .type = type};
    bool            good =
        is_identifier(&token) ? name_declare(&parser, &token, &draft) != NULL : expected(&parser, "a name");
    parser_next(&parser);
    good = parser_end(&parser, good && (parser.token.kind == TOKEN_END || expected(&parser, "one name")));
    os_lock_give(&context->lock);
    return good ? FFI_ERROR_NONE : ffi_last_error();
}

/* ---- questions ---- */

static const struct name *find(ffi_context *context, const char *text) {
    return name_find(context, text, strlen(text));
}

/* The type that a tag behind its word names; NULL: there is none. */
static const ffi_ctype *find_tagged(const ffi_context *context, const char *text) {
    static const struct {
        char    word[8];
        uint8_t kind;
    } words[] = {{"struct ", FFI_KIND_STRUCT}, {"union ", FFI_KIND_UNION}, {"enum ", FFI_KIND_ENUM}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].word);
        if (!strncmp(text, words[i].word, length))
            return record_find(context, words[i].kind, text + length, strlen(text + length));
    }
    return NULL;
}

const ffi_ctype *ffi_declared_type(ffi_context *context, const char *name) {
    if (!context || !name) return NULL;
    os_lock_take(&context->lock);
    const struct name *found = find(context, name);
    bool               has   = found && (found->kind == NAME_FUNCTION || found->kind == NAME_VARIABLE);
    const ffi_ctype   *type  = has ? name_type(context, found) : find_tagged(context, name);
    os_lock_give(&context->lock);
    return type;
}

bool name_is_static(const ffi_context *context, const char *text) {
    const struct name *name = name_find(context, text, strlen(text));
    return name && name->kind == NAME_FUNCTION && name->is_static;
}

const char *name_label(const ffi_context *context, const char *text, size_t length) {
    const struct name *name = name_find(context, text, length);
    return name && (name->kind == NAME_FUNCTION || name->kind == NAME_VARIABLE) ? name_meaning(name).symbol
                                                                                : NULL;
}

static const char *symbol_of(const struct name *name) {
    const char *label = name_meaning(name).symbol;
    return label ? label : name->text;
}

const char *ffi_declared_symbol(ffi_context *context, const char *name) {
    const char *symbol = NULL;
    if (!context || !name) return NULL;
    os_lock_take(&context->lock);
    const struct name *found = find(context, name);
    if (found && (found->kind == NAME_FUNCTION || found->kind == NAME_VARIABLE) && !found->is_static)
        symbol = symbol_of(found);
    os_lock_give(&context->lock);
    return symbol;
}

bool ffi_declared_leaf(ffi_context *context, const char *name) {
    if (!context || !name) return false;
    os_lock_take(&context->lock);
    const struct name *found   = find(context, name);
    bool               is_leaf = found && found->is_leaf;
    os_lock_give(&context->lock);
    return is_leaf;
}

/* What is visited: a name, or a type that has a tag; neither: nothing. */
struct visited {
    const struct name *name;
    const ffi_ctype   *tagged;
};

/* The names and tags, in the order of declaration; `context->declared` of them. NULL if memory is out. */
static struct visited *in_order(ffi_context *context) {
    struct visited *all = memory_new(&context->heap, (context->declared + 1) * sizeof *all);
    if (!all) return NULL;
    memset(all, 0, context->declared * sizeof *all);
    size_t at = 0;
    for (const struct name *name; (name = map_next(&context->names, &at));) all[name->number - 1].name = name;
    at = 0;
    for (const ffi_ctype *type; (type = map_next(&context->tags, &at));)
        if (type->number) all[type->number - 1].tagged = type;
    return all;
}

/* Visits one of them. False if memory is out. The lock is not held meanwhile, because the visitor may call the
 * library. */
static bool visit_one(ffi_context *context, const struct visited *of, ffi_declared_visitor *visit,
                      void *userdata, bool *go_on) {
    static const uint8_t kinds[] = {[NAME_TYPEDEF]  = FFI_DECLARED_TYPEDEF,
                                    [NAME_FUNCTION] = FFI_DECLARED_FUNCTION,
                                    [NAME_VARIABLE] = FFI_DECLARED_VARIABLE,
                                    [NAME_CONSTANT] = FFI_DECLARED_CONSTANT};
    if (!of->name && !(of->tagged && of->tagged->complete)) return true;
    const ffi_ctype *type = of->name ? name_type(context, of->name) : of->tagged;
    if (!type) return false;
    ffi_declared what = of->name ? (ffi_declared)kinds[of->name->kind] : FFI_DECLARED_TAG;
    os_lock_give(&context->lock);
    *go_on = visit(what, of->name ? of->name->text : type->name, type, userdata);
    os_lock_take(&context->lock);
    return true;
}

ffi_error ffi_declared_each(ffi_context *context, ffi_declared_visitor *visit, void *userdata) {
    if (!context) return fail_null(__func__, "context");
    if (!visit) return fail_null(__func__, "visit");
    os_lock_take(&context->lock);
    unsigned        declared = context->declared;
    struct visited *all      = in_order(context);
    bool            go_on = true, memory = all != NULL;
    for (unsigned i = 0; memory && go_on && i < declared; i++)
        memory = visit_one(context, &all[i], visit, userdata, &go_on);
    memory_free(&context->heap, all, (declared + 1) * sizeof *all);
    for (struct macro *macro = context->first_macro; go_on && memory && macro; macro = macro->next) {
        const struct constant *constant = macro_value(context, macro, &memory);
        const struct name     *name     = name_find(context, macro->name, macro->length);
        if (!constant || (name && name->kind == NAME_CONSTANT)) continue;
        const ffi_ctype *type = constant->type;
        os_lock_give(&context->lock);
        go_on = visit(FFI_DECLARED_CONSTANT, macro->name, type, userdata);
        os_lock_take(&context->lock);
    }
    os_lock_give(&context->lock);
    return memory ? FFI_ERROR_NONE : ffi_last_error();
}

/* ---- for functions ---- */

const ffi_ctype *name_function(ffi_context *context, const char *text, const char **symbol) {
    const struct name *name = name_find(context, text, strlen(text));
    if (!name || name->kind != NAME_FUNCTION)
        return fail(FFI_ERROR_ARGUMENT,
                    "no function '%.200s' is declared: give its signature, or declare it first", text),
               NULL;
    *symbol = symbol_of(name);
    return name_type(context, name);
}
