/* SPDX-License-Identifier: MIT */
/*
 * Every stub of the System V grid and every shape of its stack stubs, called under the guard of guard.h: what a
 * callee must preserve is preserved, the callee finds its stack aligned and its arguments where this compiler
 * looks for them, al bounds the vector registers, and results are left in their registers, or written with
 * exactly their size, or not at all. The same for the Windows stubs, by their rules. Then the guard itself:
 * stubs that break a rule each are found out.
 */
#include "guard.h"
#include "tap.h"

enum { MARGIN = 16, CANARY = 0xa5, GPR = 6, FPR = 8, POSITIONS = 4, VECTORS = 6, MAX_ARGS = 32 };

struct kind {
    const char *name;
    size_t      size;
    int         in_xmm;
};
static const struct kind kinds[] = {{"void", 0, 0}, {"bool", 1, 0}, {"i8", 1, 0},  {"u16", 2, 0}, {"i32", 4, 0},
                                    {"i64", 8, 0},  {"ptr", 8, 0},  {"f32", 4, 1}, {"f64", 8, 1}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct shape {
    const struct kind *result;
    unsigned           integers, doubles;
    int                variadic, discard;
    const char        *integer; /* the integers' type */
};

/* How a call is made. */
enum way { DIRECT, INVOKE, POINTERS, CAPTURE, POINTERS_CAPTURE };

static ffi_context *context;
static const char  *windows; /* the ABI, if it is one of its: arguments have positions */

/* ---- the callee's side: the compiler says where arguments are ---- */

static uint64_t noted_gpr[GPR], noted_words[GUARD_WORDS], noted_calls;
static double   noted_fpr[FPR];

void note_arguments(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t g4, uint64_t g5, double f0,
                    double f1, double f2, double f3, double f4, double f5, double f6, double f7, uint64_t s0,
                    uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5, uint64_t s6, uint64_t s7,
                    uint64_t s8, uint64_t s9, uint64_t s10, uint64_t s11);

void note_arguments(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t g4, uint64_t g5, double f0,
                    double f1, double f2, double f3, double f4, double f5, double f6, double f7, uint64_t s0,
                    uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5, uint64_t s6, uint64_t s7,
                    uint64_t s8, uint64_t s9, uint64_t s10, uint64_t s11) {
    memcpy(noted_gpr, (uint64_t[]){g0, g1, g2, g3, g4, g5}, sizeof noted_gpr);
    memcpy(noted_fpr, (double[]){f0, f1, f2, f3, f4, f5, f6, f7}, sizeof noted_fpr);
    memcpy(noted_words, (uint64_t[]){s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11}, sizeof noted_words);
    noted_calls++;
}

__attribute__((ms_abi)) void note_arguments_ms(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t s0,
                                               uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5,
                                               uint64_t s6, uint64_t s7, uint64_t s8, uint64_t s9, uint64_t s10,
                                               uint64_t s11);

__attribute__((ms_abi)) void note_arguments_ms(uint64_t g0, uint64_t g1, uint64_t g2, uint64_t g3, uint64_t s0,
                                               uint64_t s1, uint64_t s2, uint64_t s3, uint64_t s4, uint64_t s5,
                                               uint64_t s6, uint64_t s7, uint64_t s8, uint64_t s9, uint64_t s10,
                                               uint64_t s11) {
    memcpy(noted_gpr, (uint64_t[]){g0, g1, g2, g3}, 4 * sizeof *noted_gpr);
    memcpy(noted_fpr, callee_fpr, sizeof callee_fpr);
    memcpy(noted_words, (uint64_t[]){s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11}, sizeof noted_words);
    noted_calls++;
}

/* ---- one call ---- */

/* A mixture of integers and doubles: whether argument `i` is a double. */
static int is_double(const struct shape *shape, unsigned i) {
    unsigned count = shape->integers + shape->doubles;
    return (i + 1) * shape->doubles / count > i * shape->doubles / count;
}

static void describe(const struct shape *shape, char *text, size_t size) {
    int at = snprintf(text, size, "%s(%s", shape->result->name, shape->variadic ? "..." : "");
    for (unsigned i = 0; i < shape->integers + shape->doubles; i++)
        at += snprintf(text + at, size - (size_t)at, "%s%s", i || shape->variadic ? ", " : "",
                       is_double(shape, i) ? "f64" : shape->integer);
    snprintf(text + at, size - (size_t)at, ")");
}

static int is_vectorcall(void) {
    return windows && !strcmp(windows, "vectorcall");
}

static const void *at_position(unsigned i, int floating) {
    unsigned registers = is_vectorcall() && floating ? VECTORS : POSITIONS;
    if (i >= registers) return &noted_words[i - POSITIONS];
    return floating ? (void *)&noted_fpr[i] : &noted_gpr[i];
}

/* Compares what the callee noted with the arguments: in registers while there are some, then on the stack. */
static int arguments_arrived(const struct shape *shape, const ffi_value *args) {
    unsigned gpr = 0, fpr = 0, word = 0;
    int      good = noted_calls == 1;
    for (unsigned i = 0; i < shape->integers + shape->doubles; i++) {
        int         floating = is_double(shape, i);
        const void *found    = windows     ? at_position(i, floating)
                               : floating  ? fpr < FPR ? (void *)&noted_fpr[fpr++] : &noted_words[word++]
                                : gpr < GPR ? &noted_gpr[gpr++]
                                           : &noted_words[word++];
        if (windows && shape->variadic && floating && i < POSITIONS)
            good &= !memcmp(&noted_gpr[i], &args[i], 8);
        good &= !memcmp(found, &args[i], floating || strcmp(shape->integer, "i8") ? 8 : 1);
    }
    return good;
}

static unsigned stack_words(const struct shape *shape) {
    unsigned count = shape->integers + shape->doubles;
    if (windows) return count > POSITIONS ? count - POSITIONS : 0;
    return (shape->integers > GPR ? shape->integers - GPR : 0) +
           (shape->doubles > FPR ? shape->doubles - FPR : 0);
}

static void invoke(const ffi_function *function, void *result, const void *args) {
    ffi_invoke(function, result, args);
}

/* Calls a function of this shape under guard and says what was wrong, "" if nothing. `stub` NULL: the
 * library's own. */
static const char *verdict(const struct shape *shape, enum way way, ffi_store_stub *stub, char *text,
                           size_t size) {
    static char   list[256];
    ffi_value     args[MAX_ARGS];
    ffi_value     slots[MAX_ARGS]; /* of structs, pointers */
    void         *pointers[MAX_ARGS];
    unsigned char result[MARGIN + 8 + MARGIN], wanted[sizeof result];
    describe(shape, text, size);
    ffi_function *function =
        ffi_function_new(context, (void *)(uintptr_t)(windows ? guard_callee_ms : guard_callee), text);
    if (!function) return ffi_last_message();
    int by_pointers = way == POINTERS || way == POINTERS_CAPTURE;
    if (way >= CAPTURE) ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    if (!stub && by_pointers) stub = (ffi_store_stub *)(void (*)(void))ffi_invoke_pointers;
    if (!stub) stub = way == INVOKE ? invoke : function->stub.store;

    for (unsigned i = 0; i < shape->integers + shape->doubles; i++) {
        args[i].u64 = 0x0123456789abcdefu * (2 * i + 3);
        pointers[i] = &args[i];
        slots[i]    = args[i];
        if (shape->integer[0] == 's' && !is_double(shape, i)) slots[i].ptr = &args[i];
    }
    guard_reply[0] = 0xf1e2d3c4b5a69701u; /* as a bool, true */
    guard_reply[1] = 0xc0ffee1234567890u;
    memset(result, CANARY, sizeof result);
    memcpy(wanted, result, sizeof result);
    if (!shape->discard) memcpy(wanted + MARGIN, &guard_reply[shape->result->in_xmm], shape->result->size);
    guard_stack_words = stack_words(shape);
    noted_calls       = 0;
    guard(stub, function, shape->discard ? NULL : result + MARGIN, by_pointers ? (void *)pointers : slots);
    unsigned leaves =
        way == DIRECT || way == CAPTURE ? function->stub_result : 0; /* its lowest bits are a size */
    if (!shape->discard) memcpy(result + MARGIN, &after_results[leaves >= FFI_RESULT_F32], leaves & 15);

    unsigned fpr = shape->doubles < FPR ? shape->doubles : FPR;
    snprintf(list, sizeof list, "%s %s%s%s", guard_broken(),
             guard_miscalled(shape->variadic && !windows ? (int)fpr : -1),
             arguments_arrived(shape, args) ? "" : " arguments",
             memcmp(result, wanted, sizeof result) ? " result" : "");
    ffi_function_free(function);
    return list + strspn(list, " ");
}

/* All forms of one shape: with and without a result, plain and variadic if the ABI has it; counts the calls. */
static int holds(struct shape shape, enum way way, unsigned *calls) {
    int good = 1;
    for (int form = 0; form < (is_vectorcall() ? 2 : 4); form++, ++*calls) {
        char text[512];
        shape.discard     = form & 1;
        shape.variadic    = form >> 1;
        const char *wrong = verdict(&shape, way, NULL, text, sizeof text);
        if (*wrong) printf("# %s%s: %s\n", text, shape.discard ? " without a result" : "", wrong), good = 0;
    }
    return good;
}

/* ---- the stubs ---- */

static void check_grid(const struct kind *result) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned integers = 0; integers <= GPR; integers++)
        for (unsigned doubles = 0; doubles <= FPR; doubles++)
            good &= holds((struct shape){result, integers, doubles, 0, 0, "i64"}, DIRECT, &calls);
    ok(good, "grid, %s: 7 x 9 entries, %u calls", result->name, calls);
}

/* One to twelve words, of integers, of doubles, and of both. */
static void check_stack(const struct kind *result) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned words = 1; words <= GUARD_WORDS; words++) {
        for (unsigned doubles = 0; doubles <= FPR; doubles++)
            good &= holds((struct shape){result, GPR + words, doubles, 0, 0, "i64"}, DIRECT, &calls);
        for (unsigned integers = 0; integers <= GPR; integers++)
            good &= holds((struct shape){result, integers, FPR + words, 0, 0, "i64"}, DIRECT, &calls);
        for (unsigned i = 1; i < words; i++)
            good &= holds((struct shape){result, GPR + i, FPR + words - i, 0, 0, "i64"}, DIRECT, &calls);
    }
    ok(good, "stack, %s: 1 to %d words, odd and even, %u calls", result->name, GUARD_WORDS, calls);
}

/* The C code that stands before some stubs. */
static void check_staged(const char *name, enum way way, const char *integer) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned integers = 0; integers <= GPR + 5; integers++)
            for (unsigned doubles = 0; doubles <= FPR + 3; doubles++)
                good &= holds((struct shape){&kinds[k], integers, doubles, 0, 0, integer}, way, &calls);
    ok(good, "%s: %u calls", name, calls);
}

/* Up to four positions and twelve words, in each mixture. */
static void check_windows(const char *name, enum way way, const char *integer) {
    unsigned calls = 0;
    int      good  = 1;
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned count = 0; count <= POSITIONS + GUARD_WORDS; count++)
            for (unsigned doubles = 0; doubles <= count; doubles++)
                good &= holds((struct shape){&kinds[k], count - doubles, doubles, 0, 0, integer}, way, &calls);
    ok(good, "%s, %s: %u calls", windows, name, calls);
}

/* ---- the guard ---- */

#define BREAKS(X)                                                                                              \
    X(rbx, "rbx")                                                                                              \
    X(rbp, "rbp")                                                                                              \
    X(r12, "r12")                                                                                              \
    X(r13, "r13")                                                                                              \
    X(r14, "r14")                                                                                              \
    X(r15, "r15")                                                                                              \
    X(rsp, "rsp")                                                                                              \
    X(direction, "direction")                                                                                  \
    X(mxcsr, "mxcsr")                                                                                          \
    X(x87_control, "x87-control")                                                                              \
    X(x87_stack, "x87-stack")                                                                                  \
    X(canary, "canary")
#define MISCALLS(X)                                                                                            \
    X(alignment, "alignment arguments")                                                                        \
    X(al, "al")                                                                                                \
    X(argument, "arguments")                                                                                   \
    X(result, "result")
#define DECLARE(name, text) ffi_store_stub break_##name;
BREAKS(DECLARE)
MISCALLS(DECLARE)

static void check_guard(void) {
    char                      text[64];
    static const struct shape plain = {&kinds[0], 0, 0, 0, 0, "i64"};
    (void)verdict(&plain, DIRECT, NULL, text, sizeof text);
#define BROKEN(name, word)                                                                                     \
    (void)verdict(&plain, DIRECT, break_##name, text, sizeof text);                                            \
    is_text(guard_broken(), word, "the guard sees a broken %s", word);
    BREAKS(BROKEN)

    /* Each calls a shape for which it would be right but for that. A misaligned callee notes no arguments. */
    static const struct shape none = {&kinds[0], 0, 0, 0, 0, "i64"}, vector = {&kinds[0], 0, 1, 1, 1, "i64"},
                              one = {&kinds[0], 1, 0, 1, 1, "i64"}, narrow = {&kinds[4], 0, 0, 0, 0, "i64"};
    const struct shape *shape_alignment = &none, *shape_al = &vector, *shape_argument = &one,
                       *shape_result = &narrow;
#define WRONG(name, word)                                                                                      \
    is_text(verdict(shape_##name, DIRECT, break_##name, text, sizeof text), word, "the guard sees a wrong %s", \
            word);
    MISCALLS(WRONG)
}

int main(void) {
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    check_guard();
    for (unsigned k = 0; k < KINDS; k++) check_grid(&kinds[k]);
    for (unsigned k = 0; k < KINDS; k++) check_stack(&kinds[k]);
    check_staged("ffi_invoke", INVOKE, "i64");
    check_staged("narrow arguments, staged", DIRECT, "i8");
    check_staged("narrow arguments by pointers", POINTERS, "i8");
    check_staged("arguments by pointers", POINTERS, "i64");
    check_staged("errno kept", CAPTURE, "i64");
    check_staged("errno kept, by pointers", POINTERS_CAPTURE, "i64");
    check_staged("structs among them", INVOKE, "struct { i64 a; }");
    check_staged("structs by pointers", POINTERS, "struct { i64 a; }");
    ffi_context_free(context);

    windows = "win64";
    context = ffi_context_new(&(ffi_options){.abi = windows});
    check_windows("stubs", DIRECT, "i64");
    check_windows("narrow arguments", DIRECT, "i8");
    check_windows("arguments by pointers", POINTERS, "i64");
    check_windows("narrow arguments by pointers", POINTERS, "i8");
    check_windows("errno kept", CAPTURE, "i64");
    check_windows("an image", POINTERS, "float _Complex");
    ffi_context_free(context);

    windows = "vectorcall";
    context = ffi_context_new(&(ffi_options){.abi = windows});
    check_windows("arguments", DIRECT, "i64");
    check_windows("narrow arguments by pointers", POINTERS, "i8");
    check_windows("errno kept", CAPTURE, "struct { i64 a; }");
    ffi_context_free(context);
    return done();
}
