/* SPDX-License-Identifier: MIT */
/*
 * The base of all parts of the parser: reading tokens, lines of the preprocessor, stacks of items, and attempts
 * that a failure undoes.
 */
#include "base/words.h"
#include "parse/macro.h"

/* ---- lines of the preprocessor ---- */

/* Reads the words of a directive one by one. */
static struct token word_after(const struct token *token, const char *end) {
    struct token word = lex(token->at + token->length);
    if (word.at >= end) word = (struct token){.kind = TOKEN_END, .at = end};
    return word;
}

static bool same_word(const struct token *a, const struct token *b) {
    return a->length == b->length && !memcmp(a->at, b->at, a->length);
}

/* A level of #pragma pack(push): the value that pop restores, and the level's label. */
struct saved_pack {
    size_t       pack;
    struct token label; /* length 0: no label */
};

static bool push_pack(struct parser *parser, const struct token *label) {
    struct saved_pack saved = {parser->pack, *label};
    return push(parser, &parser->packs, &saved, sizeof saved);
}

/* A label pops all levels above its own too. If no level has the label, gcc pops one level, clang and
 * Microsoft's compiler pop none. */
static void pop_pack(struct parser *parser, const struct token *label) {
    const struct saved_pack *packs = parser->packs.items;
    size_t                   level = parser->packs.count;
    while (label->length && level && !same_word(&packs[level - 1].label, label)) level--;
    if (label->length && !level && model_is_gcc(parser->context->abi->model)) level = parser->packs.count;
    if (!level) return;
    parser->packs.count = level - 1;
    parser->pack        = packs[level - 1].pack;
}

/* Reads `#pragma pack()`, `(n)`, `(push)`, `(push, label, n)`, `(pop, label)`. Compilers ignore malformed ones;
 * to gcc `(pop, n)` is malformed. */
static bool pragma_pack(struct parser *parser, struct token word, const char *end) {
    const char  *at        = word.at;
    size_t       pack      = 0;
    struct token label     = {0};
    bool         does_push = false, does_pop = false, number_given = false, first = true;
    word = word_after(&word, end);
    if (!is_mark(&word, '(')) return true; /* GNU C ignores it too */
    for (word = word_after(&word, end); word.kind != TOKEN_END && !is_mark(&word, ')');
         word = word_after(&word, end)) {
        struct number number;
        if (first && token_is(&word, "push")) {
            does_push = true;
        } else if (first && token_is(&word, "pop")) {
            does_pop = true;
        } else if (word.kind == TOKEN_NUMBER && token_number(&word, &number)) {
            if (number.value > 16 || number.value & (number.value - 1))
                return fail_at(parser, word.at, FFI_ERROR_SYNTAX, "#pragma pack takes 1, 2, 4, 8 or 16");
            pack         = (size_t)number.value;
            number_given = true;
        } else if (word.kind == TOKEN_WORD && !first && !label.length) {
            label = word;
        } else if (!is_mark(&word, ',')) {
            return true;
        }
        first = false;
    }
    if (!is_mark(&word, ')')) return fail_at(parser, at, FFI_ERROR_SYNTAX, "this #pragma pack lacks its ')'");
    if (does_pop && number_given && model_is_gcc(parser->context->abi->model)) return true;
    if (does_push && !push_pack(parser, &label)) return false;
    if (does_pop) pop_pack(parser, &label);
    if (number_given || (!does_push && !does_pop)) parser->pack = pack;
    return true;
}

/* `#pragma options align=packed` and its like, Apple's: `reset` is their pop, or without a level ends packing.
 */
static bool pragma_options(struct parser *parser, struct token word, const char *end) {
    struct token align = word_after(&word, end), is = word_after(&align, end), how = word_after(&is, end);
    if (parser->context->abi->model->records != RECORDS_CLANG) return true;
    if (!token_is(&align, "align") || !is_mark(&is, '=')) return true;
    if (token_is(&how, "reset")) {
        if (!parser->packs.count) parser->pack = 0;
        pop_pack(parser, &(struct token){0});
        return true;
    }
    size_t known = word_number("packed\0natural\0native\0power\0", how.at, how.length);
    if (!known) return true;
    if (!push_pack(parser, &(struct token){0})) return false;
    parser->pack = known == 1;
    return true;
}

static bool pragma(struct parser *parser, const struct token *before, const char *end) {
    struct token word = word_after(before, end);
    struct token how  = word_after(&word, end);
    switch (word_number("pack\0options\0ms_struct\0scalar_storage_order\0", word.at, word.length)) {
    case 1: return pragma_pack(parser, word, end);
    case 2: return pragma_options(parser, word, end);
    case 3: parser->ms_struct = token_is(&how, "on"); return true;
    case 4:
        return token_is(&how, "default") || fail_at(parser, before->at, FFI_ERROR_UNSUPPORTED,
                                                    "#pragma scalar_storage_order is not supported");
    default: return true;
    }
}

/* Reads a line of the preprocessor; it only changes the parser's state. False if the line is invalid. */
static bool directive(struct parser *parser, const struct token *line) {
    const char  *end   = line->at + line->length;
    struct token hash  = {.kind = TOKEN_MARK, .at = line->at, .length = *line->at == '#' ? 1 : 2}; /* `%:` */
    struct token word  = word_after(&hash, end);
    size_t       known = word_number("line\0pragma\0ident\0define\0undef\0", word.at, word.length);
    if (word.kind == TOKEN_END || word.kind == TOKEN_NUMBER || known == 1) return true;
    if (!parser->is_expanded && !macro_line(parser, line)) return false;
    if (known == 2) return pragma(parser, &word, end);
    return known || expected(parser, "a declaration");
}

/* ---- pragmas within a line ---- */

static bool is_pragma(const struct token *token) {
    return is_key(token, KEY_PRAGMA) || is_key(token, KEY_MS_PRAGMA);
}

/* The bracket that closes the one behind `word`; another token if there is none. */
static struct token closing(const struct token *word) {
    struct token token = lex(word->at + word->length);
    for (size_t open = 0; token.kind != TOKEN_END && token.kind != TOKEN_BAD;
         token       = lex(token.at + token.length)) {
        if (is_mark(&token, '(')) open++;
        else if (!open || (is_mark(&token, ')') && !--open)) break;
    }
    return token;
}

/* The text of a string without its quotes and the backslashes before quotes (C11 6.10.9); NULL if memory is
 * out. */
static char *destringized(struct parser *parser, const struct token *string) {
    char *text = journal_scratch(&parser->context->journal, string->length + 1), *to = text;
    if (!text) return NULL;
    const char *at = string->at + strcspn(string->at, "\"") + 1, *end = string->at + string->length - 1;
    for (; at < end; at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\')) at++;
        *to++ = *at;
    }
    *to = 0;
    return text;
}

/* Reads `_Pragma("...")` or Microsoft's `__pragma(...)`, up to its `)`. */
static bool pragma_operator(struct parser *parser) {
    struct token word = parser->token, open = lex(word.at + word.length), close = closing(&word);
    struct token string = lex(open.at + open.length);
    bool         quoted = word.id == KEY_PRAGMA;
    if (!is_mark(&open, '(') || !is_mark(&close, ')') || (quoted && string.kind != TOKEN_STRING)) {
        parser->token = open;
        return expected(parser, quoted ? "'(' and a string" : "'('");
    }
    parser->token = close;
    if (!quoted) return pragma(parser, &open, close.at);
    char *text = destringized(parser, &string);
    if (!text) return false;
    /* `pragma` reads the words behind a token. */
    parser->pragma_at = string.at;
    bool good         = pragma(parser, &(struct token){.at = text}, text + strlen(text));
    parser->pragma_at = NULL;
    return good;
}

/* ---- tokens ---- */

/* Keeps the first error message: later failures are its consequences and must not replace it. */
void parser_break(struct parser *parser) {
    parser->broken = true;
    parser->token  = (struct token){.kind = TOKEN_BAD, .at = parser->token.at};
    fail_quietly();
}

static inlined void read_token(struct parser *parser) {
    const char *at = parser->token.at + parser->token.length;
    parser->token  = parser->ahead_from == at ? parser->ahead : lex(at);
}

/* Whether the preprocessor would have read the token: only headers have such tokens. */
static inlined bool is_line(const struct parser *parser) {
    return parser->header && (parser->token.kind == TOKEN_DIRECTIVE || is_pragma(&parser->token));
}

/* Obeys lines and pragmas up to the next other token. */
static outlined void obey_lines(struct parser *parser) {
    while (
        (parser->token.kind == TOKEN_DIRECTIVE ? directive(parser, &parser->token) : pragma_operator(parser)) ||
        parser_skips(parser)) {
        read_token(parser);
        if (!is_line(parser)) return;
    }
    parser->token = (struct token){.kind = TOKEN_BAD, .at = parser->token.at};
    if (!parser->quiet) parser_break(parser);
}

void parser_next(struct parser *parser) {
    read_token(parser);
    if (is_line(parser)) obey_lines(parser);
}

struct token parser_peek(struct parser *parser) {
    parser->ahead_from = parser->token.at + parser->token.length;
    parser->ahead      = lex(parser->ahead_from);
    for (struct token token = parser->ahead;; token = lex(token.at + token.length)) {
        if (!parser->header || (token.kind != TOKEN_DIRECTIVE && !is_pragma(&token))) return token;
        if (is_pragma(&token)) token = closing(&token);
    }
}

bool accept_mark(struct parser *parser, int mark) {
    if (!at_mark(parser, mark)) return false;
    parser_next(parser);
    return true;
}

bool accept_key(struct parser *parser, enum keyword key) {
    if (!at_key(parser, key)) return false;
    parser_next(parser);
    return true;
}

bool at_one_of(const struct parser *parser, const char *marks) {
    if (parser->token.kind != TOKEN_MARK) return false;
    while (*marks && *marks != parser->token.id) marks++;
    return *marks;
}

bool skip_brackets(struct parser *parser) {
    struct token first = parser->token;
    size_t       open  = 0;
    do {
        if (parser->token.kind == TOKEN_END)
            return fail_at(parser, first.at, FFI_ERROR_SYNTAX, "this '%c' is not closed", *first.at);
        if (parser->token.kind == TOKEN_BAD) return expected(parser, "what C allows here");
        if (at_one_of(parser, "([{")) open++;
        if (at_one_of(parser, ")]}")) open--;
        parser_next(parser);
    } while (open);
    return true;
}

bool skip_expression(struct parser *parser, const char *ends, const char *what) {
    do {
        bool is_end = parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_BAD;
        if (is_end || at_one_of(parser, ")]};,")) return expected(parser, what);
        if (!at_one_of(parser, "([{")) parser_next(parser);
        else if (!skip_brackets(parser)) return false;
    } while (!at_one_of(parser, ends));
    return true;
}

const char *copy_name(struct parser *parser, const struct token *name) {
    char *copy = journal_scratch(&parser->context->journal, name->length + 1);
    return copy ? memcpy(copy, name->at, name->length) : NULL;
}

bool enter(struct parser *parser, unsigned level) {
    if ((parser->depth += level) <= NESTING * LEVEL) return true;
    return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "nested more than %d deep", NESTING);
}

static void free_stack(ffi_context *context, struct stack *stack, size_t size) {
    if (stack->capacity > FIRST_ITEMS) memory_free(&context->heap, stack->items, stack->capacity * size);
}

void *push_room(struct parser *parser, struct stack *stack, size_t size) {
    if (stack->count == stack->capacity) {
        const struct heap *heap     = &parser->context->heap;
        size_t             capacity = stack->capacity ? stack->capacity * 2 : FIRST_ITEMS;
        char              *items    = stack->capacity ? memory_new(heap, capacity * size)
                                                      : arena_words(&parser->context->journal.scratch, heap, capacity * size);
        if (!items) return NULL;
        if (stack->count) memcpy(items, stack->items, stack->count * size);
        free_stack(parser->context, stack, size);
        stack->items    = items;
        stack->capacity = capacity;
    }
    return (char *)stack->items + stack->count++ * size;
}

bool push_parameter(struct parser *parser, const ffi_ctype *type, const struct noted *note) {
    return push(parser, &parser->params, &type, sizeof type) &&
           push(parser, &parser->notes, note, sizeof *note);
}

void drop_parameters(struct parser *parser, size_t count) {
    parser->params.count = parser->notes.count = count;
}

/* ---- trying and taking back ---- */

bool parser_skips(struct parser *parser) {
    const ffi_declare_options *options = parser->options;
    if (!parser->is_lenient || parser->quiet || parser->broken || ffi_last_error() == FFI_ERROR_MEMORY)
        return false;
    parser->skipped++;
    if (options && options->skipped) options->skipped(ffi_last_message(), options->userdata);
    return true;
}

struct checkpoint parser_here(const struct parser *parser) {
    return (struct checkpoint){.token       = parser->token,
                               .depth       = parser->depth,
                               .unevaluated = parser->unevaluated,
                               .parameters  = parser->parameters,
                               .derivations = parser->derivations.count,
                               .params      = parser->params.count,
                               .members     = parser->members.count,
                               .enumerators = parser->enumerators.count,
                               .packs       = parser->packs.count,
                               .changes     = parser->context->journal.count,
                               .pack        = parser->pack,
                               .ms_struct   = parser->ms_struct};
}

void parser_rewind(struct parser *parser, const struct checkpoint *to) {
    journal_undo(&parser->context->journal, to->changes);
    parser->token             = to->token;
    parser->depth             = to->depth;
    parser->unevaluated       = to->unevaluated;
    parser->parameters        = to->parameters;
    parser->derivations.count = to->derivations;
    drop_parameters(parser, to->params);
    parser->members.count     = to->members;
    parser->enumerators.count = to->enumerators;
    parser->packs.count       = to->packs;
    parser->pack              = to->pack;
    parser->ms_struct         = to->ms_struct;
}

struct checkpoint parser_try(struct parser *parser) {
    if (!parser->quiet++ && !parser->broken) fail_quietly();
    return parser_here(parser);
}

bool parser_tried(struct parser *parser, const struct checkpoint *checkpoint, bool good) {
    if (!good) parser_rewind(parser, checkpoint);
    if (--parser->quiet || parser->broken) return good;
    if (fail_loudly() != FFI_ERROR_MEMORY) return good;
    fail(FFI_ERROR_MEMORY, "out of memory");
    parser_break(parser);
    return false;
}

/* ---- the whole ---- */

void parser_begin(struct parser *parser, ffi_context *context, const char *text) {
    if (!strncmp(text, "\xef\xbb\xbf", 3)) text += 3; /* the mark that Windows' editors begin UTF-8 with */
    memset(parser, 0, offsetof(struct parser, room));
    parser->context  = context;
    parser->source   = text;
    parser->token.at = text;
    parser->call     = ++context->parses;
    parser->scope = parser->declared = context->declared;
    journal_open(&context->journal, parser->room, sizeof parser->room);
}

bool parser_end(struct parser *parser, bool good) {
    ffi_context *context = parser->context;
    good                 = good && !parser->broken;
    if (parser->broken) fail_loudly();
    free_stack(context, &parser->derivations, sizeof(struct derivation));
    free_stack(context, &parser->params, sizeof(ffi_ctype *));
    free_stack(context, &parser->notes, sizeof(struct noted));
    free_stack(context, &parser->members, sizeof(struct placed_member));
    free_stack(context, &parser->enumerators, sizeof(struct enumerator));
    memory_free(&context->heap, parser->expansion.items, parser->expansion.capacity);
    free_stack(context, &parser->packs, sizeof(struct saved_pack));
    /* Declaring a header again uses no more memory. */
    journal_close(&context->journal, good && (!parser->header || context->journal.lasting));
    return good;
}
