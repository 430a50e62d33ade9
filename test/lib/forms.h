/* SPDX-License-Identifier: MIT */
/* Forms of C with a hole for another one, and texts made of them: every construct that the parser nests. */
#ifndef FORMS_H
#define FORMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What stands before and behind a hole. 'E' is an integer constant expression of value 1, 'S' a type without a
 * declarator, 'T' a type, 'D' the declarator of a type. A `@` becomes a number, for names. */
static const struct form {
    char        is, hole;
    const char *before, *behind;
} forms[] = {
    {'E', 'E', "(", ")"},
    {'E', 'E', "- - ", ""},
    {'E', 'E', "+ ", ""},
    {'E', 'E', "!!", ""},
    {'E', 'E', "~~", ""},
    {'E', 'E', "1 ? ", " : 0"},
    {'E', 'E', "0 ? 0 : ", ""},
    {'E', 'E', "(", " ? 1 : 0)"},
    {'E', 'E', "(0, ", ")"},
    {'E', 'E', "1 * (", ")"},
    {'E', 'E', "(0 || 1 && 1 | 0 ^ 1 & 1 == 1 < 2 << 0 + 1 * ", ")"},
    {'E', 'E', "(char)", ""},
    {'E', 'E', "__extension__ ", ""},
    {'E', 'E', "1 + 0 * sizeof(", ")"},
    {'E', 'E', "sizeof \"1\"[", "]"},
    {'E', 'E', "sizeof(char[", "])"},
    {'E', 'E', "_Alignof(char[", "])"},
    {'E', 'E', "sizeof(*(char (*)[", "])0)"},
    {'E', 'E', "__builtin_choose_expr(1, ", ", 0)"},
    {'E', 'E', "__builtin_choose_expr(0, 0, ", ")"},
    {'E', 'E', "__builtin_choose_expr(", ", 1, 0)"},
    {'E', 'E', "(1 + __builtin_offsetof(struct { char m[2]; }, m[0 * ", "]))"},
    {'E', 'S', "(1 + __builtin_offsetof(struct { ", " m; }, m))"},
    {'E', 'T', "!__builtin_types_compatible_p(", ", void)"},
    {'E', 'T', "!__builtin_types_compatible_p(void, ", ")"},
    {'E', 'T', "!!sizeof(", ")"},
    {'E', 'T', "!!_Alignof(", ")"},
    {'E', 'T', "1 || (__typeof__(", ") *)0"},
    {'T', 'S', "", ""},
    {'T', 'E', "int[", "]"},
    {'T', 'E', "int (*)[", "]"},
    {'T', 'T', "int (*)(", ")"},
    {'T', 'T', "int (", ")"},
    {'T', 'T', "int (*(*)(", "))(void)"},
    {'T', 'S', "int (*)(int, ", " name[3], ...)"},
    {'T', 'E', "int (*)(int [static ", "])"},
    {'T', 'E', "int (*)(int name[n + ", "])"},
    {'T', 'E', "int * __attribute__((aligned(", "))) *"},
    {'T', 'T', "int (*)(int n, nullable len(n) int (*)(", "))"},
    {'T', 'E', "int (*)(int * __attribute__((nonnull(", "))))"},
    {'T', 'E', "int __attribute__((nonnull(", ")))"},
    {'T', 'D', "int ", ""},
    {'D', 'D', "(", ")"},
    {'D', 'D', "*", ""},
    {'D', 'D', "* const ", ""},
    {'D', 'D', "(*", ")[1]"},
    {'D', 'D', "(*", ")(void)"},
    {'D', 'T', "(*)(", ")"},
    {'D', 'E', "(*)[", "]"},
    {'S', 'S', "struct { ", " m; }"},
    {'S', 'S', "struct { int m@; ", "; }"},
    {'S', 'S', "union { ", " m; }"},
    {'S', 'S', "struct { ", " m[1]; }"},
    {'S', 'S', "struct s@ { ", " m; }"},
    {'S', 'S', "struct { ", " (*m)(int); }"},
    {'S', 'S', "struct { int (*m)(", "); }"},
    {'S', 'S', "_Atomic(struct { ", " m; })"},
    {'S', 'E', "enum { N@ = ", " }"},
    {'S', 'E', "enum e@ { N@ = ", " }"},
    {'S', 'E', "enum : __typeof__(", ") { N@ }"},
    {'S', 'E', "struct { int m : ", "; }"},
    {'S', 'E', "struct { int m[", "]; }"},
    {'S', 'E', "struct { int : 3, m : 4 * (", "); }"},
    {'S', 'E', "struct { _Alignas(", ") char m; }"},
    {'S', 'T', "struct { _Alignas(", ") char m; }"},
    {'S', 'E', "struct { int m __attribute__((aligned(4 * (", ")))); }"},
    {'S', 'E', "struct __attribute__((packed, aligned(", "))) { int m; }"},
    {'S', 'E', "struct { _Static_assert(", ", \"\"); int m; }"},
    {'S', 'E', "struct [[gnu::aligned(", ")]] { int m; }"},
    {'S', 'E', "__typeof__(", ")"},
    {'S', 'T', "__typeof__(", ")"},
    {'S', 'E', "__attribute__((vector_size(16 * (", ")))) char"},
};

/* Forms that fit each other: the hole of each takes the next, and that of the last takes the first. */
struct cycle {
    int forms[4];
    int count;
};

enum { FORMS = sizeof forms / sizeof *forms };

static char *put(char *to, const char *text, int number) {
    for (; *text; text++)
        if (*text == '@') to += sprintf(to, "%d", number);
        else *to++ = *text;
    return to;
}

static char *put_nested(char *to, const struct cycle *cycle, int levels, int wrong) {
    char hole = forms[cycle->forms[0]].is;
    for (int i = 0; i < levels; i++) {
        const struct form *form = &forms[cycle->forms[i % cycle->count]];
        to                      = put(to, form->before, i);
        hole                    = form->hole;
    }
    to = put(to, wrong ? "no_such_name" : hole == 'E' ? "1" : hole == 'D' ? "*" : "int", 0);
    for (int i = levels; i-- > 0;) to = put(to, forms[cycle->forms[i % cycle->count]].behind, i);
    return to;
}

static uint64_t seed = 1;

static int below(int end) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)end);
}

/* Whether a form can stand in a hole: a type may lack a declarator. */
static bool fits(const struct form *form, char hole) {
    return form->is == hole;
}

/* Up to four forms; the first fits the hole `is`, and the hole of the last. */
static struct cycle random_cycle(char is) {
    for (;;) {
        struct cycle cycle = {.count = 0};
        char         hole  = is;
        for (int count = 1 + below(4); cycle.count < count;) {
            int i = below(FORMS);
            if (!fits(&forms[i], hole)) continue;
            cycle.forms[cycle.count++] = i;
            hole                       = forms[i].hole;
        }
        if (hole == is) return cycle;
    }
}

#endif
