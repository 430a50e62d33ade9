/* SPDX-License-Identifier: MIT */
/* A text is read to its end: nothing may stand behind a type, a header or a list of arguments. And each function that
 * takes a signature takes a pointer to a function for it. */
#include "helper.h"

/* No text that is a type, a header or a list of arguments is one with any of these behind it. */
static void tails(void) {
    static const char *const types[]   = {"int",
                                          "unsigned long",
                                          "const char *",
                                          "double x",
                                          "int f(int)",
                                          "double(double, double)",
                                          "int (*)(int)",
                                          "int (*f)(void)",
                                          "int (f)(int)",
                                          "int x[3]",
                                          "int[2][3]",
                                          "int (*[3])(int)",
                                          "struct { int a; }",
                                          "struct s *",
                                          "union { int a; float b; } u",
                                          "enum { TAIL_A = 1 }",
                                          "enum e",
                                          "int (str, ...)",
                                          "int (str, ..., double)",
                                          "int f(void)",
                                          "int f()",
                                          "int f(int a[static 2])",
                                          "typeof(1 + 1)",
                                          "_Atomic(int)",
                                          "_Complex double",
                                          "long long",
                                          "int __attribute__((vector_size(16)))",
                                          "va_list",
                                          "int f(int) __attribute__((ms_abi))",
                                          "int f(int) __asm__(\"name\")",
                                          "void (*signal(int, void (*)(int)))(int)",
                                          "[[nodiscard]] int f(int)",
                                          "__m128",
                                          "size_t",
                                          "ptr"};
    static const char *const junk[]    = {"@",
                                          ")",
                                          "]",
                                          "}",
                                          ",",
                                          "(",
                                          "{",
                                          "[",
                                          ";;",
                                          "; int",
                                          "\"text\"",
                                          "'c'",
                                          "1",
                                          "1.5",
                                          "=",
                                          "= 1",
                                          ":",
                                          ": 3",
                                          "...",
                                          "->",
                                          "+ 1",
                                          "while",
                                          "x y",
                                          "x 1",
                                          "#",
                                          "/*",
                                          "int x",
                                          "(dubble)",
                                          "(dubble, int)",
                                          "(int) (int)",
                                          "(int",
                                          "[3",
                                          "[]]",
                                          "{ }",
                                          "void void",
                                          "\x01",
                                          "\\"};
    static const char *const headers[] = {"int x;",
                                          "int f(int);",
                                          "typedef int t;",
                                          "struct s { int a; };",
                                          "enum { TAIL_B };",
                                          "#define TAIL 1\n",
                                          "static const int n = 3;",
                                          "int f(int) { return 0; }",
                                          "_Static_assert(1, \"\");",
                                          "asm(\"\");",
                                          ""};
    static const char *const after[]   = {"@",
                                          ")",
                                          "]",
                                          "}",
                                          ",",
                                          "(",
                                          "{",
                                          "[",
                                          "\"text\"",
                                          "'c'",
                                          "1",
                                          "=",
                                          ":",
                                          "...",
                                          "while",
                                          "x y",
                                          "int",
                                          "int x",
                                          "x;",
                                          "int x y;",
                                          "int (int);",
                                          "int f(int) 1;",
                                          "int f(dubble);",
                                          "int a[3;",
                                          "/*",
                                          "\x01",
                                          "\\"};
    static const char *const lists[]   = {"int", "int, double", "const char *s", "struct s *", ""};
    char                     text[256];
    int                      wrong = 0;
    ffi_context             *own   = ffi_context_new(NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const ffi_ctype *alone = ffi_type_parse(own, types[i]);
        if (!alone) wrong++, printf("# %s: %s\n", types[i], ffi_last_message());
        for (size_t j = 0; j < sizeof junk / sizeof *junk; j++) {
            snprintf(text, sizeof text, "%s %s", types[i], junk[j]);
            const ffi_ctype *type = ffi_type_parse(own, text);
            if (!type) continue;
            bool words = !strcmp(junk[j], "int x") && (strstr(types[i], "long") || type != alone);
            bool other = type != alone && !strstr(junk[j], "dubble"); /* `x (int)`: read to its end */
            if (words || other) continue;                             /* `unsigned long int x` */
            wrong++, printf("# %s is a type\n", text);
        }
    }
    ok(!wrong, "a type with junk behind it is none");
    for (size_t i = wrong = 0; i < sizeof headers / sizeof *headers; i++) {
        for (size_t j = 0; j < sizeof after / sizeof *after; j++) {
            ffi_context *fresh = ffi_context_new(NULL);
            snprintf(text, sizeof text, "%s %s", headers[i], after[j]);
            if (!ffi_declare(fresh, text)) wrong++, printf("# %s is declared\n", text);
            ffi_context_free(fresh);
        }
    }
    ok(!wrong, "a header with junk behind it is refused");
    ffi_function *base = ffi_function_new(own, (void *)(uintptr_t)&exit, "int f(str, ...)");
    for (size_t i = wrong = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t j = 0; j < sizeof junk / sizeof *junk; j++) {
            snprintf(text, sizeof text, "%s %s", lists[i], junk[j]);
            bool good = !strcmp(junk[j], "int x") && !*lists[i];
            if ((ffi_function_variadic(base, text) != NULL) != good) wrong++, printf("# %s is a list\n", text);
        }
    }
    ok(!wrong, "a list of arguments with junk behind it is none");
    fails(ffi_type_parse(own, "double(dubble)"), FFI_ERROR_TYPE, "column 8: unknown type 'dubble'");
    fails(ffi_type_parse(own, "char *((dubble))"), FFI_ERROR_TYPE, "column 9: unknown type 'dubble'");
    fails(ffi_type_parse(own, "int f(int (dubble))"), FFI_ERROR_TYPE, "column 12: unknown type 'dubble'");
    fails(ffi_function_variadic(base, "int (dubble)"), FFI_ERROR_TYPE, "column 6: unknown type 'dubble'");
    ok(!ffi_declare(own, "int f(int (x)); int (g)(int ((y))); int (z);"),
       "a header may have names in brackets");
    ok(ffi_type_parse(own, "int ((f))(int)") && ffi_type_parse(own, "int (*(f))(int)") &&
           ffi_type_parse(own, "int (a)[2]"),
       "and a signature, of what is derived");
    ffi_context_free(own);
}

static void nothing(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

/* A pointer to a function is its signature. */
static void pointers_to_functions(void) {
    static const char *const texts[] = {"int(int, double)",
                                        "int (*)(int, double)",
                                        "int (*const)(int, double)",
                                        "int (*f)(int, double);",
                                        "int f(int, double)",
                                        "taker",
                                        "take",
                                        "const take",
                                        "typeof(taken)",
                                        "typeof(&taken)",
                                        "take f"};
    ffi_context             *own     = ffi_context_new(NULL);
    void                    *exit_   = (void *)(uintptr_t)&exit;
    const ffi_ctype         *type    = ffi_type_parse(own, texts[0]);
    ffi_library             *all     = ffi_library_open(own, NULL, 0);
    ok(!ffi_declare(own, "typedef int taker(int, double); typedef taker *take; taker taken;"), "typedefs");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char      *text  = texts[i];
        const ffi_ctype *given = ffi_type_parse(own, text);
        ffi_function    *bound = NULL;
        ffi_binding      one   = {.name = "exit", .signature = text, .function = &bound};
        ok(ffi_function_signature(ffi_function_new(own, exit_, text)) == type &&
               ffi_function_signature(ffi_function_typed(own, exit_, given)) == type &&
               ffi_function_signature(ffi_library_function(all, "exit", text)) == type &&
               !ffi_library_bind(all, &one, 1) && ffi_function_signature(bound) == type,
           "functions of %s", text);
        ok(ffi_callback_signature(ffi_callback_new(own, text, nothing, NULL)) == type &&
               ffi_callback_signature(ffi_callback_typed(own, given, nothing, NULL)) == type,
           "callbacks take the signature %s", text);
        ok(ffi_plan_format(own, given, NULL, 0) == ffi_plan_format(own, type, NULL, 0),
           "the plan of %s is that of its function type", text);
    }
    is_text(ffi_function_name(ffi_function_new(own, exit_, texts[3])), "f", "the name is the pointer's");
    fails(ffi_function_typed(own, exit_, ffi_type_parse(own, "take *")), FFI_ERROR_TYPE, "not a signature");
    ffi_context_free(own);
}

int main(void) {
    pointers_to_functions();
    tails();
    return done();
}
