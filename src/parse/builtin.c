/* SPDX-License-Identifier: MIT */
/*
 * What looks like a call and is computed while it is read: _Generic (C11 6.5.1.1) and those of GNU C's
 * __builtin_ functions whose value is constant if their arguments are.
 */
#include "base/util.h"
#include "base/words.h"
#include "parse/constant.h"

#include <limits.h>
#include <stdlib.h>

enum operation {
    GENERIC,
    CONSTANT_P,
    EXPECT,
    STRLEN,
    POPCOUNT,
    PARITY,
    CLZ,
    CTZ,
    FFS,
    SWAP,
    ABS,
    INFINITE,
    NOT_A_NUMBER,
    SIGNALLING
};

/* In place of an enum scalar: the type that a suffix of the name says. */
enum { INTEGER = SCALAR_NAMED, REAL };

struct builtin {
    uint8_t operation, count; /* of its arguments */
    uint8_t takes, gives;     /* enum scalar */
};

/* Behind `__builtin_`; in the order of `builtins`. */
static const char names[] =
    "constant_p\0expect\0expect_with_probability\0strlen\0popcount\0parity\0clz\0ctz\0ffs\0bswap16\0bswap32\0"
    "bswap64\0abs\0labs\0llabs\0fabs\0huge_val\0inf\0nan\0nans\0";

static const struct builtin builtins[] = {
    {CONSTANT_P, 1, 0, SCALAR_INT},
    {EXPECT, 2, SCALAR_LONG, SCALAR_LONG},
    {EXPECT, 3, SCALAR_LONG, SCALAR_LONG},
    {STRLEN, 1, 0, SCALAR_ULONG},
    {POPCOUNT, 1, INTEGER, SCALAR_INT},
    {PARITY, 1, INTEGER, SCALAR_INT},
    {CLZ, 1, INTEGER, SCALAR_INT},
    {CTZ, 1, INTEGER, SCALAR_INT},
    {FFS, 1, INTEGER, SCALAR_INT},
    {SWAP, 1, SCALAR_USHORT, SCALAR_USHORT},
    {SWAP, 1, SCALAR_UINT, SCALAR_UINT},
    {SWAP, 1, SCALAR_ULLONG, SCALAR_ULLONG},
    {ABS, 1, SCALAR_INT, SCALAR_INT},
    {ABS, 1, SCALAR_LONG, SCALAR_LONG},
    {ABS, 1, SCALAR_LLONG, SCALAR_LLONG},
    {ABS, 1, SCALAR_DOUBLE, SCALAR_DOUBLE},
    {INFINITE, 0, 0, REAL},
    {INFINITE, 0, 0, REAL},
    {NOT_A_NUMBER, 1, 0, REAL},
    {SIGNALLING, 1, 0, REAL},
};

/* Replaces INTEGER or REAL by the type of the suffix. False if there is no such suffix; only numbers have `d` and
 * `w`. */
static bool set_type(struct builtin *builtin, const char *suffix, size_t length) {
    if (builtin->gives == REAL) {
        builtin->gives = (uint8_t)real_suffix(suffix, length);
        return builtin->gives != SCALAR_VOID && !(length == 1 && (*suffix == 'd' || *suffix == 'w'));
    }
    size_t longs = builtin->takes == INTEGER ? word_number("l\0ll\0", suffix, length) : 0;
    if (builtin->takes == INTEGER) builtin->takes = (uint8_t)(SCALAR_UINT + 2 * longs);
    return !length || longs;
}

static bool find_builtin(const struct token *token, struct builtin *found) {
    static const char prefix[] = "__builtin_";
    enum { PREFIX = sizeof prefix - 1 };
    const char *at = token->at + PREFIX, *end = token->at + token->length, *name = names;
    *found = (struct builtin){.operation = GENERIC};
    if (token_is(token, "_Generic")) return true;
    if (token->length < PREFIX || memcmp(token->at, prefix, PREFIX)) return false;
    for (size_t i = 0, length; i < countof(builtins); i++, name += length + 1) {
        length = strlen(name);
        if (length > (size_t)(end - at) || memcmp(at, name, length)) continue;
        *found = builtins[i];
        if (set_type(found, at + length, (size_t)(end - at) - length)) return true;
    }
    return false;
}

/* ---- _Generic ---- */

static bool skip_argument(struct parser *parser) {
    return skip_expression(parser, ",)", "an expression and ')'");
}

/* `type: expression` or `default: expression`; whether it is the one that is chosen. */
static bool association(struct parser *parser, const ffi_ctype *type, struct token *chosen,
                        struct token *other) {
    bool is_default = token_is(&parser->token, "default"), is_same = false;
    if (is_default) {
        parser_next(parser);
    } else {
        const ffi_ctype *named = parse_type_name(parser);
        if (!named) return false;
        is_same = !named->qualifiers && type_compatible(type, named);
    }
    if (!require_mark(parser, ':')) return false;
    if (is_default && other->length) return expected(parser, "one default");
    if (is_same) *chosen = parser->token;
    if (is_default) *other = parser->token;
    return skip_argument(parser);
}

static bool generic(struct parser *parser, struct value *out) {
    struct token chosen = {0}, other = {0};
    struct value control = {0};
    parser->unevaluated++;
    if (!parse_constant(parser, &control)) return false;
    parser->unevaluated--;
    const ffi_ctype *type = value_object_type(parser->context, &control);
    while (type && accept_mark(parser, ','))
        if (!association(parser, type, &chosen, &other)) return false;
    struct token end = parser->token;
    if (!chosen.length) chosen = other;
    if (!type || !chosen.length) return type && expected(parser, "an expression for this type");
    parser->token = chosen;
    if (!parse_constant(parser, out)) return false;
    parser->token = end;
    return true;
}

/* ---- functions ---- */

static unsigned count_ones(uint64_t bits) {
    unsigned count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
}

/* The lowest bit that is set; of 0 there is none. */
static unsigned lowest(uint64_t bits) {
    return count_ones((bits & (0 - bits)) - 1);
}

static unsigned highest(uint64_t bits) {
    unsigned at = 0;
    while (bits >>= 1) at++;
    return at;
}

static uint64_t swapped(uint64_t bits, size_t size) {
    uint64_t out = 0;
    for (size_t i = 0; i < size; i++) out = out << 8 | (bits >> 8 * i & 0xff);
    return out;
}

/* False: C does not say what it gives. */
static bool compute(enum operation operation, struct value *value) {
    size_t   size = value->type->size;
    uint64_t bits = size < 8 ? value->bits & (((uint64_t)1 << 8 * size) - 1) : value->bits;
    switch (operation) {
    case POPCOUNT: return value->bits = count_ones(bits), true;
    case PARITY: return value->bits = count_ones(bits) & 1, true;
    case CLZ: return value->bits = 8 * size - 1 - highest(bits), bits != 0;
    case CTZ: return value->bits = lowest(bits), bits != 0;
    case FFS: return value->bits = bits ? lowest(bits) + 1 : 0, true;
    case SWAP: return value->bits = swapped(bits, size), true;
    case ABS:
        if (value_is_real(value->type)) value->bits &= INT64_MAX;
        else if ((int64_t)value->bits < 0) value->bits = 0 - value->bits;
        return true;
    default: return true;
    }
}

/* Arguments behind the first one say nothing about the value. */
static bool further_arguments(struct parser *parser, size_t count) {
    for (; count; count--)
        if (!accept_mark(parser, ',') || !skip_argument(parser)) return false;
    return true;
}

/* The argument of nan: the number in the text is the payload. Of another text, or of a number from 2^64 - 1 on, there
 * is no value. */
static bool not_a_number(const struct value *text, bool signalling, const ffi_ctype *gives, struct value *out) {
    if (text->form != VALUE_STRING || text->type->target->size != 1) return false;
    const char        *at = text->text;
    char              *end;
    unsigned long long payload = strtoull(at, &end, 0);
    *out                       = value_real(gives, real_nan(gives->kind, signalling, payload));
    return !*end && payload < ULLONG_MAX &&
           (!*at || (*at >= '0' && *at <= '9')); /* strtoull() takes signs, too */
}

static bool call(struct parser *parser, const struct builtin *builtin, const ffi_ctype *gives,
                 struct value *out) {
    struct value     argument = {0};
    const ffi_ctype *takes;
    switch ((enum operation)builtin->operation) {
    case GENERIC: return generic(parser, out);
    case INFINITE: return *out = value_real(gives, real_infinity(gives->kind)), true;
    case CONSTANT_P: parser->unevaluated++; break;
    default: break;
    }
    if (!parse_constant(parser, &argument)) return false;
    bool known = argument.form == VALUE_KNOWN;
    switch ((enum operation)builtin->operation) {
    case CONSTANT_P:
        parser->unevaluated--;
        *out = value_as(gives, known || argument.form == VALUE_STRING);
        return true;
    case STRLEN:
        if (argument.form != VALUE_STRING || argument.type->target->size != 1) return false;
        *out = value_as(type_named(parser->context, "size_t", 6), strlen(argument.text));
        return out->type != NULL;
    case NOT_A_NUMBER: return not_a_number(&argument, false, gives, out);
    case SIGNALLING: return not_a_number(&argument, true, gives, out);
    default: break;
    }
    if (!(takes = type_scalar(parser->context, (enum scalar)builtin->takes))) return false;
    argument = value_cast(takes, value_promoted(parser->context, argument));
    if (argument.form != VALUE_KNOWN || !compute((enum operation)builtin->operation, &argument)) return false;
    *out = value_is_real(gives) ? argument : value_as(gives, argument.bits);
    return further_arguments(parser, builtin->count - 1);
}

bool parse_builtin(struct parser *parser, struct value *out) {
    struct builtin builtin;
    if (!find_builtin(&parser->token, &builtin)) return false;
    const ffi_ctype  *gives      = type_scalar(parser->context, (enum scalar)builtin.gives);
    struct checkpoint checkpoint = parser_try(parser);
    parser_next(parser);
    bool good = gives && accept_mark(parser, '(') && enter(parser, HALF_LEVEL) &&
                call(parser, &builtin, gives, out) && accept_mark(parser, ')');
    if (good) parser->depth -= HALF_LEVEL;
    if (parser_tried(parser, &checkpoint, good)) return true;
    if (!gives || builtin.operation == GENERIC || parser_peek(parser).id != '(') return false;
    *out = (struct value){.type = gives}; /* its arguments are no constants */
    parser_next(parser);
    return skip_brackets(parser);
}
