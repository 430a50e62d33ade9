/* SPDX-License-Identifier: MIT */
/* A module that imports functions of the C library and of libm, of every way that values take. */
#define IMPORT(library, name) __attribute__((import_module(library), import_name(name)))

struct tm {
    int         tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst, __tm_gmtoff;
    const char *__tm_zone;
    int         __tm_nsec;
};
typedef struct {
    int quot, rem;
} div_t;

IMPORT("c", "abs") int abs(int);
IMPORT("c", "labs") long labs(long);
IMPORT("c", "llabs") long long llabs(long long);
IMPORT("c", "strlen") unsigned long strlen(const char *);
IMPORT("c", "printf") int printf(const char *, ...);
IMPORT("c", "sscanf") int sscanf(const char *, const char *, ...);
IMPORT("c", "snprintf") int snprintf(char *, unsigned long, const char *, ...);
IMPORT("c", "qsort") void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));
IMPORT("c", "bsearch")
void *bsearch(const void *, const void *, unsigned long, unsigned long, int (*)(const void *, const void *));
IMPORT("c", "getenv") char *getenv(const char *);
IMPORT("c", "div") div_t div(int, int);
IMPORT("c", "gmtime_r") struct tm *gmtime_r(const long long *, struct tm *);
IMPORT("c", "timegm") long long timegm(struct tm *);
IMPORT("c", "strtol") long strtol(const char *, char **, int);
IMPORT("c", "strchr") char *strchr(const char *, int);
IMPORT("c", "fputs") int fputs(const char *, void *);
IMPORT("c", "fflush") int fflush(void *);
IMPORT("c", "remove") int remove(const char *);
IMPORT("m", "sqrt") double sqrt(double);
IMPORT("m", "fabsf") float fabsf(float);
IMPORT("m", "modf") double modf(double, double *);
IMPORT("ffi", "length") int length(char *);
IMPORT("ffi", "read") void read_native(char *, int, void *, int);
IMPORT("ffi", "drop") void drop(void *);
IMPORT("ffi", "errno") int host_errno(void);
IMPORT("ffi", "variable") void *variable(const char *, const char *);

static int ascending(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static int trapping(const void *a, const void *b) {
    (void)a, (void)b;
    __builtin_trap();
}

static int measuring(const void *a, const void *b) {
    (void)a, (void)b;
    return (int)strlen((const char *)-4);
}

static int growing(const void *a, const void *b) {
    __builtin_wasm_memory_grow(0, 100);
    return ascending(a, b);
}

static int numbers[10] = {9, 3, 5, 1, 0, 2, 8, 7, 6, 4};

__attribute__((export_name("sort_trapping"))) void sort_trapping(void) {
    qsort(numbers, 10, 4, trapping);
}

__attribute__((export_name("sort_measuring"))) void sort_measuring(void) {
    qsort(numbers, 10, 4, measuring);
}

__attribute__((export_name("sort_growing"))) void sort_growing(void) {
    qsort(numbers, 10, 4, growing);
}

__attribute__((export_name("sort_nothing"))) void sort_nothing(int index) {
    qsort(numbers, 10, 4, (int (*)(const void *, const void *))index);
}

__attribute__((export_name("length_at"))) int length_at(int offset) {
    return (int)strlen((const char *)offset);
}

__attribute__((export_name("drop_at"))) void drop_at(int handle) {
    drop((void *)handle);
}

__attribute__((export_name("modf_at"))) double modf_at(int offset) {
    return modf(2.5, (double *)offset);
}

__attribute__((export_name("long_of"))) int long_of(int offset) {
    (void)offset;
    return (int)strtol("5000000000", 0, 10);
}

__attribute__((export_name("dropped"))) int dropped(void) {
    char *home = getenv("HOME");
    drop(home);
    return length(home);
}

__attribute__((export_name("twice"))) int twice(void) {
    return getenv("HOME") == getenv("HOME");
}

__attribute__((export_name("deeper"))) int deeper(const void *a, const void *b) {
    int pair[2] = {2, 1};
    (void)a, (void)b;
    qsort(pair, 2, 4, deeper);
    return 0;
}

int main(void) {
    char text[64];
    qsort(numbers, 10, 4, ascending);
    printf("abs %d labs %ld llabs %lld sqrt %f fabsf %g strlen %u %s\n", abs(-42), labs(-7), llabs(-5000000000),
           sqrt(2), fabsf(-1.5f), (unsigned)strlen("12345"), "text");
    for (int i = 0; i < 10; i++) printf("%d ", numbers[i]);
    int key = 7, *found = bsearch(&key, numbers, 10, 4, ascending);
    printf("found at %d\n", (int)(found - numbers));

    char *home = getenv("HOME");
    read_native(home, 0, text, length(home) + 1);
    printf("%s %s %d\n", home, text, getenv("FFI_NOT_THERE") == 0);

    int    a = 0;
    double d = 0, whole;
    long   l = 0;
    printf("%d: ", sscanf("17 2.5 -6", "%d %lf %ld", &a, &d, &l));
    printf("%d %g %ld\n", a, d, l);
    printf("%d %s\n", snprintf(text, sizeof text, "%c%5.2f%%%s", 'x', 3.14159, "!"), text);
    printf("modf %g %g\n", modf(3.25, &whole), whole);

    div_t q = div(17, 5);
    printf("div %d %d\n", q.quot, q.rem);
    long long time = 1000000000;
    struct tm tm;
    printf("same %d ", gmtime_r(&time, &tm) == &tm);
    printf("%d-%02d-%02d %s %lld\n", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.__tm_zone, timegm(&tm));
    const char *words = "one two";
    printf("strchr %d\n", (int)(strchr(words, ' ') - words));
    printf("remove %d errno %d\n", remove("/ffi/not/there"), host_errno());
    fflush(0);
    fputs("to stdout\n", variable("c", "stdout"));
    return 9;
}
