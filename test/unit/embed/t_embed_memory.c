/* SPDX-License-Identifier: MIT */
/* A session of the whole embedding layer with an allocator that fails at the n-th call, for every n; and what calls leave
 * that longjmp has left. */
#include "heap.h"

#include <ffi_embed.h>
#include <setjmp.h>

static const ffi_options options = {.allocate = allocate};

#define INT(x)  ffi_any_int(x)
#define TEXT(x) ffi_any_text(x)
#define CODE(f) (void *)(uintptr_t)(f)

/* ---- what the session gives to the layer ---- */

static int count_all(const ffi_any *args, int count, ffi_any *answer, void *userdata) {
    (void)args, (void)userdata;
    *answer = INT(count);
    return 0;
}

static void drop(void *memory, void *userdata) {
    (void)memory, (void)userdata;
}

static void drop_object(void *pointer) {
    (void)pointer;
}

static int sum(const int *numbers, size_t count) {
    int total = 0;
    for (size_t i = 0; i < count; i++) total += numbers[i];
    return total;
}

static void report(char **text, int *number) {
    *text   = strcpy(malloc(6), "owned");
    *number = 7;
}

static int *make_number(int **other) {
    return *other = NULL, calloc(1, sizeof(int));
}

static void make_two(int **a, int **b) {
    *a = calloc(1, sizeof(int)), *b = calloc(1, sizeof(int));
}

static void ignore(void *at, const ffi_value *args, void *userdata) {
    (void)at, (void)args, (void)userdata;
}

static void nothing(void *userdata) {
    (void)userdata;
}

static void end_nothing(ffi_context *own, void *value) {
    (void)own, (void)value;
}

static const char key;

/* What a host without values of its own needs: two texts. */
static size_t host_count(void *state) {
    (void)state;
    return 2;
}
static ffi_host_value host_argument(void *state, size_t index) {
    (void)state;
    return index;
}
static ffi_any_kind host_kind(void *state, ffi_host_value value) {
    (void)state;
    return value == 0 ? FFI_ANY_LIST : value == 1 ? FFI_ANY_NIL : FFI_ANY_INT;
}
static int64_t host_integer(void *state, ffi_host_value value) {
    (void)state;
    return (int64_t)value;
}
static size_t host_length(void *state, ffi_host_value value) {
    (void)state, (void)value;
    return 1000;
}
static ffi_host_value host_element(void *state, ffi_host_value value, size_t index) {
    (void)state, (void)value;
    return index + 2;
}
static void host_result(void *state, const ffi_any *any) {
    *(ffi_any *)state = *any;
}

static const ffi_host host = {.count    = host_count,
                              .argument = host_argument,
                              .kind     = host_kind,
                              .integer  = host_integer,
                              .length   = host_length,
                              .element  = host_element,
                              .result   = host_result};

/* Everything that allocates; the error of the first step that fails. */
#ifdef _WIN32
#define STRDUP "_strdup"
#else
#define STRDUP "strdup"
#endif

static ffi_error session(ffi_context *own) {
#define STEP(good)                                                                                             \
    if (!(good)) return ffi_last_error()
    ffi_any    many[200], args[2] = {ffi_any_list(many, 200), ffi_any_int(200)}, answer;
    static int three = 3;
    for (int i = 0; i < 200; i++) many[i] = INT(i);
    ffi_arena *arena = ffi_arena_new(own);
    STEP(arena && ffi_arena_allocate(arena, 5000, 16) && ffi_arena_text(arena, "abc", 3));
    const ffi_ctype *pair = ffi_type_parse(own, "struct { int x, y; }");
    STEP(pair);
    ffi_buffer *buffer = ffi_buffer_of(own, pair, 4);
    STEP(buffer && ffi_buffer_text(own, "text", 4) && ffi_buffer_around(own, &three, 4, drop, &three));
    STEP(ffi_object_new(own, &three, drop_object));
    ffi_function *function =
        ffi_function_new(own, (void *)(uintptr_t)sum, "int sum(len(count) const int *numbers, size_t count)");
    STEP(function && !ffi_invoke_any(function, &answer, args, 2) && answer.as.i64 == 19900);
    STEP(!ffi_invoke_any_in(function, &answer, args, 2, arena));
    ffi_registry *names = ffi_registry_new(own);
    ffi_library  *libc  = ffi_library_open(own, "c", 0);
    STEP(names && libc && !ffi_registry_library(names, libc));
    STEP(!ffi_registry_bind(names, NULL, "abs", "int abs(int number)"));
    for (int i = 0; i < 20; i++) {
        char name[20];
        snprintf(name, sizeof name, "f%d", i);
        STEP(!ffi_registry_add(names, name, count_all, -1, NULL));
    }
    STEP(!ffi_registry_call(names, "abs", &answer, many, 1));
    STEP(!ffi_registry_add_typed(names, "typed", count_all, "long typed(int a, ...)", NULL));
    STEP(!ffi_registry_call(names, "typed", &answer, many, 40) && answer.as.i64 == 40);
    STEP(!ffi_registry_remove(names, "abs"));
    ffi_buffer_free(buffer);

    STEP(!ffi_declare(own,
                      "#define NAME \"text\"\n#define NEXT(a) ((a) + 1)\ntypedef long own_long;"
                      "own(free) char *" STRDUP "(const char *text); int printf(const char *format, ...);"));
    ffi_function    *print = ffi_library_function(libc, "printf", NULL);
    const ffi_ctype *extra = ffi_type_parse(own, "own_long");
    STEP(print && extra);
    const ffi_function *form = ffi_function_variadic_typed(print, &extra, 1);
    STEP(form && ffi_function_shape(form));
    ffi_function *copy = ffi_library_function(libc, STRDUP, NULL);
    many[0]            = TEXT("copied");
    STEP(copy && !ffi_invoke_any_in(copy, &answer, many, 1, arena));
    ffi_function *reports = ffi_function_new(own, (void *)(uintptr_t)report,
                                             "void report(out own(free) char **text, out int *number)");
    STEP(reports && !ffi_invoke_any_in(reports, &answer, NULL, 0, arena));
    ffi_function *makes =
        ffi_function_new(own, (void *)(uintptr_t)make_number, "own(free) int *make_number(out int **other)");
    ffi_function *twos = ffi_function_new(own, (void *)(uintptr_t)make_two,
                                          "void make_two(out own(free) int **a, out own(free) int **b)");
    STEP(makes && !ffi_invoke_any(makes, &answer, NULL, 0) && !ffi_any_free(makes, &answer));
    STEP(twos && !ffi_invoke_any_in(twos, &answer, NULL, 0, arena) && answer.length == 2);
    STEP(!ffi_invoke_host(function, &host, &answer, arena) && answer.as.i64 == 500 * 1003);
    STEP(!ffi_invoke_host(function, &host, &answer, NULL));
    const ffi_ctype *handled = ffi_type_parse(own, "void(own_long)");
    STEP(handled);
    ffi_callback *callback = ffi_callback_owned(own, handled, ignore, &three, nothing);
    STEP(callback);
    ffi_callback_free(callback);
    callback = ffi_callback_any(own, handled, count_all, &three, nothing);
    STEP(callback);
    ffi_callback_free(callback);
    STEP(ffi_context_attach(own, &key, &three, end_nothing) == &three);
    char *memory = ffi_context_memory(own, NULL, 0, 10);
    STEP(memory);
    ffi_context_memory(own, memory, 10, 0);
    return FFI_ERROR_NONE;
}

/* ---- calls that longjmp leaves ---- */

static jmp_buf left;

static void leave(void *answer, const ffi_value *args, void *userdata) {
    (void)answer, (void)args, (void)userdata;
    longjmp(left, 1);
}

static char *text_after(void (*first)(void)) {
    first();
    return calloc(1, 1);
}
static int *number_after(void (*first)(void)) {
    first();
    return calloc(1, sizeof(int));
}
static void texts_after(void (*first)(void), char **text, int **number) {
    first();
    *text = calloc(1, 1), *number = calloc(1, sizeof(int));
}
static void ignore_call(void) {
}

/* Calls within calls: the inner one returns, and longjmp leaves the outer one after it. */
static struct {
    ffi_function *function;
    ffi_arena    *arena;
} inner;

static void nest(void *answer, const ffi_value *args, void *userdata) {
    size_t  mark  = ffi_arena_mark(inner.arena);
    ffi_any first = ffi_any_function(NULL, CODE(ignore_call)), text;
    ffi_invoke_any_in(inner.function, &text, &first, 1, inner.arena);
    ffi_any_free(inner.function, &text);
    ffi_arena_release(inner.arena, mark);
    leave(answer, args, userdata);
}

static void longjmps(void) {
    static const struct {
        const char *signature;
        void       *code;
    } calls[] = {
        {"own(free) char *text_after(void (*first)(void))", CODE(text_after)},
        {"own(free) int *number_after(void (*first)(void))", CODE(number_after)},
        {"void texts_after(void (*first)(void), out own(free) char **text, out own(free) int **number)",
         CODE(texts_after)}};
    ffi_context     *own         = ffi_context_new(&options);
    ffi_arena       *room        = ffi_arena_new(own);
    const ffi_ctype *first       = ffi_type_parse(own, "void(void)");
    ffi_callback    *callbacks[] = {ffi_callback_typed(own, first, leave, NULL),
                                    ffi_callback_typed(own, first, nest, NULL)};
    if (!room || !callbacks[0] || !callbacks[1]) exit(1);
    ffi_arena_allocate(room, 1, 1); /* its first piece stays */
    for (size_t i = 0; i < 2 * sizeof calls / sizeof *calls; i++) {
        ffi_function *function = ffi_function_new(own, calls[i / 2].code, calls[i / 2].signature);
        ffi_any       argument = ffi_any_function(first, ffi_callback_code(callbacks[i % 2]));
        inner.function = function, inner.arena = room;
        volatile size_t blocks = 0;
        for (volatile int round = 0; round < 4000; round++) {
            if (round == 2000) blocks = heap.blocks;
            size_t mark = ffi_arena_mark(room);
            if (!setjmp(left)) ffi_invoke_any_in(function, &(ffi_any){0}, &argument, 1, room);
            ffi_arena_release(room, mark);
        }
        ok(heap.blocks == blocks, "%s, %s: releasing the arena leaves nothing of a call that longjmp left",
           calls[i / 2].signature, i % 2 ? "nested" : "alone");
        ffi_function_free(function);
    }
    ffi_context_free(own);
    ok(!heap.blocks && !heap.wrong, "nor does the context");
}

int main(void) {
    size_t runs = 0, told = 0;
    heap.blocks = heap.count = heap.fail_at = 0;
    for (ffi_error error = FFI_ERROR_MEMORY; error && runs < 2000;) {
        heap.count       = 0;
        heap.fail_at     = ++runs;
        ffi_context *own = ffi_context_new(&options);
        error            = own ? session(own) : ffi_last_error();
        told += error == FFI_ERROR_MEMORY;
        if (error && error != FFI_ERROR_MEMORY) note("another error", ffi_last_message());
        heap.fail_at = 0;
        if (own && error) error = session(own) ? FFI_ERROR_MEMORY : error; /* what failed works when repeated */
        ffi_context_free(own);
        if (heap.blocks || heap.wrong) break;
    }
    ok(runs > 90 && told == runs - 1, "each of %zu allocations fails once, as FFI_ERROR_MEMORY", runs - 1);
    ok(!heap.blocks && !heap.wrong, "nothing is left, and every size is right");
    longjmps();
    return done();
}
