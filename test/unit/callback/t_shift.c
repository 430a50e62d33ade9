/* SPDX-License-Identifier: MIT */
/*
 * Shifted functions: their code as text for every ABI, and calls of them with random signatures in the ABIs that
 * this machine can call.
 */
#include "helper.h"

#if defined __x86_64__ && defined __linux__
#include <sys/mman.h>
#endif

/* ---- golden ---- */

struct golden {
    const char *abi, *signature;
    unsigned    drop;
    const char *text; /* "": not supported */
};

static const struct golden goldens[] = {
    {"sysv", "int(int, int)", 1, "  rdi <- rsi\n  rsi <- rdx\n  jump\n"},
    {"sysv", "void(void)", 1, "  jump\n"},
    {"sysv", "double(double, double)", 3, "  jump\n"},
    {"sysv", "int(int, double, int)", 2, "  rdi <- rdx\n  rsi <- rcx\n  jump\n"},
    {"sysv", "i64(i64, i64, i64, i64, i64, i64)", 1,
     "  rdi <- rsi\n  rsi <- rdx\n  rdx <- rcx\n  rcx <- r8\n  r8 <- r9\n  r9 <- [sp+0]\n  jump\n"},
    {"sysv", "i64(i64, i64, i64, i64, i64, i64, i64)", 1, ""},
    {"sysv", "i8(i8, i8, i8, i8, i8)", 6,
     "  rdi <- [sp+0]\n  rsi <- [sp+8]\n  rdx <- [sp+16]\n  rcx <- [sp+24]\n  r8 <- [sp+32]\n  jump\n"},
    {"sysv", "i64(i64)", 7, ""},
    {"sysv", "struct { i64 a, b, c; } (i64)", 1, "  rsi <- rdx\n  jump\n"},
    {"sysv", "void(double, double, double, double, double, double, double, double, double, int)", 1,
     "  rdi <- rsi\n  jump\n"},
    {"sysv", "void(struct { i64 a, b; })", 1, "  rdi <- rsi\n  rsi <- rdx\n  jump\n"},
    {"sysv", "void(i64, i64, i64, i64, struct { i64 a, b; })", 1, ""},
    {"sysv", "void(i64, i64, i64, struct { i64 a, b; }, i64)", 2, ""},
    {"sysv", "void(long double, i64)", 1, "  rdi <- rsi\n  jump\n"},
    {"sysv", "int(const char *, ..., int, double)", 1, "  rdi <- rsi\n  rsi <- rdx\n  jump\n"},
    {"win64", "int(int, double)", 1, "  rcx <- rdx\n  xmm1 <- xmm2\n  jump\n"},
    {"win64", "int(int, int, int, double)", 1,
     "  rcx <- rdx\n  rdx <- r8\n  r8 <- r9\n  xmm3 <- [sp+32]\n  jump\n"},
    {"win64", "int(int, int, int, int, int)", 1, ""},
    {"win64", "struct { i64 a, b; } (i64)", 2, "  rdx <- r9\n  jump\n"},
    {"win64", "void(struct { i64 a, b; })", 1, "  rcx <- rdx\n  jump\n"},
    {"win64", "void(int, int, struct { i64 a, b; })", 2, "  rcx <- r8\n  rdx <- r9\n  r8 <- [sp+32]\n  jump\n"},
    {"msvc", "float(float)", 4, "  xmm0 <- [sp+32]\n  jump\n"},
    {"vectorcall", "int(int, int)", 1, ""},
    {"aapcs64", "int(int, int)", 1, "  x0 <- x1\n  x1 <- x2\n  jump\n"},
    {"aapcs64", "struct { i64 a, b, c; } (i64)", 2, "  x0 <- x2\n  jump\n"},
    {"aapcs64", "i64(i64, i64)", 7, "  x0 <- x7\n  x1 <- [sp+0]\n  jump\n"},
    {"aapcs64", "i64(i64, i128)", 1, ""},
    {"aapcs64", "i64(i64, i128)", 2, "  x0 <- x2\n  x2 <- x4\n  x3 <- x5\n  jump\n"},
    {"aapcs64", "void(struct { float a, b; }, i8)", 8, "  x0 <- [sp+0]\n  jump\n"},
    {"lp64d", "int(int, int)", 1, "  a0 <- a1\n  a1 <- a2\n  jump\n"},
    {"lp64d", "struct { i64 a, b, c; } (i64)", 2, "  a1 <- a3\n  jump\n"},
    {"lp64d", "void(struct { double a; int b; }, i8)", 7, "  a0 <- a7\n  a1 <- [sp+0]\n  jump\n"},
    {"lp64d", "void(struct { double a; int b; }, i8)", 8, ""},
    {"lp64d", "void(i128)", 7, "  a0 <- a7\n  a1 <- [sp+0]\n  jump\n"},
    {"apple-arm64", "void(i32, i64)", 7, "  x0 <- x7\n  x1 <- [sp+0]\n  jump\n"},
    {"apple-arm64", "void(i32)", 8, "  x0 <- [sp+0]\n  jump\n"},
    {"apple-arm64", "void(i8)", 8, ""},
    {"apple-arm64", "void(i32, i32)", 8, ""},
    {"apple-arm64", "int(const char *, ..., int, double)", 1, "  x0 <- x1\n  jump\n"},
};

static void check_golden(const struct golden *golden) {
    ffi_options      options    = {.abi = golden->abi};
    ffi_context     *context    = ffi_context_new(&options);
    const ffi_ctype *signature  = ffi_type_parse(context, golden->signature);
    char             text[1024] = "";
    size_t           length     = ffi_shift_format(context, signature, golden->drop, text, sizeof text);
    if (*golden->text)
        is_text(text, golden->text, "%s: %s, dropping %u", golden->abi, golden->signature, golden->drop);
    else
        ok(!length && ffi_last_error() == FFI_ERROR_UNSUPPORTED, "%s: %s, dropping %u, is not supported: %s",
           golden->abi, golden->signature, golden->drop, ffi_last_message());
    ffi_context_free(context);
}

/* ---- random signatures ---- */

enum { MOST = 12, BYTES = 32 };

struct kind {
    const char *text;
    size_t      size; /* bytes that are compared */
    bool        slot;
};

static const struct kind kinds[] = {{"i8", 1, true},
                                    {"u16", 2, true},
                                    {"i32", 4, true},
                                    {"i64", 8, true},
                                    {"f32", 4, true},
                                    {"f64", 8, true},
                                    {"struct { i64 a, b; }", 16, false},
                                    {"struct { f64 a, b; }", 16, false},
                                    {"struct { i64 a; f64 b; }", 16, false},
                                    {"struct { i32 a; }", 4, false},
                                    {"struct { f32 a, b, c; }", 12, false},
                                    {"struct { i64 a, b, c; }", 24, false},
                                    {"i128", 16, false}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct call {
    const struct kind *kinds[MOST];
    const struct kind *result;
    _Alignas(16) char values[MOST][BYTES];
    _Alignas(16) char back[BYTES];
    size_t count;
    int    wrong, calls;
};

static uint64_t seed = 1;

static unsigned random_below(unsigned limit) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % limit;
}

static void callee(void *result, const ffi_value *args, void *userdata) {
    struct call *call = userdata;
    call->calls++;
    for (size_t i = 0; i < call->count; i++) {
        const void *at = call->kinds[i]->slot ? (const void *)&args[i] : args[i].ptr;
        if (memcmp(at, call->values[i], call->kinds[i]->size)) call->wrong++;
    }
    if (call->result) memcpy(result, call->back, call->result->size);
}

static void write_signature(const struct call *call, unsigned drop, char *text) {
    text += sprintf(text, "%s (", call->result ? call->result->text : "void");
    const char *join = "";
    for (unsigned i = 0; i < drop; i++, join = ", ") text += sprintf(text, "%sptr", join);
    for (size_t i = 0; i < call->count; i++, join = ", ")
        text += sprintf(text, "%s%s", join, call->kinds[i]->text);
    sprintf(text, "%s)", *join ? "" : "void");
}

static void draw(struct call *call) {
    *call        = (struct call){.count = random_below(9)};
    unsigned k   = random_below(KINDS + 1);
    call->result = k < KINDS ? &kinds[k] : NULL;
    for (size_t i = 0; i < call->count; i++) call->kinds[i] = &kinds[random_below(random_below(2) ? 6 : KINDS)];
    for (size_t i = 0; i < call->count; i++)
        for (int b = 0; b < BYTES; b++) call->values[i][b] = (char)random_below(256);
    for (int b = 0; b < BYTES; b++) call->back[b] = (char)random_below(256);
}

/* -1: it cannot be shifted; otherwise whether the call is right. */
static int call_shifted(ffi_context *context, struct call *call, unsigned drop) {
    char text[1024], longer[1024];
    write_signature(call, 0, text), write_signature(call, drop, longer);
    ffi_callback     *target   = ffi_callback_new(context, text, callee, call);
    ffi_function     *function = target ? ffi_function_new(context, ffi_callback_code(target), text) : NULL;
    void             *shifted  = function ? ffi_function_shifted(function, drop) : NULL;
    ffi_function     *caller   = shifted ? ffi_function_new(context, shifted, longer) : NULL;
    int               good     = shifted || ffi_last_error() != FFI_ERROR_UNSUPPORTED ? 0 : -1;
    ffi_value         args[MOST + 8];
    _Alignas(16) char result[BYTES] = {0};
    if (caller) {
        for (unsigned i = 0; i < drop; i++) args[i].u64 = 0xdead0000 + i;
        for (size_t i = 0; i < call->count; i++) {
            if (call->kinds[i]->slot) memcpy(&args[drop + i], call->values[i], 8);
            else args[drop + i].ptr = call->values[i];
        }
        ffi_invoke(caller, result, args);
        good = call->calls == 1 && !call->wrong;
        if (call->result) good &= !memcmp(result, call->back, call->result->size);
    }
    if (!good) printf("#   %s, dropping %u: %s\n", text, drop, caller ? "wrong" : ffi_last_message());
    ffi_function_free(caller), ffi_function_free(function), ffi_callback_free(target);
    return good;
}

static void check_random(const char *abi) {
    ffi_options   options = {.abi = abi};
    ffi_context  *context = ffi_context_new(&options);
    ffi_function *any     = ffi_function_new(context, (void *)(uintptr_t)check_random, "void(void)");
    int           right = 0, wrong = 0, refused = 0, count = fewer(4000);
    if (!any || !ffi_function_shifted(any, 1)) {
        skip_one("%s is not called here: %s", abi, ffi_last_message());
        ffi_context_free(context);
        return;
    }
    seed = 1;
    for (int i = 0; i < count; i++) {
        struct call call;
        draw(&call);
        int good = call_shifted(context, &call, 1 + random_below(i % 4 ? 2 : 5));
        if (good < 0) refused++;
        else if (good) right++;
        else wrong++;
    }
    ok(!wrong && right > count / 4, "%s: %d random shifted functions pass all values (%d cannot be shifted)",
       abi, right, refused);
    ffi_context_free(context);
}

/* ---- every number of arguments ---- */

enum { INTEGERS = 8 };

struct expected {
    size_t count;  /* integers */
    size_t result; /* index of the result's last word */
};

/* The result's last word is 1 if all are right. */
static void integers(void *result, const ffi_value *args, void *userdata) {
    const struct expected *expected = userdata;
    int64_t                right    = 1;
    for (size_t i = 0; i < expected->count; i++) right &= args[i].i64 == 100 + (int64_t)i;
    memset(result, 0, 8 * expected->result);
    memcpy((char *)result + 8 * expected->result, &right, sizeof right);
}

/* Writes "head(ptr, ..., i64, ...)". */
static void write_integers(char *text, const char *head, unsigned pointers, size_t count) {
    text += sprintf(text, "%s(", head);
    for (unsigned i = 0; i < pointers; i++) text += sprintf(text, "%sptr", i ? ", " : "");
    for (size_t i = 0; i < count; i++) text += sprintf(text, "%si64", i || pointers ? ", " : "");
    sprintf(text, "%s)", count || pointers ? "" : "void");
}

/* Functions of 0 to 8 integers, 1 to 6 dropped, without and with a result in memory; each several times, so that
 * they are in several pages. */
static void check_integers(void) {
    static const char *const heads[] = {"i64 f", "struct { i64 a, b, c; } f"};
    ffi_context             *context = ffi_context_new(NULL);
    int                      right = 0, wrong = 0, refused = 0;
    for (int round = 0; round < 3; round++)
        for (unsigned drop = 1; drop <= 6; drop++)
            for (size_t count = 0; count <= INTEGERS; count++)
                for (size_t head = 0; head < 2; head++) {
                    char            text[256], longer[256];
                    int64_t         back[3]  = {0};
                    struct expected expected = {count, head ? 2 : 0};
                    write_integers(text, heads[head], 0, count),
                        write_integers(longer, heads[head], drop, count);
                    ffi_callback *target   = ffi_callback_new(context, text, integers, &expected);
                    ffi_function *function = ffi_function_new(context, ffi_callback_code(target), text);
                    void         *shifted  = ffi_function_shifted(function, drop);
                    ffi_function *caller   = shifted ? ffi_function_new(context, shifted, longer) : NULL;
                    ffi_value     args[6 + INTEGERS];
                    for (size_t i = 0; i < drop + count; i++)
                        args[i].i64 = i < drop ? -1 : 100 + (int64_t)(i - drop);
                    if (caller) ffi_invoke(caller, back, args);
                    if (!shifted && ffi_last_error() == FFI_ERROR_UNSUPPORTED) refused++;
                    else if (caller && back[expected.result] == 1) right++;
                    else wrong++, printf("#   %s, dropping %u\n", text, drop);
                    ffi_callback_free(target);
                }
    ok(right >= 3 * 36 && !wrong,
       "%d shifted functions of up to %d integers pass all of them (%d cannot be shifted)", right, INTEGERS,
       refused);
    ffi_context_free(context);
}

#if defined __x86_64__ && defined __linux__
/* A call from a stack whose end is the end of the memory, as close to it as a caller's frame can be. */
static int64_t call_at_end(void *shifted, size_t words, char *end) {
    int64_t result;
    char   *top = end - 16 * (words / 2 + 1);
    __asm__ volatile("movq %%rsp, %%rbx\n"
                     "movq %2, %%rsp\n"
                     "call *%1\n"
                     "movq %%rbx, %%rsp\n"
                     : "=a"(result)
                     : "r"(shifted), "r"(top)
                     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    return result;
}

static int64_t seven(void) {
    return 7;
}

/* Trampolines load stack words by pairs: all are the caller's, however small its frame is. */
static void check_small_frames(void) {
    enum { STACK = 65536 };
    char        *stack   = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ffi_context *context = ffi_context_new(NULL);
    int          right = 0, all = 0;
    mprotect(stack + STACK - 4096, 4096, PROT_NONE);
    for (unsigned drop = 1; drop <= 6; drop++)
        for (size_t count = 0; count <= 6; count++) {
            char text[256];
            write_integers(text, "i64 f", 0, count);
            ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)seven, text);
            void         *shifted  = ffi_function_shifted(function, drop);
            size_t        words    = count + drop > 6 ? count + drop - 6 : 0;
            right += call_at_end(shifted, words, stack + STACK - 4096) == 7;
            all++;
        }
    ok(right == all, "%d of %d calls at the end of the stack's memory read no more than that", right, all);
    ffi_context_free(context);
    munmap(stack, STACK);
}
#else
static void check_small_frames(void) {
    skip_one("calls at the end of a stack are for Linux on x86-64");
}
#endif

/* ---- functions ---- */

static int subtract(int a, int b) {
    return a - b;
}

struct big {
    int64_t a, b, c;
};

static struct big make_big(int64_t x) {
    return (struct big){x, x + 1, x + 2};
}

static int sum(const char *format, ...) {
    va_list list;
    int     total = 0;
    va_start(list, format);
    for (; *format; format++) total += *format == 'i' ? va_arg(list, int) : (int)va_arg(list, double);
    va_end(list);
    return total;
}

static void check_functions(void) {
    ffi_context  *context  = ffi_context_new(NULL);
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)subtract, "int subtract(int, int)");
    ffi_function *bigs =
        ffi_function_new(context, (void *)(uintptr_t)make_big, "struct { i64 a, b, c; } f(i64)");
    ffi_function *sums = ffi_function_new(context, (void *)(uintptr_t)sum, "int(const char *, ...)");
    int (*shifted)(void *, int, int) = (int (*)(void *, int, int))(uintptr_t)ffi_function_shifted(function, 1);
    struct big (*big)(void *, int64_t) =
        (struct big(*)(void *, int64_t))(uintptr_t)ffi_function_shifted(bigs, 1);
    ok(shifted && shifted(context, 7, 3) == 4, "a C caller passes one pointer more");
    ok((void *)(uintptr_t)shifted == ffi_function_shifted(function, 1),
       "a function has one pointer for each number");
    ok((void *)(uintptr_t)shifted != ffi_function_shifted(function, 2),
       "another number of dropped parameters has another pointer");
    ok(ffi_function_shifted(function, 0) == (void *)(uintptr_t)subtract, "0 is the function's address");
    ok(big && big(context, 5).c == 7, "a result in memory goes where the caller wants it");
    ffi_function *form = ffi_function_variadic(sums, "int, double, int");
    int (*variadic)(void *, const char *, ...) =
        (int (*)(void *, const char *, ...))(uintptr_t)ffi_function_shifted(form, 1);
    ok(variadic && variadic(context, "idi", 1, 2.0, 3) == 6, "a variadic form is shifted");
    fails(ffi_function_shifted(NULL, 1), FFI_ERROR_ARGUMENT, "function is NULL");
    fails(ffi_function_shifted(function, 2000), FFI_ERROR_RANGE, "1024");
    fails(ffi_function_shifted(function, 100), FFI_ERROR_UNSUPPORTED, "100");
    ffi_function_free(function);
    ok(shifted(context, 7, 3) == 0 && ffi_context_late_calls(context) == 1,
       "a call after the function is freed returns 0 and is counted");
    fails(ffi_function_shifted(function, 1), FFI_ERROR_ARGUMENT, "freed before");
    ffi_context_free(context);
    ok(shifted(NULL, 7, 3) == 0, "a shifted function returns 0 after the context's end");
}

/* Calls a function that is shifted by one or two. */
static int call_any(void *shifted, int drop, int a) {
    if (drop == 1) return ((int (*)(void *, int, int))(uintptr_t)shifted)(NULL, a, 5);
    return ((int (*)(void *, void *, int, int))(uintptr_t)shifted)(NULL, NULL, a, 5);
}

/* Shifted functions of both kinds of pages, between other callbacks, so that they are in all places of several. */
static void check_many(bool read_only) {
    enum { MANY = 1200 };
    static void         *shifted[MANY];
    static ffi_function *functions[MANY];
    ffi_context         *context = ffi_context_new(&(ffi_options){.read_only_callbacks = read_only});
    int                  right = 0, late = 0, again = 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            functions[i] = ffi_function_new(context, (void *)(uintptr_t)subtract, "int(int, int)");
            shifted[i]   = ffi_function_shifted(functions[i], 1 + i % 2);
            if (i % 3 == 0) again += ffi_function_shifted(functions[i], 2 - i % 2) != shifted[i];
        }
        for (int i = 0; i < MANY; i++) right += shifted[i] && call_any(shifted[i], 1 + i % 2, i) == i - 5;
        for (int i = 0; i < MANY; i++) ffi_function_free(functions[i]);
        for (int i = 0; i < MANY; i++) late += shifted[i] && call_any(shifted[i], 1 + i % 2, i) == 0;
    }
    ok(right == 2 * MANY && late == 2 * MANY && again == 2 * MANY / 3,
       "of %d shifted functions %d are right, %d freed ones return 0%s", 2 * MANY, right, late,
       read_only ? ", read-only" : "");
    ffi_context_free(context);
}

int main(void) {
    static const char *const abis[] = {"sysv", "win64", "aapcs64", "apple-arm64", "win-arm64", "lp64d"};
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) check_golden(&goldens[i]);
    for (size_t i = 0; i < sizeof abis / sizeof *abis; i++) check_random(abis[i]);
    check_integers();
    check_small_frames();
    check_functions();
    check_many(false);
    check_many(true);
    return done();
}
