/* SPDX-License-Identifier: MIT */
/* What t_cli_value.sh calls in cli_callee.c: a type of each class, a function that shows a value of it as the
 * compiler sees it, and one that returns a value. The `ffi` program reads this file with -i as it stands. */

enum colour { RED, GREEN = 5, BLUE = -1 };

struct pair {
    int    x;
    double y;
};
struct line {
    struct pair from, to;
};
struct spot {
    float x, y, z;
};
struct name {
    char          text[6];
    unsigned char bytes[3];
};
struct bits {
    unsigned           low : 3;
    int                middle : 5;
    _Bool              flag : 1;
    unsigned long long high : 40;
    enum colour        colour : 4;
};
union number {
    int   i;
    float f;
    char  c[8];
};
struct tagged {
    enum colour colour;
    union {
        int    i;
        double d;
    };
    struct {
        short a, b;
    };
};
struct large {
    long numbers[9];
};
struct __attribute__((packed)) tight {
    char   c;
    double d;
};
struct __attribute__((aligned(64))) aligned {
    int a;
};
struct page {
    char text[5000];
};
struct matrix {
    int rows[2][3];
};
struct extended {
    long double e;
};
struct node {
    struct node *next;
    const char  *name;
    int         *number;
};
struct nothing {};
struct tail {
    int count;
    int data[];
};
struct mixed {
    _Bool yes;
    float _Complex z;
    __int128       whole;
    struct nothing nothing;
    short          last;
};
typedef float             floats __attribute__((vector_size(16)));
typedef int               ints __attribute__((vector_size(8)));
typedef unsigned __int128 unsigned_whole;

void show_pair(struct pair), show_line(int, struct line), show_spot(struct spot), show_name(struct name),
    show_bits(struct bits), show_float_of(union number), show_tagged(struct tagged),
    show_large(struct large, int), show_tight(struct tight), show_aligned(struct aligned),
    show_matrix(struct matrix), show_node(struct node), show_extended(struct extended),
    show_mixed(struct mixed);
void show_float_complex(float _Complex), show_double_complex(double _Complex);
void show_long_double_complex(long double _Complex), show_long_double(long double), show_whole(__int128);
void show_unsigned_whole(unsigned_whole), show_floats(floats), show_ints(ints), show_colour(enum colour);
void show_extra(int count, ...); /* pairs */

struct pair     make_pair(void);
struct line     make_line(void);
struct spot     make_spot(void);
struct name     make_name(int);
struct bits     make_bits(void);
union number    make_number(void);
struct tagged   make_tagged(void);
struct large    make_large(void);
struct tight    make_tight(void);
struct aligned  make_aligned(void);
struct page     make_page(void);
struct matrix   make_matrix(void);
struct extended make_extended(void);
struct node     make_node(const char *, int *);
struct nothing  make_nothing(void);
struct mixed    make_mixed(void);
float _Complex make_float_complex(void);
double _Complex make_double_complex(void);
long double make_long_double(void);
long double _Complex make_long_double_complex(void);
__int128       make_whole(void);
unsigned_whole make_unsigned_whole(void);
floats         make_floats(void);
ints           make_ints(void);
enum colour    make_colour(int);

void         turn(struct line *);
struct pair *second(struct pair *);
void         fill_name(struct name *);
void         double_whole(__int128 *), double_extended(long double *);
_Bool        is_aligned(const struct aligned *);
int          count_nodes(const struct node *);
