/* SPDX-License-Identifier: MIT */
/* The library of shapes.h, without shapes_absent(). */
#include "shapes.h"

#include <stdarg.h>

int shapes_count = 7;

shapes_point shapes_add(shapes_point a, shapes_point b) {
    return (shapes_point){a.x + b.x, a.y + b.y};
}

int shapes_each(const shapes_point *points, size_t count, shapes_visitor *visit, void *userdata) {
    int sum = 0;
    for (size_t i = 0; i < count; i++) sum += visit(userdata, &points[i]);
    return sum;
}

const char *shapes_title(const shapes_info *info) {
    return info->high == 300 && info->number == 9 && info->pair[1].second == 4 ? info->title : NULL;
}

int shapes_sum(enum shapes_fill fill, int count, ...) {
    int     sum = fill;
    va_list list;
    va_start(list, count);
    while (count--) sum += va_arg(list, int);
    va_end(list);
    return sum;
}

int32_t shapes_packed_size(const struct shapes_packed *packed) {
    return packed->size;
}

struct shapes_hidden *shapes_open(FILE *file) {
    return (struct shapes_hidden *)(void *)file;
}

int shapes_crooked_size(const struct shapes_crooked *crooked) {
    return crooked->size;
}
