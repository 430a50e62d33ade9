/* SPDX-License-Identifier: MIT */
/* Compiled functions that are called through ffi_call(), and call closures: the compiler knows where values
 * are. */
#include "tap.h"

#include <ffi.h>

#include <complex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    float a;
} one_float;
typedef struct {
    float a, b;
} two_floats;
typedef struct {
    float a, b, c;
} three_floats;
typedef struct {
    double a;
} one_double;
typedef struct {
    double a, b, c, d;
} four_doubles;
typedef struct {
    float a;
    int   b;
} float_int;
typedef struct {
    long   a;
    double b;
} long_double_pair;
typedef struct {
    char a, b, c;
} bytes;
typedef struct {
    long a, b;
} words;
typedef struct {
    long a, b, c, d, e;
} many;
typedef struct {
    long double a;
} wide;
typedef float        four_floats __attribute__((vector_size(16)));
typedef unsigned int four_ints __attribute__((vector_size(16)));
typedef struct {
    four_floats a;
    four_ints   b;
} two_vectors;
typedef struct {
    four_floats a;
    float       b, c, d, e;
} vector_and_floats;
typedef struct {
    vector_and_floats a;
} nested_mixture;

/* For each record: a function that gives it back, one member changed by its other arguments; the same as a
 * handler; and what calls it. */
#define CASE(name, member, type)                                                                               \
    static name f_##name(long n, double x, name v, float y) {                                                  \
        v.member += (type)(x == 2.5 && y == 0.5f ? n : -1);                                                    \
        return v;                                                                                              \
    }                                                                                                          \
    static void h_##name(ffi_cif *cif, void *result, void **arguments, void *userdata) {                       \
        (void)cif, (void)userdata;                                                                             \
        *(name *)result = f_##name(*(long *)arguments[0], *(double *)arguments[1], *(name *)arguments[2],      \
                                   *(float *)arguments[3]);                                                    \
    }                                                                                                          \
    static name c_##name(void *code, long n, name v) {                                                         \
        return ((name(*)(long, double, name, float))(uintptr_t)code)(n, 2.5, v, 0.5f);                         \
    }

CASE(one_float, a, float)
CASE(two_floats, b, float)
CASE(three_floats, c, float)
CASE(one_double, a, double)
CASE(four_doubles, d, double)
CASE(float_int, b, int)
CASE(long_double_pair, a, long)
CASE(bytes, c, char)
CASE(words, b, long)
CASE(many, e, long)
CASE(wide, a, long double)
CASE(two_vectors, b[3], unsigned int)
CASE(vector_and_floats, e, float)
CASE(nested_mixture, a.a[2], float)

static ffi_type *f = &ffi_type_float, *d = &ffi_type_double, *l = &ffi_type_slong, *i = &ffi_type_sint,
                *c        = &ffi_type_schar;
static ffi_type *floats[] = {&ffi_type_float, &ffi_type_float, &ffi_type_float, &ffi_type_float, NULL},
                *ints[]   = {&ffi_type_uint, &ffi_type_uint, &ffi_type_uint, &ffi_type_uint, NULL};
static ffi_type  F = {0, 0, FFI_TYPE_VECTOR, floats}, U = {0, 0, FFI_TYPE_VECTOR, ints};
static ffi_type *mixture[] = {&F, &ffi_type_float, &ffi_type_float, &ffi_type_float, &ffi_type_float, NULL};
static ffi_type  M         = {0, 0, FFI_TYPE_STRUCT, mixture};

/* The elements of a record, a letter each. */
static ffi_type *record(ffi_type *type, const char *letters, ffi_type **elements) {
    size_t count = 0;
    for (; *letters; letters++)
        elements[count++] = *letters == 'f'   ? f
                            : *letters == 'd' ? d
                            : *letters == 'l' ? l
                            : *letters == 'i' ? i
                            : *letters == 'c' ? c
                            : *letters == 'F' ? &F
                            : *letters == 'U' ? &U
                            : *letters == 'M' ? &M
                                              : &ffi_type_longdouble;
    elements[count] = NULL;
    *type           = (ffi_type){0, 0, FFI_TYPE_STRUCT, elements};
    return type;
}

#define CHECK(name, letters)                                                                                     \
    do {                                                                                                         \
        name         value, wanted, got, back;                                                                   \
        ffi_type     type, *elements[8], *types[] = {&ffi_type_slong, &ffi_type_double, &type, &ffi_type_float}; \
        ffi_cif      cif;                                                                                        \
        long         n           = 7;                                                                            \
        double       x           = 2.5;                                                                          \
        float        y           = 0.5f;                                                                         \
        void        *arguments[] = {&n, &x, &value, &y}, *code;                                                  \
        ffi_closure *closure     = ffi_closure_alloc(sizeof *closure, &code);                                    \
        memset(&value, 0, sizeof value), memset(&got, 0, sizeof got), memset(&back, 0, sizeof back);             \
        record(&type, letters, elements);                                                                        \
        wanted = f_##name(n, x, value, y);                                                                       \
        ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 4, &type, types) == FFI_OK && type.size == sizeof value,          \
           #name ": prepared");                                                                                  \
        ffi_call(&cif, FFI_FN(f_##name), &got, arguments);                                                       \
        ok(same(&got, &wanted, sizeof got, letters), #name ": called");                                          \
        ffi_prep_closure_loc(closure, &cif, h_##name, NULL, code);                                               \
        back = c_##name(code, n, value);                                                                         \
        ok(same(&back, &wanted, sizeof back, letters), #name ": calls back");                                    \
        ffi_closure_free(closure);                                                                               \
    } while (0)

/* Of the x87's long double 10 bytes count. */
static bool same(const void *a, const void *b, size_t size, const char *letters) {
    return !memcmp(a, b, *letters == 'x' && sizeof(long double) == size ? 10 : size);
}

static double complex add(double complex a, float complex b) {
    return a + b;
}

static void complexes(void) {
    ffi_cif        cif;
    double complex a = 1 + 2 * I, got = 0;
    float complex  b           = 3 - 4 * I;
    ffi_type      *types[]     = {&ffi_type_complex_double, &ffi_type_complex_float};
    void          *arguments[] = {&a, &b};
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_complex_double, types) == FFI_OK,
       "a cif of complex numbers is prepared");
    ffi_call(&cif, FFI_FN(add), &got, arguments);
    ok(creal(got) == 4 && cimag(got) == -2, "a call returns the sum of complex numbers");
}

/* ---- call plans, Go's closures ---- */

static long difference(long a, double b) {
    return a - (long)b;
}

static void difference_of_go(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    (void)cif;
    ffi_go_closure *closure = userdata;
    *(ffi_sarg *)result = difference(*(long *)arguments[0], *(double *)arguments[1]) + (closure->cif != cif);
}

static void plans_and_go(void) {
    ffi_cif        cif;
    ffi_go_closure closure;
    ffi_type      *types[]     = {&ffi_type_slong, &ffi_type_double};
    long           a           = 50;
    double         b           = 8;
    void          *arguments[] = {&a, &b};
    ffi_sarg       result      = 0;
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_slong, types) == FFI_OK, "a cif is prepared");

    ffi_call_plan *plan = ffi_call_plan_alloc(&cif);
    if (plan) ffi_call_plan_invoke(plan, FFI_FN(difference), &result, arguments);
    ok(plan && result == 42 && ffi_call_plan_size(plan), "a call plan of it calls");
    ffi_call_plan_free(plan);
    ffi_call_plan_free(NULL);

    result = 0;
    ok(ffi_prep_go_closure(&closure, &cif, difference_of_go) == FFI_OK, "a closure of Go's");
    ffi_call_go(&cif, FFI_FN((uintptr_t)closure.tramp), &result, arguments, &closure);
    ok(result == 42, "it gets itself in the register of the static chain");
}

/* Windows' calls with variable arguments, on AArch64: all are passed as integers are. */
#ifdef __aarch64__
static uint64_t took[5];

static void take(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
    memcpy(took, (uint64_t[]){a, b, c, d, e}, sizeof took);
}

static void take_back(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    (void)cif, (void)result, (void)userdata;
    take(*(uint64_t *)arguments[0], *(uint64_t *)arguments[1], *(uint32_t *)arguments[2],
         ((uint64_t *)arguments[3])[0], ((uint64_t *)arguments[3])[1]);
}

static void windows_variadic(void) {
    ffi_type *elements[] = {&ffi_type_double, &ffi_type_double, NULL};
    ffi_type  pair       = {0, 0, FFI_TYPE_STRUCT, elements};
    ffi_type *types[]    = {&ffi_type_double, &ffi_type_uint64, &ffi_type_double, &pair};
    double    x = 1.5, both[2] = {2.5, 3.5}, z = 4.5;
    uint64_t  n           = 7, wanted[5];
    void     *arguments[] = {&x, &n, &z, both}, *code;
    ffi_cif   cif;
    memcpy(&wanted[0], &x, 8), wanted[1] = n, memcpy(&wanted[2], &z, 8), memcpy(&wanted[3], both, 16);
    bool good = ffi_prep_cif_var(&cif, FFI_WIN64, 2, 4, &ffi_type_void, types) == FFI_OK;
    if (good) ffi_call(&cif, FFI_FN(take), NULL, arguments);
    ok(good && memcmp(took, wanted, sizeof took) == 0,
       "FFI_WIN64 passes variable arguments in integer registers");

    memset(took, 0, sizeof took);
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    good                 = closure && ffi_prep_closure_loc(closure, &cif, take_back, NULL, code) == FFI_OK;
    if (good)
        ((void (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t))(uintptr_t)code)(
            wanted[0], wanted[1], wanted[2], wanted[3], wanted[4]);
    wanted[2] &= UINT32_MAX;
    ok(good && memcmp(took, wanted, sizeof took) == 0, "a closure of it takes them from there");
    ffi_closure_free(closure);
}
#else
static void windows_variadic(void) {
}
#endif

enum { MOST = 2000 };

static void sum_back(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    int64_t sum = *(int64_t *)userdata;
    for (unsigned i = 0; i < cif->nargs; i++) sum += (int64_t)(i + 1) * *(int32_t *)arguments[i];
    *(int64_t *)result = sum;
}

/* Calls a closure of so many integers: its frame has a pointer for each. */
static bool sums(unsigned count) {
    static ffi_type *types[MOST];
    static int32_t   values[MOST];
    static void     *arguments[MOST];
    int64_t          first = 1000, wanted = first, result = 0;
    void            *code    = NULL;
    ffi_closure     *closure = ffi_closure_alloc(sizeof *closure, &code);
    ffi_cif          cif;
    for (unsigned i = 0; i < count; i++) {
        values[i] = (int32_t)(i % 7) - 3, types[i] = &ffi_type_sint32, arguments[i] = &values[i];
        wanted += (int64_t)(i + 1) * values[i];
    }
    bool good = closure && ffi_prep_cif(&cif, FFI_DEFAULT_ABI, count, &ffi_type_sint64, types) == FFI_OK &&
                ffi_prep_closure_loc(closure, &cif, sum_back, &first, code) == FFI_OK;
    if (good) ffi_call(&cif, FFI_FN((uintptr_t)code), &result, arguments);
    ffi_closure_free(closure);
    return good && result == wanted;
}

static void many_arguments(void) {
    static const unsigned counts[] = {0, 1, 6, 7, 12, 13, 30, 37, 38, 39, 100, 106, 107, 108, 109, 300, MOST};
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
        ok(sums(counts[i]), "%u arguments of a call and of a closure", counts[i]);
}

int main(void) {
    many_arguments();
    CHECK(one_float, "f");
    CHECK(two_floats, "ff");
    CHECK(three_floats, "fff");
    CHECK(one_double, "d");
    CHECK(four_doubles, "dddd");
    CHECK(float_int, "fi");
    CHECK(long_double_pair, "ld");
    CHECK(bytes, "ccc");
    CHECK(words, "ll");
    CHECK(many, "lllll");
    CHECK(wide, "x");
    CHECK(two_vectors, "FU");
    CHECK(vector_and_floats, "Fffff");
    CHECK(nested_mixture, "M");
    complexes();
    plans_and_go();
    windows_variadic();
    return done();
}
