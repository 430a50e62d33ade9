/* SPDX-License-Identifier: MIT */
/* The library that the tests of the `ffi` program call: one function for each thing that a callee may do. */
#include <errno.h>
#include <stdarg.h>
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

void write_at(char *bytes, long offset) {
    bytes[offset] = 1;
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

/* ---- values of all classes ---- */

#include "cli_value.h"

void show_pair(struct pair v) {
    printf("%d %g\n", v.x, v.y);
}
void show_line(int before, struct line v) {
    printf("%d %d %g %d %g\n", before, v.from.x, v.from.y, v.to.x, v.to.y);
}
void show_spot(struct spot v) {
    printf("%g %g %g\n", (double)v.x, (double)v.y, (double)v.z);
}
void show_name(struct name v) {
    printf("%.6s %d %d %d\n", v.text, v.bytes[0], v.bytes[1], v.bytes[2]);
}
void show_bits(struct bits v) {
    printf("%u %d %d %llu %d\n", v.low, v.middle, v.flag, (unsigned long long)v.high, v.colour);
}
void show_float_of(union number v) {
    printf("%g\n", (double)v.f);
}
void show_tagged(struct tagged v) {
    printf("%d %d %g %d %d\n", v.colour, v.i, v.d, v.a, v.b);
}
void show_large(struct large v, int after) {
    for (int i = 0; i < 9; i++) printf("%ld ", v.numbers[i]);
    printf("%d\n", after);
}
void show_tight(struct tight v) {
    printf("%d %g\n", v.c, v.d);
}
void show_aligned(struct aligned v) {
    printf("%d %d\n", v.a, (int)((uintptr_t)&v % 64));
}
void show_matrix(struct matrix v) {
    printf("%d %d %d, %d %d %d\n", v.rows[0][0], v.rows[0][1], v.rows[0][2], v.rows[1][0], v.rows[1][1],
           v.rows[1][2]);
}
void show_node(struct node v) {
    printf("%s %d %s\n", v.name, *v.number, v.next ? v.next->name : "-");
}
void show_extended(struct extended v) {
    printf("%.25Lg\n", v.e);
}
void show_long_double(long double v) {
    printf("%.25Lg %d\n", v, v == 0.1L);
}
void show_float_complex(float _Complex v) {
    printf("%g %g\n", (double)__real__ v, (double)__imag__ v);
}
void show_double_complex(double _Complex v) {
    printf("%g %g\n", __real__ v, __imag__ v);
}
void show_long_double_complex(long double _Complex v) {
    printf("%Lg %Lg\n", __real__ v, __imag__ v);
}
void show_whole(__int128 v) {
    printf("%016llx %016llx\n", (unsigned long long)(v >> 64), (unsigned long long)v);
}
void show_unsigned_whole(unsigned_whole v) {
    show_whole((__int128)v);
}
void show_mixed(struct mixed v) {
    printf("%d %g %g %d ", v.yes, (double)__real__ v.z, (double)__imag__ v.z, v.last);
    show_whole(v.whole);
}
void show_floats(floats v) {
    printf("%g %g %g %g\n", (double)v[0], (double)v[1], (double)v[2], (double)v[3]);
}
void show_ints(ints v) {
    printf("%d %d\n", v[0], v[1]);
}
void show_colour(enum colour v) {
    printf("%d\n", v);
}
void show_extra(int count, ...) {
    va_list list;
    va_start(list, count);
    while (count--) show_pair(va_arg(list, struct pair));
    printf("%Lg\n", va_arg(list, long double));
    va_end(list);
}

struct pair make_pair(void) {
    return (struct pair){-3, 2.5};
}
struct line make_line(void) {
    return (struct line){{1, 1.5}, {2, -0.25}};
}
struct spot make_spot(void) {
    return (struct spot){0.5f, 0.1f, -4};
}
struct name make_name(int what) {
    struct name v = {"", {255, 0, 7}};
    memcpy(v.text, what == 0 ? "a\"b\0zz" : what == 1 ? "\0\1\0\0\0" : what == 2 ? "sixsix" : "\0\0\0\0\0", 6);
    return v;
}
struct bits make_bits(void) {
    return (struct bits){5, -16, 1, 0xfedcba9876, GREEN};
}
union number make_number(void) {
    return (union number){.f = 1};
}
struct tagged make_tagged(void) {
    return (struct tagged){GREEN, {.d = 0.5}, {-1, 7}};
}
struct large make_large(void) {
    return (struct large){{1, 2, 3, 4, 5, 6, 7, 8, -9}};
}
struct tight make_tight(void) {
    return (struct tight){'c', 0.125};
}
struct aligned make_aligned(void) {
    return (struct aligned){64};
}
struct matrix make_matrix(void) {
    return (struct matrix){{{1, 2, 3}, {4, 5, 6}}};
}
struct extended make_extended(void) {
    return (struct extended){1.0L / 3};
}
struct node make_node(const char *name, int *number) {
    return (struct node){NULL, name, number + 1};
}
struct nothing make_nothing(void) {
    return (struct nothing){};
}
struct mixed make_mixed(void) {
    struct mixed v = {.yes = true, .whole = -5, .last = -2};
    __real__ v.z = 1, __imag__ v.z = -0.5f;
    return v;
}
float _Complex make_float_complex(void) {
    return make_mixed().z;
}
double _Complex make_double_complex(void) {
    double _Complex v;
    __real__ v = -0.0, __imag__ v = 1e300;
    return v;
}
long double make_long_double(void) {
    return 0.1L;
}
long double _Complex make_long_double_complex(void) {
    long double _Complex v;
    __real__ v = 1e4000L, __imag__ v = -0.5L;
    return v;
}
__int128 make_whole(void) {
    return (__int128)1 << 127;
}
unsigned_whole make_unsigned_whole(void) {
    return ~(unsigned_whole)0;
}
floats make_floats(void) {
    return (floats){1, -0.5f, 0.1f, 4};
}
ints make_ints(void) {
    return (ints){-1, 2147483647};
}
enum colour make_colour(int value) {
    return (enum colour)value;
}

void turn(struct line *line) {
    struct pair from = line->from;
    line->from       = line->to;
    line->to         = from;
}
struct pair *second(struct pair *pairs) {
    return pairs + 1;
}
void fill_name(struct name *name) {
    *name = make_name(2);
}
void double_whole(__int128 *v) {
    *v *= 2;
}
void double_extended(long double *v) {
    *v *= 2;
}
_Bool is_aligned(const struct aligned *v) {
    return (uintptr_t)v % 64 == 0;
}
int count_nodes(const struct node *node) {
    int count = 0;
    for (; node; node = node->next) count++;
    return count;
}

struct page make_page(void) {
    struct page v;
    memset(v.text, 'x', sizeof v.text);
    return v;
}

/* What a session passes its variables to. */
struct place {
    int x, y;
};
struct place same_point(struct place v) {
    return v;
}
void twice(struct place *v) {
    v->x *= 2;
    v->y *= 2;
}
long sum_of(const int *values, int count) {
    long sum = 0;
    while (count--) sum += *values++;
    return sum;
}
int split(double number, int parts[2]) {
    parts[0] = (int)number;
    parts[1] = (int)((number - parts[0]) * 1000);
    return 1;
}
unsigned long fill_text(char *buffer, unsigned long size) {
    for (unsigned long i = 0; i < size; i++) buffer[i] = i + 1 < size ? 'x' : 0;
    return size;
}

#ifdef __AVX__
typedef double doubles __attribute__((vector_size(32)));

void show_doubles(doubles v) {
    printf("%g %g %g %g\n", v[0], v[1], v[2], v[3]);
}
doubles make_doubles(void) {
    return (doubles){1, -2, 0.5, 1e300};
}
#endif

/* The compiler's own halves and quads, where it has them. */
#ifdef __FLT16_MAX__
int is_third_half(_Float16 v) {
    return v == (_Float16)(1.0 / 3);
}
_Float16 make_half(void) {
    return (_Float16)0.1f;
}
#endif
#ifdef __FLT128_MAX__
int is_tenth_quad(_Float128 v) {
    return v == 0.1f128;
}
_Float128 make_quad(void) {
    return 1.0f128 / 3;
}
#endif
