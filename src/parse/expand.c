/* SPDX-License-Identifier: MIT */
/*
 * Macro replacement (C11 6.10.3): arguments, #, ##, rescanning, __VA_ARGS__, and of GNU C and C23 named
 * variable arguments, `, ## __VA_ARGS__` and __VA_OPT__.
 *
 * Tokens are read from a list of sources: the text of each macro that is being replaced, and below them the
 * text where it was used. A macro is busy while a token of its text is still to be read; its name, met then, is
 * never replaced again. So no macro recurses, but texts and tokens may double: the work has a limit.
 */
#include "parse/macro.h"

enum { TOKEN_SPACED = 1, TOKEN_FINAL = 2 }; /* flags of a token: white space before it; not to be replaced */

struct source {
    struct source      *below;
    const struct token *at, *end;
    struct macro       *macro; /* whose text it is; NULL: an argument's */
};

struct parameter_list {
    struct token *names; /* of the last one `__VA_ARGS__` if it has no other */
    size_t        count;
    bool          variadic;
    const char   *body; /* what follows the brackets */
};

struct argument {
    struct tokens raw, expanded;
    bool          is_expanded;
};

struct use {
    const struct macro          *macro;
    const struct parameter_list *parameters;
    struct argument             *arguments;
    bool                         has_variable; /* variable arguments are given, be they empty */
};

static bool expand_list(struct expander *expander, const struct tokens *list, struct tokens *out);

static bool fail_expansion(struct expander *expander, enum expansion_fault fault) {
    if (!expander->fault) expander->fault = fault;
    return false;
}

static void *new_memory(struct expander *expander, size_t size) {
    void *memory = arena_new(&expander->arena, &expander->context->heap, size);
    if (!memory) fail_expansion(expander, EXPANSION_MEMORY);
    return memory;
}

static bool spend(struct expander *expander, size_t work) {
    if (work > expander->left) return fail_expansion(expander, EXPANSION_SIZE);
    expander->left -= work;
    return true;
}

/* Enters a level of recursion; the caller subtracts it from `depth` again. */
static bool deepen(struct expander *expander) {
    if (expander->depth == MACRO_DEPTH) return fail_expansion(expander, EXPANSION_DEPTH);
    expander->depth++;
    return true;
}

static bool add(struct expander *expander, struct tokens *list, struct token token) {
    if (!spend(expander, (size_t)token.length + 1)) return false;
    if (list->count == list->capacity) {
        size_t        capacity = list->capacity ? list->capacity * 2 : 8;
        struct token *at       = new_memory(expander, capacity * sizeof *at);
        if (!at) return false;
        if (list->count) memcpy(at, list->at, list->count * sizeof *at);
        list->at       = at;
        list->capacity = capacity;
    }
    list->at[list->count++] = token;
    return true;
}

static bool add_all(struct expander *expander, struct tokens *list, const struct tokens *more, bool spaced) {
    for (size_t i = 0; i < more->count; i++) {
        struct token token = more->at[i];
        if (!i) token.flags = (uint8_t)((token.flags & ~TOKEN_SPACED) | (spaced ? TOKEN_SPACED : 0));
        if (!add(expander, list, token)) return false;
    }
    return true;
}

/* is_mark() for a token with flags. */
static bool has_mark(const struct token *token, int mark) {
    return token->kind == TOKEN_MARK && token->id == mark;
}

/* ---- texts of macros ---- */

/* The token behind `before`, which ended there. */
static struct token lex_next(const char *before) {
    struct token token = lex_macro(before);
    if (token.at != before) token.flags = TOKEN_SPACED;
    return token;
}

/* Reads `(a, b, ...)`. `rest...` names the variable arguments, `...` alone calls them __VA_ARGS__. */
static bool read_parameters(struct expander *expander, const char *at, struct parameter_list *list) {
    static const struct token unnamed = {
        .kind = TOKEN_WORD, .at = "__VA_ARGS__", .length = sizeof "__VA_ARGS__" - 1};
    struct tokens names = {0};
    struct token  token = lex_macro(at + 1), before = {0};
    for (; !has_mark(&token, ')'); before = token, token = lex_macro(token.at + token.length)) {
        bool dots = has_mark(&token, MARK_ELLIPSIS), named = dots && before.kind == TOKEN_WORD;
        if (token.kind != TOKEN_WORD && !dots && !has_mark(&token, ','))
            return fail_expansion(expander, EXPANSION_COUNT);
        if (token.kind == TOKEN_WORD && !add(expander, &names, token)) return false;
        if (dots && !named && !add(expander, &names, unnamed)) return false;
        list->variadic |= dots;
    }
    list->names = names.at;
    list->count = names.count;
    list->body  = token.at + 1;
    return true;
}

static bool read_body(struct expander *expander, const char *at, struct tokens *body) {
    for (;;) {
        struct token token = lex_next(at);
        if (token.kind == TOKEN_END) return true;
        if (!add(expander, body, token)) return false;
        at = token.at + token.length;
    }
}

/* ---- # and ## ---- */

/* C11 6.10.3.2: the argument's spelling as a string. */
static bool stringize(struct expander *expander, const struct tokens *list, uint8_t flags, struct tokens *out) {
    size_t size = 3;
    for (size_t i = 0; i < list->count; i++) size += 2 * (size_t)list->at[i].length + 1;
    if (size > UINT32_MAX) return fail_expansion(expander, EXPANSION_SIZE);
    char *text = new_memory(expander, size), *to = text;
    if (!text) return false;
    *to++ = '"';
    for (size_t i = 0; i < list->count; i++) {
        const struct token *token  = &list->at[i];
        bool                quoted = token->kind == TOKEN_STRING || token->kind == TOKEN_CHARACTER;
        if (i && token->flags & TOKEN_SPACED) *to++ = ' ';
        for (uint32_t k = 0; k < token->length; k++) {
            char c = token->at[k];
            if (c == '"' || (c == '\\' && quoted)) *to++ = '\\';
            *to++ = (char)(c == '\n' ? ' ' : c);
        }
    }
    *to++ = '"';
    return add(
        expander, out,
        (struct token){.kind = TOKEN_STRING, .at = text, .length = (uint32_t)(to - text), .flags = flags});
}

/* Makes one token of two, in place of the left one. */
static bool paste(struct expander *expander, struct token *left, const struct token *right) {
    size_t length = (size_t)left->length + right->length;
    char  *text   = spend(expander, length + 1) ? new_memory(expander, length + 1) : NULL;
    if (!text) return false;
    memcpy(text, left->at, left->length);
    memcpy(text + left->length, right->at, right->length);
    struct token both = lex_macro(text);
    if (both.at != text || both.length != length) return fail_expansion(expander, EXPANSION_PASTE);
    both.flags = left->flags & TOKEN_SPACED;
    *left      = both;
    return true;
}

/* ---- arguments ---- */

/* The index of the parameter that a token names; SIZE_MAX: none. */
static size_t parameter_of(const struct use *use, const struct token *token) {
    size_t i = 0, count = use->parameters->count;
    if (token->kind != TOKEN_WORD) return SIZE_MAX;
    while (i < count && (use->parameters->names[i].length != token->length ||
                         memcmp(use->parameters->names[i].at, token->at, token->length)))
        i++;
    return i < count ? i : SIZE_MAX;
}

static const struct tokens *expanded_argument(struct expander *expander, const struct use *use, size_t index) {
    struct argument *argument = &use->arguments[index];
    if (!argument->is_expanded && !expand_list(expander, &argument->raw, &argument->expanded)) return NULL;
    argument->is_expanded = true;
    return &argument->expanded;
}

/* ---- replacing ---- */

static bool substitute(struct expander *expander, const struct use *use, const struct token *at,
                       const struct token *end, struct tokens *out);

/* The `)` that closes the bracket at `at`; NULL. */
static const struct token *closing(const struct token *at, const struct token *end) {
    size_t open = 0;
    for (; at < end; at++) {
        if (has_mark(at, '(')) open++;
        if (has_mark(at, ')') && !--open) return at;
    }
    return NULL;
}

static bool is_optional(const struct use *use, const struct token *at, const struct token *end) {
    return use->parameters && use->parameters->variadic && token_is(at, "__VA_OPT__") && end - at > 1 &&
           has_mark(at + 1, '(');
}

/* Adds the text within the `__VA_OPT__(...)` at `at` if there are variable arguments. Returns its end; NULL: it
 * failed. */
static const struct token *optional(struct expander *expander, const struct use *use, const struct token *at,
                                    const struct token *end, struct tokens *out) {
    const struct token *last = closing(at + 1, end);
    if (!last) return fail_expansion(expander, EXPANSION_OPEN), NULL;
    if (!deepen(expander)) return NULL;
    const struct tokens *variable = expanded_argument(expander, use, use->parameters->count - 1);
    bool                 good = variable && (!variable->count || substitute(expander, use, at + 2, last, out));
    expander->depth--;
    return good ? last + 1 : NULL;
}

/* Adds the operand of a macro's text at `at`: a parameter's argument (for ## as it was written, else replaced),
 * `#parameter`, `__VA_OPT__(...)` or a token. Returns its end; NULL: it failed. */
static const struct token *operand(struct expander *expander, const struct use *use, const struct token *at,
                                   const struct token *end, bool raw, struct tokens *out) {
    size_t index = use->parameters ? parameter_of(use, at) : SIZE_MAX;
    if (index != SIZE_MAX) {
        const struct tokens *list = raw ? &use->arguments[index].raw : expanded_argument(expander, use, index);
        return list && add_all(expander, out, list, at->flags & TOKEN_SPACED) ? at + 1 : NULL;
    }
    if (use->parameters && has_mark(at, '#')) {
        index = end - at > 1 ? parameter_of(use, at + 1) : SIZE_MAX;
        if (index == SIZE_MAX) return fail_expansion(expander, EXPANSION_PASTE), NULL;
        return stringize(expander, &use->arguments[index].raw, at->flags, out) ? at + 2 : NULL;
    }
    if (is_optional(use, at, end)) return optional(expander, use, at, end, out);
    return add(expander, out, *at) ? at + 1 : NULL;
}

/* Whether `, ## __VA_ARGS__` stands there: the comma goes if no variable arguments are given. */
static bool is_gnu_comma(const struct use *use, const struct token *at, const struct token *end) {
    return use->parameters && use->parameters->variadic && end - at > 2 && has_mark(at, ',') &&
           has_mark(at + 1, MARK_PASTE) && parameter_of(use, at + 2) == use->parameters->count - 1;
}

/* Adds `operand ## operand ## ...`. Returns its end; NULL: it failed. */
static const struct token *pasted(struct expander *expander, const struct use *use, const struct token *at,
                                  const struct token *end, struct tokens *out) {
    struct tokens left = {0};
    if (!(at = operand(expander, use, at, end, true, &left))) return NULL;
    while (at < end && has_mark(at, MARK_PASTE)) {
        struct tokens right = {0};
        if (++at == end) return fail_expansion(expander, EXPANSION_PASTE), NULL;
        if (!(at = operand(expander, use, at, end, true, &right))) return NULL;
        if (!right.at) continue;
        if (left.at) {
            struct tokens rest = {right.at + 1, right.count - 1, 0};
            if (!paste(expander, &left.at[left.count - 1], right.at) ||
                !add_all(expander, &left, &rest, rest.count && rest.at->flags & TOKEN_SPACED))
                return NULL;
        } else {
            left = right;
        }
    }
    return !left.at || add_all(expander, out, &left, left.at->flags & TOKEN_SPACED) ? at : NULL;
}

/* The end of the operand at `at`: `#x`, `__VA_OPT__(...)` or a token. */
static const struct token *behind_operand(const struct use *use, const struct token *at,
                                          const struct token *end) {
    if (use->parameters && has_mark(at, '#')) at++;
    else if (is_optional(use, at, end)) at = closing(at + 1, end);
    return at && at < end ? at + 1 : end;
}

static bool substitute(struct expander *expander, const struct use *use, const struct token *at,
                       const struct token *end, struct tokens *out) {
    while (at < end) {
        if (is_gnu_comma(use, at, end)) {
            const struct token *comma = at;
            at += 2;
            if (use->has_variable && !add(expander, out, *comma)) return false;
            if (at + 1 < end && has_mark(at + 1, MARK_PASTE)) continue;
            size_t before = out->count;
            if (!(at = operand(expander, use, at, end, true, out))) return false;
            if (before < out->count) out->at[before].flags &= (uint8_t)~TOKEN_SPACED;
            continue;
        }
        const struct token *next   = behind_operand(use, at, end);
        bool                pastes = next < end && has_mark(next, MARK_PASTE);
        at = pastes ? pasted(expander, use, at, end, out) : operand(expander, use, at, end, false, out);
        if (!at) return false;
    }
    return true;
}

/* ---- reading ---- */

static bool open_source(struct expander *expander, const struct tokens *list, struct macro *macro) {
    struct source *source = new_memory(expander, sizeof *source);
    if (!source) return false;
    const struct token *end = list->count ? list->at + list->count : list->at;
    *source                 = (struct source){expander->source, list->at, end, macro};
    expander->source        = source;
    if (macro) macro->is_busy = true;
    return true;
}

static struct token read_token(struct expander *expander) {
    for (struct source *source; (source = expander->source); expander->source = source->below) {
        if (source->at < source->end) return *source->at++;
        if (source->macro) source->macro->is_busy = false;
    }
    if (!expander->text) return (struct token){.kind = TOKEN_END};
    struct token token = lex_next(expander->text);
    if (token.kind != TOKEN_END) expander->text = token.at + token.length;
    return token;
}

/* Whether the next token, wherever it comes from, is a `(`. */
static bool is_called(const struct expander *expander) {
    for (const struct source *source = expander->source; source; source = source->below)
        if (source->at < source->end) return has_mark(source->at, '(');
    struct token token = {.kind = TOKEN_END};
    if (expander->text) token = lex_macro(expander->text);
    return has_mark(&token, '(');
}

/* The arguments of a call, from its `(` on. */
static bool read_arguments(struct expander *expander, struct use *use) {
    size_t count = 0, open = 0, most = use->parameters->count;
    for (read_token(expander);;) {
        struct token token = read_token(expander);
        if (token.kind == TOKEN_END) return fail_expansion(expander, EXPANSION_OPEN);
        if (has_mark(&token, '(')) open++;
        if (has_mark(&token, ')') && !open--) break;
        bool variable = use->parameters->variadic && count + 1 == most;
        if (!open && has_mark(&token, ',') && !variable) {
            if (++count >= most) return fail_expansion(expander, EXPANSION_COUNT);
            continue;
        }
        if (!most) return fail_expansion(expander, EXPANSION_COUNT);
        if (!add(expander, &use->arguments[count].raw, token)) return false;
    }
    bool sole         = most == 1 && !use->arguments[0].raw.count; /* `F()` gives none */
    use->has_variable = use->parameters->variadic && count + 1 == most && !sole;
    bool lacks        = count + 1 < most && !(use->parameters->variadic && count + 2 == most);
    return !lacks || fail_expansion(expander, EXPANSION_COUNT);
}

/* Replaces the use of a macro, whose name is read: its text is the next source. */
static bool replace(struct expander *expander, struct macro *macro, uint8_t flags) {
    const char           *defined    = macro_body(expander->context, macro);
    struct parameter_list parameters = {.body = defined};
    struct use            use        = {.macro = macro};
    struct tokens         body = {0}, text = {0};
    expander->culprit = macro;
    if (!spend(expander, strlen(defined))) return false;
    if (macro->has_parameters) {
        if (!read_parameters(expander, defined, &parameters)) return false;
        use.parameters = &parameters;
        use.arguments  = new_memory(expander, (parameters.count + 1) * sizeof *use.arguments);
        if (!use.arguments || !read_arguments(expander, &use)) return false;
    }
    if (!read_body(expander, parameters.body, &body)) return false;
    if (!spend(expander, body.count * parameters.count)) return false; /* parameter_of() */
    if (body.at && !substitute(expander, &use, body.at, body.at + body.count, &text)) return false;
    if (text.count) text.at->flags = (uint8_t)((text.at->flags & ~TOKEN_SPACED) | (flags & TOKEN_SPACED));
    return open_source(expander, &text, macro);
}

static bool is_use(struct expander *expander, struct token *token, struct macro **macro) {
    if (token->kind != TOKEN_WORD || token->flags & TOKEN_FINAL) return false;
    if (!(*macro = macro_find(expander->context, token->at, token->length))) return false;
    if ((*macro)->is_busy) return token->flags |= TOKEN_FINAL, false;
    return !(*macro)->has_parameters || is_called(expander);
}

bool expand_is_use(struct expander *expander, const struct token *word) {
    struct token  token = *word;
    struct macro *macro;
    return is_use(expander, &token, &macro);
}

/* Reads and replaces until all sources are at their end. */
static bool expand_to(struct expander *expander, struct tokens *out) {
    while (expander->source) {
        struct source *source = expander->source;
        if (source->at == source->end) {
            if (source->macro) source->macro->is_busy = false;
            expander->source = source->below;
            continue;
        }
        struct token  token = *source->at++;
        struct macro *macro;
        bool          good = is_use(expander, &token, &macro) ? replace(expander, macro, token.flags)
                                                              : add(expander, out, token);
        if (!good) return false;
    }
    return true;
}

/* Ends the sources, so that none of their macros stays busy. */
static bool close_sources(struct expander *expander) {
    for (; expander->source; expander->source = expander->source->below)
        if (expander->source->macro) expander->source->macro->is_busy = false;
    return false;
}

/* Replaces what a list of tokens holds, as if it were the whole of a text (C11 6.10.3.1). */
static bool expand_list(struct expander *expander, const struct tokens *list, struct tokens *out) {
    struct source *outer = expander->source;
    const char    *text  = expander->text;
    if (!deepen(expander)) return false;
    expander->source = NULL;
    expander->text   = NULL;
    bool good = (open_source(expander, list, NULL) && expand_to(expander, out)) || close_sources(expander);
    expander->source = outer;
    expander->text   = text;
    expander->depth--;
    return good;
}

bool expand_use(struct expander *expander, const struct token *word, struct tokens *out) {
    struct token  token = *word;
    struct macro *macro;
    if (!is_use(expander, &token, &macro)) return add(expander, out, token);
    return (replace(expander, macro, 0) && expand_to(expander, out)) || close_sources(expander);
}

bool expand_body(struct expander *expander, struct macro *macro, struct tokens *out) {
    return (replace(expander, macro, 0) && expand_to(expander, out)) || close_sources(expander);
}

/* ---- writing ---- */

static bool is_separate(const struct token *token) {
    return token->kind == TOKEN_MARK && token->length == 1 && strchr("()[]{},;", *token->at);
}

size_t expand_write(const struct tokens *tokens, char *to) {
    size_t length = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->at[i];
        bool space = i && (token->flags & TOKEN_SPACED || (!is_separate(token) && !is_separate(token - 1)));
        if (space && to) to[length] = ' ';
        length += space;
        if (to) memcpy(to + length, token->at, token->length);
        length += token->length;
    }
    return length;
}
