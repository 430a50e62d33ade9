/* SPDX-License-Identifier: MIT */
/* FFI_DECLARE_LENIENT: what is not understood is skipped with its declaration, and nothing else is. */
#include "helper.h"

static char   list[4000];
static size_t reported;

static void report(const char *message, void *userdata) {
    reported++;
    strncat(list, message, sizeof list - strlen(list) - 1);
    ok(userdata == list, "the report has the caller's data");
}

static const ffi_declare_options lenient = {FFI_DECLARE_LENIENT, report, list};

/* Declares `before int last_one;`, of which `count` parts are skipped. */
static void skips(const char *text, size_t count) {
    char         source[2000];
    size_t       skipped = 99;
    ffi_context *context = ffi_context_new(NULL);
    snprintf(source, sizeof source, "int first_one;\n%s\nint last_one;\n", text);
    reported  = 0;
    bool good = !ffi_declare_with(context, source, &lenient, &skipped);
    ok(good && skipped == count && reported == count, "of `%s` %zu parts are skipped: %zu", text, count,
       skipped);
    ok(ffi_declared_type(context, "first_one") && ffi_declared_type(context, "last_one"),
       "  what stands before and behind them is declared");
    if (count) ok(ffi_declare(context, source), "  without the flag it is an error");
    ffi_context_free(context);
}

int main(void) {
    skips("", 0);
    skips("int good;", 0);
    skips("unknown x;", 1);
    skips("unknown x; int y; unknown z;", 2);
    skips("unknown f(int a) { if (a) { return 1; } return 2; }", 1);
    skips("unknown f(int a) __attribute__((pure)); int g(void);", 1);
    skips("struct s { int a; unknown b; } v, *w;", 1);
    skips("struct s { int a; unknown b; };", 1);
    skips("enum { A, B = unknown(3), };", 1);
    skips("int a[unknown];", 1);
    skips("static __auto_type a = ({ int b = 4; b; });", 1);
    skips("int x = { 1, (2; };", 2);
    skips("int f(int;", 1);
    skips("#if 1", 1);
    skips("#include <stdio.h>", 1);
    skips("#define 3", 1);
    skips("#define F(a) a\nint x F(1, 2);", 2);
    skips("}", 1);
    skips("@", 1);
    skips("template <class T> class c { T t; };", 1);
    skips("extern \"C\" { int f(int); }", 0);
    skips("extern \"C\" int f(int);", 0);
    skips("int twice; char twice;", 1);

    ffi_context *context = ffi_context_new(NULL);
    size_t       skipped = 0;
    *list                = 0;
    ok(!ffi_declare_with(context,
                         "#pragma pack(push, 1)\nstruct s { char c; unknown u;\n#pragma pack(pop)\n};\n"
                         "struct t { char c; int i; };\nenum { N = 1, M = unknown };\nenum { N = 2 };",
                         &lenient, &skipped) &&
           skipped == 2 && strstr(list, "line 2, column 20: unknown type 'unknown'") &&
           strstr(list, "line 6, column 19: "),
       "each report has line and column");
    int64_t value = 0;
    ok(ffi_type_size(ffi_type_parse(context, "struct t")) == 8 && ffi_declared_constant(context, "N", &value) &&
           value == 2,
       "a skipped part leaves nothing but its lines");
    ok(!ffi_declare_with(context, "int plain;", NULL, NULL), "options and count may be NULL");
    ok(!ffi_declare_with(context, "int twice(int a, char a);",
                         &(ffi_declare_options){.flags = FFI_DECLARE_TWICE}, NULL),
       "with FFI_DECLARE_TWICE two parameters have one name");
    fails(!ffi_declare_with(context, "int twice(int a, char a);", NULL, NULL), FFI_ERROR_TYPE,
          "two parameters");
    ffi_context *dialect = ffi_context_new(&(ffi_options){.dialect = FFI_DECLARE_EMBED | FFI_DECLARE_TWICE});
    ok(!ffi_declare(dialect, "struct two { int a, b; }; int twice(int a, char a);") &&
           ffi_type_size(ffi_type_parse(dialect, "struct { struct two; int c; }")) == 12 &&
           ffi_type_parse(dialect, "int(int a, int a)"),
       "a context's dialect holds for each text, and for those of types");
    ffi_context_free(dialect);
    fails(ffi_context_new(&(ffi_options){.dialect = FFI_DECLARE_LENIENT}), FFI_ERROR_ARGUMENT,
          "ffi_context_new: unknown dialect");
    fails(!ffi_declare_with(context, "", &(ffi_declare_options){.flags = 8}, NULL), FFI_ERROR_ARGUMENT,
          "unknown flags 0x8");
    fails(!ffi_declare_with(NULL, "", NULL, NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(!ffi_declare_with(context, NULL, NULL, NULL), FFI_ERROR_ARGUMENT, "c_source is NULL");
    fails(!ffi_declare(context, "extern \"C\" { int open(int);"), FFI_ERROR_SYNTAX, "expected '}'");
    ffi_context_free(context);
    return done();
}
