/* SPDX-License-Identifier: MIT */
/*
 * Unwind data, instruction by instruction: each stub is run with the processor's trap flag set, and after every
 * single instruction, from the stub's first to the return, the signal handler unwinds (with the unwinder that
 * throws C++ exceptions) to the frame of `guard`, where every preserved register must be found with the junk
 * that guard.asm put there, and the stack pointer where it was. The same for the entries of callbacks, from the
 * first instruction of the entry to the return to the native caller of guard_callback.asm.
 */
#define _GNU_SOURCE
#include "guard_callback.h"
#include "tap.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { TRAP_FLAG = 0x100, FRAMES = 32, SHOWN = 5 };

/* One run over a stub. */
static struct {
    uintptr_t entry; /* of the stub */
    unsigned  steps; /* instructions, the callee's included */
    /* Of a callback: what it is in. */
    enum { STUB, CALLER, TRAMPOLINE, ENTRY, RETURNED } where;
    unsigned trampoline; /* instructions of it */
    unsigned frames;     /* of the deepest walk */
    unsigned wrong;
    char     first[160]; /* what was wrong first, and where */
} run;

static const char *windows; /* callbacks by the rules of this ABI of its */
static unsigned    shown, steps;
static const char *running; /* the signature */

struct walk {
    unsigned    frames;
    const char *wrong; /* NULL: nothing */
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *frame, void *data) {
    static const int         numbers[GUARD_GPR] = {3, 6, 12, 13, 14, 15}; /* psABI figure 3.36 */
    static const char *const names[GUARD_GPR]   = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
    struct walk             *walk               = data;
    if (++walk->frames > FRAMES) return _URC_END_OF_STACK;
    if (_Unwind_GetIP(frame) != (uintptr_t)(run.where == STUB ? guard_return : native_return))
        return _URC_NO_REASON;
    walk->wrong =
        _Unwind_GetCFA(frame) == (run.where == STUB ? guard_rsp : native_rsp) ? NULL : "the stack pointer";
    for (int i = 0; i < GUARD_GPR; i++)
        if (_Unwind_GetGR(frame, numbers[i]) != guard_junk[i]) walk->wrong = names[i];
    return _URC_END_OF_STACK;
}

/* The entries of callbacks that were reached: where trampolines go by their third instruction. */
static uintptr_t entries[256];
static unsigned  entry_count;

static void note_entry(uintptr_t at) {
    for (unsigned i = 0; i < entry_count; i++)
        if (entries[i] == at) return;
    if (entry_count < sizeof entries / sizeof *entries) entries[entry_count++] = at;
}

/* Whether an instruction is to be unwound from: all of a stub's, and of a callback's those from the entry to
 * the return. Copies of the page of trampolines have no unwind data: nothing can be thrown there. */
static int is_examined(uintptr_t at) {
    if (run.where == CALLER && at == run.entry) run.where = TRAMPOLINE;
    else if (run.where == TRAMPOLINE && ++run.trampoline == 3) run.where = ENTRY, note_entry(at);
    else if (run.where == ENTRY && at == (uintptr_t)native_return) run.where = RETURNED;
    return run.where == STUB || run.where == ENTRY;
}

extern const char __executable_start[], etext[];
const void       *_Unwind_Find_FDE(const void *at, uintptr_t bases[3]);

/* Whether it is another library's code that has no unwind data: glibc 2.43 falls through the padding between its
 * __memcpy_chk and its memcpy. All code of ours is in this program. */
static int is_gap_of_others(uintptr_t at) {
    uintptr_t bases[3];
    return (at < (uintptr_t)__executable_start || at >= (uintptr_t)etext) &&
           !_Unwind_Find_FDE((const void *)at, bases);
}

static void on_step(int number, siginfo_t *info, void *data) {
    ucontext_t *machine = data;
    uintptr_t   at      = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
    (void)number, (void)info;
    if (at == (uintptr_t)guard_return) {
        machine->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
    if (!is_examined(at) || is_gap_of_others(at)) return;
    struct walk walk = {.wrong = "the frame of the caller"};
    _Unwind_Backtrace(visit, &walk);
    if (walk.wrong && !run.wrong++)
        snprintf(run.first, sizeof run.first, "%s is lost at step %u, %td bytes after the stub's entry",
                 walk.wrong, run.steps, (ptrdiff_t)(at - run.entry));
    if (walk.frames > run.frames) run.frames = walk.frames;
    run.steps++;
}

/* Unwind data can be so wrong that the unwinder itself ends the process. */
static void on_crash(int number) {
    char text[256];
    int  length = snprintf(text, sizeof text, "# signal %d while unwinding at step %u of %s\n", number,
                           run.steps, running);
    if (write(STDOUT_FILENO, text, (size_t)length) < 0) _exit(2);
    _exit(1);
}

/* The compiler gives it unwind data of its own, and a frame when it is not optimised. */
static uint64_t step_callee(void) {
    return 42;
}

void note_arguments(void), note_arguments_ms(void); /* what guard.asm's own callees would call */
void note_arguments(void) {
}
void note_arguments_ms(void) {
}

/* Sums up one run. */
static int is_good(const char *what) {
    steps += run.steps;
    int good = run.steps > 5 && !run.wrong && !*guard_broken();
    if (!good && shown++ < SHOWN)
        printf("# %s: %u steps, %u wrong; %s %s\n", what, run.steps, run.wrong, run.first, guard_broken());
    return good;
}

/* Runs over `function` as `stub` calls it; true if it could be unwound at every step. */
static int step_over(ffi_store_stub *stub, const ffi_function *function, const void *args, const char *what) {
    uint64_t result[2];
    running     = what;
    guard_flags = 0;
    guard(stub, function, result, args); /* symbols are bound now */
    memset(&run, 0, sizeof run);
    run.entry   = (uintptr_t)stub;
    guard_flags = TRAP_FLAG;
    guard(stub, function, result, args);
    guard_flags = 0;
    return is_good(what);
}

enum way { INVOKE, POINTERS, CAPTURE, GUARDED };

static ffi_context *context;

/* One signature of so many arguments of two types. */
static int unwinds(const char *result, unsigned integers, const char *integer, unsigned doubles, enum way way) {
    static ffi_value args[32], slots[32];
    static void     *pointers[32];
    char             text[1024];
    int              at = snprintf(text, sizeof text, "%s(", result);
    for (unsigned i = 0; i < integers + doubles; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", i ? ", " : "",
                       i < integers ? integer : "f64");
        pointers[i] = &args[i];
        slots[i]    = args[i];
        if (i < integers && strchr("sl_", integer[0])) slots[i].ptr = &args[i];
    }
    snprintf(text + at, sizeof text - (size_t)at, ")");
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)step_callee, text);
    if (!function) return printf("# %s\n", ffi_last_message()), 0;
    if (way == CAPTURE) ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    if (way == GUARDED) ffi_function_guard(function, true);
    int good = way == POINTERS
                   ? step_over((ffi_store_stub *)(void (*)(void))ffi_invoke_pointers, function, pointers, text)
                   : step_over(function->stub.store, function, slots, text);
    ffi_function_free(function);
    return good;
}

static void check_grid(const char *result, const char *name, enum way way) {
    int good = 1;
    steps    = 0;
    for (unsigned integers = 0; integers <= 6; integers++)
        for (unsigned doubles = 0; doubles <= 8; doubles++)
            good &= unwinds(result, integers, "i64", doubles, way);
    ok(good, "%s, %s: unwinds at each of %u instructions", name, result, steps);
}

static void check_stack(const char *result) {
    int good = 1;
    steps    = 0;
    for (unsigned words = 1; words <= 5; words++) {
        good &= unwinds(result, 6 + words, "i64", 0, INVOKE);
        good &= unwinds(result, 6 + words, "i64", 5, INVOKE);
        good &= unwinds(result, 0, "i64", 8 + words, INVOKE);
        good &= unwinds(result, 3, "i64", 8 + words, INVOKE);
    }
    ok(good, "stack, %s: unwinds at each of %u instructions", result, steps);
}

static void check_staged(const char *name, const char *integer, enum way way) {
    int good = 1;
    steps    = 0;
    for (unsigned integers = 1; integers <= 9; integers += 2)
        for (unsigned doubles = 0; doubles <= 10; doubles += 2)
            good &= unwinds("i32", integers, integer, doubles, way);
    ok(good, "%s: unwinds at each of %u instructions", name, steps);
}

/* One and two records, and a result of their type. */
static void check_same(const char *record) {
    int good = 1;
    steps    = 0;
    for (unsigned count = 1; count <= 2; count++) good &= unwinds(record, count, record, 0, INVOKE);
    ok(good, "%s of the same: unwinds at each of %u instructions", record, steps);
}

/* Steps of the Windows ABI: of records in a register, behind an address, and of arguments behind pointers. */
static void check_windows(void) {
    ffi_context *own = context;
    context          = ffi_context_new(&(ffi_options){.abi = "win64"});
    check_staged("win64, structs of 8 bytes", "struct { i64 a; }", INVOKE);
    check_staged("win64, structs of 24 bytes", "struct { i64 a, b, c; }", INVOKE);
    check_staged("win64, structs of 21 bytes by pointers", "struct { i8 a[21]; }", POINTERS);
    check_staged("win64, narrow arguments by pointers", "u16", POINTERS);
    ffi_context_free(context);
    context = own;
}

/* The handler must be able to see a fault: a stub without unwind data that moves the stack pointer. */
ffi_store_stub break_al;

static void check_handler(void) {
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)step_callee, "void(void)");
    ffi_value     none[1]  = {{.u64 = 0}};
    shown                  = SHOWN; /* nothing to say about it */
    (void)step_over(break_al, function, none, "a stub without unwind data");
    shown = 0;
    ok(run.wrong > 0, "a stub without unwind data is seen, at %u of %u instructions", run.wrong, run.steps);
    ffi_function_free(function);
}

/* ---- callbacks ---- */

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

/* Runs over a callback's code; over that of another one before, so that symbols are bound. */
static int step_back(void *const *codes, const char *what) {
    static _Alignas(64) char memory[128];
    uintptr_t                at     = (uintptr_t)memory; /* if the result is there, or an argument */
    struct native            native = {.gpr = {at, at, at, at, at, at}};
    running                         = what;
    guard_call_back(codes[1], &native);
    memset(&run, 0, sizeof run);
    run.entry   = (uintptr_t)codes[0];
    run.where   = CALLER;
    guard_flags = TRAP_FLAG;
    guard_call_back(codes[0], &native);
    guard_flags  = 0;
    after_x87[4] = 0xffff; /* a result may be there */
    return is_good(what) && (!windows || !*guard_broken_ms(&native));
}

/* A callback of the signature, live, freed, freed and called before, and without a context. */
static int unwinds_back(const char *signature) {
    ffi_context  *own = ffi_context_new(&(ffi_options){.abi = windows ? windows : "sysv"});
    ffi_callback *callbacks[2];
    void         *codes[2];
    for (int i = 0; i < 2; i++) {
        callbacks[i] = ffi_callback_new(own, signature, handle, NULL);
        codes[i]     = ffi_callback_code(callbacks[i]);
    }
    int good = codes[1] != NULL;
    if (!good) printf("# %s\n", ffi_last_message());
    good = good && step_back(codes, signature);
    for (int i = 0; i < 2; i++) ffi_callback_free(callbacks[i]);
    good = good && step_back(codes, signature) && step_back(codes, signature);
    ffi_context_free(own);
    return good && step_back(codes, signature);
}

static void check_back(const char *result) {
    static const char *const params[] = {"",
                                         "i64, i64, i64",
                                         "i8, i64, i64, i64, i64",
                                         "f64",
                                         "f64, f64, f32",
                                         "i64, f64",
                                         "f64, i64",
                                         "i64, i64, f64",
                                         "f64, f64, i8",
                                         "i64, f64, f64, i64",
                                         "i64, i64, i64, i64, i64, i64, i8",
                                         "f64, f64, f64, f64, f64, f64, f64, f64, f32",
                                         "f64, i64, i64, i64, i64, i64, i64, i64, i16"};
    int                      good     = 1;
    steps                             = 0;
    for (size_t i = 0; i < sizeof params / sizeof *params; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s(%s)", result, params[i]);
        good &= unwinds_back(text);
    }
    ok(good, "callbacks, %s: unwinds at each of %u instructions", result, steps);
}

static unsigned check_image(const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, handle, NULL);
    if (!callback && ffi_last_error() == FFI_ERROR_UNSUPPORTED)
        return skip_one("callback, %s: %s", signature, ffi_last_message()), 0;
    steps    = 0;
    int good = unwinds_back(signature);
    ok(good, "callback, %s: unwinds at each of %u instructions", signature, steps);
    return 1;
}

/* Every entry: 13 for each of 5 kinds of result, 7 for each of the 4 narrow ones, those of images by the size of
 * vectors, and of those from 16 bytes on one of late calls each. */
static void check_callbacks(void) {
    static const char *const results[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    unsigned                 wanted    = 5 * 13 + 4 * 7;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) check_back(results[i]);
    wanted += check_image("struct { i64 a, b, c; } (f64, struct { i64 a, b, c; })");
    wanted += check_image("struct { i64 a; f64 b; } (struct { f64 a; i64 b; }, i8, long double, f32)");
    wanted += check_image("struct { f64 a; i64 b; } (void)");
    wanted += check_image("void(struct { i64 a; f64 b; })");
    wanted += check_image("i32(struct { i64 a, b; }, struct { f64 a; i64 b; })");
    wanted += check_image("struct { i32 a, b; } (struct { f64 a, b; })");
    wanted += check_image("f64(struct { i64 a[4]; })");
    wanted += check_image("struct { f64 a, b; } (struct { i64 a; f64 b; }, struct { f64 a; i64 b; })");
    check_image("struct { f32 a, b, c; } (struct { i8 a[3]; } , i16, i16, i16, i16, i16, i16, i8)");
    wanted += check_image("__int128(i64, __int128)");
    check_image("long double(struct { long double a; })");
    check_image("long double _Complex(f64)");
    wanted += check_image("struct { i8 a[24]; } (struct { i8 a[17]; })");
    wanted += check_image("i8 __attribute__((vector_size(16)))(f64, i8 __attribute__((vector_size(16))))");
    check_image("f64(struct { f64 a, b; }, i8 __attribute__((vector_size(16))), struct { i64 a; f64 b; })");
    wanted += check_image("long double _Complex(f64, ...)");
    wanted += 1;
    static const char *const by_ymm[] = {"__m256(__m256)", "__m256(f64, __m256, __m256)", "void(__m256)",
                                         "struct { __m256 a, b; } (struct { f64 a, b; }, __m256)",
                                         "struct { f64 a, b; } (__m256, struct { i64 a; f64 b; }, __m128)"};
    unsigned                 has_ymm  = 0;
    for (size_t i = 0; i < sizeof by_ymm / sizeof *by_ymm; i++) has_ymm = check_image(by_ymm[i]);
    wanted += 3 * has_ymm; /* by a table, by an image, late calls */
    check_image("__m256(__m256, i64, i64, i64, i64, i64, i64, i64)");
    wanted += 2 * check_image("f64 __attribute__((vector_size(64)))(f64 __attribute__((vector_size(64))))");
    ok(entry_count == wanted, "%u entries of %u are reached", entry_count, wanted);
}

/* Every mask of positions for each kind of result, and records: all by the table where Windows is not the platform,
 * but variable arguments. */
static void check_callbacks_ms(void) {
    static const char *const results[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    unsigned                 wanted    = 0;
    windows                            = "win64";
    entry_count                        = 0;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        int good = 1;
        steps    = 0;
        for (unsigned mask = 0; mask < 16; mask++) {
            char text[128];
            snprintf(text, sizeof text, "%s(%s, %s, %s, %s, i8, f64)", results[i], mask & 1 ? "f64" : "i64",
                     mask & 2 ? "f32" : "i8", mask & 4 ? "f64" : "ptr", mask & 8 ? "f32" : "u16");
            good &= unwinds_back(text);
        }
        ok(good, "win64 callbacks, %s: unwinds at each of %u instructions", results[i], steps);
    }
    wanted += check_image("struct { i64 a, b, c; } (f64, struct { i64 a, b, c; })");
    check_image("struct { i8 a[3]; } (struct { i8 a[2]; }, f32)");
    check_image("struct { f32 a, b, c; } (struct { f32 a, b; }, struct { f32 a, b, c; })");
    check_image("struct { i8 a[17]; } (f64, struct {})");
    check_image("__int128(__int128, i64)");
    check_image("__m128(f64, __m128)");
    wanted += check_image("__int128(__int128, i64, ...)");
    wanted += 1;
    ok(entry_count == wanted, "win64: %u entries of %u are reached", entry_count, wanted);
}

/* Images of every size; of 8 bytes late calls are as those of 16. */
static void check_callbacks_vectorcall(void) {
    unsigned wanted = 1;
    windows         = "vectorcall";
    entry_count     = 0;
    wanted += check_image("struct { f64 a, b; } (f64, struct { f64 a, b; }, i64, struct { i64 a, b; })");
    wanted += check_image("struct { __m128 a, b; } (f64, struct { __m128 a, b; }, i64)");
    wanted += 2 * check_image("struct { __m256 a, b; } (f64, struct { __m256 a, b; }, i64)");
    wanted += 2 * check_image("struct { __m512 a; } (f64, struct { __m512 a, b; }, i64)");
    ok(entry_count == wanted, "vectorcall: %u entries of %u are reached", entry_count, wanted);
}

int main(void) {
    static const char *const results[] = {"void", "i8", "i16", "i32", "i64", "f32", "f64"};
    static const char *const pairs[]   = {"struct { i64 a, b; }",
                                          "struct { f64 a, b; }",
                                          "struct { i64 a; f64 b; }",
                                          "struct { f64 a; i64 b; }",
                                          "struct { i64 a; }",
                                          "struct { f64 a; }",
                                          "struct { f32 a, b, c; }",
                                          "struct { i8 a[5]; }",
                                          "struct { i16 a[5]; }",
                                          "long double",
                                          "struct { i8 a[3]; }",
                                          "struct { i8 a[6]; }",
                                          "struct { i8 a[7]; }",
                                          "struct { i32 a[3]; }",
                                          "__m128"};
    struct sigaction         action    = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &action, NULL);
    signal(SIGSEGV, on_crash);
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});

    (void)unwinds("void", 0, "i64", 0, INVOKE);
    if (!run.steps) skip_all("this machine does not single-step: the trap flag raised no SIGTRAP");
    shown = 0;
    check_handler();
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) check_grid(results[i], "grid", INVOKE);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        check_grid(results[i], "by pointers", POINTERS);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) check_stack(results[i]);
    check_staged("narrow arguments, staged", "i8", INVOKE);
    check_staged("arguments by pointers, some on the stack", "i64", POINTERS);
    check_staged("narrow arguments by pointers", "u16", POINTERS);
    check_staged("errno kept", "i64", CAPTURE);
    check_staged("errno kept, narrow arguments", "i16", CAPTURE);
    check_staged("structs among others", "struct { i64 a; }", INVOKE);
    check_staged("structs by pointers", "struct { i64 a; }", POINTERS);
    check_staged("guarded", "i64", GUARDED);
    check_windows();
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) check_grid(pairs[i], "in parts", INVOKE);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) check_same(pairs[i]);
    check_same("struct { i64 a[3]; }");
    check_same("struct { i64 a[8]; }");
    check_callbacks();
    ffi_context_free(context);

    context = ffi_context_new(&(ffi_options){.abi = "win64"});
    check_grid("f64", "win64", INVOKE);
    check_grid("i16", "win64, by pointers", POINTERS);
    check_staged("win64, narrow arguments", "i8", INVOKE);
    check_staged("win64, an image", "float _Complex", POINTERS);
    check_staged("win64, guarded", "i64", GUARDED);
    check_callbacks_ms();
    ffi_context_free(context);

    context = ffi_context_new(&(ffi_options){.abi = "vectorcall"});
    check_grid("f64", "vectorcall", INVOKE);
    check_staged("vectorcall, narrow arguments by pointers", "i8", POINTERS);
    check_callbacks_vectorcall();
    ffi_context_free(context);
    return done();
}
