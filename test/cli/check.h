/* SPDX-License-Identifier: MIT */
/* What check.c declares, with mistakes: `#define FACTOR double` instead of `float`, and so on. */
#include <stddef.h>
#include <stdint.h>

#ifndef X
#define X double
#endif
#ifndef SECOND
#define SECOND 7
#endif
#ifndef LOW
#define LOW 3
#endif
#ifndef POINT
#define POINT struct point
#endif
#ifndef FACTOR
#define FACTOR float
#endif
#ifndef LAST
#define LAST const char *name
#endif
#ifndef MORE
#define MORE , ...
#endif
#ifndef CALLED
#define CALLED void *, int
#endif
#ifndef RESULT
#define RESULT struct point
#endif
#ifndef COUNT
#define COUNT size_t
#endif
#ifndef KEY
#define KEY const int key[4]
#endif
#ifndef CONVENTION
#define CONVENTION __attribute__((ms_abi))
#endif
#ifndef WIDE
#define WIDE long double
#endif
#ifndef VARIABLE
#define VARIABLE int64_t
#endif

struct point {
    X      x;
    double y;
};

enum colour { FIRST, THIRD = 3, SEVENTH = SECOND };

typedef int visitor(CALLED);

struct node {
    struct node *next;
    struct {
        unsigned low : LOW;
        unsigned high : 9;
    } flags;
    union {
        int   number;
        char *text;
    };
};

extern VARIABLE variable;

double         scale(POINT point, FACTOR factor, enum colour colour, LAST);
int            sum(int count MORE);
int            visit(struct node *first, visitor *each, void *userdata);
RESULT         middle(const struct point *points, COUNT count);
unsigned char *bytes(unsigned char *at, unsigned long size, KEY);
CONVENTION int windows(int value);
WIDE           wide(WIDE value, _Bool negate);
int            twice(int value);
