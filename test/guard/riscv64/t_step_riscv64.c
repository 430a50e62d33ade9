/* SPDX-License-Identifier: MIT */
/* Unwind data, instruction by instruction (stepping.h), and numbers of instructions, on RISC-V. */
#define _GNU_SOURCE
#include "../stepping.h"

/* Instructions of the inline part, as gcc 12 compiles it in a loop: of a call that stores an int or a double itself, or a
 * narrow integer, and of one whose stub stores the result. */
enum { INLINE = 13, INLINE_8 = 14, INLINE_16 = 15, INLINE_STORED = 7, S0 = 0x50 };

/* guard_riscv64.S */
void              guard_call(const void *code, const void *a0, const void *a1, const void *a2);
void              guard_callee(void);
extern const char guard_return[];
extern uint64_t   guard_sp;
extern uintptr_t  guard_inner;

/* ---- the processor ---- */

static unsigned length_of(const uint16_t *code) {
    return (*code & 3) == 3 ? 2 : 1;
}

static bool is_pad(const uint16_t *code) {
    return code[0] == 0x17 && !code[1];
}

static bool ends_step(const uint16_t *code) { /* jr or ret, compressed or not */
    return (*code & 0xf07f) == 0x8002 || (*code & 0xfff) == 0x67;
}

static uintptr_t pc_of(const ucontext_t *interrupted) {
    return interrupted->uc_mcontext.__gregs[REG_PC];
}

/* DWARF's numbers: s0 and s1 are 8 and 9, s2 to s11 18 to 27. */
static const char *lost(struct _Unwind_Context *frame, const char *where) {
    static char name[8];
    (void)where;
    if (_Unwind_GetCFA(frame) != guard_sp) return "the stack pointer";
    for (int s = 0; s < 12; s++)
        if (_Unwind_GetGR(frame, s < 2 ? 8 + s : 16 + s) != (uint64_t)(S0 + s))
            return snprintf(name, sizeof name, "s%d", s), name;
    return NULL;
}

static void call_stub(const ffi_function *function, void *result, const ffi_value *values) {
    guard_call(stub_of(function), function, result, values);
}

static void call_back(void *code) {
    static uint64_t memory[64];
    guard_call(code, memory, memory, memory);
}

static uintptr_t inner_return(void) {
    return guard_inner;
}

static const struct processor processor = {
    .breakpoint      = 0x9002, /* c.ebreak */
    .breakpoint_size = 2,
    .trampoline      = 6,
    .inline_stored   = INLINE_STORED,
    .length          = length_of,
    .is_pad          = is_pad,
    .ends_step       = ends_step,
    .pc              = pc_of,
    .stub_return     = guard_return,
    .callback_return = guard_return,
    .lost            = lost,
    .call            = call_stub,
    .call_back       = call_back,
    .inner_return    = inner_return,
    .callee          = guard_callee,
    .handler         = (ffi_handler *)guard_callee,
};

/* ---- calls ---- */

/* Up to five arguments of both kinds, six integers and eight doubles take an instruction each; others go by pairs. */
static unsigned most_of_grid(unsigned integers, unsigned doubles) {
    unsigned all = integers + doubles;
    return all <= 5 || (integers <= 6 && !doubles) || !integers ? 3 + all : 18 + 2 * all - INLINE;
}

/* Eight integers and stack words like them: a stub for each number of these, then one that reads the plan's tables. */
static void step_rows(void) {
    for (int words = 1; words <= 11; words++) {
        char text[100];
        write_list(text, "i64", "i64", 8 + words, 0);
        step_function(text, false);
    }
}

/* More stack words than steps are for, and registers of two widths. */
static void step_many(void) {
    char text[5 * ARGUMENTS] = "i64(i64,i32";
    for (int i = 2; i < ARGUMENTS; i++) strcat(text, ",i64");
    step_function(strcat(text, ")"), false);
}

/* Records by reference: a stub for each number of words up to 8, a step for each up to 16, then one that loops. */
static void step_blocks(void) {
    for (unsigned words = 3; words <= 24; words++) {
        char text[80];
        sprintf(text, "struct { i64 a[%u]; } (struct { i64 a[%u]; })", words, words);
        if (words <= 8) step_direct(text, words);
        sprintf(text, "struct { i64 a[%u]; } (struct { i64 a[%u]; }, i64)", words, words);
        step_chain(text, 0, words + 1);
    }
}

/* One record in registers, and two if their kind has stubs for two. */
static void step_same(void) {
    static const char *const        both[] = {"i32 a, b",    "i16 a[2]",     "i64 a, b",
                                              "i32 a, b, c", "i64 a; f64 b", "f64 a; i64 b",
                                              "f64 a, b",    "f64 a; f32 b", "f32 a, b"},
                             *const one[]  = {"char a[2]", "char a[3]", "char a[5]", "char a[6]", "char a[7]"};
    char                            text[100];
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        sprintf(text, "struct { %s; } (struct { %s; })", both[i], both[i]);
        step_direct(text, 2);
        sprintf(text, "struct { %s; } (struct { %s; }, struct { %s; })", both[i], both[i], both[i]);
        step_direct(text, 3);
    }
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
        sprintf(text, "struct { %s; } (struct { %s; })", one[i], one[i]);
        step_direct(text, 2);
    }
}

static unsigned inline_of(const ffi_function *function) {
    return function->stub_result == FFI_RESULT_8    ? INLINE_8
           : function->stub_result == FFI_RESULT_16 ? INLINE_16
                                                    : INLINE;
}

/* A stub and its steps: for pairs of slots, or one or two for integers of several sizes. They and the inline part of a call
 * take at most 18 and 2 for each slot. */
static void step_slots(const char *signature, unsigned slots, bool pairs) {
    unsigned        before = wrongs, counted = instructions, count = pairs ? (slots - 1) / 2 : 1 + (slots > 4);
    ffi_function   *function = bind(signature);
    const char     *plan     = member(function, FUNCTION_PLAN);
    const uint64_t *steps    = (const void *)(plan + PLAN_STEPS);
    step_step(function, signature, (uintptr_t)stub_of(function));
    for (unsigned i = 0; i < count; i++) step_step(function, signature, steps[i]);
    counted = instructions - counted;
    ok(wrongs == before && counted >= 4 + slots && counted + inline_of(function) <= 18 + 2 * slots,
       "%s: each of %u instructions for %u slots unwinds", signature, counted, slots);
    ffi_function_free(function);
}

int main(void) {
    start_stepping();
    context = ffi_context_new(NULL);
    step_grid("i64", most_of_grid);
    step_grid("i32", most_of_grid);
    ok(step_jump("void(i8)", 4) && step_jump("void(u16, i64)", 5) && step_jump("void(u8, u8, u8, u8)", 7),
       "narrow integers take an instruction each");
    step_slots("void(i8,i16,i32)", 3, false);
    step_slots("void(i64,u8,u16,i32,i8)", 5, false);
    step_slots("void(u8,u16,i8,i16,i64,i32)", 6, false);
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
    step_slots("void(i8,f64,u16,f32,u8,i16,i8,u8)", 8, true);
    step_slots("bool(i64,ptr,ptr,i32,f32,i64,bool)", 7, true);
    step_slots("u8(f32,u16,f64)", 3, true);
    step_slots("i16(f64,f64,f64,f64,f64,f64,u8,i8,u16,i16,u8,bool,i8,i16,f32,f64)", 16, true);
    step_rows();
    step_function("i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,i64,f64)", false);
    step_many();
    step_function("f64(struct { i64 a; } __attribute__((aligned(64))))", false);
    step_function("i64(i64, f64)", true);
    step_function("long double(i64,i64,i64,i64,i64,i64,i64,i64,i64, long double)", true);
    step_blocks();
    step_same();
    step_pointed();
    step_chain("struct { i32 a, b; } (struct { i32 a, b; }, f64)", 0, 3);
    step_chain("struct { f64 a, b; } (i64, struct { f64 a, b; })", 0, 5);
    step_chain("struct { i64 a; f64 b; } (struct { i64 a; f64 b; }, i64)", 0, 5);
    step_chain("struct { f32 a, b; } (struct { f32 a, b; }, i64)", 0, 5);
    step_chain("struct { f32 a; i32 b; } (struct { f32 a; i32 b; })", 2, 0);
    step_chain("struct { char a[5]; } (struct { char a[5]; }, i64)", 1, 5);
    step_chain("long double(long double, i64)", 0, 5);
    step_chain("struct { i64 a, b, c; } (f64, struct { ptr a; })", 0, 5);
    step_chain("struct { f64 a, b; } (i64, struct { f32 a, b, c; }, struct { char a[11]; })", 0, 0);
    step_chain("i64(i64,i32,i64,i64,i64,i64,i64,i64,i64)", 0, 0);
    step_chain("void(i8,f64,u16,f32,u8,i16,i8,u8,i64,i64,i64,i64)", 0, 0);
    step_chain("long double(i8, long double, struct { i64 a, b, c; })", 0, 0);
    step_chain("struct { f32 a; i32 b; } (i64, i64, i64, i64, i64, i64, i64, struct { char a[13]; }, i8)", 2,
               0);

    step_all_entries();
    step_other("the entry by an image", "_Float16(f64, struct { i64 a, b, c; })");
    step_records("struct { f64 a, b; } (struct { f64 a, b; })");
    step_records("struct { i64 a; f64 b; } (struct { i64 a; f64 b; })");
    step_records("struct { f32 a, b; } (struct { f32 a, b; })");
    step_records("struct { f32 a; i32 b; } (struct { i32 a; f64 b; })");
    step_records("struct { i64 a, b; } (struct { char a[5]; })");
    step_records("struct { i64 a, b, c; } (struct { i64 a, b, c; })");
    step_records("struct { i64 a[32]; } (struct { i64 a[32]; })");
    step_other("a result in memory of many words", "struct { i64 a[50]; } (struct { i64 a[3]; })");
    step_other("a result in memory of no whole words", "struct { char a[21]; } (struct { i64 a[3]; })");
    step_records("i32(i32, struct { i32 a, b; }, f64)");
    step_records("f32(struct { f64 a, b; }, struct { f64 a, b; })");
    step_records("void(struct { f32 a, b; } *, struct { f32 a, b; })");
    char many[1000] = "struct { f64 a; f32 b; } (struct { f64 a; f32 b; }, struct { f32 a, b; }";
    for (int i = 0; i < 20; i++) strcat(many, ", struct { ptr a, b, c; }, i8");
    step_other("many records, in a larger frame", strcat(many, ")"));
    step_other("the entry for a va_list", "int(i64, ...)");
    step_late();
    printf("# %u instructions\n", instructions);
    return done();
}
