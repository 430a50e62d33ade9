/* SPDX-License-Identifier: MIT */
/* What bench.mjs calls. */
#include <stdint.h>
#include <string.h>

struct point {
    double x, y;
};

void noop(void) {
}

int32_t add2(int32_t a, int32_t b) {
    return a + b;
}

int64_t add6(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
    return a + b + c + d + e + f;
}

double mix8(int32_t a, double b, int32_t c, double d, int32_t e, double f, int32_t g, double h) {
    return a + b + c + d + e + f + g + h;
}

uint64_t length(const char *text) {
    return strlen(text);
}

struct point add_points(struct point a, struct point b) {
    return (struct point){a.x + b.x, a.y + b.y};
}

double sum(const double *values, int32_t count) {
    double all = 0;
    for (int32_t i = 0; i < count; i++) all += values[i];
    return all;
}

int32_t call_once(int32_t (*f)(int32_t), int32_t value) {
    return f(value);
}
