/* SPDX-License-Identifier: MIT */
/* The embedding layer: functions of the host with a signature in a registry, and callbacks that take values. */
#include "embed.h"

#include <setjmp.h>

static ffi_registry *names;
static ffi_any       seen[40];
static int           seen_count, dropped;
static ffi_any       answer;
static int           status;

/* Notes its arguments and gives `answer`. */
static int note_them(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    seen_count = count;
    for (int i = 0; i < count && i < 40; i++) seen[i] = args[i];
    if (userdata) ++*(int *)userdata;
    *out = answer;
    return status;
}

static ffi_error call(const char *name, const ffi_any *args, size_t count) {
    seen_count = -1;
    return ffi_registry_call(names, name, &result, args, count);
}

#define NAMED(name, ...) call(name, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))
#define ADD(name, text)  ffi_registry_add_typed(names, name, note_them, text, NULL)

static void typed(void) {
    ok(!ADD("clamp", "double(double x, unsigned char least, nullable const char *name)"), "with a signature");
    answer = INT(3);
    ok(!NAMED("clamp", INT(2), REAL(7), ffi_any_nil()) && seen_count == 3 && seen[0].kind == FFI_ANY_REAL &&
           seen[0].as.f64 == 2 && seen[1].kind == FFI_ANY_UINT && seen[1].as.u64 == 7 &&
           seen[2].kind == FFI_ANY_NIL,
       "numbers come in the kinds of the signature");
    ok(result.kind == FFI_ANY_REAL && result.as.f64 == 3 && result.type == parse("double"),
       "the result has the signature's kind");
    fails(!NAMED("clamp", INT(2), INT(256), TEXT("a")), FFI_ERROR_RANGE,
          "argument 2 \"least\" of clamp: expected unsigned char (0 to 255), got 256");
    ok(seen_count == -1, "the function is not called with a wrong argument");
    fails(!NAMED("clamp", TEXT("two"), INT(1), TEXT("a")), FFI_ERROR_TYPE,
          "argument 1 \"x\" of clamp: expected double, got text \"two\"");
    fails(!NAMED("clamp", INT(2), INT(1), ffi_any_text_of("a\0b", 3)), FFI_ERROR_RANGE, "without a NUL");
    fails(!NAMED("clamp", INT(2), INT(1)), FFI_ERROR_ARGUMENT, "clamp takes 3 arguments, got 2");
    answer = TEXT("three");
    fails(!NAMED("clamp", INT(2), INT(1), TEXT("a")), FFI_ERROR_TYPE,
          "the result of clamp: expected double, got text \"three\"");
    status = -4;
    fails(!NAMED("clamp", INT(2), INT(1), TEXT("a")), FFI_ERROR_ARGUMENT, "clamp failed with -4");
    status = 0;

    ok(!ADD("draw", "char *draw(struct spot at, const int *numbers, const wchar_t *wide, void (*f)(void))"),
       "of other types");
    ffi_any numbers = LIST(INT(1), INT(2)), spot = MEMBERS({"y", INT(4)});
    ok(!NAMED("draw", spot, numbers, TEXT("w"), ffi_any_function(parse("void(void)"), CODE(typed))) &&
           seen[0].as.members == spot.as.members && seen[1].as.list == numbers.as.list &&
           !strcmp(seen[2].as.text, "w") && seen[3].kind == FFI_ANY_FUNCTION &&
           result.as.text == answer.as.text,
       "they come as they are");
    fails(!NAMED("draw", spot, LIST(INT(1), TEXT("x")), TEXT("w"), ffi_any_pointer(NULL)), FFI_ERROR_TYPE,
          "argument 2 \"numbers\" of draw, at [1]: expected const int, got text \"x\"");
    fails(!NAMED("draw", MEMBERS({"z", INT(4)}), numbers, TEXT("w"), ffi_any_pointer(NULL)), FFI_ERROR_ARGUMENT,
          "argument 1 \"at\" of draw: struct spot has no member \"z\"");
    fails(!NAMED("draw", spot, numbers, TEXT("\xff"), ffi_any_pointer(NULL)), FFI_ERROR_RANGE, "text in UTF-8");
    fails(!NAMED("draw", spot, numbers, TEXT("w"), ffi_any_function(parse("int(int)"), CODE(typed))),
          FFI_ERROR_TYPE, "argument 4 \"f\" of draw: expected void (*)(void), got function int (int)");
    fails(!NAMED("draw", ffi_any_nil(), numbers, TEXT("w"), ffi_any_pointer(NULL)), FFI_ERROR_TYPE, "got nil");

    ok(!ADD("log", "void log(const char *format, ...)"), "variable arguments");
    answer = INT(9);
    ok(!NAMED("log", TEXT("a"), INT(1), LIST(INT(2))) && seen_count == 3 && seen[2].kind == FFI_ANY_LIST &&
           result.kind == FFI_ANY_NIL,
       "pass as they are; a void function gives nil");
    fails(!call("log", NULL, 0), FFI_ERROR_ARGUMENT, "log takes 1 argument or more, got 0");
    fails(!NAMED("log", INT(1)), FFI_ERROR_TYPE, "argument 1 \"format\" of log");
    ffi_any many[40];
    for (int i = 0; i < 40; i++) many[i] = i ? INT(i) : TEXT("a");
    ok(!call("log", many, 40) && seen_count == 40 && seen[39].as.i64 == 39,
       "a function of the host takes forty arguments");

    ffi_entry *entry = ffi_registry_find(names, "clamp");
    ok(!ffi_entry_function(entry) && ffi_entry_arity(entry) == 3 &&
           ffi_type_parameter_count(ffi_entry_signature(entry)) == 3,
       "an entry tells the signature, and is no native function");
    ok(ffi_entry_arity(ffi_registry_find(names, "log")) == -1, "the arity of variable arguments is -1");
    fails(!ADD("clamp", "int(int)"), FFI_ERROR_ARGUMENT, "a function 'clamp' already");
    fails(!ADD("x", "int(out int *)"), FFI_ERROR_TYPE, "'x': a function of the host has no annotation but");
    fails(!ADD("x", "int(unknown)"), FFI_ERROR_TYPE, "unknown");
    fails(!ADD("x", NULL), FFI_ERROR_ARGUMENT, "signature is NULL");
    fails(!ADD(NULL, "int(int)"), FFI_ERROR_ARGUMENT, "name is NULL");
    fails(!ffi_registry_add_typed(NULL, "x", note_them, "int(int)", NULL), FFI_ERROR_ARGUMENT,
          "registry is NULL");
    fails(!ffi_registry_add_typed(names, "x", NULL, "int(int)", NULL), FFI_ERROR_ARGUMENT, "native is NULL");
    ok(!ffi_registry_remove(names, "clamp"), "removed");
}

/* ---- callbacks ---- */

/* A callee that writes its `out` before it calls back, and a callback that makes such a call itself. */
static int next;

static int write_then_call(int *out, struct spot *spot, void (*inner)(void)) {
    *out  = next;
    *spot = (struct spot){(short)next, 13};
    next++;
    inner();
    return 14;
}
static struct shape shape_then_call(void (*inner)(void)) {
    struct shape shape = {.size = 15};
    inner();
    return shape;
}
static void nothing(void) {
}
static const char *const writer_text = "int f(out int *out, out struct spot *spot, void (*inner)(void))";

static void call_within(void *at, const ffi_value *args, void *userdata) {
    ffi_any inner, code = ffi_any_function(NULL, CODE(nothing));
    (void)at, (void)args;
    if (ffi_invoke_any(userdata, &inner, &code, 1)) status = 1;
}

/* A callback that calls `userdata` with one that fails, and goes on. */
static int apply(int (*code)(int), int x) {
    return code(x);
}

static int go_on(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    ffi_callback *failing = ffi_callback_any(context, parse("int(int)"), note_them, NULL, NULL);
    ffi_any       inner   = ffi_any_function(NULL, ffi_callback_code(failing));
    (void)count;
    status           = -3;
    ffi_error failed = CALL(userdata, inner, INT(1));
    status           = 0;
    *out             = INT(failed == FFI_ERROR_ARGUMENT ? args[0].as.i64 + 1 : -1);
    ffi_callback_free(failing);
    return 0;
}

static void handled(void) {
    ffi_function *applies  = bind(CODE(apply), "int apply(int (*code)(int), int x)");
    ffi_callback *callback = ffi_callback_any(context, parse("int(int)"), go_on, applies, NULL);
    ok(!CALL(applies, ffi_any_function(NULL, ffi_callback_code(callback)), INT(41)) && result.as.i64 == 42,
       "a call whose callback has handled the failure of another call succeeds");
    ffi_callback_free(callback);
}

static void nested(void) {
    ffi_function *writer   = bind(CODE(write_then_call), writer_text);
    ffi_callback *callback = ffi_callback_new(context, "void(void)", call_within, writer);
    ffi_any       code     = ffi_any_function(NULL, ffi_callback_code(callback));
    status = 0, next = 11;
    ok(!ffi_invoke_any(writer, &result, &code, 1) && !status && result.length == 3 &&
           result.as.list[0].as.i64 == 14 && result.as.list[1].as.i64 == 11 &&
           ((struct spot *)result.as.list[2].as.ptr)->x == 11 &&
           ((struct spot *)result.as.list[2].as.ptr)->y == 13,
       "a call within a call keeps apart what comes out of both");
    ffi_function *shapes = bind(CODE(shape_then_call), "struct shape f(void (*inner)(void))");
    ok(!ffi_invoke_any(shapes, &result, &code, 1) && ((struct shape *)result.as.ptr)->size == 15,
       "records too");
    ffi_callback_free(callback);
}

/* ---- a call that longjmp leaves ---- */

static jmp_buf away;

static void leave(void *at, const ffi_value *args, void *userdata) {
    (void)at, (void)args, (void)userdata;
    longjmp(away, 1);
}

static long long sum_and_call(const long long *numbers, int count, struct spot *spot, void (*inner)(void)) {
    long long sum = spot->x;
    for (int i = 0; i < count; i++) sum += numbers[i];
    inner();
    return sum;
}

static void left(void) {
    enum { MANY = 1000 };
    static ffi_any many[MANY];
    ffi_function  *sums =
        bind(CODE(sum_and_call), "long long f(len(2) const long long *, int, inout struct spot *, "
                                 "void (*)(void))");
    ffi_callback *leaves = ffi_callback_new(context, "void(void)", leave, NULL);
    ffi_function *adds   = bind(CODE(add), "int add(int, int)");
    void         *block = malloc(ffi_frame_size(adds)), *frame = ffi_frame_init(adds, block);
    size_t        mark  = ffi_arena_mark(arena);
    volatile int  times = 0;
    for (int i = 0; i < MANY; i++) many[i] = INT(i);
    ffi_any args[] = {ffi_any_list(many, MANY), ffi_any_nil(), MEMBERS({"x", INT(5)}),
                      ffi_any_function(NULL, ffi_callback_code(leaves))};
    *(int *)ffi_frame_argument(adds, frame, 0) = 40, *(int *)ffi_frame_argument(adds, frame, 1) = 2;
    while (times < 3) {
        if (!setjmp(away)) ffi_invoke_any_in(sums, &result, args, 4, arena);
        else times++;
        ffi_arena_release(arena, mark);
    }
    ok(times == 3 && ffi_arena_mark(arena) == mark, "longjmp leaves a call, whose memory is the arena's");
    args[3] = ffi_any_function(NULL, CODE(nothing));
    ok(!ffi_invoke_any_in(sums, &result, args, 4, arena) && result.as.list[0].as.i64 == 499505,
       "the next call succeeds");
    ffi_invoke_frame(adds, frame);
    ok(*(int *)ffi_frame_result(adds, frame) == 42, "the next call with a frame succeeds");
    ffi_arena_release(arena, mark);
    ffi_callback_free(leaves);
    free(block);
}

static void fail_plainly(void *at, const ffi_value *args, void *userdata) {
    (void)at, (void)args, (void)userdata;
    ffi_fail(FFI_ERROR_RANGE, "the handler has failed");
    ffi_callback_failed();
}

static void fail_at_length(void *at, const ffi_value *args, void *userdata) {
    (void)at, (void)args, (void)userdata;
    ffi_fail(FFI_ERROR_RANGE, "%3000d", 7);
    ffi_callback_failed();
}

static void fail_silently(void *at, const ffi_value *args, void *userdata) {
    (void)at, (void)args, (void)userdata;
    ffi_callback_failed();
    ffi_fail(FFI_ERROR_NONE, "%s", "");
}

/* Calls `sort`, whose argument 3 is this handler. */
static ffi_error sorted_by(ffi_function *sort, ffi_any *args, ffi_handler *handler) {
    const ffi_ctype *type = ffi_type_parameter(ffi_function_signature(sort), 3);
    ffi_callback    *less = ffi_callback_typed(context, type, handler, NULL);
    args[3]               = ffi_any_function(NULL, ffi_callback_code(less));
    ffi_error error       = ffi_invoke_any(sort, &result, args, 4);
    ffi_callback_free(less);
    return error;
}

static void drop(void *userdata) {
    (void)userdata;
    dropped++;
}

static void callbacks(void) {
    int              calls    = 0;
    const ffi_ctype *type     = parse("int (*)(const char *text, struct spot at, double x)");
    ffi_callback    *callback = ffi_callback_any(context, type, note_them, &calls, drop);
    ok(callback != NULL, "a callback that takes values");
    int (*code)(const char *, struct spot, double);
    void *address = ffi_callback_code(callback);
    memcpy(&code, &address, sizeof code);
    answer = REAL(12);
    ok(code("abc", (struct spot){1, 2}, 2.5) == 12 && calls == 1 && seen_count == 3 &&
           !strcmp(seen[0].as.text, "abc") && seen[1].kind == FFI_ANY_RECORD &&
           seen[1].type == parse("struct spot") && seen[2].as.f64 == 2.5,
       "is called with values, and its result is stored");
    answer = TEXT("twelve");
    ok(code("abc", (struct spot){1, 2}, 2.5) == 0 && ffi_last_error() == FFI_ERROR_TYPE,
       "a result that does not fit is zero for native code");
    note("message", ffi_last_message());
    status = -3, answer = INT(5);
    fails(code("abc", (struct spot){1, 2}, 2.5), FFI_ERROR_ARGUMENT, "a callback failed with -3");
    status = 0;
    ffi_callback_free(callback);
    ok(dropped == 1, "the end of the callback drops the userdata");

    /* Within a call that was given the callback. */
    ffi_function *sort =
        bind(CODE(qsort), "void qsort(void *, size_t, size_t, int (*)(const void *, const void *))");
    ffi_callback *less =
        ffi_callback_any(context, ffi_type_parameter(ffi_function_signature(sort), 3), note_them, &calls, NULL);
    int     numbers[] = {3, 1, 2};
    ffi_any args[]    = {ffi_any_pointer(numbers), INT(3), INT(4),
                         ffi_any_function(NULL, ffi_callback_code(less))};
    answer            = INT(0);
    ok(!ffi_invoke_any(sort, &result, args, 4), "a call whose callbacks succeed");
    status = -5, result = INT(77);
    fails(!ffi_invoke_any(sort, &result, args, 4), FFI_ERROR_ARGUMENT, "a callback failed with -5");
    ok(result.as.i64 == 77, "a failure leaves the result alone");
    status = 0;
    ok(!ffi_invoke_any(sort, &result, args, 4), "the next call succeeds");
    ffi_callback_free(less);
    fails(!sorted_by(sort, args, fail_plainly), FFI_ERROR_RANGE, "the handler has failed");
    ok(sorted_by(sort, args, fail_at_length) && strlen(ffi_last_message()) == 3000,
       "the message of a callback is not cut");
    fails(!sorted_by(sort, args, fail_silently), FFI_ERROR_ARGUMENT, "a callback failed");

    char text[400] = "void f(";
    for (int i = 0; i < 40; i++) strcat(text, i ? ", int" : "int");
    callback = ffi_callback_any(context, parse(strcat(text, ")")), note_them, NULL, NULL);
    ffi_any many[40];
    for (int i = 0; i < 40; i++) many[i] = INT(i);
    ffi_function *calls_it = bind(ffi_callback_code(callback), text);
    ok(!ffi_invoke_any(calls_it, &result, many, 40) && seen_count == 40 && seen[39].as.i64 == 39,
       "a callback takes forty arguments");
    ffi_callback_free(callback);
    fails(ffi_callback_any(context, parse("int"), note_them, NULL, NULL), FFI_ERROR_TYPE,
          "the type is not a signature");
    fails(ffi_callback_any(context, type, NULL, NULL, NULL), FFI_ERROR_ARGUMENT, "native is NULL");
    fails(ffi_callback_any(context, NULL, note_them, NULL, NULL), FFI_ERROR_ARGUMENT, "is NULL");
    fails(ffi_callback_any(NULL, type, note_them, NULL, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ok(dropped == 1, "nothing is dropped when no callback was made");
    callback = ffi_callback_any(context, type, note_them, NULL, drop);
    ok(callback != NULL, "one is left to the context");
}

/* ---- functions that end what called them ---- */

static int end_context(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    *out = INT(args[0].as.i64 + count);
    ffi_context_free(userdata);
    return 0;
}

static int remove_itself(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    ffi_registry_remove(names, userdata);
    *out = args[count - 1];
    return count - 1;
}

static void ends(void) {
    ffi_context  *own      = ffi_context_new(NULL);
    ffi_callback *callback = ffi_callback_any(own, ffi_type_parse(own, "int(int)"), end_context, own, drop);
    int (*code)(int);
    void *address = ffi_callback_code(callback);
    memcpy(&code, &address, sizeof code);
    dropped = 0;
    ok(code(4) == 0, "a callback's function ends the context, and native code gets zeroes");
    ok(dropped == 1 && code(4) == 0, "its userdata is dropped afterwards");

    ffi_registry_add(names, "brief", remove_itself, -1, (void *)(uintptr_t) "brief");
    fails(!NAMED("brief", INT(1), INT(2)), FFI_ERROR_ARGUMENT, "a removed function failed with 1");
    ffi_registry_add_typed(names, "brief", remove_itself, "int(const char *)", (void *)(uintptr_t) "brief");
    fails(!NAMED("brief", TEXT("x")), FFI_ERROR_TYPE, "the result of a removed function: expected int, got");
    dropped = 0;
}

int main(void) {
    embed_begin();
    names = ffi_registry_new(context);
    typed();
    ends();
    callbacks();
    nested();
    handled();
    left();
    ffi_arena_free(arena);
    ffi_context_free(context);
    ok(dropped == 2, "which drops its userdata");
    return done();
}
