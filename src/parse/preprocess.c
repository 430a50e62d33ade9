/* SPDX-License-Identifier: MIT */
/*
 * The part of C's preprocessor that a text as written needs: macros are defined, undefined and replaced in
 * their order. Conditions and #include are left out: a text that has them is given as `cc -E` prints it. Such a
 * text begins with a line marker, and is not replaced again: what of macros is left in it stays as it is.
 */
#include "parse/macro.h"

/* ---- lines ---- */

/* The next word of a line, TOKEN_END behind its last one. */
static struct token word_of(const struct token *line, const char *at) {
    struct token word = lex_macro(at);
    if (word.at >= line->at + line->length) word = (struct token){.kind = TOKEN_END, .at = word.at};
    return word;
}

static struct token after(const struct token *line, const struct token *word) {
    return word_of(line, word->at + word->length);
}

/* The name in `("name")`; of length 0: there is none. */
static struct token quoted_name(const struct token *line, const struct token *before) {
    struct token open = after(line, before), name = after(line, &open);
    if (open.kind != TOKEN_MARK || open.id != '(' || name.kind != TOKEN_STRING || *name.at != '"')
        return (struct token){.kind = TOKEN_END};
    name.at++, name.length -= 2;
    return name;
}

static const char *behind_hash(const struct token *line) {
    return line->at + (*line->at == '#' ? 1 : 2); /* `%:` */
}

bool macro_line(struct parser *parser, const struct token *line) {
    ffi_context *context = parser->context;
    struct token word = word_of(line, behind_hash(line)), name = after(line, &word);
    if (token_is(&word, "pragma")) {
        struct token quoted = quoted_name(line, &name);
        if (quoted.length && token_is(&name, "push_macro")) return macro_push(context, &quoted);
        if (quoted.length && token_is(&name, "pop_macro")) return macro_pop(context, &quoted);
        return true;
    }
    bool define = token_is(&word, "define");
    if (!define && !token_is(&word, "undef")) return true;
    if (name.kind != TOKEN_WORD) {
        struct token here = parser->token;
        parser->token     = name;
        expected(parser, "the name of a macro");
        parser->token = here;
        return false;
    }
    return define ? macro_define(context, &name, line->at + line->length) : macro_undefine(context, &name);
}

/* ---- texts ---- */

/* Whether the text begins with `# 1 "file"` or `#line 1`. */
static bool is_preprocessed(const char *text) {
    struct token line = lex(text);
    if (line.kind != TOKEN_DIRECTIVE) return false;
    struct token word = word_of(&line, line.at + 1);
    return word.kind == TOKEN_NUMBER || token_is(&word, "line");
}

/* Without its definitions, a text as written has often half its size. */
static bool append(struct parser *parser, const char *text, size_t length) {
    struct stack *out = &parser->expansion;
    if (out->capacity - out->count < length + 1) {
        size_t most     = out->capacity ? out->capacity / 4 * 5 : strlen(parser->source) / 8 * 5;
        size_t need     = out->count + length + 1;
        size_t capacity = need > most ? need + need / 4 : most;
        char  *at       = memory_new(&parser->context->heap, capacity);
        if (!at) return false;
        if (out->count) memcpy(at, out->items, out->count);
        memory_free(&parser->context->heap, out->items, out->capacity);
        out->items    = at;
        out->capacity = capacity;
    }
    char *to = (char *)out->items + out->count;
    memcpy(to, text, length);
    out->count += length;
    to[length] = 0;
    return true;
}

static bool fail_use(struct parser *parser, const char *at, const struct expander *expander) {
    static const char *const messages[] = {
        [EXPANSION_SIZE]  = "the text that macro '%.100s' stands for is too long",
        [EXPANSION_DEPTH] = "uses of macros nested too deep, in '%.100s'",
        [EXPANSION_OPEN]  = "this use of macro '%.100s' is not closed",
        [EXPANSION_COUNT] = "macro '%.100s' takes another number of arguments",
        [EXPANSION_PASTE] = "# or ## of macro '%.100s' does not make a token"};
    if (expander->fault == EXPANSION_MEMORY) return false;
    bool bounds = expander->fault == EXPANSION_SIZE || expander->fault == EXPANSION_DEPTH;
    return fail_at(parser, at, bounds ? FFI_ERROR_RANGE : FFI_ERROR_SYNTAX, messages[expander->fault],
                   expander->culprit->name);
}

/* Appends as many ends of lines as there are: messages count lines. */
static bool append_ends(struct parser *parser, const char *at, const char *end) {
    for (; at < end; at++)
        if (*at == '\n' && !append(parser, "\n", 1)) return false;
    return true;
}

/* Appends what a use stands for, and the ends of lines that the use had. */
static bool append_use(struct parser *parser, struct expander *expander, const struct token *word) {
    struct tokens tokens = {0};
    if (!expand_use(expander, word, &tokens)) return fail_use(parser, word->at, expander);
    size_t length = expand_write(&tokens, NULL);
    char  *text   = arena_new(&expander->arena, &parser->context->heap, length + 1);
    if (!text) return false;
    expand_write(&tokens, text);
    return append(parser, text, length) && append_ends(parser, word->at, expander->text);
}

/* Obeys a line about macros. What defines one is not copied. */
static bool obey_line(struct parser *parser, const struct token *line, const char **copied) {
    struct token word = word_of(line, behind_hash(line));
    if (!macro_line(parser, line) && !parser_skips(parser)) return false;
    if (!token_is(&word, "define") && !token_is(&word, "undef")) return true;
    const char *end = line->at + line->length;
    if (!append(parser, *copied, (size_t)(line->at - *copied)) || !append_ends(parser, line->at, end))
        return false;
    *copied = end;
    return true;
}

/* Replaces the uses from `text` on, and copies what is between them. */
static bool replace_all(struct parser *parser, struct expander *expander, const char *text, bool signature) {
    const char *copied = text;
    size_t      open   = 0;
    for (;;) {
        struct token token = lex(text);
        text               = token.at + token.length;
        if (token.kind == TOKEN_END) break;
        if (token.kind == TOKEN_DIRECTIVE && !signature && !obey_line(parser, &token, &copied)) return false;
        if (is_mark(&token, '[')) open++;
        if (is_mark(&token, ']')) open--;
        if (token.kind != TOKEN_WORD) continue;
        const struct macro *macro = macro_find(parser->context, token.at, token.length);
        if (!macro || (signature && macro->has_parameters && !open)) continue;
        struct arena_mark mark = arena_mark(&expander->arena);
        expander->text         = text;
        if (!expand_is_use(expander, &token)) continue;
        if (!append(parser, copied, (size_t)(token.at - copied))) return false;
        copied = token.at;
        if (append_use(parser, expander, &token)) copied = text = expander->text;
        else if (expander->fault == EXPANSION_MEMORY || !parser_skips(parser)) return false;
        expander->fault = EXPANSION_GOOD;
        arena_release(&expander->arena, &parser->context->heap, mark);
    }
    return !parser->expansion.count || append(parser, copied, strlen(copied));
}

bool preprocess(struct parser *parser, const char *text, bool signature, const char **out) {
    struct expander expander = {.context = parser->context};
    *out                     = text;
    if (!parser->context->macros.count && (signature || (!strchr(text, '#') && !strstr(text, "%:"))))
        return true;
    if (!signature && is_preprocessed(text)) return true;
    parser->is_expanded = true;
    expander.left       = MACRO_WORK + MACRO_WORK_FACTOR * strlen(text);
    bool good           = replace_all(parser, &expander, text, signature);
    arena_free(&expander.arena, &parser->context->heap);
    if (good && parser->expansion.count) *out = parser->expansion.items;
    return good;
}
