/* SPDX-License-Identifier: MIT */
/*
 * IEEE 754's binary formats and the x87's, in integers. A number is unpacked into 128 bits, of which 113 at
 * most are used, computed with, and rounded once when it is packed: to nearest, ties to even.
 */
#include "parse/real.h"

#include "base/util.h"

__extension__ typedef unsigned __int128 wide;

enum form { ZERO, FINITE, INFINITE, NAN_FORM };

/* (-1)^negative * bits * 2^exponent; the highest bit of a finite one is set. */
struct number {
    enum form form;
    bool      negative, inexact; /* something was lost below the last bit */
    int       exponent;
    wide      bits;
};

struct format {
    unsigned precision; /* bits of the significand, with the highest one */
    unsigned width;     /* bits of the exponent */
    bool     whole;     /* the highest bit is written too */
};

static struct format format_of(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_F16: return (struct format){11, 5, false};
    case FFI_KIND_F32: return (struct format){24, 8, false};
    case FFI_KIND_F64: return (struct format){53, 11, false};
    case FFI_KIND_F80: return (struct format){64, 15, true};
    default: return (struct format){113, 15, false};
    }
}

bool real_is_kind(ffi_kind kind) {
    return kind == FFI_KIND_F16 || kind == FFI_KIND_F32 || kind == FFI_KIND_F64 || kind == FFI_KIND_F80 ||
           kind == FFI_KIND_F128;
}

/* ---- packing ---- */

static struct number normalized(struct number number) {
    if (number.form != FINITE) return number;
    if (!number.bits) return number.form = ZERO, number;
    while (!(number.bits >> 127)) number.bits <<= 1, number.exponent--;
    return number;
}

static wide shifted(wide bits, unsigned by, bool *inexact) {
    if (!by) return bits;
    if (by > 127) return *inexact |= bits != 0, 0;
    *inexact |= (bits & (((wide)1 << by) - 1)) != 0;
    return bits >> by;
}

static wide rounded(wide bits, unsigned by, bool inexact) {
    bool half = false;
    bits      = shifted(bits, by - 1, &inexact);
    half      = bits & 1;
    bits >>= 1;
    return bits + (half && (inexact || bits & 1));
}

static struct real pack(ffi_kind kind, struct number number) {
    struct format format = format_of(kind);
    unsigned      digits = format.precision - !format.whole; /* bits below the exponent */
    wide          most = ((wide)1 << format.width) - 1, bits = 0;
    int           bias = (int)(most >> 1), exponent = number.exponent + 127;
    if (number.form == FINITE) {
        unsigned by    = 128 - format.precision;
        bool     small = exponent < 1 - bias;
        if (small) {
            unsigned more = (unsigned)(1 - bias - exponent);
            by            = more > 128 ? 128 + format.precision : by + more;
            number.bits   = by > 128 ? shifted(number.bits, by - 128, &number.inexact) : number.bits;
            if (by > 128) by = 128;
        }
        bits = rounded(number.bits, by, number.inexact);
        if (bits >> format.precision) bits >>= 1, exponent++;
        if (small && bits >> (format.precision - 1)) exponent = 1 - bias, small = false;
        wide field = small ? 0 : (wide)(exponent + bias);
        if (field >= most) number.form = INFINITE;
        else bits = (field << digits) | (format.whole ? bits : bits & (((wide)1 << digits) - 1));
    }
    if (number.form == INFINITE) bits = most << digits | (format.whole ? (wide)1 << 63 : 0);
    if (number.form == NAN_FORM)
        bits = most << digits | (format.whole ? (wide)3 << 62 : (wide)1 << (digits - 1));
    bits |= (wide)number.negative << (digits + format.width);
    return (struct real){(uint64_t)bits, (uint64_t)(bits >> 64)};
}

static struct number unpack(ffi_kind kind, struct real value) {
    struct format format = format_of(kind);
    unsigned      digits = format.precision - !format.whole;
    wide          bits = (wide)value.high << 64 | value.low, most = ((wide)1 << format.width) - 1;
    wide          field = bits >> digits & most, fraction = bits & (((wide)1 << digits) - 1);
    int           bias   = (int)(most >> 1);
    struct number number = {.form = FINITE, .negative = bits >> (digits + format.width) & 1};
    if (format.whole && field == most) fraction &= ((wide)1 << 63) - 1;
    if (field == most) return number.form = fraction ? NAN_FORM : INFINITE, number;
    if (!format.whole && field) fraction |= (wide)1 << digits;
    number.bits     = fraction;
    number.exponent = (field ? (int)field : 1) - bias - (int)(format.precision - 1);
    return normalized(number);
}

/* ---- reading ---- */

/* A natural number of many digits. */
enum { LIMBS = 1400, DIGITS = 4900, TEN_TO_9 = 1000000000 };

struct natural {
    size_t   count;
    uint32_t limbs[LIMBS]; /* the lowest first */
};

static void multiply(struct natural *n, uint32_t by, uint32_t carry) {
    for (size_t i = 0; i < n->count; i++) {
        uint64_t product = (uint64_t)n->limbs[i] * by + carry;
        n->limbs[i]      = (uint32_t)product;
        carry            = (uint32_t)(product >> 32);
    }
    if (carry && n->count < LIMBS) n->limbs[n->count++] = carry;
}

static bool divide(struct natural *n, uint32_t by) {
    uint64_t rest = 0;
    for (size_t i = n->count; i--;) {
        rest        = rest << 32 | n->limbs[i];
        n->limbs[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    while (n->count && !n->limbs[n->count - 1]) n->count--;
    return rest != 0;
}

static struct number number_of(const struct natural *n, int exponent, bool inexact) {
    struct number number = {.form = FINITE, .inexact = inexact};
    size_t        from   = n->count > 5 ? n->count - 5 : 0;
    for (size_t i = 0; i < from; i++) number.inexact |= n->limbs[i] != 0;
    if (from == n->count) return number.form = ZERO, number;
    /* The highest limb may have one bit only: of five, 129 bits or more count. */
    unsigned high  = 0;
    uint32_t first = n->limbs[n->count - 1];
    while (high < 32 && first >> high) high++;
    for (size_t i = n->count; i-- > from;) {
        if (n->count == from + 5 && i == from) { /* its highest bits fill up */
            unsigned room = 32 - high;
            number.bits   = room ? number.bits << room | n->limbs[i] >> high : number.bits;
            number.inexact |= (n->limbs[i] & (((uint64_t)1 << high) - 1)) != 0;
            exponent += (int)(32 * from + high);
            return number.exponent = exponent, normalized(number);
        }
        number.bits = number.bits << 32 | n->limbs[i];
    }
    number.exponent = exponent + (int)(32 * from);
    return normalized(number);
}

static int read_exponent(const char *at, const char *end) {
    bool negative = at < end && *at == '-';
    int  value    = 0;
    if (at < end && (*at == '-' || *at == '+')) at++;
    for (; at < end && value < 100000; at++)
        if (*at != '\'') value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

/* Beyond 10 to the power of `most` a number is infinite, below its reciprocal it is 0. */
static struct number read_decimal(const char *at, const char *end, int most) {
    struct natural n        = {0};
    int            exponent = 0, digits = 0;
    bool           fraction = false, inexact = false;
    for (; at < end && (*at | 0x20) != 'e'; at++) {
        if (*at == '.') fraction = true;
        if (*at == '.' || *at == '\'') continue;
        if (digits < DIGITS) multiply(&n, 10, (uint32_t)(*at - '0'));
        else inexact |= *at != '0';
        exponent += (digits >= DIGITS) - fraction;
        digits += n.count > 0;
    }
    if (at < end) exponent += read_exponent(at + 1, end);
    if (!n.count) return (struct number){.form = ZERO};
    if (exponent + digits > most) return (struct number){.form = INFINITE};
    if (exponent + digits < -most) return (struct number){.form = ZERO};
    for (; exponent >= 9; exponent -= 9) multiply(&n, TEN_TO_9, 0);
    for (; exponent > 0; exponent--) multiply(&n, 10, 0);
    if (exponent == 0) return number_of(&n, 0, inexact);
    /* Above the quotient's 128 bits what is divided has as many as the divisor. */
    size_t up = 6 + (size_t)(-exponent) * 4 / 32;
    if (n.count + up > LIMBS) up = LIMBS - n.count;
    memmove(n.limbs + up, n.limbs, n.count * sizeof *n.limbs);
    memset(n.limbs, 0, up * sizeof *n.limbs);
    n.count += up;
    for (; exponent <= -9; exponent += 9) inexact |= divide(&n, TEN_TO_9);
    for (; exponent < 0; exponent++) inexact |= divide(&n, 10);
    return number_of(&n, -(int)(32 * up), inexact);
}

static struct number read_hexadecimal(const char *at, const char *end) {
    struct number number   = {.form = FINITE};
    bool          fraction = false;
    for (at += 2; at < end && (*at | 0x20) != 'p'; at++) {
        unsigned digit = *at <= '9' ? (unsigned)(*at - '0') : (unsigned)((*at | 0x20) - 'a' + 10);
        if (*at == '.') fraction = true;
        if (*at == '.' || *at == '\'') continue;
        bool full = number.bits >> 124;
        if (!full) number.bits = number.bits << 4 | digit;
        else number.inexact |= digit != 0;
        number.exponent += full ? 4 : 0;
        number.exponent -= fraction ? 4 : 0;
    }
    if (at < end) number.exponent += read_exponent(at + 1, end);
    return normalized(number);
}

struct real real_read(ffi_kind kind, const char *at, const char *end) {
    bool          hexadecimal = end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x';
    struct format format      = format_of(kind);
    int           most = (int)((1u << (format.width - 1)) + format.precision) / 3; /* 10 is more than 2^3 */
    return pack(kind, hexadecimal ? read_hexadecimal(at, end) : read_decimal(at, end, most));
}

/* ---- conversions ---- */

struct real real_of_integer(ffi_kind kind, uint64_t bits, bool is_signed) {
    bool negative = is_signed && bits >> 63;
    return pack(kind, normalized((struct number){
                          .form = FINITE, .negative = negative, .bits = negative ? 0 - bits : bits}));
}

struct real real_converted(ffi_kind from, struct real value, ffi_kind to) {
    return from == to ? value : pack(to, unpack(from, value));
}

struct real real_negated(ffi_kind kind, struct real value) {
    struct number number = unpack(kind, value);
    number.negative      = !number.negative;
    return pack(kind, number);
}

struct real real_infinity(ffi_kind kind) {
    return pack(kind, (struct number){.form = INFINITE});
}

struct real real_nan(ffi_kind kind, bool signalling, uint64_t payload) {
    struct real   nan    = pack(kind, (struct number){.form = NAN_FORM});
    struct format format = format_of(kind);
    wide          quiet = (wide)1 << (format.precision - 2), bits = (wide)nan.high << 64 | nan.low;
    payload &= quiet - 1;
    if (signalling) bits ^= quiet;
    bits |= signalling && !payload ? quiet >> 1 : payload;
    return (struct real){(uint64_t)bits, (uint64_t)(bits >> 64)};
}

bool real_is_zero(ffi_kind kind, struct real value) {
    return unpack(kind, value).form == ZERO;
}

uint64_t real_to_integer(ffi_kind kind, struct real value, unsigned width, bool is_signed) {
    struct number number = unpack(kind, value);
    uint64_t      most   = UINT64_MAX >> (64 - width + is_signed);
    uint64_t      limit  = !number.negative ? most : is_signed ? most + 1 : 0;
    bool          lost   = false;
    if (number.form == ZERO || number.form == NAN_FORM) return 0;
    bool     fits      = number.form == FINITE && number.exponent <= -64;
    uint64_t magnitude = fits ? (uint64_t)shifted(number.bits, (unsigned)-number.exponent, &lost) : limit;
    if (magnitude > limit) magnitude = limit;
    return number.negative ? 0 - magnitude : magnitude;
}

/* ---- arithmetic ---- */

static int compare_magnitudes(const struct number *a, const struct number *b) {
    if (a->exponent != b->exponent) return a->exponent < b->exponent ? -1 : 1;
    return a->bits < b->bits ? -1 : a->bits > b->bits;
}

/* Finite numbers, of which a is not less than b but for their signs. Both are taken down by a bit, so that a
 * sum has room. */
static struct number sum(struct number a, struct number b) {
    unsigned apart = (unsigned)(a.exponent - b.exponent);
    a.bits >>= 1, a.exponent++;
    b.bits >>= 1;
    b.bits = shifted(b.bits, apart, &a.inexact);
    if (a.negative == b.negative) a.bits += b.bits;
    else a.bits -= b.bits + a.inexact;
    if (!a.bits) a.negative = false;
    return normalized(a);
}

static struct number product(struct number a, struct number b) {
    uint64_t      a0 = (uint64_t)a.bits, a1 = (uint64_t)(a.bits >> 64);
    uint64_t      b0 = (uint64_t)b.bits, b1 = (uint64_t)(b.bits >> 64);
    wide          low = (wide)a0 * b0, middle = (wide)a0 * b1 + (uint64_t)(low >> 64);
    wide          other  = (wide)a1 * b0 + (uint64_t)middle;
    struct number result = {.form = FINITE, .negative = a.negative != b.negative};
    result.bits          = (wide)a1 * b1 + (middle >> 64) + (other >> 64);
    result.inexact       = (uint64_t)low || (uint64_t)other;
    result.exponent      = a.exponent + b.exponent + 128;
    return normalized(result);
}

static struct number quotient(struct number a, struct number b) {
    struct number result = {
        .form = FINITE, .negative = a.negative != b.negative, .exponent = a.exponent - b.exponent - 127};
    wide rest = a.bits;
    for (int i = 0; i < 128; i++) {
        bool carry = false;
        if (i) carry = rest >> 127, rest <<= 1;
        result.bits <<= 1;
        if (carry || rest >= b.bits) rest -= b.bits, result.bits |= 1;
    }
    result.inexact = rest != 0;
    return normalized(result);
}

struct real real_computed(ffi_kind kind, int mark, struct real left, struct real right) {
    struct number a = unpack(kind, left), b = unpack(kind, right), result = {.form = NAN_FORM};
    bool          negative = a.negative != b.negative;
    if (mark == '-') b.negative = !b.negative;
    if (a.form == NAN_FORM || b.form == NAN_FORM) return pack(kind, result);
    if (mark == '+' || mark == '-') {
        if (a.form == INFINITE && b.form == INFINITE && a.negative != b.negative) return pack(kind, result);
        if (a.form == INFINITE || b.form == ZERO) result = a;
        else if (b.form == INFINITE || a.form == ZERO) result = b;
        else result = compare_magnitudes(&a, &b) < 0 ? sum(b, a) : sum(a, b);
        if (a.form == ZERO && b.form == ZERO) result.negative = a.negative && b.negative;
    } else {
        bool times = mark == '*';
        if (a.form == FINITE && b.form == FINITE) return pack(kind, times ? product(a, b) : quotient(a, b));
        bool void_of    = times ? (a.form == ZERO || b.form == ZERO) && a.form != b.form &&
                                   !(a.form == FINITE || b.form == FINITE)
                                : a.form == b.form;
        result.negative = negative;
        if (void_of) result.negative = false;
        else if (times) result.form = a.form == ZERO || b.form == ZERO ? ZERO : INFINITE;
        else result.form = a.form == ZERO || b.form == INFINITE ? ZERO : INFINITE;
    }
    return pack(kind, result);
}

int real_compared(ffi_kind kind, struct real left, struct real right) {
    struct number a = unpack(kind, left), b = unpack(kind, right);
    if (a.form == NAN_FORM || b.form == NAN_FORM) return 2;
    if (a.form == ZERO && b.form == ZERO) return 0;
    if (a.form == ZERO) return b.negative ? 1 : -1;
    if (b.form == ZERO || a.negative != b.negative) return a.negative ? -1 : 1;
    int order = a.form != b.form     ? (a.form == INFINITE ? 1 : -1)
                : a.form == INFINITE ? 0
                                     : compare_magnitudes(&a, &b);
    return a.negative ? -order : order;
}
