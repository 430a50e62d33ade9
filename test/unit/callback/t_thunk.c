/* SPDX-License-Identifier: MIT */
/* Thunks: callbacks whose entry is machine code of this program, which finds a pair of words in a register. */
#include "helper.h"

/* double entry(double x): x is target(x, data). */
double entry(double x);
#ifdef __x86_64__
#ifdef _WIN32
#define SECOND "rdx"
#else
#define SECOND "rdi"
#endif
__asm__(".text\n.globl entry\nentry:\n.byte 0xf3, 0x0f, 0x1e, 0xfa\n" /* endbr64 */
        "movq 16(%r10), %" SECOND "\n"
        "jmp *8(%r10)\n");
#elif defined __riscv
__asm__(".text\n.globl entry\nentry:\n.4byte 0x17\nld a0, 16(t0)\nld t1, 8(t0)\njr t1\n"); /* lpad 0 */
#else
__asm__(".text\n.globl entry\nentry:\nhint #34\nldr x0, [x17, #16]\nldr x16, [x17, #8]\nbr x16\n");
#endif

static double add_to(double x, const double *data) {
    return x + *data;
}

static const char *late_name = "";

static void note_late(void *userdata, const char *name, const char *signature) {
    (void)signature;
    ++*(int *)userdata;
    late_name = strcmp(name, "thunk") ? "another" : "thunk";
}

static void *enter(void *userdata) {
    (void)userdata;
    puts("Bail out! a hook was called");
    exit(1);
}

static void check_thunks(bool read_only) {
    int         late    = 0;
    ffi_options options = {
        .report_late = note_late, .hook_userdata = &late, .enter = enter, .read_only_callbacks = read_only};
    ffi_context *context = ffi_context_new(&options);
    double       two = 2, three = 3;
    ffi_thunk   *thunks[2];
    for (int i = 0; i < 2; i++)
        thunks[i] =
            ffi_thunk_new(context, (void *)(uintptr_t)entry, (void *)(uintptr_t)add_to, i ? &three : &two);
    double (*code[2])(double);
    for (int i = 0; i < 2; i++) code[i] = (double (*)(double))(uintptr_t)ffi_thunk_code(thunks[i]);
    ok(code[0](1) == 3 && code[1](1) == 4, "two thunks of one entry have a pair each%s",
       read_only ? ", read-only" : "");
    fails(ffi_thunk_new(NULL, (void *)(uintptr_t)entry, NULL, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(ffi_thunk_new(context, NULL, NULL, NULL), FFI_ERROR_ARGUMENT, "entry is NULL");
    ffi_thunk_free(NULL);
    ffi_thunk_free(thunks[0]);
    ok(code[0](1) == 0 && late == 1 && ffi_context_late_calls(context) == 1, "a freed thunk returns 0");
    is_text(late_name, "thunk", "and is reported");
    ffi_thunk_free(thunks[0]);
    ok(ffi_last_error() == FFI_ERROR_ARGUMENT, "a second free is an error");
    ok(code[1](1) == 4, "another thunk is not touched");
    ffi_context_free(context);
    ok(code[1](1) == 0, "after the context's end a thunk returns 0");
}

static intptr_t got[8];

static int record(intptr_t a, intptr_t b, intptr_t c, intptr_t d, intptr_t e, intptr_t f, intptr_t g,
                  intptr_t h) {
    const intptr_t all[8] = {a, b, c, d, e, f, g, h};
    memcpy(got, all, sizeof got);
    return 7;
}

/* Each register of an argument takes the data, and the others stay. */
static void check_entries(void) {
    ffi_context *context = ffi_context_new(NULL);
    const void  *jumps;
    unsigned     count = 0, right = 0;
    for (; (jumps = ffi_thunk_entry(count)); count++) {
        ffi_thunk *thunk = ffi_thunk_new(context, jumps, (void *)(uintptr_t)record, got);
        int (*code)(intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t);
        *(void **)&code = ffi_thunk_code(thunk);
        bool good       = code(0, 1, 2, 3, 4, 5, 6, 7) == 7;
        for (unsigned i = 0; i < 8; i++) good &= got[i] == (i == count ? (intptr_t)got : (intptr_t)i);
        right += good;
    }
    ok(count >= 4 && count <= 8 && right == count,
       "%u of %u thunks pass their data in the register of their index", right, count);
    fails(ffi_thunk_entry(count), FFI_ERROR_RANGE, "no argument in an integer register");
    fails(ffi_thunk_entry((unsigned)-1), FFI_ERROR_RANGE, "4294967295");
    ffi_context_free(context);
}

static void nothing(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

/* A freed thunk's pointer never becomes a callback's, nor the other way round. */
static void check_reuse(void) {
    enum { MANY = 20000 };
    ffi_context *context = ffi_context_new(NULL);
    ffi_thunk   *thunk   = ffi_thunk_new(context, (void *)(uintptr_t)entry, NULL, NULL);
    void        *code    = ffi_thunk_code(thunk);
    int          met     = 0;
    ffi_thunk_free(thunk);
    for (int i = 0; i < MANY; i++) {
        ffi_callback *callback = ffi_callback_new(context, "void(void)", nothing, NULL);
        met += ffi_callback_code(callback) == code;
        ffi_callback_free(callback);
    }
    ok(!met, "a freed thunk does not become a callback");
    thunk = ffi_thunk_new(context, (void *)(uintptr_t)entry, NULL, NULL);
    ok(ffi_thunk_code(thunk) == code, "it becomes a thunk");
    ffi_context_free(context);
}

int main(void) {
    check_thunks(false);
    check_thunks(true);
    check_entries();
    check_reuse();
    return done();
}
