/* SPDX-License-Identifier: MIT */
/*
 * Numbers in C's notation (C11 6.4.4): decimal, octal, hexadecimal and binary integers of up to 128 bits,
 * floating constants, characters; with a sign, and `inf`, `nan`, `true`, `false`, complex `1+2i` and the
 * constants of an enum besides. A number that its type or bit-field cannot hold is refused, never cut.
 */
#include "number.h"
#include "text.h"
#include "type.h"

#include <inttypes.h>
#include <string.h>

struct integer {
    uint128 magnitude;
    bool    negative;
    bool    character; /* of 0 to 255: may be meant for a signed char */
};

/* ---- members of integer type ---- */

static unsigned bits_of(const ffi_field *field) {
    return field->is_bits ? field->bit_width : (unsigned)ffi_type_size(field->type) * 8;
}

/* Up to 64 bits of a member from one of its bits on. */
static ffi_field part_of(const ffi_field *field, unsigned from) {
    ffi_field part  = *field;
    part.is_bits    = true;
    part.bit_offset = (field->is_bits ? field->bit_offset : 0) + from;
    part.bit_width  = bits_of(field) - from < 64 ? bits_of(field) - from : 64;
    return part;
}

static void store(uint128 value, const ffi_field *field, void *base) {
    ffi_field low = part_of(field, 0);
    ffi_field_write(&low, base, (int64_t)(uint64_t)value);
    if (bits_of(field) <= 64) return;
    ffi_field high = part_of(field, 64);
    ffi_field_write(&high, base, (int64_t)(uint64_t)(value >> 64));
}

static bool is_signed(ffi_kind kind) {
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64 ||
           kind == FFI_KIND_I128;
}

/* As an int128 if the type is signed. */
static uint128 load(const ffi_field *field, const void *base) {
    bool      wide = bits_of(field) > 64;
    ffi_field low = part_of(field, 0), high = wide ? part_of(field, 64) : low;
    int64_t   bits = ffi_field_read(&low, base), above = wide ? ffi_field_read(&high, base) : bits < 0 ? -1 : 0;
    if (!wide && !is_signed(machine_kind(field->type))) above = 0;
    return (uint128)(uint64_t)above << 64 | (uint64_t)bits;
}

/* ---- reading integers ---- */

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
        cut |= out->magnitude > (~(uint128)0 - digit) / base;
        out->magnitude = out->magnitude * base + digit;
    }
    if (!is_integer_suffix(text)) return NUMBER_NONE;
    return cut ? NUMBER_TOO_LARGE : NUMBER_READ;
}

/* The largest magnitude that so many bits have on the side of the number's sign. */
static uint128 limit(struct integer number, ffi_kind kind, unsigned bits) {
    if (kind == FFI_KIND_BOOL) return !number.negative;
    if (number.character && kind == FFI_KIND_I8 && bits == 8) return UINT8_MAX;
    if (is_signed(kind)) return ((uint128)1 << (bits - 1)) - !number.negative;
    return number.negative ? 0 : ~(uint128)0 >> (128 - bits);
}

static bool read_constant(const char *text, const ffi_ctype *type, struct integer *out) {
    const char *name;
    int64_t     value;
    for (size_t i = 0; ffi_type_constant(type, i, &name, &value); i++) {
        if (strcmp(name, text) != 0) continue;
        out->negative  = value < 0 && is_signed(machine_kind(type));
        out->magnitude = out->negative ? 0 - (uint64_t)value : (uint64_t)value;
        return true;
    }
    return false;
}

/* ---- reading ---- */

/* A whole number, or what is a floating constant only. */
static enum number read_floating(const char *text, ffi_kind kind, void *bytes) {
    struct integer number;
    if (read_integer(text, &number) == NUMBER_READ)
        return float_set(number.magnitude, number.negative, kind, bytes);
    return number_is_bad_octal(text) ? NUMBER_NONE : float_read(text, kind, bytes);
}

/* Where the imaginary part of a text begins: at the last sign that is not of an exponent. */
static size_t imaginary_start(const char *text, size_t length) {
    bool hex = strspn(text, "+-") < 2 && !strncmp(text + strspn(text, "+-"), "0x", 2);
    for (size_t i = length; i-- > 1;) {
        bool exponent = strchr("pP", text[i - 1]) || (!hex && strchr("eE", text[i - 1]));
        if ((text[i] == '-' || text[i] == '+') && !exponent) return i;
    }
    return 0;
}

/* 1, 2i, 1+2i, -1.5e3-i */
static enum number read_complex(const char *text, const ffi_ctype *type, char *bytes) {
    const ffi_ctype *part   = ffi_type_target(type);
    ffi_kind         kind   = ffi_type_kind(part);
    size_t           length = strlen(text);
    char             copy[256];
    if (!length || text[length - 1] != 'i') return read_floating(text, kind, bytes);
    if (--length >= sizeof copy - 1) return NUMBER_NONE;
    size_t split = imaginary_start(text, length);
    memcpy(copy, text, split);
    copy[split]      = 0;
    enum number real = split ? read_floating(copy, kind, bytes) : NUMBER_READ;
    if (real != NUMBER_READ) return real;
    memcpy(copy, text + split, length - split);
    copy[length - split] = 0;
    if (!copy[strspn(copy, "+-")] && strlen(copy) < 2) strcat(copy, "1");
    return read_floating(copy, kind, bytes + ffi_type_size(part));
}

static enum number read_address(const char *text, void *bytes) {
    struct integer number;
    enum number    status = read_integer(text, &number);
    if (status == NUMBER_READ && number.magnitude > (number.negative ? 0 : UINTPTR_MAX))
        return NUMBER_TOO_LARGE;
    void *address = (void *)(uintptr_t)number.magnitude;
    if (status == NUMBER_READ) memcpy(bytes, &address, sizeof address);
    return status;
}

enum number number_read(const char *text, const ffi_field *field, void *base) {
    ffi_kind       kind   = machine_kind(field->type);
    char          *bytes  = (char *)base + field->offset;
    struct integer number = {0};
    enum number    status = NUMBER_READ;
    if (kind == FFI_KIND_POINTER) return read_address(text, bytes);
    if (kind == FFI_KIND_COMPLEX) return read_complex(text, field->type, bytes);
    if (float_is(kind)) return read_floating(text, kind, bytes);
    if (kind == FFI_KIND_BOOL && (!strcmp(text, "true") || !strcmp(text, "false")))
        number.magnitude = *text == 't';
    else if (!read_constant(text, field->type, &number)) status = read_integer(text, &number);
    if (status != NUMBER_READ) return status;
    if (number.magnitude > limit(number, kind, bits_of(field))) return NUMBER_TOO_LARGE;
    return store(number.negative ? 0 - number.magnitude : number.magnitude, field, base), NUMBER_READ;
}

enum number number_type(const char *text, const char **type) {
    struct integer number;
    ffi_value      value;
    switch (read_integer(text, &number)) {
    case NUMBER_READ:
        if (number.magnitude <= (uint64_t)INT32_MAX + number.negative) return *type = "i32", NUMBER_READ;
        if (number.magnitude <= (uint64_t)INT64_MAX + number.negative) return *type = "i64", NUMBER_READ;
        if (number.negative || number.magnitude > UINT64_MAX) return NUMBER_TOO_LARGE;
        return *type = "u64", NUMBER_READ;
    case NUMBER_TOO_LARGE: return NUMBER_TOO_LARGE;
    case NUMBER_NONE: break;
    }
    const char *digits = text + (*text == '-' || *text == '+');
    if (digit_value(*digits) > 9 && *digits != '.') return NUMBER_NONE; /* `inf` and `nan` may well be words */
    enum number how = read_floating(text, FFI_KIND_F64, &value);
    if (how != NUMBER_NONE) *type = "f64";
    return how;
}

bool number_is_bad_octal(const char *text) {
    text += *text == '-' || *text == '+';
    return *text == '0' && text[1] && !text[strspn(text, "0123456789")] && strpbrk(text, "89");
}

/* ---- printing ---- */

static void print_integer(FILE *out, uint128 value, bool negative) {
    char digits[40], *at = digits + sizeof digits - 1;
    if (negative) value = 0 - value;
    *at = 0;
    do *--at = (char)('0' + (int)(value % 10));
    while (value /= 10);
    fprintf(out, "%s%s", negative ? "-" : "", at);
}

static const char *constant_name(const ffi_ctype *type, uint128 value) {
    const char *name;
    int64_t     constant;
    for (size_t i = 0; ffi_type_constant(type, i, &name, &constant); i++)
        if (constant == (int64_t)(uint64_t)value) return name;
    return NULL;
}

static void print_complex(FILE *out, const ffi_ctype *type, const char *bytes, bool json) {
    ffi_kind    kind   = ffi_type_kind(ffi_type_target(type));
    const char *second = bytes + ffi_type_size(ffi_type_target(type));
    if (json) fputc('[', out);
    float_print(out, kind, bytes, json);
    if (json) fputs(", ", out);
    else if (!float_is_negative(kind, second)) fputc('+', out);
    float_print(out, kind, second, json);
    fputc(json ? ']' : 'i', out);
}

void number_print(FILE *out, const ffi_field *field, const void *base, bool json) {
    ffi_kind    kind  = machine_kind(field->type);
    const char *bytes = (const char *)base + field->offset, *quote = json ? "\"" : "";
    if (kind == FFI_KIND_COMPLEX) {
        print_complex(out, field->type, bytes, json);
        return;
    }
    if (float_is(kind)) {
        float_print(out, kind, bytes, json);
        return;
    }
    uint128     value = load(field, base);
    const char *name  = constant_name(field->type, value);
    if (name) fprintf(out, "%s%s%s", quote, name, quote);
    else if (kind == FFI_KIND_BOOL) fputs(value ? "true" : "false", out);
    else print_integer(out, value, is_signed(kind) && (int128)value < 0);
}
