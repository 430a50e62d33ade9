/* SPDX-License-Identifier: MIT */
/*
 * The parser of declarations (C11 6.7): specifiers, then a declarator, by recursive descent. A declarator
 * is read from the name outwards into a list of derivations (array of, function returning, pointer to),
 * which are then applied to the specifiers' type from the other end.
 *
 * Left out: initializers, bodies of structs and enums, expressions. Depth is limited, so that no text can
 * exhaust the stack.
 */
#include "parse.h"

#include "abi.h"
#include "context.h"
#include "lex.h"

#include <stdarg.h>
#include <stdio.h>

enum { NESTING = 100 }; /* brackets and `*` in each other */

struct derivation {
    ffi_kind          kind; /* POINTER, ARRAY or FUNCTION */
    unsigned          qualifiers;
    bool              variadic;
    size_t            count, fixed; /* array: elements; function: parameters */
    size_t            params;       /* function: the first one's index in the parser's stack */
    const struct abi *abi;
    const char       *at;
};

struct stack {
    void  *items;
    size_t count, capacity;
};

struct parser {
    ffi_context      *context;
    const char       *source;
    struct token      token; /* the next one */
    unsigned          depth;
    const struct abi *abi;         /* chosen by an attribute before the parameters it is for */
    struct stack      derivations; /* of the declarators that are open */
    struct stack      params;      /* of the parameter lists that are open: const ffi_ctype * */
    struct token      name;
};

/* ---- errors ---- */

/* A line that shows where: at most 64 bytes of it, and a caret below. */
static void show_place(const char *line, const char *at) {
    size_t column = (size_t)(at - line), from = column > 48 ? column - 48 : 0;
    size_t length = strcspn(line + from, "\n");
    char   excerpt[65];
    size_t shown = 0;
    for (; shown < length && shown < sizeof excerpt - 1; shown++) {
        unsigned char c = (unsigned char)line[from + shown];
        excerpt[shown]  = (char)(c == '\t' ? ' ' : c < 32 || c > 126 ? '?' : c);
    }
    excerpt[shown] = 0;
    fail_more(ffi_last_error(), "\n  %s\n  %*s^", excerpt, (int)(column - from), "");
}

static bool fail_at(struct parser *parser, const char *at, ffi_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool fail_at(struct parser *parser, const char *at, ffi_error code, const char *format, ...) {
    const char *line   = parser->source;
    unsigned    number = 1;
    for (const char *c = line; c < at; c++)
        if (*c == '\n') line = c + 1, number++;
    char    what[320];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (number > 1) fail(code, "line %u, column %zu: %s", number, (size_t)(at - line) + 1, what);
    else fail(code, "column %zu: %s", (size_t)(at - line) + 1, what);
    show_place(line, at);
    return false;
}

/* Adds the place to an error of a function that knew none. */
static bool fail_here(struct parser *parser, const char *at) {
    if (ffi_last_error() == FFI_ERROR_MEMORY) return false;
    char what[320];
    snprintf(what, sizeof what, "%s", ffi_last_message());
    return fail_at(parser, at, ffi_last_error(), "%s", what);
}

static bool expected(struct parser *parser, const char *what) {
    const struct token *token = &parser->token;
    if (token->kind == TOKEN_END)
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, but the text ends", what);
    if (token->kind == TOKEN_BAD && token->at[0] == '/' && token->at[1] == '*')
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "this comment does not end");
    if (token->kind == TOKEN_BAD && *token->at >= '0' && *token->at <= '9')
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "this is not an integer of up to 64 bits");
    unsigned char first = (unsigned char)*token->at;
    if (first < 32 || first > 126)
        return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, found byte 0x%02x", what, first);
    return fail_at(parser, token->at, FFI_ERROR_SYNTAX, "expected %s, found '%.*s'", what,
                   token->length < 40 ? (int)token->length : 40, token->at);
}

/* ---- tokens and stacks ---- */

static void next(struct parser *parser) {
    parser->token = lex(parser->token.at + parser->token.length);
}

static bool at_mark(const struct parser *parser, const char *text) {
    return token_is(&parser->token, text);
}

static bool accept(struct parser *parser, const char *text) {
    if (!token_is(&parser->token, text)) return false;
    next(parser);
    return true;
}

static bool push(struct parser *parser, struct stack *stack, const void *item, size_t size) {
    if (stack->count == stack->capacity) {
        size_t capacity = stack->capacity ? stack->capacity * 2 : 16;
        char  *items    = memory_new(parser->context, capacity * size);
        if (!items) return false;
        if (stack->count) memcpy(items, stack->items, stack->count * size);
        memory_free(parser->context, stack->items, stack->capacity * size);
        stack->items    = items;
        stack->capacity = capacity;
    }
    memcpy((char *)stack->items + stack->count++ * size, item, size);
    return true;
}

static bool push_derivation(struct parser *parser, struct derivation derivation) {
    return push(parser, &parser->derivations, &derivation, sizeof derivation);
}

static const ffi_ctype **params_from(struct parser *parser, size_t first) {
    return (const ffi_ctype **)parser->params.items + first;
}

static bool enter(struct parser *parser) {
    if (parser->depth++ < NESTING) return true;
    return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "nested more than %d deep", NESTING);
}

/* ---- specifiers ---- */

static unsigned accept_qualifiers(struct parser *parser) {
    unsigned qualifiers = 0;
    for (;; next(parser)) {
        if (at_mark(parser, "const") || at_mark(parser, "__const")) qualifiers |= QUALIFIER_CONST;
        else if (at_mark(parser, "volatile") || at_mark(parser, "__volatile__"))
            qualifiers |= QUALIFIER_VOLATILE;
        else if (at_mark(parser, "restrict") || at_mark(parser, "__restrict") ||
                 at_mark(parser, "__restrict__"))
            qualifiers |= QUALIFIER_RESTRICT;
        else if (at_mark(parser, "_Atomic")) qualifiers |= QUALIFIER_ATOMIC;
        else return qualifiers;
    }
}

/* `__attribute__((a, b))`: an ABI's name chooses it, and no other attribute is known. */
static bool attributes(struct parser *parser, const struct abi **abi) {
    while (accept(parser, "__attribute__")) {
        if (!accept(parser, "(") || !accept(parser, "(")) return expected(parser, "'(('");
        do {
            if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of an attribute");
            const char *name   = parser->token.at;
            size_t      length = parser->token.length;
            if (length > 4 && !memcmp(name, "__", 2)) name += 2, length -= 4; /* __ms_abi__ */
            const struct abi *found = abi_named(name, length);
            if (!found)
                return fail_at(parser, parser->token.at, FFI_ERROR_UNSUPPORTED,
                               "attribute '%.*s' is not supported", (int)(length < 40 ? length : 40), name);
            *abi = found;
            next(parser);
        } while (accept(parser, ","));
        if (!accept(parser, ")") || !accept(parser, ")")) return expected(parser, "'))'");
    }
    return true;
}

/* C's arithmetic types are written as a set of words in any order; each word counts in its own digit. */
enum {
    WORD_VOID     = 1 << 0,
    WORD_BOOL     = 1 << 2,
    WORD_CHAR     = 1 << 4,
    WORD_SHORT    = 1 << 6,
    WORD_INT      = 1 << 8,
    WORD_LONG     = 1 << 10,
    WORD_FLOAT    = 1 << 12,
    WORD_DOUBLE   = 1 << 14,
    WORD_SIGNED   = 1 << 16,
    WORD_UNSIGNED = 1 << 18
};

static int word_value(const struct token *token) {
    static const struct {
        const char *word;
        int         value;
    } words[] = {
        {"int", WORD_INT},       {"char", WORD_CHAR},  {"unsigned", WORD_UNSIGNED}, {"long", WORD_LONG},
        {"double", WORD_DOUBLE}, {"void", WORD_VOID},  {"float", WORD_FLOAT},       {"short", WORD_SHORT},
        {"signed", WORD_SIGNED}, {"_Bool", WORD_BOOL}, {"__signed__", WORD_SIGNED},
    };
    for (size_t i = 0; i < countof(words); i++)
        if (token_is(token, words[i].word)) return words[i].value;
    return 0;
}

/* C11 6.7.2p2: words that must be there, words that may. -1: these words are no type together. */
static int scalar_of_words(int words) {
    static const struct {
        int must, may, scalar;
    } types[] = {
        {WORD_INT, WORD_SIGNED, SCALAR_INT},
        {WORD_SIGNED, 0, SCALAR_INT},
        {WORD_UNSIGNED, WORD_INT, SCALAR_UINT},
        {WORD_CHAR, 0, SCALAR_CHAR},
        {WORD_SIGNED + WORD_CHAR, 0, SCALAR_SCHAR},
        {WORD_UNSIGNED + WORD_CHAR, 0, SCALAR_UCHAR},
        {WORD_SHORT, WORD_SIGNED + WORD_INT, SCALAR_SHORT},
        {WORD_UNSIGNED + WORD_SHORT, WORD_INT, SCALAR_USHORT},
        {WORD_LONG, WORD_SIGNED + WORD_INT, SCALAR_LONG},
        {WORD_UNSIGNED + WORD_LONG, WORD_INT, SCALAR_ULONG},
        {WORD_LONG + WORD_LONG, WORD_SIGNED + WORD_INT, SCALAR_LLONG},
        {WORD_UNSIGNED + WORD_LONG + WORD_LONG, WORD_INT, SCALAR_ULLONG},
        {WORD_VOID, 0, SCALAR_VOID},
        {WORD_BOOL, 0, SCALAR_BOOL},
        {WORD_FLOAT, 0, SCALAR_FLOAT},
        {WORD_DOUBLE, 0, SCALAR_DOUBLE},
    };
    for (size_t i = 0; i < countof(types); i++)
        if ((words & ~types[i].may) == types[i].must) return types[i].scalar;
    return -1;
}

/* Whether a word is C's own, with which a type begins. */
static bool is_keyword(const struct token *token) {
    static const char *const words[] = {"const", "volatile", "restrict", "_Atomic", "struct",
                                        "union", "enum",     "register", "__const"};
    if (token->kind != TOKEN_WORD) return false;
    for (size_t i = 0; i < countof(words); i++)
        if (token_is(token, words[i])) return true;
    return word_value(token);
}

/* `struct tag`, `union tag`, `enum tag`: incomplete, but for the enum, which is an int in all four ABIs. */
static const ffi_ctype *tagged(struct parser *parser) {
    ffi_ctype draft = {.kind = at_mark(parser, "struct")  ? FFI_KIND_STRUCT
                               : at_mark(parser, "union") ? FFI_KIND_UNION
                                                          : FFI_KIND_ENUM};
    next(parser);
    char tag[256];
    if (parser->token.kind != TOKEN_WORD || is_keyword(&parser->token)) return expected(parser, "a tag"), NULL;
    if (parser->token.length >= sizeof tag)
        return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "a name longer than %zu bytes",
                       sizeof tag - 1),
               NULL;
    memcpy(tag, parser->token.at, parser->token.length);
    tag[parser->token.length] = 0;
    next(parser);
    if (at_mark(parser, "{"))
        return fail_at(parser, parser->token.at, FFI_ERROR_UNSUPPORTED,
                       "the members of a %s cannot be declared yet",
                       draft.kind == FFI_KIND_ENUM ? "enum" : "struct or union"),
               NULL;
    draft.name = tag;
    if (draft.kind == FFI_KIND_ENUM) {
        draft.target = type_scalar(parser->context, SCALAR_INT);
        draft.size = draft.alignment = 4;
        if (!draft.target) return NULL;
    }
    return type_intern(parser->context, &draft);
}

static bool is_storage(const struct parser *parser) {
    static const char *const words[] = {"extern",    "static",   "inline",     "register",
                                        "_Noreturn", "__inline", "__inline__", "__extension__"};
    for (size_t i = 0; i < countof(words); i++)
        if (at_mark(parser, words[i])) return true;
    return false;
}

static const ffi_ctype *specifiers(struct parser *parser) {
    const char      *at         = parser->token.at;
    const ffi_ctype *type       = NULL;
    unsigned         qualifiers = 0;
    int              words      = 0, value;
    for (;;) {
        if (at_mark(parser, "__attribute__")) {
            if (!attributes(parser, &parser->abi)) return NULL;
            continue;
        }
        unsigned more = accept_qualifiers(parser);
        qualifiers |= more;
        if (more) continue;
        if (parser->token.kind != TOKEN_WORD) break;
        if (!type && (value = word_value(&parser->token))) {
            /* Three `long` would carry into the next digit. */
            if (words & value && (value != WORD_LONG || words & 2 * WORD_LONG)) break;
            words += value;
        } else if (is_storage(parser)) {
        } else if (type || words) {
            break;
        } else if (at_mark(parser, "struct") || at_mark(parser, "union") || at_mark(parser, "enum")) {
            if (!(type = tagged(parser))) return NULL;
            continue;
        } else if (type_is_name(parser->token.at, parser->token.length)) {
            type = type_named(parser->context, parser->token.at, parser->token.length);
            if (!type) return NULL;
        } else {
            fail_at(parser, parser->token.at, FFI_ERROR_TYPE, "unknown type '%.*s'",
                    (int)(parser->token.length < 40 ? parser->token.length : 40), parser->token.at);
            return NULL;
        }
        next(parser);
    }
    if (!type && !words) return expected(parser, "a type"), NULL;
    if (words) {
        int scalar = scalar_of_words(words);
        if (words == WORD_LONG + WORD_DOUBLE)
            return fail_at(parser, at, FFI_ERROR_UNSUPPORTED, "long double is not supported yet"), NULL;
        if (scalar < 0)
            return fail_at(parser, at, FFI_ERROR_TYPE, "these words together are not a type of C"), NULL;
        type = type_scalar(parser->context, (enum scalar)scalar);
    }
    return type ? type_qualified(parser->context, type, type->qualifiers | qualifiers) : NULL;
}

/* ---- declarators ---- */

static const ffi_ctype *declaration(struct parser *parser);

/* Whether a type begins here. Only what is none can be a name in brackets: `int (f)(void)`. */
static bool begins_type(const struct token *token) {
    return is_keyword(token) || (token->kind == TOKEN_WORD && type_is_name(token->at, token->length));
}

/* Whether the bracket before the next token opens parameters, not a declarator: `(int` and `(void`, but also
 * the unknown type of `(foo, int)`, `(foo *)` and `(foo x)`, which is then told as one. */
static bool opens_parameters(const struct token *first) {
    struct token second = lex(first->at + first->length);
    if (token_is(first, ")") || token_is(first, "...") || begins_type(first)) return true;
    return first->kind == TOKEN_WORD && !token_is(first, "__attribute__") &&
           (second.kind == TOKEN_WORD || token_is(&second, ",") || token_is(&second, "*"));
}

/* The parameters between brackets, of which the first is read. */
static bool parameters(struct parser *parser, struct derivation *function) {
    function->params = parser->params.count;
    if (accept(parser, ")")) return true; /* `f()`: no parameters, as in C23 6.7.6.3 */
    if (at_mark(parser, "void")) {
        struct token after = lex(parser->token.at + parser->token.length);
        if (token_is(&after, ")")) {
            next(parser), next(parser);
            return true;
        }
    }
    do {
        const char *at = parser->token.at;
        if (!function->variadic && accept(parser, "...")) {
            function->variadic = true;
            function->fixed    = function->count;
            continue;
        }
        if (function->count == FFI_MAX_ARGUMENTS)
            return fail_at(parser, at, FFI_ERROR_RANGE, "more than %d parameters", FFI_MAX_ARGUMENTS);
        struct token     outer = parser->name;
        const ffi_ctype *type  = declaration(parser);
        parser->name           = outer;
        if (!type) return false;
        if (!(type = type_parameter(parser->context, type))) return fail_here(parser, at);
        if (!push(parser, &parser->params, &type, sizeof type)) return false;
        function->count++;
    } while (accept(parser, ","));
    if (!accept(parser, ")")) return expected(parser, "',' or ')'");
    return true;
}

static bool function_suffix(struct parser *parser) {
    struct derivation function = {.kind = FFI_KIND_FUNCTION, .at = parser->token.at, .abi = parser->abi};
    parser->abi                = NULL;
    next(parser);
    if (!enter(parser) || !parameters(parser, &function)) return false;
    parser->depth--;
    if (!function.variadic) function.fixed = function.count;
    return attributes(parser, &function.abi) && push_derivation(parser, function);
}

static bool array_suffix(struct parser *parser) {
    struct derivation array = {.kind = FFI_KIND_ARRAY, .at = parser->token.at};
    next(parser);
    while (accept(parser, "static") || accept_qualifiers(parser)) {}
    if (parser->token.kind == TOKEN_NUMBER) {
        if (parser->token.value == 0)
            return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "an array of 0 elements");
        if (parser->token.value > SIZE_MAX / 2)
            return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "the array is too large");
        array.count = (size_t)parser->token.value;
        next(parser);
    }
    if (!accept(parser, "]")) return expected(parser, "the number of elements or ']'");
    return push_derivation(parser, array);
}

static bool declarator(struct parser *parser) {
    if (accept(parser, "*")) {
        struct derivation pointer = {.kind = FFI_KIND_POINTER, .at = parser->token.at};
        pointer.qualifiers        = accept_qualifiers(parser);
        if (!enter(parser) || !declarator(parser)) return false;
        parser->depth--;
        return push_derivation(parser, pointer);
    }
    if (at_mark(parser, "__attribute__") && !attributes(parser, &parser->abi)) return false;
    if (at_mark(parser, "*")) return declarator(parser);

    if (parser->token.kind == TOKEN_WORD) {
        if (is_keyword(&parser->token)) return expected(parser, "a name or the end of the type");
        parser->name = parser->token;
        next(parser);
    } else if (at_mark(parser, "(")) {
        struct token after = lex(parser->token.at + 1);
        if (!opens_parameters(&after)) {
            next(parser);
            if (!enter(parser) || !declarator(parser)) return false;
            parser->depth--;
            if (!accept(parser, ")")) return expected(parser, "')'");
        }
    }
    for (;;) {
        if (at_mark(parser, "(")) {
            if (!function_suffix(parser)) return false;
        } else if (at_mark(parser, "[")) {
            if (!array_suffix(parser)) return false;
        } else {
            return true;
        }
    }
}

static const ffi_ctype *derive(struct parser *parser, const ffi_ctype *of, const struct derivation *how) {
    ffi_context *context = parser->context;
    if (how->kind == FFI_KIND_POINTER)
        return type_qualified(context, type_pointer(context, of), how->qualifiers);

    ffi_ctype draft = {.kind = how->kind, .target = of, .count = how->count};
    if (how->kind == FFI_KIND_FUNCTION) {
        if (!(draft.target = type_result(context, of))) return NULL;
        draft.params   = how->count ? params_from(parser, how->params) : NULL;
        draft.fixed    = how->fixed;
        draft.variadic = how->variadic;
        draft.abi      = how->abi ? how->abi : context->abi;
        return type_intern(context, &draft);
    }
    if (!of->size) return fail(FFI_ERROR_TYPE, "an array's elements must have a size"), NULL;
    if (how->count > SIZE_MAX / 2 / of->size) return fail(FFI_ERROR_RANGE, "the array is too large"), NULL;
    draft.alignment = of->alignment;
    draft.size      = how->count * of->size;
    return type_intern(context, &draft);
}

/* Specifiers and one declarator. The name, if there is one, is left in the parser. */
static const ffi_ctype *declaration(struct parser *parser) {
    size_t           first = parser->derivations.count, params = parser->params.count;
    const ffi_ctype *type = specifiers(parser);
    parser->name          = (struct token){0};
    if (!type || !declarator(parser)) return NULL;
    while (type && parser->derivations.count > first) {
        const struct derivation how =
            ((struct derivation *)parser->derivations.items)[--parser->derivations.count];
        type = derive(parser, type, &how);
        if (!type) fail_here(parser, how.at);
    }
    parser->params.count = params;
    return type;
}

/* ---- the ways in ---- */

static struct parser begin(ffi_context *context, const char *text) {
    return (struct parser){.context = context, .source = text, .token = lex(text)};
}

static bool end(struct parser *parser, bool good) {
    memory_free(parser->context, parser->derivations.items,
                parser->derivations.capacity * sizeof(struct derivation));
    memory_free(parser->context, parser->params.items, parser->params.capacity * sizeof(ffi_ctype *));
    return good;
}

static bool whole(struct parser *parser, struct declaration *out) {
    out->type = declaration(parser);
    if (!out->type) return false;
    accept(parser, ";");
    if (parser->token.kind != TOKEN_END) return expected(parser, "the end of the declaration");
    out->name        = parser->name.kind == TOKEN_WORD ? parser->name.at : NULL;
    out->name_length = parser->name.length;
    return true;
}

bool parse_declaration(ffi_context *context, const char *text, struct declaration *out) {
    struct parser parser = begin(context, text);
    return end(&parser, whole(&parser, out));
}

bool parse_signature(ffi_context *context, const char *text, struct declaration *out) {
    struct parser parser = begin(context, text);
    if (!end(&parser, whole(&parser, out))) return false;
    if (out->type->kind == FFI_KIND_FUNCTION) return true;
    return fail_at(&parser, parser.token.at, FFI_ERROR_SYNTAX,
                   "expected '(' and parameters: this is a type, not a signature");
}

const ffi_ctype *parse_variadic(ffi_context *context, const ffi_ctype *signature, const char *types) {
    struct parser     parser = begin(context, types);
    struct derivation list   = {.kind = FFI_KIND_FUNCTION, .variadic = true, .abi = signature->abi};
    bool              good   = true;
    for (size_t i = 0; good && i < signature->fixed; i++)
        good = push(&parser, &parser.params, &signature->params[i], sizeof(ffi_ctype *));
    list.count = list.fixed = signature->fixed;
    while (good && parser.token.kind != TOKEN_END) {
        const char      *at   = parser.token.at;
        const ffi_ctype *type = declaration(&parser);
        good                  = type != NULL;
        if (good && !(type = type_parameter(context, type))) good = fail_here(&parser, at);
        if (good && list.count == FFI_MAX_ARGUMENTS)
            good = fail_at(&parser, at, FFI_ERROR_RANGE, "more than %d arguments", FFI_MAX_ARGUMENTS);
        good = good && push(&parser, &parser.params, &type, sizeof type);
        list.count++;
        if (good && parser.token.kind == TOKEN_END) break;
        if (good && !accept(&parser, ",")) good = expected(&parser, "',' or the end");
        if (good && parser.token.kind == TOKEN_END) good = expected(&parser, "a type");
    }
    const ffi_ctype *type = good ? derive(&parser, signature->target, &list) : NULL;
    end(&parser, type);
    return type;
}

const ffi_ctype *ffi_type_parse(ffi_context *context, const char *text) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!text) return fail_null(__func__, "text"), NULL;
    struct declaration declaration;
    os_lock_take(&context->lock);
    bool good = parse_declaration(context, text, &declaration);
    os_lock_give(&context->lock);
    return good ? declaration.type : NULL;
}
