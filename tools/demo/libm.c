/* SPDX-License-Identifier: MIT */
/* The C library's mathematics: numbers in floating-point registers. Known answers are the textbook's. */
#include "demo.h"

static void run(ffi_library *libm) {
    ffi_function *cosine, *power, *load_exponent;
    ffi_binding   bindings[] = {{.signature = "double cos(double)", .function = &cosine},
                                {.signature = "double pow(double x, double y)", .function = &power},
                                {.signature = "double ldexp(double, int)", .function = &load_exponent}};
    if (!bind_all(libm, bindings)) return;

    static const struct {
        double x, cosine;
    } known[] = {{0, 1}, {1, 0.54030230586813972}, {3.14159265358979324, -1}};
    double result;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        invoke(cosine, &result, {.f64 = known[i].x});
        show_number(result, known[i].cosine, "cos(%.15g)", known[i].x);
    }
    invoke(power, &result, {.f64 = 2}, {.f64 = 10});
    show_number(result, 1024, "pow(2, 10)");
    invoke(load_exponent, &result, {.f64 = 0.75}, {.i32 = 4});
    show_number(result, 12, "ldexp(0.75, 4)");
}

const struct demo demo_libm = {"Mathematics", {"m", "msvcrt"}, "cos", "libc6", run};
