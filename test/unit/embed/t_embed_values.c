/* SPDX-License-Identifier: MIT */
/* The embedding layer: values into memory and back: numbers, texts, pointers, records, arrays. */
#include "embed.h"

#include <math.h>
#include <stdint.h>

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
        ok(fits && result.as.i64 == rows[i].least && result.type == type, "the least %s is stored and loaded",
           rows[i].type);
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
       "a text in an array is loaded");
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
    ok(!ffi_load(parse("const char *"), &text, &result) && result.kind == FFI_ANY_NIL, "NULL is loaded as nil");
    ok(!ffi_load_text("abc\0", 4, &result) && result.length == 3, "ffi_load_text reads a text up to its limit");
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
       "a function pointer is loaded with its signature");
    fails(!ffi_store_any(parse("void (*)(int)"), &pointer, &code), FFI_ERROR_TYPE, "got function int (int)");
    fails(!ffi_store_any(parse("int *"), &pointer, &code), FFI_ERROR_TYPE, "expected int *, got function");
    fails(!ffi_store_int(parse("void *"), &pointer, 0), FFI_ERROR_TYPE, "expected void *, got 0");
    ffi_any list = LIST(INT(1));
    fails(!ffi_store_any(parse("int *"), &pointer, &list), FFI_ERROR_TYPE, "need the memory of a call");
    fails(!ffi_load(parse("void"), name, &result), FFI_ERROR_TYPE, "void has no value");
    fails(!ffi_load(parse("struct nothing"), name, &result), FFI_ERROR_TYPE, "struct nothing has no value");
    fails(!ffi_store_int(parse("struct nothing"), name, 1), FFI_ERROR_TYPE, "expected struct nothing, got 1");

    int color = 9;
    ok(!ffi_declare(context, "enum color { RED, GREEN = 7 };"), "an enum is declared");
    ok(!ffi_store_text(parse("enum color"), &color, "GREEN") && color == 7, "a constant by its name");
    ffi_any measured = ffi_any_text_of("RED", UINT32_MAX);
    ok(!ffi_store_any(parse("enum color"), &color, &measured) && color == 0,
       "whose length is that of strlen()");
    fails(!ffi_store_text(parse("enum color"), &color, "BLUE"), FFI_ERROR_ARGUMENT,
          "expected enum color, got text \"BLUE\"");
    ok(!ffi_store_int(parse("enum color"), &color, 12) && color == 12, "any number");
    ok(!ffi_load(parse("enum color"), &color, &result) && result.as.i64 == 12 &&
           result.type == parse("enum color"),
       "comes with its type");
}

/* ---- records and arrays ---- */

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
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE,
          ".low: expected unsigned int : 3 (0 to 7), got 8");
    value = MEMBERS({"sign", INT(2)});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE, ".sign: expected int : 2 (-2 to 1), got 2");
    value = MEMBERS({"low", REAL(1.5)});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE,
          ".low: expected unsigned int : 3 (0 to 7), got 1.5");
    value = MEMBERS({"low", INT(1)}, {"name", INT(70000)});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_TYPE, ".name: expected char[8], got 70000");
    value = MEMBERS({"low", INT(1)}, {"at", LIST(LIST(INT(70000)))});
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE, "expected short (-32768 to 32767), got 70000");
    value = LIST(LIST(INT(1)), LIST(INT(1)), LIST(INT(1)), INT(1), INT(1), INT(1), INT(1));
    fails(!ffi_store_any(type, &shape, &value), FFI_ERROR_RANGE, "got a list of 7");
    ok(!memcmp(&before, &shape, sizeof shape), "a failure writes nothing");

    ok(!ffi_store_path(type, &shape, "at[1].x", &(ffi_any){.kind = FFI_ANY_INT, .as.i64 = -3}) &&
           shape.at[1].x == -3,
       "a member of an array's element is stored by path");
    value = INT(5);
    ok(!ffi_store_path(type, &shape, "low", &value) && shape.low == 5 && shape.high == 100,
       "a bit-field is stored by path");
    value = INT(-1);
    fails(!ffi_store_path(type, &shape, "low", &value), FFI_ERROR_RANGE,
          "low: expected unsigned int : 3 (0 to 7), got -1");
    value = TEXT("x");
    fails(!ffi_store_path(type, &shape, "at[1].x", &value), FFI_ERROR_TYPE,
          "at[1].x: expected short, got text \"x\"");
    fails(!ffi_store_path(type, &shape, "at[2].x", &value), FFI_ERROR_RANGE, "'[2]' is beyond");
    ok(!ffi_load_path(type, &shape, "at[1].x", &result) && result.as.i64 == -3,
       "ffi_load_path reads a member of an array's element");
    ok(!ffi_load_path(type, &shape, "high", &result) && result.kind == FFI_ANY_UINT && result.as.u64 == 100,
       "a bit-field is loaded by path");
    ok(!ffi_load_path(type, &shape, "sign", &result) && result.kind == FFI_ANY_INT && result.as.i64 == -2,
       "a signed bit-field is sign-extended");
    ok(!ffi_load_path(type, &shape, "at[1]", &result) && result.kind == FFI_ANY_RECORD &&
           result.as.ptr == &shape.at[1] && result.type == parse("struct spot"),
       "ffi_load_path gives a record within");
    struct spot spot = {7, 8};
    value            = ffi_any_record(parse("const struct spot"), &spot);
    ok(!ffi_store_path(type, &shape, "at[0]", &value) && shape.at[0].x == 7 && shape.at[0].y == 8,
       "ffi_store_path writes a whole record");
    value = ffi_any_record(parse("struct shape"), &shape);
    fails(!ffi_store_path(type, &shape, "at[0]", &value), FFI_ERROR_TYPE,
          "expected struct spot, got record struct shape");
    unsigned char bytes[4] = {9, 9, 9, 9};
    value                  = ffi_any_bytes("\1\2", 2);
    ok(!ffi_store_any(parse("unsigned char[4]"), bytes, &value) && !memcmp(bytes, "\1\2\0\0", 4), "bytes");
    value = ffi_any_bytes("\1\2\3\4\5", 5);
    fails(!ffi_store_any(parse("unsigned char[4]"), bytes, &value), FFI_ERROR_RANGE, "got 5 bytes");
    ffi_any items[4];
    ok(!ffi_load_list(parse("struct spot"), shape.at, 2, items) && items[1].kind == FFI_ANY_RECORD &&
           items[1].as.ptr == &shape.at[1],
       "an array of records as a list");
    ok(!ffi_load_list(parse("unsigned char"), bytes, 4, items) && items[1].kind == FFI_ANY_UINT &&
           items[1].as.u64 == 2 && items[3].as.u64 == 0,
       "an array of numbers");
    ok(!ffi_load_list(parse("int"), NULL, 0, NULL), "an empty one");
    fails(!ffi_load_list(parse("void"), bytes, 1, items), FFI_ERROR_TYPE, "void has no value");
    fails(!ffi_load_list(NULL, bytes, 1, items), FFI_ERROR_ARGUMENT, "element is NULL");
    fails(!ffi_load_list(parse("int"), NULL, 1, items), FFI_ERROR_ARGUMENT, "at is NULL");
    fails(!ffi_load_list(parse("int"), bytes, 1, NULL), FFI_ERROR_ARGUMENT, "items is NULL");
    ok(sizeof(ffi_any) <= 24, "a value has at most 24 bytes");
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

static int identity(int value) {
    return value;
}

/* Memory of another data model: its pointers have 4 bytes, and are numbers. */
static void other_models(void) {
    ffi_context     *other    = ffi_context_new(&(ffi_options){.abi = "wasm32"});
    const ffi_ctype *type     = ffi_type_parse(other, "struct { char *text; long number; void (*f)(void); }");
    uint32_t         words[4] = {1, 2, 3, 4};
    ffi_any          any, five = ffi_any_int(5);
    ok(ffi_type_size(type) == 12, "pointers of wasm32 have 4 bytes");
    ok(!ffi_load_path(type, words, "text", &any) && any.kind == FFI_ANY_UINT && any.as.u64 == 1,
       "text is a number");
    ok(!ffi_load_path(type, words, "f", &any) && any.kind == FFI_ANY_UINT && any.as.u64 == 3,
       "a member that is named f is a number");
    ok(!ffi_store_path(type, words, "text", &five) && words[0] == 5 && words[1] == 2,
       "4 bytes of it are written");
    five = ffi_any_text("five");
    ok(ffi_store_path(type, words, "text", &five) == FFI_ERROR_TYPE && words[0] == 5,
       "a text is refused there");
    ffi_context_free(other);
}

/* A _BitInt(N) that is an integer has N bits, in stores, loads, arrays and arguments; those above are unspecified. */
static void bit_ints(void) {
    ffi_context     *other = ffi_context_new(&(ffi_options){.abi = "sysv"});
    const ffi_ctype *type  = ffi_type_parse(other, "_BitInt(7)"),
                    *bare  = ffi_type_parse(other, "unsigned _BitInt(17)");
    int8_t   byte          = 5;
    uint32_t word          = 5;
    ffi_any  any;
    ok(ffi_type_bits(type) == 7 && ffi_type_bits(bare) == 17, "ffi_type_bits tells N of _BitInt(N)");
    ok(ffi_type_bits(ffi_type_parse(other, "_Bool")) == 1 &&
           ffi_type_bits(ffi_type_parse(other, "long")) == 64 &&
           !ffi_type_bits(ffi_type_parse(other, "float")) && !ffi_type_bits(NULL),
       "and the bits of other integers");
    ok(!ffi_store_int(type, &byte, -64) && byte == -64, "-64 is stored as a _BitInt(7)");
    ok(!ffi_store_int(type, &byte, 63) && byte == 63, "63 is stored as a _BitInt(7)");
    fails(!ffi_store_int(type, &byte, 64), FFI_ERROR_RANGE, "expected _BitInt(7) (-64 to 63), got 64");
    fails(!ffi_store_int(type, &byte, -65), FFI_ERROR_RANGE, "expected _BitInt(7) (-64 to 63), got -65");
    ok(byte == 63, "64 and -65 change nothing");
    ok(!ffi_store_uint(bare, &word, 131071) && word == 131071, "131071 is stored as an unsigned _BitInt(17)");
    fails(!ffi_store_uint(bare, &word, 131072), FFI_ERROR_RANGE, "got 131072");
    fails(!ffi_store_int(bare, &word, -1), FFI_ERROR_RANGE, "got -1");
    byte = 0x7f, word = 0xfffe0003;
    ok(!ffi_load(type, &byte, &any) && any.as.i64 == -1, "the bit above a _BitInt(7) in memory does not count");
    ok(!ffi_load(bare, &word, &any) && any.as.u64 == 3, "nor do those above an unsigned _BitInt(17)");
    ffi_any list = LIST(INT(1), INT(64));
    fails(!ffi_store_any(ffi_type_parse(other, "_BitInt(7)[2]"), (int8_t[2]){0}, &list), FFI_ERROR_RANGE,
          "got 64");
    ffi_context_free(other);

    type = parse("_BitInt(7)");
    if (!type || ffi_type_class(type) != FFI_CLASS_INT) {
        skip_one("_BitInt(7) is no integer by this ABI");
        return;
    }
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)identity, "int(_BitInt(7))");
    ffi_any       good = ffi_any_int(-64), bad = ffi_any_int(64);
    ok(!ffi_invoke_any(function, &any, &good, 1) && any.as.i64 == -64, "-64 is an argument of type _BitInt(7)");
    fails(!ffi_invoke_any(function, &any, &bad, 1), FFI_ERROR_RANGE, "expected _BitInt(7) (-64 to 63), got 64");
    ffi_function_free(function);
}

/* ---- elements ---- */

/* An element of a list is converted as the same value alone is, and read as it is alone. */
static void elements(void) {
    static const char *const types[] = {"bool",
                                        "int8_t",
                                        "uint8_t",
                                        "int16_t",
                                        "uint16_t",
                                        "int32_t",
                                        "uint32_t",
                                        "int64_t",
                                        "uint64_t",
                                        "__int128",
                                        "_BitInt(7)",
                                        "float",
                                        "double",
                                        "long double",
                                        "enum { A, B = 300 }",
                                        "enum { N = -1 }",
                                        "unsigned _BitInt(33)",
                                        "const char *",
                                        "void *"};
    ffi_any                  values[200];
    size_t                   count = 0, differ = 0, good = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        for (int more = -1; more <= 1; more++) {
            if (count > 180) break;
            uint64_t value  = ((uint64_t)1 << bit) + (uint64_t)(int64_t)more;
            values[count++] = bit % 2 ? INT((int64_t)value) : ffi_any_uint(value);
            if (bit % 8 == 7) values[count++] = INT((int64_t)(0 - value));
        }
    values[count++] = REAL(0.5), values[count++] = REAL(3), values[count++] = REAL(1e300);
    values[count++] = ffi_any_bool(true), values[count++] = ffi_any_nil(), values[count++] = TEXT("B");
    values[count++] = ffi_any_pointer(&count), values[count++] = ffi_any_list(values, 1);
    for (size_t t = 0; t < COUNT(types); t++) {
        const ffi_ctype *type = parse(types[t]), *array = ffi_type_array_of(context, type, 2);
        size_t           size = ffi_type_size(type);
        for (size_t i = 0; i < count; i++) {
            _Alignas(16) char one[16], two[32];
            ffi_any           list = ffi_any_list((ffi_any[]){values[i], values[i]}, 2), alone, both[2];
            memset(one, 0x55, sizeof one), memset(two, 0x55, sizeof two);
            ffi_error error = ffi_store_any(type, one, &values[i]), errors = ffi_store_any(array, two, &list);
            good += !error;
            differ += error != errors;
            if (error || errors) continue;
            differ += memcmp(one, two, size) || memcmp(one, two + size, size);
            differ += ffi_load(type, one, &alone) || ffi_load_list(type, two, 2, both);
            for (int k = 0; k < 2 && alone.kind != FFI_ANY_RECORD; k++)
                differ += alone.kind != both[k].kind || alone.type != both[k].type ||
                          memcmp(&alone.as, &both[k].as, sizeof alone.as);
        }
    }
    ok(!differ && good > 500, "%zu of %zu values are the same in a list as alone", good, count * COUNT(types));
}

int main(void) {
    embed_begin();
    numbers();
    texts();
    records();
    other_models();
    bit_ints();
    elements();
    return embed_end();
}
