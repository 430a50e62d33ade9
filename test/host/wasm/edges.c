/* SPDX-License-Identifier: MIT */
/* WASI's functions with offsets at the edge of the memory of 128 KiB. Each test gives WASI's number of the
 * error: 21 is FAULT. */
#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) int name
#define TEST(name) __attribute__((export_name(#name))) int name(void)

struct vector {
    const void *bytes;
    unsigned    size;
};

WASI(fd_write)(int, const struct vector *, unsigned, unsigned *);
WASI(args_get)(char **, char *);
WASI(random_get)(void *, unsigned);
WASI(clock_time_get)(int, long long, long long *);

static const struct vector hello = {"hello\n", 6};
static unsigned            written;

#define AT(offset) ((void *)(unsigned long)(offset))
enum { END = 131072 };

TEST(no_count) {
    return fd_write(1, &hello, 1, AT(END - 3));
}
TEST(no_vectors) {
    return fd_write(1, AT(0xfffffff8), 2, &written);
}
TEST(count_fits) {
    return fd_write(1, &hello, 1, AT(END - 4));
}

TEST(many_vectors) {
    static struct vector many[100];
    for (int i = 0; i < 100; i++) many[i] = (struct vector){"x", 1};
    return fd_write(1, many, 100, &written) ? -1 : (int)written;
}

TEST(list_past_the_end) {
    char texts[100];
    return args_get(AT(0xfffffffc), texts);
}
TEST(texts_past_the_end) {
    char *list[10];
    return args_get(list, AT(0xffffffff));
}
TEST(random_past_the_end) {
    return random_get(AT(END - 1), 2);
}
TEST(clock_past_the_end) {
    return clock_time_get(0, 0, AT(END - 7));
}
