/* SPDX-License-Identifier: MIT */
/*
 * No SSE instruction runs while the upper halves of vector registers are in use: each would take 60 ns on some of Intel's
 * processors. Calls and callbacks with __m256 run with the trap flag set. The signal handler looks at every instruction
 * and at the state that the kernel saved: XSAVE's header says whether the upper halves are in use (Intel SDM 1, 13.6).
 */
#define _GNU_SOURCE
#include "tap.h"

#include <ffi_invoke.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

enum {
    STATE_KNOWN =
        464, /* in the saved state, as in the kernel's struct _fpx_sw_bytes and _xstate_header: a number */
    STATE_IN_USE = 512, /* a mask */
    UPPER_HALVES = 4,   /* in the mask */
    SHOWN        = 5,
    KNOWN_XSAVE  = 0x46505853
};

static unsigned  steps, slow;
static uintptr_t first; /* slow instruction */

/* Whether it reads or writes a vector register and has no VEX prefix. No one here uses MMX. */
static bool is_sse(const unsigned char *code) {
    while (strchr("\x66\xf2\xf3\x2e\x3e\x64\x65\x67", *code)) code++;
    if ((*code & 0xf0) == 0x40) code++;
    if (*code != 0x0f) return false;
    unsigned char op = code[1];
    return (op >= 0x10 && op <= 0x17) || (op >= 0x28 && op <= 0x2f) || op == 0x38 || op == 0x3a ||
           (op >= 0x50 && op <= 0x7f) || op == 0xc2 || (op >= 0xc4 && op <= 0xc6) || op >= 0xd0;
}

static bool uses_upper_halves(const ucontext_t *machine) {
    const unsigned char *state = (const unsigned char *)machine->uc_mcontext.fpregs;
    uint32_t             known;
    uint64_t             in_use;
    memcpy(&known, state + STATE_KNOWN, sizeof known);
    memcpy(&in_use, state + STATE_IN_USE, sizeof in_use);
    return known == KNOWN_XSAVE && (in_use & UPPER_HALVES);
}

static void on_step(int number, siginfo_t *info, void *data) {
    ucontext_t *machine = data;
    uintptr_t   at      = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
    (void)number, (void)info;
    steps++;
    if (is_sse((const unsigned char *)at) && uses_upper_halves(machine) && !slow++) first = at;
}

/* ---- native code ---- */

/* Each calls `code` with the trap flag set; rsp is a multiple of 16 before the call. The first three arguments of `call` are
 * the code's. For `call_with_vectors` all integer registers have `memory`, and the upper halves of xmm0 to xmm7 are in
 * use. */
void step_call(const void *function, void *result, const void *args, void *code);
void step_call_back(void *memory, void *code);
void return_at_once(void), return_clean(void), mix(void);
__asm__(".text\n"
        "step_call: push %rbp; push %rbp; pushfq; orl $0x100, (%rsp); push (%rsp); popfq; call *%rcx\n"
        "  andl $~0x100, (%rsp); popfq; pop %rbp; pop %rbp; ret\n"
        "step_call_back: push %rbp; push %rbp; mov %rsi, %rax\n"
        "  mov %rdi, %rsi; mov %rdi, %rdx; mov %rdi, %rcx; mov %rdi, %r8; mov %rdi, %r9\n"
        "  .irp k, 0, 1, 2, 3, 4, 5, 6, 7\n vbroadcastss (%rdi), %ymm\\k\n .endr\n"
        "  pushfq; orl $0x100, (%rsp); push (%rsp); popfq; call *%rax\n"
        "  andl $~0x100, (%rsp); popfq; vzeroupper; pop %rbp; pop %rbp; ret\n"
        "return_clean: vzeroupper\n"
        "return_at_once: ret\n"
        "mix: xorps %xmm1, %xmm1; ret\n");

void note_arguments(void), note_arguments_ms(void); /* what guard.asm's callees would call */
void note_arguments(void) {
}
void note_arguments_ms(void) {
}

static _Alignas(64) float memory[32];

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

/* ---- every function of a few types, of which one is __m256 ---- */

static const char *const types[] = {"__m256",
                                    "f64",
                                    "f32",
                                    "i16",
                                    "ptr",
                                    "__m128",
                                    "long double",
                                    "struct { i8 a[3]; }",
                                    "struct { i8 a[13]; }",
                                    "struct { f64 a, b; }",
                                    "struct { i64 a; f64 b; }",
                                    "struct { f32 a, b, c; }",
                                    "struct { __m256 a; }"};

enum { TYPES = sizeof types / sizeof *types };

/* Whether nothing was slow; begins anew. */
static bool was_fast(const char *what, const char *signature) {
    static unsigned shown;
    bool            fast = steps > 5 && !slow;
    if (!fast && shown++ < SHOWN)
        printf("# %s, %s: %u of %u steps are slow, first at %#lx\n", what, signature, slow, steps,
               (unsigned long)first);
    steps = slow = 0;
    return fast;
}

static bool call_is_fast(ffi_context *context, const char *signature, bool clean) {
    static ffi_value args[4];
    void            *native   = clean ? (void *)(uintptr_t)return_clean : (void *)(uintptr_t)return_at_once;
    ffi_function    *function = ffi_function_new(context, native, signature);
    if (!function) return printf("# %s\n", ffi_last_message()), false;
    for (int i = 0; i < 4; i++) args[i].ptr = memory;
    static _Alignas(64) char result[128];
    step_call(function, result, args, (void *)(uintptr_t)function->stub.store);
    bool fast = was_fast("call", signature);
    step_call(function, result, args, (void *)(uintptr_t)function->pointers.store);
    ffi_function_free(function);
    return was_fast("call by pointers", signature) && fast;
}

static bool callback_is_fast(ffi_context *context, const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, handle, NULL);
    if (!callback) return printf("# %s\n", ffi_last_message()), false;
    void *code = ffi_callback_code(callback);
    step_call_back(memory, code);
    bool fast = was_fast("callback", signature);
    ffi_callback_free(callback);
    step_call_back(memory, code);
    return was_fast("callback that was freed", signature) && fast;
}

/* All pairs of parameters with a vector, behind a double or not. */
static void check(ffi_context *context, const char *result, bool vector) {
    bool calls = true, callbacks = true;
    for (unsigned k = 0; k < 2 * TYPES * TYPES; k++) {
        unsigned a = k / 2 / TYPES, b = k / 2 % TYPES;
        char     signature[256];
        if (a && b && a != TYPES - 1 && b != TYPES - 1) continue;
        snprintf(signature, sizeof signature, "%s(%s%s, %s)", result, k % 2 ? "f64, " : "", types[a], types[b]);
        calls &= call_is_fast(context, signature, !vector);
        callbacks &= callback_is_fast(context, signature);
    }
    ok(calls, "%s: calls", result);
    ok(callbacks, "%s: callbacks", result);
}

int main(void) {
    static const char *const results[] = {"void", "__m256", "struct { __m256 a; }"};
    struct sigaction         action    = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};
    if (!__builtin_cpu_supports("avx")) skip_all("this processor has no AVX");
    sigaction(SIGTRAP, &action, NULL);
    step_call_back(memory, (void *)(uintptr_t)return_clean);
    if (!steps) skip_all("this machine does not single-step: the trap flag raised no SIGTRAP");
    steps = 0;
    step_call(NULL, NULL, NULL, (void *)(uintptr_t)mix);
    if (slow) skip_all("this processor does not tell when the upper halves are clear");
    step_call_back(memory, (void *)(uintptr_t)mix);
    ok(slow > 0, "an SSE instruction is seen while the upper halves are in use");
    steps = slow = 0;

    ffi_context *context = ffi_context_new(NULL);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) check(context, results[i], i > 0);
    for (unsigned i = 1; i < TYPES - 1; i++) check(context, types[i], false);
    ffi_context_free(context);
    return done();
}
