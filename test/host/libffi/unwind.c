/* SPDX-License-Identifier: MIT */
/*
 * ffi_call() and closures on x86-64, instruction by instruction: the trap flag stops the processor after each one, and
 * the handler unwinds to the frame of the caller. There rsp and the preserved registers must be what they were before
 * the call, also if the caller discards the result.
 */
#define _GNU_SOURCE
#include <ffi.h>

#include "tap.h"

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>
#include <unwind.h>

enum { TRAP_FLAG = 0x100, FRAMES = 32, PRESERVED = 6 };

/* Calls ffi_call() with `junk` in rbx, rbp, r12 to r15 and the trap flag set, and stores its own stack pointer. */
void trapped(ffi_cif *cif, void (*function)(void), void *result, void **arguments, void *ffi_call_address);
extern char    trapped_return[];
const uint64_t junk[PRESERVED] = {0x1111111111111111, 0x2222222222222222, 0x3333333333333333,
                                  0x4444444444444444, 0x5555555555555555, 0x6666666666666666};
uint64_t       trapped_rsp, kept[PRESERVED];

__asm__(".text\n"
        ".globl trapped, trapped_return\n"
        ".type trapped, @function\n"
        "trapped:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    .irp register, rbx, rbp, r12, r13, r14, r15\n"
        "    push %\\register\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    .cfi_rel_offset %\\register, 0\n"
        "    .endr\n"
        "    sub $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    lea junk(%rip), %rax\n"
        "    mov (%rax), %rbx\n"
        "    mov 8(%rax), %rbp\n"
        "    mov 16(%rax), %r12\n"
        "    mov 24(%rax), %r13\n"
        "    mov 32(%rax), %r14\n"
        "    mov 40(%rax), %r15\n"
        "    mov %rsp, trapped_rsp(%rip)\n"
        "    pushfq\n"
        "    orq $0x100, (%rsp)\n"
        "    popfq\n"
        "    call *%r8\n"
        "trapped_return:\n"
        "    lea kept(%rip), %rax\n"
        "    mov %rbx, (%rax)\n"
        "    mov %rbp, 8(%rax)\n"
        "    mov %r12, 16(%rax)\n"
        "    mov %r13, 24(%rax)\n"
        "    mov %r14, 32(%rax)\n"
        "    mov %r15, 40(%rax)\n"
        "    add $8, %rsp\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    .irp register, r15, r14, r13, r12, rbp, rbx\n"
        "    pop %\\register\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    .cfi_restore %\\register\n"
        "    .endr\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size trapped, . - trapped\n");

static unsigned    steps, wrong;
static const char *first;      /* what was wrong first */
static uintptr_t   trampoline; /* of the closure, which has no unwind data: nothing can be thrown there */

static _Unwind_Reason_Code visit(struct _Unwind_Context *frame, void *data) {
    static const int numbers[PRESERVED] = {3, 6, 12, 13, 14, 15}; /* psABI figure 3.36 */
    struct walk {
        unsigned    frames;
        const char *wrong;
    } *walk = data;
    if (++walk->frames > FRAMES) return _URC_END_OF_STACK;
    if (_Unwind_GetIP(frame) != (uintptr_t)trapped_return) return _URC_NO_REASON;
    walk->wrong = _Unwind_GetCFA(frame) == trapped_rsp ? NULL : "the stack pointer";
    for (int i = 0; i < PRESERVED; i++)
        if (_Unwind_GetGR(frame, numbers[i]) != junk[i]) walk->wrong = "a preserved register";
    return _URC_END_OF_STACK;
}

static void on_step(int number, siginfo_t *info, void *data) {
    ucontext_t *machine = data;
    (void)number, (void)info;
    if (machine->uc_mcontext.gregs[REG_RIP] == (greg_t)(uintptr_t)trapped_return) {
        machine->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
        return;
    }
    if ((uintptr_t)machine->uc_mcontext.gregs[REG_RIP] - trampoline < 16) return;
    struct {
        unsigned    frames;
        const char *wrong;
    } walk = {.wrong = "the caller's frame"};
    _Unwind_Backtrace(visit, &walk);
    if (walk.wrong && !wrong++) first = walk.wrong;
    steps++;
}

/* The callee of all signatures: what its registers hold afterwards is any result, but an address or x87's. */
static void nothing(void) {
}
static void *same(void *result) {
    return result;
}
static long double one(void) {
    return 1;
}

static int unwinds(ffi_type *result, unsigned count, ffi_type *type, void (*function)(void), int discarded) {
    static _Alignas(16) char memory[512], argument[512];
    ffi_cif                  cif;
    ffi_type                *types[48];
    void                    *arguments[48];
    for (unsigned i = 0; i < count; i++) types[i] = type, arguments[i] = argument;
    if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, count, result, types) != FFI_OK) return 0;
    void *where = discarded ? NULL : memory;
    ffi_call(&cif, function, where, arguments); /* symbols are bound now */
    steps = wrong = 0;
    memset(kept, 0, sizeof kept);
    trapped(&cif, function, where, arguments, (void *)(uintptr_t)ffi_call);
    if (wrong) printf("# %s is lost at %u of %u steps\n", first, wrong, steps);
    return steps > 3 && !wrong && !memcmp(kept, junk, sizeof kept);
}

static void answer(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    (void)cif, (void)result, (void)arguments, (void)userdata;
}

/* The same with a closure as the callee. */
static int closure_unwinds(ffi_type *result, unsigned count, ffi_type *type) {
    ffi_type    *types[48];
    ffi_cif      cif;
    void        *code    = NULL;
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    for (unsigned i = 0; i < count; i++) types[i] = type;
    int good = closure && ffi_prep_cif(&cif, FFI_DEFAULT_ABI, count, result, types) == FFI_OK &&
               ffi_prep_closure_loc(closure, &cif, answer, NULL, code) == FFI_OK;
    trampoline = (uintptr_t)code;
    good       = good && unwinds(result, count, type, (void (*)(void))(uintptr_t)code, 0);
    trampoline = 0;
    ffi_closure_free(closure);
    return good;
}

static ffi_type *record(ffi_type *a, ffi_type *b, ffi_type *c) {
    static ffi_type types[16], *elements[16][4];
    static unsigned used;
    ffi_type       *type = &types[used];
    ffi_type      **list = elements[used++];
    list[0] = a, list[1] = b, list[2] = c;
    *type = (ffi_type){0, 0, FFI_TYPE_STRUCT, list};
    return type;
}

/* Without stack words, with few and with many. */
static void check(const char *name, ffi_type *result, void (*function)(void)) {
    static const unsigned counts[] = {0, 3, 6, 7, 8, 15, 38, 39, 40, 48};
    int                   good = 1, discarded = 1, closures = 1;
    unsigned              total = 0;
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        good &= unwinds(result, counts[i], &ffi_type_sint64, function, 0), total += steps;
        discarded &= unwinds(result, counts[i], &ffi_type_sint64, function, 1);
        closures &= closure_unwinds(result, counts[i], &ffi_type_sint64);
    }
    ok(good, "%s: ffi_call() unwinds at each of %u instructions", name, total);
    ok(discarded, "%s, discarded: so it does", name);
    ok(closures, "%s: so does a closure", name);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGTRAP, &action, NULL);
    void (*to_memory)(void) = (void (*)(void))same, (*to_x87)(void) = (void (*)(void))one;
    ffi_type *i8 = &ffi_type_sint8, *i32 = &ffi_type_sint32, *i64 = &ffi_type_sint64, *f32 = &ffi_type_float,
             *f64 = &ffi_type_double, *bytes = record(i8, i8, i8), *wide = record(i64, i64, f64);
    check("void", &ffi_type_void, nothing);
    check("int8", i8, nothing);
    check("uint16", &ffi_type_uint16, nothing);
    check("int32", i32, nothing);
    check("int64", i64, nothing);
    check("float", f32, nothing);
    check("double", f64, nothing);
    check("long double", &ffi_type_longdouble, to_x87);
    check("3 bytes", bytes, nothing);
    check("12 bytes", record(i64, i32, NULL), nothing);
    check("an integer and a real", record(i64, f64, NULL), nothing);
    check("two reals", record(f64, f64, NULL), nothing);
    check("a real and 7 bytes", record(f64, i32, bytes), nothing);
    check("24 bytes", wide, to_memory);
    int good = 1;
    for (unsigned count = 1; count <= 16; count++) good &= unwinds(wide, count, wide, to_memory, 0);
    ok(good, "24 bytes, up to 16 times: ffi_call() unwinds at each instruction");
    ffi_type *pair = record(f64, i64, NULL);
    for (unsigned count = 1; count <= 16; count++) good &= closure_unwinds(pair, count, pair);
    ok(good, "16 bytes, up to 16 times: so does a closure");
    return done();
}
