/* SPDX-License-Identifier: MIT */
/*
 * Unwind data, instruction by instruction: each stub is run with the processor's trap flag set, and after every
 * single instruction, from the stub's first to the return, the signal handler unwinds (with the unwinder that
 * throws C++ exceptions) to the frame of `guard`, where every preserved register must be found with the junk
 * that guard.asm put there, and the stack pointer where it was.
 */
#define _GNU_SOURCE
#include "guard.h"
#include "tap.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { TRAP_FLAG = 0x100, FRAMES = 32, SHOWN = 5 };

/* One run over a stub. */
static struct {
    uintptr_t entry;  /* of the stub */
    unsigned  steps;  /* instructions, the callee's included */
    unsigned  frames; /* of the deepest walk */
    unsigned  wrong;
    char      first[160]; /* what was wrong first, and where */
} run;

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
    if (_Unwind_GetIP(frame) != (uintptr_t)guard_return) return _URC_NO_REASON;
    walk->wrong = _Unwind_GetCFA(frame) == guard_rsp ? NULL : "the stack pointer";
    for (int i = 0; i < GUARD_GPR; i++)
        if (_Unwind_GetGR(frame, numbers[i]) != guard_junk[i]) walk->wrong = names[i];
    return _URC_END_OF_STACK;
}

static void on_step(int number, siginfo_t *info, void *data) {
    ucontext_t *machine = data;
    uintptr_t   at      = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
    (void)number, (void)info;
    if (at == (uintptr_t)guard_return) {
        machine->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
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

void note_arguments(void); /* what guard.asm's own callee would call */
void note_arguments(void) {
}

/* Runs over `function` as `stub` calls it; true if it could be unwound at every step. */
static int step_over(ffi_store_stub *stub, const ffi_function *function, const void *args, const char *what) {
    uint64_t result;
    running     = what;
    guard_flags = 0;
    guard(stub, function, &result, args); /* symbols are bound now */
    memset(&run, 0, sizeof run);
    run.entry   = (uintptr_t)stub;
    guard_flags = TRAP_FLAG;
    guard(stub, function, &result, args);
    guard_flags = 0;
    steps += run.steps;
    int good = run.steps > 5 && !run.wrong && !*guard_broken();
    if (!good && shown++ < SHOWN)
        printf("# %s: %u steps, %u wrong; %s %s\n", what, run.steps, run.wrong, run.first, guard_broken());
    return good;
}

enum way { INVOKE, POINTERS, CAPTURE };

static ffi_context *context;

/* One signature of so many arguments of two types. */
static int unwinds(const char *result, unsigned integers, const char *integer, unsigned doubles, enum way way) {
    static ffi_value args[32];
    static void     *pointers[32];
    char             text[256];
    int              at = snprintf(text, sizeof text, "%s(", result);
    for (unsigned i = 0; i < integers + doubles; i++) {
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", i ? ", " : "",
                       i < integers ? integer : "f64");
        pointers[i] = &args[i];
    }
    snprintf(text + at, sizeof text - (size_t)at, ")");
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)step_callee, text);
    if (!function) return printf("# %s\n", ffi_last_message()), 0;
    if (way == CAPTURE) ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    int good = way == POINTERS
                   ? step_over((ffi_store_stub *)(void (*)(void))ffi_invoke_pointers, function, pointers, text)
                   : step_over(function->stub.store, function, args, text);
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

int main(void) {
    static const char *const results[] = {"void", "i8", "i16", "i32", "i64", "f32", "f64"};
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
    ffi_context_free(context);
    return done();
}
