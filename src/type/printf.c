/* SPDX-License-Identifier: MIT */
/*
 * The types of the arguments that a format of printf (C11 7.21.6.1) or scanf (7.21.6.2) asks for, with POSIX's
 * `%1$d`, `%m` and `%ms`, and Microsoft's `I64`.
 */
#include "base/error.h"
#include "base/string_builder.h"
#include "base/util.h"

#include <stdio.h>

enum { ARGUMENTS = 64 }; /* the largest number of arguments of a format */

enum length { LENGTH_NONE, LENGTH_HH, LENGTH_H, LENGTH_L, LENGTH_LL, LENGTH_J, LENGTH_Z, LENGTH_T, LENGTH_LD };

struct format {
    const char *text, *at;
    bool        scan;
    bool        numbered, counted; /* the format has a `%1$d`; it has a `%d` */
    size_t      count;
    const char *types[ARGUMENTS]; /* without the last `*` of scanf's pointers */
    bool        pointers[ARGUMENTS];
};

static bool fail_column(const struct format *format, const char *at, const char *what) {
    fail(FFI_ERROR_SYNTAX, "column %zu of the format \"%.200s\": %s", (size_t)(at - format->text) + 1,
         format->text, what);
    return false;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Reads the number of `12$`; 0 if there is none. */
static size_t position(struct format *format) {
    size_t      number = 0;
    const char *at     = format->at;
    for (; is_digit(*at) && number < 1000; at++) number = number * 10 + (size_t)(*at - '0');
    if (*at != '$' || at == format->at) return 0;
    format->at = at + 1;
    return number ? number : 1000;
}

static bool put(struct format *format, const char *at, size_t number, const char *type, bool pointer) {
    if (number) format->numbered = true;
    else format->counted = true;
    if (format->numbered && format->counted)
        return fail_column(format, at, "arguments with numbers ('%1$d') and without ('%d') are mixed");
    size_t index = number ? number - 1 : format->count;
    if (index >= ARGUMENTS) return fail_column(format, at, "more than 64 arguments");
    if (format->types[index] && (format->types[index] != type || format->pointers[index] != pointer))
        return fail_column(format, at, "the same argument is asked for as another type");
    format->types[index]    = type;
    format->pointers[index] = pointer;
    if (index >= format->count) format->count = index + 1;
    return true;
}

/* Reads a width or a precision: a number, or a `*`, which takes an int argument. */
static bool measure(struct format *format) {
    const char *at = format->at;
    if (*at != '*') {
        while (is_digit(*format->at)) format->at++;
        return true;
    }
    format->at++;
    return put(format, at, position(format), "int", false);
}

static enum length length_of(struct format *format) {
    static const struct {
        char word[4];
        char length;
    } lengths[] = {{"hh", LENGTH_HH}, {"h", LENGTH_H},      {"ll", LENGTH_LL},    {"l", LENGTH_L},
                   {"j", LENGTH_J},   {"z", LENGTH_Z},      {"t", LENGTH_T},      {"L", LENGTH_LD},
                   {"q", LENGTH_LL},  {"I64", LENGTH_LL},   {"I32", LENGTH_NONE}, {"w8", LENGTH_HH},
                   {"w16", LENGTH_H}, {"w32", LENGTH_NONE}, {"w64", LENGTH_LL}};
    for (size_t i = 0; i < countof(lengths); i++) {
        size_t size = strlen(lengths[i].word);
        if (strncmp(format->at, lengths[i].word, size)) continue;
        format->at += size;
        return (enum length)lengths[i].length;
    }
    return LENGTH_NONE;
}

/* By enum length. NULL: no conversion of integers has this length. */
static const char *const signed_types[LENGTH_LD + 1]   = {"int",       "signed char", "short",   "long",
                                                          "long long", "intmax_t",    "ssize_t", "ptrdiff_t"};
static const char *const unsigned_types[LENGTH_LD + 1] = {
    "unsigned int",       "unsigned char", "unsigned short", "unsigned long",
    "unsigned long long", "uintmax_t",     "size_t",         "size_t"};

/* The type of a conversion. printf's arguments are promoted. */
static const char *type_of(const struct format *format, char conversion, enum length length) {
    bool scan = format->scan, wide = length == LENGTH_L;
    bool small = !scan && (length == LENGTH_HH || length == LENGTH_H);
    if (length == LENGTH_LD && !strchr("aAeEfFgG", conversion)) return NULL;
    switch (conversion) {
    case 'd':
    case 'i': return small ? "int" : signed_types[length];
    case 'o':
    case 'u':
    case 'x':
    case 'X':
    case 'B':
    case 'b': return small ? "unsigned int" : unsigned_types[length];
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (length == LENGTH_LD) return "long double";
        if (length != LENGTH_NONE && !wide) return NULL;
        return scan && !wide ? "float" : "double";
    case 'C': wide = true; /* fall through */
    case 'c':
        if (length > LENGTH_L || (length && !wide)) return NULL;
        return scan ? (wide ? "wchar_t" : "char") : wide ? "wint_t" : "int";
    case 'S': wide = true; /* fall through */
    case 's':
    case '[':
        if (length > LENGTH_L || (length && !wide)) return NULL;
        return wide ? (scan ? "wchar_t" : "const wchar_t *") : scan ? "char" : "const char *";
    case 'p': return length ? NULL : "void *";
    case 'n': return signed_types[length];
    default: return NULL;
    }
}

/* Skips a set and the `]` that ends it. A `]` that stands first belongs to the set. */
static bool skip_set(struct format *format, const char *begin) {
    format->at += format->at[0] == '^';
    format->at += format->at[0] == ']';
    const char *end = strchr(format->at, ']');
    if (!end) return fail_column(format, begin, "this '%[' has no ']'");
    format->at = end + 1;
    return true;
}

/* Reads a conversion after its `%`. */
static bool conversion(struct format *format) {
    const char *begin = format->at - 1;
    bool        scan = format->scan, ignored = false, allocated = false;
    if (*format->at == '%') return format->at++, true;
    size_t number = position(format);
    if (scan) {
        for (; *format->at == '*' || *format->at == '\''; format->at++) ignored |= *format->at == '*';
        while (is_digit(*format->at)) format->at++;
        if (*format->at == 'm') allocated = true, format->at++;
    } else {
        format->at += strspn(format->at, "-+ #0'I");
        if (format->at[-1] == 'I' && (!strncmp(format->at, "64", 2) || !strncmp(format->at, "32", 2)))
            format->at--; /* a length */
        if (!measure(format)) return false;
        if (*format->at == '.' && (format->at++, !measure(format))) return false;
    }
    enum length length     = length_of(format);
    char        mark       = *format->at;
    const char *type       = mark ? type_of(format, mark, length) : NULL;
    bool        is_pointer = scan || mark == 'n';
    if (!mark) return fail_column(format, begin, "it ends within a conversion");
    if (!scan && mark == 'm' && !length) return format->at++, true; /* glibc: errno's text */
    if (!type || (mark == '[' && !scan) || (allocated && !strchr("csCS[", mark)))
        return fail_column(format, begin, "there is no such conversion");
    format->at++;
    if (mark == '[' && !skip_set(format, begin)) return false;
    if (ignored) return true;
    if (allocated) type = strcmp(type, "char") ? "wchar_t *" : "char *";
    return put(format, begin, number, type, is_pointer);
}

static size_t types_of(struct format *format, char *buffer, size_t size) {
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    while (*format->at)
        if (*format->at++ == '%' && !conversion(format)) return 0;
    for (size_t i = 0; i < format->count; i++)
        if (!format->types[i]) {
            char what[64];
            snprintf(what, sizeof what, "argument %zu of %zu is never asked for", i + 1, format->count);
            return fail_column(format, format->at, what), 0;
        }
    text_put(&text, "%s", "");
    for (size_t i = 0; i < format->count; i++) {
        const char *type = format->types[i];
        bool        star = type[strlen(type) - 1] == '*';
        text_put(&text, "%s%s%s", i ? ", " : "", type, !format->pointers[i] ? "" : star ? "*" : " *");
    }
    return text.length;
}

size_t ffi_types_of_format(const char *format, char *buffer, size_t size) {
    if (!format) return fail_null(__func__, "format"), 0;
    struct format own = {.text = format, .at = format};
    return types_of(&own, buffer, size);
}

size_t ffi_types_of_scan_format(const char *format, char *buffer, size_t size) {
    if (!format) return fail_null(__func__, "format"), 0;
    struct format own = {.text = format, .at = format, .scan = true};
    return types_of(&own, buffer, size);
}
