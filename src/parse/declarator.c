/* SPDX-License-Identifier: MIT */
/*
 * Declarators (C11 6.7.6). A declarator is read from the name outwards into a list of derivations (array of,
 * function returning, pointer to). They are then applied to the specifiers' type from the other end.
 */
#include "base/words.h"
#include "parse/parser.h"

static bool push_derivation(struct parser *parser, const struct derivation *derivation) {
    return push(parser, &parser->derivations, derivation, sizeof *derivation);
}

/* ---- parameters ---- */

/* The type that a parameter is passed as. In a header a struct may be incomplete until the call. */
static const ffi_ctype *passed_type(struct parser *parser, const ffi_ctype *type) {
    if (parser->header && type_is_record(type) && !type->complete)
        return type_qualified(parser->context, type, 0);
    type = type_parameter(parser->context, type);
    return type && type->transparent ? type_parameter(parser->context, type->fields[0].type) : type;
}

/* Whether one of the function's parameters so far has this name. */
static bool is_named_twice(const struct parser *parser, const struct derivation *function,
                           const struct token *name) {
    size_t end = function->params + function->count;
    for (size_t i = function->params; name->length && i < end; i++) {
        const struct noted *note = (const struct noted *)parser->notes.items + i;
        if (note->name_length == name->length && !memcmp(note->name, name->at, name->length)) return true;
    }
    return false;
}

/* Adds one that begins at `at`. */
static outlined bool add_parameter(struct parser *parser, struct derivation *function, const char *at,
                                   const struct declarator *parameter) {
    if (!at_mark(parser, ',') && !at_mark(parser, ')')) return expected(parser, "',' or ')'");
    if (parameter->attributes.aligned)
        return fail_at(
            parser, at, FFI_ERROR_TYPE,
            "a parameter has no alignment of its own (C11 6.7.5p2): leave it out, or align its type");
    if (is_named_twice(parser, function, &parameter->name) && !parser_allows(parser, FFI_DECLARE_TWICE))
        return fail_at(parser, parameter->name.at, FFI_ERROR_TYPE, "two parameters are named '%.*s'",
                       SHOWN(parameter->name));
    const ffi_ctype *type = parameter->type;
    struct noted     note = {.length      = (int64_t)type_parameter_length(type),
                             .name        = parameter->name.at,
                             .name_length = parameter->name.length};
    if (type->kind == FFI_KIND_VOID && !parameter->name.length && !function->count && !type->qualifiers &&
        at_mark(parser, ')'))
        return true; /* `(void)` */
    if (!(type = passed_type(parser, type))) return fail_here(parser, at);
    function->count++;
    if (!annotate_parameter(parser, &parameter->annotations, type, &note)) return false;
    const struct nonnull *nonnull = parameter->attributes.nonnull;
    if (nonnull && !nonnull->number) notes_nonnull(&note, &type, 0, 1, nonnull);
    return push_parameter(parser, type, &note);
}

static bool one_parameter(struct parser *parser, struct derivation *function) {
    const char       *at   = parser->token.at;
    const ffi_ctype  *type = NULL;
    struct declarator parameter;
    if (function->count == FFI_MAX_ARGUMENTS)
        return fail_at(parser, at, FFI_ERROR_RANGE, "more than %d parameters", FFI_MAX_ARGUMENTS);
    bool word = !parser->header && parse_word(parser, &type);
    if (word) parameter = (struct declarator){.type = type};
    if (word ? !type : !parse_one(parser, 0, &parameter)) return false;
    return add_parameter(parser, function, at, &parameter);
}

/* Reads the parameters in brackets; the opening bracket is read already. */
static bool parameters(struct parser *parser, struct derivation *function) {
    function->params = parser->params.count;
    if (accept_mark(parser, ')')) return function->unprototyped = true; /* `f()`: none, as in C23 6.7.6.3 */
    do {
        if (!function->variadic && accept_mark(parser, MARK_ELLIPSIS)) {
            function->variadic = true;
            function->fixed    = function->count;
            if (parser->header) break; /* a signature has the types of further arguments */
        } else if (!one_parameter(parser, function)) {
            return false;
        }
    } while (accept_mark(parser, ','));
    return accept_mark(parser, ')') || expected(parser, function->variadic ? "')'" : "',' or ')'");
}

/* ---- definitions as before C89 ---- */

/* Whether `(a, b)` begins an old-style definition (C11 6.9.1p6): names, followed by their declarations or by
 * the body. */
static outlined bool is_old_style(struct parser *parser) {
    struct token token = parser->token;
    if (!parser->header || parser->parameters > 1) return false;
    for (;; token = lex(token.at + token.length)) {
        if (!is_identifier(&token) || begins_type(parser, &token)) return false;
        token = lex(token.at + token.length);
        if (!is_mark(&token, ',')) break;
    }
    if (!is_mark(&token, ')')) return false;
    do token = lex(token.at + token.length);
    while (token.kind == TOKEN_DIRECTIVE);
    return is_mark(&token, '{') || begins_type(parser, &token);
}

/* The index of a name among the parameter names from `at` on; `count` if it is not there. */
static size_t old_index(const char *at, size_t count, const struct token *name) {
    struct token token = lex(at);
    for (size_t i = 0; i < count; i++, token = lex(lex(token.at + token.length).at + 1))
        if (token.length == name->length && !memcmp(token.at, name->at, name->length)) return i;
    return count;
}

/* C11 6.5.2.2p6: without a prototype, a caller promotes the arguments. */
static const ffi_ctype *promoted_parameter(struct parser *parser, const ffi_ctype *type) {
    if (!(type = passed_type(parser, type))) return NULL;
    if (type->kind == FFI_KIND_F32) return type_scalar(parser->context, SCALAR_DOUBLE);
    return type_is_integer(type) && type->size < 4 ? type_scalar(parser->context, SCALAR_INT) : type;
}

/* Reads `int a; char b, *c;` up to the body. */
static bool old_declarations(struct parser *parser, const char *names, const struct derivation *function) {
    while (!at_mark(parser, '{')) {
        struct specifiers specifiers;
        if (!parse_specifiers(parser, &specifiers)) return false;
        do {
            struct declarator one;
            const char       *at = parser->token.at;
            if (!parse_declarator(parser, &specifiers, DECLARATOR_NAMED, &one)) return false;
            size_t index = old_index(names, function->count, &one.name);
            if (index == function->count)
                return fail_at(parser, at, FFI_ERROR_TYPE, "'%.*s' is not a parameter", SHOWN(one.name));
            const ffi_ctype *type = promoted_parameter(parser, one.type);
            if (!type) return fail_here(parser, at);
            ((const ffi_ctype **)parser->params.items)[function->params + index] = type;
            ((struct noted *)parser->notes.items)[function->params + index].length =
                (int64_t)type_parameter_length(one.type);
        } while (accept_mark(parser, ','));
        if (!accept_mark(parser, ';')) return expected(parser, "',' or ';'");
    }
    return true;
}

static outlined bool old_style(struct parser *parser, struct derivation *function) {
    const ffi_ctype *plain = type_scalar(parser->context, SCALAR_INT);
    const char      *names = parser->token.at;
    function->params       = parser->params.count;
    do {
        if (old_index(names, function->count, &parser->token) < function->count)
            return fail_at(parser, parser->token.at, FFI_ERROR_TYPE, "two parameters are named '%.*s'",
                           SHOWN(parser->token));
        if (++function->count > FFI_MAX_ARGUMENTS)
            return fail_at(parser, names, FFI_ERROR_RANGE, "more than %d parameters", FFI_MAX_ARGUMENTS);
        struct noted note = {.name = parser->token.at, .name_length = parser->token.length};
        if (!plain || !push_parameter(parser, plain, &note)) return false;
        parser_next(parser);
    } while (accept_mark(parser, ','));
    return accept_mark(parser, ')') && old_declarations(parser, names, function);
}

/* ---- functions ---- */

/* Notes are kept for a declared function, or for a pointer to one. Deeper inside a type only lengths are kept:
 * otherwise equal types would differ. */
static outlined bool settle_notes(struct parser *parser, const struct derivation *function) {
    if (!function->count) return true; /* the stack may still be empty */
    struct noted           *notes = (struct noted *)parser->notes.items + function->params;
    const ffi_ctype *const *types = (const ffi_ctype *const *)parser->params.items + function->params;
    if (!parser->parameters) return find_counters(parser, notes, types, function->count);
    for (size_t i = 0; i < function->count; i++) notes[i] = (struct noted){.length = notes[i].length};
    return true;
}

static outlined bool function_suffix(struct parser *parser, struct attributes *attributes) {
    struct derivation function = {.kind = FFI_KIND_FUNCTION, .at = parser->token.at, .abi = attributes->abi};
    attributes->abi            = NULL;
    parser_next(parser);
    parser->parameters++;
    if (!enter(parser, LEVEL)) return false;
    if (is_old_style(parser) ? !old_style(parser, &function) : !parameters(parser, &function)) return false;
    parser->depth -= LEVEL;
    parser->parameters--;
    if (!settle_notes(parser, &function)) return false;
    if (!function.variadic) function.fixed = function.count;
    if (!parse_attributes(parser, attributes)) return false;
    if (attributes->abi) function.abi = attributes->abi;
    attributes->abi = NULL;
    return push_derivation(parser, &function);
}

/* ---- arrays ---- */

/* Reads the number of elements. A parameter's number may depend on other parameters (C11 6.7.6.2p4). A
 * parameter becomes a pointer, so its first dimension does not matter. */
static bool array_length(struct parser *parser, struct derivation *array, bool may_be_none) {
    const char  *at = parser->token.at;
    struct value length;
    if (parser->parameters && !try_integer(parser, &length)) {
        array->open = true;
        return skip_expression(parser, "]", "']'");
    }
    if (!parser->parameters && !parse_integer(parser, &length)) return false;
    if (!at_mark(parser, ']')) return expected(parser, "']'");
    if (value_is_negative(&length))
        return fail_at(parser, at, FFI_ERROR_RANGE, "an array of %lld elements", (long long)length.bits);
    if (!length.bits && !may_be_none) return fail_at(parser, at, FFI_ERROR_RANGE, "an array of 0 elements");
    if (length.bits > SIZE_MAX / 2) return fail_at(parser, at, FFI_ERROR_RANGE, "the array is too large");
    array->count = (size_t)length.bits;
    array->sized = true;
    return true;
}

/* `static` and qualifiers belong to the outermost array of a parameter (C11 6.7.6.2p1). `static` says that there is an
 * array (6.7.6.3p7). */
static outlined bool array_suffix(struct parser *parser, bool is_outermost, bool may_be_none) {
    struct derivation array = {.kind = FFI_KIND_ARRAY, .at = parser->token.at};
    parser_next(parser);
    bool is_static = false;
    for (const char *at = NULL; is_outermost && parser->parameters && at != parser->token.at;) {
        at = parser->token.at;
        array.qualifiers |= accept_qualifiers(parser);
        is_static |= accept_key(parser, KEY_STATIC);
    }
    if (is_static) array.qualifiers |= QUALIFIER_NONNULL;
    bool lacks_length = is_static && (at_mark(parser, ']') || at_mark(parser, '*'));
    bool is_word      = parser->token.kind == TOKEN_WORD && parser->token.id && parser->token.id < KEY_STORAGE;
    if (parser->token.kind == TOKEN_END || lacks_length || is_word)
        return expected(parser, "the number of elements or ']'");
    array.variadic = accept_mark(parser, '?');
    if (!enter(parser, LEVEL) || (!at_mark(parser, ']') && !array_length(parser, &array, may_be_none)))
        return false;
    parser->depth -= LEVEL;
    if (!require_mark(parser, ']')) return false;
    return push_derivation(parser, &array);
}

/* ---- symbols ---- */

bool parse_symbol(struct parser *parser, const char **symbol) {
    const char *begin = parser->token.at;
    if (!require_mark(parser, '(')) return false;
    if (parser->token.kind != TOKEN_STRING) return expected(parser, "a string");
    size_t       room  = 1;
    struct token first = parser->token;
    for (; parser->token.kind == TOKEN_STRING; parser_next(parser)) room += parser->token.length;
    if (!require_mark(parser, ')')) return false;
    char *name = journal_scratch(&parser->context->journal, room), *to = name;
    if (!name) return false;
    for (; first.kind == TOKEN_STRING; first = lex(first.at + first.length)) {
        const char *at = first.at + 1, *end = first.at + first.length - 1;
        while (at < end) {
            uint32_t units[4];
            size_t   count = lex_character(&at, 1, units);
            for (size_t i = 0; i < count; i++) *to++ = (char)units[i];
        }
    }
    *symbol = name;
    return *name || fail_at(parser, begin, FFI_ERROR_SYNTAX, "an empty name of a symbol");
}

/* ---- declarators ---- */

struct reading {
    struct attributes *attributes;
    struct token       name;
    uint32_t           first; /* the number of derivations before it */
    uint8_t            place; /* enum declarator_place */
    bool               is_typedef;
    bool               in_brackets; /* only the name is in brackets, and nothing follows them */
};

static bool declarator(struct parser *parser, struct reading *reading);

/* Reads attributes within a declarator. In gcc they apply to the derived type, which `packed` does not change;
 * in clang to the declared name. */
static outlined bool inner_attributes(struct parser *parser, struct attributes *attributes,
                                      uint32_t *attribute_align) {
    struct attributes outer  = *attributes;
    attributes->last_aligned = 0;
    if (!parse_attributes(parser, attributes)) return false;
    if (model_is_gcc(parser->context->abi->model)) {
        if (attributes->last_aligned) *attribute_align = attributes->last_aligned;
        attributes->aligned = outer.aligned;
        attributes->packed  = outer.packed;
    }
    attributes->last_aligned = outer.last_aligned;
    return true;
}

/* `*`, or C++'s `&`. */
static outlined bool pointer(struct parser *parser, struct reading *reading) {
    struct derivation pointer = {.kind = FFI_KIND_POINTER, .at = parser->token.at};
    if (at_mark(parser, '&')) pointer.qualifiers = FFI_QUALIFIER_REFERENCE;
    pointer.block = at_mark(parser, '^');
    parser_next(parser);
    for (const char *at = NULL; at != parser->token.at;) {
        at = parser->token.at;
        pointer.qualifiers |= accept_qualifiers(parser);
        pointer.narrow |= accept_key(parser, KEY_PTR32);
        if (!inner_attributes(parser, reading->attributes, &pointer.attribute_align)) return false;
    }
    if (!enter(parser, HALF_LEVEL) || !declarator(parser, reading)) return false;
    parser->depth -= HALF_LEVEL;
    return push_derivation(parser, &pointer);
}

/* Whether a bracket groups. If the name is optional, it may also open a parameter list: then it groups only
 * before a word that is no type: `int (f)(void)` (C11 6.7.6.3p11). */
static outlined bool groups(struct parser *parser, const struct reading *reading) {
    struct token after = parser_peek(parser);
    if (reading->place != DECLARATOR_TYPE) return true;
    if (is_mark(&after, ')') || is_mark(&after, MARK_ELLIPSIS)) return false;
    if (begins_type(parser, &after)) return false;
    struct token behind = lex(after.at + after.length);
    return !is_identifier(&after) || !is_mark(&behind, ',');
}

/* Whether a word in a signature means a type: words of C that this parser does not read, and names of the
 * standard's types. Headers may use the latter as names of parameters. */
static outlined bool is_misread(const struct token *name) {
    static const char words[] =
        "while\0if\0else\0for\0do\0goto\0switch\0case\0return\0break\0default\0continue\0complex\0imaginary\0";
    if (name->length > 1 && name->at[0] == '_' && name->at[1] >= 'A' && name->at[1] <= 'Z') return true;
    if (name->length > 3 && !memcmp(name->at, "__m", 3) && name->at[3] >= '0' && name->at[3] <= '9')
        return true;
    if (word_number(words, name->at, name->length)) return true;
    return name->length > 2 && !memcmp(name->at + name->length - 2, "_t", 2) &&
           type_is_name(name->at, name->length);
}

/* clang's headers declare typedefs whose names are gcc's keywords: `typedef float _Float32;`. */
static outlined bool is_name(const struct token *token, const struct reading *reading) {
    bool floating = token->kind == TOKEN_WORD && token->id >= KEY_FLOAT16 && token->id <= KEY_FLOAT64X;
    return is_identifier(token) || (floating && reading->is_typedef);
}

static bool declarator(struct parser *parser, struct reading *reading) {
    if (!parse_attributes(parser, reading->attributes)) return false;
    if (at_mark(parser, '*') || at_mark(parser, '&') || at_mark(parser, '^')) return pointer(parser, reading);
    if (is_name(&parser->token, reading)) {
        if (!parser->header && is_misread(&parser->token))
            return expected(parser, "a name or the end of the type");
        reading->name = parser->token;
        parser_next(parser);
    } else if (parser->token.kind == TOKEN_WORD && parser->token.id <= KEY_STORAGE) {
        return expected(parser, "a name or the end of the type");
    } else if (at_mark(parser, '(') && groups(parser, reading)) {
        parser_next(parser);
        struct derivation inner  = {.kind = FFI_KIND_VOID, .at = parser->token.at};
        size_t            before = parser->derivations.count;
        if (!inner_attributes(parser, reading->attributes, &inner.attribute_align)) return false;
        if (!enter(parser, HALF_LEVEL) || !declarator(parser, reading)) return false;
        parser->depth -= HALF_LEVEL;
        if (!require_mark(parser, ')')) return false;
        reading->in_brackets |= parser->derivations.count == before;
        if (inner.attribute_align && !push_derivation(parser, &inner)) return false;
    }
    for (;;) {
        if (!parse_attributes(parser, reading->attributes)) return false;
        if (at_mark(parser, '(')) {
            if (!function_suffix(parser, reading->attributes)) return false;
        } else if (at_mark(parser, '[')) {
            bool none      = reading->place == DECLARATOR_MEMBER || parser->header; /* GNU C's `[0]` */
            bool outermost = parser->derivations.count == reading->first;
            if (!array_suffix(parser, outermost, none)) return false;
        } else {
            return true;
        }
        reading->in_brackets = false;
    }
}

static const ffi_ctype *function_type(struct parser *parser, const ffi_ctype *result,
                                      const struct derivation *how) {
    bool      later = parser->header && type_is_record(result) && !result->complete;
    ffi_ctype draft = {.kind = FFI_KIND_FUNCTION, .count = how->count, .fixed = how->fixed};
    draft.target    = later ? type_qualified(parser->context, result, 0) : type_result(parser->context, result);
    if (!draft.target) return NULL;
    const struct noted *notes = NULL;
    if (how->count) {
        draft.params = (const ffi_ctype **)parser->params.items + how->params;
        notes        = (const struct noted *)parser->notes.items + how->params;
    }
    draft.variadic = how->variadic;
    draft.abi      = how->abi ? how->abi : parser->context->abi;
    return type_signature(parser->context, &draft, notes, NULL);
}

/* A block is an object, to which `void *` points: a call of it is none of a function. Of 32 bits, a pointer is
 * a number. */
static const ffi_ctype *derived_pointer(ffi_context *context, const ffi_ctype *of,
                                        const struct derivation *how) {
    const ffi_ctype *type = how->narrow  ? type_scalar(context, SCALAR_UINT)
                            : how->block ? type_pointer(context, type_scalar(context, SCALAR_VOID))
                                         : type_pointer(context, of);
    if (!type || how->narrow) return type_qualified(context, type, how->qualifiers);
    return qualified_type(context, type, how->qualifiers);
}

static const ffi_ctype *derive(struct parser *parser, const ffi_ctype *of, const struct derivation *how) {
    ffi_context *context = parser->context;
    switch (how->kind) {
    case FFI_KIND_POINTER: return derived_pointer(context, of, how);
    case FFI_KIND_FUNCTION: return function_type(parser, of, how);
    default: break;
    }
    /* `int a[n][n]` as a parameter: a pointer to a type of unknown size. */
    if (parser->header && parser->parameters && of->kind == FFI_KIND_ARRAY && !of->complete)
        return type_pointer(context, of);
    return how->variadic ? type_variable_array(context, of) : type_array(context, of, how->count, how->sized);
}

/* gcc aligns the type first, and then adds the qualifiers: _Atomic may raise the alignment. */
static const ffi_ctype *aligned_within(ffi_context *context, const ffi_ctype *type, uint32_t alignment) {
    const ffi_ctype *plain   = type_qualified(context, type, 0);
    const ffi_ctype *aligned = plain ? type_aligned(context, plain, alignment) : NULL;
    return type_qualified(context, aligned, type->qualifiers);
}

/* Applies the derivations from `first` on to the type. */
static outlined const ffi_ctype *derived(struct parser *parser, const ffi_ctype *type, size_t first) {
    while (type && parser->derivations.count > first) {
        const struct derivation how =
            ((struct derivation *)parser->derivations.items)[--parser->derivations.count];
        if (how.kind != FFI_KIND_VOID) type = derive(parser, type, &how);
        if (type && type->complete && how.attribute_align)
            type = aligned_within(parser->context, type, how.attribute_align);
        if (!type) fail_here(parser, how.at);
    }
    return type;
}

/* Marks the parameters that `nonnull` names, of a function that is declared or of one that a pointer points to. */
static void mark_nonnull(struct parser *parser, size_t first, struct attributes *attributes) {
    bool pointer = false;
    for (size_t i = first; i < parser->derivations.count; i++) {
        const struct derivation *how = (struct derivation *)parser->derivations.items + i;
        if (how->kind == FFI_KIND_FUNCTION) {
            notes_nonnull(parser->notes.items, parser->params.items, how->params, how->count,
                          attributes->nonnull);
            attributes->nonnull = NULL;
        }
        if (how->kind != FFI_KIND_VOID && (how->kind != FFI_KIND_POINTER || pointer)) return;
        pointer |= how->kind == FFI_KIND_POINTER;
    }
}

bool parse_declarator(struct parser *parser, const struct specifiers *specifiers, enum declarator_place place,
                      struct declarator *out) {
    size_t         first = parser->derivations.count, params = parser->params.count;
    struct reading reading = {.attributes = &out->attributes,
                              .place      = (uint8_t)place,
                              .first      = (uint32_t)first,
                              .is_typedef = specifiers->storage & STORAGE_TYPEDEF};
    out->symbol            = NULL;
    out->attributes        = specifiers->attributes;
    out->annotations       = specifiers->annotations;
    if (!declarator(parser, &reading)) return false;
    /* `double(dubble)`: in C a name in brackets, but the writer of a signature means a parameter type. */
    if (reading.in_brackets && place == DECLARATOR_TYPE && !parser->header)
        return fail_unknown_type(parser, &reading.name);
    if (accept_key(parser, KEY_ASM) && !parse_symbol(parser, &out->symbol)) return false;
    if (!parse_attributes(parser, &out->attributes)) return false;
    if (specifiers->attributes.last_aligned) /* gcc applies the attributes after the declarator first */
        out->attributes.last_aligned = specifiers->attributes.last_aligned;

    unsigned qualifiers = specifiers->qualifiers;
    out->name           = reading.name;
    out->unprototyped   = false;
    if (parser->derivations.count > first) { /* before the first one the stack has no memory */
        const struct derivation *outermost = (struct derivation *)parser->derivations.items + first;
        out->unprototyped                  = outermost->unprototyped;
        qualifiers                         = outermost->qualifiers;
    }
    if (qualifiers & QUALIFIER_NONNULL && parser->parameters) out->attributes.nonnull = &nonnull_every;
    if (out->attributes.nonnull && !parser->parameters) mark_nonnull(parser, first, &out->attributes);
    const ffi_ctype *type = attributed_type(parser, specifiers->type, &out->attributes, specifiers->at);
    out->type             = type ? derived(parser, type, first) : NULL;
    drop_parameters(parser, params);
    return out->type != NULL;
}

bool parse_one(struct parser *parser, unsigned forbidden, struct declarator *declarator) {
    struct specifiers specifiers;
    return parse_specifiers(parser, &specifiers) && forbid_storage(parser, &specifiers, forbidden) &&
           parse_declarator(parser, &specifiers, DECLARATOR_TYPE, declarator);
}

const ffi_ctype *parse_type_name(struct parser *parser) {
    struct declarator declarator;
    const char       *at         = parser->token.at;
    unsigned          parameters = parser->parameters;
    parser->parameters           = 0;
    if (!enter(parser, HALF_LEVEL) || !parse_one(parser, ~0u, &declarator)) return NULL;
    parser->depth -= HALF_LEVEL;
    parser->parameters = parameters;
    if (!declarator.name.length) return annotated_type(parser, &declarator);
    return fail_at(parser, at, FFI_ERROR_SYNTAX, "expected a type without a name"), NULL;
}
