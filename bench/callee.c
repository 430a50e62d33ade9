/* SPDX-License-Identifier: MIT */
/* The functions of callee.h and their handlers. Adding twice the rest costs one instruction per argument, as a
 * plain sum would. */
#include "callee.h"

#include <errno.h>
#include <stdarg.h>

void callee_void(void) {
}

void callee_ptr_int(void *a, int b) {
    (void)a, (void)b;
}

int callee_int_2(int a, int b) {
    return a - b;
}

int callee_int_6(int a, int b, int c, int d, int e, int f) {
    return a + 2 * (b + 2 * (c + 2 * (d + 2 * (e + 2 * f))));
}

int64_t callee_i64_6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
    return a + 2 * (b + 2 * (c + 2 * (d + 2 * (e + 2 * f))));
}

void *callee_fill(void *a, int b, size_t c) {
    return (void *)((uintptr_t)a + 4 * c + (unsigned)b);
}

float callee_float_2(float a, float b) {
    return a - b;
}

double callee_double_2(double a, double b) {
    return a - b;
}

double callee_double_3(double a, double b, double c) {
    return (a - b) * c;
}

double callee_mixed_8(int a, double b, int c, double d, int e, double f, int g, double h) {
    return (a + 2 * (c + 2 * (e + 2 * g))) + (b - d) * (f - h);
}

double callee_full_14(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, double g, double h,
                      double i, double j, double k, double l, double m, double n) {
    return (double)(a + 2 * (b + 2 * (c + 2 * (d + 2 * (e + 2 * f))))) + (g - h) * i + (j - k) * l * l +
           (m - n) * n * n;
}

int64_t callee_i64_10(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h,
                      int64_t i, int64_t j) {
    return a + 2 * (b + 2 * (c + 2 * (d + 2 * (e + 2 * (f + 2 * (g + 2 * (h + 2 * (i + 2 * j))))))));
}

int64_t callee_pointer_14(void *a, void *b, void *c, void *d, void *e, void *f, void *g, void *h, void *i,
                          void *j, void *k, void *l, void *m, void *n) {
#define WORD(pointer) (int64_t)(intptr_t)(pointer)
    int64_t rest =
        WORD(h) + 2 * (WORD(i) + 2 * (WORD(j) + 2 * (WORD(k) + 2 * (WORD(l) + 2 * WORD(m) + 3 * WORD(n)))));
    return WORD(a) +
           2 * (WORD(b) +
                2 * (WORD(c) + 2 * (WORD(d) + 2 * (WORD(e) + 2 * (WORD(f) + 2 * (WORD(g) + 2 * rest))))));
#undef WORD
}

int8_t callee_i8_2(int8_t a, int8_t b) {
    return (int8_t)(a - b);
}

int16_t callee_i16_4(int16_t a, int16_t b, int16_t c, int16_t d) {
    return (int16_t)(a + 2 * (b + 2 * (c + 2 * d)));
}

bool callee_bool_2(bool a, bool b) {
    return a && !b;
}

int64_t callee_variadic(int64_t a, ...) {
    va_list list;
    va_start(list, a);
    int64_t b = va_arg(list, int64_t);
    double  c = va_arg(list, double);
    va_end(list);
    return a + 2 * (b + 2 * (int64_t)c);
}

int64_t callee_widths(int8_t a, int16_t b, int c, int64_t d) {
    return a + 2 * (b + 2 * (c + 2 * d));
}

double callee_reals(int a, float b, int64_t c, double d) {
    return (double)(a + 2 * c) + (double)b * d;
}

int callee_sets_errno(int a, int b) {
    errno = a;
    return a - b;
}

/* Two different operations: gcc 12 would make one of two equal ones, by way of memory that it writes in halves
 * and reads as a whole. The processor then waits for longer than the call takes. */
struct point callee_point_2(struct point a, struct point b) {
    return (struct point){a.x - b.x, (a.y + b.y) * b.y};
}

/* Exchanges the halves; a member that it wrote would make it wait in the same way. */
struct wide callee_wide(struct wide a) {
    return (struct wide){a.e, a.f, a.g, a.h, a.a, a.b, a.c, a.d};
}

long double callee_extended(long double a) {
    return a + 1;
}

struct mixed callee_mixed(struct mixed a) {
    return (struct mixed){a.a + 1, a.b - 1};
}

/* ---- handlers ---- */

/* What a callee does is compiled into its handlers. They read each argument by the member of its own type, and
 * write the result with exactly its size. */
#define TYPE(member)       __typeof__(((union datum *)0)->member)
#define LOAD(k, member)    args[k].member
#define LOAD_AT(k, member) ((const union datum *)args[k].ptr)->member
#define NOTHING(member)    (void)result;
#define WORD(member)       *(TYPE(value.member) *)result =
#define REAL(member)       *(TYPE(value.member) *)result =
#define RECORD(member)     *(TYPE(member) *)result =
#define HANDLER(id, leaves, member, list)                                                                      \
    __attribute__((flatten)) void handle_##id(void *result, const ffi_value *args, void *userdata) {           \
        (void)args, (void)userdata;                                                                            \
        leaves(member) callee_##id(list(LOAD, LOAD_AT));                                                       \
    }
CALLEES(HANDLER)

#if BENCH_LIBFFI
#undef LOAD
#undef LOAD_AT
#undef WORD
#define LOAD(k, member)    *(TYPE(value.member) *)args[k]
#define LOAD_AT(k, member) *(TYPE(member) *)args[k]
#define WORD(member)       *(ffi_arg *)result = (ffi_arg)
#define CLOSURE(id, leaves, member, list)                                                                      \
    __attribute__((flatten)) void close_##id(ffi_cif *cif, void *result, void **args, void *userdata) {        \
        (void)cif, (void)args, (void)userdata;                                                                 \
        leaves(member) callee_##id(list(LOAD, LOAD_AT));                                                       \
    }
CALLEES(CLOSURE)
#endif
