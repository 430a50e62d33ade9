/* SPDX-License-Identifier: MIT */
/*
 * Floating-point numbers of every format that the library knows, read from decimal and hexadecimal constants
 * (C11 6.4.4.2) and printed with the fewest digits that read back as the same value. Whole numbers of any
 * length are behind it: the compiler and the C library of the program need not have the format, and no locale
 * or rounding mode that a callee has set matters. Rounding is to nearest, ties to even (IEEE 754-2008, 4.3.1).
 */
#include "number.h"

#include <stdlib.h>
#include <string.h>

/* A number is (-1)^sign * significand * 2^q, its bits are sign, exponent, significand. The highest bit of the
 * significand is left out but by the x87's format. */
struct format {
    int  precision; /* bits of the significand, the one that is left out included */
    int  exponent;  /* bits of the exponent */
    bool whole;     /* no bit is left out */
    int  digits;    /* as many decimal ones tell any two numbers apart */
    int  plain;     /* up to 10^plain no exponent is printed */
};

static const struct format *format_of(ffi_kind kind) {
    static const struct format half = {11, 5, false, 5, 5}, single = {24, 8, false, 9, 6},
                               twice = {53, 11, false, 17, 15}, extended = {64, 15, true, 21, 18},
                               quad = {113, 15, false, 36, 33};
    switch (kind) {
    case FFI_KIND_F16: return &half;
    case FFI_KIND_F32: return &single;
    case FFI_KIND_F64: return &twice;
    case FFI_KIND_F80: return &extended;
    case FFI_KIND_F128: return &quad;
    default: return NULL;
    }
}

bool float_is(ffi_kind kind) {
    return format_of(kind);
}

static int bias(const struct format *format) {
    return (1 << (format->exponent - 1)) - 1;
}

/* The q of the smallest numbers. */
static int lowest(const struct format *format) {
    return 2 - bias(format) - format->precision;
}

/* The bits of the significand as it is stored. */
static int stored(const struct format *format) {
    return format->precision - !format->whole;
}

/* ---- whole numbers ---- */

/* The longest are 10^6000 with a thousand digits, or 2^24000 with as many: both have less than 2^15 bits. */
enum { WORDS = 1024 + 8, DIGITS = 1000, POWER_OF_10 = 6000, POWER_OF_2 = 24000 };

struct whole {
    size_t   count;
    uint32_t words[WORDS]; /* the lowest first, the last is not 0 */
};

static void multiply_add(struct whole *a, uint32_t factor, uint32_t carry) {
    for (size_t i = 0; i < a->count; i++) {
        uint64_t word = (uint64_t)a->words[i] * factor + carry;
        a->words[i]   = (uint32_t)word;
        carry         = (uint32_t)(word >> 32);
    }
    if (carry) a->words[a->count++] = carry;
}

static void multiply_power_of_10(struct whole *a, int power) {
    for (; power >= 9; power -= 9) multiply_add(a, 1000000000, 0);
    for (; power > 0; power--) multiply_add(a, 10, 0);
}

static void shift_left(struct whole *a, int bits) {
    size_t by = (size_t)bits / 32;
    if (!a->count) return;
    memmove(a->words + by, a->words, a->count * sizeof *a->words);
    memset(a->words, 0, by * sizeof *a->words);
    a->count += by;
    multiply_add(a, (uint32_t)1 << bits % 32, 0);
}

static int compare(const struct whole *a, const struct whole *b) {
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (size_t i = a->count; i--;)
        if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

/* `b` is not the larger one. */
static void subtract(struct whole *a, const struct whole *b) {
    uint32_t borrow = 0;
    for (size_t i = 0; i < a->count; i++) {
        uint64_t taken = (uint64_t)(i < b->count ? b->words[i] : 0) + borrow;
        borrow         = a->words[i] < taken;
        a->words[i] -= (uint32_t)taken;
    }
    while (a->count && !a->words[a->count - 1]) a->count--;
}

static int bit_length(const struct whole *a) {
    int bits = (int)a->count * 32;
    if (!bits) return 0;
    for (uint32_t top = a->words[a->count - 1]; !(top >> 31); top <<= 1) bits--;
    return bits;
}

static void set_whole(struct whole *a, uint128 value) {
    for (a->count = 0; value; value >>= 32) a->words[a->count++] = (uint32_t)value;
}

/* ---- reading ---- */

static void pack(const struct format *format, bool negative, int exponent, uint128 significand, void *bytes) {
    int     width = stored(format);
    uint128 bits  = significand & (((uint128)1 << width) - 1);
    bits |= (uint128)exponent << width | (uint128)negative << (width + format->exponent);
    for (int i = 0; i < (1 + format->exponent + width) / 8; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)(bits >> 8 * i);
}

/* Stores a/b, rounded. Both are used up. */
static enum number store_fraction(const struct format *format, bool negative, struct whole *a, struct whole *b,
                                  void *bytes) {
    int     precision = format->precision, q = bit_length(a) - bit_length(b) - precision;
    uint128 significand = 0;
    if (!a->count) return pack(format, negative, 0, 0, bytes), NUMBER_READ;
    if (q < lowest(format)) q = lowest(format);
    if (q < 0) shift_left(a, -q);
    else shift_left(b, q);
    shift_left(b, precision - 1);
    /* Now a/b is below 4, and is to be below 2: q may have been one too low. */
    struct whole twice = *b;
    shift_left(&twice, 1);
    if (compare(a, &twice) >= 0) *b = twice, q++;
    for (int i = 0; i < precision; i++) {
        significand <<= 1;
        if (compare(a, b) >= 0) subtract(a, b), significand |= 1;
        shift_left(a, 1);
    }
    int half = compare(a, b);
    if (half > 0 || (half == 0 && significand & 1)) significand++;
    if (significand >> precision) significand >>= 1, q++;
    if (q > bias(format) + 1 - precision) return NUMBER_TOO_LARGE;
    bool normal = significand >> (precision - 1);
    return pack(format, negative, normal ? q - lowest(format) + 1 : 0, significand, bytes), NUMBER_READ;
}

static int digit_of(char c, int base) {
    const char *digits = "0123456789abcdef",
               *found  = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : 0;
    return found && found - digits < base ? (int)(found - digits) : -1;
}

/* Digits with a point at most; `*behind` is how many stand behind it. NULL if there are none, or too many. */
static const char *read_digits(const char *text, int base, struct whole *a, int *behind) {
    int  count = 0, significant = 0, digit;
    bool point = false;
    for (a->count = 0, *behind = 0;; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if ((digit = digit_of(*text, base)) < 0) break;
        if (significant == DIGITS) return NULL;
        multiply_add(a, (uint32_t)base, (uint32_t)digit);
        significant += a->count > 0;
        *behind += point;
        count++;
    }
    return count && *behind <= DIGITS ? text : NULL;
}

/* `e-5`, or nothing. NULL if digits are missing. */
static const char *read_exponent(const char *text, char letter, int *exponent) {
    *exponent = 0;
    if ((*text | 0x20) != letter) return text;
    bool negative = *++text == '-';
    if (*text == '-' || *text == '+') text++;
    if (digit_of(*text, 10) < 0) return NULL;
    for (; digit_of(*text, 10) >= 0; text++)
        if (*exponent < 100000) *exponent = *exponent * 10 + digit_of(*text, 10);
    if (negative) *exponent = -*exponent;
    return text;
}

/* Whether a text is a word of small letters, in any case. */
static bool is_word(const char *text, const char *word) {
    while (*word && (*text | 0x20) == *word) text++, word++;
    return !*text && !*word;
}

static enum number read_special(const struct format *format, bool negative, const char *text, void *bytes) {
    uint128 top = (uint128)1 << (format->precision - 1);
    bool    nan = is_word(text, "nan");
    if (!nan && !is_word(text, "inf") && !is_word(text, "infinity")) return NUMBER_NONE;
    return pack(format, negative, 2 * bias(format) + 1, nan ? top | top >> 1 : top, bytes), NUMBER_READ;
}

enum number float_read(const char *text, ffi_kind kind, void *bytes) {
    const struct format *format   = format_of(kind);
    bool                 negative = *text == '-';
    struct whole         a, b;
    int                  behind, power;
    if (*text == '-' || *text == '+') text++;
    if ((*text | 0x20) == 'i' || (*text | 0x20) == 'n') return read_special(format, negative, text, bytes);
    bool        hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    const char *end = read_digits(hex ? text + 2 : text, hex ? 16 : 10, &a, &behind);
    if (end) end = read_exponent(end, hex ? 'p' : 'e', &power);
    if (end && *end && strchr("fFlL", *end)) end++;
    if (!end || *end) return NUMBER_NONE;

    int limit = hex ? POWER_OF_2 : POWER_OF_10;
    power -= hex ? 4 * behind : behind;
    if (a.count && power > limit) return NUMBER_TOO_LARGE;
    set_whole(&b, 1);
    if (power < -limit) a.count = 0;
    else if (hex) shift_left(power < 0 ? &b : &a, abs(power));
    else multiply_power_of_10(power < 0 ? &b : &a, abs(power));
    return store_fraction(format, negative, &a, &b, bytes);
}

enum number float_set(uint128 magnitude, bool negative, ffi_kind kind, void *bytes) {
    struct whole a, b;
    set_whole(&a, magnitude);
    set_whole(&b, 1);
    return store_fraction(format_of(kind), negative, &a, &b, bytes);
}

/* ---- printing ---- */

struct parts {
    bool    negative;
    int     exponent; /* as it is stored */
    uint128 significand;
};

static struct parts unpack(const struct format *format, const void *bytes) {
    int     width = stored(format), top = (1 << format->exponent) - 1;
    uint128 bits = 0;
    for (int i = (1 + format->exponent + width) / 8; i--;) bits = bits << 8 | ((const unsigned char *)bytes)[i];
    struct parts parts = {bits >> (width + format->exponent), (int)(bits >> width) & top,
                          bits & (((uint128)1 << width) - 1)};
    if (!format->whole && parts.exponent) parts.significand |= (uint128)1 << width;
    return parts;
}

/* A value as a/b * 10^power with a/b from 1 to 10. */
static int scale(const struct format *format, struct parts parts, struct whole *a, struct whole *b) {
    int q = lowest(format) + (parts.exponent ? parts.exponent - 1 : 0);
    set_whole(a, parts.significand);
    set_whole(b, 1);
    shift_left(q < 0 ? b : a, abs(q));
    int power = (bit_length(a) - bit_length(b)) * 3 / 10; /* near its logarithm */
    multiply_power_of_10(power < 0 ? a : b, abs(power));
    for (; compare(a, b) < 0; power--) multiply_add(a, 10, 0);
    for (struct whole next = *b;; power++) {
        multiply_add(&next, 10, 0);
        if (compare(a, &next) < 0) return power;
        *b = next;
    }
}

/* That many digits of it, rounded; the result is 1 if they became 1000... of the next power, else 0. */
static int put_digits(struct whole a, const struct whole *b, char *digits, int count) {
    struct whole half = *b;
    for (int i = 0; i < count; i++) {
        for (digits[i] = '0'; compare(&a, b) >= 0; digits[i]++) subtract(&a, b);
        multiply_add(&a, 10, 0);
    }
    digits[count] = 0;
    multiply_add(&half, 5, 0);
    int order = compare(&a, &half), at = count - 1;
    if (order < 0 || (order == 0 && digits[at] % 2 == 0)) return 0;
    while (at >= 0 && digits[at] == '9') digits[at--] = '0';
    if (at >= 0) return digits[at]++, 0;
    return digits[0] = '1', 1;
}

/* As printf's %g lays digits out; `power` is that of the first. */
static void put_number(FILE *out, const char *digits, int power, bool plain) {
    int count = (int)strlen(digits);
    if (!plain) {
        fprintf(out, "%.1s%s%se%+03d", digits, count > 1 ? "." : "", digits + 1, power);
        return;
    }
    if (power < 0) fprintf(out, "0.%.*s%s", -power - 1, "0000", digits);
    else
        fprintf(out, "%.*s%s%s", power + 1, digits, count > power + 1 ? "." : "",
                count > power + 1 ? digits + power + 1 : "");
}

static bool is_nan(const struct format *format, struct parts parts) {
    uint128 fraction = parts.significand & (((uint128)1 << (format->precision - 1)) - 1);
    return parts.exponent == 2 * bias(format) + 1 && fraction;
}

bool float_is_negative(ffi_kind kind, const void *bytes) {
    struct parts parts = unpack(format_of(kind), bytes);
    return parts.negative && !is_nan(format_of(kind), parts);
}

void float_print(FILE *out, ffi_kind kind, const void *bytes, bool json) {
    const struct format *format = format_of(kind);
    struct parts         parts  = unpack(format, bytes);
    const char          *quote = json ? "\"" : "", *sign = parts.negative ? "-" : "";
    if (parts.exponent == 2 * bias(format) + 1) {
        bool nan = is_nan(format, parts);
        fprintf(out, "%s%s%s%s", quote, nan ? "" : sign, nan ? "nan" : "inf", quote);
        return;
    }
    if (!parts.significand) {
        fprintf(out, "%s0", sign);
        return;
    }
    struct whole a, b;
    char         digits[64], text[96];
    int          power = scale(format, parts, &a, &b), count = 0, carry = 0;
    for (bool same = false; !same && count < format->digits;) {
        unsigned char again[16] = {0};
        carry                   = put_digits(a, &b, digits, ++count);
        snprintf(text, sizeof text, "%s%.1s.%se%d", sign, digits, digits + 1, power + carry);
        float_read(text, kind, again);
        same = !memcmp(again, bytes, (size_t)(1 + format->exponent + stored(format)) / 8);
    }
    bool plain = power + carry >= -4 && power + carry < (count > format->plain ? count : format->plain);
    if (plain && power + carry >= count) carry = put_digits(a, &b, digits, power + carry + 1);
    fputs(sign, out);
    put_number(out, digits, power + carry, plain);
}
