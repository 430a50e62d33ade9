/* SPDX-License-Identifier: MIT */
/*
 * Unwind data, instruction by instruction, on AArch64, which gives a program no trap flag of its own: a stub is
 * called once for each of its instructions with a breakpoint in that one's place. The signal handler unwinds,
 * with the unwinder that throws C++ exceptions, to the frame of guard(), where every preserved register must be
 * found with the junk that guard_aarch64.S put there, and the stack pointer where it was; then the instruction
 * is itself again. The same for the entries of callbacks, to the frame of native_caller(). What t_step.c is for
 * x86-64.
 */
#define _GNU_SOURCE
#include "../../../arch/offsets.h"
#include "guard_aarch64.h"
#include "tap.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { FRAMES = 32, BREAKPOINT = (int)0xd4200000, LANDING_PAD = (int)0xd503245f, MISSED = 24, MOST = 400 };

static ffi_context *context;

/* ---- one breakpoint ---- */

static struct {
    uint32_t   *at, instruction;
    const char *end; /* where unwinding has to come */
    uint64_t    sp;
    unsigned    frames, hits;
    char        wrong[80]; /* "": nothing */
} run;

static void put(uint32_t *at, uint32_t instruction) {
    *at = instruction;
    __builtin___clear_cache((char *)at, (char *)(at + 1));
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *frame, void *unused) {
    (void)unused;
    if (++run.frames > FRAMES) return _URC_END_OF_STACK;
    if (_Unwind_GetIP(frame) != (uintptr_t)run.end) return _URC_NO_REASON;
    *run.wrong  = 0;
    uint64_t sp = run.end == guard_return ? guard_state.sp : guard_state.native_sp;
    if (_Unwind_GetCFA(frame) != sp) strcpy(run.wrong, "the stack pointer");
    for (int i = 0; i < GUARD_GPR; i++)
        if (_Unwind_GetGR(frame, 19 + i) != guard_state.before.gpr[i])
            snprintf(run.wrong, sizeof run.wrong, "x%d", 19 + i);
    return _URC_END_OF_STACK;
}

static void on_trap(int number, siginfo_t *info, void *interrupted) {
    (void)number, (void)info;
    if (((ucontext_t *)interrupted)->uc_mcontext.pc != (uintptr_t)run.at) _exit(3);
    run.hits++;
    run.frames = 0;
    strcpy(run.wrong, "no way out");
    _Unwind_Backtrace(visit, NULL);
    put(run.at, run.instruction);
}

static void make_writable(const void *code) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = (uintptr_t)code & ~(page - 1);
    if (mprotect((void *)low, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC)) perror("mprotect"), exit(1);
}

/* ---- one stub ---- */

static unsigned instructions, wrongs;

/* Calls once for each of `most` instructions from `start` on, or until many of them are not reached: the stub's end.
 */
static unsigned step_most(const char *name, uint32_t *start, unsigned most, const char *end,
                          void (*call)(void *), void *with) {
    unsigned reached = 0, missed = 0;
    run.end = end;
    make_writable(start);
    for (unsigned i = 0; i < most && missed < MISSED; i++) {
        run.at          = start + i;
        run.instruction = *run.at;
        run.hits        = 0;
        put(run.at, (uint32_t)BREAKPOINT);
        call(with);
        put(run.at, run.instruction);
        if (!run.hits) {
            missed++;
            continue;
        }
        missed = 0;
        reached++;
        if (!*run.wrong) continue;
        if (wrongs++ < 20) printf("# %s, instruction %u (%08x): %s\n", name, i, run.instruction, run.wrong);
    }
    instructions += reached;
    return reached;
}

static unsigned step(const char *name, uint32_t *start, const char *end, void (*call)(void *), void *with) {
    return step_most(name, start, MOST, end, call, with);
}

/* From an address within a stub back to its first instruction. */
static uint32_t *start_of(uint64_t within) {
    uint32_t *at = (uint32_t *)(uintptr_t)within;
    for (int i = 0; i < MOST && *at != (uint32_t)LANDING_PAD; i++) at--;
    return at;
}

/* ---- calls ---- */

void note_arguments(void);
void note_arguments(void) {
}

static ffi_value args[32];

static void call(void *function) {
    static uint64_t result[32];
    guard(((ffi_function *)function)->stub.store, function, result, args);
}

/* A stub that calls is where the callee returns to. */
static void step_function(const char *signature, bool guarded) {
    unsigned      before = wrongs, reached = 0;
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (function) {
        ffi_function_guard(function, guarded);
        call(function);
        reached = step(signature, start_of(guard_state.called.return_address), guard_return, call, function);
    }
    ok(wrongs == before && reached > (guarded ? 90 : 20), "%s%s: %u instructions %s", signature,
       guarded ? ", guarded" : "", reached, function ? "" : ffi_last_message());
    ffi_function_free(function);
}

static void *member(const void *record, unsigned offset) {
    void *value;
    memcpy(&value, (const char *)record + offset, sizeof value);
    return value;
}

/* Whether a cell of a chain is a step and no operand: steps are near the stub. */
static int is_step(uint64_t cell, uint64_t stub) {
    return cell - stub + (1 << 20) < 2 << 20 && *(uint32_t *)(uintptr_t)cell == (uint32_t)LANDING_PAD;
}

/* The instructions of a step: up to a br or ret. */
static unsigned length_of(const uint32_t *step) {
    unsigned length = 0;
    while ((step[length] & 0xfffffc1f) != 0xd61f0000 && step[length] != 0xd65f03c0) length++;
    return length + 1;
}

/* The stub, and each step of its plan's chain, of which the last `stores` store the result. The call takes at most
 * 40 instructions and 4 for each piece, if their number is given. */
static void step_chain(const char *signature, unsigned stores, unsigned pieces) {
    unsigned      before = wrongs, steps = 0, counted = instructions;
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (function) {
        uint32_t       *stub  = (uint32_t *)(uintptr_t)function->stub.store;
        const uint64_t *cells = member(member(function, FUNCTION_PLAN), PLAN_CHAIN);
        uint64_t        count = (cells[-1] >> 35) + (stores ? 2 * stores + 1 : 0); /* and one that ends it */
        step(signature, stub, guard_return, call, function);
        for (uint64_t i = 0; i < count; i++)
            if (is_step(cells[i], (uintptr_t)stub)) {
                uint32_t *at = (uint32_t *)(uintptr_t)cells[i];
                steps += step_most(signature, at, length_of(at), guard_return, call, function) > 1;
            }
    }
    counted = instructions - counted;
    ok(wrongs == before && steps > stores && (!pieces || counted <= 40 + 4 * pieces),
       "%s: %u steps, %u instructions for %u pieces %s", signature, steps, counted, pieces,
       function ? "" : ffi_last_message());
    ffi_function_free(function);
}

static void step_grid(const char *integer) {
    unsigned before = wrongs, stubs = 0, counted = instructions;
    for (int integers = 0; integers <= 8; integers++)
        for (int doubles = 0; doubles <= 8; doubles++) {
            char text[256] = "void(";
            for (int i = 0; i < integers; i++) strcat(strcat(text, i ? "," : ""), integer);
            for (int i = 0; i < doubles; i++) strcat(strcat(text, integers + i ? "," : ""), "f64");
            strcat(text, ")");
            ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, text);
            if (!function) wrongs++, printf("# %s\n", ffi_last_message());
            else if (step(text, (uint32_t *)(uintptr_t)function->stub.store, guard_return, call, function) > 2)
                stubs++;
            ffi_function_free(function);
        }
    ok(wrongs == before && stubs == 81, "%u stubs of %s and f64 that jump unwind at each of %u instructions",
       stubs, integer, instructions - counted);
}

/* ---- callbacks ---- */

static void handle(void *result, const ffi_value *values, void *userdata) {
    (void)result, (void)values, (void)userdata;
}

static void call_back(void *code) {
    static uint64_t memory[64];
    struct native   native;
    for (size_t i = 0; i < sizeof native / 8; i++) ((uint64_t *)(void *)&native)[i] = (uintptr_t)memory;
    guard(native_caller, code, &native, NULL);
}

/* Its trampoline goes where the callback's first word says, which is another entry when it was freed, when it
 * was called then, and when its context is gone. */
static uint32_t *entry_of(const ffi_callback *callback) {
    return *(uint32_t *const *)(const void *)callback;
}

static unsigned step_callback(const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, guard_handler, NULL);
    if (!callback) return printf("# %s: %s\n", signature, ffi_last_message()), 0;
    void    *code    = ffi_callback_code(callback);
    unsigned reached = step(signature, entry_of(callback), native_return, call_back, code);
    ffi_callback_free(callback);
    return reached;
}

static void step_late(void) {
    static const char signature[] = "i64(i64)";
    unsigned          before      = wrongs, reached[3];
    ffi_callback     *callback    = ffi_callback_new(context, signature, guard_handler, NULL);
    void             *code        = ffi_callback_code(callback);
    ffi_callback_free(callback);
    reached[0] = step("a freed one's", entry_of(callback), native_return, call_back, code);
    reached[1] = step("a freed one's, called before", entry_of(callback), native_return, call_back, code);
    ffi_context_free(context);
    reached[2] = step("an orphan's", entry_of(callback), native_return, call_back, code);
    ok(wrongs == before && reached[1] > 20 && reached[2] > 20,
       "the entries of freed callbacks unwind at each of %u, %u and %u instructions", reached[0], reached[1],
       reached[2]);
}

static void step_entries(const char *kind) {
    static const char *const lists[] = {"i64",
                                        "i64,i64,i64",
                                        "f64",
                                        "f64,f64,f64",
                                        "i64,f64",
                                        "i64,i64,i64,i64,i64,i64,i64,i64,i64",
                                        "i64,i64,i64,i64,i64,i64,i64,i64,i64,f64"};
    unsigned                 before = wrongs, counted = instructions, entries = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char text[256];
        snprintf(text, sizeof text, "%s(%s)", kind, lists[i]);
        entries += step_callback(text) > 10;
    }
    ok(wrongs == before && entries == 7, "%u entries of %s unwind at each of %u instructions", entries, kind,
       instructions - counted);
}

int main(void) {
    struct sigaction trap = {.sa_flags = SA_SIGINFO};
    trap.sa_sigaction     = on_trap;
    sigaction(SIGTRAP, &trap, NULL);
    guard_handle = handle;
    for (int i = 0; i < 32; i++) args[i].ptr = args;

    context = ffi_context_new(&(ffi_options){.abi = "aapcs64"});
    step_grid("i64");
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64)", false);
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,i64,f64)", false);
    step_function("f64(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("long double(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("i64(i64, f64)", true);
    step_function("long double(i64,i64,i64,i64,i64,i64,i64,i64,i64, long double)", true);
    static const struct {
        const char *signature;
        unsigned    stores, pieces;
    } chains[] = {
        {"struct { i32 a, b; } (struct { i32 a, b; })", 0, 2},
        {"struct { f64 a, b; } (struct { f64 a, b; })", 0, 4},
        {"struct { i64 a; f64 b; } (struct { i64 a; f64 b; })", 0, 4},
        {"struct { f32 a, b, c; } (struct { f32 a, b, c; })", 3, 6},
        {"struct { char a[5]; } (struct { char a[5]; })", 1, 4},
        {"struct { i64 a, b, c; } (struct { i64 a, b, c; })", 0, 6},
        {"struct { i64 a[8]; } (struct { i64 a[8]; })", 0, 16},
        {"long double(long double)", 1, 2},
        {"struct { i64 a, b, c; } (f64, struct { ptr a; })", 0, 5},
        {"struct { f64 a, b; } (i64, struct { f32 a, b, c; }, struct { char a[11]; })", 0, 8},
        {"long double(i8, long double, struct { i64 a, b, c; })", 1, 0},
        {"struct { f32 a, b, c; } (i64, i64, i64, i64, i64, i64, i64, i64, struct { char a[13]; }, i8)", 3, 0},
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        step_chain(chains[i].signature, chains[i].stores, chains[i].pieces);
    static const char *const kinds[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) step_entries(kinds[i]);
    unsigned before = wrongs, reached = step_callback("struct { i64 a, b, c; } (f64, ptr)");
    ok(reached > 20 && wrongs == before, "the entry by an image unwinds at each of %u instructions", reached);
    reached = step_callback("struct { f64 a, b; } (struct { f64 a, b; })");
    ok(reached > 20 && wrongs == before && reached + 3 + 4 <= 80,
       "the one by a table takes %u instructions, with trampoline and result at most 80", reached);
    reached = step_callback("struct { f32 a, b, c; } (struct { f64 a, b; }, struct { f32 a, b, c; }, struct { "
                            "ptr a, b, c; }, struct { i32 a; })");
    ok(reached > 20 && wrongs == before, "the one by a table: %u instructions", reached);
    reached = step_callback("long double(i64, long double)");
    ok(reached > 20 && wrongs == before, "the entry for whole vectors unwinds at each of %u instructions",
       reached);
    step_late();

    context = ffi_context_new(&(ffi_options){.abi = "apple-arm64"});
    step_grid("i8");
    ffi_context_free(context);
    printf("# %u instructions\n", instructions);
    return done();
}
