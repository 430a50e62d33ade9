/* SPDX-License-Identifier: MIT */
/* A header with everything that bindings have to carry over. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SHAPES_VERSION "1.2 \"quoted\""
#define SHAPES_MOST    (1 << 4 | 3)
#define SHAPES_RATIO   1.5
#define SHAPES_BYTES                                                                                           \
    "\177"                                                                                                     \
    "8\0\377\n\"\\"
#define SHAPES_LETTERS "\303\244"
#define SHAPES_ENDLESS (-__builtin_inf())
#define SHAPES_EXACT   1.5L /* a type that not every language has */
#define SHAPES_NEXT(x) ((x) + 1)

/* What a shape is
 * filled with. */
enum shapes_fill { SHAPES_NONE, SHAPES_SOLID = 5, SHAPES_BELOW = -2 };

typedef unsigned char shapes_byte;

typedef struct shapes_point {
    double x, y;
} shapes_point;

/* Without a tag. */
typedef struct {
    unsigned    low : 3;
    unsigned    high : 9;
    shapes_byte bytes[3];
    union {
        int   number;
        float real;
    };
    struct {
        short first, second;
    } pair[2];
    const char *title;
} shapes_info;

typedef shapes_info shapes_old_info;
typedef int         shapes_loose __attribute__((aligned(1)));

struct shapes_crooked {
    char         kind;
    shapes_loose size;
};

#pragma pack(push, 1)
struct shapes_packed {
    char    kind;
    int32_t size;
};
#pragma pack(pop)

struct shapes_hidden;

// Called for each point.
// Two lines.
typedef int shapes_visitor(void *userdata, const shapes_point *point);

extern int shapes_count;

/** Adds two points. */
shapes_point shapes_add(shapes_point a, shapes_point b);

int         shapes_each(const shapes_point *points, size_t count, shapes_visitor *visit, void *userdata);
const char *shapes_title(const shapes_info *info);
int         shapes_sum(enum shapes_fill fill, int count, ...);
int         shapes_crooked_size(const struct shapes_crooked *crooked);
int32_t     shapes_packed_size(const struct shapes_packed *packed);

struct shapes_hidden *shapes_open(FILE *file);

int shapes_absent(void);
