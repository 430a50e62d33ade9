/* SPDX-License-Identifier: MIT */
/*
 * Unwind data, instruction by instruction, on processors that give a program no trap flag of its own. A stub is called once
 * for each of its instructions, with a breakpoint in that one's place. The signal handler unwinds, with the unwinder that
 * throws C++ exceptions, to the frame of the guard, where every preserved register must have the value that the guard put
 * there, and the stack pointer too. Then the handler puts the instruction back. The same for the entries of callbacks.
 *
 * t_step_aarch64.c and t_step_riscv64.c say what their processor has in `processor`. t_step.c is for x86-64.
 */
#ifndef STEPPING_H
#define STEPPING_H

#include "../../arch/offsets.h"
#include "tap.h"

#include <ffi_invoke.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

/* Code is read by halfwords: the least that an instruction has. */
struct processor {
    uint32_t breakpoint; /* an instruction of `breakpoint_size` bytes */
    size_t   breakpoint_size;
    unsigned trampoline;    /* instructions of a trampoline */
    unsigned inline_stored; /* of a call's inline part, where the stub stores the result */

    unsigned (*length)(const uint16_t *code); /* of an instruction, in halfwords */
    bool (*is_pad)(const uint16_t *code);     /* whether it is a landing pad */
    bool (*ends_step)(const uint16_t *code);  /* whether it jumps to an address in a register, or returns */
    uintptr_t (*pc)(const ucontext_t *interrupted);

    /* By the guard: calls a function's stub; calls a callback, with pointers as its arguments. Both return to the
     * guard at `stub_return` and `callback_return`. */
    void (*call)(const ffi_function *function, void *result, const ffi_value *args);
    void (*call_back)(void *code);
    const char *stub_return, *callback_return;

    /* In the frame of the guard: the name of a register that does not have the guard's value. NULL: all have it. */
    const char *(*lost)(struct _Unwind_Context *frame, const char *guard_return);

    void (*callee)(void);
    uintptr_t (*inner_return)(void); /* where the callee of the last call returned to */
    ffi_handler *handler;
};

static const struct processor processor; /* defined by the program */

static ffi_context *context;

/* ---- one breakpoint ---- */

enum { FRAMES = 32, MISSED = 80, MOST = 400 };

static struct {
    uint16_t   *at;
    char        instruction[4]; /* what the breakpoint stands for; of a longer one its beginning */
    const char *guard_return;   /* where unwinding has to come */
    unsigned    frames, hits;
    const char *wrong; /* NULL: nothing */
} run;

static inline void put(const void *instruction) {
    memcpy(run.at, instruction, processor.breakpoint_size);
    __builtin___clear_cache((char *)run.at, (char *)run.at + processor.breakpoint_size);
}

static inline _Unwind_Reason_Code visit(struct _Unwind_Context *frame, void *unused) {
    (void)unused;
    if (++run.frames > FRAMES) return _URC_END_OF_STACK;
    if (_Unwind_GetIP(frame) != (uintptr_t)run.guard_return) return _URC_NO_REASON;
    run.wrong = processor.lost(frame, run.guard_return);
    return _URC_END_OF_STACK;
}

static inline void on_trap(int number, siginfo_t *info, void *interrupted) {
    (void)number, (void)info;
    if (processor.pc(interrupted) != (uintptr_t)run.at) _exit(3);
    run.hits++;
    run.frames = 0;
    run.wrong  = "no way out";
    _Unwind_Backtrace(visit, NULL);
    put(run.instruction);
}

static inline void make_writable(const void *code) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), low = (uintptr_t)code & ~(page - 1);
    if (mprotect((void *)low, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC)) perror("mprotect"), exit(1);
}

/* ---- one stub ---- */

static unsigned instructions, wrongs;

/* Calls once for each of `most` instructions from `start` on, until many of them are not reached. Returns the
 * number of those that were reached. */
static inline unsigned step_most(const char *name, const void *start, unsigned most, const char *guard_return,
                                 void (*call)(void *), void *with) {
    unsigned  reached = 0, missed = 0;
    uint16_t *at = (uint16_t *)(uintptr_t)start;
    make_writable(at);
    run.guard_return = guard_return;
    for (unsigned i = 0; i < most && missed < MISSED; i++, at += processor.length(at)) {
        run.at   = at;
        run.hits = 0;
        memcpy(run.instruction, at, processor.breakpoint_size);
        put(&processor.breakpoint);
        call(with);
        put(run.instruction);
        missed = run.hits ? 0 : missed + 1;
        if (!run.hits) continue;
        reached++;
        if (run.wrong && wrongs++ < 20)
            printf("# %s, instruction %u, %td bytes after the first: %s\n", name, i,
                   (const char *)at - (const char *)start, run.wrong);
    }
    instructions += reached;
    return reached;
}

/* From an address within a stub back to its landing pad. */
static inline const uint16_t *start_of(uintptr_t within) {
    const uint16_t *at = (const uint16_t *)within;
    for (int i = 0; i < 2 * MOST && !processor.is_pad(at); i++) at--;
    return at;
}

/* ---- calls ---- */

enum { ARGUMENTS = 300 };

static ffi_value args[ARGUMENTS];

static inline void call(void *function) {
    static uint64_t result[64];
    processor.call(function, result, args);
}

static inline ffi_function *bind(const char *signature) {
    return ffi_function_new(context, (void *)(uintptr_t)processor.callee, signature);
}

static inline unsigned step_code(ffi_function *function, const char *name, const void *start, unsigned most) {
    return step_most(name, start, most, processor.stub_return, call, function);
}

static inline const void *stub_of(const ffi_function *function) {
    return (const void *)(uintptr_t)function->stub.store;
}

/* A stub that calls is where the callee returns to. */
static inline void step_function(const char *signature, bool guarded) {
    unsigned      before = wrongs, reached = 0;
    ffi_function *function = bind(signature);
    if (function) {
        ffi_function_guard(function, guarded);
        call(function);
        reached = step_code(function, signature, start_of(processor.inner_return()), MOST);
    }
    ok(wrongs == before && reached >= (guarded ? 90u : 18u),
       "%.60s%s: the stub unwinds at each of %u instructions %s", signature, guarded ? ", guarded" : "",
       reached, function ? "" : ffi_last_message());
    ffi_function_free(function);
}

static inline void *member(const void *record, unsigned offset) {
    void *value;
    memcpy(&value, (const char *)record + offset, sizeof value);
    return value;
}

/* Whether a cell of a chain is a step and no operand: steps are near the stub. */
static inline bool is_step(uint64_t cell, uint64_t stub) {
    return cell - stub + (1 << 20) < 2 << 20;
}

/* The instructions of a step. */
static inline unsigned instructions_of(const uint16_t *step) {
    unsigned count = 1;
    for (; !processor.ends_step(step); step += processor.length(step)) count++;
    return count;
}

static inline unsigned step_step(ffi_function *function, const char *name, uint64_t step) {
    const uint16_t *at = (const uint16_t *)(uintptr_t)step;
    return step_code(function, name, at, instructions_of(at));
}

/* The stub, and each step of its plan's chain, of which the last `stores` store the result. They and the inline part
 * take at most 40 instructions and 4 for each piece, if their number is given. */
static inline void step_chain(const char *signature, unsigned stores, unsigned pieces) {
    unsigned      before = wrongs, steps = 0, counted = instructions;
    ffi_function *function = bind(signature);
    if (function) {
        const uint64_t *cells = member(member(function, FUNCTION_PLAN), PLAN_CHAIN);
        uint64_t        count = (cells[-1] >> 35) + (stores ? 2 * stores + 1 : 0); /* and one that ends it */
        step_code(function, signature, stub_of(function), MOST);
        for (uint64_t i = 0; i < count; i++)
            if (is_step(cells[i], (uintptr_t)stub_of(function)))
                steps += step_step(function, signature, cells[i]) > 0;
    }
    counted = instructions - counted;
    ok(wrongs == before && steps > stores && (!pieces || counted + processor.inline_stored <= 40 + 4 * pieces),
       "%s: %u steps, %u instructions for %u pieces %s", signature, steps, counted, pieces,
       function ? "" : ffi_last_message());
    ffi_function_free(function);
}

/* A stub that does all of a call of records without a chain, within the same number of instructions. */
static inline void step_direct(const char *signature, unsigned pieces) {
    unsigned      before = wrongs, reached = 0;
    ffi_function *function = bind(signature);
    if (function && !member(member(function, FUNCTION_PLAN), PLAN_CHAIN))
        reached = step_code(function, signature, stub_of(function), MOST);
    ok(wrongs == before && reached > 3 && reached + processor.inline_stored <= 40 + 4 * pieces,
       "%s: %u instructions for %u pieces, without a chain %s", signature, reached, pieces,
       function ? "" : ffi_last_message());
    ffi_function_free(function);
}

/* Stubs without a chain for one to eight arguments of one kind behind pointers: two instructions each, and few more. */
static inline void step_pointed(void) {
    static const char *const types[] = {"i64", "i32", "i8", "u8", "i16", "u16", "f64", "f32"};
    unsigned                 before = wrongs, stubs = 0, counted = instructions;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char text[60] = "void(";
        for (unsigned count = 1; count <= 8; count++) {
            sprintf(text + strlen(text) - (count > 1), "%s%s)", count > 1 ? "," : "", types[i]);
            ffi_function *function = bind(text);
            function->stub         = function->pointers;
            unsigned reached       = step_code(function, text, stub_of(function), MOST);
            stubs += !member(member(function, FUNCTION_PLAN), PLAN_POINTER_CHAIN) && reached >= 3 + 2 * count &&
                     reached <= 5 + 2 * count;
            ffi_function_free(function);
        }
    }
    ok(wrongs == before && stubs == 64,
       "%u stubs for arguments behind pointers unwind at each of %u instructions", stubs,
       instructions - counted);
}

/* A stub that jumps, of `most` instructions at the most. */
static inline bool step_jump(const char *signature, unsigned most) {
    ffi_function *function = bind(signature);
    if (!function) return printf("# %s: %s\n", signature, ffi_last_message()), false;
    unsigned reached = step_code(function, signature, stub_of(function), MOST);
    if (reached > most) printf("# %s: %u instructions\n", signature, reached);
    ffi_function_free(function);
    return reached > 2 && reached <= most;
}

static inline void write_list(char *text, const char *result, const char *integer, int integers, int doubles) {
    sprintf(text, "%s(", result);
    for (int i = 0; i < integers; i++) strcat(strcat(text, i ? "," : ""), integer);
    for (int i = 0; i < doubles; i++) strcat(strcat(text, integers + i ? "," : ""), "f64");
    strcat(text, ")");
}

/* Up to eight registers of each kind. Parameter: the largest number of instructions for so many. */
static inline void step_grid(const char *integer, unsigned (*most)(unsigned integers, unsigned doubles)) {
    unsigned before = wrongs, stubs = 0, counted = instructions;
    for (unsigned integers = 0; integers <= 8; integers++)
        for (unsigned doubles = 0; doubles <= 8; doubles++) {
            char text[256];
            write_list(text, "void", integer, (int)integers, (int)doubles);
            stubs += step_jump(text, most(integers, doubles));
        }
    ok(wrongs == before && stubs == 81, "%u stubs of %s and f64 that jump unwind at each of %u instructions",
       stubs, integer, instructions - counted);
}

/* ---- callbacks ---- */

/* Its trampoline goes where the callback's first word says, which is another entry when it was freed, when it
 * was called then, and when its context is gone. */
static inline const void *entry_of(const ffi_callback *callback) {
    return *(const void *const *)(const void *)callback;
}

static inline unsigned step_entry(const char *name, const void *start, unsigned most, void *code) {
    return step_most(name, start, most, processor.callback_return, processor.call_back, code);
}

/* The entry, and where one that goes by a table goes after the handler. */
static inline unsigned step_callback(const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, processor.handler, NULL);
    if (!callback) return printf("# %s: %s\n", signature, ffi_last_message()), 0;
    void           *code    = ffi_callback_code(callback);
    unsigned        reached = step_entry(signature, entry_of(callback), MOST, code);
    const uint16_t *leave   = member(member(callback, CALLBACK_FORM), FORM_LEAVE);
    if (leave) reached += step_entry(signature, leave, instructions_of(leave), code);
    ffi_callback_free(callback);
    return reached;
}

/* A callback with records takes at most 80 instructions, with its trampoline. */
static inline void step_records(const char *signature) {
    unsigned before = wrongs, reached = step_callback(signature);
    ok(reached > 20 && wrongs == before && reached + processor.trampoline <= 80,
       "%s: the entry by a table has %u instructions, with the trampoline at most 80", signature, reached);
}

static inline void step_other(const char *what, const char *signature) {
    unsigned before = wrongs, reached = step_callback(signature);
    ok(reached > 20 && wrongs == before, "%s: unwinds at each of %u instructions", what, reached);
}

/* Frees the context. */
static inline void step_late(void) {
    unsigned      before   = wrongs, reached[3];
    ffi_callback *callback = ffi_callback_new(context, "i64(i64)", processor.handler, NULL);
    void         *code     = ffi_callback_code(callback);
    ffi_callback_free(callback);
    reached[0] = step_entry("a freed one's", entry_of(callback), MOST, code);
    reached[1] = step_entry("a freed one's, called before", entry_of(callback), MOST, code);
    ffi_context_free(context);
    reached[2] = step_entry("an orphan's", entry_of(callback), MOST, code);
    ok(wrongs == before && reached[0] > 20 && reached[1] > 20 && reached[2] > 20,
       "the entries of freed callbacks unwind at each of %u, %u and %u instructions", reached[0], reached[1],
       reached[2]);
}

static inline void step_entries(const char *kind) {
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

static inline void step_all_entries(void) {
    static const char *const kinds[] = {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) step_entries(kinds[i]);
}

/* Begins; then the program steps over what it names. */
static inline void start_stepping(void) {
    struct sigaction trap = {.sa_flags = SA_SIGINFO};
    trap.sa_sigaction     = on_trap;
    sigaction(SIGTRAP, &trap, NULL);
    for (int i = 0; i < ARGUMENTS; i++) args[i].ptr = args;
}

#endif
