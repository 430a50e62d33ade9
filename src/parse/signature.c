/* SPDX-License-Identifier: MIT */
/* The entry points of the parser beside ffi_declare(): a type, a signature, a list of extra types. */
#include "parse/signature.h"

#include "parse/macro.h"

static bool keep_symbol(struct parser *parser, const struct declarator *declarator, struct declaration *out) {
    size_t length  = declarator->symbol ? strlen(declarator->symbol) : 0;
    out->symbol[0] = 0;
    if (length >= sizeof out->symbol)
        return fail_at(parser, declarator->name.at, FFI_ERROR_RANGE, "the symbol is longer than %zu bytes",
                       sizeof out->symbol - 1);
    if (length) memcpy(out->symbol, declarator->symbol, length + 1);
    return true;
}

static bool read_declaration(struct parser *parser, struct declaration *out, bool signature) {
    struct declarator declarator;
    if (!parse_one(parser, 0, &declarator)) return false;
    if (at_mark(parser, ';')) parser_next(parser);
    if (parser->token.kind != TOKEN_END) return expected(parser, "the end of the declaration");
    if (!(out->type = annotated_type(parser, &declarator))) return false;
    out->name        = declarator.name.length ? declarator.name.at : NULL;
    out->name_length = declarator.name.length;
    if (!keep_symbol(parser, &declarator, out)) return false;
    if (!signature) return true;
    if ((out->type = type_called(out->type))) return true;
    return fail_at(parser, parser->token.at, FFI_ERROR_SYNTAX,
                   "expected '(' and parameters: this is a type, not a signature");
}

/* Reads the text as its macros make it. Its name lives as the context then: it is not in `text`. */
static bool replaced(struct parser *parser, const char *text, struct declaration *out, bool signature) {
    ffi_context      *context    = parser->context;
    struct checkpoint checkpoint = parser_try(parser);
    const char       *new_text   = text;
    bool              good       = preprocess(parser, text, true, &new_text) && new_text != text;
    parser->token                = (struct token){.at = new_text};
    if (good) parser_next(parser);
    good = good && read_declaration(parser, out, signature);
    if (good && out->name) {
        char *name = arena_new(&context->arena, &context->heap, out->name_length + 1);
        if (name) out->name = memcpy(name, out->name, out->name_length);
        good = name != NULL;
    }
    return parser_tried(parser, &checkpoint, good);
}

static bool parse(ffi_context *context, const char *text, struct declaration *out, bool signature) {
    struct parser parser;
    out->type        = NULL;
    out->name        = NULL;
    out->name_length = 0;
    out->symbol[0]   = 0;
    parser_begin(&parser, context, text);
    if (context->macros.count && replaced(&parser, text, out, signature)) return parser_end(&parser, true);
    parser.token = (struct token){.at = parser.source};
    if (!parser.broken) parser_next(&parser);
    return parser_end(&parser, !parser.broken && read_declaration(&parser, out, signature));
}

/* ---- texts read before ---- */

/* A memo: a runtime may make thousands of functions and callbacks from one text. The result of a text is kept,
 * and is valid until a name or a type changes. */
enum { MEMOS = 8192, MEMO_SIZE = 256 }; /* the largest number of memos, and of bytes in a text */

struct memo {
    struct memo     *next; /* the memo made before this one */
    uint64_t         generation;
    const ffi_ctype *type;
    size_t           size; /* size of the text with its NUL */
    const char      *name; /* in the text below or, of a text with macros, elsewhere; NULL: none */
    uint16_t         name_length;
    bool             is_inside, signature; /* signature: it was asked for one */
    char             text[];
};

struct memo_key {
    const char *text;
    size_t      size;
    bool        signature;
};

static bool has_text(const void *record, const void *key) {
    const struct memo     *memo   = record;
    const struct memo_key *wanted = key;
    return memo->size == wanted->size && memo->signature == wanted->signature &&
           !memcmp(memo->text, wanted->text, wanted->size);
}

void parse_forget(ffi_context *context) {
    for (struct memo *memo = context->last_memo, *next; memo; memo = next) {
        next = memo->next;
        memory_free(&context->heap, memo, sizeof *memo + memo->size);
    }
    map_free(&context->memos, &context->heap);
    context->memos     = (struct map){.table = NULL};
    context->last_memo = NULL;
}

static struct memo *memo_new(ffi_context *context, uint64_t hash, const struct memo_key *key) {
    if (context->memos.count == MEMOS) parse_forget(context);
    struct memo *memo = memory_new(&context->heap, sizeof *memo + key->size);
    if (!memo) return NULL;
    *memo = (struct memo){.next = context->last_memo, .size = key->size, .signature = key->signature};
    memcpy(memo->text, key->text, key->size);
    if (!map_add(&context->memos, &context->heap, hash, memo)) {
        memory_free(&context->heap, memo, sizeof *memo + key->size);
        return NULL;
    }
    return context->last_memo = memo;
}

static bool remember(ffi_context *context, struct memo *memo, const char *text, const struct declaration *out) {
    memo->generation  = context->journal.generation;
    memo->type        = out->type;
    memo->is_inside   = out->name >= text && out->name <= text + memo->size;
    memo->name        = memo->is_inside ? memo->text + (out->name - text) : out->name;
    memo->name_length = (uint16_t)out->name_length;
    return true;
}

static void recall(const struct memo *memo, const char *text, struct declaration *out) {
    out->type        = memo->type;
    out->name        = memo->is_inside ? text + (memo->name - memo->text) : memo->name;
    out->name_length = memo->name_length;
    out->symbol[0]   = 0;
}

static bool known(ffi_context *context, const char *text, struct declaration *out, bool signature) {
    struct memo_key key  = {text, strlen(text) + 1, signature};
    uint64_t        hash = map_hash(signature, text, key.size);
    struct memo    *memo = map_find(&context->memos, hash, has_text, &key);
    if (memo && memo->generation == context->journal.generation) return recall(memo, text, out), true;
    if (!parse(context, text, out, signature)) return false;
    if (key.size > MEMO_SIZE || *out->symbol) return true;
    return (memo || (memo = memo_new(context, hash, &key))) && remember(context, memo, text, out);
}

bool parse_signature(ffi_context *context, const char *text, struct declaration *out) {
    return known(context, text, out, true);
}

bool parse_declaration(ffi_context *context, const char *text, struct declaration *out) {
    return known(context, text, out, false);
}

/* Reads types up to the end of the text, and pushes them after the existing parameters. */
static bool arguments(struct parser *parser) {
    struct declarator argument;
    do {
        const char *at = parser->token.at;
        if (!parse_one(parser, 0, &argument)) return false;
        const ffi_ctype *type = type_parameter(parser->context, argument.type);
        if (!type) return fail_here(parser, at);
        if (parser->params.count == FFI_MAX_ARGUMENTS)
            return fail_at(parser, at, FFI_ERROR_RANGE, "more than %d arguments", FFI_MAX_ARGUMENTS);
        struct noted note = {.length = (int64_t)type_parameter_length(argument.type)};
        if (!annotate_parameter(parser, &argument.annotations, type, &note) ||
            !push_parameter(parser, type, &note))
            return false;
    } while (accept_mark(parser, ','));
    return parser->token.kind == TOKEN_END || expected(parser, "',' or the end");
}

const ffi_ctype *parse_variadic(ffi_context *context, const ffi_ctype *signature, const char *types) {
    struct parser parser;
    ffi_ctype     draft = type_copy(signature);
    parser_begin(&parser, context, types);
    bool         good   = true;
    struct noted result = note_of(signature, signature->count);
    for (size_t i = 0; good && i < signature->fixed; i++) {
        struct noted note = note_of(signature, i);
        good              = push_parameter(&parser, signature->params[i], &note);
    }
    parser_next(&parser);
    good                      = good && (parser.token.kind == TOKEN_END || arguments(&parser));
    draft.count               = parser.params.count;
    draft.params              = draft.count ? (const ffi_ctype **)parser.params.items : NULL;
    const struct noted *notes = parser.notes.items;
    const ffi_ctype    *type  = good ? type_signature(context, &draft, notes, &result) : NULL;
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
