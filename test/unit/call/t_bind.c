/* SPDX-License-Identifier: MIT */
/* Batches: binding many functions at once, all or none. */
#include "helper.h"

#include <limits.h>

static ffi_context *context;
static ffi_library *libc;

static void batches(void) {
    ffi_function *length = NULL, *number = NULL, *own = NULL;
    ffi_binding   good[] = {{"strlen", "size_t(const char *)", &length, 0, FFI_ERROR_TYPE},
                            {"strtol", "long(str, ptr, int)", &number, FFI_CAPTURE_ERRNO, FFI_ERROR_TYPE},
                            {NULL, "int abs(int)", &own, 0, FFI_ERROR_TYPE}};
    ok(ffi_library_bind(libc, good, 3) == FFI_ERROR_NONE && length && number && own,
       "a batch binds three functions");
    ok(!good[0].error && !good[1].error && !good[2].error, "no entry of the batch has an error");
    is_text(ffi_function_name(own), "abs", "the name may be the signature's");
    size_t size  = 0;
    long   value = 0;
    ffi_invoke(length, &size, &(ffi_value){.str = "12345"});
    ffi_invoke(number, &value, (ffi_value[]){{.str = "9999999999999999999999"}, {.ptr = NULL}, {.i32 = 10}});
    ok(size == 5 && value == LONG_MAX && ffi_captured_errno() == 34, "they work; the flags are each entry's");

    ffi_function *none  = length;
    ffi_binding   bad[] = {{"strlen", "size_t(str)", &length, 0, 0},  {"no_such_1", "int(int)", &number, 0, 0},
                           {"abs", "int f(foo)", &own, 0, 0},         {"no_such_2", "int(int)", &none, 0, 0},
                           {NULL, "int no_such_3(int)", &none, 0, 0}, {NULL, "int(int)", &none, 0, 0},
                           {"abs", "int(int", &none, 0, 0},           {"abs", "int(int)", &none, 8, 0}};
    returns_error(ffi_library_bind(libc, bad, 8), FFI_ERROR_SYMBOL, "7 of 8");
    ok(!length && !number && !own && !none, "a batch that fails leaves no function, the good ones included");
    ok(!bad[0].error && bad[1].error == FFI_ERROR_SYMBOL && bad[2].error == FFI_ERROR_TYPE &&
           bad[3].error == FFI_ERROR_SYMBOL && bad[4].error == FFI_ERROR_SYMBOL &&
           bad[5].error == FFI_ERROR_ARGUMENT && bad[6].error == FFI_ERROR_SYNTAX &&
           bad[7].error == FFI_ERROR_ARGUMENT,
       "each entry has its own error");
    const char *parts[] = {"no_such_1", "unknown type 'foo'", "no_such_2", "no_such_3", ffi_library_name(libc)};
    for (int i = 0; i < 5; i++)
        if (!ok(strstr(ffi_last_message(), parts[i]) != NULL, "the message has %s", parts[i]))
            note("message", ffi_last_message());

    ffi_binding twice[] = {{"strlen", "size_t(str)", &length, 0, 0}, {"abs", "int(int)", &length, 0, 0}};
    ok(!ffi_library_bind(libc, twice, 2) && !strcmp(ffi_function_name(length), "abs"),
       "of one pointer given twice the last stays");
    twice[0].name = "no_such";
    ok(ffi_library_bind(libc, twice, 2) == FFI_ERROR_SYMBOL && !length,
       "a batch that fails for one of them leaves the pointer NULL");
}

/* Data of every kind, asked of its own library, of one that needs it, and of the program. */
static void data(void) {
    ffi_library *plain = ffi_library_open(context, library_path("plain"), 0);
    ffi_library *m = ffi_library_open(context, "m", 0), *program = ffi_library_open(context, NULL, 0);
#ifdef __ELF__
    fails(ffi_library_function(plain, "plain_data", "int(void)"), FFI_ERROR_TYPE, "'plain_data': it is data");
    fails(ffi_library_function(plain, "plain_data", "int(void)"), FFI_ERROR_TYPE, "'plain_data': it is data");
    fails(ffi_library_function(plain, NULL, "int plain_own(void)"), FFI_ERROR_TYPE, "'plain_own': it is data");
    fails(ffi_library_function(libc, "environ", "int(void)"), FFI_ERROR_TYPE, "'environ'");
    fails(ffi_library_function(m, "environ", "int(void)"), FFI_ERROR_TYPE, "'environ'");
    fails(ffi_library_function(program, "environ", "int(void)"), FFI_ERROR_TYPE, "'environ'");
    ffi_function *function = NULL;
    ffi_binding   binding  = {"plain_data", "int(void)", &function, 0, 0};
    returns_error(ffi_library_bind(plain, &binding, 1), FFI_ERROR_TYPE, "plain_data");
    ok(binding.error == FFI_ERROR_TYPE && !function, "a batch refuses data");
    binding.flags = FFI_BIND_DATA;
    ok(!ffi_library_bind(plain, &binding, 1) &&
           ffi_function_address(function) == ffi_library_symbol(plain, "plain_data"),
       "FFI_BIND_DATA binds it");
    returns_error(ffi_function_capture(function, FFI_BIND_DATA), FFI_ERROR_ARGUMENT, "0x4");
    ok(ffi_function_new(context, ffi_library_symbol(plain, "plain_data"), "int(void)") != NULL,
       "ffi_function_new() binds its address");
    ok(ffi_library_function(plain, "plain_weak", "int(void)") != NULL, "a weak function is bound");
#else
    skip_one("files of this system do not tell data from functions");
    skip_one("MinGW exports no weak functions");
#endif
    ok(ffi_library_function(m, "strlen", "size_t(str)") != NULL, "so is an indirect one of another library");
    ok(ffi_library_function(program, "abs", "int(int)") != NULL, "and one that the program finds");
    ffi_library_close(m), ffi_library_close(plain), ffi_library_close(program);
}

enum { COUNT = 1000 };

/* As many real names of the C library as there are entries. */
static char *real[COUNT];
static int   nreal;

static bool collect(const ffi_symbol *symbol, void *userdata) {
    (void)userdata;
    bool function = symbol->kind == FFI_SYMBOL_FUNCTION || symbol->kind == FFI_SYMBOL_UNKNOWN;
    if (function && symbol->is_default) real[nreal++] = strdup(symbol->name);
    return nreal < COUNT;
}

static void thousand(void) {
    static ffi_function *functions[COUNT];
    static ffi_binding   bindings[COUNT];
    static char          missing[COUNT][32];
    ffi_library_symbols(libc, collect, NULL);
    for (int i = 0; i < COUNT; i++)
        bindings[i] = (ffi_binding){real[i], i & 1 ? "int(str, ...)" : "void()", &functions[i], 0, 0};
    int wrong = ffi_library_bind(libc, bindings, COUNT) != FFI_ERROR_NONE;
    for (int i = 0; i < COUNT; i++) wrong += !functions[i] || strcmp(ffi_function_name(functions[i]), real[i]);
    ok(nreal == COUNT && !wrong, "1,000 entries are bound");
    for (int i = 0; i < COUNT; i++) ffi_function_free(functions[(i * 7) % COUNT]);

    bindings[COUNT - 1].name = "no_such_name";
    returns_error(ffi_library_bind(libc, bindings, COUNT), FFI_ERROR_SYMBOL, "1 of 1000");
    ok(strstr(ffi_last_message(), "no_such_name") != NULL, "the one that is missing is named");
    for (int i = 0; i < COUNT; i++) wrong += functions[i] != NULL;
    ok(!wrong, "a batch that fails makes none of its functions");

    for (int i = 0; i < COUNT; i++) {
        snprintf(missing[i], sizeof missing[i], "missing_%04d", i);
        bindings[i].name = missing[i];
    }
    returns_error(ffi_library_bind(libc, bindings, 60), FFI_ERROR_SYMBOL, "60 of 60");
    for (int i = 0; i < 60; i++) wrong += !strstr(ffi_last_message(), missing[i]);
    ok(!wrong, "60 missing names are all in the message");
    returns_error(ffi_library_bind(libc, bindings, COUNT), FFI_ERROR_SYMBOL, "1000 of 1000");
    while (nreal) free(real[--nreal]);
}

/* How many entries of the last message's list are shown, and how many it says it left out. */
static void counts_all(int wanted, const char *what) {
    const char *message = ffi_last_message(), *at = message, *more;
    int         shown = 0, left_out = -1;
    while ((at = strstr(at, "\n  missing_"))) shown++, at++;
    if ((more = strstr(message, "\n  and "))) sscanf(more, "\n  and %d more", &left_out);
    if (!ok(shown + left_out == wanted && strlen(message) < 4096, "%s: %d shown and %d left out are all", what,
            shown, left_out))
        note("its end is", message + (strlen(message) > 200 ? strlen(message) - 200 : 0));
}

/* A list that does not fit ends in a count, however long the library's name is. */
static void cut_lists(void) {
    static ffi_function *function;
    static ffi_binding   bindings[COUNT];
    static char          missing[COUNT][32];
    char                 path[5000];
    for (int i = 0; i < COUNT; i++) {
        snprintf(missing[i], sizeof missing[i], "missing_%04d", i);
        bindings[i] = (ffi_binding){missing[i], "int(int)", &function, 0, 0};
    }
    ffi_library_bind(libc, bindings, COUNT);
    counts_all(COUNT, "1,000 missing names");
    strcpy(path, library_path("plain"));
    for (char *slash = strrchr(path, '/'); strlen(path) < 430;) {
        memmove(slash + 2, slash, strlen(slash) + 1);
        memcpy(slash, "/.", 2);
    }
    ffi_library *plain = ffi_library_open(context, path, 0);
    if (!ok(plain != NULL, "a library with a long path opens")) return;
    ffi_library_bind(plain, bindings, COUNT);
    counts_all(COUNT, "the same of a long path");
    ffi_library_close(plain);
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    batches();
    data();
    thousand();
    cut_lists();
    ffi_context_free(context);
    return done();
}
