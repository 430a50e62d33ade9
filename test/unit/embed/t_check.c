/* SPDX-License-Identifier: MIT */
/* Signatures checked when they are bound: the hook of the core, and debug information. */
#include "helper.h"

#include <ffi_embed.h>
#include <pthread.h>
#ifndef _WIN32
#include <sys/resource.h>
#include <sys/wait.h>
#endif

/* ---- the hook ---- */

struct seen {
    int         calls;
    const char *refused; /* the name that is refused */
    char        last[64];
};

static ffi_error on_check(void *userdata, const ffi_function *function) {
    struct seen *seen = userdata;
    seen->calls++;
    snprintf(seen->last, sizeof seen->last, "%s", ffi_function_name(function));
    if (!seen->refused || strcmp(seen->last, seen->refused) != 0) return FFI_ERROR_NONE;
    return ffi_fail(FFI_ERROR_TYPE, "%s is refused", seen->last);
}

static void check_hook(void) {
    struct seen   seen    = {0, NULL, ""};
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *plain   = ffi_library_open(context, library_path("plain"), 0);
    ffi_function *add = NULL, *answer = NULL;
    ffi_binding   batch[] = {{.signature = "int plain_answer(void)", .function = &answer},
                             {.signature = "int plain_add(int, int)", .function = &add}};
    ok(!ffi_context_check(context, on_check, &seen), "a context has a check");
    ok(ffi_library_function(plain, NULL, "int plain_add(int, int)") != NULL && seen.calls == 1 &&
           !strcmp(seen.last, "plain_add"),
       "the check sees a function that is bound");
    seen.refused = "plain_add";
    fails(ffi_library_function(plain, NULL, "int plain_add(int, int)"), FFI_ERROR_TYPE, "plain_add is refused");
    ok(ffi_library_function(plain, NULL, "int plain_answer(void)") != NULL && seen.calls == 3,
       "another function is bound");
    returns_error(ffi_library_bind(plain, batch, 2), FFI_ERROR_TYPE, "plain_add is refused");
    ok(!add && !answer && batch[0].error == FFI_ERROR_NONE && batch[1].error == FFI_ERROR_TYPE &&
           seen.calls == 5,
       "a batch with a function that is refused binds none");
    fails(ffi_library_function(plain, NULL, "int no_such(int)"), FFI_ERROR_SYMBOL, "no_such");
    ok(seen.calls == 5, "the check does not see a name that is no symbol");
    ok(!ffi_context_check(context, NULL, NULL), "the checking ends");
    ok(!ffi_library_bind(plain, batch, 2) && add && answer && seen.calls == 5, "then everything is bound");
    returns_error(ffi_context_check(NULL, on_check, &seen), FFI_ERROR_ARGUMENT, "context is NULL");
    ffi_context_free(context);
}

/* ---- debug information ---- */

struct reports {
    int              count;
    ffi_check_result result;
    bool             binds;
    char             message[2048];
};

static bool on_report(void *userdata, const ffi_function *function, ffi_check_result result,
                      const char *message) {
    struct reports *reports = userdata;
    reports->count++;
    reports->result = result;
    snprintf(reports->message, sizeof reports->message, "%s: %s", ffi_function_name(function), message);
    return reports->binds;
}

#define POINT "struct { double x, y; }"
static const char right[] = "double checked_length(" POINT ", float)";
static const char wrong[] = "double checked_length(" POINT ", double)";

static void check_reports(void) {
    struct reports reports = {.binds = true};
    ffi_context   *context = ffi_context_new(NULL);
    ffi_library   *library = ffi_library_open(context, library_path("checked"), 0);
    ffi_library   *bare    = ffi_library_open(context, library_path("bare"), 0);
    ok(!ffi_check_functions(context, FFI_CHECK_DEBUG, on_report, &reports), "a context is checked");
    ffi_function *function = ffi_library_function(library, NULL, right);
    double        result   = 0;
    ok(function && !reports.count, "a right signature is bound without a report");
    if (reports.count) note("message", reports.message);
    ffi_invoke(function, &result, (ffi_value[]){{.ptr = (double[]){1, 2}}, {.f32 = 2}});
    ok(result == 6, "and can be called");

    ok(ffi_library_function(library, NULL, wrong) != NULL && reports.count == 1 &&
           reports.result == FFI_CHECK_DIFFERS,
       "a wrong signature is reported, and bound as the report says so");
    ok(strstr(reports.message,
              "parameter 2 (factor): declared as double of 8 bytes, compiled as float of 4\n") &&
           strstr(reports.message, "\n    declared  double checked_length("
                                   "struct { double x; double y; }, double)\n") &&
           strstr(reports.message,
                  "\n    compiled  double checked_length(struct checked_point point, float factor)"
                  "    lib_checked.c:"),
       "the message has both sides and the place");
    if (reports.count != 1) note("message", reports.message);
    reports.binds = false;
    fails(ffi_library_function(library, NULL, wrong), FFI_ERROR_TYPE,
          "cannot bind 'checked_length': parameter 2 (factor): declared as double of 8 bytes");
    reports.binds = true;
    ok(ffi_library_function(library, NULL, "int checked_sum(const int *, int)") != NULL &&
           reports.result == FFI_CHECK_DOUBTFUL && strstr(reports.message, "parameter 2 (count)"),
       "a sign that differs is doubtful");
    ok(ffi_library_function(library, NULL, "unsigned checked_count(const struct { double x; float y; } *)") !=
               NULL &&
           reports.result == FFI_CHECK_DIFFERS && strstr(reports.message, "member y"),
       "a record behind a pointer has another layout");

    reports.count = 0;
    ok(ffi_library_function(bare, NULL, wrong) != NULL && reports.count == 1 &&
           reports.result == FFI_CHECK_UNKNOWN && strstr(reports.message, "has no debug information"),
       "without debug information a function is bound and reported");
    ok(ffi_library_function(bare, NULL, "int checked_sum(void)") != NULL && reports.count == 1,
       "but the library only once");
    ok(!ffi_check_functions(context, 0, NULL, NULL) && ffi_library_function(library, NULL, wrong) != NULL &&
           reports.count == 1,
       "flags 0 end the checking");
    returns_error(ffi_check_functions(context, 6, on_report, &reports), FFI_ERROR_ARGUMENT,
                  "unknown flags 0x6");
    returns_error(ffi_check_functions(NULL, FFI_CHECK_DEBUG, NULL, NULL), FFI_ERROR_ARGUMENT,
                  "context is NULL");
    ffi_context_free(context);
}

static void check_without_report(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *library = ffi_library_open(context, library_path("checked"), 0);
    ffi_library  *bare    = ffi_library_open(context, library_path("bare"), 0);
    ffi_registry *names   = ffi_registry_new(context);
    ffi_check_functions(context, FFI_CHECK_DEBUG, NULL, NULL);
    fails(ffi_library_function(library, NULL, wrong), FFI_ERROR_TYPE, "compiled as float of 4");
    returns_error(ffi_registry_bind(names, library, "checked_length", wrong), FFI_ERROR_TYPE,
                  "compiled as float");
    ok(ffi_library_function(library, NULL, right) && ffi_library_function(bare, NULL, wrong) &&
           ffi_library_function(library, NULL, "int checked_sum(const int *, int)"),
       "without a report only wrong signatures are refused");
    ffi_context_free(context);
}

/* ---- threads ---- */

static void *bind_many(void *library) {
    intptr_t good = 0;
    for (int i = 0; i < 20; i++) {
        ffi_function *function = ffi_library_function(library, NULL, right);
        good += function && !ffi_library_function(library, NULL, wrong);
        ffi_function_free(function);
    }
    return (void *)good;
}

static void check_threads(void) {
    enum { THREADS = 4 };
    pthread_t    threads[THREADS];
    intptr_t     good    = 0;
    ffi_context *context = ffi_context_new(NULL);
    ffi_library *library = ffi_library_open(context, library_path("checked"), 0);
    ffi_check_functions(context, FFI_CHECK_DEBUG, NULL, NULL);
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, bind_many, library);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        good += (intptr_t)result;
    }
    ok(good == 20 * THREADS, "several threads bind at once");
    ffi_context_free(context);
}

/* ---- without libdw ---- */

/* Binds as before. */
static bool fails_softly(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_library *library = ffi_library_open(context, library_path("checked"), 0);
    bool         failed =
        ffi_check_functions(context, FFI_CHECK_DEBUG, NULL, NULL) == FFI_ERROR_UNSUPPORTED &&
        strstr(ffi_last_message(),
               "ffi_check_functions: elfutils' libdw, which reads debug information, cannot be loaded: ");
    bool bound = ffi_library_function(library, NULL, wrong) != NULL;
    ffi_context_free(context);
    return failed && bound;
}

/* A process without descriptors loads no library. */
static void check_missing(void) {
#ifndef _WIN32
    pid_t child = fork();
    if (!child) {
        library_path("checked");
        ffi_context  *context = ffi_context_new(NULL); /* keeps it loaded */
        ffi_library  *library = ffi_library_open(context, library_path("checked"), 0);
        struct rlimit none    = {0, 0};
        setrlimit(RLIMIT_NOFILE, &none);
        _exit(library && fails_softly() ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    ok(!status, "if libdw cannot be loaded, ffi_check_functions() says so, and functions are bound");
#endif
}

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    check_hook();
    if (ffi_check_functions(context, FFI_CHECK_DEBUG, NULL, NULL) == FFI_ERROR_UNSUPPORTED) {
        note("without libdw", ffi_last_message());
        ok(fails_softly(), "without libdw ffi_check_functions() says so, and functions are bound");
    } else {
        check_missing(); /* before this process loads libdw */
        check_reports();
        check_without_report();
        check_threads();
    }
    ffi_context_free(context);
    return done();
}
