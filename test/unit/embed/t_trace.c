/* SPDX-License-Identifier: MIT */
/* Traces: the hook, and lines of text; what is off again costs nothing. */
#include "helper.h"

#include <errno.h>
#include <ffi_embed.h>

struct point {
    int   x;
    float y;
};

static struct point move(struct point point, int by) {
    return (struct point){point.x + by, point.y};
}

static int size_of(const char *text, char *out, bool all) {
    (void)out, (void)all;
    return (int)strlen(text);
}

static int fail_with(int number) {
    errno = number;
    return -1;
}

static int    before, after;
static int    last_result;
static double last_argument;

static void on_trace(void *userdata, const ffi_trace_event *event) {
    errno = 1;
    if (!event->is_over) before++;
    else after++;
    if (event->is_over && event->result) memcpy(&last_result, event->result, sizeof last_result);
    last_argument                    = event->args[0].f64;
    *(const ffi_function **)userdata = event->function;
}

static int twice(double x) {
    return (int)(2 * x);
}

static void check_hook(void) {
    const ffi_function *seen    = NULL;
    ffi_context        *context = ffi_context_new(NULL);
    ffi_function       *twices  = ffi_function_new(context, (void *)(uintptr_t)twice, "int twice(double)");
    void               *stub    = (void *)(uintptr_t)twices->stub.word;
    ffi_value           args[1] = {{.f64 = 4}};
    int                 result  = 0;
    double              x       = 6;
    ok(!ffi_context_trace(context, on_trace, &seen), "a context is traced");
    ffi_invoke(twices, &result, args);
    ok(result == 8 && before == 1 && after == 1 && seen == twices && last_result == 8 && last_argument == 4,
       "the hook hears of a call before and after, with arguments and result");
    ffi_invoke(twices, NULL, args);
    ok(before == 2 && after == 2, "a call whose result is discarded is traced");
    ffi_invoke_pointers(twices, &result, (void *[]){&x});
    ok(result == 12 && before == 3 && last_argument == 6, "a call by pointers is traced");
    ffi_function *later = ffi_function_new(context, (void *)(uintptr_t)fail_with, "int(int)");
    ffi_function_capture(later, FFI_CAPTURE_ERRNO);
    ffi_invoke(later, &result, (ffi_value[]){{ENOENT}});
    ok(before == 4 && result == -1 && ffi_captured_errno() == ENOENT && errno == ENOENT,
       "functions bound later are traced; errno is captured, and the hook does not change it");
    ffi_context_trace(context, NULL, NULL);
    ffi_invoke(twices, &result, args);
    ok(before == 4 && (void *)(uintptr_t)twices->stub.word == stub,
       "off again, a function has the stub that it had");
    returns_error(ffi_context_trace(NULL, on_trace, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ffi_context_free(context);
}

/* The line without its time. */
static const char *next_line(FILE *file) {
    static char line[2048];
    if (!fgets(line, sizeof line, file)) return "";
    char         *time  = strstr(line, "  <");
    unsigned long whole = 0, part = 0;
    if (!time || sscanf(time, "  <%lu.%lu us>", &whole, &part) != 2) return "a line without a time";
    *time = 0;
    return line;
}

static void check_file(void) {
    char         path[5000], out[4] = "abc";
    char        *folder  = temporary_folder();
    ffi_context *context = ffi_context_new(NULL);
    snprintf(path, sizeof path, "%s/trace", folder);
    ok(!ffi_trace_environment(context), "without FFI_TRACE nothing is traced");
#ifdef _WIN32
    char setting[5100];
    snprintf(setting, sizeof setting, "FFI_TRACE=%s", path);
    _putenv(setting);
#else
    setenv("FFI_TRACE", path, 1);
#endif
    ok(!ffi_trace_environment(context), "FFI_TRACE names a file");
    ffi_declare(context, "struct point { int x; float y; };");
    ffi_function *moves =
        ffi_function_new(context, (void *)(uintptr_t)move, "struct point move(struct point p, int by)");
    ffi_function *sizes =
        ffi_function_new(context, (void *)(uintptr_t)size_of, "int size_of(const char *text, char *out, bool)");
    if (!moves) note("move", ffi_last_message());
    struct point point = {1, 2.5F}, moved;
    int          length;
    ffi_invoke(moves, &moved, (ffi_value[]){{.ptr = &point}, {3}});
    ffi_invoke(sizes, &length, (ffi_value[]){{.str = "say \"hi\"\n"}, {.ptr = NULL}, {.b = true}});
    ffi_invoke(sizes, &length,
               (ffi_value[]){{.str = "0123456789012345678901234567890123456789012345678901234567890123456789"},
                             {.ptr = NULL},
                             {.b = false}});
    returns_error(ffi_trace_file(context, path), FFI_ERROR_ARGUMENT, "a trace already");
    ffi_context_free(context);
    FILE *file = fopen(path, "r");
    if (!file) printf("Bail out! %s\n", path), exit(1);
    is_text(next_line(file), "move(p: {.x = 1, .y = 2.5}, by: 3) = {.x = 4, .y = 2.5}", "records are written");
    is_text(next_line(file), "size_of(text: \"say \\\"hi\\\"\\x0a\", out: NULL, true) = 9", "texts are quoted");
    is_text(next_line(file),
            "size_of(text: \"012345678901234567890123456789012345678901234567890123456789\"..., out: NULL, "
            "false) = 70",
            "long ones are cut");
    is_text(next_line(file), "", "a line for each call");
    fclose(file);
    remove(path), rmdir(folder);
    context = ffi_context_new(NULL);
    returns_error(ffi_trace_file(context, "/no/such/folder/trace"), FFI_ERROR_SYSTEM, "/no/such/folder/trace");
    returns_error(ffi_trace_file(context, NULL), FFI_ERROR_ARGUMENT, "path is NULL");
    ffi_context_free(context);
    (void)out;
}

int main(void) {
    check_hook();
    check_file();
    return done();
}
