/* SPDX-License-Identifier: MIT */
/*
 * Numbers: reals of 16, 80 and 128 bits in terms of double, by their bits (IEEE 754-2019, 3.4), since not every
 * compiler has these types; and integers as values of a host tell them.
 */
#include "embed.h"

/* A finite real: significand * 2^exponent, where the significand has its highest bit set, or is 0. */
struct parts {
    bool     negative;
    uint64_t significand;
    int      exponent;
    bool     rest; /* more bits follow the significand, not all of them 0 */
};

enum form { FORM_FINITE, FORM_INFINITE, FORM_NAN };

static enum form take_apart(double value, struct parts *parts) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    int      exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    *parts            = (struct parts){.negative = bits >> 63};
    if (exponent == 0x7ff) return fraction ? FORM_NAN : FORM_INFINITE;
    if (!exponent && !fraction) return FORM_FINITE;
    parts->significand = fraction | (exponent ? UINT64_C(1) << 52 : 0);
    parts->exponent    = (exponent ? exponent : 1) - 1075;
    while (!(parts->significand >> 63)) parts->significand <<= 1, parts->exponent--;
    return FORM_FINITE;
}

/* The biased exponent and the fraction of `bits` bits, rounded to the nearest even. */
static uint64_t rounded(const struct parts *parts, int bits, int bias, int largest) {
    if (!parts->significand) return 0;
    int exponent = parts->exponent + 63 + bias, drop = 63 - bits;
    if (exponent < 1) drop += 1 - exponent;
    if (drop > 64) return 0;
    uint64_t kept = drop == 64 ? 0 : parts->significand >> drop;
    uint64_t cut  = drop == 64 ? parts->significand : parts->significand << (64 - drop);
    uint64_t half = UINT64_C(1) << 63;
    if (cut > half || (cut == half && (parts->rest || kept & 1))) kept++;
    if (exponent < 1) return kept; /* subnormal; a carry makes it the smallest normal one */
    uint64_t whole = ((uint64_t)exponent << bits) + (kept - (UINT64_C(1) << bits));
    return whole >= (uint64_t)largest << bits ? (uint64_t)largest << bits : whole;
}

static double put_together(enum form form, const struct parts *parts) {
    uint64_t bits = form == FORM_NAN        ? UINT64_C(0x7ff8) << 48
                    : form == FORM_INFINITE ? UINT64_C(0x7ff) << 52
                                            : rounded(parts, 52, 1023, 0x7ff);
    double   value;
    bits |= (uint64_t)parts->negative << 63;
    memcpy(&value, &bits, 8);
    return value;
}

uint16_t half_of(double value) {
    struct parts parts;
    enum form    form = take_apart(value, &parts);
    uint64_t bits = form == FORM_NAN ? 0x7e00 : form == FORM_INFINITE ? 0x7c00 : rounded(&parts, 10, 15, 31);
    return (uint16_t)(bits | (parts.negative ? 0x8000u : 0));
}

double half_value(uint16_t half) {
    int          exponent = half >> 10 & 31, fraction = half & 1023;
    struct parts parts = {.negative = half >> 15, .significand = (uint64_t)fraction | (exponent ? 1024 : 0)};
    if (exponent == 31) return put_together(fraction ? FORM_NAN : FORM_INFINITE, &parts);
    parts.exponent = (exponent ? exponent : 1) - 25;
    while (parts.significand && !(parts.significand >> 63)) parts.significand <<= 1, parts.exponent--;
    return put_together(FORM_FINITE, &parts);
}

/* Of these, the significand has 64 bits, or 113 with a leading one that is not stored; and both have the
 * exponents of quadruple precision. */
static unsigned wide_exponent(enum form form, const struct parts *parts) {
    unsigned exponent = form != FORM_FINITE  ? 0x7fff
                        : parts->significand ? (unsigned)(parts->exponent + 63 + 16383)
                                             : 0;
    return exponent | (parts->negative ? 0x8000u : 0);
}

void f80_of(double value, uint8_t bytes[10]) {
    struct parts parts;
    enum form    form        = take_apart(value, &parts);
    unsigned     exponent    = wide_exponent(form, &parts);
    uint64_t     significand = form == FORM_NAN        ? UINT64_C(3) << 62
                               : form == FORM_INFINITE ? UINT64_C(1) << 63
                                                       : parts.significand;
    for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)(significand >> 8 * i);
    bytes[8] = (uint8_t)exponent, bytes[9] = (uint8_t)(exponent >> 8);
}

double f80_value(const uint8_t bytes[10]) {
    unsigned     exponent = bytes[8] | (unsigned)bytes[9] << 8;
    struct parts parts    = {.negative = exponent >> 15};
    for (unsigned i = 0; i < 8; i++) parts.significand |= (uint64_t)bytes[i] << 8 * i;
    exponent &= 0x7fff;
    if (exponent == 0x7fff) return put_together(parts.significand << 1 ? FORM_NAN : FORM_INFINITE, &parts);
    parts.exponent = (int)(exponent ? exponent : 1) - 16383 - 63;
    while (parts.significand && !(parts.significand >> 63)) parts.significand <<= 1, parts.exponent--;
    return put_together(FORM_FINITE, &parts);
}

void quad_of(double value, uint8_t bytes[16]) {
    struct parts parts;
    enum form    form     = take_apart(value, &parts);
    unsigned     exponent = wide_exponent(form, &parts);
    uint64_t     fraction = form == FORM_NAN        ? UINT64_C(1) << 63
                            : form == FORM_INFINITE ? 0
                                                    : parts.significand << 1;
    memset(bytes, 0, 16);
    for (unsigned i = 0; i < 8; i++) bytes[6 + i] = (uint8_t)(fraction >> 8 * i);
    bytes[14] = (uint8_t)exponent, bytes[15] = (uint8_t)(exponent >> 8);
}

double quad_value(const uint8_t bytes[16]) {
    unsigned     exponent = bytes[14] | (unsigned)bytes[15] << 8;
    struct parts parts    = {.negative = exponent >> 15};
    uint64_t     fraction = 0;
    for (unsigned i = 0; i < 8; i++) fraction |= (uint64_t)bytes[6 + i] << 8 * i;
    for (unsigned i = 0; i < 6; i++) parts.rest |= bytes[i] != 0;
    exponent &= 0x7fff;
    if (exponent == 0x7fff) return put_together(fraction || parts.rest ? FORM_NAN : FORM_INFINITE, &parts);
    if (!exponent) fraction = parts.rest = 0; /* smaller than every double */
    parts.rest |= (fraction & 1) != 0;
    parts.significand = exponent ? fraction >> 1 | UINT64_C(1) << 63 : 0;
    parts.exponent    = (int)exponent - 16383 - 63;
    return put_together(FORM_FINITE, &parts);
}

/* ---- integers ---- */

bool integer_of(const ffi_any *any, struct integer *integer) {
    double real = any->as.f64;
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_BOOL: return *integer = (struct integer){false, any->as.b}, true;
    case FFI_ANY_INT: return *integer = (struct integer){any->as.i64 < 0, any->as.u64}, true;
    case FFI_ANY_UINT: return *integer = (struct integer){false, any->as.u64}, true;
    case FFI_ANY_REAL:
        if (real >= -9223372036854775808.0 && real < 0)
            *integer = (struct integer){true, (uint64_t)(int64_t)real};
        else if (real >= 0 && real < 18446744073709551616.0) *integer = (struct integer){false, (uint64_t)real};
        else return false;
        return (integer->negative ? (double)(int64_t)integer->bits : (double)integer->bits) == real;
    default: return false;
    }
}

bool integer_fits(const struct integer *integer, unsigned bits, bool is_signed) {
    if (!bits) return false;
    if (bits > 64) return is_signed || !integer->negative;
    if (!is_signed) return !integer->negative && integer->bits <= UINT64_MAX >> (64 - bits);
    if (!integer->negative) return integer->bits <= (uint64_t)INT64_MAX >> (64 - bits);
    return (int64_t)integer->bits >= INT64_MIN >> (64 - bits);
}
