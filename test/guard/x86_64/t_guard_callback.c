/* SPDX-License-Identifier: MIT */
/*
 * Every entry of callbacks, called under the guard by a native caller: what a callee must preserve is
 * preserved, the handler finds its stack aligned, its arguments without regard to what lies above narrow ones,
 * a zeroed result, and its userdata; narrow results are extended to 32 bits, as gcc's and clang's callees do.
 * The same when the callback was freed, and when its context is gone, and all of it by the rules of Windows,
 * which preserves more registers. Then the guard itself.
 */
#include "guard_callback.h"
#include "tap.h"

enum { GPR = 6, FPR = 8, POSITIONS = 4, MAX_ARGS = 32 };

/* How a result comes back: as gcc's and clang's callers expect it, that is. */
enum sign { NO_SIGN, SIGNED, FLOATING };

struct kind {
    const char *name;
    size_t      size;
    enum sign   sign;
};
static const struct kind kinds[]    = {{"void", 0, NO_SIGN}, {"bool", 1, NO_SIGN}, {"i8", 1, SIGNED},
                                       {"u8", 1, NO_SIGN},   {"i16", 2, SIGNED},   {"u16", 2, NO_SIGN},
                                       {"i32", 4, SIGNED},   {"u32", 4, NO_SIGN},  {"i64", 8, SIGNED},
                                       {"ptr", 8, NO_SIGN},  {"f32", 4, FLOATING}, {"f64", 8, FLOATING}};
static const struct kind integers[] = {
    {"i64", 8, SIGNED}, {"i8", 1, SIGNED}, {"bool", 1, NO_SIGN}, {"u16", 2, NO_SIGN}, {"i32", 4, SIGNED}};
enum { KINDS = sizeof kinds / sizeof *kinds, INTEGERS = sizeof integers / sizeof *integers };

/* Where the doubles are among the integers; in turn as long as there are both. */
enum order { EVENLY, INTEGERS_FIRST, DOUBLES_FIRST, IN_TURN, IN_TURN_FROM_A_DOUBLE, ORDERS };

/* By Windows' rules `integers` are all arguments, and `doubles` a mask of those that are one. */
struct shape {
    const struct kind *result, *integer;
    unsigned           integers, doubles;
    enum order         order;
};

static ffi_context *context;
static int          windows;
static uint64_t     state = 1;

static uint64_t next(void) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    x          = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* ---- the handler ---- */

static struct {
    const struct shape *shape;
    uint64_t            args[MAX_ARGS], result;
    unsigned            calls;
    const char         *wrong;
    void               *userdata;
} run;

static unsigned count_of(const struct shape *shape) {
    return shape->integers + (windows ? 0 : shape->doubles);
}

static int is_double(const struct shape *shape, unsigned i) {
    unsigned count = count_of(shape);
    unsigned words = shape->integers, doubles = shape->doubles, pairs = words < doubles ? words : doubles;
    if (windows) return doubles >> i & 1;
    if (shape->order == INTEGERS_FIRST) return i >= words;
    if (shape->order == DOUBLES_FIRST) return i < doubles;
    if (shape->order != EVENLY) return i < 2 * pairs ? i % 2 == (shape->order == IN_TURN) : doubles > words;
    return (i + 1) * doubles / count > i * doubles / count;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    run.calls++;
    if (userdata != run.userdata) run.wrong = "userdata";
    for (unsigned i = 0; i < count_of(run.shape); i++)
        if (memcmp(&args[i], &run.args[i], is_double(run.shape, i) ? 8 : run.shape->integer->size))
            run.wrong = "arguments";
    for (size_t i = 0; i < run.shape->result->size; i++)
        if (((unsigned char *)result)[i]) run.wrong = "result-not-zero";
    memcpy(result, &run.result, run.shape->result->size);
}

/* ---- one call ---- */

static void describe(const struct shape *shape, char *text, size_t size) {
    int at = snprintf(text, size, "%s(", shape->result->name);
    for (unsigned i = 0; i < count_of(shape); i++)
        at += snprintf(text + at, size - (size_t)at, "%s%s", i ? ", " : "",
                       is_double(shape, i) ? "f64" : shape->integer->name);
    snprintf(text + at, size - (size_t)at, ")");
}

/* Where Microsoft's text has the i-th argument ("Parameter passing"). */
static uint64_t *at_position(struct native *native, unsigned i, int floating) {
    static const int gpr[POSITIONS] = {RCX, RDX, R8, R9};
    if (i >= POSITIONS) return &native->words[i];
    return floating ? native->fpr[i] : &native->gpr[gpr[i]];
}

/* Arguments are where the psABI has them (3.2.3), and full of garbage above their size. */
static void load(const struct shape *shape, struct native *native) {
    unsigned gpr = 0, fpr = 0, word = 0;
    for (size_t i = 0; i < sizeof *native / 8; i++) ((uint64_t *)(void *)native)[i] = next();
    for (unsigned i = 0; i < count_of(shape); i++) {
        int       floating = is_double(shape, i);
        uint64_t *at       = windows     ? at_position(native, i, floating)
                             : floating  ? fpr < FPR ? native->fpr[fpr++] : &native->words[word++]
                              : gpr < GPR ? &native->gpr[gpr++]
                                         : &native->words[word++];
        if (!floating && !strcmp(shape->integer->name, "bool")) *at &= ~0xfeull;
        run.args[i] = *at;
    }
}

/* Whether registers hold a value of the result's kind, as a caller may rely on it. */
static int returned(const struct kind *kind, uint64_t value) {
    if (kind->sign == FLOATING) return !memcmp(&after_results[1], &value, kind->size);
    uint64_t mask = kind->size < 8 ? (1ull << 8 * kind->size) - 1 : UINT64_MAX, top = mask ^ mask >> 1;
    value &= mask;
    if (kind->sign == SIGNED && value & top) value |= ~mask;
    return kind->size == 8 ? after_results[0] == value : (uint32_t)after_results[0] == (uint32_t)value;
}

/* Calls `code` under guard and says what was wrong, "" if nothing. */
static const char *verdict(const struct shape *shape, const void *code, unsigned calls, uint64_t result) {
    static char   list[256];
    struct native native;
    load(shape, &native);
    run.shape = shape;
    run.calls = 0;
    run.wrong = "";
    guard_call_back(code, &native);
    int called = calls && run.calls;
    snprintf(list, sizeof list, "%s %s%s%s%s%s%s%s%s", guard_broken(), run.wrong,
             windows ? guard_broken_ms(&native) : "", native_after_rsp != native_rsp ? " native-rsp" : "",
             native_marks != NATIVE_MARKS ? " marks" : "",
             calls && handler_rsp % 16 != 8 ? " handler-alignment" : "",
             called && handler_flags & DIRECTION_FLAG ? " handler-direction" : "",
             run.calls != calls ? " calls" : "",
             shape->result->size && !returned(shape->result, result) ? " result" : "");
    for (size_t length = strlen(list); length && list[length - 1] == ' ';) list[--length] = 0;
    return list + strspn(list, " ");
}

/* The handlers' return addresses: each entry has its own. Of one kind of result, and of all. */
static struct set {
    uint64_t of[256];
    unsigned count;
} of_kind, of_all;

static void note_entry(struct set *set) {
    for (unsigned i = 0; i < set->count; i++)
        if (set->of[i] == handler_return) return;
    if (set->count < sizeof set->of / sizeof *set->of) set->of[set->count++] = handler_return;
}

/* What is left of a freed callback. */
static struct leftover {
    struct shape shape;
    void        *code;
} leftovers[1 << 16];
static unsigned leftover_count, calls;

static int says(const struct shape *shape, const char *when, const char *wrong) {
    char text[512];
    calls++;
    if (!*wrong) return 1;
    describe(shape, text, sizeof text);
    return printf("# %s, %s: %s\n", text, when, wrong), 0;
}

/* A callback of the shape: live, freed, and again. */
static int holds(struct shape shape) {
    char text[512];
    int  good;
    describe(&shape, text, sizeof text);
    run.userdata = text;
    run.result   = next();
    if (!strcmp(shape.result->name, "bool")) run.result &= 1;
    ffi_callback *callback = ffi_callback_new(context, text, guard_handler, run.userdata);
    if (!callback) return printf("# %s: %s\n", text, ffi_last_message()), 0;
    void *code = ffi_callback_code(callback);
    good       = says(&shape, "live", verdict(&shape, code, 1, run.result));
    note_entry(&of_kind), note_entry(&of_all);
    uint64_t declared = next() % 2 ? run.result : 0;
    if (declared && ffi_callback_default(callback, &declared)) return printf("# %s\n", ffi_last_message()), 0;
    ffi_callback_free(callback);
    good &= says(&shape, "freed", verdict(&shape, code, 0, declared));
    good &= says(&shape, "freed, and called before", verdict(&shape, code, 0, declared));
    leftovers[leftover_count++] = (struct leftover){shape, code};
    return good;
}

static ffi_context *new_context(void) {
    return ffi_context_new(&(ffi_options){.abi = windows ? "win64" : "sysv"});
}

/* The end of a context, before its first callback is used again. */
static int orphans_hold(void) {
    int good = 1;
    ffi_context_free(context);
    for (unsigned i = 0; i < leftover_count; i++)
        good &= says(&leftovers[i].shape, "after the end of its context",
                     verdict(&leftovers[i].shape, leftovers[i].code, 0, 0));
    leftover_count = 0;
    context        = new_context();
    return good;
}

/* ---- entries ---- */

static void check_slots(const struct kind *result) {
    int good      = 1;
    of_kind.count = calls = 0;
    for (unsigned k = 0; k < INTEGERS; k++) {
        for (unsigned i = 0; i <= GPR; i++)
            for (unsigned d = 0; d <= FPR; d++)
                for (enum order order = 0; order < (i && d ? ORDERS : 1); order++)
                    good &= holds((struct shape){result, &integers[k], i, d, order});
        good &= orphans_hold();
        for (unsigned words = 1; words <= GUARD_WORDS; words++) {
            for (unsigned d = 0; d <= FPR; d += 4)
                good &= holds((struct shape){result, &integers[k], GPR + words, d, EVENLY});
            for (unsigned i = 0; i <= GPR; i += 3)
                good &= holds((struct shape){result, &integers[k], i, FPR + words, EVENLY});
        }
        good &= orphans_hold();
    }
    unsigned wanted = result->size == 1 || result->size == 2 ? 7 : 13;
    ok(good && of_kind.count == wanted, "%s: %u entries of %u are reached, %u calls", result->name,
       of_kind.count, wanted, calls);
}

/* Every mask of positions, with words above them and without. The entries of a kind call from one place. */
static void check_positions(const struct kind *result) {
    int good      = 1;
    of_kind.count = calls = 0;
    for (unsigned k = 0; k < INTEGERS; k++) {
        for (unsigned count = 0; count <= POSITIONS + GUARD_WORDS; count++)
            for (unsigned mask = 0; mask < 1u << (count < POSITIONS ? count : POSITIONS); mask++)
                good &= holds(
                    (struct shape){result, &integers[k], count, (0xa5c0 | mask) & ((1u << count) - 1), EVENLY});
        good &= orphans_hold();
    }
    ok(good && of_kind.count == 1, "win64, %s: %u calls", result->name, calls);
}

/* ---- entries by an image: values are for run_values.c ---- */

static long double x87_result[2] = {1, 2};
static const struct any {
    const char *signature;
    uint16_t    tags,
        late_tags; /* FNSTENV's, of x87 registers in use: a pair of bits each, 0 a number, 1 a zero */
} images[] = {
    {"void(struct { i64 a, b; char c; })", 0xffff, 0xffff},
    {"struct { i64 a; f64 b; } (i8, f32, struct { f32 a, b, c; })", 0xffff, 0xffff},
    {"struct { i64 a, b, c; } (f64, ptr)", 0xffff, 0xffff},
    {"i8(i64, f64, ...)", 0xffff, 0xffff},
    {"f64(__int128, i8 __attribute__((vector_size(16))))", 0xffff, 0xffff},
    {"f64 __attribute__((vector_size(32)))(i64, f64 __attribute__((vector_size(32))))", 0xffff, 0xffff},
    {"f64 __attribute__((vector_size(64)))(i64, f64 __attribute__((vector_size(64))))", 0xffff, 0xffff},
    {"void(raised, raised, raised)", 0xffff, 0xffff},
    {"long double(i64, long double)", 0x3fff, 0x7fff},
    {"long double _Complex(f64)", 0x0fff, 0x5fff},
};

static const struct any images_ms[] = {
    {"void(struct { i64 a, b; char c; })", 0xffff, 0xffff},
    {"struct { i64 a, b, c; } (f64, ptr)", 0xffff, 0xffff},
    {"struct { i32 a, b; } (struct { i8 a; }, f32)", 0xffff, 0xffff},
    {"i8(i64, f64, ...)", 0xffff, 0xffff},
    {"__int128(__int128, i8 __attribute__((vector_size(16))))", 0xffff, 0xffff},
    {"long double(i64, long double)", 0xffff, 0xffff},
#define VECTORCALL "__attribute__((vectorcall))"
    {"struct { f64 a, b; } (ptr, f64, struct { f64 a, b; }, i64, i64, f32)" VECTORCALL, 0xffff, 0xffff},
    {"struct { __m128 a; } (ptr, struct { __m128 a, b; }, __m128)" VECTORCALL, 0xffff, 0xffff},
    {"struct { __m256 a; } (ptr, struct { __m256 a, b; }, __m256)" VECTORCALL, 0xffff, 0xffff},
    {"struct { __m512 a; } (ptr, struct { __m512 a, b; }, __m512)" VECTORCALL, 0xffff, 0xffff},
};

static void handle_image(void *result, const ffi_value *args, void *userdata) {
    size_t size = *(size_t *)userdata;
    run.calls++;
    if (args[0].ptr == NULL) run.wrong = "arguments";
    memcpy(result, x87_result, size < sizeof x87_result ? size : sizeof x87_result);
}

static int image_holds(const struct any *image, const char *when, const void *code, unsigned count,
                       const void *memory) {
    struct native native;
    uint16_t      tags = count ? image->tags : image->late_tags;
    for (size_t i = 0; i < sizeof native / 8; i++) ((uint64_t *)(void *)&native)[i] = next();
    native.gpr[RDI] = (uintptr_t)memory; /* if the result is in memory */
    for (int i = RDX; windows && i < NATIVE_GPR; i++) native.gpr[i] = (uintptr_t)memory; /* and arguments */
    run.calls = 0;
    run.wrong = "";
    guard_call_back(code, &native);
    if (after_x87[4] == tags) after_x87[4] = 0xffff;
    const char *broken = guard_broken();
    if (!*broken && !*run.wrong && run.calls == count && native_after_rsp == native_rsp &&
        native_marks == NATIVE_MARKS && (!windows || !*guard_broken_ms(&native)) &&
        (!count || handler_rsp % 16 == 8))
        return 1;
    return printf("# %s, %s: %s %s, tags %x, %u calls\n", image->signature, when, broken, run.wrong,
                  after_x87[4], run.calls),
           0;
}

static void check_image(const struct any *image) {
    static _Alignas(64) char memory[64];
    ffi_declare(context, "typedef struct { i64 a, b; } raised __attribute__((aligned(0x10000000)));");
    const ffi_ctype *type     = ffi_type_parse(context, image->signature);
    size_t           size     = type ? ffi_type_size(ffi_type_target(type)) : 0;
    ffi_callback    *callback = ffi_callback_new(context, image->signature, guard_handler, &size);
    if (!callback && ffi_last_error() == FFI_ERROR_UNSUPPORTED) {
        skip_one("%s: %s", image->signature, ffi_last_message());
        return;
    }
    if (!callback) printf("# %s\n", ffi_last_message());
    void *code = ffi_callback_code(callback);
    int   good = callback && image_holds(image, "live", code, 1, memory);
    ffi_callback_free(callback);
    good = good && image_holds(image, "freed", code, 0, memory) &&
           image_holds(image, "freed, and called before", code, 0, memory);
    ffi_context_free(context);
    good    = good && image_holds(image, "after the end of its context", code, 0, memory);
    context = new_context();
    ok(good, "%s%s, live, freed, without a context", windows ? "win64: " : "", image->signature);
}

/* ---- the guard ---- */

#define BREAKS(X)                                                                                              \
    X(rbx, "rbx")                                                                                              \
    X(rbp, "rbp")                                                                                              \
    X(r12, "r12")                                                                                              \
    X(r13, "r13")                                                                                              \
    X(r14, "r14")                                                                                              \
    X(r15, "r15")                                                                                              \
    X(rsp, "native-rsp")                                                                                       \
    X(direction, "direction")                                                                                  \
    X(mxcsr, "mxcsr")                                                                                          \
    X(x87_control, "x87-control")                                                                              \
    X(x87_stack, "x87-stack")                                                                                  \
    X(marks, "marks")
#define MISCALLS(X)                                                                                            \
    X(handler_alignment, "handler-alignment calls")                                                            \
    X(handler_direction, "handler-direction")                                                                  \
    X(handler_arguments, "arguments")                                                                          \
    X(extension, "result")
#define BREAKS_MS(X)                                                                                           \
    X(rdi, "rdi")                                                                                              \
    X(rsi, "rsi")                                                                                              \
    X(xmm6, "xmm6")                                                                                            \
    X(xmm8, "xmm8")                                                                                            \
    X(xmm15, "xmm15")
#define DECLARE(name, text) void break_##name(void);
BREAKS_MS(DECLARE)
BREAKS(DECLARE)
MISCALLS(DECLARE)

/* Each is called as a callback for which it would be right but for that. */
static void check_guard(void) {
    static const struct shape none = {&kinds[0], &integers[0], 0, 0, EVENLY},
                              two  = {&kinds[2], &integers[0], 2, 0, EVENLY};
#define BROKEN(name, word)                                                                                     \
    is_text(verdict(&none, (void *)(uintptr_t)break_##name, 0, 0), word, "the guard sees a broken %s", #name);
    BREAKS(BROKEN)
    windows = 1;
    BREAKS_MS(BROKEN)
    windows      = 0;
    run.userdata = NULL;
    run.result   = 0x80;
#define WRONG(name, word)                                                                                      \
    is_text(verdict(strstr(word, "handler") ? &none : &two, (void *)(uintptr_t)break_##name, 1, 0x80), word,   \
            "the guard sees a wrong %s", #name);
    MISCALLS(WRONG)
}

int main(void) {
    guard_handle = handle;
    context      = ffi_context_new(&(ffi_options){.abi = "sysv"});
    check_guard();
    for (unsigned k = 0; k < KINDS; k++) check_slots(&kinds[k]);
    ok(of_all.count == 5 * 13 + 4 * 7, "the library has 5 * 13 + 4 * 7 entries: %u", of_all.count);
    guard_handle = handle_image;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) check_image(&images[i]);
    ffi_context_free(context);

    windows      = 1;
    guard_handle = handle;
    context      = new_context();
    for (unsigned k = 0; k < KINDS; k++) check_positions(&kinds[k]);
    ok(of_all.count == 5 * 13 + 4 * 7 + 1,
       "%u entries in all: Windows' slots are stored by one, through an image", of_all.count);
    guard_handle = handle_image;
    for (size_t i = 0; i < sizeof images_ms / sizeof *images_ms; i++) check_image(&images_ms[i]);
    ffi_context_free(context);
    return done();
}

void note_arguments(void), note_arguments_ms(void); /* what guard.asm's own callees would call */
void note_arguments(void) {
}
void note_arguments_ms(void) {
}
