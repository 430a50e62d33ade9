/* SPDX-License-Identifier: MIT */
/*
 * Callbacks with those who call them in the world: sorting and searching, threads, signals, walks over folders,
 * SQLite's queries and functions, zlib's allocators, OpenSSL's BIOs. The libraries are opened by name; one that
 * is not installed is skipped.
 */
#include "helper.h"

#include "callback_types.h"

#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

static ffi_context *context;
static ffi_library *libc;

static ffi_function *find(ffi_library *library, const char *prototype) {
    ffi_function *function = ffi_library_function(library, NULL, prototype);
    if (!function) printf("# %s\n", ffi_last_message()), exit(1);
    return function;
}

static ffi_callback *make(const char *signature, ffi_handler *handler, void *userdata) {
    ffi_callback *callback = ffi_callback_new(context, signature, handler, userdata);
    if (!callback) printf("# %s\n", ffi_last_message()), exit(1);
    return callback;
}

/* Calls with the arguments written where they are used. */
#define CALL(function, result, ...) ffi_invoke(function, result, (ffi_value[]){__VA_ARGS__})
#define CODE(callback)                                                                                         \
    { .ptr = ffi_callback_code(callback) }

/* ---- qsort, bsearch ---- */

enum { MILLION = 1000000 };

static int numbers[MILLION];

static void compare(void *result, const ffi_value *args, void *userdata) {
    int a = *(const int *)args[0].ptr, b = *(const int *)args[1].ptr;
    ++*(long *)userdata;
    *(int *)result = (a > b) - (a < b);
}

static void sorting(void) {
    long          calls = 0;
    const int     many  = is_slow() ? MILLION / 10 : MILLION;
    unsigned      seed  = 1;
    uint64_t      sum = 0, sorted = 0;
    ffi_function *sort = find(libc, "void qsort(void *, size_t, size_t, int (*)(const void *, const void *))");
    ffi_function *search = find(libc, "void *bsearch(const void *, const void *, size_t, size_t,"
                                      " int (*)(const void *, const void *))");
    ffi_callback *order  = make("int compare(const void *, const void *)", compare, &calls);
    for (int i = 0; i < many; i++) {
        numbers[i] = (int)(seed = seed * 1664525 + 1013904223) / 2 * 2; /* even */
        sum += (unsigned)numbers[i];
    }
    CALL(sort, NULL, {.ptr = numbers}, {.u64 = (uint64_t)many}, {.u64 = sizeof(int)}, CODE(order));
    int good = 1;
    for (int i = 0; i < many; i++) sorted += (unsigned)numbers[i], good &= !i || numbers[i - 1] <= numbers[i];
    ok(good && sum == sorted && calls > 10L * many, "qsort sorts %d ints with %ld comparisons", many, calls);

    int found = 0, missed = 0;
    for (int i = 0; i < many; i += many / 1000) {
        int there = numbers[i], not_there = numbers[i] + 1, *place;
        CALL(search, &place, {.ptr = &there}, {.ptr = numbers}, {.u64 = (uint64_t)many}, {.u64 = sizeof(int)},
             CODE(order));
        found += place && *place == there;
        CALL(search, &place, {.ptr = &not_there}, {.ptr = numbers}, {.u64 = (uint64_t)many},
             {.u64 = sizeof(int)}, CODE(order));
        missed += !place;
    }
    ok(found == 1000 && missed == 1000, "bsearch finds what is there: %d, and not what is not: %d", found,
       missed);
}

/* ---- threads and signals ---- */

static pthread_t ran_on;

static void on_thread(void *result, const ffi_value *args, void *userdata) {
    ran_on           = pthread_self();
    *(void **)result = (char *)args[0].ptr + *(int *)userdata;
}

static void threads(void) {
    int           step = 3;
    char          here[8];
    ffi_callback *start = make("void *start(void *)", on_thread, &step);
    ffi_function *create =
        find(libc, "int pthread_create(unsigned long *, const void *, void *(*)(void *), void *)");
    ffi_function *join   = find(libc, "int pthread_join(unsigned long, void **)");
    unsigned long thread = 0;
    int           status = -1;
    void         *got    = NULL;
    CALL(create, &status, {.ptr = &thread}, {.ptr = NULL}, CODE(start), {.ptr = here});
    if (!ok(status == 0, "pthread_create starts a callback")) return;
    CALL(join, &status, {.u64 = thread}, {.ptr = &got});
    ok(got == here + 3 && (unsigned long)ran_on == thread,
       "the thread runs the handler and ends with its result");
}

static volatile sig_atomic_t signals, last_signal;

static void on_signal(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)userdata;
    signals++;
    last_signal = args[0].i32;
}

static void signalling(void) {
    ffi_callback *handler = make("void on_signal(int)", on_signal, NULL);
    ffi_function *install = find(libc, "void (*signal(int, void (*)(int)))(int)");
    void         *old     = NULL;
    CALL(install, &old, {.i32 = SIGUSR1}, CODE(handler));
    ok(old != (void *)(intptr_t)-1, "signal installs a callback");
    for (int i = 0; i < 1000; i++) raise(SIGUSR1);
    ok(signals == 1000 && last_signal == SIGUSR1, "the handler runs for each of %d signals", (int)signals);
    CALL(install, &old, {.i32 = SIGUSR1}, {.ptr = NULL});
    ok(old == ffi_callback_code(handler), "signal returns the callback's address");
}

/* ---- walks over a folder ---- */

struct walk {
    int  files, folders, level;
    long bytes;
};

static void visit(void *result, const ffi_value *args, void *userdata) {
    struct walk       *walk = userdata;
    const struct stat *stat = args[1].ptr;
    if (args[2].i32 == FTW_F) walk->files++, walk->bytes += (long)stat->st_size;
    if (args[2].i32 == FTW_D) walk->folders++;
    *(int *)result = 0;
}

static void visit_and_remove(void *result, const ffi_value *args, void *userdata) {
    struct walk      *walk  = userdata;
    const struct FTW *place = args[3].ptr;
    if (args[2].i32 == FTW_DP) walk->folders++;
    if (args[2].i32 == FTW_F) walk->files++;
    if (place->level > walk->level) walk->level = place->level;
    *(int *)result = remove(args[0].str);
}

static void fill_folder(const char *root) {
    char path[4200];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/folder%d", root, i);
        if (mkdir(path, 0700)) perror(path), exit(1);
        for (int k = 0; k < 5; k++) {
            snprintf(path, sizeof path, "%s/folder%d/file%d", root, i, k);
            FILE *file = fopen(path, "w");
            if (!file) perror(path), exit(1);
            fprintf(file, "%0*d", 10 * (k + 1), 0);
            fclose(file);
        }
    }
}

static void walks(void) {
    int           status = -1;
    struct walk   walk = {0}, deep = {0};
    const char   *root = temporary_folder();
    ffi_function *ftw_ = find(libc, "int ftw(const char *, int (*)(const char *, const void *, int), int)");
    ffi_function *nftw_ =
        find(libc, "int nftw(const char *, int (*)(const char *, const void *, int, void *), int, int)");
    ffi_callback *seen = make("int seen(const char *, const void *, int)", visit, &walk);
    ffi_callback *removed =
        make("int removed(const char *, const void *, int, void *)", visit_and_remove, &deep);
    fill_folder(root);
    CALL(ftw_, &status, {.str = root}, CODE(seen), {.i32 = 8});
    ok(status == 0 && walk.files == 20 && walk.folders == 5 && walk.bytes == 600,
       "ftw calls back for %d files and %d folders of %ld bytes", walk.files, walk.folders, walk.bytes);
    CALL(nftw_, &status, {.str = root}, CODE(removed), {.i32 = 8}, {.i32 = FTW_DEPTH | FTW_PHYS});
    ok(status == 0 && deep.files == 20 && deep.folders == 5 && deep.level == 2 && access(root, F_OK) != 0,
       "nftw from below, with a handler that removes: %d files, %d folders", deep.files, deep.folders);
}

/* ---- SQLite ---- */

static void take_row(void *result, const ffi_value *args, void *userdata) {
    char **columns = args[2].ptr, **names = args[3].ptr;
    char  *text = userdata;
    for (int i = 0; i < args[1].i32; i++)
        sprintf(text + strlen(text), "%s%s=%s", i ? "," : "", names[i], columns[i] ? columns[i] : "NULL");
    strcat(text, ";");
    *(int *)result = strlen(text) > 150; /* no more */
}

static ffi_function *value_double, *result_double, *result_error;

/* square(a, b) is their squares' sum, an error if a is negative. */
static void sum_squares(void *result, const ffi_value *args, void *userdata) {
    void **values = args[2].ptr;
    double sides[2];
    (void)result, ++*(int *)userdata;
    for (int i = 0; i < 2; i++) CALL(value_double, &sides[i], {.ptr = values[i]});
    if (args[1].i32 != 2 || sides[0] < 0)
        CALL(result_error, NULL, {.ptr = args[0].ptr}, {.str = "a negative side"}, {.i32 = -1});
    else CALL(result_double, NULL, {.ptr = args[0].ptr}, {.f64 = sides[0] * sides[0] + sides[1] * sides[1]});
}

static void run_sql(ffi_function *exec, void *database, ffi_callback *row, char *text) {
    static const char *const queries[] = {
        "CREATE TABLE side (a REAL, b REAL); INSERT INTO side VALUES (3, 4), (5, 12), (0, 0.5);",
        "SELECT square(a, b) AS c, a FROM side WHERE square(a, b) > 1 ORDER BY 1 DESC", "SELECT square(-1, 2)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " SELECT sum(square(i, 0)) AS s FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n"};
    static const struct {
        int         status;
        const char *text, *error;
    } wanted[] = {{0, "", NULL},
                  {0, "c=169.0,a=5.0;c=25.0,a=3.0;", NULL},
                  {1, "", "a negative side"},
                  {0, "s=333833500.0;", NULL},
                  {4, NULL, "query aborted"}}; /* SQLITE_ABORT: the handler wants no more */
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        int   status = -1;
        char *error  = NULL;
        *text        = 0;
        CALL(exec, &status, {.ptr = database}, {.str = queries[i]}, CODE(row), {.ptr = text}, {.ptr = &error});
        ok(status == wanted[i].status && (!wanted[i].text || !strcmp(text, wanted[i].text)) &&
               (error && wanted[i].error ? !strcmp(error, wanted[i].error) : error == wanted[i].error),
           "sqlite3_exec %zu: %d %.60s %s", i, status, text, error ? error : "");
    }
}

static void sqlite(void) {
    ffi_library *library = ffi_library_open(context, "sqlite3", 0);
    if (!library) {
        skip_one("SQLite is not installed");
        return;
    }
    char          text[400] = "";
    int           status = -1, called = 0;
    void         *database = NULL;
    ffi_function *open_    = find(library, "int sqlite3_open(const char *, void **)");
    ffi_function *close_   = find(library, "int sqlite3_close(void *)");
    ffi_function *exec =
        find(library, "int sqlite3_exec(void *, const char *, int (*)(void *, int, char **, char **),"
                      " void *, char **)");
    ffi_function *create = find(library, "int sqlite3_create_function(void *, const char *, int, int, void *,"
                                         " void (*)(void *, int, void **), void (*)(void *, int, void **),"
                                         " void (*)(void *))");
    value_double         = find(library, "double sqlite3_value_double(void *)");
    result_double        = find(library, "void sqlite3_result_double(void *, double)");
    result_error         = find(library, "void sqlite3_result_error(void *, const char *, int)");
    ffi_callback *row    = make("int row(void *, int, char **, char **)", take_row, text);
    ffi_callback *square = make("void square(void *, int, void **)", sum_squares, &called);
    CALL(open_, &status, {.str = ":memory:"}, {.ptr = &database});
    CALL(create, &status, {.ptr = database}, {.str = "square"}, {.i32 = 2}, {.i32 = 1}, {.ptr = NULL},
         CODE(square), {.ptr = NULL}, {.ptr = NULL});
    ok(status == 0, "sqlite3_create_function takes a callback");
    run_sql(exec, database, row, text);
    ok(called > 1000, "the SQL function was called %d times", called);
    CALL(close_, &status, {.ptr = database});
    ok(status == 0, "sqlite3_close");
}

/* ---- zlib ---- */

struct z_stream {
    const void   *next_in;
    unsigned      avail_in;
    unsigned long total_in;
    void         *next_out;
    unsigned      avail_out;
    unsigned long total_out;
    const char   *message;
    void         *state, *zalloc, *zfree, *opaque;
    int           data_type;
    unsigned long adler, reserved;
};

struct heap {
    int    blocks, made, refuse;
    size_t bytes;
};

static void z_allocate(void *result, const ffi_value *args, void *userdata) {
    struct heap *heap = userdata;
    if (args[0].ptr != heap || heap->refuse) return; /* NULL */
    heap->blocks++, heap->made++;
    heap->bytes += (size_t)args[1].u32 * args[2].u32;
    *(void **)result = calloc(args[1].u32, args[2].u32);
}

static void z_free(void *result, const ffi_value *args, void *userdata) {
    (void)result;
    ((struct heap *)userdata)->blocks--;
    free(args[1].ptr);
}

static void zlib(void) {
    ffi_library *library = ffi_library_open(context, "z", 0);
    if (!library) {
        skip_one("zlib is not installed");
        return;
    }
    enum { SIZE = 60000, Z_FINISH = 4, Z_STREAM_END = 1, Z_MEM_ERROR = -4 };
    static char     text[SIZE], packed[SIZE];
    int             status = -99;
    char           *version;
    struct heap     heap   = {0};
    ffi_function   *begin  = find(library, "int deflateInit_(void *, int, const char *, int)");
    ffi_function   *work   = find(library, "int deflate(void *, int)");
    ffi_function   *finish = find(library, "int deflateEnd(void *)");
    ffi_callback   *zalloc = make("void *zalloc(void *, unsigned, unsigned)", z_allocate, &heap);
    ffi_callback   *zfree  = make("void zfree(void *, void *)", z_free, &heap);
    struct z_stream stream = {.next_in   = text,
                              .avail_in  = SIZE,
                              .next_out  = packed,
                              .avail_out = SIZE,
                              .zalloc    = ffi_callback_code(zalloc),
                              .zfree     = ffi_callback_code(zfree),
                              .opaque    = &heap};
    for (int i = 0; i < SIZE; i++) text[i] = "callbacks from zlib "[i % 20];
    CALL(find(library, "const char *zlibVersion(void)"), &version, {.ptr = NULL});
    CALL(begin, &status, {.ptr = &stream}, {.i32 = 6}, {.str = version}, {.i32 = sizeof stream});
    ok(status == 0 && heap.blocks > 1 && heap.bytes > 100000, "deflateInit takes %d blocks, %zu bytes",
       heap.blocks, heap.bytes);
    CALL(work, &status, {.ptr = &stream}, {.i32 = Z_FINISH});
    ok(status == Z_STREAM_END && stream.total_out < 1000, "deflate makes %lu bytes of %d", stream.total_out,
       SIZE);
    CALL(finish, &status, {.ptr = &stream});
    ok(status == 0 && heap.blocks == 0 && heap.made > 1, "deflateEnd gives all of them back");
    heap.refuse = 1;
    CALL(begin, &status, {.ptr = &stream}, {.i32 = 6}, {.str = version}, {.i32 = sizeof stream});
    ok(status == Z_MEM_ERROR && heap.blocks == 0, "refused, it says so");
}

/* ---- OpenSSL ---- */

struct bio_log {
    int  calls, freed;
    char text[300];
};

/* Eight arguments, two of them on the stack; a call before each operation and one after it. */
static void watch(void *result, const ffi_value *args, void *userdata) {
    enum { FREE = 1, READ = 2, WRITE = 3, RETURN = 0x80 };
    struct bio_log *log       = userdata;
    const size_t   *processed = args[7].ptr;
    int             operation = args[1].i32;
    log->calls++;
    log->freed += operation == FREE;
    if (operation == (WRITE | RETURN))
        sprintf(log->text + strlen(log->text), "write %.*s %zu/%zu ", (int)args[3].u64, args[2].str, *processed,
                (size_t)args[3].u64);
    if (operation == (READ | RETURN))
        sprintf(log->text + strlen(log->text), "read %.*s ", (int)*processed, args[2].str);
    *(long *)result = args[6].i32;
}

static void openssl(void) {
    ffi_library *library = ffi_library_open(context, "crypto", 0);
    if (!library || !ffi_library_symbol(library, "BIO_set_callback_ex")) {
        skip_one("OpenSSL's libcrypto is not installed, or too old");
        return;
    }
    struct bio_log log = {0};
    void          *kind, *bio = NULL;
    int            status   = 0;
    char           out[8]   = "";
    ffi_callback  *callback = make(
         "long watch(void *bio, int operation, const char *, size_t, int, long, int, size_t *)", watch, &log);
    CALL(find(library, "void *BIO_s_mem(void)"), &kind, {.ptr = NULL});
    CALL(find(library, "void *BIO_new(void *)"), &bio, {.ptr = kind});
    CALL(find(library, "void BIO_set_callback_ex(void *, void *)"), NULL, {.ptr = bio}, CODE(callback));
    CALL(find(library, "int BIO_write(void *, const void *, int)"), &status, {.ptr = bio},
         {.str = "hello, bio"}, {.i32 = 10});
    ok(status == 10, "BIO_write");
    CALL(find(library, "int BIO_read(void *, void *, int)"), &status, {.ptr = bio}, {.ptr = out}, {.i32 = 5});
    ok(status == 5 && !strcmp(out, "hello"), "BIO_read");
    is_text(log.text, "write hello, bio 10/10 read hello ", "the callback sees both, with what they did");
    CALL(find(library, "int BIO_free(void *)"), &status, {.ptr = bio});
    ok(status == 1 && log.freed == 1 && log.calls >= 5, "the callback sees the end, in %d calls", log.calls);
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    sorting();
    threads();
    signalling();
    walks();
    sqlite();
    zlib();
    openssl();
    ffi_context_free(context);
    return done();
}
