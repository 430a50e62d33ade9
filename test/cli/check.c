/* SPDX-License-Identifier: MIT */
/* A library for `ffi check`. Each MISTAKE_... of t_cli_check.sh is a declaration that does not fit it. */
#include "check.h"

int64_t variable = 3;

double scale(struct point point, float factor, enum colour colour, const char *name) {
    return point.x * factor + colour + (name ? 1 : 0);
}

int sum(int count, ...) {
    return count;
}

int visit(struct node *first, visitor *each, void *userdata) {
    return each(userdata, first->flags.low);
}

struct point middle(const struct point *points, size_t count) {
    return points[count / 2];
}

unsigned char *bytes(unsigned char *at, unsigned long size, const int key[4]) {
    return at + size + key[0];
}

__attribute__((ms_abi)) int windows(int value) {
    return value;
}

long double wide(long double value, _Bool negate) {
    return negate ? -value : value;
}

/* Inlined at one place and called at others: its prototype is at its origin. */
static inline int helper(int value) {
    return value * 2;
}

int twice(int value) {
    return helper(value) + helper(value + 1);
}
