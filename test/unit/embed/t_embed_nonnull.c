/* SPDX-License-Identifier: MIT */
/* Parameters that must not be NULL, by the headers' attribute or by the word: each way into a call refuses NULL, names the
 * argument, and calls nothing. What is not NULL passes as before. */
#include "embed.h"

#include <wchar.h>

static int calls;

static size_t measure(const char *text) {
    calls++;
    return text ? strlen(text) : 99;
}
static int blank(const void *from, size_t size) {
    calls++;
    return from ? (int)size : -1;
}
static int run(int (*code)(int)) {
    calls++;
    return code ? code(4) : -1;
}
static int twice(int x) {
    return 2 * x;
}
static int clear(char **text) {
    calls++;
    if (*text) *text = NULL;
    return !*text;
}
static size_t wide(const wchar_t *text) {
    calls++;
    return wcslen(text);
}
static int first(const char *format, ...) {
    calls++;
    return *format;
}
static int note_it(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    (void)args, (void)count, (void)userdata;
    *out = INT(++calls);
    return 0;
}

static const char text_of[] = "argument 1 \"text\" of measure: expected ";

static void values(void) {
    ffi_any     pointer = ffi_any_pointer(NULL), typed = ffi_any_pointer_of(parse("char *"), NULL);
    ffi_object *object;

    ok(!ffi_declare(context, "size_t measure(const char *text) __attribute__((__nonnull__(1)));"
                             "int blank(const void *from, size_t size) __attribute__((nonnull));"
                             "int run(int (*code)(int)) __attribute__((nonnull(1)));"
                             "size_t wide(const wchar_t text[static 1]);"
                             "int first(const char *format, ...) __attribute__((nonnull(1)));"),
       "declared as in a header");
    ffi_function *f     = ffi_function_typed(context, CODE(measure), ffi_declared_type(context, "measure"));
    ffi_function *named = bind(CODE(measure), "size_t measure(nonnull const char *text)");
    fails(!CALL(named, pointer), FFI_ERROR_TYPE,
          "argument 1 \"text\" of measure: expected a pointer that is not NULL, got NULL");
    fails(!CALL(named, typed), FFI_ERROR_TYPE, "that is not NULL, got NULL char *");
    fails(!CALL(named, ffi_any_nil()), FFI_ERROR_TYPE, text_of);
    fails(!CALL(named, ffi_any_text_of(NULL, 0)), FFI_ERROR_ARGUMENT, "got text at NULL");
    fails(!CALL(f, pointer), FFI_ERROR_TYPE, "a pointer that is not NULL");
    fails(!CALL_IN(f, pointer), FFI_ERROR_TYPE, "a pointer that is not NULL");
    ok(!calls && !CALL(named, TEXT("four")) && result.as.u64 == 4 && calls == 1, "a text passes");
    ok(!CALL(named, ffi_any_pointer((char[]){"three"})) && result.as.u64 == 5, "a pointer");
    ok(!CALL(named, ffi_any_bytes("", 0)) && !CALL(named, ffi_any_bytes(NULL, 0)) && result.as.u64 == 0,
       "and bytes");
    size_t length;
    ffi_invoke(named, &length, (ffi_value[]){{.ptr = NULL}});
    ok(length == 99, "ffi_invoke checks nothing");

    f     = ffi_function_typed(context, CODE(blank), ffi_declared_type(context, "blank"));
    calls = 0;
    fails(!CALL(f, pointer, INT(0)), FFI_ERROR_TYPE,
          "argument 1 \"from\": expected a pointer that is not NULL, got NULL");
    ok(!calls && !CALL(f, ffi_any_bytes(NULL, 0), INT(0)) && result.as.i64 == 0,
       "no bytes are at an address that is not NULL");
    object = ffi_object_new(context, &calls, NULL);
    ok(!CALL(f, ffi_any_object(object), INT(1)) && result.as.i64 == 1, "an object");
    ffi_object_release(object);

    f     = ffi_function_typed(context, CODE(run), ffi_declared_type(context, "run"));
    calls = 0;
    fails(!CALL(f, ffi_any_function(NULL, NULL)), FFI_ERROR_TYPE, "a pointer that is not NULL, got function");
    fails(!CALL(f, pointer), FFI_ERROR_TYPE, "that is not NULL");
    ok(!calls && !CALL(f, ffi_any_function(NULL, CODE(twice))) && result.as.i64 == 8, "code passes");

    f = ffi_function_typed(context, CODE(wide), ffi_declared_type(context, "wide"));
    fails(!CALL(f, pointer), FFI_ERROR_TYPE, "that is not NULL");
    ok(!CALL(f, TEXT("abc")) && result.as.u64 == 3, "a wide text passes");

    f     = bind(CODE(clear), "int clear(nonnull inout char **text)");
    calls = 0;
    ok(!CALL(f, ffi_any_pointer(NULL)) && calls == 1 && result.as.list[0].as.i64 == 1,
       "an inout that holds NULL is not NULL");
    f = bind(CODE(clear), "int clear(nonnull char **text)");
    ok(!CALL(f, LIST(ffi_any_nil())) && result.as.i64 == 1, "nor is a list of nil");
    f = bind(CODE(clear), "int clear(nonnull out char **text)");
    ok(!ffi_invoke_any(f, &result, NULL, 0) && result.as.list[0].as.i64 == 1, "nor an out");

    f                  = ffi_function_typed(context, CODE(first), ffi_declared_type(context, "first"));
    ffi_function *form = ffi_function_variadic(f, "void *");
    calls              = 0;
    fails(!CALL(form, pointer, pointer), FFI_ERROR_TYPE, "argument 1 \"format\"");
    ok(!calls && !CALL(form, TEXT("x"), pointer) && result.as.i64 == 'x', "variable arguments may be NULL");
}

static void other_ways(void) {
    ffi_function *f     = bind(CODE(measure), "size_t measure(nonnull const char *text)");
    ffi_any       value = ffi_any_pointer(NULL);
    void         *frame = ffi_frame_init(f, ffi_arena_allocate(arena, ffi_frame_size(f), 16));
    fails(!ffi_frame_store(f, frame, 0, &value), FFI_ERROR_TYPE,
          "argument 1 \"text\" of measure: expected a pointer that is");

    const ffi_function *functions[] = {f, bind(CODE(measure), "size_t measure(const char *)")};
    uint64_t            words[]     = {FFI_BATCH_HEAD(1, 3), 0, 0, FFI_BATCH_HEAD(0, 3), 0, 0};
    size_t              made        = 9;
    calls                           = 0;
    fails(!ffi_invoke_batch(functions, 2, words, 6, &made, NULL), FFI_ERROR_RANGE,
          "call 1 at word 3: a pointer that is not NULL is needed as argument 1");
    ok(made == 1 && calls == 1 && words[1] == 99, "the batch ends before it");

    ffi_registry *names = ffi_registry_new(context);
    calls               = 0;
    ok(!ffi_registry_add_typed(names, "keep", note_it,
                               "int keep(nonnull const char *text, nonnull const int *list, nullable void *)",
                               NULL),
       "a function of the host may have nonnull");
    ffi_any given[] = {value, LIST(INT(1)), value};
    fails(!ffi_registry_call(names, "keep", &result, given, 3), FFI_ERROR_TYPE,
          "argument 1 \"text\" of keep: expected a pointer that is");
    given[0] = TEXT("x");
    ok(!calls && !ffi_registry_call(names, "keep", &result, given, 3) && calls == 1,
       "what is not NULL comes to it");
    given[1] = ffi_any_list(NULL, 0);
    ok(!ffi_registry_call(names, "keep", &result, given, 3) && calls == 2, "an empty list is not NULL");
    ffi_registry_free(names);
}

int main(void) {
    embed_begin();
    values();
    other_ways();
    ffi_context_free(context);
    return done();
}
