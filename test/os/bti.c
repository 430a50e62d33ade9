/* SPDX-License-Identifier: MIT */
/*
 * Branch target identification and signed return addresses, enforced by the processor (Arm ARM, D8.4.5 and
 * D8.10): t_bti.sh runs this with the shared library and a library of callees, which is this file too, all in
 * guarded pages. A branch through a register to what is no landing pad ends the process there, and so does a
 * return to an address without a signature, wherever it may lead. First all is as it should be, then a child
 * does each on purpose.
 */
#include <ffi_invoke.h>

typedef int two(int, double);
typedef int nine(int, int, int, int, int, int, int, int, int);

#ifdef CALLEES

int  callee_two(int a, double b);
int  callee_nine(int a, int b, int c, int d, int e, int f, int g, int h, int i);
int  call_two(two *callback, int a, double b);
int  call_nine(nine *callback);
void into_the_middle(uintptr_t code);

int callee_two(int a, double b) {
    return a + (int)b;
}

int callee_nine(int a, int b, int c, int d, int e, int f, int g, int h, int i) {
    return a + b + c + d + e + f + g + h + i;
}

int call_two(two *callback, int a, double b) {
    return callback(a, b);
}

int call_nine(nine *callback) {
    return callback(1, 2, 3, 4, 5, 6, 7, 8, 9) + 1;
}

void into_the_middle(uintptr_t code) {
    ((void (*)(void))(code + 4))();
}

#else

#include "tap.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef HWCAP_PACA
#define HWCAP_PACA (1 << 30)
#endif
#ifndef HWCAP2_BTI
#define HWCAP2_BTI (1 << 17)
#endif

enum { UNHARMED = 99 };

static ffi_context  *context;
static ffi_library  *callees;
static ffi_function *middle;

static void add(void *result, const ffi_value *args, void *userdata) {
    const int count = *(int *)userdata;
    int       sum   = 0;
    for (int i = 0; i < count; i++) sum += count == 2 && i ? (int)args[i].f64 : args[i].i32;
    memcpy(result, &sum, sizeof sum);
}

/* The signal that ends a child which does this, 0 if none does. */
static int end_of(void (*act)(void *), void *with) {
    int   status = 0;
    pid_t child  = fork();
    if (child == 0) {
        act(with);
        _exit(UNHARMED);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) perror("a child"), exit(1);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Code of the library's without its first instruction, called from a guarded page. */
static void skip_the_pad(void *code) {
    ffi_invoke(middle, NULL, &(ffi_value){.ptr = code});
}

static int a_leaf(void) {
    return 1;
}

/* Where a forged return goes. A signature has only seven bits, so each address has one chance in 128 to pass unsigned. */
static void leave_by_one(void) {
    _exit(UNHARMED);
}

static void leave_by_two(void) {
    _exit(UNHARMED + 1);
}

static void leave_by_three(void) {
    _exit(UNHARMED + 2);
}

static void (*const leaves[])(void) = {leave_by_one, leave_by_two, leave_by_three};
static void (*leave)(void);

/* The frame behind a callee's is that of its stub: x29, and where that returns to. */
__attribute__((noinline)) static int forge(int a, int b, int c, int d, int e, int f, int g, int h, int i) {
    void **own = __builtin_frame_address(0), **stub = *own;
    stub[1] = (void *)(uintptr_t)leave;
    return a + b + c + d + e + f + g + h + i;
}

static void forge_a_return(void *to) {
    int           sum;
    ffi_value     args[9] = {{0}};
    ffi_function *forger =
        ffi_function_new(context, (void *)(uintptr_t)forge, "int(int,int,int,int,int,int,int,int,int)");
    leave = *(void (*const *)(void))to;
    if (forger) ffi_invoke(forger, &sum, args);
}

static void works(void) {
    static int    counts[] = {2, 9};
    int           sum      = 0;
    ffi_function *f2       = ffi_library_function(callees, "callee_two", "int(int, double)");
    ffi_function *f9 = ffi_library_function(callees, "callee_nine", "int(int,int,int,int,int,int,int,int,int)");
    ffi_value     args[9];
    for (int i = 0; i < 9; i++) args[i].i64 = i + 1;
    if (f9) ffi_invoke(f9, &sum, args);
    ok(sum == 45, "a stub that calls");
    args[1].f64 = 40;
    if (f2) ffi_invoke(f2, &sum, args);
    ok(sum == 41, "a stub that jumps calls a guarded function");

    ffi_callback *b2 = ffi_callback_new(context, "int(int, double)", add, &counts[0]);
    ffi_callback *b9 = ffi_callback_new(context, "int(int,int,int,int,int,int,int,int,int)", add, &counts[1]);
    ffi_function *call2 = ffi_library_function(callees, "call_two", "int(ptr, int, double)");
    ffi_function *call9 = ffi_library_function(callees, "call_nine", "int(ptr)");
    if (!b2 || !b9 || !call2 || !call9) {
        ok(0, "callbacks: %s", ffi_last_message());
        return;
    }
    ffi_invoke(call2, &sum, ((ffi_value[]){{.ptr = ffi_callback_code(b2)}, {.i32 = 3}, {.f64 = 4}}));
    ok(sum == 7, "guarded code calls a callback");
    ffi_invoke(call9, &sum, &(ffi_value){.ptr = ffi_callback_code(b9)});
    ok(sum == 46, "guarded code calls a callback with words on the stack");
    ffi_callback_free(b2);
    ffi_invoke(call2, &sum, ((ffi_value[]){{.ptr = ffi_callback_code(b2)}, {.i32 = 3}, {.f64 = 4}}));
    ok(sum == 0, "guarded code calls a freed callback");
    ffi_callback_free(b9);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "usage: bti CALLEES\n"), 2;
    if (!(getauxval(AT_HWCAP2) & HWCAP2_BTI) || !(getauxval(AT_HWCAP) & HWCAP_PACA))
        return skip_one("this processor has no BTI or signs no addresses"), done();
    context = ffi_context_new(NULL);
    callees = ffi_library_open(context, argv[1], 0);
    middle  = callees ? ffi_library_function(callees, "into_the_middle", "void(ptr)") : NULL;
    if (!ok(middle != NULL, "the callees are there")) return printf("# %s\n", ffi_last_message()), done();
    works();

    void *stub = (void *)(uintptr_t)ffi_library_function(callees, "callee_two", "int(int, double)")->stub.store;
    ok(end_of(skip_the_pad, stub) == SIGILL,
       "the library's pages are guarded: behind a landing pad there is none");
    void *callee = ffi_library_symbol(callees, "callee_nine");
    ok(end_of(skip_the_pad, callee) == SIGILL, "the callees' pages are guarded");
    ok(end_of(skip_the_pad, (void *)(uintptr_t)a_leaf) == 0,
       "the program's are not, and there it does no harm");
    int refused = 0;
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        int signal = end_of(forge_a_return, (void *)(uintptr_t)&leaves[i]);
        refused += signal == SIGSEGV || signal == SIGBUS || signal == SIGILL;
    }
    ok(refused > 0, "a stub returns to no address that it did not sign");
    ffi_context_free(context);
    return done();
}

#endif
