/* SPDX-License-Identifier: MIT */
/* Unwind data, instruction by instruction (stepping.h), and numbers of instructions, on AArch64. */
#define _GNU_SOURCE
#include "../stepping.h"
#include "guard_aarch64.h"

void note_arguments(void); /* what guard_aarch64.S calls */
void note_arguments(void) {
}

/* ---- the processor ---- */

static uint32_t word_at(const uint16_t *code) {
    uint32_t word;
    memcpy(&word, code, sizeof word);
    return word;
}

static unsigned length_of(const uint16_t *code) {
    (void)code;
    return 2;
}

static bool is_pad(const uint16_t *code) {
    return word_at(code) == 0xd503245f; /* bti c */
}

static bool ends_step(const uint16_t *code) {
    uint32_t word = word_at(code);
    return (word & 0xfffffc1f) == 0xd61f0000 || word == 0xd65f03c0; /* br, ret */
}

static uintptr_t pc_of(const ucontext_t *interrupted) {
    return interrupted->uc_mcontext.pc;
}

static const char *lost(struct _Unwind_Context *frame, const char *where) {
    static char name[8];
    if (_Unwind_GetCFA(frame) != (where == guard_return ? guard_state.sp : guard_state.native_sp))
        return "the stack pointer";
    for (int i = 0; i < GUARD_GPR; i++)
        if (_Unwind_GetGR(frame, 19 + i) != guard_state.before.gpr[i])
            return snprintf(name, sizeof name, "x%d", 19 + i), name;
    return NULL;
}

static void call_stub(const ffi_function *function, void *result, const ffi_value *values) {
    guard(function->stub.store, function, result, values);
}

/* Each word is an address, also that of a result in memory, which is not aligned to 16. */
static void call_back(void *code) {
    static _Alignas(16) uint64_t memory[64];
    struct native                native;
    for (size_t i = 0; i < sizeof native / 8; i++) ((uint64_t *)(void *)&native)[i] = (uintptr_t)(memory + 1);
    guard(native_caller, code, &native, NULL);
}

static uintptr_t inner_return(void) {
    return guard_state.called.return_address;
}

static void handle(void *result, const ffi_value *values, void *userdata) {
    (void)result, (void)values, (void)userdata;
}

static const struct processor processor = {
    .breakpoint      = 0xd4200000, /* brk #0 */
    .breakpoint_size = 4,
    .trampoline      = 3,
    .inline_stored   = 7, /* as gcc 12 compiles it in a loop */
    .length          = length_of,
    .is_pad          = is_pad,
    .ends_step       = ends_step,
    .pc              = pc_of,
    .stub_return     = guard_return,
    .callback_return = native_return,
    .lost            = lost,
    .call            = call_stub,
    .call_back       = call_back,
    .inner_return    = inner_return,
    .callee          = guard_callee,
    .handler         = guard_handler,
};

/* ---- stubs and entries ---- */

/* Registers of one kind take an instruction each; those of both kinds, or narrow ones, are found by the plan's tables. */
static unsigned most_of_grid(unsigned integers, unsigned doubles) {
    return (integers <= 6 && !doubles) || !integers ? 3 + integers + doubles : MOST;
}

static unsigned most_of_narrow(unsigned integers, unsigned doubles) {
    return integers ? MOST : 3 + doubles;
}

int main(void) {
    start_stepping();
    guard_handle = handle;
    context      = ffi_context_new(&(ffi_options){.abi = "aapcs64"});
    step_grid("i64", most_of_grid);
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64)", false);
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,i64,f64)", false);
    step_function("f64(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("long double(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("i64(i64, f64)", true);
    step_function("long double(i64,i64,i64,i64,i64,i64,i64,i64,i64, long double)", true);
    step_direct("struct { i32 a, b; } (struct { i32 a, b; })", 2);
    step_direct("struct { f64 a, b; } (struct { f64 a, b; })", 4);
    step_direct("struct { i64 a; f64 b; } (struct { i64 a; f64 b; })", 4);
    step_direct("struct { f32 a, b; } (struct { f32 a, b; }, struct { f32 a, b; })", 6);
    step_direct("struct { f32 a, b, c; } (struct { f32 a, b, c; })", 6);
    step_direct("struct { f32 a[4]; } (struct { f32 a[4]; }, struct { f32 a[4]; })", 12);
    step_direct("struct { f64 a, b, c; } (struct { f64 a, b, c; }, struct { f64 a, b, c; })", 9);
    step_direct("struct { f64 a[4]; } (struct { f64 a[4]; })", 8);
    step_direct("struct { i32 a, b, c; } (struct { i32 a, b, c; })", 4);
    step_direct("struct { char a[3]; } (struct { char a[3]; })", 2);
    step_direct("struct { char a[5]; } (struct { char a[5]; })", 2);
    step_direct("struct { char a[6]; } (struct { char a[6]; })", 2);
    step_direct("struct { char a[7]; } (struct { char a[7]; })", 2);
    step_direct("long double(long double)", 2);
    step_direct("long double(long double, long double)", 3);
    step_pointed();
    step_chain("struct { i32 a, b; } (struct { i32 a, b; }, f64)", 0, 3);
    step_chain("struct { f64 a, b; } (i64, struct { f64 a, b; })", 0, 5);
    step_chain("struct { i64 a; f64 b; } (struct { i64 a; f64 b; }, i64)", 0, 5);
    step_chain("struct { char a[5]; } (i64, struct { char a[5]; })", 1, 0);
    step_chain("struct { i64 a, b, c; } (struct { i64 a, b, c; })", 0, 6);
    step_chain("struct { i64 a[8]; } (struct { i64 a[8]; })", 0, 16);
    step_chain("long double(long double, i64)", 1, 3);
    step_chain("struct { i64 a, b, c; } (f64, struct { ptr a; })", 0, 5);
    step_chain("struct { f64 a, b; } (i64, struct { f32 a, b, c; }, struct { char a[11]; })", 0, 8);
    step_chain("long double(i8, long double, struct { i64 a, b, c; })", 1, 0);
    step_chain("struct { f32 a, b, c; } (i64, i64, i64, i64, i64, i64, i64, i64, struct { char a[13]; }, i8)",
               3, 0);

    step_all_entries();
    step_other("the entry by an image", "f64(struct { i64 a; } __attribute__((aligned(64))))");
    step_other("the same for whole vectors", "long double(struct { i64 a; } __attribute__((aligned(64))))");
    step_other("the entry that goes to it, for its result's memory",
               "struct { i64 a; long double b; } (f64, ptr)");
    step_other("the same for whole vectors", "struct { i64 a; long double b; } (long double)");
    step_records("struct { f64 a, b; } (struct { f64 a, b; })");
    step_records("struct { i64 a, b; } (struct { i64 a, b; })");
    step_records("struct { f32 a, b, c; } (struct { f32 a, b, c; })");
    step_records("struct { i64 a[30]; } (i64)");
    step_records("long double(i64, long double)");
    step_records("struct { long double a[4]; } (struct { long double a[4]; })");
    step_other("records in a larger frame",
               "struct { f32 a, b, c; } (struct { f64 a, b; }, struct { f32 a, b, c; }, "
               "struct { ptr a, b, c; }, struct { i32 a; })");
    step_other("the same with whole vectors",
               "struct { i64 a, b, c; } (struct { f64 a, b; }, struct { f32 a, b, c; }, long double)");
    step_late();

    context = ffi_context_new(&(ffi_options){.abi = "apple-arm64"});
    step_grid("i8", most_of_narrow);
    ffi_context_free(context);
    printf("# %u instructions\n", instructions);
    return done();
}
