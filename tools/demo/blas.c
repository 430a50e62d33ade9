/* SPDX-License-Identifier: MIT */
/*
 * BLAS: matrices multiplied. cblas_dgemm has 14 parameters, and most of them go on the stack. The Fortran
 * routine takes everything by address, and behind the rest the lengths of its texts. Both are compared with
 * three plain loops, exactly: the elements are small integers.
 */
#include "demo.h"

#include <stdio.h>

enum { M = 4, N = 3, K = 5 };

static double a[M * K], b[K * N], c[M * N], wanted[M * N];

/* wanted = 2 a b - c, for matrices that lie row by row. */
static void prepare(void) {
    for (int i = 0; i < M * K; i++) a[i] = i % 7 - 3;
    for (int i = 0; i < K * N; i++) b[i] = 5 - i % 11;
    for (int i = 0; i < M * N; i++) c[i] = i;
    for (int row = 0; row < M; row++)
        for (int column = 0; column < N; column++) {
            double sum = 0;
            for (int k = 0; k < K; k++) sum += a[row * K + k] * b[k * N + column];
            wanted[row * N + column] = 2 * sum - c[row * N + column];
        }
}

static void show_product(const char *call) {
    int  same = 0;
    char result[64];
    for (int i = 0; i < M * N; i++) same += c[i] == wanted[i];
    snprintf(result, sizeof result, "%d of 12 elements as by plain loops", same);
    show_word(result, "12 of 12 elements as by plain loops", "%s", call);
}

static void run(ffi_library *blas) {
    ffi_function *cblas_dgemm, *dgemm;
    ffi_binding   bindings[] = {
          {.signature = "void cblas_dgemm(int order, int transa, int transb, int m, int n, int k, double alpha, "
                          "const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc)",
           .function  = &cblas_dgemm},
          {.signature = "void dgemm_(const char *transa, const char *transb, const int *m, const int *n, "
                          "const int *k, const double *alpha, const double *a, const int *lda, const double *b, "
                          "const int *ldb, const double *beta, double *c, const int *ldc, size_t, size_t)",
           .function  = &dgemm}};
    if (!bind_all(blas, bindings)) return;

    enum { ROW_MAJOR = 101, NO_TRANS = 111 };
    prepare();
    invoke(cblas_dgemm, NULL, {.i32 = ROW_MAJOR}, {.i32 = NO_TRANS}, {.i32 = NO_TRANS}, {.i32 = M}, {.i32 = N},
           {.i32 = K}, {.f64 = 2}, {.ptr = a}, {.i32 = K}, {.ptr = b}, {.i32 = N}, {.f64 = -1}, {.ptr = c},
           {.i32 = N});
    show_product("cblas_dgemm(101, 111, 111, 4, 3, 5, 2, a, 5, b, 3, -1, c, 3)");

    /* Fortran's matrices lie column by column, so it sees ours transposed: c' = b' a'. */
    int    m = M, n = N, k = K;
    double alpha = 2, beta = -1;
    prepare();
    invoke(dgemm, NULL, {.str = "N"}, {.str = "N"}, {.ptr = &n}, {.ptr = &m}, {.ptr = &k}, {.ptr = &alpha},
           {.ptr = b}, {.ptr = &n}, {.ptr = a}, {.ptr = &k}, {.ptr = &beta}, {.ptr = c}, {.ptr = &n},
           {.u64 = 1}, {.u64 = 1});
    show_product("dgemm_(\"N\", \"N\", &3, &4, &5, &2, b, &3, a, &5, &-1, c, &3, 1, 1)");
}

const struct demo demo_blas = {"BLAS", {"openblas", "blas", "cblas"}, "cblas_dgemm", "libopenblas0", run};
