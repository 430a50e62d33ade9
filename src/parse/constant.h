/* SPDX-License-Identifier: MIT */
/* Values of expressions, by C's rules. Functions that return a type return NULL if memory is out. */
#ifndef VALUE_H
#define VALUE_H

#include "parse/parser.h"
#include "parse/real.h"

enum fault {
    FAULT_NONE,
    FAULT_MEMORY,   /* the error message is set */
    FAULT_OPERANDS, /* the operator does not accept such operands */
    FAULT_DIVISION, /* by zero */
    FAULT_SHIFT     /* by a negative number, or by at least the number of bits */
};

struct value value_of(ffi_context *context, enum scalar scalar, uint64_t bits);
struct value value_as(const ffi_ctype *type, uint64_t bits);
struct value value_real(const ffi_ctype *type, struct real real);
struct value value_promoted(ffi_context *context, struct value value);
/* The type of an object that a value initializes: of an array a pointer, and without qualifiers; integers are not
 * promoted. */
const ffi_ctype *value_object_type(ffi_context *context, const struct value *value);

struct value value_cast(const ffi_ctype *type, struct value value);

/* The bytes of a known value behind the first 8. */
uint64_t value_high(const struct value *value);

bool value_is_real(const ffi_ctype *type);
bool value_is_true(const struct value *value); /* of a known value */

/* literal.c: reads a number, a character, or strings that follow one another. The next token is the first of them. */
bool parse_literal(struct parser *parser, struct value *value);

/* The type of a floating constant with this suffix, in small letters; SCALAR_VOID if C has no such suffix. */
enum scalar real_suffix(const char *suffix, size_t length);

/* builtin.c: reads a call of a function that the compiler computes, or _Generic. Reads nothing if the next tokens are
 * neither. */
bool parse_builtin(struct parser *parser, struct value *value);

/* The value of a declared name, as far as it is known. */
struct value name_value(const struct name *name);

/* `mark`: the operator, its character or an enum mark. */
enum fault value_unary(ffi_context *context, int mark, struct value value, struct value *out);
enum fault value_binary(ffi_context *context, int mark, struct value a, struct value b, struct value *out);

const ffi_ctype *value_joined(ffi_context *context, struct value a, struct value b);

#endif
