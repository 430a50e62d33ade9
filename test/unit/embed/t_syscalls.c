/* SPDX-License-Identifier: MIT */
/* The flat layer: plain integers, doubles and pointers in and out, stale handles, and the table of all
 * functions. */
#include "helper.h"

#include <ffi_syscalls.h>
#include <stdint.h>

/* The last call failed with `code`, and gave nothing. */
#define is_error(nothing, code, part) fails((nothing) || ffi_syscall_error() != (code), code, part)

/* Of this program, which exports them. */
int64_t flat_add(int64_t a, int64_t b);
int64_t flat_add(int64_t a, int64_t b) {
    return a + b;
}
double flat_scale(float a, int b, double c);
double flat_scale(float a, int b, double c) {
    return (double)a * b * c;
}
int64_t flat_calls;
void    flat_note(void);
void    flat_note(void) {
       flat_calls++;
}
void flat_store(void *at, void *value);
void flat_store(void *at, void *value) {
    memcpy(at, &value, sizeof value);
}
void *flat_self(void *p);
void *flat_self(void *p) {
    return p;
}
struct pair {
    double a, b;
};
struct pair flat_pair(void);
struct pair flat_pair(void) {
    return (struct pair){1, 2};
}

int64_t flat_fails(void);
int64_t flat_fails(void) {
    return ffi_dlsym(NULL, "x") != NULL;
}
int64_t flat_calls_back(int64_t a, void *back);
int64_t flat_calls_back(int64_t a, void *back) {
    int64_t (*code)(void);
    memcpy(&code, &back, sizeof code);
    return a + code();
}

static void *self;

static void *sym(const char *name) {
    void *function = ffi_dlsym(self, name);
    ok(function && !ffi_syscall_error(), "ffi_dlsym finds the function %s", name);
    return function;
}

static void direct(void) {
    void *libm = ffi_dlopen("m"), *at = NULL;
    ok(libm && !ffi_syscall_error(), "ffi_dlopen opens a library");
    void *sqrt_of = ffi_dlsym(libm, "sqrt"), *pow_of = ffi_dlsym(libm, "pow"), *add = sym("flat_add");
    ok(ffi_call_direct_double_double(sqrt_of, 16) == 4 &&
           ffi_call_direct_double_double_double(pow_of, 2, 10) == 1024,
       "doubles");
    ok(ffi_call_direct_i64_i64_i64(add, INT64_C(1) << 40, 2) == (INT64_C(1) << 40) + 2, "integers");
    ffi_call_direct_void(sym("flat_note"));
    ok(flat_calls == 1, "nothing");
    ffi_call_direct_void_ptr_ptr(sym("flat_store"), &at, &at);
    ok(at == &at && ffi_call_direct_ptr_ptr(sym("flat_self"), at) == at, "pointers");

    is_error(ffi_dlopen("no_such_library"), FFI_ERROR_LIBRARY, "no_such_library");
    ok(strstr(ffi_dlerror(), "no_such_library") != NULL, "ffi_dlerror tells the same");
    is_error(ffi_dlsym(libm, "no_such"), FFI_ERROR_SYMBOL, "no_such");
    is_error(ffi_dlsym(libm, NULL), FFI_ERROR_ARGUMENT, "name is NULL");
    is_error(ffi_dlsym(NULL, "x"), FFI_ERROR_ARGUMENT, "ffi_dlsym: library is NULL");
    is_error(ffi_call_direct_i64_i64(NULL, 1), FFI_ERROR_ARGUMENT, "ffi_call_direct_i64_i64: function is NULL");
    is_error(ffi_call_direct_i64_i64(libm, 1), FFI_ERROR_ARGUMENT,
             "this function was freed before, or never was one");
    is_error(ffi_dlsym(add, "x"), FFI_ERROR_ARGUMENT, "this library was freed before, or never was one");
    ok(ffi_func_address(add) == (void *)(uintptr_t)flat_add && !ffi_syscall_error(),
       "ffi_func_address gives the address of the code");
    ok(ffi_func_free(add) == 1, "freed");
    is_error(ffi_func_address(add), FFI_ERROR_ARGUMENT, "ffi_func_address: this function was freed before");
    is_error(ffi_func_free(add), FFI_ERROR_ARGUMENT, "ffi_func_free: this function was freed before");
    is_error(ffi_call_direct_i64_i64_i64(add, 1, 2), FFI_ERROR_ARGUMENT, "this function was freed before");
    ok(ffi_dlclose(libm) == 1 && !ffi_syscall_error(), "closed");
    is_error(ffi_dlclose(libm), FFI_ERROR_ARGUMENT, "this library was freed before");
    is_error(ffi_call_direct_double_double(sqrt_of, 1) != 0, FFI_ERROR_ARGUMENT,
             "the library of this function was closed before");
    is_error(ffi_dlsym(libm, "pow"), FFI_ERROR_ARGUMENT, "this library was freed before");
}

static void specialized(void) {
    void     *scale  = ffi_func_specialized(self, "flat_scale", "double(f32, i32, f64)");
    ffi_value args[] = {{.f32 = 2.5f}, {.i32 = 2}, {.f64 = 3}};
    ok(scale && ffi_call_specialized_double(scale, args, 3) == 15, "a function is called by its signature");
    is_error(ffi_call_specialized_double(scale, args, 2) != 0, FFI_ERROR_ARGUMENT,
             "flat_scale takes 3 arguments, got 2");
    is_error(ffi_call_specialized_double(scale, args, -1) != 0, FFI_ERROR_ARGUMENT, "got -1");
    is_error(ffi_call_specialized_double(scale, NULL, 3) != 0, FFI_ERROR_ARGUMENT, "args is NULL");
    is_error(ffi_call_specialized_i64(scale, args, 3), FFI_ERROR_TYPE,
             "the result of double (float, int32_t, double)");
    is_error(ffi_call_specialized_ptr(scale, args, 3), FFI_ERROR_TYPE, "is not ptr");
    ffi_call_specialized_void(scale, args, 3);
    ok(!ffi_syscall_error(), "the result is thrown away");
    void *pair = ffi_func_specialized(self, "flat_pair", "struct { double a, b; } (void)");
    ffi_call_specialized_void(pair, NULL, 0);
    fails(ffi_syscall_error() != FFI_ERROR_TYPE, FFI_ERROR_TYPE, "is not void");
    is_error(ffi_func_specialized(self, "flat_scale", "double(dubble)"), FFI_ERROR_TYPE, "dubble");
    is_error(ffi_func_specialized(self, "flat_scale", NULL), FFI_ERROR_ARGUMENT, "signature is NULL");
    is_error(ffi_call_specialized_i64(sym("flat_add"), args, 2), FFI_ERROR_ARGUMENT, "has no signature");
    void *narrow = ffi_func_specialized(self, "flat_add", "i8(i64, i64)");
    ok(ffi_call_specialized_i64(narrow, (ffi_value[]){{100}, {100}}, 2) == -56, "a narrow result is extended");

    ffi_args_clear();
    ffi_args_push_double(2.5), ffi_args_push_i64(2), ffi_args_push_i64(3);
    ok(ffi_call_generic_double(scale) == 15, "pushed arguments are converted");
    ffi_args_push_double(2.5), ffi_args_push_double(1.5), ffi_args_push_i64(3);
    is_error(ffi_call_generic_double(scale) != 0, FFI_ERROR_RANGE,
             "argument 2 of flat_scale: expected int32_t (-2147483648 to 2147483647), got 1.5");
    is_error(ffi_call_generic_double(scale) != 0, FFI_ERROR_ARGUMENT, "flat_scale takes 3 arguments, got 0");
}

/* A function that the called function calls, and that makes a generic call itself. */
int64_t flat_apply(void *function, int64_t a);
int64_t flat_apply(void *function, int64_t a) {
    int64_t (*code)(int64_t);
    memcpy(&code, &function, sizeof code);
    return code(a);
}
static void   *doubling;
static int64_t twice(int64_t a) {
    ffi_args_push_i64(a), ffi_args_push_i64(a);
    return ffi_call_generic_i64(doubling);
}

static void within(void *function, const char *what) {
    ffi_args_push_ptr((void *)(uintptr_t)twice), ffi_args_push_i64(21);
    ok(ffi_call_generic_i64(function) == 42, "a generic call within one of a function %s", what);
}

static void generic(void) {
    void *add = sym("flat_add"), *at = NULL;
    ffi_args_clear();
    ffi_args_push_i64(40), ffi_args_push_i64(2);
    ok(ffi_call_generic_i64(add) == 42 && !ffi_syscall_error(), "two integers are pushed and passed");
    ffi_args_push_ptr(&at), ffi_args_push_ptr(&at);
    ffi_call_generic_void(sym("flat_store"));
    ok(at == &at, "two pointers are pushed and passed");
    ffi_args_push_ptr(&at);
    ok(ffi_call_generic_ptr(sym("flat_self")) == &at, "a pointer back");
    ffi_call_generic_void(sym("flat_note"));
    ok(flat_calls == 2, "none");
    for (int i = 0; i < 64; i++) ffi_args_push_i64(i);
    ok(!ffi_syscall_error(), "64 arguments");
    ffi_args_push_i64(1);
    fails(ffi_syscall_error() != FFI_ERROR_RANGE, FFI_ERROR_RANGE, "more than 64 arguments");
    ok(ffi_call_generic_i64(add) == 1, "all of them are passed");
    is_error(ffi_call_generic_i64(NULL), FFI_ERROR_ARGUMENT, "function is NULL");
    doubling = ffi_func_specialized(self, "flat_add", "i64(i64, i64)");
    within(sym("flat_apply"), "without a signature");
    within(ffi_func_specialized(self, "flat_apply", "i64(ptr, i64)"), "with a signature");
}

static void memory(void) {
    char *a = ffi_malloc(16), *b = ffi_malloc(0);
    ok(a && b && ffi_memset(a, 0x141, 16) == a && a[15] == 0x41, "memory is allocated and set");
    ok(ffi_memcpy(a + 1, a, 8) == a + 1 && ffi_memcmp(a, a + 1, 8) == 0 && ffi_memcmp("a", "b", 1) == -1 &&
           ffi_memcmp("b", "a", 1) == 1 && ffi_memcmp(NULL, NULL, 0) == 0,
       "memory is copied and compared");
    is_error(ffi_malloc(-1), FFI_ERROR_ARGUMENT, "ffi_malloc: the size -1 is negative");
    is_error(ffi_malloc(INT64_MAX), FFI_ERROR_MEMORY, "out of memory");
    is_error(ffi_memcpy(a, b, -1), FFI_ERROR_ARGUMENT, "the size -1 is negative");
    is_error(ffi_memcpy(a, NULL, 1), FFI_ERROR_ARGUMENT, "ffi_memcpy: a pointer is NULL");
    is_error(ffi_memset(NULL, 0, 1), FFI_ERROR_ARGUMENT, "a pointer is NULL");
    is_error(ffi_memcmp(NULL, a, 1), FFI_ERROR_ARGUMENT, "a pointer is NULL");
    ffi_free(a), ffi_free(b), ffi_free(NULL);
    ok(!ffi_syscall_error(), "freed");
}

static void table(void) {
    size_t             count   = 0;
    const ffi_syscall *calls   = ffi_syscalls(&count);
    ffi_context       *context = ffi_context_new(NULL);
    bool               good    = count > 40;
    for (size_t i = 0; i < count; i++) {
        ffi_function *function = ffi_function_new(context, calls[i].address, calls[i].signature);
        good &=
            function && ffi_type_parameter_count(ffi_function_signature(function)) == (size_t)calls[i].arity;
    }
    ok(good, "each of %zu rows can be bound by its signature", count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(calls[i].name, "ffi_memcmp")) continue;
        int64_t result = 9;
        ffi_invoke(ffi_function_new(context, calls[i].address, calls[i].signature), &result,
                   (ffi_value[]){{.str = "a"}, {.str = "b"}, {.i64 = 1}});
        ok(result == -1, "an entry of the table is called");
    }
    ffi_context_free(context);
    ok(ffi_syscalls(NULL) == calls, "without a count");
}

/* A call succeeds, and the code that it calls back has failed. */
static void back(void) {
    void     *fails   = (void *)(uintptr_t)flat_fails;
    void     *bound   = ffi_func_specialized(self, "flat_calls_back", "i64(i64, ptr)");
    ffi_value args[2] = {{.i64 = 3}, {.ptr = fails}};
    ok(ffi_call_specialized_i64(bound, args, 2) == 3 && !ffi_syscall_error(),
       "a call by signature succeeds if a call within it has failed");
    ffi_args_push_i64(4);
    ffi_args_push_ptr(fails);
    ok(ffi_call_generic_i64(sym("flat_calls_back")) == 4 && !ffi_syscall_error(), "so does a generic call");
    ok(ffi_call_direct_i64(sym("flat_fails")) == 0 && !ffi_syscall_error(),
       "so does a direct call with a result");
    ffi_call_direct_void(sym("flat_fails"));
    ok(!ffi_syscall_error(), "and without a result");
}

int main(void) {
    self = ffi_dlopen(NULL);
    ok(self != NULL, "ffi_dlopen opens the program itself");
    direct();
    specialized();
    generic();
    back();
    memory();
    table();
    ffi_syscalls_end();
    return done();
}
