/* SPDX-License-Identifier: MIT */
/*
 * Callbacks with vectors of 32 bytes, called with each alignment of the stack that a caller may leave: a multiple of 32 and
 * 16 bytes beside one. Compiled callers that keep such a vector in their frame leave the first alone.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <string.h>

#if defined __x86_64__ && !defined _WIN32

typedef double vector __attribute__((vector_size(32)));

/* What a call passes and gets. */
static struct registers {
    uint64_t    rdi, rsi, rax, rdx;
    double      ymm[3][4], ymm0[4], xmm1[2];
    long double x87[2];
} registers;

static ffi_context *context;
static const char  *wrong; /* what the handler finds wrong; NULL: it was not called */

/* Calls with `beside` bytes between the stack's end and a multiple of 32; `x87` is the number of results there. */
static void call_at(const void *code, size_t beside, size_t x87) {
    register size_t count __asm__("r13") = x87, place __asm__("r14") = beside;
    __asm__ volatile("mov %%rsp, %%r15\n"
                     "sub $128, %%rsp\n"
                     "and $-32, %%rsp\n"
                     "sub %[place], %%rsp\n"
                     "vmovups 32(%[all]), %%ymm0\n"
                     "vmovups 64(%[all]), %%ymm1\n"
                     "vmovups 96(%[all]), %%ymm2\n"
                     "mov (%[all]), %%rdi\n"
                     "mov 8(%[all]), %%rsi\n"
                     "call *%[code]\n"
                     "mov %%r15, %%rsp\n"
                     "mov %%rax, 16(%[all])\n"
                     "mov %%rdx, 24(%[all])\n"
                     "vmovups %%ymm0, 128(%[all])\n"
                     "movups %%xmm1, 160(%[all])\n"
                     "test %[count], %[count]\n"
                     "jz 1f\n"
                     "fstpt 176(%[all])\n"
                     "fstpt 192(%[all])\n"
                     "1: vzeroupper\n"
                     :
                     : [all] "b"(&registers), [code] "a"(code), [count] "r"(count), [place] "r"(place)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r15", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                       "xmm13", "xmm14", "xmm15", "memory", "cc");
}

static const double ones[4] = {1, 2, 3, 4}, others[4] = {-5, -6, -7, -8};

static void see(const void *at, size_t alignment, const void *value, size_t size, const char *what) {
    if ((uintptr_t)at % alignment || memcmp(at, value, size)) wrong = what;
}

static void give_vector(void *result, const ffi_value *args, void *userdata) {
    static const double zeroes[4];
    wrong = userdata == &registers ? "" : "userdata";
    see(result, 32, zeroes, 32, "the result before");
    see(args[0].ptr, 32, ones, 32, "the first vector");
    if (args[1].f64 != 9) wrong = "a double";
    see(args[2].ptr, 32, others, 32, "the second vector");
    memcpy(result, args[2].ptr, 32);
}

/* The userdata is the alignment of the record. */
static void give_pieces(void *result, const ffi_value *args, void *userdata) {
    const double two[] = {1, 9};
    wrong              = "";
    see(args[0].ptr, *(size_t *)userdata, two, 16, "a record in two registers");
    see(args[1].ptr, 32, others, 32, "the vector");
    if (args[2].i64 != 77) wrong = "an integer";
    memcpy(result, two, 16);
}

static void give_extended(void *result, const ffi_value *args, void *userdata) {
    const long double two[] = {1.5L, -2.5L};
    (void)userdata;
    wrong = "";
    see(args[0].ptr, 32, ones, 32, "the vector");
    memcpy(result, two, sizeof two);
}

static void give_memory(void *result, const ffi_value *args, void *userdata) {
    wrong = result == userdata ? "" : "the result's memory";
    see(args[0].ptr, 32, ones, 32, "the vector");
    memcpy(result, args[0].ptr, 32);
}

static const void *begin(const char *signature, ffi_handler *handler, void *userdata) {
    ffi_callback *callback = ffi_callback_new(context, signature, handler, userdata);
    if (!callback) printf("# %s\n", ffi_last_message());
    memset(&registers, 0, sizeof registers);
    memcpy(registers.ymm[0], ones, 32), registers.ymm[1][0] = 9, memcpy(registers.ymm[2], others, 32);
    wrong = "not called";
    return ffi_callback_code(callback);
}

static void check_pieces(size_t beside, const char *record, size_t alignment) {
    char text[100];
    snprintf(text, sizeof text, "struct { i64 a; f64 b; } (%s, __m256, i64)", record);
    const void *code = begin(text, give_pieces, &alignment);
    registers.rdi    = 77;
    call_at(code, beside, 0);
    ok(!*wrong && !memcmp(&registers.rax, &ones[0], 8) && registers.ymm0[0] == 9,
       "%zu beside 32: %s in pieces: %s", beside, record, wrong);
}

static void check(size_t beside) {
    static double room[16] __attribute__((aligned(32)));
    const void   *code = begin("__m256(__m256, double, __m256)", give_vector, &registers);
    call_at(code, beside, 0);
    ok(!*wrong && !memcmp(registers.ymm0, others, 32), "%zu beside 32: a vector: %s", beside, wrong);

    check_pieces(beside, "struct { f64 a, b; }", 8);
    check_pieces(beside, "raised", 32);

    code = begin("long double _Complex(__m256)", give_extended, NULL);
    call_at(code, beside, 2);
    ok(!*wrong && registers.x87[0] == 1.5L && registers.x87[1] == -2.5L, "%zu beside 32: x87 registers: %s",
       beside, wrong);

    code          = begin("struct { __m256 a, b; } (__m256)", give_memory, room);
    registers.rdi = (uintptr_t)room;
    memset(room, 0x55, sizeof room);
    call_at(code, beside, 0);
    ok(!*wrong && registers.rax == registers.rdi && !memcmp(room, ones, 32) && room[4] == 0 && room[7] == 0 &&
           room[8] != 0,
       "%zu beside 32: memory: %s", beside, wrong);
}

/* ---- vectors on the stack, which a caller aligns ---- */

static void give_ninth(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    wrong = "";
    see(args[7].ptr, 32, ones, 32, "the last in a register");
    see(args[8].ptr, 32, others, 32, "the first on the stack");
    if (args[9].f64 != 9) wrong = "a double behind it";
    memcpy(result, args[8].ptr, 32);
}

__attribute__((target("avx"))) static void check_stack(void) {
    const void *code =
        begin("__m256(__m256, __m256, __m256, __m256, __m256, __m256, __m256, __m256, __m256, double)",
              give_ninth, NULL);
    vector (*call)(vector, vector, vector, vector, vector, vector, vector, vector, vector, double);
    vector a = {1, 2, 3, 4}, b = {-5, -6, -7, -8}, got;
    memcpy(&call, &code, sizeof call);
    got = call(a, b, b, b, b, b, b, a, b, 9);
    ok(!*wrong && !memcmp(&got, &b, 32), "a vector on the stack: %s", wrong);
}

int main(void) {
    if (!__builtin_cpu_supports("avx")) skip_all("this machine has no registers of 32 bytes");
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    ffi_declare(context, "typedef struct { f64 a, b; } raised __attribute__((aligned(32)));");
    check(0);
    check(16);
    check_stack();
    ffi_context_free(context);
    return done();
}

#else

int main(void) {
    skip_all("System V's entries for such vectors are those of x86-64");
}

#endif
