/* SPDX-License-Identifier: MIT */
/* What the C library is on every system: texts, a result by pointer, functions that call back to compare. */
#include "demo.h"

static void texts(ffi_library *libc) {
    ffi_function *length, *to_double;
    ffi_binding   bindings[] = {{.signature = "size_t strlen(const char *)", .function = &length},
                                {.signature = "double strtod(const char *, char **end)", .function = &to_double}};
    if (!bind_all(libc, bindings)) return;

    size_t bytes;
    invoke(length, &bytes, {.str = "hello, world"});
    show_integer((long long)bytes, 12, "strlen(\"hello, world\")");

    double number;
    char  *end = NULL;
    invoke(to_double, &number, {.str = "6.02214076e23 per mole"}, {.ptr = &end});
    show_number(number, 6.02214076e23, "strtod(\"6.02214076e23 per mole\", &end)");
    show_text(end, " per mole", "end");
}

enum { COUNT = 1000000 };

static int numbers[COUNT];

static void compare(void *result, const ffi_value *args, void *userdata) {
    int a = *(const int *)args[0].ptr, b = *(const int *)args[1].ptr;
    (void)userdata;
    *(int *)result = (a > b) - (a < b);
}

/* Each of the numbers from 0 once, in disorder. */
static void sorting(ffi_library *libc) {
    ffi_function *sort, *search;
    ffi_binding   bindings[] = {
          {.signature = "void qsort(void *, size_t, size_t, int (*)(const void *, const void *))",
           .function  = &sort},
          {.signature =
               "int *bsearch(const int *, const int *, size_t, size_t, int (*)(const void *, const void *))",
           .function = &search}};
    void *order = callback("int compare(const void *, const void *)", compare, NULL);
    if (!order || !bind_all(libc, bindings)) return;
    for (int i = 0; i < COUNT; i++) numbers[i] = (int)(i * 7919LL % COUNT);
    invoke(sort, NULL, {.ptr = numbers}, {.u64 = COUNT}, {.u64 = sizeof(int)}, {.ptr = order});
    int in_place = 0, key = 271828, *found;
    for (int i = 0; i < COUNT; i++) in_place += numbers[i] == i;
    show_integer(in_place, COUNT, "qsort(numbers, %d, 4, compare), how many then are in place", COUNT);
    invoke(search, &found, {.ptr = &key}, {.ptr = numbers}, {.u64 = COUNT}, {.u64 = sizeof(int)},
           {.ptr = order});
    show_integer(found ? found - numbers : -1, key, "bsearch(&271828, numbers, %d, 4, compare) - numbers",
                 COUNT);
}

void run_libc(ffi_library *libc) {
    texts(libc);
    sorting(libc);
}
