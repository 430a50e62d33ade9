/* SPDX-License-Identifier: MIT */
/* The embedding layer: values into memory and back, calls with them, frames, annotations, hosts. */
#include "helper.h"

#include <errno.h>
#include <ffi_embed.h>
#include <math.h>
#include <stdint.h>
#include <wchar.h>

static ffi_context *context;

static const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("Bail out! %s: %s\n", text, ffi_last_message()), exit(1);
    return type;
}

static ffi_function *bind(void *address, const char *signature) {
    ffi_function *function = ffi_function_new(context, address, signature);
    if (!function) printf("Bail out! %s: %s\n", signature, ffi_last_message()), exit(1);
    return function;
}

#define CODE(f)      (void *)(uintptr_t)(f)
#define COUNT(a)     (sizeof(a) / sizeof *(a))
#define LIST(...)    ffi_any_list((ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))
#define MEMBERS(...) ffi_any_members((ffi_member[]){__VA_ARGS__}, COUNT(((ffi_member[]){__VA_ARGS__})))

/* Calls with these arguments; the error, and the result in `result`. */
static ffi_any    result;
static ffi_arena *arena;
#define CALL(function, ...)                                                                                    \
    ffi_invoke_any(function, &result, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))
#define CALL_IN(function, ...)                                                                                 \
    ffi_invoke_any_in(function, &result, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})), arena)

#define INT(x)  ffi_any_int(x)
#define REAL(x) ffi_any_real(x)
#define TEXT(x) ffi_any_text(x)

/* ---- numbers ---- */

static bool round_trip(const char *type_text, ffi_any any, ffi_any *out) {
    _Alignas(16) unsigned char memory[64];
    const ffi_ctype           *type = parse(type_text);
    memset(memory, 0xa5, sizeof memory);
    if (ffi_store_any(type, memory, &any) || ffi_load(type, memory, out)) return false;
    for (size_t i = ffi_type_size(type); i < sizeof memory; i++)
        if (memory[i] != 0xa5) return false;
    return true;
}

static void numbers(void) {
    static const struct {
        const char *type;
        int64_t     least;
        uint64_t    most;
    } rows[] = {{"signed char", -128, 127},
                {"unsigned char", 0, 255},
                {"short", -32768, 32767},
                {"unsigned short", 0, 65535},
                {"int", INT32_MIN, INT32_MAX},
                {"unsigned", 0, UINT32_MAX},
                {"long long", INT64_MIN, INT64_MAX},
                {"unsigned long long", 0, UINT64_MAX}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        const ffi_ctype *type = parse(rows[i].type);
        char             at[8];
        bool             fits = round_trip(rows[i].type, INT(rows[i].least), &result);
        ok(fits && result.as.i64 == rows[i].least && result.type == type, "the least %s", rows[i].type);
        ok(round_trip(rows[i].type, ffi_any_uint(rows[i].most), &result) && result.as.u64 == rows[i].most &&
               result.kind == (rows[i].least ? FFI_ANY_INT : FFI_ANY_UINT),
           "the most");
        if (rows[i].least > INT64_MIN)
            fails(!ffi_store_int(type, at, rows[i].least - 1), FFI_ERROR_RANGE, "got -");
        if (rows[i].most < UINT64_MAX)
            fails(!ffi_store_uint(type, at, rows[i].most + 1), FFI_ERROR_RANGE, "got ");
        ok(round_trip(rows[i].type, REAL(100), &result) && result.as.i64 == 100, "a whole real");
        ok(round_trip(rows[i].type, ffi_any_bool(true), &result) && result.as.i64 == 1, "true is 1");
        fails(!ffi_store_real(type, at, 1.5), FFI_ERROR_RANGE, "got 1.5");
        fails(!ffi_store_real(type, at, NAN), FFI_ERROR_RANGE, "got ");
        fails(!ffi_store_real(type, at, 1e30), FFI_ERROR_RANGE, "got 1");
        fails(!ffi_store_text(type, at, "1"), FFI_ERROR_TYPE, "got text \"1\"");
        fails(!ffi_store_text(type, at, NULL), FFI_ERROR_TYPE, "got nil");
        fails(!ffi_store_pointer(type, at, at), FFI_ERROR_TYPE, "got pointer");
    }
    char at[16];
    fails(!ffi_store_int(parse("uint8_t"), at, 300), FFI_ERROR_RANGE, "expected uint8_t (0 to 255), got 300");
    fails(!ffi_store_int(parse("unsigned"), at, -1), FFI_ERROR_RANGE, "(0 to 4294967295), got -1");
    fails(!ffi_store_int(parse("_Bool"), at, 2), FFI_ERROR_RANGE, "(0 or 1), got 2");
    ok(!ffi_store_bool(parse("_Bool"), at, true) && at[0] == 1 && !ffi_load(parse("_Bool"), at, &result) &&
           result.kind == FFI_ANY_BOOL && result.as.b,
       "a bool");
    ok(round_trip("__int128", INT(-5), &result) && result.kind == FFI_ANY_INT && result.as.i64 == -5,
       "__int128");
    ok(round_trip("__int128", ffi_any_uint(UINT64_MAX), &result) && result.kind == FFI_ANY_UINT, "a large one");
    uint64_t huge[2] = {1, 1};
    ok(!ffi_load(parse("__int128"), huge, &result) && result.kind == FFI_ANY_RECORD && result.as.ptr == huge,
       "one that fits nowhere is told by its place");
    fails(!ffi_store_int(parse("unsigned __int128"), at, -5), FFI_ERROR_RANGE, "got -5");

    static const char *const reals[] = {"_Float16", "float", "double", "_Float128", "long double"};
    static const double values[] = {0, -0.0, 1, -1.5, 65504, 0x1p-14, 0x1p-24, 0x1.ffcp-3, INFINITY, -INFINITY};
    for (size_t i = 0; i < COUNT(reals); i++) {
        bool same = true;
        for (size_t k = 0; k < COUNT(values); k++)
            same &= round_trip(reals[i], REAL(values[k]), &result) && result.as.f64 == values[k] &&
                    signbit(result.as.f64) == signbit(values[k]);
        ok(same, "%s: values come back", reals[i]);
        ok(round_trip(reals[i], REAL(NAN), &result) && isnan(result.as.f64), "NaN");
        ok(round_trip(reals[i], INT(-1024), &result) && result.as.f64 == -1024, "an integer");
        fails(!ffi_store_int(parse(reals[i]), (char[16]){0}, INT64_MAX), FFI_ERROR_RANGE,
              "got 9223372036854775807");
        fails(!ffi_store_text(parse(reals[i]), (char[16]){0}, "x"), FFI_ERROR_TYPE, "got text \"x\"");
    }
    fails(!ffi_store_real(parse("float"), at, 1e300), FFI_ERROR_RANGE, "expected float, got 1");
    fails(!ffi_store_real(parse("_Float16"), at, 65520), FFI_ERROR_RANGE, "expected _Float16, got 65520");
    fails(!ffi_store_int(parse("float"), at, 16777217), FFI_ERROR_RANGE, "expected float, got 16777217");
    ok(round_trip("float", REAL(0.1), &result) && result.as.f64 == 0.1f, "a real is rounded to float");
    ok(round_trip("_Float16", REAL(0.1), &result) && result.as.f64 == 0x1.998p-4, "and to _Float16");
    ok(round_trip("_Float16", REAL(0x1p-25), &result) && result.as.f64 == 0, "half of the smallest, to even");
    ok(round_trip("_Float16", REAL(0x1.8p-25), &result) && result.as.f64 == 0x1p-24, "more than half");
#ifdef __SIZEOF_FLOAT128__
    __float128 third = (__float128)1 / 3;
    ok(!ffi_load(parse("_Float128"), &third, &result) && result.as.f64 == (double)third,
       "_Float128 is rounded");
    third = 0x1p-16;
    ok(!ffi_store_real(parse("_Float128"), &third, 1e-300) && third == (__float128)1e-300, "and written");
#endif
    long double exact = 0;
    ok(!ffi_store_real(parse("long double"), &exact, 1e-300) && exact == (long double)1e-300, "long double");
    exact = 1.0L / 3;
    ok(!ffi_load(parse("long double"), &exact, &result) && result.as.f64 == (double)exact, "is rounded");
    exact = 1e-310L / 3;
    ok(!ffi_load(parse("long double"), &exact, &result) && result.as.f64 == (double)exact,
       "to a subnormal too");
    ok(round_trip("float _Complex", LIST(REAL(1), REAL(-2)), &result) && result.kind == FFI_ANY_RECORD,
       "a complex");
    float complex_parts[2] = {9, 9};
    ok(!ffi_store_int(parse("float _Complex"), complex_parts, 3) && complex_parts[0] == 3 &&
           complex_parts[1] == 0,
       "of a number");
}

/* ---- texts, pointers, enums ---- */

static void texts(void) {
    const char *text = "?";
    char        name[6];
    memset(name, 'x', sizeof name);
    ok(!ffi_store_text(parse("const char *"), &text, "abc") && !strcmp(text, "abc"), "a text's address");
    ok(!ffi_store_text(parse("char[6]"), name, "abc") && !memcmp(name, "abc\0\0", 6), "a text in an array");
    ok(!ffi_load(parse("char[6]"), name, &result) && result.kind == FFI_ANY_TEXT && result.length == 3,
       "and back");
    ok(!ffi_store_text(parse("char[6]"), name, "abcde"), "with its NUL");
    fails(!ffi_store_text(parse("char[6]"), name, "abcdef"), FFI_ERROR_RANGE,
          "expected char[6], got text \"abcdef\"");
    ffi_any zero = ffi_any_text_of("a\0b", 3);
    fails(!ffi_store_any(parse("char[6]"), name, &zero), FFI_ERROR_RANGE, "a NUL in it, got text \"a\\x00b\"");
    fails(!ffi_store_any(parse("const char *"), &text, &zero), FFI_ERROR_RANGE, "a NUL in it");
    fails(!ffi_store_text(parse("char *"), &text, "x"), FFI_ERROR_TYPE,
          "that the callee may write, got text \"x\"");
    fails(!ffi_store_text(parse("int *"), &text, "x"), FFI_ERROR_TYPE, "expected int *, got text");
    memcpy(name, "abcdef", 6);
    ok(!ffi_load(parse("char[6]"), name, &result) && result.kind == FFI_ANY_BYTES && result.length == 6,
       "no NUL");
    ok(!ffi_store_text(parse("const char *"), &text, NULL) && !text, "nil is NULL");
    ok(!ffi_load(parse("const char *"), &text, &result) && result.kind == FFI_ANY_NIL, "and back");
    ok(!ffi_load_text("abc\0", 4, &result) && result.length == 3, "a text with a limit");
    fails(!ffi_load_text("abc", 3, &result), FFI_ERROR_RANGE, "no NUL among the first 3 bytes");

    void   *pointer = NULL;
    ffi_any typed   = ffi_any_pointer(name);
    typed.type      = parse("int *");
    ok(!ffi_store_pointer(parse("int *"), &pointer, name) && pointer == name, "any pointer");
    ok(!ffi_store_any(parse("const int *"), &pointer, &typed), "a typed one, as C assigns");
    fails(!ffi_store_any(parse("long long *"), &pointer, &typed), FFI_ERROR_TYPE,
          "expected long long *, got pointer int *");
    ok(!ffi_load(parse("int *"), &pointer, &result) && result.kind == FFI_ANY_POINTER &&
           result.type == parse("int *"),
       "is loaded with its type");
    ffi_any code = ffi_any_function(parse("int(int)"), CODE(texts));
    ok(!ffi_store_any(parse("int (*)(int)"), &pointer, &code) && pointer == CODE(texts), "code");
    ok(!ffi_load(parse("int (*)(int)"), &pointer, &result) && result.kind == FFI_ANY_FUNCTION &&
           result.type == parse("int(int)"),
       "and back");
    fails(!ffi_store_any(parse("void (*)(int)"), &pointer, &code), FFI_ERROR_TYPE, "got function int (int)");
    fails(!ffi_store_any(parse("int *"), &pointer, &code), FFI_ERROR_TYPE, "expected int *, got function");
    fails(!ffi_store_int(parse("void *"), &pointer, 0), FFI_ERROR_TYPE, "expected void *, got 0");
    ffi_any list = LIST(INT(1));
    fails(!ffi_store_any(parse("int *"), &pointer, &list), FFI_ERROR_TYPE, "need the memory of a call");
    fails(!ffi_load(parse("void"), name, &result), FFI_ERROR_TYPE, "void has no value");
    fails(!ffi_load(parse("struct nothing"), name, &result), FFI_ERROR_TYPE, "struct nothing has no value");
    fails(!ffi_store_int(parse("struct nothing"), name, 1), FFI_ERROR_TYPE, "expected struct nothing, got 1");

    int color = 9;
    ok(!ffi_declare(context, "enum color { RED, GREEN = 7 };"), "an enum");
    ok(!ffi_store_text(parse("enum color"), &color, "GREEN") && color == 7, "a constant by its name");
    fails(!ffi_store_text(parse("enum color"), &color, "BLUE"), FFI_ERROR_ARGUMENT,
          "expected enum color, got text \"BLUE\"");
    ok(!ffi_store_int(parse("enum color"), &color, 12) && color == 12, "any number");
    ok(!ffi_load(parse("enum color"), &color, &result) && result.as.i64 == 12 &&
           result.type == parse("enum color"),
       "comes with its type");
}

/* ---- records and arrays ---- */

struct spot {
    short x, y;
};
struct shape {
    struct spot at[2];
    unsigned    low : 3, high : 7;
    signed      sign : 2;
    char        name[8];
    double      size;
};

static void records(void) {
    struct shape     shape;
    const ffi_ctype *type = parse("struct shape");
    ffi_any value = MEMBERS({"at", LIST(LIST(INT(1), INT(2)), MEMBERS({"y", INT(4)}))}, {"high", INT(100)},
                            {"sign", INT(-2)}, {"name", TEXT("abc")}, {"size", REAL(1.5)});
    memset(&shape, 0xff, sizeof shape);
    ok(!ffi_store_any(type, &shape, &value) && shape.at[0].x == 1 && shape.at[0].y == 2 && shape.at[1].x == 0 &&
           shape.at[1].y == 4 && shape.low == 0 && shape.high == 100 && shape.sign == -2 &&
           !strcmp(shape.name, "abc") && shape.size == 1.5,
       "a record by names; what is left out is 0");
    struct shape before = shape;
    value               = MEMBERS({"size", REAL(9)}, {"colour", INT(1)});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_ARGUMENT, "struct shape has no member \"colour\"");
    value = MEMBERS({"at", LIST(LIST(INT(1)), LIST(INT(5), INT(40000)))});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE,
          ".at[1].y: expected short (-32768 to 32767), got 40000");
    value = MEMBERS({"at", LIST(INT(1))});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_TYPE, ".at[0]: expected struct spot, got 1");
    value = MEMBERS({"at", LIST(LIST(INT(1)), LIST(INT(1)), LIST(INT(1)))});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE,
          ".at: expected struct spot[2], got a list of 3");
    value = MEMBERS({"low", INT(8)});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE, ".low: expected a number that the bit-field");
    value = LIST(LIST(INT(1)), LIST(INT(1)), LIST(INT(1)), INT(1), INT(1), INT(1), INT(1));
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE, "got a list of 7");
    ok(!memcmp(&before, &shape, sizeof shape), "a failure writes nothing");

    ok(!ffi_store_path(type, &shape, "at[1].x", &(ffi_any){.kind = FFI_ANY_INT, .as.i64 = -3}) &&
           shape.at[1].x == -3,
       "a path");
    value = INT(5);
    ok(!ffi_store_path(type, &shape, "low", &value) && shape.low == 5 && shape.high == 100, "a bit-field");
    value = INT(-1);
    fails(!ffi_store_path(type, &shape, "low", &value), FFI_ERROR_RANGE, "low: expected a number");
    value = TEXT("x");
    fails(!ffi_store_path(type, &shape, "at[1].x", &value), FFI_ERROR_TYPE,
          "at[1].x: expected short, got text \"x\"");
    fails(!ffi_store_path(type, &shape, "at[2].x", &value), FFI_ERROR_RANGE, "'[2]' is beyond");
    ok(!ffi_load_path(type, &shape, "at[1].x", &result) && result.as.i64 == -3, "load by path");
    ok(!ffi_load_path(type, &shape, "high", &result) && result.kind == FFI_ANY_UINT && result.as.u64 == 100,
       "a bit-field");
    ok(!ffi_load_path(type, &shape, "sign", &result) && result.kind == FFI_ANY_INT && result.as.i64 == -2,
       "signed");
    ok(!ffi_load_path(type, &shape, "at[1]", &result) && result.kind == FFI_ANY_RECORD &&
           result.as.ptr == &shape.at[1] && result.type == parse("struct spot"),
       "a record within");
    struct spot spot = {7, 8};
    value            = ffi_any_record(parse("const struct spot"), &spot);
    ok(!ffi_store_path(type, &shape, "at[0]", &value) && shape.at[0].x == 7 && shape.at[0].y == 8,
       "a whole record");
    value = ffi_any_record(parse("struct shape"), &shape);
    fails(!ffi_store_path(type, &shape, "at[0]", &value), FFI_ERROR_TYPE,
          "expected struct spot, got record struct shape");
    unsigned char bytes[4] = {9, 9, 9, 9};
    value                  = ffi_any_bytes("\1\2", 2);
    ok(!ffi_store_any(parse("unsigned char[4]"), bytes, &value) && !memcmp(bytes, "\1\2\0\0", 4), "bytes");
    value = ffi_any_bytes("\1\2\3\4\5", 5);
    fails(!ffi_store_any(parse("unsigned char[4]"), bytes, &value), FFI_ERROR_RANGE, "got 5 bytes");
    ffi_any cyclic[1];
    cyclic[0] = ffi_any_list(cyclic, 1);
    fails(!ffi_store_any(parse("int[4]"), bytes, &cyclic[0]), FFI_ERROR_TYPE,
          "[0]: expected int, got a list of 1");
    int lanes[4];
    value = LIST(INT(1), INT(2), INT(3));
    ok(!ffi_store_any(parse("int __attribute__((vector_size(16)))"), lanes, &value) && lanes[2] == 3 &&
           !lanes[3],
       "a vector");
}

/* ---- calls ---- */

static int add(int a, int b) {
    return a + b;
}
static double scale(struct spot *spot, double by) {
    spot->x = (short)(spot->x * by);
    return spot->y * by;
}
static struct spot turned(struct spot spot) {
    return (struct spot){spot.y, spot.x};
}
static struct shape named(const char *name) {
    struct shape shape = {.size = 2.5};
    strncpy(shape.name, name, 7);
    return shape;
}
static long long total(const int *numbers, size_t count) {
    long long sum = 0;
    for (size_t i = 0; i < count; i++) sum += numbers[i];
    return sum;
}
static size_t lengths(const char *const *texts, int count) {
    size_t sum = 0;
    for (int i = 0; i < count; i++) sum += strlen(texts[i]);
    return sum;
}
static size_t wide(const wchar_t *text) {
    return wcslen(text) * 1000 + (size_t)text[0];
}
static int apply(int (*f)(int, int), int x) {
    return f ? f(x, x) : -1;
}
static long double halved(long double x) {
    return x / 2;
}
static const char *first_line(const char *text) {
    return strchr(text, '\n') ? "many" : text;
}
struct node {
    struct node *next;
    int          value;
};
static int sum_nodes(const struct node *node) {
    int sum = 0;
    for (; node; node = node->next) sum += node->value;
    return sum;
}

static void calls(void) {
    ffi_function *f = bind(CODE(add), "int add(int a, int b)");
    ok(!CALL(f, INT(2), INT(3)) && result.kind == FFI_ANY_INT && result.as.i64 == 5, "two integers");
    ok(!CALL(f, ffi_any_uint(2), REAL(-3)) && result.as.i64 == -1, "of other kinds");
    fails(!CALL(f, INT(2), TEXT("ten")), FFI_ERROR_TYPE,
          "argument 2 \"b\" of add: expected int, got text \"ten\"");
    fails(!CALL(f, INT(INT64_C(1) << 31), INT(1)), FFI_ERROR_RANGE,
          "argument 1 \"a\" of add: expected int (-2147483648 to 2147483647), got 2147483648");
    fails(!CALL(f, INT(2)), FFI_ERROR_ARGUMENT, "add takes 2 arguments, got 1");
    fails(!CALL(f, INT(2), INT(3), INT(4)), FFI_ERROR_ARGUMENT, "add takes 2 arguments, got 3");
    fails(!CALL(f, INT(2), ffi_any_nil()), FFI_ERROR_TYPE, "expected int, got nil");
    fails(!ffi_invoke_any(f, &result, NULL, 2), FFI_ERROR_ARGUMENT, "args is NULL");
    fails(!ffi_invoke_any(NULL, &result, NULL, 0), FFI_ERROR_ARGUMENT, "function is NULL");
    ok(!ffi_invoke_any(f, NULL, (ffi_any[]){INT(1), INT(2)}, 2), "a result that nobody wants");
    fails(!CALL(bind(CODE(add), "int(int)"), TEXT("x")), FFI_ERROR_TYPE,
          "argument 1: expected int, got text \"x\"");
    f = bind(CODE(printf), "int printf(const char *, ...)");
    fails(!CALL(f, TEXT("%d"), INT(1)), FFI_ERROR_ARGUMENT,
          "printf takes 1 argument, got 2; with variable arguments");

    struct spot spot = {10, 20};
    f                = bind(CODE(scale), "double scale(struct spot *spot, double by)");
    ffi_any record   = ffi_any_record(parse("struct spot"), &spot);
    ok(!CALL(f, record, REAL(1.5)) && result.as.f64 == 30 && spot.x == 15,
       "a record behind a pointer is the caller's");
    ok(!CALL(f, MEMBERS({"x", INT(1)}, {"y", INT(2)}), INT(3)) && result.as.f64 == 6, "members become one");
    ok(!CALL(f, LIST(LIST(INT(1), INT(5))), INT(3)) && result.as.f64 == 15, "a list becomes an array");
    fails(!CALL(f, MEMBERS({"z", INT(1)}), INT(3)), FFI_ERROR_ARGUMENT,
          "argument 1 \"spot\" of scale: struct spot has no member \"z\"");
    fails(!CALL(f, LIST(LIST(INT(1), TEXT("y"))), INT(3)), FFI_ERROR_TYPE,
          "argument 1 \"spot\" of scale, at [0].y: expected short, got text \"y\"");
    fails(!CALL(f, ffi_any_nil(), INT(3)), FFI_ERROR_TYPE, "expected struct spot *, got nil");
    fails(!CALL(f, ffi_any_record(parse("int"), &spot), INT(3)), FFI_ERROR_TYPE, "got record int");

    f = bind(CODE(turned), "struct spot turned(struct spot)");
    ok(!CALL(f, record) && result.kind == FFI_ANY_RECORD && ((struct spot *)result.as.ptr)->x == 20,
       "by value");
    ok(!CALL(f, result) && ((struct spot *)result.as.ptr)->x == 15,
       "the result of a call is an argument of the next");
    f = bind(CODE(named), "struct shape named(const char *)");
    ok(!CALL(f, TEXT("abc")) && !strcmp(((struct shape *)result.as.ptr)->name, "abc") &&
           ((struct shape *)result.as.ptr)->size == 2.5,
       "a larger one");
    ok(!CALL_IN(f, TEXT("abc")) && !strcmp(((struct shape *)result.as.ptr)->name, "abc"), "in an arena");
    ffi_any kept = result;
    ok(!CALL_IN(f, TEXT("def")) && !strcmp(((struct shape *)kept.as.ptr)->name, "abc"), "where it stays");

    f = bind(CODE(total), "long long total(const int *numbers, size_t count)");
    ffi_any many[1000];
    for (int i = 0; i < 1000; i++) many[i] = INT(i);
    ok(!CALL(f, ffi_any_list(many, 1000), INT(1000)) && result.as.i64 == 499500, "a long list");
    many[999] = TEXT("x");
    fails(!CALL(f, ffi_any_list(many, 1000), INT(1000)), FFI_ERROR_TYPE,
          "at [999]: expected const int, got text \"x\"");
    ok(!CALL(f, ffi_any_pointer((int[]){4, 5}), INT(2)) && result.as.i64 == 9, "a pointer");
    fails(!CALL(f, LIST(INT(1)), INT(-1)), FFI_ERROR_RANGE,
          "argument 2 \"count\" of total: expected size_t (0 to ");

    f = bind(CODE(lengths), "size_t lengths(const char *const *texts, int count)");
    ok(!CALL(f, LIST(TEXT("a"), TEXT("bcd"), ffi_any_bytes("ef", 2)), INT(3)) && result.as.u64 == 6 &&
           result.kind == FFI_ANY_UINT,
       "a list of texts; bytes get a NUL");
    fails(!CALL(f, LIST(TEXT("a"), INT(3)), INT(2)), FFI_ERROR_TYPE,
          "at [1]: expected const char *const, got 3");
    f = bind(CODE(wide), "size_t wide(const wchar_t *)");
    ok(!CALL(f, TEXT("\xc3\xa9tudes \xe2\x82\xac")) && result.as.u64 == 8000 + 0xe9, "a wide text");
    fails(!CALL(f, TEXT("\xc3(")), FFI_ERROR_RANGE, "expected text in UTF-8");
    fails(!CALL(f, TEXT("\xed\xa0\x80")), FFI_ERROR_RANGE, "expected text in UTF-8");
    fails(!CALL(f, TEXT("a\xe2\x82")), FFI_ERROR_RANGE, "expected text in UTF-8");
    ok(!CALL(f, TEXT("\xf0\x9f\x98\x80")) &&
           result.as.u64 == (sizeof(wchar_t) == 2 ? 2000 + 0xd83d : 1000 + 0x1f600),
       "beyond 16 bits");

    f = bind(CODE(apply), "int apply(int (*f)(int, int), int x)");
    ok(!CALL(f, ffi_any_function(parse("int(int, int)"), CODE(add)), INT(4)) && result.as.i64 == 8, "code");
    ok(!CALL(f, ffi_any_pointer(NULL), INT(4)) && result.as.i64 == -1, "NULL");
    fails(!CALL(f, ffi_any_function(parse("int(int)"), CODE(add)), INT(4)), FFI_ERROR_TYPE,
          "got function int (int)");
    fails(!CALL(f, ffi_any_nil(), INT(4)), FFI_ERROR_TYPE, "got nil");
    f = bind(CODE(apply), "int apply(nullable int (*f)(int, int), int x)");
    ok(!CALL(f, ffi_any_nil(), INT(4)) && result.as.i64 == -1, "nil, where the parameter is nullable");

    f = bind(CODE(halved), "long double halved(long double)");
    ok(!CALL(f, REAL(3)) && result.kind == FFI_ANY_REAL && result.as.f64 == 1.5, "long double");
    f = bind(CODE(first_line), "const char *first_line(const char *text)");
    ok(!CALL(f, TEXT("a\nb")) && result.kind == FFI_ANY_TEXT && !strcmp(result.as.text, "many"),
       "a text as result");
    fails(!CALL(f, ffi_any_text_of("a\0b", 3)), FFI_ERROR_RANGE,
          "argument 1 \"text\" of first_line: expected text without");
    fails(!CALL(f, ffi_any_bytes("a\0b", 3)), FFI_ERROR_RANGE, "without a NUL");

    f = bind(CODE(sum_nodes), "int sum_nodes(nullable const struct node *)");
    ok(!CALL(f, MEMBERS({"value", INT(1)}, {"next", MEMBERS({"value", INT(2)})})) && result.as.i64 == 3,
       "a record that points to one");
    ffi_member cyclic[1] = {{"next", ffi_any_nil()}};
    cyclic[0].value      = ffi_any_members(cyclic, 1);
    fails(!CALL(f, cyclic[0].value), FFI_ERROR_RANGE, "nested at most 64 deep");
    ffi_object *object = ffi_object_new(context, &(struct node){NULL, 6}, NULL);
    ok(!CALL(f, ffi_any_object(object)) && result.as.i64 == 6, "an object");
    ffi_object_release(object);
    fails(!CALL(f, ffi_any_object(object)), FFI_ERROR_ARGUMENT,
          "argument 1 of sum_nodes: expected an object that is not");
}

/* ---- annotations ---- */

static int divide(int a, int b, int *quotient, int *rest) {
    if (!b) return -1;
    *quotient = a / b, *rest = a % b;
    return 0;
}
static void swap(int *a, int *b) {
    int c = *a;
    *a = *b, *b = c;
}
static size_t fill(char *buffer, size_t size) {
    if (size) memset(buffer, 'x', size - 1), buffer[size - 1] = 0;
    return size;
}
static int doubled(int *numbers, int count) {
    for (int i = 0; i < count; i++) numbers[i] *= 2;
    return count;
}
static int fail_with(int number) {
    errno = number;
    return number ? -1 : 7;
}
static int freed;

static void *no_memory(size_t size) {
    errno = ENOMEM;
    return size > 1000 ? NULL : &freed;
}

void free_text(char *text);
void free_text(char *text) {
    freed++;
    free(text);
}
static char *copy_text(const char *text) {
    return strcpy(malloc(strlen(text) + 1), text);
}
static int print_text(char **out, int number) {
    return sprintf(*out = malloc(20), "%d", number);
}

static void annotations(void) {
    ffi_function *f = bind(CODE(divide), "int divide(int a, int b, out int *quotient, out int *rest)");
    ok(!CALL(f, INT(17), INT(5)) && result.kind == FFI_ANY_LIST && result.length == 3 &&
           result.as.list[0].as.i64 == 0 && result.as.list[1].as.i64 == 3 && result.as.list[2].as.i64 == 2,
       "what comes out is a list");
    fails(!CALL(f, INT(17), INT(5), INT(1)), FFI_ERROR_ARGUMENT, "divide takes 2 arguments, got 3");
    fails(!CALL(f, INT(17), TEXT("x")), FFI_ERROR_TYPE, "argument 2 \"b\" of divide");
    f     = bind(CODE(divide), "errno_if(-1) int divide(int a, int b, out int *quotient, out int *rest)");
    errno = EDOM;
    fails(!CALL(f, INT(1), INT(0)), FFI_ERROR_SYSTEM, "divide failed: EDOM: ");
    f = bind(CODE(swap), "void swap(inout int *a, inout int *b)");
    ok(!CALL(f, INT(1), INT(2)) && result.length == 2 && result.as.list[0].as.i64 == 2 &&
           result.as.list[1].as.i64 == 1,
       "in and out");
    fails(!CALL(f, INT(1), TEXT("x")), FFI_ERROR_TYPE,
          "argument 2 \"b\" of swap: expected int, got text \"x\"");

    f = bind(CODE(fill), "size_t fill(out len(size) char *buffer, size_t size)");
    ok(!CALL(f, INT(5)) && result.length == 2 && result.as.list[1].kind == FFI_ANY_TEXT &&
           !strcmp(result.as.list[1].as.text, "xxxx"),
       "a text that the callee writes");
    ok(!CALL(f, INT(0)) && result.as.list[0].as.u64 == 0, "of no bytes");
    fails(!CALL(f, INT(600)), FFI_ERROR_RANGE, "more than 512 bytes, so that the call needs an arena");
    ok(!CALL_IN(f, INT(60000)) && result.as.list[1].length == 59999, "in an arena");
    fails(!CALL(f, ffi_any_nil()), FFI_ERROR_TYPE, "expected a count, as no argument tells it, got nil");
    f = bind(CODE(fill), "void fill(out len(size) void *buffer, size_t size)");
    ok(!CALL(f, INT(5)) && result.kind == FFI_ANY_BYTES && result.length == 5, "bytes; one alone is no list");
    f = bind(CODE(doubled), "int doubled(inout len(count) int *numbers, int count)");
    ok(!CALL(f, LIST(INT(1), INT(2)), ffi_any_nil()) && result.as.list[0].as.i64 == 2 &&
           result.as.list[1].kind == FFI_ANY_LIST && result.as.list[1].length == 2 &&
           result.as.list[1].as.list[1].as.i64 == 4,
       "an array in and out");
    ok(!CALL(f, LIST(INT(1), INT(2)), INT(1)) && result.as.list[1].length == 1, "a part of it");
    fails(!CALL(f, LIST(INT(1), INT(2)), INT(3)), FFI_ERROR_RANGE,
          "argument 2 of doubled: 3 is more than the 2 elements of argument 1 \"numbers\"");
    fails(!CALL(f, LIST(INT(1), TEXT("x")), INT(2)), FFI_ERROR_TYPE, "at [1]: expected int, got text \"x\"");
    fails(!CALL(f, INT(1), INT(1)), FFI_ERROR_TYPE, "expected a list, got 1");
    f = bind(CODE(total), "long long total(len(count) const int *numbers, size_t count)");
    ok(!CALL(f, LIST(INT(4), INT(5)), ffi_any_nil()) && result.as.i64 == 9, "nil counts by itself");
    fails(!CALL(f, LIST(INT(4), INT(5)), INT(3)), FFI_ERROR_RANGE, "3 is more than the 2 elements");
    ok(!CALL(f, ffi_any_pointer((int[]){1, 2}), INT(2)) && result.as.i64 == 3, "a pointer is believed");
    fails(!CALL(f, ffi_any_pointer((int[]){1, 2}), ffi_any_nil()), FFI_ERROR_TYPE, "expected a count");

    f = bind(CODE(fail_with), "errno_if(-1) int fail_with(int)");
    ok(!CALL(f, INT(0)) && result.as.i64 == 7, "no failure");
    fails(!CALL(f, INT(ENOENT)), FFI_ERROR_SYSTEM, "fail_with failed: ENOENT: ");
    fails(!CALL(f, INT(12345)), FFI_ERROR_SYSTEM, "fail_with failed: errno 12345: ");
    f = bind(CODE(no_memory), "errno_if(NULL) void *no_memory(size_t)");
    ok(!CALL(f, INT(1)) && result.kind == FFI_ANY_POINTER, "a pointer");
    fails(!CALL(f, INT(1001)), FFI_ERROR_SYSTEM, "no_memory failed: ENOMEM: ");
    ok(!strcmp(ffi_errno_name(EACCES), "EACCES") && !ffi_errno_name(-1) && !ffi_errno_name(99999),
       "names of errno");

    f = bind(CODE(copy_text), "own(free_text) char *copy_text(const char *)");
    ok(!CALL(f, TEXT("abc")) && !strcmp(result.as.text, "abc") && !freed, "an owned text is the caller's");
    ok(!ffi_any_free(f, &result) && freed == 1 && result.kind == FFI_ANY_NIL, "who gives it back");
    ok(!ffi_any_free(f, &result) && freed == 1, "once");
    ok(!CALL_IN(f, TEXT("abc")) && !strcmp(result.as.text, "abc") && freed == 2, "in an arena it is copied");
    f = bind(CODE(print_text), "int print_text(out own(free_text) char **out, int number)");
    ok(!CALL_IN(f, INT(42)) && !strcmp(result.as.list[1].as.text, "42") && freed == 3,
       "also one that comes out");
    fails(!CALL(f, INT(42)), FFI_ERROR_ARGUMENT, "argument 1 of print_text is 'own': the call needs an arena");
    f = bind(CODE(copy_text), "own(no_such_function) char *copy_text(const char *)");
    fails(!CALL_IN(f, TEXT("abc")), FFI_ERROR_SYMBOL,
          "copy_text: 'own(no_such_function)': there is no such function");
}

/* ---- a host with values of its own ---- */

/* Tagged words: small integers end in 1, everything else is an index of a table. */
static ffi_any table[64];
static size_t  used;

static ffi_host_value tagged(ffi_any any) {
    if (any.kind == FFI_ANY_INT && any.as.i64 >= 0 && any.as.i64 < 1000) return (uint64_t)any.as.i64 << 1 | 1;
    table[used] = any;
    return used++ << 1;
}

static ffi_any untagged(ffi_host_value value) {
    return value & 1 ? ffi_any_int((int64_t)(value >> 1)) : table[value >> 1];
}

struct machine {
    ffi_host_value stack[8];
    size_t         count;
    ffi_any        answer;
    char           text[20];
};

static size_t host_count(void *state) {
    return ((struct machine *)state)->count;
}
static ffi_host_value host_argument(void *state, size_t index) {
    return ((struct machine *)state)->stack[index];
}
static ffi_any_kind host_kind(void *state, ffi_host_value value) {
    (void)state;
    return (ffi_any_kind)untagged(value).kind;
}
static bool host_boolean(void *state, ffi_host_value value) {
    (void)state;
    return untagged(value).as.b;
}
static int64_t host_integer(void *state, ffi_host_value value) {
    (void)state;
    return untagged(value).as.i64;
}
static double host_real(void *state, ffi_host_value value) {
    (void)state;
    return untagged(value).as.f64;
}
static const char *host_text(void *state, ffi_host_value value, size_t *length) {
    (void)state;
    *length = untagged(value).length;
    return untagged(value).as.text;
}
static void *host_pointer(void *state, ffi_host_value value, const ffi_ctype **type) {
    (void)state;
    *type = untagged(value).type;
    return untagged(value).as.ptr;
}
static size_t host_length(void *state, ffi_host_value value) {
    (void)state;
    return untagged(value).length;
}
static ffi_host_value host_element(void *state, ffi_host_value value, size_t index) {
    (void)state;
    return tagged(untagged(value).as.list[index]);
}
static bool host_member(void *state, ffi_host_value value, const char *name, ffi_host_value *member) {
    ffi_any record = untagged(value);
    (void)state;
    for (size_t i = 0; i < record.length; i++)
        if (!strcmp(record.as.members[i].name, name)) return *member = tagged(record.as.members[i].value), true;
    return false;
}
static void host_result(void *state, const ffi_any *any) {
    struct machine *machine = state;
    machine->answer         = *any;
    if (any->kind == FFI_ANY_TEXT) snprintf(machine->text, sizeof machine->text, "%s", any->as.text);
}

static const ffi_host host = {host_count,  host_argument, host_kind,    host_boolean, host_integer,
                              host_real,   host_text,     host_pointer, host_length,  host_element,
                              host_member, NULL,          host_result};

static struct machine machine;

static ffi_error call_host(ffi_function *function, const ffi_any *args, size_t count) {
    used          = 0;
    machine.count = count;
    for (size_t i = 0; i < count; i++) machine.stack[i] = tagged(args[i]);
    return ffi_invoke_host(function, &host, &machine, NULL);
}

#define HOST(function, ...) call_host(function, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))

static void hosts(void) {
    ffi_function *f = bind(CODE(add), "int add(int a, int b)");
    ok(!HOST(f, INT(2), INT(-3)) && machine.answer.as.i64 == -1, "a host's integers");
    fails(!HOST(f, INT(2), TEXT("ten")), FFI_ERROR_TYPE,
          "argument 2 \"b\" of add: expected int, got text \"ten\"");
    fails(!HOST(f, INT(2)), FFI_ERROR_ARGUMENT, "add takes 2 arguments, got 1");
    f = bind(CODE(scale), "double scale(struct spot *spot, double by)");
    ok(!HOST(f, MEMBERS({"y", INT(4)}), REAL(1.5)) && machine.answer.as.f64 == 6, "members");
    ok(!HOST(f, LIST(LIST(INT(1), INT(5))), ffi_any_bool(true)) && machine.answer.as.f64 == 5, "lists, a bool");
    fails(!HOST(f, MEMBERS({"y", TEXT("q")}), REAL(1)), FFI_ERROR_TYPE,
          "at .y: expected short, got text \"q\"");
    struct spot spot = {1, 2};
    ok(!HOST(f, ffi_any_record(parse("struct spot"), &spot), INT(2)) && spot.x == 2, "a record of its own");
    ok(!HOST(f, ffi_any_pointer(&spot), INT(2)) && spot.x == 4, "a pointer");
    f     = bind(CODE(copy_text), "own(free_text) char *copy_text(const char *)");
    freed = 0;
    ok(!HOST(f, TEXT("abc")) && !strcmp(machine.text, "abc") && freed == 1,
       "an owned text is copied, and freed");
    f = bind(CODE(divide), "int divide(int a, int b, out int *quotient, out int *rest)");
    ok(!HOST(f, INT(17), INT(5)) && machine.answer.length == 3, "what comes out");
    f = bind(CODE(doubled), "int doubled(inout len(count) int *numbers, int count)");
    ok(!HOST(f, LIST(INT(1), INT(2)), ffi_any_nil()) && machine.answer.as.list[1].as.list[1].as.i64 == 4,
       "arrays in and out");
    fails(!ffi_invoke_host(f, NULL, NULL, NULL), FFI_ERROR_ARGUMENT, "host is NULL");
}

/* ---- frames and shapes ---- */

static void frames(void) {
    ffi_function    *f     = bind(CODE(scale), "double scale(struct spot *spot, double by)");
    const ffi_shape *shape = ffi_function_shape(f);
    ok(shape->count == 2 && shape->parameters[0].what == FFI_CLASS_POINTER &&
           shape->parameters[1].what == FFI_CLASS_REAL && shape->result.size == 8 && shape->is_slots &&
           !strcmp(shape->parameters[1].name, "by"),
       "a shape");
    ok(ffi_function_shape(f) == shape, "is computed once");
    static const struct {
        const char *type;
        ffi_class   what;
    } rows[] = {{"void", FFI_CLASS_VOID},
                {"_Bool", FFI_CLASS_BOOL},
                {"char", FFI_CLASS_INT},
                {"unsigned short", FFI_CLASS_UINT},
                {"enum color", FFI_CLASS_UINT},
                {"enum tag_only", FFI_CLASS_INT},
                {"_Float16", FFI_CLASS_REAL},
                {"char *", FFI_CLASS_TEXT},
                {"signed char *", FFI_CLASS_POINTER},
                {"const wchar_t *", FFI_CLASS_WIDE_TEXT},
                {"char16_t *", FFI_CLASS_WIDE_TEXT},
                {"void (*)(void)", FFI_CLASS_FUNCTION},
                {"struct spot", FFI_CLASS_RECORD},
                {"int[2]", FFI_CLASS_ARRAY},
                {"double _Complex", FFI_CLASS_ARRAY},
                {"__int128", FFI_CLASS_BIG},
                {"_Float128", FFI_CLASS_BIG}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        ffi_class what = ffi_type_class(parse(rows[i].type));
        if (!strcmp(rows[i].type, "enum color") || !strcmp(rows[i].type, "char"))
            continue; /* the ABI chooses its sign */
        ok(what == rows[i].what, "the class of %s", rows[i].type);
    }
    shape = ffi_function_shape(bind(CODE(add), "void f(int8_t, uint16_t, _Bool, enum tag_only)"));
    ok(shape->parameters[0].least == -128 && shape->parameters[0].most == 127 &&
           shape->parameters[1].most == 65535 && shape->parameters[2].most == 1 &&
           shape->parameters[3].most == INT32_MAX && shape->result.what == FFI_CLASS_VOID,
       "ranges");

    f           = bind(CODE(turned), "struct spot turned(struct spot)");
    void *block = malloc(ffi_frame_size(f)), *frame = ffi_frame_init(f, block);
    ok(frame == block, "a frame is its block");
    struct spot *argument = ffi_frame_argument(f, frame, 0), *answer = ffi_frame_result(f, frame);
    *argument = (struct spot){3, 4};
    ffi_invoke_frame(f, frame);
    ok(answer->x == 4 && answer->y == 3, "a call");
    argument->x = 9;
    ffi_invoke_frame(f, frame);
    ok(answer->y == 9, "another one with the same frame");
    ffi_any value = MEMBERS({"y", INT(7)});
    ok(!ffi_frame_store(f, frame, 0, &value), "a value is stored");
    ffi_invoke_frame(f, frame);
    ok(answer->x == 7, "and passed");
    value = INT(1);
    fails(!ffi_frame_store(f, frame, 0, &value), FFI_ERROR_TYPE,
          "argument 1 of turned: expected struct spot, got 1");
    fails(!ffi_frame_store(f, frame, 1, &value), FFI_ERROR_RANGE, "no argument 2 of 1");
    fails(ffi_frame_argument(f, NULL, 0), FFI_ERROR_ARGUMENT, "block is NULL");
    fails(ffi_frame_init(NULL, block), FFI_ERROR_ARGUMENT, "function is NULL");
    char *small = ffi_frame_temporary(frame, 100, 16);
    ok(small && (uintptr_t)small % 16 == 0, "a temporary");
    fails(ffi_frame_temporary(frame, 1000, 1), FFI_ERROR_MEMORY, "no room for 1000 bytes, and no arena");
    ((ffi_frame *)frame)->arena = arena;
    ok(ffi_frame_temporary(frame, 1000, 1) != NULL, "of the arena");
    ok(ffi_frame_init(f, block) && (char *)ffi_frame_temporary(frame, 100, 16) == small, "begun anew");
    free(block);
    f                                       = bind(CODE(add), "int add(int, int)");
    block                                   = malloc(ffi_frame_size(f));
    frame                                   = ffi_frame_init(f, block);
    *(int *)ffi_frame_argument(f, frame, 0) = 40;
    *(int *)ffi_frame_argument(f, frame, 1) = 2;
    ffi_invoke_frame(f, frame);
    ok(*(int *)ffi_frame_result(f, frame) == 42, "scalars");
    free(block);
}

static const char declarations[] = "struct spot { short x, y; };"
                                   "struct shape { struct spot at[2]; unsigned low : 3, high : 7; signed sign "
                                   ": 2; char name[8]; double size; };"
                                   "struct node { struct node *next; int value; };";

int main(void) {
    context = ffi_context_new(NULL);
    if (ffi_declare(context, declarations)) printf("Bail out! %s\n", ffi_last_message());
    arena = ffi_arena_new(context);
    numbers();
    texts();
    records();
    calls();
    annotations();
    hosts();
    frames();
    ffi_arena_free(arena);
    ffi_context_free(context);
    return done();
}
