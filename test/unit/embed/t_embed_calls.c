/* SPDX-License-Identifier: MIT */
/* The embedding layer: calls with its values, and frames for hosts that convert arguments themselves. */
#include "embed.h"

#include <stdint.h>
#include <wchar.h>

/* ---- calls ---- */

static int pair(int numbers[2]) {
    numbers[0] += 5;
    numbers[1] += 6;
    return numbers[0] * 100 + numbers[1];
}
static size_t spell(char text[8]) {
    size_t length = strlen(text);
    memcpy(text + length, "1234567", 8 - length);
    text[7] = 0;
    return length;
}
static int reads(const struct spot spots[3]) {
    return spots[0].x * 100 + spots[1].x * 10 + spots[2].x;
}
static void make(char *texts[2]) {
    texts[0] = texts[1] = NULL;
}

static struct spot turned(struct spot spot) {
    return (struct spot){spot.y, spot.x};
}
static struct shape named(const char *name) {
    struct shape shape = {.size = 2.5};
    strncpy(shape.name, name, 7);
    return shape;
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

/* ---- frames and shapes ---- */

static void frames(void) {
    ffi_function    *f     = bind(CODE(scale), "double scale(struct spot *spot, double by)");
    const ffi_shape *shape = ffi_function_shape(f);
    ok(shape->count == 2 && shape->parameters[0].what == FFI_CLASS_POINTER &&
           shape->parameters[1].what == FFI_CLASS_REAL && shape->result.size == 8 && shape->is_slots &&
           !strcmp(shape->parameters[1].name, "by"),
       "a shape has the count, the classes, the sizes and the names");
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
        ok(what == rows[i].what, "ffi_type_class gives the class of %s", rows[i].type);
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
    ok(answer->y == 9, "a second call uses the same frame");
    ffi_any value = MEMBERS({"y", INT(7)});
    ok(!ffi_frame_store(f, frame, 0, &value), "a value is stored");
    ffi_invoke_frame(f, frame);
    ok(answer->x == 7, "the stored value is passed");
    value = INT(1);
    fails(!ffi_frame_store(f, frame, 0, &value), FFI_ERROR_TYPE,
          "argument 1 of turned: expected struct spot, got 1");
    fails(!ffi_frame_store(f, frame, 1, &value), FFI_ERROR_RANGE, "no argument 2 of 1");
    fails(ffi_frame_argument(f, NULL, 0), FFI_ERROR_ARGUMENT, "block is NULL");
    fails(ffi_frame_init(NULL, block), FFI_ERROR_ARGUMENT, "function is NULL");
    char *small = ffi_frame_temporary(frame, 100, 16);
    ok(small && (uintptr_t)small % 16 == 0, "a frame gives an aligned temporary");
    fails(ffi_frame_temporary(frame, 1000, 1), FFI_ERROR_MEMORY, "no room for 1000 bytes, and no arena");
    ((ffi_frame *)frame)->arena = arena;
    ok(ffi_frame_temporary(frame, 1000, 1) != NULL, "a frame with an arena takes a large temporary from it");
    ok(ffi_frame_init(f, block) && (char *)ffi_frame_temporary(frame, 100, 16) == small,
       "ffi_frame_init makes the frame's room free again");
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

/* ---- parameters that are declared as arrays ---- */

static bool is_pair(const ffi_any *list, int64_t first, int64_t second) {
    return list->kind == FFI_ANY_LIST && list->length == 2 && list->as.list[0].as.i64 == first &&
           list->as.list[1].as.i64 == second;
}

static void declared(void) {
    ffi_function *f = bind(CODE(pair), "int pair(out int numbers[2])");
    ok(!ffi_invoke_any(f, &result, NULL, 0) && result.as.list[0].as.i64 == 506 &&
           is_pair(&result.as.list[1], 5, 6),
       "an 'out' array has all its elements");
    f = bind(CODE(pair), "int pair(inout int numbers[2])");
    ok(!CALL(f, LIST(INT(1), INT(2))) && is_pair(&result.as.list[1], 6, 8), "so has an 'inout' array");
    ok(!CALL_IN(f, LIST(INT(1))) && is_pair(&result.as.list[1], 6, 6),
       "which has zeroes behind a shorter list");
    fails(!CALL(f, LIST(INT(1), INT(2), INT(3))), FFI_ERROR_RANGE,
          "argument 1 \"numbers\" of pair: 3 elements are more than the 2 that are declared");
    fails(!CALL(f, INT(1)), FFI_ERROR_TYPE, "argument 1 \"numbers\" of pair: expected a list, got 1");
    fails(!CALL(f, LIST(INT(1), TEXT("x"))), FFI_ERROR_TYPE, "at [1]: expected int, got text \"x\"");
    f = bind(CODE(spell), "size_t spell(inout char text[8])");
    ok(!CALL(f, TEXT("abc")) && result.as.list[0].as.u64 == 3 && !strcmp(result.as.list[1].as.text, "abc1234"),
       "an 'inout' array of char takes a text");
    ok(!CALL(f, TEXT("1234567")) && result.as.list[0].as.u64 == 7, "with its NUL");
    fails(!CALL(f, TEXT("12345678")), FFI_ERROR_RANGE,
          "argument 1 \"text\" of spell: 8 elements are more than the 8 that are declared");
    f = bind(CODE(reads), "int reads(const struct spot spots[3])");
    ok(!CALL(f, LIST(MEMBERS({"x", INT(4)}))) && result.as.i64 == 400,
       "an array for reading has zeroes behind a list");
    ok(!CALL(f, LIST(LIST(INT(4)), LIST(INT(5)), LIST(INT(6)), LIST(INT(7)))) && result.as.i64 == 456,
       "or all of a longer one");
    f = bind(CODE(make), "void make(out own(free) char *texts[2])");
    fails(!ffi_invoke_any_in(f, &result, NULL, 0, arena), FFI_ERROR_UNSUPPORTED,
          "argument 1 \"texts\" of make is an array of owned pointers");
}

static size_t letters(const char *text) {
    return strlen(text);
}
static size_t wide_letters(const wchar_t *text) {
    return wcslen(text);
}

/* The callee may take a list of characters for a text. */
static void characters(void) {
    ffi_any       many[64];
    ffi_function *f[] = {bind(CODE(letters), "size_t letters(const char *text)"),
                         bind(CODE(wide_letters), "size_t wide_letters(const wchar_t *text)")};
    for (size_t i = 0; i < COUNT(many); i++) many[i] = INT('x');
    for (size_t k = 0; k < COUNT(f); k++) {
        size_t right = 0;
        for (size_t count = 0; count <= COUNT(many); count++) {
            ffi_any list = ffi_any_list(many, count);
            right += !ffi_invoke_any(f[k], &result, &list, 1) && result.as.u64 == count;
        }
        ok(right == COUNT(many) + 1, "%s: a zero ends a list of characters", ffi_function_name(f[k]));
    }
}

int main(void) {
    embed_begin();
    calls();
    declared();
    frames();
    characters();
    return embed_end();
}
