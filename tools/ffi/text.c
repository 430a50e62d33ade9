/* SPDX-License-Identifier: MIT */
/*
 * Bytes as text: patterns, C's escapes read and written, UTF-8 recognised and widened, JSON, the hex dump.
 * Nothing here asks the locale, so that output is the same everywhere.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct span span_of(const char *text) {
    return (struct span){text, strlen(text)};
}

bool is_name_alone(const char *text) {
    return *text && !text[strspn(text, NAME_LETTERS)] && !strchr("0123456789", *text);
}

char *text_copy(const char *text, size_t length) {
    char *copy = malloc(length + 1);
    if (!copy) return NULL;
    copy[length] = 0;
    return memcpy(copy, text, length);
}

/* ---- patterns (POSIX.1-2008, XCU 2.13, without classes of characters) ---- */

/* Behind a bracket: whether a byte is in the set, and where that ends; NULL if it does not. */
static const char *match_set(const char *at, unsigned char byte, bool *in) {
    bool        outside = *at == '!' || *at == '^', found = false;
    const char *begin = at += outside;
    for (; *at && (*at != ']' || at == begin); at++) {
        if (*at == '\\' && at[1]) at++;
        unsigned char low = (unsigned char)*at, high = low;
        if (at[1] == '-' && at[2] && at[2] != ']') high = (unsigned char)*(at += 2);
        found |= byte >= low && byte <= high;
    }
    *in = found != outside;
    return *at ? at + 1 : NULL;
}

/* What is behind the part of a pattern that one byte matches; NULL if it does not. */
static const char *match_byte(const char *pattern, char byte) {
    bool        in;
    const char *end = *pattern == '[' ? match_set(pattern + 1, (unsigned char)byte, &in) : NULL;
    if (end) return in ? end : NULL;
    if (*pattern == '?') return pattern + 1;
    if (*pattern == '\\' && pattern[1]) pattern++;
    return *pattern == byte ? pattern + 1 : NULL;
}

bool text_matches(const char *pattern, const char *text) {
    const char *star = NULL, *from = NULL; /* behind the last `*`, and what it has not taken yet */
    while (*text || *pattern) {
        const char *next = *text && *pattern ? match_byte(pattern, *text) : NULL;
        if (*pattern == '*') star = ++pattern, from = text;
        else if (next) pattern = next, text++;
        else if (star && *from) pattern = star, text = ++from;
        else return false;
    }
    return true;
}

/* ---- escapes, read ---- */

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef",
               *found  = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Up to `most` hexadecimal digits; NULL if there is none, or fewer than `least`. */
static const char *read_hex(const char *at, int least, int most, uint32_t *value) {
    int count = 0;
    for (*value = 0; count < most && hex_digit(at[count]) >= 0; count++)
        *value = *value << 4 | (uint32_t)hex_digit(at[count]);
    return count >= least ? at + count : NULL;
}

static const char *read_octal(const char *at, uint32_t *value) {
    int count = 0;
    for (*value = 0; count < 3 && at[count] >= '0' && at[count] <= '7'; count++)
        *value = *value << 3 | (uint32_t)(at[count] - '0');
    return *value > 255 ? NULL : at + count;
}

static char *put_utf8(char *to, uint32_t point) {
    if (point < 0x80) return *to++ = (char)point, to;
    if (point < 0x800) {
        *to++ = (char)(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *to++ = (char)(0xe0 | point >> 12);
        } else {
            *to++ = (char)(0xf0 | point >> 18);
            *to++ = (char)(0x80 | (point >> 12 & 63));
        }
        *to++ = (char)(0x80 | (point >> 6 & 63));
    }
    *to++ = (char)(0x80 | (point & 63));
    return to;
}

static const char plain_letters[] = "abtnvfr\\'\"?", plain_values[] = "\a\b\t\n\v\f\r\\'\"?";

size_t text_unescape(char *text) {
    char       *to   = text;
    const char *from = text;
    while (*from) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        char        letter = *++from;
        const char *plain  = letter ? strchr(plain_letters, letter) : NULL;
        uint32_t    value;
        if (plain) {
            *to++ = plain_values[plain - plain_letters];
            from++;
            continue;
        }
        if (letter == 'x') from = read_hex(from + 1, 1, 2, &value);
        else if (letter == 'u') from = read_hex(from + 1, 4, 4, &value);
        else if (letter == 'U') from = read_hex(from + 1, 8, 8, &value);
        else from = letter >= '0' && letter <= '7' ? read_octal(from, &value) : NULL;
        if (!from) return (size_t)-1;
        if (letter != 'u' && letter != 'U') *to++ = (char)value;
        else if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return (size_t)-1;
        else to = put_utf8(to, value); /* never longer than the escape */
    }
    *to = 0;
    return (size_t)(to - text);
}

/* ---- UTF-8 ---- */

/* The length of the character at the start of the bytes; 0 if it is none (Unicode 3.9, table 3-7). */
static size_t utf8_length(const unsigned char *bytes, size_t size) {
    unsigned char lead = bytes[0], low = 0x80, high = 0xbf;
    if (lead < 0x80) return 1;
    size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                    : (lead & 0xf0) == 0xe0       ? 3
                    : lead >= 0xf0 && lead < 0xf5 ? 4
                                                  : 0;
    if (!length || length > size) return 0;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
    if (bytes[1] < low || bytes[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80) return 0;
    return length;
}

void text_make_utf8(char *text) {
    size_t size = strlen(text);
    for (size_t i = 0, length; i < size; i += length ? length : 1)
        if (!(length = utf8_length((unsigned char *)text + i, size - i))) text[i] = '?';
}

bool text_is_utf8(const unsigned char *bytes, size_t size) {
    for (size_t i = 0, length; i < size; i += length)
        if (!(length = utf8_length(bytes + i, size - i))) return false;
    return true;
}

static uint32_t utf8_point(const unsigned char *bytes, size_t length) {
    uint32_t point = length == 1 ? bytes[0] : bytes[0] & 0x7fu >> length;
    for (size_t i = 1; i < length; i++) point = point << 6 | (bytes[i] & 63);
    return point;
}

static unsigned char *put_unit(unsigned char *to, uint32_t value, size_t unit) {
    uint16_t half = (uint16_t)value;
    memcpy(to, unit == sizeof half ? (const void *)&half : &value, unit);
    return to + unit;
}

size_t text_widen(unsigned char *to, const unsigned char *bytes, size_t size, size_t unit) {
    unsigned char *begin = to;
    for (size_t i = 0, length; i < size; i += length) {
        if (!(length = utf8_length(bytes + i, size - i))) return (size_t)-1;
        uint32_t point = utf8_point(bytes + i, length);
        if (unit == 2 && point >= 0x10000) { /* surrogates (Unicode 3.9, D91) */
            to    = put_unit(to, 0xd800 + ((point - 0x10000) >> 10), unit);
            point = 0xdc00 + (point & 0x3ff);
        }
        to = put_unit(to, point, unit);
    }
    return (size_t)(to - begin);
}

static bool is_control(unsigned char byte) {
    return byte < 32 || byte == 127;
}

bool text_is_printable(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (is_control(bytes[i]) && (bytes[i] < '\t' || bytes[i] > '\r')) return false;
        if (bytes[i] == 0xc2 && i + 1 < size && bytes[i + 1] < 0xa0) return false; /* C1 controls */
    }
    return text_is_utf8(bytes, size);
}

/* ---- written ---- */

void text_quote(FILE *out, const unsigned char *bytes, size_t size) {
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        const char *plain = bytes[i] ? strchr(plain_values, bytes[i]) : NULL;
        if (plain && bytes[i] != '\'' && bytes[i] != '?')
            fprintf(out, "\\%c", plain_letters[plain - plain_values]);
        else if (is_control(bytes[i])) fprintf(out, "\\%03o", bytes[i]);
        else fputc(bytes[i], out);
    }
    fputc('"', out);
}

const char *text_brief(char brief[BRIEF_ROOM], struct span text) {
    enum { MOST = 80 };
    const unsigned char *at = (const unsigned char *)text.at;
    size_t               i  = 0, length;
    char                *to = brief;
    for (; i < text.length; i += length) {
        length = utf8_length(at + i, text.length - i);
        if (!length) length = 1;
        if (i + length > MOST) break;
        if (at[i] == '\n') to += sprintf(to, "\\n");
        else if (is_control(at[i])) to += sprintf(to, "\\%03o", at[i]);
        else memcpy(to, at + i, length), to += length;
    }
    strcpy(to, i < text.length ? "..." : "");
    return brief;
}

enum { DUMP_LINE = 16 };

static void dump_line(FILE *out, const unsigned char *bytes, size_t at, size_t size) {
    size_t count = size - at < DUMP_LINE ? size - at : DUMP_LINE;
    fprintf(out, "%08zx:", at);
    for (size_t i = 0; i < DUMP_LINE; i++) {
        fputs(i % 2 ? "" : " ", out);
        if (i < count) fprintf(out, "%02x", bytes[at + i]);
        else fputs("  ", out);
    }
    fputs("  ", out);
    for (size_t i = 0; i < count; i++)
        fputc(bytes[at + i] > 31 && bytes[at + i] < 127 ? bytes[at + i] : '.', out);
    fputc('\n', out);
}

void text_dump(FILE *out, const unsigned char *bytes, size_t size) {
    bool repeats = false;
    for (size_t at = 0; at < size; at += DUMP_LINE) {
        bool last = size - at <= DUMP_LINE, repeated = repeats;
        repeats = at && !last && !memcmp(bytes + at, bytes + at - DUMP_LINE, DUMP_LINE);
        if (!repeats) dump_line(out, bytes, at, size);
        else if (!repeated) fputs("*\n", out);
    }
}

/* ---- JSON (RFC 8259) ---- */

void text_json_hex(FILE *out, const unsigned char *bytes, size_t size) {
    fputc('"', out);
    for (size_t i = 0; i < size; i++) fprintf(out, "%02x", bytes[i]);
    fputc('"', out);
}

void text_json(FILE *out, const void *text, size_t size) {
    const unsigned char *bytes = text;
    if (!text_is_utf8(bytes, size)) {
        fputs("{\"hex\": ", out);
        text_json_hex(out, bytes, size);
        fputc('}', out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\') fprintf(out, "\\%c", bytes[i]);
        else if (bytes[i] == '\n') fputs("\\n", out);
        else if (is_control(bytes[i])) fprintf(out, "\\u%04x", bytes[i]);
        else fputc(bytes[i], out);
    }
    fputc('"', out);
}
