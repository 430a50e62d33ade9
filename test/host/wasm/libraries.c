/* SPDX-License-Identifier: MIT */
/* A module that imports functions of SQLite and zlib, and records whose layout wasi-libc has in its own way. */
#include <sys/stat.h>
#include <time.h>

#define IMPORT(library, name) __attribute__((import_module(library), import_name(#name)))
#define EXPORT(name)          __attribute__((export_name(#name)))

typedef struct sqlite3      sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

IMPORT("sqlite3", sqlite3_open) int sqlite3_open(const char *, sqlite3 **);
IMPORT("sqlite3", sqlite3_close) int sqlite3_close(sqlite3 *);
IMPORT("sqlite3", sqlite3_exec) int sqlite3_exec(sqlite3 *, const char *, void *, void *, char **);
IMPORT("sqlite3", sqlite3_prepare_v2)
int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
IMPORT("sqlite3", sqlite3_step) int sqlite3_step(sqlite3_stmt *);
IMPORT("sqlite3", sqlite3_column_int) int sqlite3_column_int(sqlite3_stmt *, int);
IMPORT("sqlite3", sqlite3_column_text) void *sqlite3_column_text(sqlite3_stmt *, int);
IMPORT("sqlite3", sqlite3_finalize) int sqlite3_finalize(sqlite3_stmt *);
IMPORT("z", crc32) unsigned long crc32(unsigned long, const void *, unsigned);
IMPORT("c", stat) int native_stat(const char *, struct stat *);
IMPORT("c", timespec_get) int native_timespec_get(struct timespec *, int);
IMPORT("c", getenv) char *native_getenv(const char *);
IMPORT("c", fgets) char *native_fgets(char *, int, void *);
IMPORT("ffi", length) int length(void *);
IMPORT("ffi", read) void read_native(void *, int, void *, int);
IMPORT("ffi", variable) void *variable(const char *, const char *);

/* The pointers that SQLite stores in `db` and `query` become handles. */
EXPORT(query) int query(int column) {
    sqlite3      *db;
    sqlite3_stmt *query;
    const char   *rest;
    static char   sql[] = "select sum(n), 'text' from t; rest", text[8];
    if (sqlite3_open(":memory:", &db)) return -1;
    if (sqlite3_exec(db, "create table t(n); insert into t values (40), (2)", 0, 0, 0)) return -2;
    if (sqlite3_prepare_v2(db, sql, -1, &query, &rest) || sqlite3_step(query) != 100) return -3;
    int   number = sqlite3_column_int(query, 0);
    void *found  = sqlite3_column_text(query, 1);
    read_native(found, 0, text, length(found) + 1);
    if (sqlite3_finalize(query) || sqlite3_close(db)) return -4;
    return column == 0 ? number : column == 1 ? text[3] : rest - sql;
}

EXPORT(checksum) unsigned checksum(void) {
    return crc32(0, "123456789", 9);
}

/* The text is a handle, of the environment's. */
EXPORT(status) int status(int what) {
    struct stat status;
    if (native_stat(native_getenv("FFI_FILE"), &status)) return -1;
    return what == 0 ? (int)status.st_size : what == 1 ? (int)status.st_mtim.tv_sec : S_ISREG(status.st_mode);
}

EXPORT(now) int now(void) {
    struct timespec time = {0, -1};
    return native_timespec_get(&time, 1) == 1 && time.tv_sec > 1700000000 && time.tv_nsec >= 0 &&
           time.tv_nsec < 1000000000;
}

EXPORT(line) int line(void) {
    char text[16];
    return native_fgets(text, sizeof text, variable("c", "stdin")) == text ? text[1] : -1;
}

EXPORT(read_too_much) void read_too_much(int size) {
    read_native(native_getenv("FFI_FILE"), 0, (void *)64, size);
}
