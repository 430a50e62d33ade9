// SPDX-License-Identifier: MIT
//
// Leaving a callee other than by its return: C++ exceptions and longjmp pass through every kind of call to the
// caller, which finds its registers as they were. Built and run by t_unwind.sh, with both libraries, and for
// Windows by t_windows.sh. Callbacks are called through the library too, so that both are on the way. `unwind
// observe` only makes one call of each kind, to a callee for a debugger to stop in.
#include "tap.h"

#include <cerrno>
#include <csetjmp>
#include <cstring>
#include <ffi_invoke.h>
#include <string>
#include <vector>

enum Way { INVOKE, POINTERS, CAPTURE, GUARDED };

struct Call {
    const char *name, *signature, *extra; // extra: variable arguments, or nullptr
    Way         way;
};

static const Call calls[] = {
    {"no arguments", "void()", nullptr, INVOKE},
    {"a grid stub", "i32(i32, f64, ptr)", nullptr, INVOKE},
    {"the largest grid stub", "f64(i64,i64,i64,i64,i64,i64, f64,f64,f64,f64,f64,f64,f64,f64)", nullptr, INVOKE},
    {"a stack stub, one word", "i64(i64,i64,i64,i64,i64,i64,i64)", nullptr, INVOKE},
    {"a stack stub, two words and doubles", "f32(ptr,ptr,ptr,ptr,ptr,ptr,ptr,ptr, f64)", nullptr, INVOKE},
    {"a stack stub of many words", "i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,i64,i64)", nullptr, INVOKE},
    {"a stack stub of many words and doubles", "i64(i64,i64,i64,i64,i64,i64,i64,i64,i64,f64,ptr)", nullptr,
     INVOKE},
    {"a wide stub", "struct { i64 a[3]; }(i64, f64)", nullptr, INVOKE},
    {"a structure in parts", "struct { i64 a, b; }(struct { i64 a, b; }, struct { double a[3]; }, i64)", nullptr,
     POINTERS},
    {"narrow arguments, staged", "i8(i8, u16, bool, f32)", nullptr, INVOKE},
    {"narrow arguments, staged to the stack", "void(i8,i8,i8,i8,i8,i8,i8,u16,u16)", nullptr, INVOKE},
    {"variable arguments", "int(str, ...)", "double, float, char", INVOKE},
#ifdef __x86_64__
    {"a Windows stub", "f64(i32, f64, ptr) __attribute__((ms_abi))", nullptr, INVOKE},
    {"a Windows stub, narrow", "i8(i8, f64, u16) __attribute__((ms_abi))", nullptr, INVOKE},
    {"a Windows stub, by pointers", "ptr(ptr, f64, ptr, i64) __attribute__((ms_abi))", nullptr, POINTERS},
    {"the Windows stack stub", "void(ptr, ptr, f64, ptr, ptr, i32) __attribute__((ms_abi))", nullptr, INVOKE},
    {"the Windows wide stub", "__attribute__((ms_abi)) int(str, ...)", "double, float, i64, i64", INVOKE},
#endif
#ifdef _WIN32
    {"a System V function", "f64(i32, f64, ptr) __attribute__((sysv_abi))", nullptr, INVOKE},
    {"a System V function, narrow", "i8(i8, f64, u16) __attribute__((sysv_abi))", nullptr, POINTERS},
    {"a System V function, the stack", "__attribute__((sysv_abi)) i64(i64,i64,i64,i64,i64,i64,i8,f64,i16)",
     nullptr, CAPTURE},
#endif
    {"errno kept", "i32(i32)", nullptr, CAPTURE},
    {"errno kept, narrow arguments", "i32(i8)", nullptr, CAPTURE},
    {"a guarded call", "f64(i32, f64, ptr)", nullptr, GUARDED},
    {"a guarded call, the stack", "i64(i64,i64,i64,i64,i64,i64,i8,f64,i16,i64)", nullptr, GUARDED},
#ifdef __x86_64__
    {"a guarded Windows call", "f64(i32, f64, ptr, i64, i64) __attribute__((ms_abi))", nullptr, GUARDED},
#endif
#ifdef _WIN32
    {"a guarded System V call", "f64(i32, f64, ptr) __attribute__((sysv_abi))", nullptr, GUARDED},
#endif
    {"arguments by pointers", "i64(i64, f64)", nullptr, POINTERS},
    {"narrow arguments by pointers, to the stack", "i64(i8,i8,i8,i8,i8,i8,i8)", nullptr, POINTERS},
};

// One for each entry, and what is before the handler where there is more than an entry.
static const Call callbacks[] = {
    {"integers", "i32(ptr, i32)", nullptr, INVOKE},
    {"no arguments", "void()", nullptr, INVOKE},
    {"doubles", "f64(f64, f64, f64)", nullptr, INVOKE},
    {"both", "f32(ptr, f64, i8, f32)", nullptr, INVOKE},
    {"both in another order", "f32(ptr, ptr, f64, f64, f32, i8)", nullptr, INVOKE},
    {"doubles and the stack", "f64(f64,f64,f64,f64,f64,f64,f64,f64,f64,f32)", nullptr, INVOKE},
    {"the stack", "i64(i64,i64,i64,i64,i64,i64,i64,i8)", nullptr, INVOKE},
    {"the stack and doubles", "i64(ptr,f64,f64,f64,f64,f64,f64,f64,f64,f64)", nullptr, INVOKE},
    {"a structure", "struct { double a[3]; }(struct { long a; double b; }, i64)", nullptr, INVOKE},
    {"long double", "long double(long double)", nullptr, INVOKE},
    {"variable arguments", "int(str, ...)", "", INVOKE},
    {"arguments by pointers", "i64(i64, f64)", nullptr, POINTERS},
};

static ffi_context *context, *hooked; // the latter with hooks
static ffi_value    args[18];
static char         bytes[64]; // of what does not stand in a slot
static void        *pointers[18];
static jmp_buf      landing;

// ---- callees: what they are called with does not matter to them ----

static int alive; // objects in frames that are being left

struct Guest {
    Guest() {
        alive++;
    }
    ~Guest() {
        alive--;
    }
};

static void throws() {
    Guest guest;
    errno = EDOM;
    throw std::string("thrown by the callee");
}

static void jumps() {
    longjmp(landing, 7);
}

extern "C" __attribute__((noinline)) void observed() {
    __asm__ volatile("");
}

static int returns() {
    return 42;
}

// ---- handlers ----

static int entered; // handlers of `hooked` that have not left

static void *enter(void *) {
    entered++;
    return nullptr;
}

static void leave(void *, void *) {
    entered--;
}

static void throwing_handler(void *, const ffi_value *, void *) {
    Guest guest;
    throws();
}

static void jumping_handler(void *, const ffi_value *, void *) {
    jumps();
}

static void observed_handler(void *, const ffi_value *, void *) {
    observed();
    __asm__ volatile(""); // no jump
}

#ifdef _WIN32
// A System V function that calls one of Windows'. It has unwind data, which gcc gives none of those that it
// compiles.
extern "C" void foreign_callee();
extern "C" {
__attribute__((used)) void (*foreign_target)();
}
__asm__(".text\n"
        ".seh_proc foreign_callee\n"
        "foreign_callee:\n"
        "    sub $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_endprologue\n"
        "    call *foreign_target(%rip)\n"
        "    add $40, %rsp\n"
        "    ret\n"
        ".seh_endproc\n");

static void *address_for(const Call &call, void (*callee)()) {
    if (!std::strstr(call.signature, "sysv_abi")) return reinterpret_cast<void *>(callee);
    foreign_target = callee;
    return reinterpret_cast<void *>(foreign_callee);
}
#else
static void *address_for(const Call &, void (*callee)()) {
    return reinterpret_cast<void *>(callee);
}
#endif

// A callee that itself calls through the library.
static void throws_deep() {
    Guest         guest;
    ffi_function *inner =
        ffi_function_new(context, reinterpret_cast<void *>(throws), "void(i8,i64,i64,i64,i64,i64,i64)");
    ffi_invoke(inner, nullptr, args);
}

// ---- callers ----

static ffi_function *bind(const Call &call, void (*callee)()) {
    ffi_function *function = ffi_function_new(context, address_for(call, callee), call.signature);
    if (function && call.extra) function = ffi_function_variadic(function, call.extra);
    if (function && call.way == CAPTURE) ffi_function_capture(function, FFI_CAPTURE_ERRNO);
    if (function && call.way == GUARDED) ffi_function_guard(function, true);
    if (!function) printf("# %s: %s\n", call.signature, ffi_last_message());
    return function;
}

// The code of a callback, bound as a function of the same signature.
static ffi_function *bind_callback(const Call &call, ffi_handler *handler, void *userdata, ffi_context *owner) {
    ffi_callback *callback = ffi_callback_new(owner, call.signature, handler, userdata);
    if (!callback) return printf("# %s: %s\n", call.signature, ffi_last_message()), nullptr;
    ffi_function *function = ffi_function_new(context, ffi_callback_code(callback), call.signature);
    return function && call.extra ? ffi_function_variadic(function, call.extra) : function;
}

extern "C" __attribute__((noinline)) void make_call(const ffi_function *function, Way way) {
    if (way == POINTERS) ffi_invoke_pointers(function, nullptr, pointers);
    else ffi_invoke(function, nullptr, args);
    __asm__ volatile(""); // a jump instead of the call would leave no frame
}

static volatile long seeds[6] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666};

// Six values that are alive across the call, for the compiler to keep in the six preserved registers: the
// handler finds in them what the unwinder put there.
__attribute__((noinline)) static bool catches(const ffi_function *function, Way way) {
    long a = seeds[0], b = seeds[1], c = seeds[2], d = seeds[3], e = seeds[4], f = seeds[5];
    try {
        if (way == POINTERS) ffi_invoke_pointers(function, nullptr, pointers);
        else ffi_invoke(function, nullptr, args);
    } catch (const std::string &text) {
        return text == "thrown by the callee" && a == seeds[0] && b == seeds[1] && c == seeds[2] &&
               d == seeds[3] && e == seeds[4] && f == seeds[5] && alive == 0;
    }
    return false;
}

__attribute__((noinline)) static bool lands(const ffi_function *function, Way way) {
    volatile int turn = 0;
    int          came = setjmp(landing);
    if (came) return came == 7 && turn == 1;
    turn = 1;
    make_call(function, way);
    return false;
}

// Every entry of the grid and both stack stubs for each way a result leaves.
static void check_all_stubs(Way way) {
    int thrown = 0, caught = 0;
    for (const char *result : {"void", "i8", "i16", "i32", "i64", "f32", "f64"})
        for (int integers = 0; integers <= 8; integers++)
            for (int doubles = 0; doubles <= 8; doubles++, thrown++) {
                std::string text = std::string(result) + "(";
                for (int i = 0; i < integers + doubles; i++)
                    text += std::string(i ? "," : "") + (i < integers ? "i64" : "f64");
                Call          call     = {"", (text += ")").c_str(), nullptr, way};
                ffi_function *function = bind(call, throws);
                if (function && catches(function, way)) caught++;
                else printf("# %s\n", text.c_str());
                ffi_function_free(function);
            }
    ok(thrown == caught, "an exception through each stub%s: %d thrown, %d caught", way ? ", by pointers" : "",
       thrown, caught);
}

// ---- handlers ----

static void throws_in_handler(void *, const ffi_value *, void *) {
    throws();
}

static void jumps_in_handler(void *, const ffi_value *, void *) {
    jumps();
}

// Whether what a handler does arrives at the caller of its callback, which is called by its own signature.
static bool passes(const std::string &text, ffi_handler *handler, bool (*arrives)(const ffi_function *, Way)) {
    ffi_callback *callback = ffi_callback_new(context, text.c_str(), handler, nullptr);
    ffi_function *function =
        callback ? ffi_function_new(context, ffi_callback_code(callback), text.c_str()) : nullptr;
    bool passed = function && arrives(function, INVOKE);
    if (!passed) printf("# %s: %s\n", text.c_str(), ffi_last_message());
    ffi_function_free(function);
    ffi_callback_free(callback);
    return passed;
}

// Every entry into slots for each way a result leaves, and some through an image.
static void check_all_entries(const char *name, const std::string &attribute, int most) {
    std::vector<std::string> signatures;
    for (const char *result :
         {"void", "i8", "u8", "i16", "u16", "i32", "i64", "f32", "f64", "struct { f32 a, b; }"})
        for (int integers = 0; integers <= most; integers++)
            for (int doubles = 0; doubles <= most; doubles++) {
                std::string text = attribute + result + "(";
                for (int i = 0; i < integers + doubles; i++)
                    text += std::string(i ? "," : "") + (i < integers ? "i64" : "f64");
                signatures.push_back(text + ")");
            }
    size_t thrown = 0, jumped = 0;
    for (const std::string &text : signatures) {
        thrown += passes(text, throws_in_handler, catches);
        jumped += passes(text, jumps_in_handler, lands);
    }
    ok(thrown == signatures.size(), "an exception out of a handler through each %s: %zu thrown, %zu caught",
       name, signatures.size(), thrown);
    ok(jumped == signatures.size(), "longjmp out of a handler through each %s: %zu jumps, %zu landed", name,
       signatures.size(), jumped);
}

// ---- callbacks ----

static void check_callbacks(ffi_context *owner, const char *with) {
    for (const Call &call : callbacks) {
        ffi_function *thrower = bind_callback(call, throwing_handler, nullptr, owner);
        ffi_function *jumper  = bind_callback(call, jumping_handler, nullptr, owner);
        ok(thrower && catches(thrower, call.way), "an exception through a callback of %s%s", call.name, with);
        ok(jumper && lands(jumper, call.way), "longjmp through a callback of %s%s", call.name, with);
    }
}

// Callbacks within callbacks, of all kinds in turn; the innermost is left.
struct Level {
    Level        *inner;
    ffi_function *function;
    ffi_handler  *last;
};

static void descend(void *result, const ffi_value *values, void *userdata) {
    Guest  guest;
    Level *level = static_cast<Level *>(userdata);
    if (level->inner) ffi_invoke(level->inner->function, nullptr, args);
    else level->last(result, values, nullptr);
    __asm__ volatile("");
}

static void check_deep(ffi_handler *last, bool (*leaves)(const ffi_function *, Way), const char *what) {
    enum { DEEP = 200 };
    static Level levels[DEEP];
    bool         good  = true;
    const size_t kinds = sizeof callbacks / sizeof *callbacks;
    for (int i = DEEP - 1; i >= 0; i--) {
        levels[i].inner    = i + 1 < DEEP ? &levels[i + 1] : nullptr;
        levels[i].last     = last;
        levels[i].function = bind_callback(callbacks[i % kinds], descend, &levels[i], context);
        good               = good && levels[i].function;
    }
    ok(good && leaves(levels[0].function, INVOKE), "%s through %d callbacks and as many calls", what, DEEP);
    alive = 0; // longjmp runs no destructors
}

static int observe() {
    for (const Call &call : calls) {
        ffi_function *function = bind(call, observed);
        if (!function) return 1;
        make_call(function, call.way);
    }
    for (const Call &call : callbacks) {
        ffi_function *function =
            bind_callback(call, observed_handler, nullptr, &call == callbacks ? hooked : context);
        if (!function) return 1;
        make_call(function, call.way);
    }
    return 0;
}

int main(int argc, char **) {
    context             = ffi_context_new(nullptr);
    ffi_options options = {};
    options.enter = enter, options.leave = leave;
    hooked = ffi_context_new(&options);
    for (int i = 0; i < 18; i++) pointers[i] = &args[i];
    args[0].ptr = bytes;
    if (argc > 1) return observe();
    for (const Call &call : calls) {
        ffi_function *thrower = bind(call, throws);
        ok(thrower && catches(thrower, call.way), "an exception through %s", call.name);
        ffi_function *jumper = bind(call, jumps);
        ok(jumper && lands(jumper, call.way), "longjmp through %s", call.name);
    }
    check_all_stubs(INVOKE);
    check_all_stubs(POINTERS);
    check_all_entries("entry", "", 9);
#ifdef __x86_64__
    check_all_entries("Windows entry", "__attribute__((ms_abi)) ", 5);
#endif
#ifdef _WIN32
    check_all_entries("System V entry", "__attribute__((sysv_abi)) ", 3);
#endif
    ffi_function *deep = bind(calls[4], throws_deep);
    ok(deep && catches(deep, INVOKE), "an exception through two calls, one inside the other");
    check_callbacks(context, "");
    check_callbacks(hooked, ", with hooks");
    ok(entered == 2 * sizeof callbacks / sizeof *callbacks, "hooks on leaving are not called then");
    check_deep(throwing_handler, catches, "an exception");
    check_deep(jumping_handler, lands, "longjmp");
    int           result = 0;
    ffi_function *plain  = ffi_function_new(context, reinterpret_cast<void *>(returns), "int()");
    ffi_function_capture(plain, FFI_CAPTURE_ERRNO);
    ffi_invoke(plain, &result, nullptr);
    ok(result == 42, "calls go on as before");
    ffi_context_free(hooked), ffi_context_free(context);
    return done();
}
