/* SPDX-License-Identifier: MIT */
/*
 * Every AArch64 stub and every entry of callbacks, called under the guard of guard_aarch64.h: what a callee
 * must preserve is preserved, the callee or handler finds its stack aligned, its modes and x18 as they were,
 * and its arguments where this compiler looks for them; results are left in their registers, or written with
 * exactly their size, or not at all. Then the guard itself: code that breaks a rule each is found out. What
 * t_guard.c and t_guard_callback.c are for x86-64.
 */
#include "guard_aarch64.h"
#include "tap.h"

enum { MARGIN = 16, CANARY = 0xa5, GPR = 8, FPR = 8, MAX_ARGS = 32 };

enum sign { NO_SIGN, SIGNED, FLOATING };

struct kind {
    const char *name;
    size_t      size;
    enum sign   sign;
};
static const struct kind kinds[] = {{"void", 0, NO_SIGN}, {"bool", 1, NO_SIGN}, {"i8", 1, SIGNED},
                                    {"u8", 1, NO_SIGN},   {"i16", 2, SIGNED},   {"u16", 2, NO_SIGN},
                                    {"i32", 4, SIGNED},   {"i64", 8, SIGNED},   {"ptr", 8, NO_SIGN},
                                    {"f32", 4, FLOATING}, {"f64", 8, FLOATING}};
enum { KINDS = sizeof kinds / sizeof *kinds };
static const struct kind *const no_result = &kinds[0], *const i8 = &kinds[2], *const i32 = &kinds[6],
                                *const i64 = &kinds[7];

struct shape {
    const struct kind *result, *integer;
    unsigned           integers, doubles;
    int                discard;
};

static ffi_context *context;
static int          extended; /* narrow integers, by the ABI of the context */
static uint64_t     state = 1;

static uint64_t next(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    x          = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* A mixture of integers and doubles: whether argument `i` is a double. */
static int is_double(const struct shape *shape, unsigned i) {
    unsigned count = shape->integers + shape->doubles;
    return (i + 1) * shape->doubles / count > i * shape->doubles / count;
}

static void describe(const struct shape *shape, char *text, size_t size) {
    int at = snprintf(text, size, "%s(", shape->result->name);
    for (unsigned i = 0; i < shape->integers + shape->doubles; i++)
        at += snprintf(text + at, size - (size_t)at, "%s%s", i ? ", " : "",
                       is_double(shape, i) ? "f64" : shape->integer->name);
    snprintf(text + at, size - (size_t)at, ")");
}

static unsigned above(unsigned count, unsigned registers) {
    return count > registers ? count - registers : 0;
}

/* Adds to a list of what was wrong. */
static void blame(char *list, const char *what) {
    if (*what) snprintf(list + strlen(list), 256 - strlen(list), "%s%s", *list ? " " : "", what);
}

/* ---- calls ---- */

static struct {
    uint64_t gpr[GPR], words[GUARD_WORDS];
    double   fpr[FPR];
    unsigned calls;
} noted;

void note_arguments(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t g4, uint64_t g5, uint64_t g6,
                    uint64_t g7, double f0, double f1, double f2, double f3, double f4, double f5, double f6,
                    double f7, uint64_t s0, uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5,
                    uint64_t s6, uint64_t s7, uint64_t s8, uint64_t s9, uint64_t s10, uint64_t s11);

void note_arguments(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t g4, uint64_t g5, uint64_t g6,
                    uint64_t g7, double f0, double f1, double f2, double f3, double f4, double f5, double f6,
                    double f7, uint64_t s0, uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5,
                    uint64_t s6, uint64_t s7, uint64_t s8, uint64_t s9, uint64_t s10, uint64_t s11) {
    memcpy(noted.gpr, (uint64_t[]){g0, g1, g2, g3, g4, g5, g6, g7}, sizeof noted.gpr);
    memcpy(noted.fpr, (double[]){f0, f1, f2, f3, f4, f5, f6, f7}, sizeof noted.fpr);
    memcpy(noted.words, (uint64_t[]){s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11}, sizeof noted.words);
    noted.calls++;
}

/* A narrow integer is extended to 32 bits for Apple's callees; AAPCS64's do not look there. */
static int same_integer(uint64_t found, uint64_t given, const struct kind *kind) {
    if (kind->size == 8) return found == given;
    return extended ? (uint32_t)found == (uint32_t)(int32_t)(int8_t)given : (uint8_t)found == (uint8_t)given;
}

/* Compares what the callee noted with the arguments: in registers while there are some, then on the stack. */
static int arguments_arrived(const struct shape *shape, const ffi_value *args) {
    unsigned gpr = 0, fpr = 0, word = 0;
    int      good = noted.calls == 1;
    for (unsigned i = 0; i < shape->integers + shape->doubles; i++) {
        if (is_double(shape, i))
            good &= !memcmp(fpr < FPR ? (void *)&noted.fpr[fpr++] : &noted.words[word++], &args[i], 8);
        else
            good &=
                same_integer(gpr < GPR ? noted.gpr[gpr++] : noted.words[word++], args[i].u64, shape->integer);
    }
    return good;
}

static void invoke(const void *function, void *result, const void *args) {
    ffi_invoke(function, result, args);
}

enum way { DIRECT, INVOKE, POINTERS, CAPTURE };

/* Calls a function of this shape under guard and says what was wrong, "" if nothing. `stub` NULL: the
 * library's own. */
static const char *call_verdict(const struct shape *shape, enum way way, ffi_store_stub *stub) {
    static char   list[256];
    char          text[512];
    ffi_value     args[MAX_ARGS];
    void         *pointers[MAX_ARGS];
    unsigned char result[MARGIN + 8 + MARGIN], wanted[sizeof result];
    describe(shape, text, sizeof text);
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, text);
    if (!function) return ffi_last_message();
    if (way == CAPTURE) ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    if (!stub && way == POINTERS) stub = (ffi_store_stub *)(void (*)(void))ffi_invoke_pointers;
    if (!stub) stub = way == INVOKE ? (ffi_store_stub *)(void (*)(void))invoke : function->stub.store;

    for (unsigned i = 0; i < shape->integers + shape->doubles; i++)
        args[i].u64 = next(), pointers[i] = &args[i];
    guard_state.before.reply[0]    = 0xf1e2d3c4b5a69701u; /* as a bool, true */
    guard_state.before.reply[1]    = 0xc0ffee1234567890u;
    guard_state.before.stack_words = above(shape->integers, GPR) + above(shape->doubles, FPR);
    memset(result, CANARY, sizeof result);
    memcpy(wanted, result, sizeof result);
    if (!shape->discard)
        memcpy(wanted + MARGIN, &guard_state.before.reply[shape->result->sign == FLOATING],
               shape->result->size);
    noted.calls = 0;
    guard(stub, function, shape->discard ? NULL : result + MARGIN, way == POINTERS ? (void *)pointers : args);
    unsigned leaves =
        way == DIRECT || way == CAPTURE ? function->stub_result : 0; /* its lowest bits are a size */
    if (!shape->discard)
        memcpy(result + MARGIN, &guard_state.after.results[leaves >= FFI_RESULT_F32], leaves & 15);

    *list = 0;
    blame(list, guard_broken());
    blame(list, guard_miscalled(way != DIRECT));
    blame(list, arguments_arrived(shape, args) ? "" : "arguments");
    blame(list, memcmp(result, wanted, sizeof result) ? "result" : "");
    ffi_function_free(function);
    return list;
}

static int call_holds(struct shape shape, enum way way, unsigned *calls) {
    int good = 1;
    for (shape.discard = 0; shape.discard < 2; shape.discard++, ++*calls) {
        char        text[512];
        const char *wrong = call_verdict(&shape, way, NULL);
        describe(&shape, text, sizeof text);
        if (*wrong) printf("# %s%s: %s\n", text, shape.discard ? " without a result" : "", wrong), good = 0;
    }
    return good;
}

static void check_grid(const char *what, enum way way, const struct kind *integer) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned integers = 0; integers <= GPR; integers++)
            for (unsigned doubles = 0; doubles <= FPR; doubles++)
                good &= call_holds((struct shape){&kinds[k], integer, integers, doubles, 0}, way, &calls);
    ok(good, "%s: 9 x 9 entries, %u calls", what, calls);
}

/* One to twelve words, of integers, of doubles, and of both. */
static void check_stack(const char *what, enum way way) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned words = 1; words <= GUARD_WORDS; words++) {
            for (unsigned doubles = 0; doubles <= FPR; doubles += 4)
                good &= call_holds((struct shape){&kinds[k], i64, GPR + words, doubles, 0}, way, &calls);
            for (unsigned integers = 0; integers <= GPR; integers += 4)
                good &= call_holds((struct shape){&kinds[k], i64, integers, FPR + words, 0}, way, &calls);
            for (unsigned i = 1; i < words; i++)
                good &= call_holds((struct shape){&kinds[k], i64, GPR + i, FPR + words - i, 0}, way, &calls);
        }
    ok(good, "%s: 1 to %d words, odd and even, %u calls", what, GUARD_WORDS, calls);
}

/* What does not stand in slots goes through a wide stub: values are for run_values.c. */
static void check_wide(const char *signature) {
    static _Alignas(64) char memory[256];
    ffi_value                args[MAX_ARGS];
    for (int i = 0; i < MAX_ARGS; i++) args[i].ptr = memory;
    ffi_function *function         = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    guard_state.before.stack_words = noted.calls = 0;
    if (function) guard(function->stub.store, function, memory + 128, args);
    const char *wrong = function ? guard_broken() : ffi_last_message();
    if (!*wrong) wrong = guard_miscalled(1);
    ok(!*wrong && noted.calls == 1, "a stub by image keeps the guarded registers: %s %s", signature, wrong);
    ffi_function_free(function);
}

/* ---- callbacks ---- */

static struct {
    const struct shape *shape;
    uint64_t            args[MAX_ARGS], result;
    unsigned            calls;
    const char         *wrong;
    void               *userdata;
} run;

static void handle(void *result, const ffi_value *args, void *userdata) {
    run.calls++;
    if (userdata != run.userdata) run.wrong = "userdata";
    for (unsigned i = 0; i < run.shape->integers + run.shape->doubles; i++)
        if (memcmp(&args[i], &run.args[i], is_double(run.shape, i) ? 8 : run.shape->integer->size))
            run.wrong = "arguments";
    for (size_t i = 0; i < run.shape->result->size; i++)
        if (((unsigned char *)result)[i]) run.wrong = "result-not-zero";
    memcpy(result, &run.result, run.shape->result->size);
}

/* Arguments are where AAPCS64 has them (6.8.2), and full of garbage above their size. */
static void load(const struct shape *shape, struct native *native) {
    unsigned gpr = 0, fpr = 0, word = 0;
    for (size_t i = 0; i < sizeof *native / 8; i++) ((uint64_t *)(void *)native)[i] = next();
    for (unsigned i = 0; i < shape->integers + shape->doubles; i++) {
        uint64_t *at = is_double(shape, i) ? fpr < FPR ? native->fpr[fpr++] : &native->words[word++]
                       : gpr < GPR ? &native->gpr[gpr++]
                                           : &native->words[word++];
        run.args[i]  = *at;
    }
}

/* Whether registers hold a value of the result's kind, as Apple's callers rely on it. */
static int returned(const struct kind *kind, uint64_t value) {
    if (kind->sign == FLOATING) return !memcmp(&guard_state.after.results[1], &value, kind->size);
    uint64_t mask = kind->size < 8 ? (1ull << 8 * kind->size) - 1 : UINT64_MAX, top = mask ^ mask >> 1;
    value &= mask;
    if (kind->sign == SIGNED && value & top) value |= ~mask;
    uint64_t found = guard_state.after.results[0];
    return kind->size == 8 ? found == value : (uint32_t)found == (uint32_t)value;
}

/* Calls `code` under guard and says what was wrong, "" if nothing. C code answers for freed callbacks. */
static const char *callback_verdict(const struct shape *shape, const void *code, unsigned calls,
                                    uint64_t result) {
    static char   list[256];
    struct native native;
    load(shape, &native);
    run.shape = shape;
    run.calls = 0;
    run.wrong = "";
    guard(native_caller, code, &native, NULL);
    *list = 0;
    blame(list, guard_broken());
    if (calls) blame(list, guard_miscalled(0));
    blame(list, run.wrong);
    blame(list, guard_state.native_sp_now == guard_state.native_sp ? "" : "native-sp");
    blame(list, guard_state.native_untouched == NATIVE_MARKS ? "" : "marks");
    blame(list, run.calls == calls ? "" : "calls");
    blame(list, !shape->result->size || returned(shape->result, result) ? "" : "result");
    return list;
}

/* The handlers' return addresses: each entry has its own. */
static struct {
    uint64_t of[256];
    unsigned count;
} entries;

static void note_entry(void) {
    for (unsigned i = 0; i < entries.count; i++)
        if (entries.of[i] == guard_state.called.return_address) return;
    if (entries.count < 256) entries.of[entries.count++] = guard_state.called.return_address;
}

/* A callback of the shape: live, and freed. */
static int callback_holds(struct shape shape, unsigned *calls) {
    char text[512];
    describe(&shape, text, sizeof text);
    run.userdata           = text;
    run.result             = next() & (strcmp(shape.result->name, "bool") ? UINT64_MAX : 1);
    ffi_callback *callback = ffi_callback_new(context, text, guard_handler, text);
    if (!callback) return printf("# %s: %s\n", text, ffi_last_message()), 0;
    void       *code  = ffi_callback_code(callback);
    const char *wrong = callback_verdict(&shape, code, 1, run.result);
    if (*wrong) printf("# %s: %s\n", text, wrong);
    int good = !*wrong;
    note_entry();
    ffi_callback_free(callback);
    wrong = callback_verdict(&shape, code, 0, 0);
    if (*wrong) printf("# %s, freed: %s\n", text, wrong);
    *calls += 2;
    return good && !*wrong;
}

static void check_entries(const struct kind *result) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned k = 0; k < 2; k++) {
        const struct kind *integer = k ? i8 : i64;
        for (unsigned i = 0; i <= GPR; i++)
            for (unsigned d = 0; d <= FPR; d++)
                good &= callback_holds((struct shape){result, integer, i, d, 0}, &calls);
        for (unsigned words = 1; words <= GUARD_WORDS; words++) {
            for (unsigned d = 0; d <= FPR; d += 4)
                good &= callback_holds((struct shape){result, integer, GPR + words, d, 0}, &calls);
            for (unsigned i = 0; i <= GPR; i += 4)
                good &= callback_holds((struct shape){result, integer, i, FPR + words, 0}, &calls);
        }
    }
    ok(good, "callbacks, %s: %u calls", result->name, calls);
}

static void handle_image(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
    run.calls++;
}

/* Values are for run_values.c. */
static void check_image(const char *signature) {
    static _Alignas(64) char memory[256];
    struct native            native;
    const char              *wrong = "";
    for (size_t i = 0; i < sizeof native / 8; i++) ((uint64_t *)(void *)&native)[i] = (uintptr_t)memory;
    ffi_callback *callback = ffi_callback_new(context, signature, guard_handler, NULL);
    run.calls              = 0;
    for (int freed = 0; callback && freed < 2 && !*wrong; freed++) {
        const void *code = ffi_callback_code(callback);
        if (freed) ffi_callback_free(callback);
        guard(native_caller, code, &native, NULL);
        wrong = guard_broken();
        if (!*wrong) wrong = guard_miscalled(1);
        if (guard_state.native_sp_now != guard_state.native_sp || guard_state.native_untouched != NATIVE_MARKS)
            wrong = "native-sp or marks";
    }
    ok(callback && !*wrong && run.calls == 1, "an entry by image keeps the guarded registers: %s %s", signature,
       callback ? wrong : ffi_last_message());
}

/* ---- the guard ---- */

#define BREAKS(X)                                                                                              \
    X(x19)                                                                                                     \
    X(x20)                                                                                                     \
    X(x21)                                                                                                     \
    X(x22)                                                                                                     \
    X(x23)                                                                                                     \
    X(x24)                                                                                                     \
    X(x25)                                                                                                     \
    X(x26)                                                                                                     \
    X(x27)                                                                                                     \
    X(x28)                                                                                                     \
    X(x29)                                                                                                     \
    X(d8)                                                                                                      \
    X(d9)                                                                                                      \
    X(d10)                                                                                                     \
    X(d11)                                                                                                     \
    X(d12)                                                                                                     \
    X(d13)                                                                                                     \
    X(d14)                                                                                                     \
    X(d15)                                                                                                     \
    X(sp)                                                                                                      \
    X(fpcr)                                                                                                    \
    X(canary)
#define OTHERS(X)                                                                                              \
    X(x18)                                                                                                     \
    X(marks)                                                                                                   \
    X(alignment)                                                                                               \
    X(argument)                                                                                                \
    X(result)                                                                                                  \
    X(callee_fpcr)                                                                                             \
    X(callee_x18)                                                                                              \
    X(handler_alignment)                                                                                       \
    X(handler_arguments)                                                                                       \
    X(extension)
#define DECLARE(name) ffi_store_stub break_##name;
BREAKS(DECLARE)
OTHERS(DECLARE)

static void check_guard(void) {
    static const struct shape *shape;
    struct shape none = {no_result, i64, 0, 0, 1}, one = {no_result, i64, 1, 0, 1}, two = {i8, i64, 2, 0, 0},
                 narrow = {i32, i64, 0, 0, 0};
    (void)call_verdict(shape = &none, DIRECT, NULL);
#define BROKEN(name)                                                                                           \
    (void)call_verdict(shape, DIRECT, break_##name);                                                           \
    is_text(guard_broken(), #name, "the guard sees a broken %s", #name);
    BREAKS(BROKEN)
#define WRONG(shape, name, words)                                                                              \
    is_text(call_verdict(&(shape), DIRECT, break_##name), words, "the guard sees a wrong %s", #name)
    WRONG(none, x18, "x18 arguments");
    WRONG(none, alignment, "alignment arguments"); /* then it notes none */
    WRONG(one, argument, "arguments");
    WRONG(narrow, result, "result");
    WRONG(none, callee_fpcr, "callee's-fpcr");
    WRONG(none, callee_x18, "callee's-x18");
    run.result = 0x80;
#define WRONG_CALLBACK(shape, name, words, calls)                                                              \
    is_text(callback_verdict(&(shape), (void *)(uintptr_t)break_##name, calls, 0x80), words,                   \
            "the guard sees a wrong %s of a callback", #name)
    WRONG_CALLBACK(none, sp, "native-sp", 0);
    WRONG_CALLBACK(none, marks, "marks", 0);
    WRONG_CALLBACK(none, x28, "x28", 0);
    WRONG_CALLBACK(none, d15, "d15", 0);
    WRONG_CALLBACK(none, handler_alignment, "alignment calls", 1);
    WRONG_CALLBACK(two, handler_arguments, "arguments", 1);
    WRONG_CALLBACK(two, extension, "result", 1);
}

static const char *const wide[] = {
    "void(struct { i64 a, b; char c; }, struct { f32 a, b, c; })",
    "struct { i64 a; f64 b; } (i8, f32, struct { i32 a, b, c; })",
    "struct { f64 a, b, c, d; } (f64, ptr, struct { f64 a, b, c, d; })",
    "struct { i64 a, b, c; } (f64, ptr)",
    "__int128(i64, __int128, f64)",
    "long double(i64, long double)",
    "struct { long double a, b; } (struct { long double a, b, c; }, f64)",
    "f64(i8 __attribute__((vector_size(16))), i64 __attribute__((vector_size(8))))",
};

int main(void) {
    guard_handle = handle;
    context      = ffi_context_new(&(ffi_options){.abi = "aapcs64"});
    check_guard();
    check_grid("the grid", DIRECT, i64);
    check_grid("narrow integers", DIRECT, i8);
    check_grid("ffi_invoke", INVOKE, i64);
    check_grid("arguments by pointers", POINTERS, i64);
    check_grid("errno kept", CAPTURE, i64);
    check_stack("the stack", DIRECT);
    check_stack("the stack by pointers", POINTERS);
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) check_wide(wide[i]);
    for (unsigned k = 0; k < KINDS; k++) check_entries(&kinds[k]);
    ok(entries.count == 9 * 7, "%u entries of 9 x 7 are reached", entries.count);
    guard_handle = handle_image;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) check_image(wide[i]);
    ffi_context_free(context);

    extended = 1;
    context  = ffi_context_new(&(ffi_options){.abi = "apple-arm64"});
    check_grid("integers that Apple's callers extend", DIRECT, i8);
    check_grid("the same by pointers", POINTERS, i8);
    ffi_context_free(context);
    return done();
}
