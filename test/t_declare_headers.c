/* SPDX-License-Identifier: MIT */
/* Headers declared by their names, through the system's preprocessor; and the texts of macros. */
#include "helper.h"

#include <sys/stat.h>

static ffi_context *context;

static const char *macro(const char *name) {
    const char *text = NULL;
    return ffi_declared_macro(context, name, &text) ? text : "(none)";
}

static void macros(void) {
    int64_t value = 0;
    ok(!ffi_declare(context,
                    "#define ZLIB_VERSION \"1.2.13\"\n#define PI 3.25 \n#define NEXT(a) ((a) + 1)\n"
                    "#define EMPTY\n#define MARK 'x'\n#define TEN (5 + 5)\n#define GONE 1\n#undef GONE\n"
                    "#define TWICE 1\n#define TWICE 2\nint f(int);\n"),
       "macros");
    is_text(macro("ZLIB_VERSION"), "\"1.2.13\"", "a string's text");
    is_text(macro("PI"), "3.25", "a real's");
    is_text(macro("NEXT"), "(a) ((a) + 1)", "one with parameters");
    is_text(macro("EMPTY"), "", "an empty one");
    is_text(macro("TEN"), "(5 + 5)", "an expression");
    is_text(macro("TWICE"), "2", "the last text counts");
    is_text(macro("GONE"), "(none)", "not one that was undefined");
    is_text(macro("f"), "(none)", "nor a function");
    ok(ffi_declared_constant(context, "MARK", &value) && value == 'x', "a character is a constant");
    ok(!ffi_declared_macro(context, NULL, NULL) && !ffi_declared_macro(NULL, "PI", NULL) &&
           ffi_declared_macro(context, "PI", NULL),
       "questions with NULL");
    fails(!ffi_declare(context, "#define PI 4\n#define OTHER 5\n#undef ZLIB_VERSION\nint f(double;\n"),
          FFI_ERROR_SYNTAX, "line 4");
    is_text(macro("PI"), "3.25", "a text that fails changes none");
    is_text(macro("OTHER"), "(none)", "and adds none");
    is_text(macro("ZLIB_VERSION"), "\"1.2.13\"", "and takes none away");
    ok(!ffi_declare(context, "#undef PI\n") && !strcmp(macro("PI"), "(none)"), "undefined by a later text");
}

#ifdef _WIN32
static void headers(void) {
    const char *const names[] = {"string.h"}, *const words[] = {"no-such-compiler", NULL};
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = words}), FFI_ERROR_UNSUPPORTED,
          "'no-such-compiler' cannot be run");
}
#else
static void headers(void) {
    const char *const names[] = {"sys/stat.h", "stdio.h", "math.h", "errno.h", "limits.h"};
    const char       *text    = NULL;
    ffi_error         error   = ffi_declare_headers(context, names, 5, NULL);
    int64_t           value;
    if (error == FFI_ERROR_UNSUPPORTED) { /* no cc here */
        skip_one("%s", ffi_last_message());
        return;
    }
    ok(!error, "headers of the system are declared");
    if (error) note("message", ffi_last_message());
    const ffi_ctype *type = ffi_type_parse(context, "struct stat");
    ffi_field        field;
    ok(type && ffi_type_field_named(type, "st_size", &field), "a struct of them");
    ok(!strcmp(ffi_type_name(field.type), "__off_t") || !strcmp(ffi_type_name(field.type), "off_t") ||
           !strcmp(ffi_type_name(field.type), "__off64_t"),
       "with the name of its member's type: %s", ffi_type_name(field.type));
    ok(ffi_declared_type(context, "printf") && ffi_declared_constant(context, "EOF", &value) && value == -1,
       "a prototype, a constant");
    ok(ffi_declared_macro(context, "M_PI", &text) && !strncmp(text, "3.14159", 7), "a real");
    ok(ffi_declared_constant(context, "ENOENT", &value) && value == 2, "errno's numbers");
    ok(!ffi_declare_headers(context, names, 5, NULL), "again");

    const char *const cc[]   = {"cc", "-E", "-dD", "-x", "c", "-", NULL};
    const char *const none[] = {"no/such/header.h"}, *const bad[] = {"a\nb"}, *const missing[] = {NULL};
    fails(!ffi_declare_headers(context, none, 1, NULL), FFI_ERROR_SYNTAX, "no/such/header.h");
    fails(!ffi_declare_headers(context, bad, 1, NULL), FFI_ERROR_ARGUMENT, "is no name of a header");
    fails(!ffi_declare_headers(context, missing, 1, NULL), FFI_ERROR_ARGUMENT, "names[0] is NULL");
    fails(!ffi_declare_headers(context, NULL, 1, NULL), FFI_ERROR_ARGUMENT, "names is NULL");
    fails(!ffi_declare_headers(NULL, names, 1, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = missing}), FFI_ERROR_ARGUMENT,
          "no words");
    const char *const unknown[] = {"/no/such/compiler", NULL};
    fails(!ffi_declare_headers(context, names, 1, &(ffi_preprocessor){.command = unknown}),
          FFI_ERROR_UNSUPPORTED, "'/no/such/compiler' cannot be run");
    ok(!ffi_declare_headers(
           context, NULL, 0,
           &(ffi_preprocessor){cc, "#define ANSWER 42\ntypedef struct { int x; } own_type;"}) &&
           ffi_declared_constant(context, "ANSWER", &value) && value == 42,
       "lines of the caller's alone");
    fails(!ffi_declare_headers(context, NULL, 0, &(ffi_preprocessor){cc, "#error \"this one\""}),
          FFI_ERROR_SYNTAX, "this one");

    char *folder = temporary_folder(), path[5000];
    snprintf(path, sizeof path, "%s/own.h", folder);
    FILE *file = fopen(path, "w");
    fputs("#define OWN_TEXT \"own\"\nint own_function(int);\n", file);
    fclose(file);
    ok(!ffi_declare_headers(context, (const char *const[]){path}, 1, NULL) &&
           !strcmp(macro("OWN_TEXT"), "\"own\"") && ffi_declared_type(context, "own_function"),
       "a header by its path");
    remove(path);
    rmdir(folder);
}
#endif

int main(void) {
    context = ffi_context_new(NULL);
    macros();
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    headers();
    ffi_context_free(context);
    return done();
}
