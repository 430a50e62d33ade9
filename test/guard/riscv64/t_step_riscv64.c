/* SPDX-License-Identifier: MIT */
/*
 * Unwind data, instruction by instruction, on RISC-V: a stub is called once for each of its instructions with a
 * breakpoint in that one's place. The signal handler unwinds, with the unwinder that throws C++ exceptions, to
 * the frame of guard_call(), where every preserved register must be found with the value that
 * guard_riscv64.S put there, and the stack pointer where it was; then the instruction is itself again. The same
 * for the entries of callbacks. And numbers of instructions. What t_step_aarch64.c is for AArch64.
 */
#define _GNU_SOURCE
#include "../../../arch/offsets.h"
#include "tap.h"

#include <ffi_invoke.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { FRAMES = 32, BREAKPOINT = 0x9002 /* c.ebreak */, MISSED = 40, MOST = 400, S0 = 0x50 };

/* Instructions of the inline part as gcc 12 compiles it in a loop: of a call that stores an int or a double, and of one
 * whose stub stores the result. */
enum { INLINE = 13, INLINE_STORED = 7 };

/* guard_riscv64.S */
void                   guard_call(const void *code, const void *a0, const void *a1, const void *a2);
void                   guard_callee(void);
extern const char      guard_return[];
extern uint64_t        guard_sp;
extern const uint16_t *guard_inner;

static ffi_context *context;

/* ---- one breakpoint ---- */

static struct {
    uint16_t *at, instruction; /* or its first half */
    unsigned  frames, hits;
    char      wrong[80]; /* "": nothing */
} run;

static void put(uint16_t *at, uint16_t instruction) {
    *at = instruction;
    __builtin___clear_cache((char *)at, (char *)(at + 2));
}

/* DWARF's numbers: s0 and s1 are 8 and 9, s2 to s11 18 to 27; the same and 32 more for fs0 to fs11. */
static int number_of(int s) {
    return s < 2 ? 8 + s : 16 + s;
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *frame, void *unused) {
    (void)unused;
    if (++run.frames > FRAMES) return _URC_END_OF_STACK;
    if (_Unwind_GetIP(frame) != (uintptr_t)guard_return) return _URC_NO_REASON;
    *run.wrong = 0;
    if (_Unwind_GetCFA(frame) != guard_sp) strcpy(run.wrong, "the stack pointer");
    for (int s = 0; s < 12; s++)
        if (_Unwind_GetGR(frame, number_of(s)) != (uint64_t)(S0 + s))
            snprintf(run.wrong, sizeof run.wrong, "s%d", s);
    return _URC_END_OF_STACK;
}

static void on_trap(int number, siginfo_t *info, void *interrupted) {
    (void)number, (void)info;
    if (((ucontext_t *)interrupted)->uc_mcontext.__gregs[REG_PC] != (uintptr_t)run.at) _exit(3);
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

static unsigned length_of(uint16_t instruction) {
    return (instruction & 3) == 3 ? 2 : 1;
}

/* Calls once for each of `most` instructions from `start` on, until many of them are not reached. Returns the
 * number of those that were reached. */
static unsigned step_most(const char *name, const void *start, unsigned most, void (*call)(void *),
                          void *with) {
    unsigned  reached = 0, missed = 0;
    uint16_t *at = (uint16_t *)(uintptr_t)start;
    make_writable(at);
    for (unsigned i = 0; i < most && missed < MISSED; i++, at += length_of(*at)) {
        run.at          = at;
        run.instruction = *at;
        run.hits        = 0;
        put(at, BREAKPOINT);
        call(with);
        put(at, run.instruction);
        missed = run.hits ? 0 : missed + 1;
        if (!run.hits) continue;
        reached++;
        if (*run.wrong && wrongs++ < 20)
            printf("# %s, instruction %u (%04x): %s\n", name, i, run.instruction, run.wrong);
    }
    instructions += reached;
    return reached;
}

/* Up to the stub's end. */
static unsigned step(const char *name, const void *start, void (*call)(void *), void *with) {
    return step_most(name, start, MOST, call, with);
}

static bool is_pad(const uint16_t *at) {
    return at[0] == 0x17 && !at[1];
}

/* From an address within a stub back to its landing pad. */
static const uint16_t *start_of(const uint16_t *within) {
    for (int i = 0; i < 2 * MOST && !is_pad(within); i++) within--;
    return within;
}

/* ---- calls ---- */

enum { ARGUMENTS = 300 };

static ffi_value args[ARGUMENTS];

static void call(void *function) {
    static uint64_t result[64];
    guard_call((const void *)(uintptr_t)((ffi_function *)function)->stub.store, function, result, args);
}

/* A stub with a frame is where the callee returns to. */
static void step_function(const char *signature, bool guarded) {
    unsigned      before = wrongs, reached = 0;
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (function) {
        ffi_function_guard(function, guarded);
        call(function);
        reached = step(signature, start_of(guard_inner), call, function);
    }
    ok(wrongs == before && reached >= (guarded ? 90u : 18),
       "%.60s%s: the stub unwinds at each of %u instructions %s", signature, guarded ? ", guarded" : "",
       reached, function ? "" : ffi_last_message());
    ffi_function_free(function);
}

/* Eight integers and stack words like them: a stub for each number of these, then one that reads the plan's tables. */
static void step_rows(void) {
    char text[100] = "i64(i64,i64,i64,i64,i64,i64,i64,i64";
    for (int words = 1; words <= 11; words++) {
        size_t length = strlen(text);
        strcpy(text + length, ",i64)");
        step_function(text, false);
        text[length + 4] = 0;
    }
}

/* More stack words than steps are for, and registers of two widths. */
static void step_many(void) {
    char text[5 * ARGUMENTS] = "i64(i64,i32";
    for (int i = 2; i < ARGUMENTS; i++) strcat(text, ",i64");
    step_function(strcat(text, ")"), false);
}

static void *member(const void *record, unsigned offset) {
    void *value;
    memcpy(&value, (const char *)record + offset, sizeof value);
    return value;
}

/* Whether a cell of a chain is a step and no operand: steps are near the stub. */
static bool is_step(uint64_t cell, uint64_t stub) {
    return cell - stub + (1 << 20) < 2 << 20;
}

/* The instructions of a step: up to a jr or ret, compressed or not. */
static unsigned instructions_of(const uint16_t *step) {
    unsigned length = 1;
    for (; (*step & 0xf07f) != 0x8002 && (*step & 0xfff) != 0x67; step += length_of(*step)) length++;
    return length;
}

/* The stub, and each step of its plan's chain, of which the last `stores` store the result. They
 * and the inline part take at most 40 instructions and 4 for each piece, if their number is given. */
static void step_chain(const char *signature, unsigned stores, unsigned pieces) {
    unsigned      before = wrongs, steps = 0, counted = instructions;
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (function) {
        const void     *stub  = (const void *)(uintptr_t)function->stub.store;
        const uint64_t *cells = member(member(function, FUNCTION_PLAN), PLAN_CHAIN);
        uint64_t        count = (cells[-1] >> 35) + (stores ? 2 * stores + 1 : 0); /* and one that ends it */
        step(signature, stub, call, function);
        for (uint64_t i = 0; i < count; i++)
            if (is_step(cells[i], (uintptr_t)stub)) {
                const uint16_t *at = (const uint16_t *)(uintptr_t)cells[i];
                steps += step_most(signature, at, instructions_of(at), call, function) > 0;
            }
    }
    counted = instructions - counted;
    ok(wrongs == before && steps > stores && (!pieces || counted + INLINE_STORED <= 40 + 4 * pieces),
       "%s: %u steps, %u instructions for %u pieces %s", signature, steps, counted, pieces,
       function ? "" : ffi_last_message());
    ffi_function_free(function);
}

/* Records by reference: a step for each number of words up to 16, then one that loops. */
static void step_blocks(void) {
    for (unsigned words = 3; words <= 24; words++) {
        char text[80];
        sprintf(text, "struct { i64 a[%u]; } (struct { i64 a[%u]; })", words, words);
        step_chain(text, 0, words);
    }
}

/* A stub and its steps: a chain for pairs of `slots`, or the plan's one or two steps for integers of several sizes.
 * They and the inline part of a call take at most 18 and 2 for each slot. */
static void step_slots(const char *signature, unsigned slots, bool pairs) {
    unsigned        before = wrongs, counted = instructions, count = pairs ? (slots - 1) / 2 : 1 + (slots > 4);
    ffi_function   *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    const char     *plan     = member(function, FUNCTION_PLAN);
    const uint64_t *steps    = pairs ? member(plan, PLAN_CHAIN) : (const void *)(plan + PLAN_STEPS);
    for (unsigned i = 0; i <= count; i++) {
        uint64_t        step = i ? steps[i - 1] : (uintptr_t)function->stub.store;
        const uint16_t *at   = (const uint16_t *)(uintptr_t)step;
        step_most(signature, at, instructions_of(at), call, function);
    }
    counted = instructions - counted;
    ok(wrongs == before && counted >= 4 + slots && counted + INLINE <= 18 + 2 * slots,
       "%s: each of %u instructions for %u slots unwinds", signature, counted, slots);
    ffi_function_free(function);
}

/* A stub that jumps, of `most` instructions at the most. */
static bool step_jump(const char *signature, unsigned most) {
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)guard_callee, signature);
    if (!function) return printf("# %s: %s\n", signature, ffi_last_message()), false;
    unsigned reached = step(signature, (const void *)(uintptr_t)function->stub.store, call, function);
    if (reached > most) printf("# %s: %u instructions\n", signature, reached);
    ffi_function_free(function);
    return reached > 2 && reached <= most;
}

static void write_list(char *text, const char *result, const char *integer, int integers, int doubles) {
    sprintf(text, "%s(", result);
    for (int i = 0; i < integers; i++) strcat(strcat(text, i ? "," : ""), integer);
    for (int i = 0; i < doubles; i++) strcat(strcat(text, integers + i ? "," : ""), "f64");
    strcat(text, ")");
}

/* Up to five arguments of both kinds, six integers and eight doubles take an instruction each; others go by
 * pairs. */
static void step_grid(const char *integer) {
    unsigned before = wrongs, stubs = 0, counted = instructions;
    for (int integers = 0; integers <= 8; integers++)
        for (int doubles = 0; doubles <= 8; doubles++) {
            char text[256];
            write_list(text, "void", integer, integers, doubles);
            bool few = integers + doubles <= 5 || (integers <= 6 && !doubles) || !integers;
            stubs += step_jump(text, few ? 3 + (unsigned)(integers + doubles) : 300);
        }
    ok(wrongs == before && stubs == 81, "%u stubs of %s and f64 that jump unwind at each of %u instructions",
       stubs, integer, instructions - counted);
}

/* ---- callbacks ---- */

static void call_back(void *code) {
    static uint64_t memory[64];
    guard_call(code, memory, memory, memory);
}

/* Its trampoline goes where the callback's first word says, which is another entry when it was freed, when it
 * was called then, and when its context is gone. */
static const void *entry_of(const ffi_callback *callback) {
    return *(const void *const *)(const void *)callback;
}

/* The entry, and where one that goes by a table goes after the handler. */
static unsigned step_callback(const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, (ffi_handler *)(uintptr_t)guard_callee, NULL);
    if (!callback) return printf("# %s: %s\n", signature, ffi_last_message()), 0;
    void           *code    = ffi_callback_code(callback);
    unsigned        reached = step(signature, entry_of(callback), call_back, code);
    const uint16_t *leave   = member(member(callback, CALLBACK_FORM), FORM_LEAVE);
    if (leave) reached += step_most(signature, leave, instructions_of(leave), call_back, code);
    ffi_callback_free(callback);
    return reached;
}

static void step_late(void) {
    unsigned      before = wrongs, reached[3];
    ffi_callback *callback =
        ffi_callback_new(context, "i64(i64)", (ffi_handler *)(uintptr_t)guard_callee, NULL);
    void *code = ffi_callback_code(callback);
    ffi_callback_free(callback);
    reached[0] = step("a freed one's", entry_of(callback), call_back, code);
    reached[1] = step("a freed one's, called before", entry_of(callback), call_back, code);
    ffi_context_free(context);
    reached[2] = step("an orphan's", entry_of(callback), call_back, code);
    ok(wrongs == before && reached[0] > 20 && reached[1] > 20 && reached[2] > 20,
       "the entries of freed callbacks unwind at each of %u, %u and %u instructions", reached[0], reached[1],
       reached[2]);
}

static void step_entries(const char *kind) {
    static const struct {
        int integers, doubles;
    } lists[]       = {{1, 0}, {3, 0}, {0, 1}, {0, 3}, {1, 1}, {9, 0}, {9, 1}};
    unsigned before = wrongs, counted = instructions, entries = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char text[256];
        write_list(text, kind, "i64", lists[i].integers, lists[i].doubles);
        entries += step_callback(text) > 10;
    }
    ok(wrongs == before && entries == 7, "%u entries of %s unwind at each of %u instructions", entries, kind,
       instructions - counted);
}

int main(void) {
    struct sigaction trap = {.sa_flags = SA_SIGINFO};
    trap.sa_sigaction     = on_trap;
    sigaction(SIGTRAP, &trap, NULL);
    for (int i = 0; i < ARGUMENTS; i++) args[i].ptr = args;

    context = ffi_context_new(NULL);
    step_grid("i64");
    step_grid("i32");
    ok(step_jump("void(i8)", 4) && step_jump("void(u16, i64)", 5) && step_jump("void(u8, u8, u8, u8)", 7),
       "narrow integers take an instruction each");
    step_slots("void(i8,i16,i32)", 3, false);
    step_slots("void(i64,u8,u16,i32,i8)", 5, false);
    step_slots("void(u8,u16,i8,i16,i64,i32)", 6, false);
    step_rows();
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,i64,f64)", false);
    step_many();
    step_function("f64(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("i64(i64, f64)", true);
    step_function("long double(i64,i64,i64,i64,i64,i64,i64,i64,i64, long double)", true);
    step_slots("void(i64,i64,i64,i64,i64,i64,i64)", 7, true);
    step_slots("void(ptr,i32,f64,f32,i64,f64)", 6, true);
    step_slots("void(i32,i64,f64)", 3, true);
    step_slots("f64(i8,f64)", 2, true);
    step_slots("void(f32,u16,f64)", 3, true);
    step_slots("void(i8,f64,u16,f32,u8,i16)", 6, true);
    step_slots("void(f64,f32,i8,bool,u16,i16,i64,i32,f32)", 9, true);
    step_slots("void(u8,u16,i8,i16,i64,u8,i32,ptr)", 8, true);
    step_slots("f64(i32,f64,i32,f64,i32,f64,i32,f64)", 8, true);
    step_slots("f64(ptr,ptr,ptr,i32,f32,ptr,ptr,f64,f64,f64,f64,f64,f64,ptr,ptr,f64)", 16, true);
    static const struct {
        const char *signature;
        unsigned    stores, pieces;
    } chains[] = {
        {"struct { i32 a, b; } (struct { i32 a, b; })", 0, 2},
        {"struct { f64 a, b; } (struct { f64 a, b; })", 0, 4},
        {"struct { i64 a; f64 b; } (struct { i64 a; f64 b; })", 0, 4},
        {"struct { f32 a, b; } (struct { f32 a, b; })", 0, 4},
        {"struct { f32 a; i32 b; } (struct { f32 a; i32 b; })", 2, 0},
        {"struct { char a[5]; } (struct { char a[5]; })", 1, 4},
        {"long double(long double)", 0, 4},
        {"struct { i64 a, b, c; } (f64, struct { ptr a; })", 0, 5},
        {"struct { f64 a, b; } (i64, struct { f32 a, b, c; }, struct { char a[11]; })", 0, 0},
        {"i64(i64,i32,i64,i64,i64,i64,i64,i64,i64)", 0, 0},
        {"void(i8,f64,u16,f32,u8,i16,i8,u8)", 0, 0},
        {"long double(i8, long double, struct { i64 a, b, c; })", 0, 0},
        {"struct { f32 a; i32 b; } (i64, i64, i64, i64, i64, i64, i64, struct { char a[13]; }, i8)", 2, 0},
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        step_chain(chains[i].signature, chains[i].stores, chains[i].pieces);
    step_blocks();
    static const char *const kinds[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) step_entries(kinds[i]);
    unsigned before = wrongs, reached = step_callback("_Float16(f64, struct { i64 a, b, c; })");
    ok(reached > 20 && wrongs == before, "the entry by an image unwinds at each of %u instructions", reached);
    static const char *const records[] = {
        "struct { f64 a, b; } (struct { f64 a, b; })",
        "struct { i64 a; f64 b; } (struct { i64 a; f64 b; })",
        "struct { f32 a, b; } (struct { f32 a, b; })",
        "struct { f32 a; i32 b; } (struct { i32 a; f64 b; })",
        "struct { i64 a, b; } (struct { char a[5]; })",
        "struct { i64 a, b, c; } (struct { i64 a, b, c; })",
        "i32(i32, struct { i32 a, b; }, f64)",
        "f32(struct { f64 a, b; }, struct { f64 a, b; })",
        "void(struct { f32 a, b; } *, struct { f32 a, b; })",
    };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        before  = wrongs;
        reached = step_callback(records[i]);
        ok(reached > 20 && wrongs == before && reached + 6 <= 80,
           "%s: the entry by a table has %u instructions, with the trampoline at most 80", records[i], reached);
    }
    char many[1000] = "struct { f64 a; f32 b; } (struct { f64 a; f32 b; }, struct { f32 a, b; }";
    for (int i = 0; i < 20; i++) strcat(many, ", struct { ptr a, b, c; }, i8");
    reached = step_callback(strcat(many, ")"));
    ok(reached > 20 && wrongs == before, "many records, in a larger frame: %u instructions", reached);
    reached = step_callback("int(i64, ...)");
    ok(reached > 20 && wrongs == before, "the entry for a va_list unwinds at each of %u instructions", reached);
    step_late();
    printf("# %u instructions\n", instructions);
    return done();
}
