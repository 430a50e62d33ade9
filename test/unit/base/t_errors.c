/* SPDX-License-Identifier: MIT */
/*
 * Errors: every public function given NULL or nonsense says so and changes nothing; names of codes; the last
 * error belongs to the thread, outlives calls that succeed, and is all that the library says: nothing is
 * written to standard output or standard error.
 */
#include "helper.h"

#include <pthread.h>

static ffi_context *context;

static bool visit(const ffi_symbol *symbol, void *userdata) {
    (void)symbol;
    return ++*(int *)userdata < 3;
}

/* ---- codes and options ---- */

static void codes(void) {
    static const char *const names[] = {"FFI_ERROR_NONE",      "FFI_ERROR_MEMORY",      "FFI_ERROR_ARGUMENT",
                                        "FFI_ERROR_SYNTAX",    "FFI_ERROR_TYPE",        "FFI_ERROR_LIBRARY",
                                        "FFI_ERROR_SYMBOL",    "FFI_ERROR_UNSUPPORTED", "FFI_ERROR_RANGE",
                                        "FFI_ERROR_DENIED",    "FFI_ERROR_SYSTEM",      "FFI_ERROR_BUSY",
                                        "FFI_ERROR_CANCELLED", "FFI_ERROR_ABI"};
    for (int code = FFI_ERROR_NONE; code <= FFI_ERROR_ABI; code++)
        is_text(ffi_error_name((ffi_error)code), names[code], "the name of error %d", code);
    const int junk[] = {FFI_ERROR_ABI + 1, 1000, -1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
        ok(ffi_error_name((ffi_error)junk[i]) && !strstr(ffi_error_name((ffi_error)junk[i]), "FFI_ERROR_"),
           "error %d has no such name", junk[i]);
}

static void options(void) {
    fails(ffi_context_new(&(ffi_options){.abi = "no-such-abi"}), FFI_ERROR_ARGUMENT, "'no-such-abi'");
    for (size_t i = 0; ffi_abi_name(i); i++) {
        fails(ffi_context_new(&(ffi_options){.abi = ""}), FFI_ERROR_ARGUMENT, ffi_abi_name(i));
        ffi_context *named = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(i)});
        ok(named && ffi_type_parse(named, "long(long)"), "a context of ABI %s", ffi_abi_name(i));
        ffi_context_free(named);
    }
    ok(ffi_abi_name(0) && !ffi_abi_name(1000) && !ffi_abi_name((size_t)-1), "ABIs are counted from 0");
    ffi_type_parse(NULL, "int");
    ffi_error before = ffi_last_error();
    char      message[4096];
    snprintf(message, sizeof message, "%s", ffi_last_message());
    ffi_context_free(NULL), ffi_library_close(NULL), ffi_function_free(NULL), ffi_callback_free(NULL);
    ok(ffi_last_error() == before && !strcmp(ffi_last_message(), message),
       "freeing and closing NULL is no error");
}

/* ---- NULL, everywhere ---- */

#define null_argument(call, what) fails(call, FFI_ERROR_ARGUMENT, what " is NULL")
#define null_error(call, what)    returns_error(call, FFI_ERROR_ARGUMENT, what " is NULL")

static void null_types(void) {
    const ffi_ctype *type = ffi_type_parse(context, "int"), *none = NULL, *some[] = {type, NULL};
    null_argument(ffi_type_parse(NULL, "int"), "ffi_type_parse: context");
    null_argument(ffi_type_parse(context, NULL), "ffi_type_parse: text");
    null_argument(ffi_type_scalar(NULL, FFI_KIND_I32), "ffi_type_scalar: context");
    for (int kind = FFI_KIND_ENUM; kind <= FFI_KIND_FUNCTION + 1; kind++)
        if (kind < FFI_KIND_I128 || kind > FFI_KIND_F128)
            fails(ffi_type_scalar(context, (ffi_kind)kind), FFI_ERROR_ARGUMENT, "ffi_type_scalar");
    fails(ffi_type_scalar(context, (ffi_kind)-1), FFI_ERROR_ARGUMENT, "ffi_type_scalar");
    null_argument(ffi_type_pointer_to(NULL, type), "ffi_type_pointer_to: context");
    null_argument(ffi_type_pointer_to(context, NULL), "ffi_type_pointer_to: pointee");
    null_argument(ffi_type_signature(NULL, type, NULL, 0, 0), "ffi_type_signature: context");
    null_argument(ffi_type_signature(context, NULL, NULL, 0, 0), "ffi_type_signature: result");
    null_argument(ffi_type_signature(context, type, NULL, 1, 0), "ffi_type_signature: params");
    null_argument(ffi_type_signature(context, type, &none, 1, 0), "ffi_type_signature: params[0]");
    null_argument(ffi_type_signature(context, type, some, 2, 0), "ffi_type_signature: params[1]");
    fails(ffi_type_signature(context, type, &type, 1, 2), FFI_ERROR_ARGUMENT, "fixed");
    fails(ffi_type_signature(context, type, &type, FFI_MAX_ARGUMENTS + 1, 0), FFI_ERROR_RANGE, "1024");
    fails(ffi_type_signature(context, type, &type, SIZE_MAX, 0), FFI_ERROR_RANGE, "1024");

    ok(ffi_type_kind(NULL) == FFI_KIND_VOID && !ffi_type_size(NULL) && !ffi_type_alignment(NULL) &&
           !ffi_type_target(NULL) && !ffi_type_length(NULL) && !ffi_type_parameter_count(NULL) &&
           !ffi_type_fixed_count(NULL) && !ffi_type_parameter(NULL, 0) && !ffi_type_is_variadic(NULL),
       "queries of a NULL type return 0, NULL or false");
    ok(!ffi_type_target(type) && !ffi_type_length(type) && !ffi_type_parameter_count(type) &&
           !ffi_type_fixed_count(type) && !ffi_type_parameter(type, 0) && !ffi_type_is_variadic(type),
       "questions that are not for this type");
    const ffi_ctype *array = ffi_type_parse(context, "int[7]");
    ok(!ffi_type_parameter_count(array) && !ffi_type_fixed_count(array) && !ffi_type_parameter(array, 0),
       "an array's length is no parameters");
    ok(!ffi_type_parameter(ffi_type_parse(context, "int(int)"), SIZE_MAX), "a parameter far behind the last");
    char buffer[8] = "kept";
    ok(ffi_type_format(NULL, buffer, sizeof buffer) == 0 && !*buffer, "no type is no text");
    ok(ffi_type_format(NULL, NULL, 0) == 0 && ffi_type_format(type, NULL, 0) == 3,
       "ffi_type_format takes a NULL buffer of size 0");
    null_error((ffi_plan_format(NULL, type, NULL, 0), ffi_last_error()), "ffi_plan_format: context");
    null_error((ffi_plan_format(context, NULL, NULL, 0), ffi_last_error()), "ffi_plan_format: signature");
    fails(ffi_plan_format(context, type, NULL, 0), FFI_ERROR_TYPE, "not a signature");
    const ffi_ctype *variadic = ffi_type_parse(context, "int __vectorcall f(int, ...)");
    fails(ffi_plan_format(context, variadic, NULL, 0), FFI_ERROR_UNSUPPORTED,
          "does not pass variable arguments");
}

static void null_libraries(void) {
    ffi_library *c = ffi_library_open(context, "c", 0);
    null_argument(ffi_library_open(NULL, "c", 0), "ffi_library_open: context");
    fails(ffi_library_open(context, "", 0), FFI_ERROR_ARGUMENT, "empty");
    fails(ffi_library_open(context, "c", 8), FFI_ERROR_ARGUMENT, "0x8");
    fails(ffi_library_open(context, NULL, ~0u), FFI_ERROR_ARGUMENT, "unknown flags");
    is_text(ffi_library_name(NULL), "", "the name of no library");
    null_argument(ffi_library_symbol(NULL, "strlen"), "ffi_library_symbol: library");
    null_argument(ffi_library_symbol(c, NULL), "ffi_library_symbol: name");
    null_argument(ffi_library_symbol_version(NULL, "strlen", "X"), "ffi_library_symbol_version: library");
    null_argument(ffi_library_symbol_version(c, NULL, "X"), "ffi_library_symbol_version: name");
    fails(ffi_library_symbol(c, ""), FFI_ERROR_SYMBOL, "''");
    int count = 0;
    null_error(ffi_library_symbols(NULL, visit, &count), "ffi_library_symbols: library");
    null_error(ffi_library_symbols(c, NULL, &count), "ffi_library_symbols: visit");
    ok(count == 0, "no symbol was visited");
    null_argument(ffi_library_function(NULL, "strlen", "size_t(str)"), "ffi_library_function: library");
    null_argument(ffi_library_function(c, NULL, NULL), "ffi_library_function: signature");
    fails(ffi_library_function(c, "strlen", NULL), FFI_ERROR_ARGUMENT, "no function 'strlen' is declared");
    fails(ffi_library_function(c, NULL, "size_t(str)"), FFI_ERROR_ARGUMENT, "name");

    ffi_function *function = (void *)1;
    ffi_binding   bad[]    = {{"strlen", NULL, &function, 0, 0},
                              {"strlen", "size_t(str)", NULL, 0, 0},
                              {NULL, "size_t(str)", &function, 0, 0},
                              {"strlen", "size_t(str)", &function, 64, 0}};
    null_error(ffi_library_bind(NULL, bad, 1), "ffi_library_bind: library");
    null_error(ffi_library_bind(c, NULL, 1), "ffi_library_bind: bindings");
    ok(ffi_library_bind(c, NULL, 0) == FFI_ERROR_NONE, "an empty batch is fine");
    returns_error(ffi_library_bind(c, bad, 4), FFI_ERROR_ARGUMENT, "4 of 4");
    ok(!function && bad[0].error == FFI_ERROR_ARGUMENT && bad[1].error == FFI_ERROR_ARGUMENT &&
           bad[2].error == FFI_ERROR_ARGUMENT && bad[3].error == FFI_ERROR_ARGUMENT,
       "each entry of a bad batch is marked, and no function is left");
    ffi_library_close(c);
}

static void null_functions(void) {
    void            *address  = (void *)(uintptr_t)&abs;
    ffi_function    *function = ffi_function_new(context, address, "int abs(int)");
    const ffi_ctype *type = ffi_type_parse(context, "int"), *none = NULL;
    null_argument(ffi_function_new(NULL, address, "int(int)"), "ffi_function_new: context");
    null_argument(ffi_function_new(context, NULL, "int(int)"), "ffi_function_new: address");
    null_argument(ffi_function_new(context, address, NULL), "ffi_function_new: signature");
    null_argument(ffi_function_of(NULL, address, type, NULL, 0), "ffi_function_of: context");
    null_argument(ffi_function_of(context, NULL, type, NULL, 0), "ffi_function_of: address");
    null_argument(ffi_function_of(context, address, NULL, NULL, 0), "ffi_function_of: result");
    null_argument(ffi_function_of(context, address, type, NULL, 1), "ffi_function_of: params");
    null_argument(ffi_function_of(context, address, type, &none, 1), "ffi_function_of: params[0]");
    fails(ffi_function_of(context, address, type, &type, FFI_MAX_ARGUMENTS + 1), FFI_ERROR_RANGE, "1024");
    null_argument(ffi_function_variadic(NULL, "int"), "ffi_function_variadic: function");
    null_argument(ffi_function_variadic(function, NULL), "ffi_function_variadic: extra_types");
    fails(ffi_function_variadic(function, "int"), FFI_ERROR_TYPE, "not variadic");
    null_error(ffi_function_capture(NULL, 0), "ffi_function_capture: function");
    returns_error(ffi_function_capture(function, 4), FFI_ERROR_ARGUMENT, "0x4");
    if (!strcmp(LIBRARY_SUFFIX, ".dll"))
        ok(!ffi_function_capture(function, FFI_CAPTURE_LAST_ERROR), "Windows has an error of its own to keep");
    else
        returns_error(ffi_function_capture(function, FFI_CAPTURE_LAST_ERROR), FFI_ERROR_UNSUPPORTED, "Windows");
    ok(!ffi_function_address(NULL) && !ffi_function_signature(NULL), "queries of a NULL function return NULL");
    is_text(ffi_function_name(NULL), "", "the name of no function");
    int result = 0;
    ffi_invoke(function, &result, &(ffi_value){.i32 = -5});
    ok(result == 5, "a function works after failed calls on it");
    ffi_function_free(function);
}

/* ---- the last error ---- */

static void *in_another_thread(void *unused) {
    (void)unused;
    int quiet = ffi_last_error() == FFI_ERROR_NONE && !*ffi_last_message();
    ffi_type_parse(context, "other_thread_t");
    return (void *)(intptr_t)(quiet && strstr(ffi_last_message(), "other_thread_t"));
}

static void lasting(void) {
    pthread_t thread;
    void     *good = NULL;
    ffi_type_parse(context, "main_thread_t");
    pthread_create(&thread, NULL, in_another_thread, NULL);
    pthread_join(thread, &good);
    ok(good != NULL, "a new thread begins without an error and has its own");
    ok(ffi_last_error() == FFI_ERROR_TYPE && strstr(ffi_last_message(), "main_thread_t"),
       "ours is untouched by it");

    ffi_library *z = ffi_library_open(context, "m", 0), *program = ffi_library_open(context, NULL, 0);
    int          count = 0;
    ok(z && program && ffi_library_symbol(z, "cos") && ffi_library_function(z, "cos", "double(double)") &&
           !ffi_library_symbols(z, visit, &count) && ffi_type_parse(context, "int(int)"),
       "several calls that succeed, one of them at the second attempt");
    ok(ffi_last_error() == FFI_ERROR_TYPE && strstr(ffi_last_message(), "main_thread_t"),
       "a call that succeeds leaves error and message alone");
    ffi_library_close(z), ffi_library_close(program);

    fails(ffi_type_parse(context, "%s%n%d"), FFI_ERROR_SYNTAX, "%s%n%d");
    fails(ffi_library_open(context, "%s%n", 0), FFI_ERROR_LIBRARY, "'%s%n'");
    char big[20000];
    memset(big, 'x', sizeof big - 1), big[sizeof big - 1] = 0;
    ffi_library *c = ffi_library_open(context, "c", 0);
    fails(ffi_library_symbol(c, big), FFI_ERROR_SYMBOL, "xxx");
    ok(strlen(ffi_last_message()) < 4096, "a message has at most 4 KiB");
    fails(ffi_library_symbol_version(c, "strlen", big), FFI_ERROR_SYMBOL, "xxx");
    fails(ffi_library_function(c, big, "int(int)"), FFI_ERROR_SYMBOL, "xxx");
    fails(ffi_library_function(c, "strlen", "foo(int)"), FFI_ERROR_TYPE, "'strlen'");
    fails(ffi_library_function(c, "no_such_function", "int(int)"), FFI_ERROR_SYMBOL, "no_such_function");
    ok(strstr(ffi_last_message(), ffi_library_name(c)) != NULL, "the message names the library");
    ffi_library_close(c);
}

/* Everything above again with both outputs in a file, which must have our two bytes alone. */
static void silence(void (*const *parts)(void), size_t count) {
    FILE *file = tmpfile();
    int   sink = fileno(file), kept_out = dup(1), kept_err = dup(2);
    int   number = tap_count, failed = tap_failed;
    fflush(stdout);
    tap_output = tmpfile(); /* where our own lines go; the descriptors 1 and 2 are watched */
    dup2(sink, 1), dup2(sink, 2);
    if (write(1, "1", 1) + write(2, "2", 1) != 2) perror("sink"); /* so that the sink is known to work */
    for (size_t i = 0; i < count; i++) parts[i]();
    fflush(NULL);
    long written = lseek(sink, 0, SEEK_END);
    dup2(kept_out, 1), dup2(kept_err, 2);
    fclose(tap_output);
    tap_output = NULL, tap_count = number, tap_failed = failed;
    ok(written == 2, "the library wrote nothing to standard output or error");
    fclose(file), close(kept_out), close(kept_err);
}

int main(void) {
    ok(ffi_last_error() == FFI_ERROR_NONE && !*ffi_last_message(), "a new thread has no error");
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", FFI_INVOKE_VERSION_MAJOR, FFI_INVOKE_VERSION_MINOR,
             FFI_INVOKE_VERSION_PATCH);
    is_text(ffi_version(), version, "the library is the header's version");
    context                     = ffi_context_new(NULL);
    void (*const parts[])(void) = {codes, options, null_types, null_libraries, null_functions, lasting};
    const size_t count          = sizeof parts / sizeof *parts;
    for (size_t i = 0; i < count; i++) parts[i]();
    silence(parts, count);
    ffi_context_free(context);
    return done();
}
