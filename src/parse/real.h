/* SPDX-License-Identifier: MIT */
/* Real numbers in the machine's formats, computed without floating point: the format may not be this machine's.
 */
#ifndef REAL_H
#define REAL_H

#include "ffi_invoke.h"

/* The bytes of a number, least significant first: of 8 bytes or fewer `low` has them all. */
struct real {
    uint64_t low, high;
};

/* Whether a kind is one of those below: F16, F32, F64, F80, F128. */
bool real_is_kind(ffi_kind kind);

/* The number that a decimal or hexadecimal constant stands for, correctly rounded; `end` is behind its last
 * digit. */
struct real real_read(ffi_kind kind, const char *at, const char *end);

struct real real_of_integer(ffi_kind kind, uint64_t bits, bool is_signed);
struct real real_converted(ffi_kind from, struct real value, ffi_kind to);
struct real real_negated(ffi_kind kind, struct real value);
struct real real_infinity(ffi_kind kind);
struct real real_nan(ffi_kind kind, bool signalling, uint64_t payload);
bool        real_is_zero(ffi_kind kind, struct real value);

/* The integer part; what an integer of `width` bits does not hold is its least or greatest value, and no number is 0:
 * C leaves it open, and gcc and clang do so. */
uint64_t real_to_integer(ffi_kind kind, struct real value, unsigned width, bool is_signed);

/* `a + b`, `-`, `*` or `/`, rounded to nearest. */
struct real real_computed(ffi_kind kind, int mark, struct real a, struct real b);

/* -1, 0 or 1 as a is less, equal or greater; 2 if one of them is not a number. */
int real_compared(ffi_kind kind, struct real a, struct real b);

#endif
