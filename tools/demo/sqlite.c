/* SPDX-License-Identifier: MIT */
/*
 * SQLite: a database opened, filled and queried, with an SQL function from here. The library knows nothing of
 * its types: `struct sqlite3 *` is a pointer to a structure that stays unknown, as in C.
 */
#include "demo.h"

#include <stdio.h>
#include <string.h>

enum { SQLITE_OK = 0, SQLITE_ROW = 100, SQLITE_DONE = 101 };

static ffi_function *open_database, *close_database, *prepare, *reset, *step, *finalize;
static ffi_function *bind_text, *bind_double, *bind_int64;
static ffi_function *execute, *create_function, *value_double, *result_double;
static ffi_function *column_count, *column_text, *column_double, *column_int64;

#define STATEMENT "struct sqlite3_stmt *"

static ffi_binding bindings[] = {
    {.signature = "int sqlite3_open(const char *file, struct sqlite3 **)", .function = &open_database},
    {.signature = "int sqlite3_close(struct sqlite3 *)", .function = &close_database},
    {.signature = "int sqlite3_prepare_v2(struct sqlite3 *, const char *sql, int size, "
                  "struct sqlite3_stmt **, const char **tail)",
     .function  = &prepare},
    {.signature = "int sqlite3_reset(" STATEMENT ")", .function = &reset},
    {.signature = "int sqlite3_step(" STATEMENT ")", .function = &step},
    {.signature = "int sqlite3_finalize(" STATEMENT ")", .function = &finalize},
    {.signature = "int sqlite3_bind_text(" STATEMENT ", int, const char *, int, void (*)(void *))",
     .function  = &bind_text},
    {.signature = "int sqlite3_bind_double(" STATEMENT ", int, double)", .function = &bind_double},
    {.signature = "int sqlite3_bind_int64(" STATEMENT ", int, int64_t)", .function = &bind_int64},
    {.signature = "int sqlite3_exec(struct sqlite3 *, const char *sql, "
                  "int (*row)(void *, int, char **, char **), void *, char **error)",
     .function  = &execute},
    {.signature = "int sqlite3_create_function(struct sqlite3 *, const char *name, int arguments, int, void *, "
                  "void *function, void *step, void *final)",
     .function  = &create_function},
    {.signature = "double sqlite3_value_double(void *)", .function = &value_double},
    {.signature = "void sqlite3_result_double(void *, double)", .function = &result_double},
    {.signature = "int sqlite3_column_count(" STATEMENT ")", .function = &column_count},
    {.signature = "const char *sqlite3_column_text(" STATEMENT ", int)", .function = &column_text},
    {.signature = "double sqlite3_column_double(" STATEMENT ", int)", .function = &column_double},
    {.signature = "int64_t sqlite3_column_int64(" STATEMENT ", int)", .function = &column_int64},
};

static const struct planet {
    const char *name;
    double      radius; /* mean, km */
    int64_t     moons;
} planets[] = {{"Earth", 6371.0084, 1}, {"Mars", 3389.5, 2}, {"Neptune", 24622, 16}};

enum { PLANETS = sizeof planets / sizeof *planets };

/* ---- calls that give a status ---- */

static int status_of(const ffi_function *function, const ffi_value *args) {
    int status;
    ffi_invoke(function, &status, args);
    return status;
}

#define call(function, ...) status_of(function, (ffi_value[]){__VA_ARGS__})

static const char *status_name(int status) {
    static char other[16];
    switch (status) {
    case SQLITE_OK: return "SQLITE_OK";
    case SQLITE_ROW: return "SQLITE_ROW";
    case SQLITE_DONE: return "SQLITE_DONE";
    }
    snprintf(other, sizeof other, "%d", status);
    return other;
}

#define show_status(got, wanted, ...) show_word(status_name(got), #wanted, __VA_ARGS__)

/* The statement of some SQL, NULL if it does not compile. */
static void *statement_of(void *database, const char *sql) {
    void *statement = NULL;
    int   status =
        call(prepare, {.ptr = database}, {.str = sql}, {.i32 = -1}, {.ptr = &statement}, {.ptr = NULL});
    show_status(status, SQLITE_OK, "sqlite3_prepare_v2(\"%.40s%s\")", sql, strlen(sql) > 40 ? "..." : "");
    return statement;
}

/* ---- the database ---- */

static void create(void *database) {
    void *statement = statement_of(database, "CREATE TABLE planet (name TEXT, radius REAL, moons INTEGER)");
    show_status(call(step, {.ptr = statement}), SQLITE_DONE, "sqlite3_step(statement)");
    show_status(call(finalize, {.ptr = statement}), SQLITE_OK, "sqlite3_finalize(statement)");
}

static void fill(void *database) {
    void *insert = statement_of(database, "INSERT INTO planet VALUES (?, ?, ?)");
    for (const struct planet *planet = planets; planet < planets + PLANETS; planet++) {
        int status =
            call(bind_text, {.ptr = insert}, {.i32 = 1}, {.str = planet->name}, {.i32 = -1}, {.ptr = NULL});
        show_status(status, SQLITE_OK, "sqlite3_bind_text(insert, 1, \"%s\", -1, SQLITE_STATIC)", planet->name);
        status = call(bind_double, {.ptr = insert}, {.i32 = 2}, {.f64 = planet->radius});
        show_status(status, SQLITE_OK, "sqlite3_bind_double(insert, 2, %.9g)", planet->radius);
        status = call(bind_int64, {.ptr = insert}, {.i32 = 3}, {.i64 = planet->moons});
        show_status(status, SQLITE_OK, "sqlite3_bind_int64(insert, 3, %lld)", (long long)planet->moons);
        show_status(call(step, {.ptr = insert}), SQLITE_DONE, "sqlite3_step(insert)");
        show_status(call(reset, {.ptr = insert}), SQLITE_OK, "sqlite3_reset(insert)");
    }
    show_status(call(finalize, {.ptr = insert}), SQLITE_OK, "sqlite3_finalize(insert)");
}

/* One row of the query: name, radius, moons. */
static void show_row(void *query, const struct planet *planet) {
    const char *name;
    double      radius;
    int64_t     moons;
    show_status(call(step, {.ptr = query}), SQLITE_ROW, "sqlite3_step(query)");
    invoke(column_text, &name, {.ptr = query}, {.i32 = 0});
    show_text(name, planet->name, "sqlite3_column_text(query, 0)");
    invoke(column_double, &radius, {.ptr = query}, {.i32 = 1});
    show_number(radius, planet->radius, "sqlite3_column_double(query, 1)");
    invoke(column_int64, &moons, {.ptr = query}, {.i32 = 2});
    show_integer(moons, planet->moons, "sqlite3_column_int64(query, 2)");
}

static void query_moons(void *database) {
    void *query = statement_of(database, "SELECT * FROM planet WHERE moons > ? ORDER BY moons DESC");
    show_integer(call(column_count, {.ptr = query}), 3, "sqlite3_column_count(query)");
    int status = call(bind_int64, {.ptr = query}, {.i32 = 1}, {.i64 = 1});
    show_status(status, SQLITE_OK, "sqlite3_bind_int64(query, 1, 1)");
    show_row(query, &planets[2]);
    show_row(query, &planets[1]);
    show_status(call(step, {.ptr = query}), SQLITE_DONE, "sqlite3_step(query)");
    show_status(call(finalize, {.ptr = query}), SQLITE_OK, "sqlite3_finalize(query)");
}

/* ---- what the database calls ---- */

static void append_row(void *result, const ffi_value *args, void *userdata) {
    char **values = args[2].ptr, *text = userdata;
    *(int *)result = 0;
    for (int i = 0; i < args[1].i32; i++) sprintf(text + strlen(text), "%.20s ", values[i]);
}

/* The volume of a planet in volumes of the Earth. */
static void volume(void *result, const ffi_value *args, void *userdata) {
    void **values = args[2].ptr;
    double ratio  = 0;
    (void)result, (void)userdata;
    invoke(value_double, &ratio, {.ptr = values[0]});
    ratio /= planets[0].radius;
    invoke(result_double, NULL, {.ptr = args[0].ptr}, {.f64 = ratio * ratio * ratio});
}

static void call_back(void *database) {
    const char *sql       = "SELECT name, round(volume(radius), 2) FROM planet ORDER BY 2";
    char        text[200] = "";
    void       *function  = callback("void (void *, int, void **)", volume, NULL);
    void       *row       = callback("int (void *, int, char **, char **)", append_row, text);
    if (!function || !row) return;
    int status = call(create_function, {.ptr = database}, {.str = "volume"}, {.i32 = 1}, {.i32 = 1},
                      {.ptr = NULL}, {.ptr = function}, {.ptr = NULL}, {.ptr = NULL});
    show_status(status, SQLITE_OK, "sqlite3_create_function(database, \"volume\", 1, ...)");
    status = call(execute, {.ptr = database}, {.str = sql}, {.ptr = row}, {.ptr = NULL}, {.ptr = NULL});
    show_status(status, SQLITE_OK, "sqlite3_exec(\"%.40s...\", row)", sql);
    show_text(text, "Mars 0.15 Earth 1.0 Neptune 57.72 ", "the rows");
}

static void run(ffi_library *sqlite) {
    if (!bind_all(sqlite, bindings)) return;
    void *database = NULL;
    int   status   = call(open_database, {.str = ":memory:"}, {.ptr = &database});
    if (!show_status(status, SQLITE_OK, "sqlite3_open(\":memory:\", &database)")) return;
    create(database);
    fill(database);
    query_moons(database);
    call_back(database);
    /* SQLITE_BUSY would say that a statement was left open. */
    show_status(call(close_database, {.ptr = database}), SQLITE_OK, "sqlite3_close(database)");
}

const struct demo demo_sqlite = {"SQLite", {"sqlite3", "winsqlite3"}, "sqlite3_open", "libsqlite3-0", run};
