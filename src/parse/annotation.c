/* SPDX-License-Identifier: MIT */
/*
 * Annotations: words before the type of a parameter or a result that say what C's types cannot.
 *
 *     own(free) char *strdup(const char *)            the caller frees it, by that function
 *     int getpeername(int, out struct sockaddr *, inout socklen_t *)
 *     ssize_t write(int, len(n) const void *data, size_t n)
 *     ssize_t(int, len(3) const void *, size_t)       the same by its number, where names are left out
 *     errno_if(-1) int close(int)
 *     double strtod(const char *, nullable char **)
 *     size_t strlen(nonnull const char *)
 *
 * They are no keywords: a name that a context has declared as a type is that, and a word that no type follows
 * is a name.
 */
#include "base/words.h"
#include "parse/parser.h"

enum { BRACKETS = FFI_ANNOTATION_OWN | FFI_ANNOTATION_LEN | FFI_ANNOTATION_ERRNO_IF };

/* The list is in the order of the bits. */
static unsigned annotation_named(const struct token *token) {
    size_t number = 0;
    if (is_identifier(token) && strchr("onile", *token->at))
        number = word_number("own\0nullable\0out\0inout\0len\0errno_if\0nonnull\0", token->at, token->length);
    return 1u << number >> 1;
}

/* The token after a pair of brackets: skips everything up to the closing one. */
static struct token behind_brackets(struct token token) {
    size_t open = 0;
    do {
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD) return token;
        if (is_mark(&token, '(')) open++;
        if (is_mark(&token, ')')) open--;
        token = lex(token.at + token.length);
    } while (open);
    return token;
}

/* The annotation that a token names; 0 if it is another word, or the name of a declared type. */
static unsigned annotation_of(struct parser *parser, const struct token *token) {
    unsigned bit = annotation_named(token);
    if (!bit) return 0;
    const struct name *name = name_find(parser->context, token->at, token->length);
    return name && name->kind == NAME_TYPEDEF ? 0 : bit;
}

bool begins_annotation(struct parser *parser, const struct token *token) {
    struct token after = *token;
    for (unsigned bit; (bit = annotation_of(parser, &after));) {
        after = lex(after.at + after.length);
        if (!(bit & BRACKETS)) continue;
        if (!is_mark(&after, '(')) return false;
        after = behind_brackets(after);
    }
    return after.at != token->at && begins_type(parser, &after);
}

static bool word_argument(struct parser *parser, const char *what, const char **word) {
    if (!is_identifier(&parser->token)) return expected(parser, what);
    *word = parser->token.at;
    parser_next(parser);
    return true;
}

/* Reads the parameter that counts another one: its name or its number. */
static bool counter_argument(struct parser *parser, struct annotations *annotations) {
    struct value value;
    if (parser->token.kind != TOKEN_NUMBER)
        return word_argument(parser, "the name or the number of the parameter that counts it",
                             &annotations->counter);
    annotations->counter = parser->token.at;
    if (!parse_integer(parser, &value)) return false;
    annotations->position = value.bits < FFI_MAX_ARGUMENTS + 1 ? (uint32_t)value.bits : FFI_MAX_ARGUMENTS + 1;
    return true;
}

static bool failure_argument(struct parser *parser, int64_t *failure) {
    struct value value;
    const char  *at = parser->token.at;
    *failure        = 0;
    if (is_identifier(&parser->token) && token_is(&parser->token, "NULL")) return parser_next(parser), true;
    if (!parse_integer(parser, &value)) return false;
    *failure = (int64_t)value.bits;
    return (*failure >= -((int64_t)1 << 47) && *failure < (int64_t)1 << 47) ||
           fail_at(parser, at, FFI_ERROR_RANGE, "errno_if takes NULL or a number of up to 48 bits");
}

bool parse_annotation(struct parser *parser, struct annotations *annotations) {
    unsigned bit  = annotation_named(&parser->token);
    bool     good = true;
    if (!annotations->set) annotations->at = parser->token.at;
    if (annotations->set & bit)
        return fail_at(parser, parser->token.at, FFI_ERROR_SYNTAX, "'%.*s' twice", SHOWN(parser->token));
    annotations->set |= bit;
    parser_next(parser);
    if (!(bit & BRACKETS)) return true;
    parser_next(parser); /* the bracket that begins_annotation() found */
    switch (bit) {
    case FFI_ANNOTATION_OWN:
        good = word_argument(parser, "the name of the function that frees it", &annotations->free);
        break;
    case FFI_ANNOTATION_LEN: good = counter_argument(parser, annotations); break;
    default: good = failure_argument(parser, &annotations->failure);
    }
    return good && require_mark(parser, ')');
}

/* ---- where they may stand ---- */

static bool refuse(struct parser *parser, const struct annotations *annotations, const char *what) {
    struct token word = lex(annotations->at);
    return fail_at(parser, annotations->at, FFI_ERROR_TYPE, "'%.*s' cannot stand here: %s", SHOWN(word), what);
}

static void set_other(struct noted *note, const char *word) {
    note->other        = word;
    note->other_length = word ? lex(word).length : 0;
}

bool annotate_parameter(struct parser *parser, const struct annotations *annotations, const ffi_ctype *type,
                        struct noted *note) {
    unsigned set = annotations->set, ways = FFI_ANNOTATION_OUT | FFI_ANNOTATION_INOUT;
    unsigned nulls = FFI_ANNOTATION_NULLABLE | FFI_ANNOTATION_NONNULL;
    if (!set) return true;
    if (type->kind != FFI_KIND_POINTER) return refuse(parser, annotations, "the parameter is no pointer");
    if (set & FFI_ANNOTATION_ERRNO_IF) return refuse(parser, annotations, "only a result has it");
    if ((set & ways) == ways || (set & nulls) == nulls)
        return refuse(parser, annotations, "another word contradicts it");
    if (set & ways && type->target->qualifiers & FFI_QUALIFIER_CONST)
        return refuse(parser, annotations, "what is const is never written");
    if (set & FFI_ANNOTATION_OWN &&
        (!(set & FFI_ANNOTATION_OUT) || set & FFI_ANNOTATION_LEN || type->target->kind != FFI_KIND_POINTER))
        return refuse(parser, annotations, "a parameter is owned if it is the 'out' of a pointer");
    note->annotations = set;
    note->counter     = annotations->position;
    set_other(note, set & FFI_ANNOTATION_OWN ? annotations->free : annotations->counter);
    return true;
}

const ffi_ctype *annotated_type(struct parser *parser, const struct declarator *declarator) {
    const struct annotations *annotations = &declarator->annotations;
    const struct nonnull     *nonnull     = declarator->attributes.nonnull;
    const ffi_ctype          *type = declarator->type, *signature = type_called(type);
    unsigned                  set = annotations->set;
    if (!set && !(nonnull && signature)) return type;
    if (!signature) return refuse(parser, annotations, "only a parameter or a result has it"), NULL;
    bool pointer = signature->target->kind == FFI_KIND_POINTER;
    if (set & (FFI_ANNOTATION_OUT | FFI_ANNOTATION_INOUT | FFI_ANNOTATION_LEN | FFI_ANNOTATION_NONNULL))
        return refuse(parser, annotations, "only a parameter has it"), NULL;
    if (set & (FFI_ANNOTATION_OWN | FFI_ANNOTATION_NULLABLE) && !pointer)
        return refuse(parser, annotations, "the result is no pointer"), NULL;
    if (set && !pointer && !type_is_integer(signature->target))
        return refuse(parser, annotations, "the result is no integer or pointer"), NULL;
    struct noted result = {.annotations = set, .length = annotations->failure};
    set_other(&result, annotations->free);
    signature = type_annotated(parser->context, signature, set ? &result : NULL, nonnull);
    if (!signature || type->kind == FFI_KIND_FUNCTION) return signature;
    const ffi_ctype *to = type_pointer(parser->context, signature);
    return type_qualified(parser->context, to, type->qualifiers);
}

static bool has_name(const struct noted *note, const char *name, size_t length) {
    return note->name_length == length && !memcmp(note->name, name, length);
}

/* The index of the parameter that `len` names; `count` if there is none. */
static size_t find_counter(struct parser *parser, const struct noted *note, const struct noted *notes,
                           size_t count) {
    size_t k = 0;
    if (lex(note->other).kind == TOKEN_NUMBER) {
        if (note->counter && note->counter <= count) return note->counter - 1;
        fail_at(parser, note->other, FFI_ERROR_TYPE, "there is no parameter %u of %zu", note->counter, count);
        return count;
    }
    while (k < count && !has_name(&notes[k], note->other, note->other_length)) k++;
    if (k == count)
        fail_at(parser, note->other, FFI_ERROR_TYPE, "no parameter is named '%.*s'",
                (int)(note->other_length < 40 ? note->other_length : 40), note->other);
    return k;
}

bool find_counters(struct parser *parser, struct noted *notes, const ffi_ctype *const *types, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct noted *note = &notes[i];
        if (!(note->annotations & FFI_ANNOTATION_LEN)) continue;
        size_t k = find_counter(parser, note, notes, count);
        if (k == count) return false;
        if (!type_is_integer(types[k]) || types[k]->size > 8)
            return fail_at(parser, note->other, FFI_ERROR_TYPE,
                           "parameter %zu cannot be a length: it is no integer", k + 1);
        note->counter      = (uint32_t)k;
        note->other_length = 0;
    }
    return true;
}
