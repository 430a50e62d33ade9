/* SPDX-License-Identifier: MIT */
/* Numbers in C notation, of every format, and constant expressions. */
#ifndef FFI_NUMBER_H
#define FFI_NUMBER_H

#include <ffi_invoke.h>
#include <stdio.h>

#pragma GCC visibility push(hidden)

/* ---- float.c: floating-point numbers of every format ---- */

__extension__ typedef unsigned __int128 uint128;
__extension__ typedef __int128          int128;

enum number { NUMBER_READ, NUMBER_NONE, NUMBER_TOO_LARGE };

/* Whether a kind is a floating-point kind. */
bool float_is(ffi_kind kind);

/* Reads a decimal or hexadecimal constant, or stores a whole number. Writes only the bytes of the format: 10
 * for an x87 long double. */
enum number float_read(const char *text, ffi_kind kind, void *bytes);
enum number float_set(uint128 magnitude, bool negative, ffi_kind kind, void *bytes);

/* Prints the fewest digits that read back as the same value; as JSON, nan and inf are strings. */
void float_print(FILE *out, ffi_kind kind, const void *bytes, bool json);

/* Whether the number is printed with a minus sign. */
bool float_is_negative(ffi_kind kind, const void *bytes);

/* ---- number.c: numbers in C notation ---- */

/* Reads a constant into a member, of arithmetic, enum or pointer type, of the object at `base`. A value on its
 * own is the member {.type = its type} of its own bytes. */
enum number number_read(const char *text, const ffi_field *field, void *base);

/* The short name of the type that C gives to a constant (`i32`, `f64`). No type may be large enough for it. */
enum number number_type(const char *text, const char **type);

/* Whether a text has only decimal digits and begins with 0, but is no octal number of C: 08. */
bool number_is_bad_octal(const char *text);

/* Prints such a member: an enum as the constant's name; a complex number as 1+2i, in JSON as an array of two.
 */
void number_print(FILE *out, const ffi_field *field, const void *base, bool json);

/* ---- eval.c: constant expressions ---- */

/* The type of a constant expression, and its value as ffi_declared_value() gives it; NULL, without a complaint, if the
 * text is no constant expression. The value is valid until the next evaluation. */
const ffi_ctype *evaluate(ffi_context *context, const char *expression, ffi_value *value);

#pragma GCC visibility pop

#endif
