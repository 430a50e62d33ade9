/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks call: functions that do as little as they can and still notice when two arguments are
 * exchanged. They are compiled apart from their callers, so that no compiler can look inside.
 */
#ifndef CALLEE_H
#define CALLEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read by the compiler here, and as text by ffi_declare(). */
#define CALLEE_RECORDS                                                                                         \
    struct point {                                                                                             \
        double x, y;                                                                                           \
    };                                                                                                         \
    struct wide {                                                                                              \
        int64_t a, b, c, d, e, f, g, h;                                                                        \
    };                                                                                                         \
    struct mixed {                                                                                             \
        long   a;                                                                                              \
        double b;                                                                                              \
    }
CALLEE_RECORDS;

void    callee_void(void);
void    callee_ptr_int(void *a, int b);
int     callee_int_2(int a, int b);
int     callee_int_6(int a, int b, int c, int d, int e, int f);
int64_t callee_i64_6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f);
void   *callee_fill(void *a, int b, size_t c);
float   callee_float_2(float a, float b);
double  callee_double_2(double a, double b);
double  callee_double_3(double a, double b, double c);
double  callee_mixed_8(int a, double b, int c, double d, int e, double f, int g, double h);
double  callee_full_14(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, double g, double h,
                       double i, double j, double k, double l, double m, double n);
int64_t callee_i64_10(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h,
                      int64_t i, int64_t j);
int64_t callee_pointer_14(void *a, void *b, void *c, void *d, void *e, void *f, void *g, void *h, void *i,
                          void *j, void *k, void *l, void *m, void *n);
int8_t  callee_i8_2(int8_t a, int8_t b);
int16_t callee_i16_4(int16_t a, int16_t b, int16_t c, int16_t d);
bool    callee_bool_2(bool a, bool b);
int64_t callee_variadic(int64_t a, ...); /* then an int64_t and a double */
int64_t callee_widths(int8_t a, int16_t b, int c, int64_t d);
double  callee_reals(int a, float b, int64_t c, double d);
int     callee_sets_errno(int a, int b); /* errno becomes a */

struct point callee_point_2(struct point a, struct point b);
struct wide  callee_wide(struct wide a);
long double  callee_extended(long double a);
struct mixed callee_mixed(struct mixed a);

#endif
