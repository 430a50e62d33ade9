/* SPDX-License-Identifier: MIT */
/*
 * Every stub and entry of the Windows library under the guard of guard_win32.asm, as t_guard.c,
 * t_guard_callback.c and t_step.c have those of POSIX systems: what Windows' functions must preserve is
 * preserved, the callee finds its stack aligned, nothing above the stack's words is written; and while the trap
 * flag is set, a vectored handler unwinds after each instruction by RtlVirtualUnwind() to the frame of the
 * guard, where every preserved register must be found with the junk that the guard put there. Functions and
 * callbacks are of both ABIs. That arguments arrive and results come back is left to run_calls.c and
 * run_values.c.
 */
#include "guard_win32.h"
#include "tap.h"

#include <windows.h>

extern const char ___chkstk_ms[]; /* libgcc's */

enum { TRAP_FLAG = 0x100, FRAMES = 64, SHOWN = 8 };

static ffi_context *context;
static const char  *abi;
static unsigned     shown, steps;

/* ---- unwinding ---- */

/* One run over a stub, or over a callback's code. */
static struct {
    uintptr_t   entry, stop, wanted; /* the return address where a walk ends, and rsp there */
    bool        callback, inside;
    unsigned    steps, wrong, trampoline;
    char        first[160]; /* what was wrong first, and where */
    const char *doing;
} run;

static uintptr_t entries[256]; /* that trampolines went to */
static unsigned  entry_count;

static void note_entry(uintptr_t at) {
    for (unsigned i = 0; i < entry_count; i++)
        if (entries[i] == at) return;
    if (entry_count < sizeof entries / sizeof *entries) entries[entry_count++] = at;
}

/* What is lost on the way to the guard; NULL: nothing. The copies of the page of trampolines have no entry in a
 * function table: such code is a leaf. */
static const char *walk(const CONTEXT *from) {
    CONTEXT   frame = *from;
    ULONG_PTR low, high;
    GetCurrentThreadStackLimits(&low, &high);
    for (int i = 0; frame.Rip != run.stop; i++) {
        DWORD64 base, establisher;
        void   *data;
        if (i == FRAMES || frame.Rsp < low || frame.Rsp > high - 8 || frame.Rsp % 8) return "the way";
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(frame.Rip, &base, NULL);
        if (function)
            RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, frame.Rip, function, &frame, &data, &establisher, NULL);
        else if (!i) frame.Rip = *(DWORD64 *)frame.Rsp, frame.Rsp += 8;
        else return "a frame";
    }
    const DWORD64 found[GPR] = {frame.Rbx, frame.Rbp, frame.Rdi, frame.Rsi,
                                frame.R12, frame.R13, frame.R14, frame.R15};
    if (frame.Rsp != run.wanted) return "the stack pointer";
    for (int i = 0; i < GPR; i++)
        if (is_kept(i) && found[i] != guard_junk[i]) return gpr_names[i];
    for (int i = 0; i < XMM && !foreign; i++)
        if (memcmp(&(&frame.Xmm6)[i], guard_xmm_junk[i], 16)) return xmm_names[i];
    return NULL;
}

/* Whether code is ours: it has no entry in a function table, or proc_pe.inc made that: rbp is the frame
 * pointer, and at most vector registers are saved after. Compilers' prologs and epilogs are not for us to
 * examine, and Wine 8 does not know all of them; from a call in their functions it must get on. */
static bool is_ours(uintptr_t at) {
    enum { VERSION = 1, RBP = 5, SET_FPREG = 3, SAVE_XMM128 = 8 };
    DWORD64           base;
    RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(at, &base, NULL);
    if (!function) return true;
    const BYTE *info = (const BYTE *)(uintptr_t)(base + function->UnwindData);
    const BYTE *code = info + 4;
    while ((code[1] & 0xf) == SAVE_XMM128) code += 4;
    return info[0] == VERSION && info[3] == RBP && code[1] == SET_FPREG;
}

/* The probe of the stack in libgcc has no unwind data. */
static bool is_probe(uintptr_t at) {
    enum { LENGTH = 64 };
    return at - (uintptr_t)___chkstk_ms < LENGTH;
}

static bool is_examined(uintptr_t at) {
    if (at >= (uintptr_t)guard_begin && at < (uintptr_t)guard_end) {
        if (run.callback && at == run.stop) run.inside = false; /* back in the native caller */
        return false;
    }
    if (run.callback && at == run.entry) run.inside = true, run.wanted = native_rsp;
    if (run.callback && run.inside && run.trampoline++ == 3) note_entry(at);
    return run.inside;
}

static LONG CALLBACK on_step(EXCEPTION_POINTERS *exception) {
    CONTEXT *machine = exception->ContextRecord;
    if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_SINGLE_STEP) return EXCEPTION_CONTINUE_SEARCH;
    if (machine->Rip == (uintptr_t)guard_return) return EXCEPTION_CONTINUE_EXECUTION; /* the flag is clear */
    machine->EFlags |= TRAP_FLAG;
    if (!is_examined(machine->Rip) || !is_ours(machine->Rip) || is_probe(machine->Rip))
        return EXCEPTION_CONTINUE_EXECUTION;
    const char *lost = walk(machine);
    if (lost && !run.wrong++)
        snprintf(run.first, sizeof run.first, "%s is lost at step %u, at %p, %lld bytes after the entry", lost,
                 run.steps, (void *)machine->Rip, (long long)(machine->Rip - run.entry));
    run.steps++;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static bool is_good(const char *what) {
    steps += run.steps;
    bool good = run.steps > 1 && !run.wrong && !*broken();
    if (!good && shown++ < SHOWN)
        printf("# %s: %u steps, %u wrong; %s %s\n", what, run.steps, run.wrong, run.first, broken());
    return good;
}

/* ---- calls ---- */

enum way { INVOKE, POINTERS, ERRNO, LAST_ERROR, BOTH };

static bool step_over(const void *stub, const ffi_function *function, const void *args, const char *what) {
    static _Alignas(64) char result[256];
    native_rsp = 0;
    guard(stub, function, result, args); /* symbols are bound now */
    memset(&run, 0, sizeof run);
    run.entry   = (uintptr_t)stub;
    run.stop    = (uintptr_t)guard_return;
    run.wanted  = guard_rsp;
    run.inside  = true;
    guard_flags = TRAP_FLAG;
    guard(stub, function, result, args);
    guard_flags = 0;
    return is_good(what);
}

static void invoke(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_invoke(function, result, args);
}

/* Words of the stack that a signature's callee may spoil: no more than arguments beyond the registers. */
static unsigned words_of(unsigned integers, unsigned doubles) {
    if (strcmp(abi, "sysv")) return integers + doubles > 4 ? integers + doubles - 4 : 0;
    return (integers > 6 ? integers - 6 : 0) + (doubles > 8 ? doubles - 8 : 0);
}

static bool unwinds(const char *signature, unsigned words, enum way way) {
    static _Alignas(64) char memory[256];
    static ffi_value         args[32];
    static void             *pointers[32];
    void (*callee)(void)   = strcmp(abi, "sysv") ? guard_callee : guard_callee_sysv;
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)callee, signature);
    for (int i = 0; i < 32; i++) args[i].ptr = pointers[i] = memory;
    if (!function) return printf("# %s\n", ffi_last_message()), false;
    if (way >= ERRNO)
        ffi_function_capture(function, way == ERRNO        ? FFI_CAPTURE_ERRNO
                                       : way == LAST_ERROR ? FFI_CAPTURE_LAST_ERROR
                                                           : FFI_CAPTURE_ERRNO | FFI_CAPTURE_LAST_ERROR);
    guard_words = words;
    bool good   = way == POINTERS
                      ? step_over((void *)(uintptr_t)ffi_invoke_pointers, function, pointers, signature)
                      : step_over((void *)(uintptr_t)invoke, function, args, signature);
    ffi_function_free(function);
    return good;
}

/* So many integers and doubles, in turn. */
static void check_slots(const char *result, const char *integer, const char *real, enum way way,
                        const char *name) {
    bool good = true;
    steps     = 0;
    for (unsigned integers = 0; integers <= 8; integers++)
        for (unsigned doubles = 0; doubles <= 10; doubles += 1 + 3 * (doubles > 1)) {
            char text[256];
            int  at = snprintf(text, sizeof text, "%s(", result);
            for (unsigned i = 0; i < integers + doubles; i++)
                at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", i ? ", " : "",
                               i < integers ? integer : real);
            snprintf(text + at, sizeof text - (size_t)at, ")");
            good &= unwinds(text, words_of(integers, doubles), way);
        }
    ok(good, "%s, %s: %s(%s, %s) preserves, and unwinds at each of %u instructions", abi, name, result, integer,
       real, steps);
}

/* What does not stand in slots; false: this processor has not that vector. */
static unsigned check_call(const char *signature) {
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (!function && ffi_last_error() == FFI_ERROR_UNSUPPORTED)
        return skip_one("%s, %s: %s", abi, signature, ffi_last_message()), 0;
    ffi_function_free(function);
    steps     = 0;
    bool good = unwinds(signature, 0, INVOKE) & unwinds(signature, 0, POINTERS) & unwinds(signature, 0, BOTH);
    ok(good, "%s, %s preserves, and unwinds at each of %u instructions", abi, signature, steps);
    return 1;
}

/* ---- callbacks ---- */

/* Runs over a callback's code; over that of another one before, so that symbols are bound. */
static bool step_back(void *const *codes, const char *what) {
    static _Alignas(64) char memory[256];
    static uint64_t          values[4 + WORDS];
    const void              *caller = foreign ? native_caller_sysv : native_caller;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) values[i] = (uintptr_t)memory;
    callee_rsp = 0;
    guard(caller, codes[1], values, NULL);
    memset(&run, 0, sizeof run);
    run.entry    = (uintptr_t)codes[0];
    run.stop     = (uintptr_t)(foreign ? native_return_sysv : native_return);
    run.callback = true;
    guard_flags  = TRAP_FLAG;
    guard(caller, codes[0], values, NULL);
    guard_flags  = 0;
    after_x87[4] = 0xffff; /* a result may be there */
    return is_good(what);
}

/* A callback of the signature, live, freed, freed and called before, and without a context. */
static bool unwinds_back(const char *signature) {
    ffi_context  *own = ffi_context_new(&(ffi_options){.abi = abi});
    ffi_callback *callbacks[2];
    void         *codes[2];
    for (int i = 0; i < 2; i++) {
        callbacks[i] = ffi_callback_new(own, signature, guard_handler, NULL);
        codes[i]     = ffi_callback_code(callbacks[i]);
    }
    bool good = codes[1] != NULL;
    if (!good) printf("# %s\n", ffi_last_message());
    good = good && step_back(codes, signature) && callee_rsp;
    for (int i = 0; i < 2; i++) ffi_callback_free(callbacks[i]);
    good = good && step_back(codes, signature) && step_back(codes, signature) && !callee_rsp;
    ffi_context_free(own);
    return good && step_back(codes, signature);
}

static unsigned check_back(const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, guard_handler, NULL);
    if (!callback && ffi_last_error() == FFI_ERROR_UNSUPPORTED)
        return skip_one("%s callback, %s: %s", abi, signature, ffi_last_message()), 0;
    ffi_callback_free(callback);
    steps     = 0;
    bool good = unwinds_back(signature);
    ok(good, "%s callback, %s preserves, and unwinds at each of %u instructions", abi, signature, steps);
    return 1;
}

/* Every mask of positions for each kind of result. */
static void check_masks(const char *result) {
    bool good = true;
    steps     = 0;
    for (unsigned mask = 0; mask < 16; mask++) {
        char text[128];
        snprintf(text, sizeof text, "%s(%s, %s, %s, %s, i8, f64)", result, mask & 1 ? "f64" : "i64",
                 mask & 2 ? "f32" : "i8", mask & 4 ? "f64" : "ptr", mask & 8 ? "f32" : "u16");
        good &= unwinds_back(text);
    }
    ok(good, "%s callbacks, %s: preserve, and unwind at each of %u instructions", abi, result, steps);
}

/* ---- all of them ---- */

#define HVA(type)    "struct { " #type " a, b; }"
#define VECTOR(size) "f64 __attribute__((vector_size(" #size ")))"

static void check_windows(void) {
    static const char *const results[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    unsigned                 wanted    = 9 * 16;
    check_slots("void", "i64", "f64", INVOKE, "plain");
    check_slots("f64", "ptr", "f32", INVOKE, "plain");
    check_slots("i8", "i8", "f32", INVOKE, "narrow");
    check_slots("i64", "i64", "f64", POINTERS, "by pointers");
    check_slots("u16", "u16", "f32", POINTERS, "narrow, by pointers");
    check_slots("i32", "i64", "f64", ERRNO, "errno kept");
    check_slots("f64", "i16", "f64", LAST_ERROR, "the last error kept");
    check_slots("f32", "i32", "f64", BOTH, "both kept");
    check_slots("f64", "__int128", "float _Complex", INVOKE, "an image");
    check_call("struct { i64 a, b, c; } (f64, struct { i64 a, b, c; }, i64, i64, i64)");
    check_call(VECTOR(16) "(i64, " VECTOR(16) ")");
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) check_masks(results[i]);
    wanted += check_back("struct { i64 a, b, c; } (f64, struct { i64 a, b, c; })");
    wanted += check_back("__int128(__int128, i64, ...)");
    wanted += 1; /* the late one of the least size */
    ok(entry_count == wanted, "%s: %u entries of %u are reached", abi, entry_count, wanted);
}

static void check_microsoft(void) { /* wide results are in registers */
    check_call(VECTOR(32) "(i64, " VECTOR(32) ")");
    check_call(VECTOR(64) "(i64, " VECTOR(64) ")");
    entry_count     = 0;
    unsigned wanted = 2 * check_back(VECTOR(32) "(" VECTOR(32) ")");
    wanted += 2 * check_back(VECTOR(64) "(" VECTOR(64) ")");
    ok(entry_count == wanted, "%s: %u entries of %u are reached", abi, entry_count, wanted);
}

static void check_vectorcall(void) {
    check_slots("void", "i64", "f64", INVOKE, "an image");
    check_slots("f64", "i8", "f32", BOTH, "both kept");
    check_call(HVA(f64) "(i64, " HVA(f64) ", f64)");
    check_call(HVA(__m128) "(i64, " HVA(__m128) ", __m128)");
    check_call(HVA(__m256) "(i64, " HVA(__m256) ", __m256)");
    check_call(HVA(__m512) "(i64, " HVA(__m512) ", __m512)");
    entry_count     = 0;
    unsigned wanted = check_back(HVA(f64) "(f64, " HVA(f64) ", i64, f64)") + 1;
    wanted += check_back(HVA(__m128) "(f64, " HVA(__m128) ", i64, __m128)");
    wanted += 2 * check_back(HVA(__m256) "(f64, " HVA(__m256) ", i64, __m256)");
    wanted += 2 * check_back(HVA(__m512) "(f64, " HVA(__m512) ", i64, __m512)");
    ok(entry_count == wanted, "%s: %u entries of %u are reached", abi, entry_count, wanted);
}

static void check_system_v(void) {
    check_slots("void", "i64", "f64", INVOKE, "plain");
    check_slots("i8", "i8", "f32", POINTERS, "narrow, by pointers");
    check_slots("f64", "i64", "f64", BOTH, "errno and the last error kept");
    check_call(VECTOR(16) "(i64, " VECTOR(16) ")");
    check_call(VECTOR(32) "(i64, " VECTOR(32) ")");
    check_call(VECTOR(64) "(i64, " VECTOR(64) ")");
    foreign         = true;
    entry_count     = 0;
    unsigned wanted = check_back("i32(i8, f64, i64, f32)") + 1;
    wanted += check_back("__int128(f64 _Complex, " VECTOR(16) ")");
    check_back("long double _Complex(f64, ...)");
    check_back("struct { i64 a, b, c; } (struct { i64 a; f64 b; }, i64, i64, i64, i64, i64, i64)");
    wanted += 2 * check_back(VECTOR(32) "(" VECTOR(32) ")");
    wanted += 2 * check_back(VECTOR(64) "(" VECTOR(64) ")");
    foreign = false;
    ok(entry_count == wanted, "%s: %u entries of %u are reached", abi, entry_count, wanted);
}

/* ---- the guard ---- */

/* clang-format off */
#define BREAKS(X)                                                                                              \
    X(rbx) X(rbp) X(rdi) X(rsi) X(r12) X(r13) X(r14) X(r15) X(xmm6) X(xmm7) X(xmm8) X(xmm9) X(xmm10) X(xmm11)  \
    X(xmm12) X(xmm13) X(xmm14) X(xmm15) X(rsp) X(direction) X(mxcsr) X(x87_control) X(x87_stack) X(canary)     \
    X(alignment)
/* clang-format on */
#define DECLARE(name) void break_##name(void);
BREAKS(DECLARE)
DECLARE(marks)
DECLARE(unwinding)

static void check_guard(void) {
    static uint64_t values[4 + WORDS];
#define BROKEN(name)                                                                                           \
    guard((void *)(uintptr_t)break_##name, NULL, NULL, NULL);                                                  \
    is_text(broken(), #name, "the guard sees a broken %s", #name);                                             \
    callee_rsp = 0;
    BREAKS(BROKEN)
    guard(native_caller, (void *)(uintptr_t)break_marks, values, NULL);
    is_text(broken(), "marks", "the guard sees that a callback writes above its arguments");
    shown = SHOWN; /* nothing to say about it */
    (void)step_over((void *)(uintptr_t)break_unwinding, NULL, NULL, "");
    shown = 0;
    ok(run.wrong == 2, "a stub without unwind data is seen, at %u of %u instructions", run.wrong, run.steps);
}

static void with(const char *name, void (*check)(void)) {
    abi     = name;
    context = ffi_context_new(&(ffi_options){.abi = name});
    check();
    ffi_context_free(context);
}

int main(void) {
    AddVectoredExceptionHandler(1, on_step);
    abi = "win64";
    check_guard();
    with("win64", check_windows);
    with("msvc", check_microsoft);
    with("vectorcall", check_vectorcall);
    with("sysv", check_system_v);
    return done();
}
