/* SPDX-License-Identifier: MIT */
/* Misuse of the embedding layer: each message names the function that the host has called, and a value that points
 * to nothing is an error. */
#include "embed.h"

static size_t length_of(const char *text) {
    return strlen(text);
}

static int turn(char *text, int count) {
    return count ? text[0]-- : 0;
}

static int apply(int (*function)(int), int value) {
    return function(value);
}

static char *copy_text(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    return copy ? strcpy(copy, text) : NULL;
}

static int give_text(const ffi_any *args, int count, ffi_any *result_, void *userdata) {
    (void)args, (void)count, (void)userdata;
    *result_ = TEXT("ten");
    return 0;
}

static void ignore(void *result_, const ffi_value *args, void *userdata) {
    (void)result_, (void)args, (void)userdata;
}

static void done_with(void *userdata, ffi_error error) {
    (void)userdata, (void)error;
}

static size_t none(void *state) {
    (void)state;
    return 0;
}

static ffi_host_value argument_of(void *state, size_t index) {
    (void)state;
    return index;
}

static ffi_any_kind kind_of(void *state, ffi_host_value value) {
    (void)state, (void)value;
    return FFI_ANY_NIL;
}

/* The call is an error of the caller, and its message begins with this name. */
#define NAMES(name, call)                                                                                      \
    (ffi_fail(FFI_ERROR_NONE, "%s", ""), (void)(call),                                                         \
     ok(ffi_last_error() == FFI_ERROR_ARGUMENT && !strncmp(ffi_last_message(), name ":", sizeof name),         \
        "%s: %s", #call, ffi_last_message()))
#define NAMED(function, ...) NAMES(#function, function(__VA_ARGS__))

static void names(void) {
    const ffi_ctype *type = parse("int"), *spot = parse("struct spot");
    const ffi_ctype *signature = ffi_function_signature(bind(CODE(add), "int(int, int)"));
    ffi_function    *f = bind(CODE(add), "int(int, int)"), *freed = bind(CODE(add), "int(int, int)");
    ffi_registry    *registry = ffi_registry_new(context);
    ffi_queue       *queue    = ffi_queue_new(context);
    ffi_callback    *callback = ffi_callback_new(context, "int(int)", ignore, NULL);
    int              at       = 0;
    ffi_any          one      = INT(1);
    char             block[1024];
    ffi_host         host = {0};

    NAMED(ffi_store_int, NULL, &at, 1);
    NAMED(ffi_store_uint, type, NULL, 1);
    NAMED(ffi_store_real, NULL, &at, 1);
    NAMED(ffi_store_bool, NULL, &at, true);
    NAMED(ffi_store_text, NULL, &at, "x");
    NAMED(ffi_store_pointer, NULL, &at, &at);
    NAMED(ffi_store_any, NULL, &at, &one);
    NAMED(ffi_store_path, NULL, &at, "x", &one);
    NAMED(ffi_store_path, spot, &at, NULL, &one);
    NAMED(ffi_load_path, NULL, &at, "x", &one);
    NAMED(ffi_load_path, spot, &at, NULL, &one);
    NAMED(ffi_load_argument, NULL, &(ffi_value){0}, 0, &one);
    NAMED(ffi_load_argument, signature, &(ffi_value){0}, 0, NULL);
    NAMED(ffi_invoke_any, NULL, &result, &one, 1);
    NAMED(ffi_any_free, NULL, &result);
    NAMED(ffi_invoke_host, NULL, &host, NULL, NULL);
    NAMED(ffi_invoke_host, f, &host, NULL, NULL);
    static const ffi_host    parts[] = {{.argument = argument_of},
                                        {.count = none},
                                        {.count = none, .argument = argument_of},
                                        {.count = none, .argument = argument_of, .kind = kind_of}};
    static const char *const lacks[] = {"count", "argument", "kind", "result"};
    for (size_t i = 0; i < COUNT(parts); i++) {
        char message[64];
        snprintf(message, sizeof message, "ffi_invoke_host: host->%s is NULL", lacks[i]);
        returns_error(ffi_invoke_host(f, &parts[i], NULL, NULL), FFI_ERROR_ARGUMENT, message);
    }
    NAMED(ffi_store_host, type, &at, NULL, &host, NULL, 0);
    NAMED(ffi_frame_size, NULL);
    NAMED(ffi_frame_init, NULL, block);
    NAMED(ffi_frame_argument, NULL, block, 0);
    NAMED(ffi_frame_store, NULL, block, 0, &one);
    NAMED(ffi_frame_store, f, NULL, 0, &one);
    NAMED(ffi_arena_text, NULL, "x", 1);
    NAMED(ffi_callback_any, context, NULL, give_text, NULL, NULL);
    NAMED(ffi_registry_add_typed, registry, "y", give_text, NULL, NULL);
    NAMED(ffi_registry_add_function, registry, "y", NULL);
    NAMED(ffi_invoke_async, f, &at, NULL, queue, done_with, NULL);

    ok(!ffi_registry_add(registry, "gives", give_text, 1, NULL), "a function of the host");
    NAMES("gives", ffi_registry_call(registry, "gives", &result, NULL, 1));

    ffi_function_free(freed);
    NAMED(ffi_registry_add_function, registry, "freed", freed);
    ffi_context  *other = ffi_context_new(NULL);
    ffi_function *its   = ffi_function_new(other, CODE(add), "int(int, int)");
    NAMED(ffi_registry_add_function, registry, "other", its);
    ffi_context_free(other);
    fails(ffi_registry_find(registry, "other"), FFI_ERROR_SYMBOL, "no function 'other'");

    ffi_callback_free(callback);
    NAMED(ffi_callback_deliver, callback, queue, FFI_DELIVER_HOP, 0);
    fails(ffi_arena_text(arena, "x", SIZE_MAX), FFI_ERROR_MEMORY, "out of memory");
    ffi_queue_free(queue);
    ffi_registry_free(registry);
}

/* ---- values that point to nothing ---- */

static void nothing(void) {
    ffi_any list = ffi_any_list(NULL, 2), members = ffi_any_members(NULL, 1), bytes = ffi_any_bytes(NULL, 2);
    ffi_any text = ffi_any_text_of(NULL, 2), long_text = ffi_any_text_of(NULL, UINT32_MAX);
    ffi_any record = ffi_any_record(parse("struct spot"), NULL);
    char    at[64];
    struct {
        const char    *type;
        const ffi_any *value;
        const char    *part;
    } cases[] = {{"struct spot", &list, "expected struct spot, got list at NULL"},
                 {"int[3]", &list, "got list at NULL"},
                 {"double _Complex", &list, "got list at NULL"},
                 {"struct spot", &members, "got record at NULL"},
                 {"struct spot", &record, "got record at NULL"},
                 {"const struct spot *", &record, "got record at NULL"},
                 {"char[3]", &bytes, "got bytes at NULL"},
                 {"const void *", &bytes, "got bytes at NULL"},
                 {"char[3]", &text, "got text at NULL"},
                 {"const char *", &text, "expected const char *, got text at NULL"},
                 {"const char *", &long_text, "got text at NULL"},
                 {"const wchar_t *", &text, "got text at NULL"},
                 {"enum named { NAMED_ONE }", &text, "got text at NULL"},
                 {"int", &text, "got text at NULL"}};
    for (size_t i = 0; i < COUNT(cases); i++)
        returns_error(ffi_store_any(parse(cases[i].type), at, cases[i].value), FFI_ERROR_ARGUMENT,
                      cases[i].part);
    const ffi_ctype *bits = parse("struct { enum bit_named { BIT_ONE } bit : 2; }");
    fails(!ffi_store_path(bits, at, "bit", &text), FFI_ERROR_TYPE, "got text at NULL");

    ffi_function *f = bind(CODE(length_of), "size_t length_of(const char *text)");
    fails(!CALL(f, text), FFI_ERROR_ARGUMENT,
          "argument 1 \"text\" of length_of: expected const char *, got text at NULL");
    fails(!CALL(f, long_text), FFI_ERROR_ARGUMENT, "got text at NULL");
    f = bind(CODE(total), "long long total(len(count) const int *numbers, size_t count)");
    fails(!CALL(f, list, INT(2)), FFI_ERROR_ARGUMENT, "got list at NULL");
    fails(!CALL(f, list, ffi_any_nil()), FFI_ERROR_ARGUMENT, "got list at NULL");
    f = bind(CODE(turn), "int turn(inout len(count) char *text, int count)");
    fails(!CALL_IN(f, text, INT(2)), FFI_ERROR_ARGUMENT, "got text at NULL");
    fails(!CALL_IN(f, long_text, INT(0)), FFI_ERROR_ARGUMENT, "got text at NULL");
    fails(!CALL_IN(f, list, INT(2)), FFI_ERROR_ARGUMENT, "got list at NULL");
    ok(!ffi_store_any(parse("int[3]"), at, &(ffi_any){.kind = FFI_ANY_LIST}) &&
           !ffi_store_any(parse("char[3]"), at, &(ffi_any){.kind = FFI_ANY_BYTES}),
       "an empty list and no bytes need no address");
}

/* ---- results ---- */

static void results(void) {
    const ffi_ctype *integer  = parse("int(int)");
    ffi_callback    *callback = ffi_callback_any(context, integer, give_text, NULL, NULL);
    ffi_function    *f        = bind(CODE(apply), "int apply(int (*)(int), int)");
    fails(!CALL(f, ffi_any_function(integer, ffi_callback_code(callback)), INT(1)), FFI_ERROR_TYPE,
          "the result of a callback: expected int, got text \"ten\"");

    f = bind(CODE(copy_text), "own(free) char *copy_text(const char *)");
    ok(!CALL_IN(f, TEXT("abc")) && !ffi_any_free(f, &result) && !strcmp(result.as.text, "abc") && !result.type,
       "ffi_any_free leaves the copy in an arena");
    ok(!CALL(f, TEXT("abc")) && result.type == parse("char *") && !ffi_any_free(f, &result) &&
           result.kind == FFI_ANY_NIL,
       "and frees what is the callee's");

    static const char *const types[]  = {"int",          "bool",    "double", "long double", "__int128",
                                         "const char *", "char[8]", "void *", "struct spot", "float[2]"};
    _Alignas(16) char        zero[64] = {0}, *text = zero + 32;
    for (size_t i = 0; i < COUNT(types); i++) {
        memcpy(zero,
               !strcmp(types[i], "const char *") || !strcmp(types[i], "void *") ? (char *)&text
                                                                                : "\1\0\0\0\0\0\0",
               8);
        ok(!ffi_load(parse(types[i]), zero, &result) && result.type == parse(types[i]),
           "%s: the type is that of %s", ffi_any_name((ffi_any_kind)result.kind), types[i]);
    }
}

/* ---- texts in messages ---- */

/* Hosts whose strings are Unicode take messages as UTF-8. */
static void texts(void) {
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    static const struct {
        const char *text, *shown;
    } bytes[]       = {{"\xff", "\\xff"},
                       {"a\x80", "a\\x80"},
                       {"\xc3", "\\xc3"},
                       {"\xc0\x80", "\\xc0\\x80"},
                       {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
                       {"\xe2\x82", "\\xe2\\x82"},
                       {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                       {"\x7f\n\"\\", "\\x7f\\x0a\\\"\\\\"}};
    ffi_function *f = bind(CODE(add), "int add(int a, int b)");
    char          text[256], expected[512];
    for (size_t size = 1; size <= COUNT(characters); size++) {
        for (size_t before = 30; before <= 45; before++) {
            memset(text, 'x', before);
            strcpy(text + before, characters[size - 1]);
            strcat(text, "yyyyyyyyyy");
            size_t cut = before <= 40 && before + size > 40 ? before : 40;
            if (length_of(text) <= 40) cut = length_of(text);
            snprintf(expected, sizeof expected, "argument 1 \"a\" of add: expected int, got text \"%.*s%s\"",
                     (int)cut, text, cut < length_of(text) ? "..." : "");
            fails(!CALL(f, TEXT(text), INT(1)), FFI_ERROR_TYPE, expected);
        }
    }
    for (size_t i = 0; i < COUNT(bytes); i++) {
        snprintf(expected, sizeof expected, "expected int, got text \"%s\"", bytes[i].shown);
        fails(!CALL(f, TEXT(bytes[i].text), INT(1)), FFI_ERROR_TYPE, expected);
    }
    _Alignas(8) char at[64];
    memset(text, 'x', 99);
    strcpy(text + 99, characters[1]);
    snprintf(expected, sizeof expected, "struct spot has no member \"%.99s...\"", text);
    ffi_any value = MEMBERS({text, INT(1)});
    fails(!ffi_store_any(parse("struct spot"), at, &value), FFI_ERROR_ARGUMENT, expected);
}

int main(void) {
    embed_begin();
    names();
    nothing();
    results();
    texts();
    return embed_end();
}
