/* SPDX-License-Identifier: MIT */
/* WASI's functions: with offsets at the edge of the memory of 128 KiB, where each test gives WASI's number of the error,
 * 21 for FAULT; what they tell of the standard streams; waiting. */
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

WASI(fd_close)(int);
WASI(fd_sync)(int);
WASI(fd_pread)(int, const struct vector *, unsigned, long long, unsigned *);
WASI(fd_fdstat_get)(int, void *);
WASI(fd_filestat_get)(int, void *);
WASI(fd_seek)(int, long long, int, long long *);
WASI(fd_tell)(int, long long *);
WASI(poll_oneoff)(const void *, void *, unsigned, unsigned *);

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

TEST(empty_vectors) {
    static struct vector many[100];
    many[99] = hello;
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

/* ---- the standard streams ---- */

/* Its type and whether it can seek, from fd_fdstat_get. */
static int kind_of(int stream) {
    unsigned long long stat[3];
    if (fd_fdstat_get(stream, stat)) return -1;
    return (int)(stat[0] & 0xff) * 10 + ((stat[1] & 0x24) == 0x24);
}

TEST(input_kind) {
    return kind_of(0);
}
TEST(output_kind) {
    return kind_of(1);
}
TEST(no_kind) {
    return kind_of(3);
}
/* Whether it can be read and written, its flags, and the rights for what a folder opens. */
static int rights_of(int stream) {
    unsigned long long stat[3];
    if (fd_fdstat_get(stream, stat)) return -1;
    return (int)((stat[1] >> 1 & 1) * 1000 + (stat[1] >> 6 & 1) * 100 + (stat[0] >> 16 & 0xffff) * 10 +
                 !!stat[2]);
}
TEST(input_rights) {
    return rights_of(0);
}
TEST(output_rights) {
    return rights_of(1);
}

TEST(sync_output) {
    return fd_sync(1);
}
TEST(sync_nothing) {
    return fd_sync(3);
}
TEST(read_at) {
    return fd_pread(0, &hello, 1, 0, &written) * 100 + fd_pread(3, &hello, 1, 0, &written);
}
/* 8 in each bit: BADF. */
TEST(closed) {
    long long          at;
    unsigned long long stat[8];
    int                good = fd_close(1);
    good |= (fd_close(1) == 8) << 0;
    good |= (fd_write(1, &hello, 1, &written) == 8) << 1;
    good |= (fd_fdstat_get(1, stat) == 8) << 2;
    good |= (fd_filestat_get(1, stat) == 8) << 3;
    good |= (fd_seek(1, 0, 0, &at) == 8) << 4;
    good |= (fd_sync(1) == 8) << 5;
    good |= (fd_write(2, &hello, 1, &written) == 0) << 6;
    return good;
}
TEST(stat_past_the_end) {
    return fd_filestat_get(0, AT(END - 63));
}
TEST(input_size) {
    unsigned long long stat[8];
    return fd_filestat_get(0, stat) ? -1 : (int)(stat[2] * 1000 + stat[4]);
}
TEST(seek_input) {
    long long at = -1, now = -1;
    return fd_seek(0, -2, 2, &at) ?: fd_tell(0, &now) ?: (int)(at * 100 + now);
}
TEST(seek_nowhere) {
    long long at;
    return fd_seek(0, -1, 0, &at);
}
TEST(seek_from_nowhere) {
    long long at;
    return fd_seek(0, 0, 3, &at);
}

/* ---- waiting ---- */

struct subscription {
    unsigned long long user, type;
    unsigned           what;
    unsigned long long timeout, precision;
    unsigned short     flags;
};
struct event {
    unsigned long long user;
    unsigned short     error;
    unsigned char      type;
    unsigned long long bytes;
    unsigned short     flags;
};
enum { CLOCK, READ, WRITE };

static struct event events[65];
static unsigned     count;

static const struct subscription hour = {1, CLOCK, 1, 3600000000000, 0, 0}, soon = {2, CLOCK, 1, 2000000, 0, 0};

TEST(wait_for_nothing) {
    return poll_oneoff(&hour, events, 0, &count);
}
TEST(wait_for_many) {
    static struct subscription many[65];
    return poll_oneoff(many, events, 65, &count) ?: (int)count;
}
TEST(wait_past_the_end) {
    return poll_oneoff(AT(END - 47), events, 1, &count);
}
TEST(events_past_the_end) {
    return poll_oneoff(&soon, AT(END - 31), 1, &count);
}

/* The first event of two subscriptions, as its number, error and type; 0 if the count is not 1. */
static int first(struct subscription a, struct subscription b) {
    struct subscription both[] = {a, b};
    if (poll_oneoff(both, events, 2, &count) || count != 1) return 0;
    return (int)events->user * 1000 + events->error * 10 + events->type;
}

TEST(wait_for_the_first) {
    return first(hour, soon);
}
TEST(wait_for_output) {
    return first((struct subscription){3, WRITE, 1, 0, 0, 0}, hour);
}
/* An output that is ready is none for a reader. */
TEST(wait_for_two_of_one) {
    return first((struct subscription){9, READ, 1, 0, 0, 0}, (struct subscription){10, WRITE, 1, 0, 0, 0});
}
TEST(wait_for_no_stream) {
    return first((struct subscription){4, READ, 9, 0, 0, 0}, soon);
}
TEST(wait_for_no_clock) {
    return first(hour, (struct subscription){5, CLOCK, 7, 0, 0, 0});
}
TEST(wait_for_no_type) {
    return first(soon, (struct subscription){6, 3, 0, 0, 0, 0});
}
TEST(wait_for_what_is_closed) {
    return fd_close(1) ?: first((struct subscription){8, WRITE, 1, 0, 0, 0}, hour);
}
/* Signals of the process do not end it. */
TEST(wait_long) {
    struct subscription while_signals = soon;
    while_signals.timeout             = 400000000;
    return fd_write(1, &hello, 1, &written) ?: first(while_signals, hour);
}
TEST(wait_an_hour) {
    return poll_oneoff(&hour, events, 1, &count);
}
TEST(wait_until) {
    long long before, after;
    clock_time_get(1, 0, &before);
    int found = first((struct subscription){7, CLOCK, 1, (unsigned long long)before + 2000000, 0, 1}, hour);
    clock_time_get(1, 0, &after);
    return after - before >= 2000000 ? found : -1;
}
