/* SPDX-License-Identifier: MIT */
/* The ways into the parser but ffi_declare(): a type, a signature, a list of further arguments. */
#include "parse.h"

#include "parser.h"

static bool keep_symbol(struct parser *parser, const struct declarator *declarator, struct declaration *out) {
    size_t length  = declarator->symbol ? strlen(declarator->symbol) : 0;
    out->symbol[0] = 0;
    if (length >= sizeof out->symbol)
        return fail_at(parser, declarator->name.at, FFI_ERROR_RANGE, "the symbol is longer than %zu bytes",
                       sizeof out->symbol - 1);
    if (length) memcpy(out->symbol, declarator->symbol, length + 1);
    return true;
}

static bool whole(struct parser *parser, struct declaration *out, bool signature) {
    struct declarator declarator;
    if (!parse_one(parser, &declarator)) return false;
    if (at_mark(parser, ';')) parser_next(parser);
    if (parser->token.kind != TOKEN_END) return expected(parser, "the end of the declaration");
    out->type        = declarator.type;
    out->name        = declarator.name.length ? declarator.name.at : NULL;
    out->name_length = declarator.name.length;
    if (!keep_symbol(parser, &declarator, out)) return false;
    if (!signature || out->type->kind == FFI_KIND_FUNCTION) return true;
    return fail_at(parser, parser->token.at, FFI_ERROR_SYNTAX,
                   "expected '(' and parameters: this is a type, not a signature");
}

static bool parse(ffi_context *context, const char *text, struct declaration *out, bool signature) {
    struct parser parser;
    parser_begin(&parser, context, text);
    parser_next(&parser);
    return parser_end(&parser, whole(&parser, out, signature));
}

bool parse_declaration(ffi_context *context, const char *text, struct declaration *out) {
    return parse(context, text, out, false);
}

/* ---- signatures read before ---- */

/* A runtime makes callbacks of one signature by the thousand, from one text. What the last such texts meant is
 * kept as long as no name is added that could change it. */
enum { RECENT = 32, RECENT_SIZE = 256 }; /* texts; bytes of one */

struct recent {
    size_t names; /* in the context when these were read */
    struct {
        char            *text; /* NULL: this place is free */
        size_t           size;
        const ffi_ctype *type;
        size_t           name, name_length;
    } read[RECENT];
};

static size_t count_names(const ffi_context *context) {
    return context->names.count + context->tags.count;
}

static void forget_all(ffi_context *context) {
    for (size_t i = 0; i < RECENT; i++) {
        memory_free(context, context->recent->read[i].text, context->recent->read[i].size);
        context->recent->read[i].text = NULL;
    }
    context->recent->names = count_names(context);
}

void parse_forget(ffi_context *context) {
    if (!context->recent) return;
    forget_all(context);
    memory_free(context, context->recent, sizeof *context->recent);
    context->recent = NULL;
}

static bool remember(ffi_context *context, size_t place, const char *text, size_t size,
                     const struct declaration *out) {
    if (!context->recent) {
        if (!(context->recent = memory_new(context, sizeof *context->recent))) return false;
        *context->recent = (struct recent){.names = count_names(context)};
    }
    if (context->recent->names != count_names(context)) forget_all(context);
    char *copy = memory_new(context, size);
    if (!copy) return false;
    memory_free(context, context->recent->read[place].text, context->recent->read[place].size);
    context->recent->read[place].text        = memcpy(copy, text, size);
    context->recent->read[place].size        = size;
    context->recent->read[place].type        = out->type;
    context->recent->read[place].name        = out->name ? (size_t)(out->name - text) : 0;
    context->recent->read[place].name_length = out->name_length;
    return true;
}

static bool recall(ffi_context *context, size_t place, const char *text, size_t size, struct declaration *out) {
    struct recent *recent = context->recent;
    if (!recent || recent->names != count_names(context) || !recent->read[place].text) return false;
    if (recent->read[place].size != size || memcmp(recent->read[place].text, text, size)) return false;
    out->type        = recent->read[place].type;
    out->name        = text + recent->read[place].name;
    out->name_length = recent->read[place].name_length;
    out->symbol[0]   = 0;
    return true;
}

bool parse_signature(ffi_context *context, const char *text, struct declaration *out) {
    size_t size = strlen(text) + 1, place = hash_bytes(0, text, size) % RECENT;
    if (recall(context, place, text, size, out)) return true;
    if (!parse(context, text, out, true)) return false;
    return size > RECENT_SIZE || *out->symbol || remember(context, place, text, size, out);
}

/* Types up to the end of the text, pushed behind the parameters that are there. */
static bool arguments(struct parser *parser) {
    struct declarator argument;
    do {
        const char *at = parser->token.at;
        if (!parse_one(parser, &argument)) return false;
        const ffi_ctype *type = type_parameter(parser->context, argument.type);
        if (!type) return fail_here(parser, at);
        if (parser->params.count == FFI_MAX_ARGUMENTS)
            return fail_at(parser, at, FFI_ERROR_RANGE, "more than %d arguments", FFI_MAX_ARGUMENTS);
        if (!push_parameter(parser, type, type_parameter_length(argument.type))) return false;
    } while (accept_mark(parser, ','));
    return parser->token.kind == TOKEN_END || expected(parser, "',' or the end");
}

const ffi_ctype *parse_variadic(ffi_context *context, const ffi_ctype *signature, const char *types) {
    struct parser parser;
    ffi_ctype     draft = *signature;
    parser_begin(&parser, context, types);
    bool good = true;
    for (size_t i = 0; good && i < signature->fixed; i++)
        good = push_parameter(&parser, signature->params[i], ffi_type_parameter_length(signature, i));
    parser_next(&parser);
    good                  = good && (parser.token.kind == TOKEN_END || arguments(&parser));
    draft.count           = parser.params.count;
    draft.params          = draft.count ? (const ffi_ctype **)parser.params.items : NULL;
    draft.lengths         = draft.count ? (const size_t *)parser.lengths.items : NULL;
    draft.plain           = NULL;
    const ffi_ctype *type = good ? type_signature(context, &draft) : NULL;
    return parser_end(&parser, type) ? type : NULL;
}

const ffi_ctype *ffi_type_parse(ffi_context *context, const char *text) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!text) return fail_null(__func__, "text"), NULL;
    struct declaration declaration;
    declaration.type = NULL;
    os_lock_take(&context->lock);
    bool good = parse_declaration(context, text, &declaration);
    os_lock_give(&context->lock);
    return good ? declaration.type : NULL;
}
