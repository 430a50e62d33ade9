/* SPDX-License-Identifier: MIT */
/*
 * Literals, which the standard calls constants (C11 6.4.4) and string literals (6.4.5): their types and values. C23's
 * and GNU C's suffixes are read too. Which character is which value, the lexer knows; real.c reads digits.
 */
#include "parse/constant.h"

#include "base/util.h"
#include "base/words.h"

/* C11 6.4.4.1p5: the first type that holds the value. */
static outlined bool number(struct parser *parser, struct value *out) {
    static const uint8_t types[][2] = {
        {SCALAR_INT, SCALAR_UINT}, {SCALAR_LONG, SCALAR_ULONG}, {SCALAR_LLONG, SCALAR_ULLONG}};
    struct number number;
    if (!token_number(&parser->token, &number)) return expected(parser, "an integer");
    for (unsigned i = number.longs; i < 3; i++) {
        for (unsigned is_unsigned = number.is_unsigned; is_unsigned < 2; is_unsigned++) {
            if (is_unsigned && number.decimal && !number.is_unsigned && i < 2) continue;
            *out = value_of(parser->context, (enum scalar)types[i][is_unsigned], number.value);
            if (!out->type) return false;
            if (out->bits != number.value || value_is_negative(out)) continue;
            parser_next(parser);
            return true;
        }
    }
    return fail_at(parser, parser->token.at, FFI_ERROR_RANGE, "no integer type has this value");
}

/* What a prefix makes the units of a character constant or a string; NULL as memory is out. */
static const ffi_ctype *unit_type(struct parser *parser, const char *prefix) {
    switch (*prefix) {
    case 'L': return type_named(parser->context, "wchar_t", 7);
    case 'U': return type_named(parser->context, "char32_t", 8);
    case 'u':
        if (prefix[1] != '8') return type_named(parser->context, "char16_t", 8); /* fall through */
    default: return type_scalar(parser->context, SCALAR_CHAR);
    }
}

/* `'a'`, `L'a'`, and as gcc has them `'ab'`, where each further unit moves the others up by 8 bits, and
 * `L'ab'`, which is its last unit. */
static outlined bool character(struct parser *parser, struct value *out) {
    const char      *prefix = parser->token.at, *at = prefix, *end = at + parser->token.length - 1;
    const ffi_ctype *type  = unit_type(parser, prefix);
    uint64_t         bits  = 0;
    size_t           count = 0;
    if (!type) return false;
    for (at += strcspn(at, "'") + 1; at < end;) {
        uint32_t units[4];
        size_t   more = lex_character(&at, type->size, units);
        count += more;
        for (size_t i = 0; i < more; i++) bits = type->size > 1 ? units[i] : bits << 8 | units[i];
    }
    if (!count) return fail_at(parser, prefix, FFI_ERROR_SYNTAX, "an empty character constant");
    if (*prefix == '\'') {
        if (count == 1) bits = value_as(type, bits).bits;
        type = type_scalar(parser->context, SCALAR_INT);
    } else if (type->size == 1) {
        type = type_scalar(parser->context, SCALAR_UCHAR);
    }
    if (!type) return false;
    *out = value_as(type, bits);
    parser_next(parser);
    return true;
}

static void put_unit(char *text, size_t index, size_t size, uint32_t unit) {
    uint16_t half = (uint16_t)unit;
    uint8_t  byte = (uint8_t)unit;
    memcpy(text + index * size, size == 1 ? (void *)&byte : size == 2 ? (void *)&half : (void *)&unit, size);
}

/* Strings side by side, which are one; a prefix of any of them is that of all. */
static outlined bool string(struct parser *parser, struct value *out) {
    size_t       most = 1, count = 0;
    const char  *prefix = "";
    struct token token  = parser->token;
    for (; token.kind == TOKEN_STRING; token = lex(token.at + token.length)) {
        most += token.length;
        if (*token.at != '"' && !*prefix) prefix = token.at;
    }
    const ffi_ctype *type = unit_type(parser, prefix);
    char            *text = type ? journal_scratch(&parser->context->journal, most * type->size) : NULL;
    if (!text) return false;
    for (; parser->token.kind == TOKEN_STRING; parser_next(parser)) {
        const char *at = parser->token.at, *end = at + parser->token.length - 1;
        for (at += strcspn(at, "\"") + 1; at < end;) {
            uint32_t units[4];
            size_t   more = lex_character(&at, type->size, units);
            for (size_t i = 0; i < more; i++) put_unit(text, count++, type->size, units[i]);
        }
    }
    *out = (struct value){
        .type = type_array(parser->context, type, count + 1, true), .form = VALUE_STRING, .text = text};
    return out->type != NULL;
}

static const char *skip_digits(const char *at, const char *end, const char *digits, size_t *count) {
    for (; at < end && (*at == '\'' || strchr(digits, *at)); at++) *count += *at != '\'';
    return at;
}

/* Behind the digits of a floating constant, where its suffix begins; NULL if it has none, or a hexadecimal one has no
 * exponent. */
static const char *behind_digits(const char *at, const char *end) {
    bool        hexadecimal = end - at > 1 && at[0] == '0' && (at[1] | 0x20) == 'x';
    const char *digits      = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
    size_t      count = 0, power = 0;
    at = skip_digits(hexadecimal ? at + 2 : at, end, digits, &count);
    if (at < end && *at == '.') at = skip_digits(at + 1, end, digits, &count);
    if (!count) return NULL;
    if (at == end || (*at | 0x20) != (hexadecimal ? 'p' : 'e')) return hexadecimal ? NULL : at;
    if (++at < end && (*at == '+' || *at == '-')) at++;
    at = skip_digits(at, end, "0123456789", &power);
    return power ? at : NULL;
}

/* C11 6.4.4.2, C23's and GNU C's suffixes. */
enum scalar real_suffix(const char *suffix, size_t length) {
    static const char    words[]   = "f\0l\0f16\0f32\0f64\0f32x\0f64x\0f128\0q\0d\0w\0";
    static const uint8_t scalars[] = {SCALAR_DOUBLE, SCALAR_FLOAT,  SCALAR_LDOUBLE, SCALAR_F16,
                                      SCALAR_FLOAT,  SCALAR_DOUBLE, SCALAR_DOUBLE,  SCALAR_LDOUBLE,
                                      SCALAR_F128,   SCALAR_F128,   SCALAR_DOUBLE,  SCALAR_LDOUBLE};
    size_t               number    = word_number(words, suffix, length);
    return length && !number ? SCALAR_VOID : (enum scalar)scalars[number];
}

static outlined bool floating(struct parser *parser, struct value *out) {
    const char *at = parser->token.at, *end = at + parser->token.length, *suffix = behind_digits(at, end);
    char        lower[8]  = "";
    size_t      length    = suffix ? (size_t)(end - suffix) : 0;
    bool        imaginary = length && strchr("iIjJ", end[-1]);
    if (imaginary) length--;
    for (size_t k = 0; k < length && k < sizeof lower - 1; k++)
        lower[k] = (char)(suffix[k] | (suffix[k] > '9' ? 0x20 : 0));
    enum scalar scalar = suffix ? real_suffix(lower, strlen(lower)) : SCALAR_VOID;
    if (!scalar) return fail_at(parser, at, FFI_ERROR_SYNTAX, "this is not a number of C");
    const ffi_ctype *type = type_scalar(parser->context, scalar);
    if (!type) return false;
    *out = value_real(type, real_read(type->kind, at, suffix));
    if (imaginary) *out = (struct value){.type = type_complex(parser->context, type)};
    parser_next(parser);
    return out->type != NULL;
}

bool parse_literal(struct parser *parser, struct value *value) {
    switch (parser->token.kind) {
    case TOKEN_NUMBER: return number(parser, value);
    case TOKEN_FLOAT: return floating(parser, value);
    case TOKEN_CHARACTER: return character(parser, value);
    default: return string(parser, value);
    }
}
