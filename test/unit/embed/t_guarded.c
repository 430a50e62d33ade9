/* SPDX-License-Identifier: MIT */
/* Guarded calls: callees in assembly that break each register of each ABI, and each way to call. */
#include "breaking.h"
#include "embed.h"

#include <errno.h>

static char     reported[400]; /* the names of the last call's breaches */
static unsigned breaches;
static bool     hook_is_right;

static void on_breach(void *userdata, const ffi_breach *breach) {
    snprintf(reported + strlen(reported), sizeof reported - strlen(reported), "%s%s", *reported ? " " : "",
             breach->name);
    hook_is_right = hook_is_right && userdata == reported &&
                    memcmp(breach->before, breach->after, sizeof breach->before) &&
                    ffi_last_error() == FFI_ERROR_ABI && strstr(ffi_last_message(), breach->name);
    breaches++;
    errno = ERANGE;
}

static void forget(void) {
    *reported     = 0;
    breaches      = 0;
    hook_is_right = true;
    ffi_fail(FFI_ERROR_NONE, "%s", "");
}

static volatile long long seeds[6] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666};

/* Whether the call returns 42, and its caller has all that it had in the registers that the compiler chose. */
__attribute__((noinline)) static bool survives(const ffi_function *function) {
    long long a = seeds[0], b = seeds[1], c = seeds[2], d = seeds[3], e = seeds[4], f = seeds[5], sum = 0;
    double    x = (double)seeds[0], y = (double)seeds[1];
    ffi_invoke(function, &sum, (ffi_value[]){{40}, {2}});
    reset_controls();
    return sum == 42 && a == seeds[0] && b == seeds[1] && c == seeds[2] && d == seeds[3] && e == seeds[4] &&
           f == seeds[5] && x == (double)seeds[0] && y == (double)seeds[1];
}

static void check_abi(const char *abi, bool other) {
    ffi_context *owner = ffi_context_new(&(ffi_options){.abi = abi});
    ok(!ffi_context_guard(owner, true, on_breach, reported), "a context of ABI %s is guarded", abi);
    for (size_t i = 0; i < COUNT(breaking); i++) {
        const struct breaking *one      = &breaking[i];
        const char            *wanted   = other ? one->reported_by_other : one->reported;
        ffi_function          *function = ffi_function_new(owner, CODE(other ? one->other : one->own),
                                                           "long long callee(long long, long long)");
        forget();
        ok(function && survives(function) && survives(function), "%s: a callee that breaks %s returns", abi,
           one->what);
        ok(hook_is_right && breaches % 2 == 0, "%s: each of two calls is reported", abi);
        reported[strlen(reported) / 2] = 0; /* of two calls */
        is_text(reported, wanted, "%s: a callee that breaks %s is reported by name", abi, one->what);
        if (*wanted && ffi_last_error() != FFI_ERROR_ABI) ok(false, "%s", ffi_last_message());
    }
    ffi_context_free(owner);
}

/* ---- every way to call ---- */

static int called;

void breaking_called(void);
void breaking_called(void) {
    called++;
    errno = ENOENT;
}

static void is_reported(int calls, const char *how) {
    ok(called == calls && hook_is_right && breaches == (unsigned)calls && ffi_last_error() == FFI_ERROR_ABI,
       "%s: the breach is reported", how);
    if (breaches != (unsigned)calls) printf("#   %d calls, %u breaches\n", called, breaches);
    called = 0;
    forget();
}

static const char late_signature[] = "long long late(long long a, long long b)";

static void check_calls(void) {
    long long     sum = 0, a = 40, b = 2;
    void         *pointers[] = {&a, &b};
    ffi_value     args[]     = {{40}, {2}};
    ffi_function *late       = bind(CODE(breaks_late), late_signature);
    void         *stub       = CODE(late->stub.word);
    ok(!ffi_context_guard(context, false, on_breach, reported), "a context has a hook, and guards nothing");
    ok(!ffi_function_guard(late, true), "a function is guarded");
    ffi_invoke(late, &sum, args);
    is_reported(1, "ffi_invoke");
    ffi_invoke(late, NULL, args);
    is_reported(1, "ffi_invoke without a result");
    ffi_function_invoke(late, &sum, args);
    is_reported(1, "ffi_function_invoke");
    sum = 0;
    ffi_invoke_pointers(late, &sum, pointers);
    ok(sum == 42, "the result comes");
    is_reported(1, "ffi_invoke_pointers");
    ffi_function_capture(late, FFI_CAPTURE_ERRNO);
    ffi_invoke(late, &sum, args);
    ok(ffi_captured_errno() == ENOENT && errno == ENOENT, "errno is kept, and the hook does not change it");
    is_reported(1, "FFI_CAPTURE_ERRNO");
    ffi_invoke_pointers(late, &sum, pointers);
    is_reported(1, "FFI_CAPTURE_ERRNO, by pointers");
    ffi_function_capture(late, 0);
    ok(!ffi_function_guard(late, false) && CODE(late->stub.word) == stub,
       "off again, a function has the stub that it had");
    ffi_function_free(late);
    ffi_function *variadic = bind(CODE(breaks_late), "long long variadic(long long, ...)");
    ok(!ffi_function_guard(variadic, true), "a variadic function is guarded");
    ffi_invoke(ffi_function_variadic(variadic, "long long"), &sum, (ffi_value[]){{40}, {2}});
    is_reported(1, "a form that was made afterwards");
    ffi_function_free(variadic);
}

static unsigned traced;

static void on_trace(void *userdata, const ffi_trace_event *event) {
    (void)userdata;
    traced += event->is_over && *(const long long *)event->result == 42;
}

static void finished(void *userdata, ffi_error error) {
    *(ffi_error *)userdata = error;
}

static void check_layer(void) {
    ffi_function *late = bind(CODE(breaks_late), late_signature);
    long long     sum  = 0;
    ok(!ffi_context_guard(context, true, on_breach, reported),
       "a context is guarded with the functions that it has");
    ffi_context_trace(context, on_trace, NULL);
    ffi_invoke(late, &sum, (ffi_value[]){{40}, {2}});
    ok(traced == 1, "the trace has the call and its result");
    is_reported(1, "a traced call");
    ffi_context_trace(context, NULL, NULL);

    ok(!CALL(late, INT(40), INT(2)) && result.as.i64 == 42, "ffi_invoke_any succeeds");
    is_reported(1, "ffi_invoke_any");

    void *frame = malloc(ffi_frame_size(late));
    ffi_frame_init(late, frame);
    memcpy(ffi_frame_argument(late, frame, 0), &(long long){40}, 8);
    memcpy(ffi_frame_argument(late, frame, 1), &(long long){2}, 8);
    ffi_invoke_frame(late, frame);
    is_reported(1, "ffi_invoke_frame");
    free(frame);

    uint64_t words[] = {FFI_BATCH_HEAD(0, 4), 0, 40, 2, FFI_BATCH_HEAD(0, 4), 0, 30, 12};
    ok(!ffi_invoke_batch((const ffi_function *[]){late}, 1, words, COUNT(words), NULL, NULL) &&
           words[1] == 42 && words[5] == 42,
       "a batch comes to its end");
    is_reported(2, "ffi_invoke_batch");

    ffi_queue *queue = ffi_queue_new(context);
    ffi_error  error = FFI_ERROR_SYSTEM;
    ok(!ffi_invoke_async(late, &sum, (ffi_value[]){{40}, {2}}, queue, finished, &error),
       "an asynchronous call");
    while (error == FFI_ERROR_SYSTEM) ffi_queue_wait(queue, 1000), ffi_queue_drain(queue, 1);
    ok(!error && sum == 42 && breaches == 1 && hook_is_right, "ffi_invoke_async: the breach is reported");
    ffi_queue_free(queue);
    called = 0;
    forget();

    ffi_registry *names = ffi_registry_new(context);
    ffi_registry_add_function(names, "late", late);
    ok(!ffi_registry_call(names, "late", &result, (ffi_any[]){INT(40), INT(2)}, 2), "a call by name");
    is_reported(1, "ffi_registry_call");

    ffi_function *checked =
        bind(CODE(breaks_late), "errno_if(42) long long checked(nullable const char *text, long long)");
    ok(CALL(checked, ffi_any_pointer((void *)(uintptr_t)40), INT(2)) == FFI_ERROR_SYSTEM &&
           strstr(ffi_last_message(), "ENOENT"),
       "annotations are applied: the call fails by its errno_if");
    ok(breaches == 1 && called == 1, "and the breach is reported");
    called = 0;
    forget();

    ffi_function *variadic = bind(CODE(breaks_late), "long long variadic(long long, ...)");
    ffi_function *form     = ffi_function_variadic(variadic, "long long");
    ffi_invoke(form, &sum, (ffi_value[]){{40}, {2}});
    is_reported(1, "a form of a variadic function");
    ok(!ffi_function_guard(variadic, false) && ffi_function_variadic(variadic, "long long") == form,
       "a function has the same form if it is guarded and if it is not");
    ok(!ffi_function_guard(variadic, true), "a function with forms is guarded");
    ffi_invoke(form, &sum, (ffi_value[]){{40}, {2}});
    is_reported(1, "a form that was there before");
    form = ffi_function_variadic(variadic, "long");
    ffi_invoke(form, &sum, (ffi_value[]){{40}, {2}});
    is_reported(1, "a form of a guarded function");
    void *guarded = CODE(form->stub.word);
    ffi_function_guard(variadic, false);
    ok(CODE(ffi_function_variadic(variadic, "int")->stub.word) != guarded,
       "a form of a function that is not guarded, in a context that is, is not guarded");
    ffi_function_guard(variadic, true);
    ok(!ffi_context_guard(context, false, NULL, NULL) && CODE(form->stub.word) != guarded &&
           CODE(late->stub.word) != guarded,
       "off again, no function and no form has the guarded stub");
}

/* ---- what is no breach; errors ---- */

static double sum_of_many(int a, float b, struct shape shape, long double c, signed char d, int e, int f, int g,
                          int h, int i, double j) {
    return a + (double)b + shape.size + (double)c + d + e + f + g + h + i + j + shape.at[1].y;
}

static struct shape make_shape(double size, short y) {
    struct shape shape = {.size = size};
    shape.at[1].y      = y;
    return shape;
}

static void pass_through(void *to, const ffi_value *args, void *userdata) {
    ffi_invoke(userdata, to, args);
}

static void check_values(void) {
    ok(!ffi_context_guard(context, true, NULL, NULL), "guarded without a hook");
    ffi_function *many  = bind(CODE(sum_of_many), "double(int, float, struct shape, long double, signed char, "
                                                   "int, int, int, int, int, double)");
    ffi_function *makes = bind(CODE(make_shape), "struct shape(double, short)");
    struct shape  shape = {.size = 0};
    long double   c     = 0.25L;
    double        sum   = 0;
    ffi_invoke(makes, &shape, (ffi_value[]){{.f64 = 1000}, {.i16 = -7}});
    ok(shape.size == 1000 && shape.at[1].y == -7, "a record is returned");
    ffi_invoke(makes, NULL, (ffi_value[]){{.f64 = 1000}, {.i16 = -7}});
    ffi_value args[] = {{1}, {.f32 = 0.5F}, {.ptr = &shape}, {.ptr = &c}, {.i8 = -3}, {5}, {6}, {7},
                        {8}, {9},           {.f64 = 100}};
    ffi_invoke(many, &sum, args);
    ok(sum == 1126.75, "arguments in registers, on the stack and by reference arrive: %g", sum);
    ffi_callback *callback = ffi_callback_new(context, "struct shape(double, short)", pass_through, makes);
    ffi_function *back     = bind(ffi_callback_code(callback), "struct shape(double, short)");
    memset(&shape, 0, sizeof shape);
    ffi_invoke(back, &shape, (ffi_value[]){{.f64 = 5}, {.i16 = 7}});
    ok(shape.size == 5 && shape.at[1].y == 7, "a guarded call within a callback of a guarded call");
    ok(ffi_last_error() == FFI_ERROR_NONE, "compiled functions and callbacks break nothing");
    ffi_context_guard(context, false, NULL, NULL);
}

static void check_errors(void) {
    ffi_function *late = bind(CODE(breaks_late), "long long(long long, long long)");
    returns_error(ffi_function_guard(NULL, true), FFI_ERROR_ARGUMENT, "function is NULL");
    returns_error(ffi_context_guard(NULL, true, NULL, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ffi_function_guard(late, true);
    ffi_invoke(late, NULL, (ffi_value[]){{40}, {2}});
    char wanted[200];
    snprintf(wanted, sizeof wanted, "the function at %p breaks ABI '", CODE(breaks_late));
    ok(ffi_last_error() == FFI_ERROR_ABI && strstr(ffi_last_message(), wanted) == ffi_last_message() &&
           strstr(ffi_last_message(), FIRST_NAME " was 0x") &&
           strstr(ffi_last_message(), "and is 0xffffffffffffffff"),
       "without a hook, the error has address, ABI, register and values: %s", ffi_last_message());
    ffi_function_free(late);
    returns_error(ffi_function_guard(late, true), FFI_ERROR_ARGUMENT, "freed before");
}

int main(void) {
    check_abi(FIRST_ABI, false);
    check_abi(OTHER_ABI, true);
#ifdef __x86_64__
    check_abi("vectorcall", true);
#endif
    context = ffi_context_new(NULL);
    ffi_declare(context, declarations);
    forget();
    check_calls();
    check_layer();
    check_values();
    check_errors();
    ffi_context_free(context);
    return done();
}
