/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks call: functions that do as little as they can and still notice when two arguments are
 * exchanged. They are compiled apart from their callers, so that no compiler can look inside. Each has a
 * handler for callbacks that does the same, and one for libffi's closures.
 */
#ifndef CALLEE_H
#define CALLEE_H

#include <ffi_invoke.h>

#include "peers.h"

#if BENCH_LIBFFI
#include <ffi.h>
#endif

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

/* A result, or an argument that does not stand in a slot. */
union datum {
    ffi_value    value;
    long double  extended;
    struct point point;
    struct wide  wide;
    struct mixed mixed;
};

/* clang-format off */

/* Arguments: S(k, member) of those in slots, R(k, member) of those that a slot points to. */
#define NONE(S, R)
#define PTR_INT(S, R)   S(0, ptr), S(1, i32)
#define INT_2(S, R)     S(0, i32), S(1, i32)
#define INT_6(S, R)     S(0, i32), S(1, i32), S(2, i32), S(3, i32), S(4, i32), S(5, i32)
#define I64_6(S, R)     S(0, i64), S(1, i64), S(2, i64), S(3, i64), S(4, i64), S(5, i64)
#define FILL(S, R)      S(0, ptr), S(1, i32), S(2, u64)
#define FLOAT_2(S, R)   S(0, f32), S(1, f32)
#define DOUBLE_2(S, R)  S(0, f64), S(1, f64)
#define DOUBLE_3(S, R)  S(0, f64), S(1, f64), S(2, f64)
#define MIXED_8(S, R)   S(0, i32), S(1, f64), S(2, i32), S(3, f64), S(4, i32), S(5, f64), S(6, i32), S(7, f64)
#define FULL_14(S, R)   I64_6(S, R), S(6, f64), S(7, f64), S(8, f64), S(9, f64), S(10, f64), S(11, f64), \
                        S(12, f64), S(13, f64)
#define I64_10(S, R)    I64_6(S, R), S(6, i64), S(7, i64), S(8, i64), S(9, i64)
#define POINTER_14(S, R) S(0, ptr), S(1, ptr), S(2, ptr), S(3, ptr), S(4, ptr), S(5, ptr), S(6, ptr), \
                        S(7, ptr), S(8, ptr), S(9, ptr), S(10, ptr), S(11, ptr), S(12, ptr), S(13, ptr)
#define I8_2(S, R)      S(0, i8), S(1, i8)
#define I16_4(S, R)     S(0, i16), S(1, i16), S(2, i16), S(3, i16)
#define BOOL_2(S, R)    S(0, b), S(1, b)
#define WIDTHS(S, R)    S(0, i8), S(1, i16), S(2, i32), S(3, i64)
#define REALS(S, R)     S(0, i32), S(1, f32), S(2, i64), S(3, f64)
#define VARIADIC(S, R)  S(0, i64), S(1, i64), S(2, f64)
#define POINT_2(S, R)   R(0, point), R(1, point)
#define WIDE(S, R)      R(0, wide)
#define EXTENDED(S, R)  R(0, extended)
#define MIXED(S, R)     R(0, mixed)

/* Every callee: its name, what it returns with the member of its type, its arguments. */
#define CALLEES(X) \
    X(void, NOTHING, , NONE) \
    X(ptr_int, NOTHING, , PTR_INT) \
    X(int_2, WORD, i32, INT_2) \
    X(int_6, WORD, i32, INT_6) \
    X(i64_6, WORD, i64, I64_6) \
    X(fill, WORD, ptr, FILL) \
    X(float_2, REAL, f32, FLOAT_2) \
    X(double_2, REAL, f64, DOUBLE_2) \
    X(double_3, REAL, f64, DOUBLE_3) \
    X(mixed_8, REAL, f64, MIXED_8) \
    X(full_14, REAL, f64, FULL_14) \
    X(i64_10, WORD, i64, I64_10) \
    X(pointer_14, WORD, i64, POINTER_14) \
    X(i8_2, WORD, i8, I8_2) \
    X(i16_4, WORD, i16, I16_4) \
    X(bool_2, WORD, b, BOOL_2) \
    X(widths, WORD, i64, WIDTHS) \
    X(reals, REAL, f64, REALS) \
    X(variadic, WORD, i64, VARIADIC) \
    X(sets_errno, WORD, i32, INT_2) \
    X(point_2, RECORD, point, POINT_2) \
    X(wide, RECORD, wide, WIDE) \
    X(extended, RECORD, extended, EXTENDED) \
    X(mixed, RECORD, mixed, MIXED)

/* clang-format on */

#define HANDLER(id, leaves, member, list) ffi_handler handle_##id;
CALLEES(HANDLER)
#undef HANDLER

#if BENCH_LIBFFI
typedef void closure_handler(ffi_cif *cif, void *result, void **args, void *userdata);
#define CLOSURE(id, leaves, member, list) closure_handler close_##id;
CALLEES(CLOSURE)
#undef CLOSURE
#endif

#endif
