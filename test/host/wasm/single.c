/* SPDX-License-Identifier: MIT */
/* The module, and the native library: each record goes there and comes back changed. */
#include "single.h"

#ifdef __wasm__

static struct one back(struct one one, struct real real) {
    return (struct one){one.a + (int)real.x};
}

/* The bits are the records that came back right. */
__attribute__((export_name("records"))) int records(void) {
    int good = 0;
    good |= (turn_one((struct one){41}).a == -41) << 0;
    good |= (turn_real((struct real){2.5}).x == -2.5) << 1;
    good |= (turn_nested((struct nested){{{1.5f}}}).out.in.f == -1.5f) << 2;
    good |= (turn_row((struct row){{-2000000000}}).n[0] == 2000000000) << 3;
    good |= (turn_half((union half){65535}).h == 1) << 4;
    good |= (turn_bits((struct bits){-16 + 5}).b == 11) << 5;
    good |= (turn_byte((struct byte){-100}).c == 100) << 6;
    good |= (*turn_text((struct text){"text"}).s == 'x') << 7;
    good |= (turn_wide((struct wide){-5000000000}).w == 5000000000) << 8;
    good |= (turn_two((struct two){7, -9}).a == -7 && turn_two((struct two){7, -9}).b == 9) << 9;
    good |= (turn_spaced((struct spaced){12}).a == -12) << 10;
    good |= (call_one(back, (struct one){30}, (struct real){12.75}).a == -42) << 11;
    return good;
}

/* The pointer is an offset that is not in the memory. */
__attribute__((export_name("outside"))) int outside(void) {
    return turn_text((struct text){(const char *)0x7f000000}).s != 0;
}

#else

struct one turn_one(struct one value) {
    return (struct one){-value.a};
}

struct real turn_real(struct real value) {
    return (struct real){-value.x};
}

struct nested turn_nested(struct nested value) {
    return (struct nested){{{-value.out.in.f}}};
}

struct row turn_row(struct row value) {
    return (struct row){{-value.n[0]}};
}

union half turn_half(union half value) {
    return (union half){(unsigned short)-value.h};
}

struct bits turn_bits(struct bits value) {
    return (struct bits){-value.b};
}

struct byte turn_byte(struct byte value) {
    return (struct byte){(signed char)-value.c};
}

struct text turn_text(struct text value) {
    return (struct text){value.s + 2};
}

struct wide turn_wide(struct wide value) {
    return (struct wide){-value.w};
}

struct two turn_two(struct two value) {
    return (struct two){(short)-value.a, (short)-value.b};
}

struct spaced turn_spaced(struct spaced value) {
    return (struct spaced){-value.a};
}

struct one call_one(struct one (*function)(struct one, struct real), struct one one, struct real real) {
    return (struct one){-function(one, real).a};
}

#endif
