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

/* ---- callbacks ---- */

static struct {
    unsigned before, after, functions;
    char     name[20];
    int      argument, result;
} heard;

static void on_callback(void *userdata, const ffi_trace_event *event) {
    (void)userdata;
    errno = 1;
    if (!event->callback || event->function) heard.functions++;
    else if (!event->is_over) heard.before++;
    else heard.after++;
    if (!event->callback) return;
    snprintf(heard.name, sizeof heard.name, "%s", event->name);
    heard.argument = event->args[0].i32;
    if (event->is_over && event->result) memcpy(&heard.result, event->result, sizeof heard.result);
    if (ffi_type_parameter_count(event->signature) != 1) heard.functions = 1000;
}

static bool was_heard(unsigned calls, const char *name, int argument, int result) {
    bool good = heard.before == calls && heard.after == calls && !heard.functions &&
                !strcmp(heard.name, name) && heard.argument == argument && heard.result == result;
    if (!good)
        printf("#   %u, %u, %u: %s(%d) = %d\n", heard.before, heard.after, heard.functions, heard.name,
               heard.argument, heard.result);
    memset(&heard, 0, sizeof heard);
    return good;
}

static void add_one(void *to, const ffi_value *args, void *userdata) {
    *(int *)to = args[0].i32 + 1 + (userdata ? *(int *)userdata : 0);
}

static int entered;

static void *enter(void *userdata) {
    (void)userdata;
    return &entered;
}

static void leave(void *userdata, void *was) {
    (void)userdata;
    entered += was == &entered;
}

static int dropped;

static void drop(void *userdata) {
    dropped += userdata == &dropped;
}

typedef int plus_function(int);

static plus_function *code_of(const ffi_callback *callback) {
    return (plus_function *)(uintptr_t)ffi_callback_code(callback);
}

static void check_callbacks_of(const ffi_options *options, const char *what) {
    ffi_context   *context = ffi_context_new(options);
    ffi_callback  *early   = ffi_callback_new(context, "int early(int n)", add_one, NULL);
    ffi_callback  *plain   = ffi_callback_new(context, "int(int)", add_one, NULL);
    plus_function *code    = code_of(early);
    memset(&heard, 0, sizeof heard);
    ok(!ffi_context_trace(context, on_callback, NULL), "%s: a context with callbacks is traced", what);
    errno = ENOENT;
    ok(code(4) == 5 && errno == ENOENT && was_heard(1, "early", 4, 5), "%s: one from before is heard", what);
    ok(code_of(plain)(7) == 8 && was_heard(1, "", 7, 8), "%s: one without a name", what);
    ffi_callback *later = ffi_callback_new(context, "int later(int n)", add_one, &(int){100});
    ok(code_of(later)(1) == 102 && was_heard(1, "later", 1, 102), "%s: one that is made later", what);
    const ffi_ctype *signature = ffi_type_parse(context, "int(int)");
    ffi_callback    *owned     = ffi_callback_owned(context, signature, add_one, &dropped, drop);
    ok(code_of(owned)(2) == 3 + dropped && was_heard(1, "", 2, 3), "%s: one that owns its userdata", what);
    dropped = 0;
    ok(ffi_callback_userdata(owned) == &dropped && ffi_callback_userdata(later) != NULL,
       "%s: userdata is the embedder's", what);
    ffi_callback_free(owned);
    ok(dropped == 1, "%s: the userdata is dropped", what);
    dropped = 0;

    ffi_queue *queue = ffi_queue_new(context);
    ffi_callback_default(later, &(int){77});
    ok(!ffi_callback_deliver(later, queue, FFI_DELIVER_POST, 0) && code_of(later)(5) == 77 &&
           was_heard(1, "later", 5, 77),
       "%s: a post is heard where native code calls, with the default result", what);
    ok(ffi_queue_drain(queue, 10) == 1 && was_heard(0, "", 0, 0), "%s: and not when it is run", what);
    ok(!ffi_callback_deliver(early, NULL, FFI_DELIVER_DIRECT, 0) && code(1) == 2 && was_heard(1, "early", 1, 2),
       "%s: a direct delivery", what);
    ffi_callback_free(later);
    ok(code_of(later)(3) == 77 && was_heard(0, "", 0, 0), "%s: a late call is none of the callback", what);

    ffi_callback *last = ffi_callback_new(context, "int last(int n)", add_one, NULL);
    ok(!ffi_context_trace(context, NULL, NULL), "%s: the trace ends", what);
    ok(code(4) == 5 && code_of(plain)(1) == 2 && was_heard(0, "", 0, 0), "%s: nothing is heard any more", what);
    ok(code_of(last)(6) == 7 && was_heard(0, "", 0, 0), "%s: one that was made during the trace", what);
    ok(!ffi_context_trace(context, on_callback, NULL) && code(4) == 5 && was_heard(1, "early", 4, 5),
       "%s: and again it is", what);
    ffi_context_free(context);
    ok(code(4) == 0, "%s: after the context's end the result is zero", what);
}

static void check_callbacks(void) {
    ffi_options hooks = {.enter = enter, .leave = leave}, read_only = {.read_only_callbacks = true};
    check_callbacks_of(NULL, "plain");
    check_callbacks_of(&hooks, "hooks");
    ok(entered == 10, "the context's hooks are called as before: %d times", entered);
    check_callbacks_of(&read_only, "read-only");
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
    ffi_callback *callback = ffi_callback_new(context, "int compare(int a, const char *b)", add_one, NULL);
    struct point  point    = {1, 2.5F}, moved;
    int           length;
    ffi_invoke(moves, &moved, (ffi_value[]){{.ptr = &point}, {3}});
    ffi_invoke(sizes, &length, (ffi_value[]){{.str = "say \"hi\"\n"}, {.ptr = NULL}, {.b = true}});
    ffi_invoke(sizes, &length,
               (ffi_value[]){{.str = "0123456789012345678901234567890123456789012345678901234567890123456789"},
                             {.ptr = NULL},
                             {.b = false}});
    ((int (*)(int, const char *))(uintptr_t)ffi_callback_code(callback))(-3, "x");
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
    is_text(next_line(file), "callback compare(a: -3, b: \"x\") = -2", "a callback's call is written");
    is_text(next_line(file), "", "a line for each call");
    fclose(file);
    remove(path), rmdir(folder);
    context = ffi_context_new(NULL);
    returns_error(ffi_trace_file(context, "/no/such/folder/trace"), FFI_ERROR_SYSTEM,
                  "/no/such/folder/trace': ENOENT: ");
    returns_error(ffi_trace_file(context, NULL), FFI_ERROR_ARGUMENT, "path is NULL");
    ffi_context_free(context);
    (void)out;
}

/* A file that takes nothing: the end of the context says how many lines are missing. */
static void check_full(void) {
    FILE *full  = fopen("/dev/full", "a");
    bool  fails = full && (fputs("text", full) < 0 || fflush(full));
    if (full) fclose(full);
    if (!fails) {
        skip_one("this system has no /dev/full that takes nothing");
        return;
    }
    ffi_context  *context  = ffi_context_new(NULL);
    ffi_callback *callback = ffi_callback_new(context, "int(int)", add_one, NULL);
    ok(!ffi_trace_file(context, "/dev/full"), "the trace begins");
    ffi_fail(FFI_ERROR_NONE, "%s", "");
    for (int i = 0; i < 3; i++) ((int (*)(int))(uintptr_t)ffi_callback_code(callback))(i);
    ok(!ffi_last_error(), "a call does not fail");
    returns_error((ffi_context_free(context), ffi_last_error()), FFI_ERROR_SYSTEM, "the trace lacks 3 calls");
}

static int left = -1; /* number of allocations before one fails; negative: none fails */

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata, (void)old_size;
    if (new_size && left >= 0 && !left--) return NULL;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

/* Each allocation fails once: then no file is open, and the same call succeeds. */
static void check_memory(void) {
    char path[5000], *folder = temporary_folder();
    bool good   = true;
    int  number = 0;
    snprintf(path, sizeof path, "%s/trace", folder);
    for (bool failed = true; failed && good; number++) {
        ffi_context  *context  = ffi_context_new(&(ffi_options){.allocate = allocate});
        ffi_callback *callback = ffi_callback_new(context, "int(int)", add_one, NULL);
        left                   = number;
        failed                 = ffi_trace_file(context, path) == FFI_ERROR_MEMORY;
        left                   = -1;
        good                   = callback && (!failed || !ffi_trace_file(context, path));
        ffi_context_free(context);
    }
    ok(good && number > 3, "a trace that has no memory is begun again, %d times", number - 1);
    remove(path), rmdir(folder);
}

int main(void) {
    check_hook();
    check_callbacks();
    check_file();
    check_full();
    check_memory();
    return done();
}
