/* SPDX-License-Identifier: MIT */
/*
 * Numbers in C's notation (C11 6.4.4): decimal, octal, hexadecimal and binary integers, decimal and
 * hexadecimal floating constants, characters; with a sign, and `inf`, `nan`, `true`, `false` besides.
 * A number that its type cannot hold is refused, never cut.
 */
#include "ffi.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct integer {
    uint64_t magnitude;
    bool     negative;
    bool     character; /* of 0 to 255: may be meant for a signed char */
};

ffi_kind machine_kind(const ffi_ctype *type) {
    return ffi_type_kind(ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_target(type) : type);
}

/* ---- reading ---- */

static unsigned digit_value(char c) {
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A' + 10);
    return 99;
}

/* 'a', '\n', '\x41': one byte. */
static enum number read_character(const char *text, struct integer *out) {
    char   inside[16];
    size_t length = strlen(text);
    if (length < 3 || length - 2 >= sizeof inside || text[length - 1] != '\'') return NUMBER_NONE;
    memcpy(inside, text + 1, length - 2);
    inside[length - 2] = 0;
    if (inside[0] == '\'' || text_unescape(inside) != 1) return NUMBER_NONE;
    *out = (struct integer){.magnitude = (unsigned char)inside[0], .character = true};
    return NUMBER_READ;
}

/* C11 6.4.4.1p1: u and l, ul, lu, ll, ull, llu, in either case. */
static bool is_integer_suffix(const char *text) {
    static const char *const suffixes[] = {"", "u", "l", "ul", "lu", "ll", "ull", "llu"};
    char                     lower[4]   = "";
    if (strlen(text) >= sizeof lower || strstr(text, "lL") || strstr(text, "Ll")) return false;
    for (size_t i = 0; text[i]; i++) lower[i] = (char)(text[i] | 0x20);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (!strcmp(lower, suffixes[i])) return true;
    return false;
}

static enum number read_integer(const char *text, struct integer *out) {
    if (*text == '\'') return read_character(text, out);
    *out          = (struct integer){.negative = *text == '-'};
    unsigned base = 10;
    bool     cut  = false;
    if (*text == '-' || *text == '+') text++;
    if (text[0] == '0' && (text[1] | 0x20) == 'x') base = 16, text += 2;
    else if (text[0] == '0' && (text[1] | 0x20) == 'b') base = 2, text += 2;
    else if (text[0] == '0') base = 8;
    if (digit_value(*text) >= base) return NUMBER_NONE;
    for (unsigned digit; (digit = digit_value(*text)) < base; text++) {
        cut |= out->magnitude > (UINT64_MAX - digit) / base;
        out->magnitude = out->magnitude * base + digit;
    }
    if (!is_integer_suffix(text)) return NUMBER_NONE;
    return cut ? NUMBER_TOO_LARGE : NUMBER_READ;
}

/* A floating constant as the type's own precision has it, so that it is rounded once only. */
static enum number read_floating(const char *text, bool is_float, ffi_value *value) {
    const char *digits = text + (*text == '-' || *text == '+');
    char       *end;
    if (*digits == '-' || *digits == '+' || strspn(digits, " \t\n\v\f\r")) return NUMBER_NONE;
    if (digits[0] == '0' && digits[1] && !digits[strspn(digits, "0123456789")]) return NUMBER_NONE;
    errno = 0;
    if (is_float) value->f32 = strtof(text, &end);
    else value->f64 = strtod(text, &end);
    bool has_digits = end > text && digit_value(end[-1]) < 16 && *digits != 'i' && *digits != 'n';
    if (has_digits && *end && strchr("fFlL", *end)) end++;
    if (end == text || *end) return NUMBER_NONE;
    double read = is_float ? (double)value->f32 : value->f64;
    return errno == ERANGE && isinf(read) ? NUMBER_TOO_LARGE : NUMBER_READ;
}

static void store(uint64_t bits, ffi_kind kind, ffi_value *value) {
    switch (kind) {
    case FFI_KIND_BOOL: value->b = bits != 0; break;
    case FFI_KIND_I8:
    case FFI_KIND_U8: value->u8 = (uint8_t)bits; break;
    case FFI_KIND_I16:
    case FFI_KIND_U16: value->u16 = (uint16_t)bits; break;
    case FFI_KIND_I32:
    case FFI_KIND_U32: value->u32 = (uint32_t)bits; break;
    case FFI_KIND_POINTER: value->ptr = (void *)(uintptr_t)bits; break;
    default: value->u64 = bits; break;
    }
}

static bool is_signed(ffi_kind kind) {
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64;
}

/* The largest magnitude that a type of this size has on the side of the number's sign. */
static uint64_t limit(struct integer number, ffi_kind kind, size_t size) {
    unsigned bits = (unsigned)size * 8;
    if (kind == FFI_KIND_BOOL) return !number.negative;
    if (number.character && kind == FFI_KIND_I8) return UINT8_MAX;
    if (is_signed(kind)) return ((uint64_t)1 << (bits - 1)) - !number.negative;
    return number.negative ? 0 : UINT64_MAX >> (64 - bits);
}

enum number number_read(const char *text, const ffi_ctype *type, ffi_value *value) {
    ffi_kind       kind     = machine_kind(type);
    bool           floating = kind == FFI_KIND_F32 || kind == FFI_KIND_F64;
    struct integer number;
    if (kind == FFI_KIND_BOOL && (!strcmp(text, "true") || !strcmp(text, "false")))
        return value->b = *text == 't', NUMBER_READ;
    enum number status = read_integer(text, &number);
    if (floating && status == NUMBER_READ) {
        double magnitude = (double)number.magnitude;
        if (kind == FFI_KIND_F64) value->f64 = number.negative ? -magnitude : magnitude;
        else value->f32 = number.negative ? -(float)number.magnitude : (float)number.magnitude;
        return NUMBER_READ;
    }
    if (floating) return read_floating(text, kind == FFI_KIND_F32, value);
    if (status != NUMBER_READ) return status;
    if (number.magnitude > limit(number, kind, ffi_type_size(type))) return NUMBER_TOO_LARGE;
    store(number.negative ? 0 - number.magnitude : number.magnitude, kind, value);
    return NUMBER_READ;
}

const char *number_type(const char *text) {
    struct integer number;
    ffi_value      value;
    switch (read_integer(text, &number)) {
    case NUMBER_READ:
        if (number.magnitude <= (uint64_t)INT32_MAX + number.negative) return "i32";
        if (number.magnitude <= (uint64_t)INT64_MAX + number.negative) return "i64";
        return number.negative ? NULL : "u64";
    case NUMBER_TOO_LARGE: return NULL;
    case NUMBER_NONE: break;
    }
    const char *digits = text + (*text == '-' || *text == '+');
    if (digit_value(*digits) > 9 && *digits != '.') return NULL; /* `inf` and `nan` may well be words */
    return read_floating(text, false, &value) == NUMBER_READ ? "f64" : NULL;
}

/* ---- printing ---- */

/* The fewest digits that read back as the same value. Up to `sure` digits any decimal does that, and then
 * %g drops the zeroes; more precision keeps 100000 from being 1e+05. */
static void print_floating(FILE *out, double value, int sure, bool is_float) {
    char text[40];
    int  digits = 1;
    for (;; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
    }
    if (digits < sure && fabs(value) >= 1e-5) digits = sure;
    fprintf(out, "%.*g", digits, value);
}

static void print_double(FILE *out, double value, bool is_float, bool json) {
    const char *quote = json ? "\"" : "";
    if (isnan(value)) fprintf(out, "%snan%s", quote, quote);
    else if (isinf(value)) fprintf(out, "%s%s%s", quote, value < 0 ? "-inf" : "inf", quote);
    else print_floating(out, value, is_float ? 6 : 15, is_float);
}

void number_print(FILE *out, ffi_kind kind, ffi_value value, bool json) {
    switch (kind) {
    case FFI_KIND_BOOL: fputs(value.u8 ? "true" : "false", out); break;
    case FFI_KIND_I8: fprintf(out, "%d", value.i8); break;
    case FFI_KIND_U8: fprintf(out, "%d", value.u8); break;
    case FFI_KIND_I16: fprintf(out, "%d", value.i16); break;
    case FFI_KIND_U16: fprintf(out, "%d", value.u16); break;
    case FFI_KIND_I32: fprintf(out, "%" PRId32, value.i32); break;
    case FFI_KIND_U32: fprintf(out, "%" PRIu32, value.u32); break;
    case FFI_KIND_I64: fprintf(out, "%" PRId64, value.i64); break;
    case FFI_KIND_U64: fprintf(out, "%" PRIu64, value.u64); break;
    case FFI_KIND_F32: print_double(out, (double)value.f32, true, json); break;
    case FFI_KIND_F64: print_double(out, value.f64, false, json); break;
    default: break;
    }
}
