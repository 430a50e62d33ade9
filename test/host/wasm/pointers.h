/* SPDX-License-Identifier: MIT */
/* Pointers and variable arguments between a module and native code: the header of both. */
#ifdef __wasm__
#define FROM(name) __attribute__((import_module("pointers"), import_name(#name)))
#else
#define FROM(name)
#endif

struct uneven {
    long        number;
    const char *text;
};

struct methods {
    long number;
    long (*method)(long);
};

FROM(sum) long sum(const struct uneven rows[3]);
FROM(doubled) struct uneven *doubled(struct uneven rows[2]);
FROM(fill) int fill(int out[2]);
FROM(nothing) void *nothing(void);
FROM(is_nothing) int is_nothing(void (*)(void));
FROM(set) void set(struct uneven *row, long number, const char *text);
FROM(call_method) long call_method(struct methods *);
FROM(add) int add(int count, ...);
FROM(ends) int ends(struct uneven *row);                /* the first and the last of 4096 bytes of the text */
FROM(total) int total(const int numbers[4], int count); /* with len(count) in a signature */

/* The module's header says less than the library's. */
#ifdef __wasm__
FROM(fill_three) int fill_three(int *out);
#else
int fill_three(int out[3]);
#endif
