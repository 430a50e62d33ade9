/* SPDX-License-Identifier: MIT */
/*
 * Windows' structured exceptions through calls and callbacks of every family, of both ABIs: raised by
 * RaiseException() or by the processor in a callee or a handler, they are found by a frame-based handler above
 * the call, which unwinds to its frame, where guard_win32.asm finds every preserved register as it was. What is
 * mended by a vectored handler goes on; RtlCaptureStackBackTrace() and RtlVirtualUnwind() in a callee find the
 * way to main.
 */
#include "guard_win32.h"
#include "tap.h"

#include <errno.h>
#include <windows.h>

enum { OURS = 0xe0ff1234, FRAMES = 62 };

struct call {
    const char *name, *signature, *extra; /* extra: variable arguments, or NULL */
    bool        pointers, capture;
};

#define SYSV " __attribute__((sysv_abi))"

static const struct call calls[] = {
    {"no arguments", "void()", NULL, 0, 0},
    {"a grid stub", "i32(i32, f64, ptr)", NULL, 0, 0},
    {"a narrow stub", "i8(i8, f64, u16)", NULL, 0, 0},
    {"a stub by pointers", "ptr(ptr, f64, ptr, i64)", NULL, 1, 0},
    {"the stack stub", "i64(i64, i64, f64, i64, i64, f64, i64)", NULL, 0, 0},
    {"narrow arguments to the stack", "void(i8, i8, i8, i8, i8, u16, u16)", NULL, 0, 0},
    {"a structure", "struct { i64 a[3]; }(i64, struct { f64 d[3]; })", NULL, 0, 0},
    {"a vector", "f32 __attribute__((vector_size(16)))(i64)", NULL, 0, 0},
    {"variable arguments", "int(str, ...)", "double, float, char, i64", 0, 0},
    {"errors kept", "i32(i32)", NULL, 0, 1},
    {"errors kept, narrow arguments by pointers", "i32(i8, i8, i8, i8, i8)", NULL, 1, 1},
    {"a System V function", "f64(i32, f64, ptr)" SYSV, NULL, 0, 0},
    {"a System V function, the stack", "i64(i64,i64,i64,i64,i64,i64,i64,i8)" SYSV, NULL, 1, 0},
    {"a System V structure", "struct { f64 a[3]; }(struct { i64 a; f64 b; }, long double)" SYSV, NULL, 0, 0},
};

/* Of callbacks: signatures of which each has an entry of its own; by images from the fourth last on. */
static const struct call callbacks[] = {
    {"no arguments", "void()", NULL, 0, 0},
    {"integers", "i32(ptr, i32)", NULL, 0, 0},
    {"both kinds", "f32(ptr, f64, i8, f32)", NULL, 0, 0},
    {"the stack", "i64(i64, f64, f64, i64, i64, f64, i8)", NULL, 0, 0},
    {"arguments by pointers", "i64(i64, f64)", NULL, 1, 0},
    {"a structure", "struct { f64 a[3]; }(struct { i64 a; f64 b; }, i64)", NULL, 0, 0},
    {"variable arguments", "int(str, ...)", "", 0, 0},
    {"System V", "i32(i8, f64, i64, f32)" SYSV, NULL, 0, 0},
    {"System V, a structure", "struct { f64 a[3]; }(struct { i64 a; f64 b; }, i64)" SYSV, NULL, 0, 0},
};

static ffi_context        *context;
static ffi_value           args[16];
static void               *pointers[16];
static char                memory[64]; /* of what does not stand in a slot */
static volatile int *const nowhere = NULL;

/* ---- a frame with a handler, as __try makes one ---- */

void                      guarded_call(const ffi_function *function, void *result, const void *values);
extern const char         guarded_resume[];
static DWORD              caught; /* the exception's code */
static const struct call *calling;

__attribute__((noinline, used)) void make_call(const ffi_function *function, void *result, const void *values) {
    if (calling->pointers) ffi_invoke_pointers(function, result, values);
    else ffi_invoke(function, result, values);
    __asm__ volatile(""); /* no jump */
}

__attribute__((used)) EXCEPTION_DISPOSITION on_exception(EXCEPTION_RECORD *record, void *frame,
                                                         CONTEXT *machine, DISPATCHER_CONTEXT *dispatcher) {
    if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) return ExceptionContinueSearch;
    caught = record->ExceptionCode;
    RtlUnwindEx(frame, (void *)guarded_resume, record, NULL, machine, dispatcher->HistoryTable);
    return ExceptionContinueSearch; /* not reached */
}

__asm__(".text\n"
        ".globl guarded_call, guarded_resume\n"
        ".seh_proc guarded_call\n"
        ".seh_handler on_exception, @except, @unwind\n"
        "guarded_call:\n"
        "    sub $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_endprologue\n"
        "    call make_call\n"
        "guarded_resume:\n"
        "    nop\n"
        "    add $40, %rsp\n"
        "    ret\n"
        ".seh_endproc\n");

/* ---- callees ---- */

static DWORD64 begin_of_main;

static DWORD64 begin_of(DWORD64 code) {
    DWORD64           base;
    RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(code, &base, NULL);
    return function ? base + function->BeginAddress : 0;
}

/* Both ways to walk: frames up to main, 0 if it is not met. */
static unsigned walked, captured;

static void walk(void) {
    void    *frames[FRAMES];
    CONTEXT  frame;
    unsigned count = RtlCaptureStackBackTrace(0, FRAMES, frames, NULL);
    walked = captured = 0;
    for (unsigned i = 0; i < count && !captured; i++)
        if (begin_of((uintptr_t)frames[i]) == begin_of_main) captured = i + 1;
    RtlCaptureContext(&frame);
    for (unsigned i = 0; i < FRAMES && !walked; i++) {
        DWORD64           base, establisher;
        void             *data;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(frame.Rip, &base, NULL);
        if (!function) return;
        if (base + function->BeginAddress == begin_of_main) walked = i + 1;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, frame.Rip, function, &frame, &data, &establisher, NULL);
    }
}

static void raise_it(void) {
    RaiseException(OURS, 0, 0, NULL);
}

static void fault(void) {
    *nowhere = 1;
}

static int mended;

static void trap(void) {
    __asm__ volatile("int3");
    mended++;
}

/* A System V function with unwind data, which gcc gives none of those that it compiles for Windows. */
void foreign_callee(void);
__attribute__((used)) static void (*foreign_target)(void);

__asm__(".text\n"
        ".seh_proc foreign_callee\n"
        "foreign_callee:\n"
        "    sub $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_endprologue\n"
        "    call *foreign_target(%rip)\n"
        "    add $40, %rsp\n"
        "    ret\n"
        ".seh_endproc\n");

static void handle(void *result, const ffi_value *values, void *userdata) {
    void (*callee)(void);
    (void)result, (void)values;
    memcpy(&callee, userdata, sizeof callee);
    callee();
    __asm__ volatile("");
}

/* ---- calls ---- */

/* `int3` is passed over. */
static LONG CALLBACK on_trap(EXCEPTION_POINTERS *exception) {
    if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_BREAKPOINT) return EXCEPTION_CONTINUE_SEARCH;
    exception->ContextRecord->Rip = (uintptr_t)exception->ExceptionRecord->ExceptionAddress + 1;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static ffi_function *bound(const struct call *call, void (*callee)(void), bool back) {
    static void (*target)(void);
    bool          windows  = !strstr(call->signature, SYSV);
    void         *address  = (void *)(uintptr_t)(windows ? callee : foreign_callee);
    ffi_callback *callback = back ? ffi_callback_new(context, call->signature, handle, &target) : NULL;
    target = foreign_target = callee;
    if (back) address = ffi_callback_code(callback);
    ffi_function *function = ffi_function_new(context, address, call->signature);
    if (function && call->extra) function = ffi_function_variadic(function, call->extra);
    if (function && call->capture) ffi_function_capture(function, FFI_CAPTURE_ERRNO | FFI_CAPTURE_LAST_ERROR);
    if (!function) printf("# %s: %s\n", call->signature, ffi_last_message());
    return function;
}

/* Makes a call under guard, and says which registers it broke. */
static const char *run(const struct call *call, void (*callee)(void), bool back) {
    static _Alignas(64) char result[256];
    ffi_function            *function = bound(call, callee, back);
    const void              *values   = call->pointers ? (void *)pointers : args;
    calling                           = call;
    caught                            = 0;
    if (!function) return "no function";
    guard((void *)(uintptr_t)guarded_call, function, result, values);
    after_x87[4] = 0xffff; /* nothing is said about the x87's stack then */
    return broken();
}

static void check(const struct call *call, bool back) {
    const char *of = back ? "a callback of " : "";
    is_text(run(call, raise_it, back), "", "RaiseException through %s%s breaks nothing", of, call->name);
    ok(caught == OURS, "the exception is caught");
    is_text(run(call, fault, back), "", "an access violation through %s%s breaks nothing", of, call->name);
    ok(caught == EXCEPTION_ACCESS_VIOLATION, "the exception is caught");
    mended = 0;
    is_text(run(call, trap, back), "", "a breakpoint passed over in %s%s breaks nothing", of, call->name);
    ok(mended == 1 && !caught, "the call continues after the breakpoint");

    ffi_function *function = bound(call, walk, back);
    calling                = call;
    walked = captured = 0;
    if (function) make_call(function, memory, call->pointers ? (void *)pointers : args);
    ok(walked > 3 && captured > 2, "%s%s is walked through: %u and %u frames to main", of, call->name, walked,
       captured);
}

/* Raised while another one is handled, several calls deep. */
static int depth;

static void nest_handler(void *result, const ffi_value *values, void *userdata) {
    (void)result, (void)values;
    ffi_function **inner = userdata;
    if (--depth > 0) ffi_invoke(*inner, NULL, args);
    else raise_it();
    __asm__ volatile("");
}

static void check_deep(void) {
    enum { DEEP = 300 };
    static ffi_function *nested;
    static const char    signature[] = "i64(ptr, f64, i8, i64, i64)";
    ffi_callback        *callback    = ffi_callback_new(context, signature, nest_handler, &nested);
    nested                           = ffi_function_new(context, ffi_callback_code(callback), signature);
    calling                          = &calls[0];
    depth                            = DEEP;
    caught                           = 0;
    guard((void *)(uintptr_t)guarded_call, nested, memory, args);
    is_text(broken(), "", "an exception through %d callbacks and as many calls breaks nothing", DEEP);
    ok(caught == OURS && depth == 0, "the exception is caught");
}

int main(void) {
    AddVectoredExceptionHandler(0, on_trap);
    begin_of_main = begin_of((uintptr_t)main);
    context       = ffi_context_new(NULL);
    for (int i = 0; i < 16; i++) args[i].ptr = pointers[i] = memory;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) check(&calls[i], false);
    for (size_t i = 0; i < sizeof callbacks / sizeof *callbacks; i++) check(&callbacks[i], true);
    check_deep();
    ffi_context_free(context);
    return done();
}
