/* SPDX-License-Identifier: MIT */
/*
 * Expressions (C11 6.5, 6.6), as far as declarations have them: in the sizes of arrays, the values of enums,
 * the widths of bit-fields, in typeof, _Static_assert and #define. Every operator is read; constant.c computes.
 * Calls and assignments are read for their type.
 */
#include "parse/constant.h"

#include "base/util.h"

static bool unary(struct parser *parser, struct value *out);
static bool conditional(struct parser *parser, struct value *out);
static bool choice(struct parser *parser, struct value *out);
static bool operations(struct parser *parser, int least, struct value *out);
static bool further_operands(struct parser *parser, struct value *value);

static outlined bool fail_fault(struct parser *parser, const char *at, enum fault fault) {
    switch (fault) {
    case FAULT_NONE: return true;
    case FAULT_MEMORY: return false;
    case FAULT_OPERANDS: return fail_at(parser, at, FFI_ERROR_TYPE, "invalid operands of this operator");
    case FAULT_DIVISION: return fail_at(parser, at, FFI_ERROR_RANGE, "division by zero");
    case FAULT_SHIFT: return fail_at(parser, at, FFI_ERROR_RANGE, "a shift by more bits than there are");
    }
    return false;
}

/* A bit-field has no size and no address, and typeof does not take it (C11 6.5.3.4p1, 6.5.3.2p1). */
bool forbid_bit_field(struct parser *parser, const char *at, const struct value *value) {
    return value->form != VALUE_BITS || fail_at(parser, at, FFI_ERROR_TYPE, "this is a bit-field");
}

/* ---- names ---- */

static outlined bool identifier(struct parser *parser, struct value *out) {
    const struct token token = parser->token;
    const struct name *name  = name_find(parser->context, token.at, token.length);
    if (!name && parse_builtin(parser, out)) return true;
    if (!name && (token_is(&token, "true") || token_is(&token, "false"))) { /* C23 */
        *out = value_of(parser->context, SCALAR_BOOL, *token.at == 't');
        parser_next(parser);
        return out->type != NULL;
    }
    if (!name || name->kind == NAME_TYPEDEF)
        return fail_at(parser, token.at, FFI_ERROR_TYPE, "'%.*s' is not the name of a value", SHOWN(token));
    *out = name_value(name);
    parser_next(parser);
    return name->kind != NAME_FUNCTION || (out->type = name_type(parser->context, name)) != NULL;
}

/* ---- members and elements ---- */

/* A step from an object to its member of the next token's name. */
static outlined bool member(struct parser *parser, struct value *object) {
    ffi_field    field;
    struct token token = parser->token;
    if (token.kind != TOKEN_WORD) return expected(parser, "the name of a member");
    const char *name = copy_name(parser, &token);
    if (!name) return false;
    if (!type_is_record(object->type) || !type_field_named(object->type, name, &field))
        return fail_at(parser, token.at, FFI_ERROR_TYPE, "there is no member '%.*s'", SHOWN(token));
    object->type =
        type_qualified(parser->context, field.type, field.type->qualifiers | object->type->qualifiers);
    object->bits += field.offset;
    if (field.is_bits) object->form = VALUE_BITS;
    parser_next(parser);
    return object->type != NULL;
}

/* What a pointer points to. */
static outlined bool follow(struct parser *parser, const char *at, struct value *value) {
    *value = value_promoted(parser->context, *value);
    if (!value->type) return false;
    if (value->type->kind != FFI_KIND_POINTER)
        return fail_at(parser, at, FFI_ERROR_TYPE, "this is not a pointer");
    value->type = value->type->target;
    if (value->form == VALUE_KNOWN) value->form = VALUE_PLACE;
    return true;
}

/* `[expression]` behind a value. */
static outlined bool element(struct parser *parser, struct value *value) {
    const char  *at = parser->token.at;
    struct value index;
    parser_next(parser);
    if (!enter(parser, HALF_LEVEL) || !parse_expression(parser, &index)) return false;
    parser->depth -= HALF_LEVEL;
    if (!fail_fault(parser, at, value_binary(parser->context, '+', *value, index, value))) return false;
    return follow(parser, at, value) && require_mark(parser, ']');
}

static outlined bool call(struct parser *parser, struct value *value) {
    const char *at = parser->token.at;
    *value         = value_promoted(parser->context, *value);
    if (!value->type) return false;
    const ffi_ctype *function = value->type->target;
    if (value->type->kind != FFI_KIND_POINTER || function->kind != FFI_KIND_FUNCTION)
        return fail_at(parser, at, FFI_ERROR_TYPE, "this is not a function");
    *value = (struct value){.type = function->target};
    return skip_brackets(parser);
}

/* The value of an object that the expression changes. */
static bool changed(struct parser *parser, struct value *object) {
    if (object->form == VALUE_KNOWN) return expected(parser, "an object to change");
    object->form = VALUE_UNKNOWN;
    object->type = type_qualified(parser->context, object->type, 0);
    return object->type != NULL;
}

static bool postfix(struct parser *parser, struct value *value) {
    for (;;) {
        const char *at = parser->token.at;
        if (at_mark(parser, '[')) {
            if (!element(parser, value)) return false;
        } else if (at_mark(parser, '(')) {
            if (!call(parser, value)) return false;
        } else if (accept_mark(parser, '.')) {
            if (!member(parser, value)) return false;
        } else if (accept_mark(parser, MARK_ARROW)) {
            if (!follow(parser, at, value) || !member(parser, value)) return false;
        } else if (accept_mark(parser, MARK_STEP)) {
            if (!changed(parser, value)) return false;
        } else {
            return true;
        }
    }
}

/* ---- built-in operators ---- */

/* `(type, member.designator[3])` behind __builtin_offsetof. */
static outlined bool offset_of(struct parser *parser, struct value *out) {
    struct value place = {.form = VALUE_PLACE};
    if (!require_mark(parser, '(')) return false;
    if (!(place.type = parse_type_name(parser))) return false;
    if (!require_mark(parser, ',')) return false;
    const char *at = parser->token.at;
    if (!member(parser, &place) || !postfix(parser, &place)) return false;
    if (!forbid_bit_field(parser, at, &place) || !require_mark(parser, ')')) return false;
    *out      = value_of(parser->context, SCALAR_ULONG, place.bits);
    out->type = type_named(parser->context, "size_t", 6);
    if (place.form != VALUE_PLACE) out->form = VALUE_UNKNOWN;
    return out->type != NULL;
}

static outlined bool types_compatible(struct parser *parser, struct value *out) {
    const ffi_ctype *a, *b;
    if (!require_mark(parser, '(')) return false;
    if (!(a = parse_type_name(parser))) return false;
    if (!require_mark(parser, ',')) return false;
    if (!(b = parse_type_name(parser))) return false;
    *out = value_of(parser->context, SCALAR_INT, type_compatible(a, b));
    return require_mark(parser, ')');
}

static outlined bool choose(struct parser *parser, struct value *out) {
    struct value condition, other;
    if (!require_mark(parser, '(')) return false;
    if (!enter(parser, HALF_LEVEL) || !parse_integer(parser, &condition)) return false;
    parser->unevaluated++;
    for (int i = 0; i < 2; i++) {
        if (!require_mark(parser, ',')) return false;
        if (!conditional(parser, (i == 0) == (condition.bits != 0) ? out : &other)) return false;
    }
    parser->unevaluated--;
    parser->depth -= HALF_LEVEL;
    return require_mark(parser, ')');
}

/* Whether a type in brackets follows; `(__extension__ 3)` is none. */
static outlined bool at_bracketed_type(struct parser *parser) {
    if (!at_mark(parser, '(')) return false;
    struct token after = parser_peek(parser);
    return after.id != KEY_STORAGE && begins_type(parser, &after);
}

/* The operand of sizeof and _Alignof: a type in brackets, or an expression. */
static bool operand_type(struct parser *parser, const ffi_ctype **type) {
    struct value value;
    if (at_bracketed_type(parser)) {
        parser_next(parser);
        if (!(*type = parse_type_name(parser))) return false;
        if (!require_mark(parser, ')')) return false;
        return !at_mark(parser, '{') || skip_brackets(parser);
    }
    parser->unevaluated++;
    const char *at = parser->token.at;
    if (!unary(parser, &value) || !forbid_bit_field(parser, at, &value)) return false;
    parser->unevaluated--;
    *type = value.type;
    return true;
}

static outlined bool size_of(struct parser *parser, bool alignment, struct value *out) {
    const char      *at = parser->token.at;
    const ffi_ctype *type;
    if (!operand_type(parser, &type)) return false;
    bool     gnu  = type->kind == FFI_KIND_VOID || type->kind == FFI_KIND_FUNCTION; /* both count as a byte */
    uint64_t size = gnu ? 1 : alignment ? type->alignment : type->size;
    if (!gnu && !type->complete && !(alignment && size))
        return fail_at(parser, at, FFI_ERROR_TYPE, "the size of this type is not known");
    *out      = value_of(parser->context, SCALAR_ULLONG, size);
    out->type = type_named(parser->context, "size_t", 6);
    return out->type != NULL;
}

/* ---- expressions from the inside out ---- */

/* Brackets that begin side by side, as a chain of macros leaves them, are no levels: `(((1) + 2) + 3)`. */
static bool bracketed(struct parser *parser, struct value *out) {
    size_t open = 0;
    do {
        parser_next(parser);
        open++;
    } while (at_mark(parser, '(') && !at_bracketed_type(parser));
    if (!parse_expression(parser, out)) return false;
    while (accept_mark(parser, ')')) {
        if (!--open) return true;
        if (!postfix(parser, out) || !operations(parser, 1, out)) return false;
        if (at_mark(parser, '?') && !choice(parser, out)) return false;
        if (!further_operands(parser, out)) return false;
    }
    return expected(parser, "')'");
}

static bool primary(struct parser *parser, struct value *out) {
    switch ((enum token_kind)parser->token.kind) {
    case TOKEN_NUMBER:
    case TOKEN_FLOAT:
    case TOKEN_CHARACTER:
    case TOKEN_STRING: return parse_literal(parser, out);
    default: break;
    }
    if (is_identifier(&parser->token)) return identifier(parser, out);
    if (at_mark(parser, '(')) return bracketed(parser, out);
    if (accept_key(parser, KEY_NULLPTR)) {
        *out = value_as(type_pointer(parser->context, type_scalar(parser->context, SCALAR_VOID)), 0);
        return out->type != NULL;
    }
    if (accept_key(parser, KEY_OFFSETOF)) return offset_of(parser, out);
    if (accept_key(parser, KEY_TYPES_COMPATIBLE)) return types_compatible(parser, out);
    if (accept_key(parser, KEY_CHOOSE_EXPR)) return choose(parser, out);
    return expected(parser, "an expression");
}

static outlined bool cast(struct parser *parser, struct value *out) {
    parser_next(parser);
    const ffi_ctype *type = parse_type_name(parser);
    if (!type) return false;
    if (!require_mark(parser, ')')) return false;
    *out = (struct value){.type = type};
    if (at_mark(parser, '{')) return skip_brackets(parser) && postfix(parser, out); /* compound literal */
    struct value from = {0};
    if (!unary(parser, &from)) return false;
    from = value_promoted(parser->context, from);
    *out = value_cast(type, from);
    return from.type != NULL;
}

static outlined bool address_of(struct parser *parser, struct value *out) {
    const char *at = parser->token.at;
    if (!unary(parser, out) || !forbid_bit_field(parser, at, out)) return false;
    out->type = type_pointer(parser->context, out->type);
    out->form = out->form == VALUE_PLACE ? VALUE_KNOWN : VALUE_UNKNOWN;
    return out->type != NULL;
}

static bool operate(struct parser *parser, struct value *out) {
    struct token token = parser->token;
    int          mark  = token.kind == TOKEN_MARK ? token.id : 0;
    if (at_bracketed_type(parser)) return cast(parser, out);
    if (is_key(&token, KEY_SIZEOF)) return parser_next(parser), size_of(parser, false, out);
    if (is_key(&token, KEY_ALIGNOF)) return parser_next(parser), size_of(parser, true, out);
    if (accept_key(parser, KEY_STORAGE)) return unary(parser, out); /* __extension__ */
    switch (mark) {
    case MARK_STEP: return parser_next(parser), unary(parser, out) && changed(parser, out);
    case '&': return parser_next(parser), address_of(parser, out);
    case '*': return parser_next(parser), unary(parser, out) && follow(parser, token.at, out);
    case '+':
    case '-':
    case '~':
    case '!': break;
    default: return primary(parser, out) && postfix(parser, out);
    }
    parser_next(parser);
    return unary(parser, out) && fail_fault(parser, token.at, value_unary(parser->context, mark, *out, out));
}

static bool unary(struct parser *parser, struct value *out) {
    if (!enter(parser, HALF_LEVEL) || !operate(parser, out)) return false;
    parser->depth -= HALF_LEVEL;
    return true;
}

/* How tightly an operator binds; 0: it is none. */
static int level_of(const struct token *token) {
    if (token->kind != TOKEN_MARK) return 0;
    switch (token->id) {
    case '*':
    case '/':
    case '%': return 10;
    case '+':
    case '-': return 9;
    case MARK_SHIFT_LEFT:
    case MARK_SHIFT_RIGHT: return 8;
    case '<':
    case '>':
    case MARK_AT_MOST:
    case MARK_AT_LEAST: return 7;
    case MARK_EQUAL:
    case MARK_UNEQUAL: return 6;
    case '&': return 5;
    case '^': return 4;
    case '|': return 3;
    case MARK_AND: return 2;
    case MARK_OR: return 1;
    default: return 0;
    }
}

/* `a && b`, whose right operand counts only if the left one does not settle it. */
static outlined bool logical(struct parser *parser, int mark, struct value *a, const struct value *b) {
    bool known = a->form == VALUE_KNOWN, settled = known && !value_is_true(a) == (mark == MARK_AND);
    *a = value_of(parser->context, SCALAR_INT, mark == MARK_OR);
    if (!settled && known && b->form == VALUE_KNOWN) a->bits = value_is_true(b);
    else if (!settled) a->form = VALUE_UNKNOWN;
    return a->type != NULL;
}

static outlined bool arithmetic(struct parser *parser, const struct token *mark, struct value *a,
                                struct value b) {
    enum fault fault = value_binary(parser->context, mark->id, *a, b, a);
    if (!parser->unevaluated || (fault != FAULT_DIVISION && fault != FAULT_SHIFT))
        return fail_fault(parser, mark->at, fault);
    a->form = VALUE_UNKNOWN;
    return true;
}

static bool binary(struct parser *parser, int least, struct value *out);

/* The operator that follows, which binds as tightly as `level`, and its right operand. */
static outlined bool operation(struct parser *parser, int level, struct value *out) {
    struct token token = parser->token;
    struct value right;
    bool         logic = token.id == MARK_AND || token.id == MARK_OR;
    bool         skip  = logic && out->form == VALUE_KNOWN && !value_is_true(out) == (token.id == MARK_AND);
    parser_next(parser);
    parser->unevaluated += skip;
    if (!enter(parser, HALF_LEVEL) || !binary(parser, level + 1, &right)) return false;
    parser->depth -= HALF_LEVEL;
    parser->unevaluated -= skip;
    return logic ? logical(parser, token.id, out, &right) : arithmetic(parser, &token, out, right);
}

/* The operators that follow a left operand and bind at least as tightly as `least`. */
static bool operations(struct parser *parser, int least, struct value *out) {
    for (int level; (level = level_of(&parser->token)) >= least;)
        if (!operation(parser, level, out)) return false;
    return true;
}

static bool binary(struct parser *parser, int least, struct value *out) {
    return unary(parser, out) && operations(parser, least, out);
}

/* `? a : b` behind a condition. */
static outlined bool choice(struct parser *parser, struct value *out) {
    struct value condition = *out, chosen[2];
    bool         known = condition.form == VALUE_KNOWN, truth = known && value_is_true(&condition);
    parser_next(parser);
    if (!enter(parser, HALF_LEVEL)) return false;
    chosen[0] = condition; /* GNU's `a ?: b` */
    parser->unevaluated += known && !truth;
    if (!at_mark(parser, ':') && !parse_expression(parser, &chosen[0])) return false;
    parser->unevaluated -= known && !truth;
    if (!require_mark(parser, ':')) return false;
    parser->unevaluated += truth;
    if (!conditional(parser, &chosen[1])) return false;
    parser->unevaluated -= truth;
    parser->depth -= HALF_LEVEL;
    const ffi_ctype *type = value_joined(parser->context, chosen[0], chosen[1]);
    if (!type) return false;
    *out = value_cast(type, value_promoted(parser->context, chosen[known && !truth]));
    if (!known) out->form = VALUE_UNKNOWN;
    return true;
}

static bool conditional(struct parser *parser, struct value *out) {
    return binary(parser, 1, out) && (!at_mark(parser, '?') || choice(parser, out));
}

/* `= value`, `+= value` behind an object. */
static bool assigned(struct parser *parser, struct value *object) {
    struct value value;
    if (!accept_mark(parser, '=') && !accept_mark(parser, MARK_ASSIGN)) return true;
    if (!enter(parser, HALF_LEVEL) || !conditional(parser, &value) || !assigned(parser, &value)) return false;
    parser->depth -= HALF_LEVEL;
    return changed(parser, object);
}

/* What binds least: assignments and commas. */
static bool further_operands(struct parser *parser, struct value *value) {
    if (!assigned(parser, value)) return false;
    while (accept_mark(parser, ','))
        if (!conditional(parser, value) || !assigned(parser, value)) return false;
    return true;
}

bool parse_expression(struct parser *parser, struct value *value) {
    return conditional(parser, value) && further_operands(parser, value);
}

bool parse_constant(struct parser *parser, struct value *value) {
    return conditional(parser, value);
}

static bool fail_inconstant(struct parser *parser, const char *at) {
    return fail_at(parser, at, FFI_ERROR_SYNTAX, "this is not an integer constant expression");
}

bool parse_integer(struct parser *parser, struct value *value) {
    const char *at = parser->token.at;
    if (!conditional(parser, value)) return false;
    if (value->form == VALUE_KNOWN && type_is_integer(value->type)) return true;
    return fail_inconstant(parser, at);
}

bool parse_bracketed_integer(struct parser *parser, struct value *value, const char **at) {
    if (!require_mark(parser, '(')) return false;
    *at = parser->token.at;
    if (!enter(parser, LEVEL) || !parse_integer(parser, value)) return false;
    parser->depth -= LEVEL;
    return require_mark(parser, ')');
}

bool try_integer(struct parser *parser, struct value *value) {
    struct checkpoint checkpoint = parser_try(parser);
    return parser_tried(parser, &checkpoint, parse_integer(parser, value));
}

/* ---- _Static_assert ---- */

/* One that is false makes a header useless; one that we cannot compute says nothing. */
bool parse_static_assert(struct parser *parser) {
    struct token word  = parser->token;
    struct value value = {0};
    parser_next(parser);
    struct token open = parser->token;
    if (!at_mark(parser, '(')) return expected(parser, "'('");
    struct checkpoint checkpoint = parser_try(parser);
    parser_next(parser);
    const char *at      = parser->token.at;
    bool        is_read = parse_constant(parser, &value);
    if (!parser_tried(parser, &checkpoint, is_read)) return skip_brackets(parser);
    bool is_integer = type_is_integer(value.type);
    if (!is_integer && (value.form == VALUE_KNOWN || value.form == VALUE_STRING))
        return fail_inconstant(parser, at);
    struct token text = {.at = ""};
    if (accept_mark(parser, ',')) {
        if (parser->token.kind != TOKEN_STRING) return expected(parser, "a string");
        text = parser->token;
        while (parser->token.kind == TOKEN_STRING) parser_next(parser);
    }
    if (!at_mark(parser, ')')) return fail_at(parser, open.at, FFI_ERROR_SYNTAX, "this '(' is not closed");
    if (is_integer && value.form == VALUE_KNOWN && !value.bits)
        return fail_at(parser, word.at, FFI_ERROR_TYPE, "this assertion is false%s%.*s",
                       text.length ? ": " : "", (int)(text.length < 200 ? text.length : 200), text.at);
    parser_next(parser);
    return true;
}
