/* SPDX-License-Identifier: MIT */
/* The embedding layer: signatures with annotations, and calls with a host's own values. */
#include "embed.h"

#include <errno.h>

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
static int add_one(int *number) {
    return number ? ++*number, 1 : 0;
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
static int length_or(const char *text, int count) {
    return count >= 0 || !text ? count : (int)strlen(text);
}
static char *copy_text(const char *text) {
    return strcpy(malloc(strlen(text) + 1), text);
}
static int print_text(char **out, int number) {
    return sprintf(*out = malloc(20), "%d", number);
}

struct handle {
    int number;
};
void close_handle(struct handle *handle);
void close_handle(struct handle *handle) {
    freed++;
    free(handle);
}
static struct handle *open_handle(int number) {
    struct handle *handle = number ? malloc(sizeof *handle) : NULL;
    errno                 = ENOENT;
    if (handle) handle->number = number;
    return handle;
}
static int open_into(struct handle **handle, char **text, int number) {
    *handle = open_handle(number);
    *text   = copy_text("opened");
    return -number;
}
static int number_of(const struct handle *handle) {
    return handle->number;
}
static unsigned short unsigned_failure(void) {
    errno = EIO;
    return (unsigned short)-1;
}

/* Owned pointers that are no texts become objects, which call their function at the end. */
static void owned(void) {
    ok(!ffi_declare(context, "struct handle { int number; };"), "a record is declared");
    ffi_function *opens   = bind(CODE(open_handle), "own(close_handle) struct handle *open_handle(int)");
    ffi_function *numbers = bind(CODE(number_of), "int number_of(const struct handle *)");
    ffi_function *sums    = bind(CODE(number_of), "int sum(const int *)");
    freed                 = 0;
    ok(!CALL(opens, INT(7)) && result.kind == FFI_ANY_OBJECT && result.type == parse("struct handle *") &&
           ffi_object_type(result.as.object) == result.type,
       "an owned pointer is an object of its type");
    ffi_object *object = result.as.object;
    ok(!CALL(numbers, ffi_any_object(object)) && result.as.i64 == 7, "which is an argument where its type is");
    fails(!CALL(sums, ffi_any_object(object)), FFI_ERROR_TYPE, "argument 1 of sum: expected const int *, got");
    ok(!freed && !ffi_object_release(object) && freed == 1, "the last release calls the function of own");
    fails(!CALL(numbers, ffi_any_object(object)), FFI_ERROR_ARGUMENT, "an object that is not freed");
    ok(!CALL_IN(opens, INT(8)) && result.kind == FFI_ANY_OBJECT && !ffi_any_free(opens, &result) &&
           freed == 2 && result.kind == FFI_ANY_NIL,
       "an arena changes nothing; ffi_any_free() releases it");
    ok(!CALL(opens, INT(0)) && result.kind == FFI_ANY_NIL, "NULL is nil");
    ok(!CALL(opens, INT(9)), "one more");
    object                = result.as.object;
    struct handle *handle = ffi_object_take(object);
    ok(handle && handle->number == 9 && freed == 2, "a pointer is taken out of its object");
    fails(ffi_object_take(object), FFI_ERROR_ARGUMENT, "this object was freed before");
    free(handle);
    opens = bind(CODE(open_handle), "own(close_handle) errno_if(NULL) struct handle *open_handle(int)");
    fails(!CALL(opens, INT(0)), FFI_ERROR_SYSTEM, "open_handle failed: ENOENT");
    ok(!CALL(opens, INT(1)) && !ffi_any_free(opens, &result) && freed == 3, "with errno_if too");

    ffi_function *into = bind(CODE(open_into), "int open_into(out own(close_handle) struct handle **handle, "
                                               "out own(free_text) char **text, int number)");
    ok(!CALL_IN(into, INT(5)) && result.length == 3 && result.as.list[1].kind == FFI_ANY_OBJECT &&
           !strcmp(result.as.list[2].as.text, "opened") && freed == 4,
       "an owned pointer that comes out is an object");
    ok(!ffi_any_free(into, &result) && freed == 5 && result.as.list[1].kind == FFI_ANY_NIL,
       "ffi_any_free releases the object");
    into  = bind(CODE(open_into), "errno_if(-3) int open_into(out own(close_handle) struct handle **handle, "
                                   "out char **text, int number)");
    errno = 0;
    ok(!CALL(into, INT(5)) && result.as.list[1].kind == FFI_ANY_OBJECT, "without an arena");
    free(result.as.list[2].as.ptr);
    ok(!ffi_any_free(into, &result) && freed == 6, "it is released by ffi_any_free()");
    opens = bind(CODE(open_handle), "own(no_such_function) struct handle *open_handle(int)");
    fails(!CALL(opens, INT(4)), FFI_ERROR_SYMBOL, "open_handle: own(no_such_function)");

    ffi_function *fails_so = bind(CODE(unsigned_failure), "errno_if(-1) unsigned short unsigned_failure(void)");
    fails(!ffi_invoke_any(fails_so, &result, NULL, 0), FFI_ERROR_SYSTEM, "unsigned_failure failed: EIO");
}

/* What nobody takes is freed: the results of a call without `result`, and of one that fails by errno_if. */
static void discarded(void) {
    freed              = 0;
    ffi_any       text = TEXT("abc"), four = INT(4), three = INT(3);
    ffi_function *f = bind(CODE(copy_text), "own(free_text) char *copy_text(const char *)");
    ok(!ffi_invoke_any(f, NULL, &text, 1) && freed == 1, "an owned text without a result is freed");
    ok(!ffi_invoke_any_in(f, NULL, &text, 1, arena) && freed == 2, "with an arena, too");
    f = bind(CODE(open_handle), "own(close_handle) struct handle *open_handle(int)");
    ok(!ffi_invoke_any(f, NULL, &four, 1) && freed == 3, "another pointer, too");
    ok(!ffi_invoke_any(f, NULL, &(ffi_any){.kind = FFI_ANY_INT}, 1) && freed == 3, "NULL is not freed");
    f = bind(CODE(open_into), "errno_if(-3) int open_into(out own(close_handle) struct handle **handle, "
                              "out own(free_text) char **text, int number)");
    ok(!ffi_invoke_any_in(f, NULL, &four, 1, arena) && freed == 5, "what comes out");
    fails(!ffi_invoke_any_in(f, &result, &three, 1, arena), FFI_ERROR_SYSTEM, "open_into failed");
    ok(freed == 7, "what comes out of a failed call: %d", freed);
    f = bind(CODE(copy_text), "own(no_such_function) char *copy_text(const char *)");
    fails(!ffi_invoke_any(f, NULL, &text, 1), FFI_ERROR_SYMBOL, "no_such_function");
}

/* Calls back, and returns a text or a handle. */
static char *text_by(int (*code)(int)) {
    code(1);
    return copy_text("abc");
}
static struct handle *handle_by(int (*code)(int)) {
    return open_handle(code(1) + 1);
}
static char *constant_by(int (*code)(int)) {
    static char text[] = "abc";
    return code(1) ? NULL : text;
}

static int refuse(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    (void)args, (void)out, (void)userdata;
    return -count;
}

static void discarded_by_callback(void) {
    static const char refused[] = "a callback failed with -1";
    ffi_callback     *callback  = ffi_callback_any(context, parse("int(int)"), refuse, NULL, NULL);
    ffi_any           code      = ffi_any_function(NULL, ffi_callback_code(callback));
    freed                       = 0;
    ffi_function *f             = bind(CODE(text_by), "own(free_text) char *text_by(int (*code)(int))");
    fails(!CALL(f, code), FFI_ERROR_ARGUMENT, refused);
    ok(freed == 1, "the owned text of a call whose callback failed is freed");
    fails(!CALL_IN(f, code), FFI_ERROR_ARGUMENT, refused);
    ok(freed == 2, "with an arena, too, once: %d", freed - 1);
    f = bind(CODE(handle_by), "own(close_handle) struct handle *handle_by(int (*code)(int))");
    fails(!CALL_IN(f, code), FFI_ERROR_ARGUMENT, refused);
    ok(freed == 3, "another pointer, too");
    f = bind(CODE(constant_by), "own(no_such_function) char *constant_by(int (*code)(int))");
    fails(!CALL(f, code), FFI_ERROR_ARGUMENT, refused);
    ffi_callback_free(callback);
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
    fails(!CALL(f, ffi_any_nil()), FFI_ERROR_TYPE, "expected a count (no argument has a length), got nil");
    f = bind(CODE(fill), "void fill(out len(size) void *buffer, size_t size)");
    ok(!CALL(f, INT(5)) && result.kind == FFI_ANY_BYTES && result.length == 5, "bytes; one alone is no list");
    f = bind(CODE(doubled), "int doubled(inout len(count) int *numbers, int count)");
    ok(!CALL(f, LIST(INT(1), INT(2)), ffi_any_nil()) && result.as.list[0].as.i64 == 2 &&
           result.as.list[1].kind == FFI_ANY_LIST && result.as.list[1].length == 2 &&
           result.as.list[1].as.list[1].as.i64 == 4,
       "an array in and out");
    ok(!CALL(f, LIST(INT(1), INT(2)), INT(1)) && result.as.list[1].length == 1, "a part of it");
    fails(!CALL(f, LIST(INT(1), INT(2)), INT(3)), FFI_ERROR_RANGE,
          "argument 2 \"count\" of doubled: 3 is more than the 2 elements of argument 1 \"numbers\"");
    fails(!CALL(f, LIST(INT(1), TEXT("x")), INT(2)), FFI_ERROR_TYPE, "at [1]: expected int, got text \"x\"");
    fails(!CALL(f, INT(1), INT(1)), FFI_ERROR_TYPE, "expected a list, got 1");
    f = bind(CODE(add_one), "int add_one(nullable inout int *number)");
    ok(!CALL(f, INT(4)) && result.as.list[0].as.i64 == 1 && result.as.list[1].as.i64 == 5,
       "one that may be NULL");
    ok(!CALL(f, ffi_any_nil()) && result.as.list[0].as.i64 == 0 && result.as.list[1].kind == FFI_ANY_NIL,
       "and is");
    f = bind(CODE(doubled), "int doubled(inout len(count) int *numbers, int count)");
    fails(!CALL(f, LIST(INT(1), INT(2)), INT(-1)), FFI_ERROR_RANGE,
          "argument 2 \"count\" of doubled: expected a number of elements, got -1");
    f = bind(CODE(fill), "size_t fill(out len(size) char *buffer, long size)");
    fails(!CALL(f, INT(-1)), FFI_ERROR_RANGE,
          "argument 2 \"size\" of fill: expected a number of elements, got -1");
    f = bind(CODE(length_or), "int length_or(len(count) const char *text, int count)");
    ok(!CALL(f, TEXT("four"), INT(-1)) && result.as.i64 == 4, "a text has an end of its own");
    f = bind(CODE(length_or), "int length_or(nullable len(count) const char *text, int count)");
    ok(!CALL(f, ffi_any_nil(), INT(-1)) && result.as.i64 == -1, "NULL has nothing to count");
    fails(!CALL(f, ffi_any_pointer((char[]){"x"}), INT(-2)), FFI_ERROR_RANGE,
          "expected a number of elements, got -2");
    f = bind(CODE(total), "long long(len(2) const int *, size_t)");
    ok(!CALL(f, LIST(INT(4), INT(5)), ffi_any_nil()) && result.as.i64 == 9, "a counter without a name");
    fails(!CALL(f, LIST(INT(4), INT(5)), INT(3)), FFI_ERROR_RANGE, "the 2 elements of argument 1");
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
    fails(!CALL(f, INT(42)), FFI_ERROR_ARGUMENT,
          "argument 1 \"out\" of print_text is an owned text: the call needs an arena");
    f = bind(CODE(copy_text), "own(no_such_function) char *copy_text(const char *)");
    fails(!CALL_IN(f, TEXT("abc")), FFI_ERROR_SYMBOL,
          "copy_text: own(no_such_function): neither the function's library nor the program");
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

static ffi_error call_host(ffi_function *function, const ffi_any *args, size_t count, ffi_arena *memory) {
    used          = 0;
    machine.count = count;
    for (size_t i = 0; i < count; i++) machine.stack[i] = tagged(args[i]);
    return ffi_invoke_host(function, &host, &machine, memory);
}

#define HOST_IN(memory, function, ...)                                                                         \
    call_host(function, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})), memory)
#define HOST(function, ...) HOST_IN(NULL, function, __VA_ARGS__)

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
    f = bind(CODE(open_handle), "own(close_handle) struct handle *open_handle(int)");
    ok(!HOST(f, INT(6)) && machine.answer.kind == FFI_ANY_OBJECT && freed == 1 &&
           ((struct handle *)ffi_object_pointer(machine.answer.as.object))->number == 6,
       "an owned pointer is the host's");
    ok(!ffi_object_release(machine.answer.as.object) && freed == 2, "until it releases the object");
    f = bind(CODE(divide), "int divide(int a, int b, out int *quotient, out int *rest)");
    ok(!HOST_IN(arena, f, INT(17), INT(5)) && machine.answer.length == 3, "what comes out");
    f = bind(CODE(doubled), "int doubled(inout len(count) int *numbers, int count)");
    ok(!HOST_IN(arena, f, LIST(INT(1), INT(2)), ffi_any_nil()) &&
           machine.answer.as.list[1].as.list[1].as.i64 == 4,
       "arrays in and out");
    fails(!ffi_invoke_host(f, NULL, NULL, NULL), FFI_ERROR_ARGUMENT, "host is NULL");

    struct spot      target = {1, 2};
    const ffi_ctype *type   = parse("struct spot");
    ffi_host_value   four = tagged(INT(4)), members = tagged(MEMBERS({"x", INT(8)})), text = tagged(TEXT("q"));
    ok(!ffi_store_host(type, &target, "y", &host, &machine, four) && target.x == 1 && target.y == 4,
       "a host's value is stored at a path");
    ok(!ffi_store_host(type, &target, NULL, &host, &machine, members) && target.x == 8 && target.y == 0,
       "a host's value is stored as a whole record");
    fails(!ffi_store_host(type, &target, "y", &host, &machine, text), FFI_ERROR_TYPE,
          "y: expected short, got text");
    fails(!ffi_store_host(type, &target, "z", &host, &machine, four), FFI_ERROR_ARGUMENT, "'z' is no member");
    fails(!ffi_store_host(NULL, &target, "y", &host, &machine, four), FFI_ERROR_ARGUMENT, "type is NULL");
    fails(!ffi_store_host(type, NULL, "y", &host, &machine, four), FFI_ERROR_ARGUMENT, "at is NULL");
    fails(!ffi_store_host(type, &target, "y", NULL, &machine, four), FFI_ERROR_ARGUMENT, "host is NULL");
    ok(target.x == 8 && target.y == 0, "a failure writes nothing");
}

int main(void) {
    embed_begin();
    annotations();
    owned();
    discarded();
    discarded_by_callback();
    hosts();
    return embed_end();
}
