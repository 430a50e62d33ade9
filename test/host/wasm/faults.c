/* SPDX-License-Identifier: MIT */
/* A module that traps, calls itself without end, or loops. */
#define EXPORT(name) __attribute__((export_name(#name)))

volatile int yes = 1;

EXPORT(read_at) int read_at(int at) {
    return *(volatile int *)at;
}

EXPORT(divide) int divide(int by) {
    return 5 / by;
}

EXPORT(recurse) int recurse(int n) {
    return yes ? recurse(n + 1) * 3 ^ n : 0;
}

EXPORT(loop) void loop(void) {
    while (yes) yes++;
    loop();
}

EXPORT(real) double real(float a, long long b) {
    return a + (double)b;
}
