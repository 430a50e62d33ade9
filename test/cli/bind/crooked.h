/* SPDX-License-Identifier: MIT */
/* Types whose alignment a typedef changes, and types that look the same. */
struct __attribute__((may_alias)) word {
    long a;
};
typedef struct word    crooked_wide __attribute__((aligned(16)));
typedef struct word    crooked_loose __attribute__((aligned(2)));
typedef int           *crooked_far __attribute__((aligned(16)));
typedef char          *crooked_near __attribute__((aligned(1)));
typedef int            crooked_three[3] __attribute__((aligned(16)));
typedef _Complex float crooked_complex __attribute__((aligned(16)));

#define CROOKED(tag, attributes)                                                                               \
    struct tag {                                                                                               \
        char            a;                                                                                     \
        crooked_far     far;                                                                                   \
        char            b;                                                                                     \
        crooked_near    near;                                                                                  \
        char            c;                                                                                     \
        crooked_three   three;                                                                                 \
        char            d;                                                                                     \
        crooked_complex complex;                                                                               \
        char            e;                                                                                     \
        crooked_loose   loose;                                                                                 \
        crooked_wide    wide;                                                                                  \
    } attributes

CROOKED(crooked, );
CROOKED(crooked_packed, __attribute__((packed)));
#pragma pack(push, 4)
CROOKED(crooked_four, );
#pragma pack(pop)

/* One layout, two types. */
typedef struct {
    short x, y;
} crooked_one;
typedef struct {
    short x, y;
} crooked_two;

/* A parameter that is an array needs its elements. */
typedef struct crooked_hidden {
    int numbers[4];
} crooked_array[1];

/* An old one. */
enum crooked_kind { CROOKED_OLD __attribute__((deprecated)) = 3, CROOKED_NEW };

int crooked_all(struct crooked, struct crooked_packed, struct crooked_four, crooked_one, crooked_two,
                crooked_array, crooked_wide);
