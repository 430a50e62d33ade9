/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uchar.h>

#include "callee.h"

const char *label = "a label";
int         counter;
int         table[4] = {1, 2, 3, 4};

int add(int a, int b) {
    return a + b;
}
bool flip(bool value) {
    return !value;
}
signed char add_i8(signed char a, signed char b) {
    return (signed char)(a + b);
}
unsigned char add_u8(unsigned char a, unsigned char b) {
    return (unsigned char)(a + b);
}
short add_i16(short a, short b) {
    return (short)(a + b);
}
unsigned short add_u16(unsigned short a, unsigned short b) {
    return (unsigned short)(a + b);
}
unsigned add_u32(unsigned a, unsigned b) {
    return a + b;
}
long long add_i64(long long a, long long b) {
    return (long long)((unsigned long long)a + (unsigned long long)b);
}
unsigned long long add_u64(unsigned long long a, unsigned long long b) {
    return a + b;
}
float add_f32(float a, float b) {
    return a + b;
}
double add_f64(double a, double b) {
    return a + b;
}
double mix8(int a, double b, long long c, float d, short e, double f, unsigned g, double h) {
    return a + 2 * b + 3 * (double)c + 4 * (double)d + 5 * e + 6 * f + 7 * (double)g + 8 * h;
}
long double add_f80(long double a, long double b) {
    return a + b;
}
__int128 add_i128(__int128 a, __int128 b) {
    return a + b;
}
double _Complex add_complex(double _Complex a, double _Complex b) {
    return a + b;
}
enum color next_color(enum color value) {
    return value == RED ? GREEN : value == GREEN ? BLUE : RED;
}

struct point add_points(struct point a, struct point b) {
    return (struct point){a.x + b.x, a.y + b.y};
}
small add_small(small a, small b) {
    return (small){a.a + b.a, a.b + b.b};
}
struct big add_big(struct big a, long long more) {
    for (int i = 0; i < 8; i++) a.v[i] += more;
    return a;
}
double sum_mixed(const struct mixed *m) {
    return m->c + m->s + m->i + (double)m->l + (double)m->f + m->d + m->u + m->t +
           (m->name ? (double)strlen(m->name) : 0);
}
void move_point(struct point *p, double dx, double dy) {
    p->x += dx, p->y += dy;
}
double sum(const double *values, int count) {
    double all = 0;
    for (int i = 0; i < count; i++) all += values[i];
    return all;
}
double product(const double *a, const double *b, int count) {
    double all = 0;
    for (int i = 0; i < count; i++) all += a[i] * b[i];
    return all;
}
double sum4(const double values[4]) {
    return sum(values, 4);
}
void fill(int *values, int count, int with) {
    for (int i = 0; i < count; i++) values[i] = with;
}
int first_or(const int *value, int otherwise) {
    return value ? *value : otherwise;
}

static int  releases;
const char *greeting(void) {
    return "gr\xc3\xbc\xc3\x9f dich";
}
const char *none(void) {
    return NULL;
}
char *copy_text(const char *text) {
    return text ? strdup(text) : NULL;
}
void *copy_bytes(const void *bytes, unsigned long size) {
    return memcpy(malloc(size), bytes, size);
}
void release(void *memory) {
    releases++, free(memory);
}
int released(void) {
    return releases;
}
unsigned long text_length(const char *text) {
    return text ? strlen(text) : 1000;
}
int text_order(const char *a, const char *b) {
    return (strcmp(a, b) > 0) - (strcmp(a, b) < 0);
}
int wide_length(const char16_t *text) {
    int length = 0;
    while (text[length]) length++;
    return length;
}
const char16_t *wide_greeting(void) {
    return u"gr\u00fc\u00df \U0001F600";
}

int call_binary(binary f, int a, int b) {
    return f ? f(a, b) : -1;
}
double call_point(double (*f)(struct point), double x, double y) {
    return f((struct point){x, y});
}
struct point make_point(struct point (*f)(double), double x) {
    return f(x);
}
const char *call_text(const char *(*f)(const char *), const char *text) {
    return f(text);
}
int call_many(int (*f)(int), int times) {
    int all = 0;
    for (int i = 0; i < times; i++) all += f(i);
    return all;
}
static int (*kept)(int);
void keep(int (*f)(int)) {
    kept = f;
}
int call_kept(int value) {
    return kept ? kept(value) : -1;
}
static int multiply(int a, int b) {
    return a * b;
}
binary get_binary(int which) {
    return which == 0 ? add : which == 1 ? multiply : NULL;
}
int recurse(int (*f)(int), int depth) {
    return depth ? f(depth - 1) + 1 : 0;
}
double call_types(double (*f)(signed char, unsigned char, short, unsigned short, int, unsigned, long long,
                              unsigned long long, float, double, bool, const char *, void *)) {
    return f(-1, 255, -300, 65535, -70000, 4000000000u, -5000000000, 18446744073709551615u, 1.5f, 2.5, true,
             "text", NULL);
}

static pthread_t   thread;
static _Atomic int thread_result, thread_done;
static int         thread_times;
static int (*thread_function)(int);
static void *run(void *unused) {
    (void)unused;
    for (int i = 0; i < thread_times; i++) thread_result += thread_function(i);
    thread_done = 1;
    return NULL;
}
void start_thread(int (*f)(int), int times) {
    thread_function = f, thread_times = times, thread_result = thread_done = 0;
    pthread_create(&thread, NULL, run, NULL);
}
int join_thread(void) {
    return pthread_join(thread, NULL), thread_result;
}
int is_thread_done(void) {
    return thread_done;
}
int block(int milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
    return milliseconds;
}
int call_later(int (*f)(int), int value) {
    return block(5), f(value);
}

int fail_with(int number) {
    return errno = number, -1;
}
int set_errno(int number, int result) {
    return errno = number, result;
}
int get_errno(void) {
    return errno;
}
int add_out(int a, int b, int *sum, int *difference) {
    return *sum = a + b, *difference = a - b, a * b;
}
int read_into(char *buffer, int size) {
    return memset(buffer, 'x', (size_t)size), size;
}
long total(int count, ...) {
    va_list list;
    long    all = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) all += va_arg(list, int);
    va_end(list);
    return all;
}
