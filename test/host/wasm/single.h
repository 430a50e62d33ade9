/* SPDX-License-Identifier: MIT */
/* Records by value between a module and native code: the header of both. */
#ifdef __wasm__
#define FROM(name) __attribute__((import_module("single"), import_name(#name)))
#else
#define FROM(name)
#endif

struct one {
    int a;
};
struct real {
    double x;
};
struct nested {
    struct {
        struct {
            float f;
        } in;
    } out;
};
struct row {
    long n[1];
};
union half {
    unsigned short h;
};
struct bits {
    int b : 5;
};
struct byte {
    signed char c;
};
struct text {
    const char *s;
};
struct wide {
    long long w;
};
struct two {
    short a, b;
};
struct spaced {
    int a __attribute__((aligned(16)));
};

FROM(turn_one) struct one turn_one(struct one);
FROM(turn_real) struct real turn_real(struct real);
FROM(turn_nested) struct nested turn_nested(struct nested);
FROM(turn_row) struct row turn_row(struct row);
FROM(turn_half) union half turn_half(union half);
FROM(turn_bits) struct bits turn_bits(struct bits);
FROM(turn_byte) struct byte turn_byte(struct byte);
FROM(turn_text) struct text turn_text(struct text);
FROM(turn_wide) struct wide turn_wide(struct wide);
FROM(turn_two) struct two turn_two(struct two);
FROM(turn_spaced) struct spaced turn_spaced(struct spaced);
FROM(call_one) struct one call_one(struct one (*)(struct one, struct real), struct one, struct real);
