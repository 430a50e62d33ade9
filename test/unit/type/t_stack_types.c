/* SPDX-License-Identifier: MIT */
/*
 * The stack that types made without text need, within each other until they are refused, and functions that
 * have large tables: at most 64 KiB. Every pair of ways to make a type from another one is built under every
 * ABI, printed, compared, planned and bound.
 */
#include "stack.h"

/* ---- types from types ---- */

static const ffi_ctype *pointer(ffi_context *context, const ffi_ctype *type) {
    return ffi_type_pointer_to(context, type);
}

static const ffi_ctype *array(ffi_context *context, const ffi_ctype *type) {
    return ffi_type_array_of(context, type, 1);
}

static const ffi_ctype *record(ffi_context *context, const ffi_ctype *type) {
    return ffi_type_struct(context, NULL, &(ffi_field){.name = "m", .type = type}, 1);
}

static const ffi_ctype *embedding(ffi_context *context, const ffi_ctype *type) {
    ffi_field fields[2] = {{.name = ffi_type_kind(type) == FFI_KIND_STRUCT ? NULL : "m", .type = type},
                           {.name = "n", .type = ffi_type_parse(context, "int"), .alignment = 4}};
    return ffi_type_record(context, FFI_KIND_UNION, NULL, fields, 2, 8, 4);
}

static const ffi_ctype *result_of(ffi_context *context, const ffi_ctype *type) {
    const ffi_ctype *function = ffi_type_signature(context, type, &type, 1, 1);
    return function ? ffi_type_pointer_to(context, function) : NULL;
}

static const ffi_ctype *parameter_of(ffi_context *context, const ffi_ctype *type) {
    const ffi_ctype *function = ffi_type_signature(context, ffi_type_parse(context, "void"), &type, 1, 0);
    return function ? ffi_type_pointer_to(context, function) : NULL;
}

static const struct maker {
    const char *name;
    const ffi_ctype *(*make)(ffi_context *context, const ffi_ctype *type);
} makers[] = {
    {"pointer", pointer}, {"array", array},      {"struct", record},
    {"union", embedding}, {"result", result_of}, {"parameter", parameter_of},
};

enum { MAKERS = sizeof makers / sizeof *makers };

struct nesting {
    const char *abi;
    int         makers[2], count, levels;
};

static void handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

static void use(ffi_context *context, const ffi_ctype *type, const ffi_ctype *other) {
    char             small[64];
    const ffi_ctype *passed = ffi_type_signature(context, ffi_type_parse(context, "void"), &type, 1, 1);
    const ffi_ctype *given  = ffi_type_signature(context, type, &type, 1, 0);
    ffi_type_format(type, small, sizeof small);
    ffi_type_format_named(type, "name", NULL, 0);
    ffi_type_equal(type, other);
    const ffi_ctype *const signatures[] = {passed, given};
    for (int i = 0; i < 2; i++) {
        if (!signatures[i]) continue;
        ffi_plan_format(context, signatures[i], small, sizeof small);
        ffi_function_free(ffi_function_typed(context, (void *)(uintptr_t)handler, signatures[i]));
        ffi_callback_free(ffi_callback_typed(context, signatures[i], handler, NULL));
    }
    ffi_type_struct(context, NULL, &(ffi_field){.name = "m", .type = ffi_type_parse(context, "no_type")}, 1);
}

static int build(void *data) {
    struct nesting  *nesting = data;
    ffi_context     *context = ffi_context_new(&(ffi_options){.abi = nesting->abi});
    ffi_context     *twin    = ffi_context_new(&(ffi_options){.abi = nesting->abi});
    const ffi_ctype *type = ffi_type_parse(context, "int"), *other = ffi_type_parse(twin, "int"), *next = type;
    for (nesting->levels = 0; next && nesting->levels < 2000; nesting->levels++) {
        const struct maker *maker = &makers[nesting->makers[nesting->levels % nesting->count]];
        type                      = next;
        next                      = maker->make(context, type);
        if (nesting->levels)
            other = makers[nesting->makers[(nesting->levels - 1) % nesting->count]].make(twin, other);
    }
    use(context, type, other);
    ffi_context_free(context);
    ffi_context_free(twin);
    return 1;
}

static void types(const char *abi) {
    struct nesting worst = {.abi = abi};
    struct job     job   = {.run = build};
    size_t         most  = 0;
    for (int i = 0; i < MAKERS * MAKERS; i++) {
        struct nesting nesting = {abi, {i % MAKERS, i / MAKERS}, 2, 0};
        if (is_slow() && i % MAKERS != i / MAKERS) continue;
        job.data     = &nesting;
        size_t bytes = stack_of(&job);
        if (bytes > most) most = bytes, worst = nesting;
    }
    job.data = &worst;
    printf("# %s:", abi);
    for (int i = 0; i < worst.count; i++) printf(" %s", makers[worst.makers[i]].name);
    printf(", %d levels\n", worst.levels);
    fits_promised(most, &job, "types within types take at most 64 KiB of stack: %s", abi);
}

/* ---- functions with large tables ---- */

static bool seen(const ffi_symbol *symbol, void *userdata) {
    (void)symbol, (void)userdata;
    return true;
}

/* Names that no library has: the message lists them all. */
static int bind_many(void *data) {
    ffi_context  *context = data;
    ffi_function *function;
    ffi_binding   bindings[100];
    for (int i = 0; i < 100; i++)
        bindings[i] = (ffi_binding){"no_such_name", i & 1 ? "int(int)" : "int(no_type)", &function, 0, 0};
    return ffi_library_bind(ffi_library_open(context, NULL, 0), bindings, 100) != FFI_ERROR_NONE;
}

static int open_some(void *data) {
    ffi_context *context = data;
    char         long_name[3000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = 0;
    ffi_library_open(context, long_name, 0);
    ffi_library_open(context, "no_such_library", 0);
    ffi_library_close(ffi_library_open(context, library_path("needy"), 0));
    ffi_library *plain = ffi_library_open(context, library_path("plain"), 0);
    ffi_library_symbol(plain, "no_such_name");
    ffi_library_symbols(plain, seen, NULL);
    return plain != NULL;
}

static int pass_many(void *data) {
    ffi_context     *context = data;
    const ffi_ctype *params[FFI_MAX_ARGUMENTS], *big = ffi_type_parse(context, "struct { long m[9]; }");
    for (int i = 0; i < FFI_MAX_ARGUMENTS; i++) params[i] = big;
    const ffi_ctype *signature = ffi_type_signature(context, big, params, FFI_MAX_ARGUMENTS, 1);
    ffi_function_of(context, (void *)(uintptr_t)handler, big, params, FFI_MAX_ARGUMENTS);
    char small[64];
    return ffi_plan_format(context, signature, small, sizeof small) &&
           ffi_callback_typed(context, signature, handler, NULL) != NULL;
}

static void tables(void) {
    static const struct {
        const char *name;
        int (*run)(void *);
    } all[] = {{"binding many names", bind_many},
               {"opening libraries", open_some},
               {"as many arguments as there may be", pass_many}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ffi_context *context = ffi_context_new(NULL);
        struct job   job     = {.run = all[i].run, .data = context};
        size_t       bytes   = stack_of(&job);
        ok(job.result, "%s succeeds", all[i].name);
        fits_promised(bytes, &job, "%s takes at most 64 KiB of stack", all[i].name);
        ffi_context_free(context);
    }
}

int main(void) {
    const char *abi;
    for (size_t i = 0; (abi = ffi_abi_name(i)); i++) types(abi);
    tables();
    return done();
}
