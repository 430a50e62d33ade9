/* SPDX-License-Identifier: MIT */
/* A library with debug information, whatever the flags, to check signatures by; lib_bare is the same without. */
struct checked_point {
    double x, y;
};

double   checked_length(struct checked_point point, float factor);
int      checked_sum(const int *values, unsigned count);
unsigned checked_count(const struct checked_point *points);

double checked_length(struct checked_point point, float factor) {
    return (point.x + point.y) * factor;
}

int checked_sum(const int *values, unsigned count) {
    int sum = 0;
    for (unsigned i = 0; i < count; i++) sum += values[i];
    return sum;
}

unsigned checked_count(const struct checked_point *points) {
    return points ? 1 : 0;
}
