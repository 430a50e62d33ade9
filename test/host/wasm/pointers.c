/* SPDX-License-Identifier: MIT */
/* The module, and the native library: arrays as parameters, pointers in records, the pointer -1, a variadic function
 * without a format. */
#include "pointers.h"

#ifdef __wasm__

__asm__(".section .custom_section.ffi_invoke,\"\",@\n"
        ".ascii \"pointers.add#ints=int(int count, ..., int, int)\\n\"\n"
        ".ascii \"pointers.add#longs=int(int count, ..., long long)\\n\"\n"
        ".ascii \"pointers.total=int(len(count) const int numbers[4], int count)\\n\"\n");

__attribute__((import_module("pointers"), import_name("add#ints"))) int  add_ints(int, ...);
__attribute__((import_module("pointers"), import_name("add#longs"))) int add_longs(int, ...);

#define UNSET ((const char *)0x7fffff00) /* not in the memory */
#define LAST  ((int *)131064)            /* the last two of the memory */

static long calls;

static long half(long number) {
    return calls++, number / 2;
}

/* The bits are what came back right. */
__attribute__((export_name("arrays"))) int arrays(void) {
    int           good    = 0, two[2];
    struct uneven rows[3] = {{1, "a"}, {-20, "bb"}, {300, "ccc"}};
    good |= (sum(rows) == 287) << 0;
    good |= (doubled(rows) == rows && rows[0].number == 2 && rows[1].number == -40 && rows[2].number == 300)
            << 1;
    good |= (fill(two) == 7 && two[0] == 3 && two[1] == 4) << 2;
    good |= (nothing() == (void *)-1) << 3;
    good |= (is_nothing((void (*)(void)) - 1) == 1) << 4;
    good |= (is_nothing(0) == 0) << 5;
    struct uneven out = {9, UNSET};
    set(&out, 5, "five");
    good |= (out.number == 5 && out.text[0] == 'f') << 6;
    out.text = UNSET;
    set(&out, 6, 0);
    good |= (out.number == 6 && out.text == UNSET) << 7;
    struct methods methods = {84, half};
    good |= (call_method(&methods) == 42 && methods.number == 85 && methods.method == half && calls == 1) << 8;
    good |= (methods.method(methods.number) == 42 && calls == 2) << 9;
    methods.method = (long (*)(long)) - 1;
    good |= (call_method(&methods) == -1 && methods.method == (long (*)(long)) - 1) << 10;
    LAST[0] = 20, LAST[1] = 3;
    good |= (total(LAST, 2) == 23) << 11;
    struct uneven nowhere = {9, UNSET};
    good |= (ends(&nowhere) == 0) << 12;
    return good;
}

__attribute__((export_name("unset"))) int unset(void) {
    struct uneven rows[3] = {{1, "a"}, {2, UNSET}, {3, "c"}};
    return (int)sum(rows);
}

__attribute__((export_name("endless"))) int endless(void) {
    struct uneven rows[3] = {{1, "a"}, {2, (const char *)131071}, {3, "c"}};
    *(char *)131071       = 'x';
    return (int)sum(rows);
}

__attribute__((export_name("variable"))) int variable(void) {
    return add_ints(2, 30, 4) + add_longs(-1, 5000000000) + add(0);
}

__attribute__((export_name("unknown"))) int unknown(void) {
    return add(1, 5);
}

__attribute__((export_name("fill_at"))) int fill_at(int at) {
    return fill((int *)at);
}

__attribute__((export_name("fill_three_at"))) int fill_three_at(int at) {
    return fill_three((int *)at);
}

#else

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

long sum(const struct uneven rows[3]) {
    long all = 0;
    for (int i = 0; i < 3; i++) all += rows[i].number + (long)strlen(rows[i].text);
    return all;
}

struct uneven *doubled(struct uneven rows[2]) {
    for (int i = 0; i < 2; i++) rows[i].number *= 2;
    return rows;
}

int fill(int out[2]) {
    out[0] = 3;
    out[1] = 4;
    return 7;
}

int fill_three(int out[3]) {
    return fill(out) + (out[2] = 5);
}

int total(const int numbers[4], int count) {
    int all = 0;
    while (count--) all += numbers[count];
    return all;
}

int ends(struct uneven *row) {
    return row->text[0] | row->text[4095];
}

void *nothing(void) {
    return (void *)UINTPTR_MAX;
}

int is_nothing(void (*function)(void)) {
    return (uintptr_t)function == UINTPTR_MAX;
}

void set(struct uneven *row, long number, const char *text) {
    row->number = number;
    if (text) row->text = text;
}

long call_method(struct methods *methods) {
    if ((uintptr_t)methods->method == UINTPTR_MAX) return -1;
    return methods->method(methods->number++);
}

/* With a negative count: whether the one argument is 5 billions. */
int add(int count, ...) {
    va_list list;
    int     all = 0;
    va_start(list, count);
    if (count < 0) all = va_arg(list, long long) == 5000000000;
    while (count-- > 0) all += va_arg(list, int);
    va_end(list);
    return all;
}

#endif
