/* SPDX-License-Identifier: MIT */
/*
 * Functions and libraries that are freed, closed or used once too often: FFI_ERROR_ARGUMENT, no freed memory is
 * read (t_valgrind.sh runs this), nothing changes, and the memory that freed handles keep is bounded.
 */
#include "helper.h"

static size_t       bytes; /* of the context's, alive */
static ffi_context *context;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    void *fresh = new_size ? realloc(block, new_size) : NULL;
    if (!new_size) free(block);
    if (fresh || !new_size) bytes += new_size - old_size;
    return fresh;
}

/* Neither freeing nor closing returns anything: the thread's error is another one before. */
static void free_function(ffi_function *function) {
    ffi_type_parse(context, "no_such_type");
    ffi_function_free(function);
}

static void close_library(ffi_library *library) {
    ffi_type_parse(context, "no_such_type");
    ffi_library_close(library);
}

static int is_refused(void) {
    return ffi_last_error() == FFI_ERROR_ARGUMENT;
}

static int answer(void) {
    return 42;
}

static ffi_function *make(const char *signature) {
    return ffi_function_new(context, (void *)(uintptr_t)&answer, signature);
}

static int called(const ffi_function *function) {
    int result = 0;
    ffi_invoke(function, &result, NULL);
    return result;
}

static void functions(void) {
    ffi_function *kept = make("int(void)"), *named = make("int with_a_name(void)");
    free_function(named);
    ok(!is_refused(), "a function is freed without an error");
    free_function(named);
    ok(is_refused(), "freed a second time it is FFI_ERROR_ARGUMENT");
    ok(strstr(ffi_last_message(), "ffi_function_free") != NULL, "the message names the call");
    ffi_function *other = make("int(void)");
    ok(other != named, "the next function does not get a freed function's memory");
    free_function(named);
    ok(is_refused() && called(other) == 42 && called(kept) == 42, "other functions are left alone");
    ok(!ffi_function_address(named) && !*ffi_function_name(named),
       "a freed function has no address and no name");
    ok(ffi_function_capture(named, FFI_CAPTURE_ERRNO) == FFI_ERROR_ARGUMENT,
       "ffi_function_capture fails for a freed function");
    for (int i = 0; i < 64; i++) ffi_function_free(make("int(void)"));
    free_function(named);
    ok(is_refused(), "freed again after 64 others it is FFI_ERROR_ARGUMENT");
    free_function(kept), free_function(other);
    ok(!is_refused(), "the others are freed without an error");
}

static void forms(void) {
    ffi_function *base = make("int f(int, ...)"), *one = ffi_function_variadic(base, "int"),
                 *two = ffi_function_variadic(base, "double");
    free_function(one);
    ok(one && two && !is_refused(), "a variadic form is freed alone");
    free_function(one);
    ok(is_refused(), "freed a second time a form is FFI_ERROR_ARGUMENT");
    ok(ffi_function_variadic(base, "int") != one, "a form for the same types is a new one");
    free_function(base);
    free_function(two);
    ok(is_refused(), "a form that its function freed is FFI_ERROR_ARGUMENT");
    fails(ffi_function_variadic(base, "int"), FFI_ERROR_ARGUMENT, "freed before");
}

static void libraries(void) {
    int           unloads = 0;
    ffi_library  *library = ffi_library_open(context, library_path("plain"), 0);
    ffi_function *watch   = ffi_library_function(library, "plain_watch", "ptr(ptr)");
    if (!ok(watch != NULL, "a function of a library is bound")) return;
    ffi_invoke(watch, NULL, &(ffi_value){.ptr = &unloads});
    close_library(library);
    ok(!is_refused(), "a library is closed without an error");
    close_library(library);
    ok(is_refused() && !unloads, "closed a second time it is FFI_ERROR_ARGUMENT, and stays for its function");
    ffi_function_free(watch);
    ok(unloads == !IS_MUSL, "it is unloaded with the function");
    close_library(library);
    ok(is_refused(), "closed again after that it is FFI_ERROR_ARGUMENT");
    fails(ffi_library_symbol(library, "plain_answer"), FFI_ERROR_ARGUMENT, "closed");
    fails(ffi_library_symbol_version(library, "plain_answer", "1"), FFI_ERROR_ARGUMENT, "closed");
    fails(ffi_library_function(library, "plain_answer", "int(void)"), FFI_ERROR_ARGUMENT, "closed");
    is_text(ffi_library_name(library), "", "a closed library has no name");

    ffi_library *again = ffi_library_open(context, library_path("plain"), 0);
    ok(again != library, "opened again it is another handle");
    ok(ffi_library_open(context, library_path("plain"), 0) == again, "opened twice it is one handle");
    close_library(again), close_library(again);
    ok(!is_refused(), "two opens are closed twice");
    close_library(again);
    ok(is_refused(), "a third close is FFI_ERROR_ARGUMENT");
}

/* Random frees of handles, of which a model knows the live ones. */
static void random_frees(unsigned seed) {
    enum { HANDLES = 60 };
    ffi_function *all[HANDLES];
    int           is_freed[HANDLES], wrong = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < HANDLES; i++) {
            all[i]      = i % 3 == 2 ? ffi_function_variadic(all[i - 1], "int")
                          : i % 3    ? make("int f(int, ...)")
                                     : make("int(void)");
            is_freed[i] = 0;
        }
        for (int n = 0; n < 4 * HANDLES; n++) {
            int i = (int)((seed = seed * 1103515245 + 12345) >> 16) % HANDLES;
            free_function(all[i]);
            if (is_refused() != is_freed[i]) wrong++;
            is_freed[i] = 1;
            if (i % 3 == 1) is_freed[i + 1] = 1; /* its form */
        }
        for (int i = 0; i < HANDLES; i++)
            if (!is_freed[i] && (i % 3 != 2 || is_freed[i - 1] == 0)) {
                free_function(all[i]);
                if (is_refused()) wrong++;
                if (i % 3 == 1) is_freed[i + 1] = 1;
            }
    }
    ok(!wrong, "of random frees those of freed functions are refused, and no others");
}

/* Freed handles are used again after 64 others. */
static void memory(void) {
    size_t before = 0;
    for (int i = 0; i < 1000; i++) {
        if (i == 100) before = bytes;
        ffi_function_free(make("int with_a_name(void)"));
        ffi_library_close(ffi_library_open(context, library_path("plain"), 0));
    }
    ok(before == bytes, "a thousand freed functions and closed libraries take the memory of a hundred");
}

int main(void) {
    context = ffi_context_new(&(ffi_options){.allocate = allocate});
    functions();
    forms();
    libraries();
    random_frees(1);
    memory();
    ffi_context_free(context);
    ok(!bytes, "the end of the context frees all that rests");
    return done();
}
