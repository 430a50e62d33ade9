/* SPDX-License-Identifier: MIT */
/* A module whose functions do not end: by a loop, a jump through a table, calls, and within a callback. */
#define EXPORT(name) __attribute__((export_name(#name)))

__attribute__((import_module("c"), import_name("qsort"))) void qsort(void *, unsigned, unsigned,
                                                                     int (*)(const void *, const void *));

__asm__(".section .custom_section.ffi_invoke,\"\",@\n"
        ".ascii \"c.qsort=void(void *, size_t, size_t, int (*)(const void *, const void *))\\n\"\n");

static volatile int yes = 1;
static int          numbers[3];

EXPORT(loop) void loop(void) {
    while (yes) numbers[0]++;
}

EXPORT(nothing) __attribute__((noreturn)) void nothing(void) {
    for (;;) {}
}

EXPORT(jump) int jump(int n) {
    for (;;) switch (n & 7) {
        case 0: n += 3; break;
        case 1: n += 5; break;
        case 2: n *= 7; break;
        case 3: n ^= 9; break;
        case 4: n -= 1; break;
        case 5: n = yes ? n << 1 : 0; break;
        default: n += 17;
        }
}

EXPORT(calls) int calls(int n) {
    return n < 2 ? n : calls(n - 1) + calls(n - 2);
}

static int endless(const void *a, const void *b) {
    loop();
    return a < b;
}

EXPORT(sort) void sort(void) {
    qsort(numbers, 3, 4, endless);
}

static int trapping(const void *a, const void *b) {
    (void)a, (void)b;
    __builtin_trap();
}

EXPORT(trap) void trap(void) {
    qsort(numbers, 3, 4, trapping);
}

EXPORT(seven) int seven(void) {
    return 7;
}
