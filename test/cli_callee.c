/* SPDX-License-Identifier: MIT */
/* The library that the tests of the `ffi` program call: one function for each thing that a callee may do. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define SAME(name, type)                                                                                       \
    type name(type value) {                                                                                    \
        return value;                                                                                          \
    }
SAME(same_bool, bool)
SAME(same_i8, int8_t)
SAME(same_u8, uint8_t)
SAME(same_i16, int16_t)
SAME(same_u16, uint16_t)
SAME(same_i32, int32_t)
SAME(same_u32, uint32_t)
SAME(same_i64, int64_t)
SAME(same_u64, uint64_t)
SAME(same_f32, float)
SAME(same_f64, double)
SAME(same_ptr, void *)
SAME(same_str, char *)

int variable;

const char *not_utf8(void) {
    return "\xff\x80x";
}

const char *controls(void) {
    return "\"\\\n\t\x01\x7f\xc3\xa9";
}

void nothing(void) {
}

char *tail(char *text, size_t at) {
    return text + at;
}

void *fill(void *buffer, int byte, size_t count) {
    return memset(buffer, byte, count);
}

size_t length(const char *text) {
    return text ? strlen(text) : 99;
}

int byte_at(const char *text, size_t at) {
    return (unsigned char)text[at];
}

void triple(int *numbers, int count) {
    while (count) numbers[--count] *= 3;
}

void halves(double *numbers, int count) {
    while (count) numbers[--count] /= 2;
}

void next_word(const char **text) {
    *text = strchr(*text, ' ') + 1;
}

void end_text(char *text) {
    memset(text, 'x', strlen(text));
}

void cells(void **a, bool *b, uint8_t *c) {
    *a = (void *)0x10;
    *b = !*b;
    *c -= 1;
}

int fail_with(int number) {
    errno = number;
    return -1;
}

int many(int a, int b, int c, int d, int e, int f, int g, int h) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

void print_both(void) {
    printf("by stdio\n");
    fflush(stdout);
    if (write(1, "by write\n", 9)) printf("unfinished ");
}

void print_wide(void) {
    wprintf(L"wide\n");
}

void leave(int code) {
    printf("left\n");
    exit(code);
}

/* Looks at nothing, so that anything may be passed to it. */
int take(void) {
    return 0;
}
