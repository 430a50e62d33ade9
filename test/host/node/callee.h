/* SPDX-License-Identifier: MIT */
/* What the scripts of this folder call. They declare this text. */
struct point {
    double x, y;
};
typedef struct {
    float a;
    int   b;
} small;
struct big {
    long long v[8];
};
struct mixed {
    char          c;
    short         s;
    int           i;
    long long     l;
    float         f;
    double        d;
    unsigned char u;
    bool          t;
    const char   *name;
};
struct bits {
    unsigned           a : 3;
    int                b : 5;
    unsigned long long c : 40;
    bool               d : 1;
};
struct outer {
    struct point p;
    int          n[4];
    char         text[8];
    struct point list[2];
    union {
        int   as_int;
        float as_float;
    };
    struct outer *next;
};
union number {
    int    i;
    float  f;
    double d;
};
enum color { RED, GREEN = 5, BLUE };
typedef int (*binary)(int, int);

int                add(int a, int b);
bool               flip(bool value);
signed char        add_i8(signed char a, signed char b);
unsigned char      add_u8(unsigned char a, unsigned char b);
short              add_i16(short a, short b);
unsigned short     add_u16(unsigned short a, unsigned short b);
unsigned           add_u32(unsigned a, unsigned b);
long long          add_i64(long long a, long long b);
unsigned long long add_u64(unsigned long long a, unsigned long long b);
float              add_f32(float a, float b);
double             add_f64(double a, double b);
double             mix8(int a, double b, long long c, float d, short e, double f, unsigned g, double h);
long double        add_f80(long double a, long double b);
__int128           add_i128(__int128 a, __int128 b);
double _Complex add_complex(double _Complex a, double _Complex b);
enum color next_color(enum color value);

struct point add_points(struct point a, struct point b);
small        add_small(small a, small b);
struct big   add_big(struct big a, long long more);
double       sum_mixed(const struct mixed *m);
void         move_point(struct point *p, double dx, double dy);
double       sum(const double *values, int count);
double       sum4(const double values[4]);
void         fill(int *values, int count, int with);
int          first_or(const int *value, int otherwise);

const char     *greeting(void);
const char     *none(void);
char           *copy_text(const char *text);
void           *copy_bytes(const void *bytes, unsigned long size);
void            release(void *memory);
int             released(void);
unsigned long   text_length(const char *text);
int             text_order(const char *a, const char *b);
int             wide_length(const char16_t *text);
const char16_t *wide_greeting(void);

int          call_binary(binary f, int a, int b);
double       call_point(double (*f)(struct point), double x, double y);
struct point make_point(struct point (*f)(double), double x);
const char  *call_text(const char *(*f)(const char *), const char *text);
int          call_many(int (*f)(int), int times);
void         keep(int (*f)(int));
int          call_kept(int value);
binary       get_binary(int which);
int          recurse(int (*f)(int), int depth);
double       call_types(double (*f)(signed char, unsigned char, short, unsigned short, int, unsigned, long long,
                              unsigned long long, float, double, bool, const char *, void *));

void start_thread(int (*f)(int), int times);
int  join_thread(void);
int  is_thread_done(void);
int  block(int milliseconds);
int  call_later(int (*f)(int), int value);

int                fail_with(int number);
int                set_errno(int number, int result);
int                get_errno(void);
int                add_out(int a, int b, int *sum, int *difference);
int                read_into(char *buffer, int size);
long               total(int count, ...);
extern int         counter;
extern const char *label;
extern int         table[4];
