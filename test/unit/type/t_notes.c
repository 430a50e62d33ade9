/* SPDX-License-Identifier: MIT */
/* What a runtime asks of types beside their layout: names and annotations of parameters, paths, assignment,
 * names of typedefs, and the arguments that formats ask for. */
#include "helper.h"

#include <errno.h>

static ffi_context *context;

static const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("Bail out! %s: %s\n", text, ffi_last_message()), exit(1);
    return type;
}

/* ---- names ---- */

static void names(void) {
    const ffi_ctype *type = parse("double pow(double base, double exponent)");
    is_text(ffi_type_parameter_name(type, 0), "base", "a parameter's name");
    is_text(ffi_type_parameter_name(type, 1), "exponent", "the second one's");
    is_text(ffi_type_parameter_name(type, 2), "", "beyond the last");
    is_text(ffi_type_parameter_name(parse("int(int, char)"), 0), "", "no name");
    is_text(ffi_type_parameter_name(parse("int"), 0), "", "not of a signature");
    is_text(ffi_type_parameter_name(NULL, 0), "", "not of NULL");
    ok(type == parse("double pow(double base, double exponent)"), "the same text is the same type");
    ok(type != parse("double(double, double)") && ffi_type_equal(type, parse("double(double, double)")),
       "names aside it is equal to others");
    is_text(ffi_type_parameter_name(ffi_type_target(parse("void (*)(int first, char *second)")), 1), "second",
            "in a pointer to a function");
    ok(parse("int(int (*compare)(int a, int b))") == parse("int(int (*compare)(int, int))"),
       "not kept within a parameter");

    ok(!ffi_declare(context, "int f(int first, char *second);"), "declared");
    is_text(ffi_type_parameter_name(ffi_declared_type(context, "f"), 1), "second", "a prototype's");
    ok(!ffi_declare(context, "int f(int, char *); int f(int other, char *);"),
       "a typedef may be declared again");
    is_text(ffi_type_parameter_name(ffi_declared_type(context, "f"), 0), "first", "the first names stay");
    ok(!ffi_declare(context, "int old(a, b) int b; char *a; { return 0; }"), "an old definition");
    is_text(ffi_type_parameter_name(ffi_declared_type(context, "old"), 1), "b", "its names");

    ffi_function    *form, *function = ffi_function_new(context, (void *)(uintptr_t)names,
                                                        "int f(const char *format, int p[2], ...)");
    const ffi_ctype *extra[] = {parse("double"), parse("char[7]")};
    ok((form = ffi_function_variadic_typed(function, extra, 2)) != NULL, "a variadic form of types");
    ok(form == ffi_function_variadic(function, "double, char[7]"), "is that of text");
    is_text(ffi_type_parameter_name(ffi_function_signature(form), 0), "format", "a form keeps names");
    ok(ffi_type_parameter_length(ffi_function_signature(form), 3) == 7,
       "a form keeps the lengths of parameters");
    ok(ffi_function_variadic_typed(function, NULL, 0) == ffi_function_variadic(function, ""),
       "a typed form of no types is the form of an empty text");
    extra[1] = NULL;
    fails(ffi_function_variadic_typed(function, extra, 2), FFI_ERROR_ARGUMENT, "extra[1] is NULL");
    fails(ffi_function_variadic_typed(function, NULL, 2), FFI_ERROR_ARGUMENT, "extra is NULL");
    fails(ffi_function_variadic_typed(NULL, NULL, 0), FFI_ERROR_ARGUMENT, "function is NULL");
    fails(ffi_function_variadic_typed(function, extra, 1023), FFI_ERROR_RANGE, "more than 1024");
    extra[0] = parse("void");
    fails(ffi_function_variadic_typed(function, extra, 1), FFI_ERROR_TYPE, "void");
    ok(!ffi_function_library(function) && ffi_function_context(function) == context,
       "a function by address has a context and no library");
    ok(!ffi_function_library(NULL) && !ffi_function_context(NULL),
       "a NULL function has neither library nor context");
    ffi_library  *library = ffi_library_open(context, "c", 0);
    ffi_function *abs_of  = ffi_library_function(library, "abs", "int(int)");
    ffi_function *print   = ffi_library_function(library, "printf", "int(const char *, ...)");
    ok(ffi_function_library(abs_of) == library, "a library's function has its library");
    ok(ffi_function_library(form = ffi_function_variadic(print, "int")) == library, "its form");
    ffi_function_free(form);
    ffi_function_free(print);
    ok(ffi_library_symbol(library, "abs") != NULL, "freeing a form gives back nothing");
    int result = 0;
    ffi_function_invoke(abs_of, &result, (ffi_value[]){{-4}});
    ok(result == 4, "ffi_function_invoke calls");
    ffi_function_free(abs_of);
    ffi_library_close(library);
}

/* ---- annotations ---- */

static void annotations(void) {
    const ffi_ctype *type = parse("own(free) char *strdup(const char *)");
    ok(ffi_type_annotations(type, FFI_RESULT) == FFI_ANNOTATION_OWN, "own");
    is_text(ffi_type_owner(type, FFI_RESULT), "free", "and what frees it");
    ok(ffi_type_equal(type, parse("char *(const char *)")), "to a call they are nothing");
    type = parse(
        "errno_if(-1) nullable ssize_t *f(int fd, len(n) nullable const void *data, size_t n, inout int *x, "
        "out own(free_it) char **y, int)");
    ok(ffi_type_annotations(type, FFI_RESULT) == (FFI_ANNOTATION_ERRNO_IF | FFI_ANNOTATION_NULLABLE),
       "ffi_type_annotations gives the result's");
    ok(ffi_type_failure(type) == -1, "ffi_type_failure gives the value of errno_if");
    ok(ffi_type_annotations(type, 1) == (FFI_ANNOTATION_LEN | FFI_ANNOTATION_NULLABLE),
       "ffi_type_annotations gives a parameter's");
    ok(ffi_type_counter(type, 1) == 2 && ffi_type_counter(type, 3) == FFI_RESULT,
       "ffi_type_counter gives the parameter that counts");
    type = parse("size_t(len(2) const char *, size_t, nullable out len(0x2) char *)");
    ok(ffi_type_counter(type, 0) == 1 && ffi_type_counter(type, 2) == 1,
       "len(2) is the second parameter, which needs no name");
    type = parse(
        "errno_if(-1) nullable ssize_t *f(int fd, len(n) nullable const void *data, size_t n, inout int *x, "
        "out own(free_it) char **y, int)");
    ok(ffi_type_annotations(type, 3) == FFI_ANNOTATION_INOUT && !ffi_type_annotations(type, 5),
       "inout is an annotation of its own");
    ok(ffi_type_annotations(type, 4) == (FFI_ANNOTATION_OUT | FFI_ANNOTATION_OWN),
       "out and own are annotations of one parameter");
    is_text(ffi_type_owner(type, 4), "free_it", "what frees what came out");
    is_text(ffi_type_owner(type, 3), "", "nothing");
    ok(ffi_type_failure(parse("errno_if(NULL) void *f(void)")) == 0, "errno_if(NULL)");
    ok(ffi_type_annotations(parse("errno_if(NULL) void *f(void)"), FFI_RESULT) == FFI_ANNOTATION_ERRNO_IF,
       "too");
    ok(!ffi_type_annotations(NULL, 0) && !ffi_type_annotations(parse("int"), 0) && !ffi_type_failure(NULL),
       "none");

    /* The same words as names. */
    ok(parse("int f(int out, int len)") && parse("void (int own)") && parse("int inout"), "they may be names");
    ok(!ffi_declare(context, "char *strdup(const char *); own(free) char *strdup(const char *s); "
                             "char *strdup(const char *);"),
       "a prototype is annotated later");
    is_text(ffi_type_owner(ffi_declared_type(context, "strdup"), FFI_RESULT), "free", "and stays so");
    ok(ffi_type_annotations(ffi_type_target(parse("errno_if(-1) int (*)(int)")), FFI_RESULT) ==
           FFI_ANNOTATION_ERRNO_IF,
       "of what is pointed to");

    static const struct {
        const char *text, *part;
        ffi_error   error;
    } bad[] = {
        {"own(free) int f(void)", "no pointer", FFI_ERROR_TYPE},
        {"own() char *f(void)", "the name of the function", FFI_ERROR_SYNTAX},
        {"int f(len(n) char *x)", "no parameter is named 'n'", FFI_ERROR_TYPE},
        {"int f(len(n) char *x, double n)", "it is no integer", FFI_ERROR_TYPE},
        {"int(len(2) char *, double)", "parameter 2 cannot be a length: it is no integer", FFI_ERROR_TYPE},
        {"int(len(1) char *, int)", "parameter 1 cannot be a length: it is no integer", FFI_ERROR_TYPE},
        {"int(len(3) char *, int)", "there is no parameter 3 of 2", FFI_ERROR_TYPE},
        {"int(len(0) char *, int)", "there is no parameter 0 of 2", FFI_ERROR_TYPE},
        {"int(len(99999999999999999999) char *, int)", "", FFI_ERROR_SYNTAX},
        {"int(len(-1) char *, int)", "the name or the number of the parameter that counts it",
         FFI_ERROR_SYNTAX},
        {"int f(nullable int x)", "'nullable' cannot stand here: the parameter is no pointer", FFI_ERROR_TYPE},
        {"int f(out const int *x)", "const is never written", FFI_ERROR_TYPE},
        {"int f(out inout int *x)", "'out' or 'inout'", FFI_ERROR_TYPE},
        {"int f(own(free) char *x)", "the 'out' of a pointer", FFI_ERROR_TYPE},
        {"int f(errno_if(0) char *x)", "only a result", FFI_ERROR_TYPE},
        {"errno_if(0) double f(void)", "no integer or pointer", FFI_ERROR_TYPE},
        {"errno_if(1.5) int f(void)", "", FFI_ERROR_TYPE},
        {"errno_if(1 << 50) int f(void)", "", FFI_ERROR_SYNTAX},
        {"errno_if(0x800000000000) int f(void)", "48 bits", FFI_ERROR_RANGE},
        {"out int *f(void)", "only a parameter has it", FFI_ERROR_TYPE},
        {"nullable int *", "only a parameter or a result has it", FFI_ERROR_TYPE},
        {"nullable nullable int *f(void)", "'nullable' twice", FFI_ERROR_SYNTAX}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bool none = !ffi_type_parse(context, bad[i].text);
        ok(none && strstr(ffi_last_message(), bad[i].part), "refused: %s", bad[i].text);
        if (!none || !strstr(ffi_last_message(), bad[i].part)) note("message", ffi_last_message());
    }

    ok(!ffi_declare(context,
                    "typedef int out; int g(out x); struct own { int len; } own; int nullable(int len);"),
       "of types and members too");
    ok(ffi_type_kind(ffi_type_parameter(ffi_declared_type(context, "g"), 0)) == FFI_KIND_I32,
       "a typedef is one");

    ffi_library  *library = ffi_library_open(context, "c", 0);
    ffi_function *seek    = ffi_library_function(library, "fclose", "errno_if(-1) int(FILE *)");
    ok(!seek, "a signature with an unknown type fails");
    ffi_function *close_of = ffi_library_function(library, POSIX_NAME("close"), "errno_if(-1) int(int)");
    int           result   = 0;
    if (ok(close_of != NULL, "a function with errno_if is bound")) {
#ifndef _WIN32
        ffi_invoke(close_of, &result, (ffi_value[]){{-1}});
        errno = 0;
        ok(result == -1 && ffi_captured_errno() == EBADF, "keeps errno");
        ffi_function_capture(close_of, 0);
        ffi_invoke(close_of, &result, (ffi_value[]){{-1}});
        ok(ffi_captured_errno() == EBADF, "errno is captured although the flag was turned off");
#else
        (void)result;
#endif
    }
    ffi_library_close(library);
}

/* ---- the names of typedefs ---- */

static void typedefs(void) {
    char text[100];
    ok(!ffi_declare(context,
                    "typedef long __off_t; typedef __off_t off_t; typedef char gchar; typedef gchar *gstr;"
                    "typedef const off_t fixed; off_t lseek(int fd, off_t offset, int whence);"),
       "typedefs of scalars");
    is_text(ffi_type_name(parse("off_t")), "off_t", "a typedef's name");
    is_text(ffi_type_name(parse("size_t")), "size_t", "a name of our own");
    is_text(ffi_type_name(parse("long")), "long", "a plain type's");
    ffi_type_format(ffi_declared_type(context, "lseek"), text, sizeof text);
    is_text(text, "off_t (int, off_t, int)", "printed as written");
    ffi_type_format(parse("fixed"), text, sizeof text);
    ok(parse(text) && ffi_type_equal(parse(text), parse("const long")), "a qualified one reads back: %s", text);
    ok(ffi_type_equal(parse("off_t"), parse("long")), "it is equal to what it is");
    ok(ffi_type_is_char(parse("gchar")) && ffi_type_is_char(ffi_type_target(parse("gstr"))) &&
           ffi_type_is_char(parse("const char")) && !ffi_type_is_char(parse("signed char")) &&
           !ffi_type_is_char(parse("int8_t")) && !ffi_type_is_char(NULL),
       "ffi_type_is_char is true for char only");
    ok(!ffi_declare(context, "typedef long __off_t; typedef __off_t off_t;"),
       "a typedef may be declared again");
}

/* ---- short names ---- */

static void short_names(void) {
    ok(parse("i128") == parse("__int128") && parse("u128") == parse("unsigned __int128"),
       "i128 and u128 are __int128 and unsigned __int128");
    ok(parse("f16") == parse("_Float16") && ffi_type_kind(parse("f128")) == FFI_KIND_F128, "f16, f128");
    for (size_t i = 0; ffi_abi_name(i); i++) {
        ffi_context     *other = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(i)});
        const ffi_ctype *type  = ffi_type_parse(other, "f80");
        bool             has   = ffi_type_kind(ffi_type_parse(other, "long double")) == FFI_KIND_F80;
        ok(has ? ffi_type_kind(type) == FFI_KIND_F80 : !type && ffi_last_error() == FFI_ERROR_UNSUPPORTED,
           "f80 is a type of ABI %s only if its long double is one", ffi_abi_name(i));
        ffi_context_free(other);
    }
}

/* ---- equality, assignment ---- */

static void assignment(void) {
    static const struct {
        const char *to, *from;
        bool        can;
    } rows[] = {{"const char *", "char *", true},
                {"char *", "const char *", false},
                {"void *", "int *", true},
                {"int *", "void *", true},
                {"void *", "const int *", false},
                {"const void *", "const int *", true},
                {"short *", "unsigned short *", false},
                {"int", "double", true},
                {"_Bool", "char *", true},
                {"int", "char *", false},
                {"int *", "int", false},
                {"char **", "char **", true},
                {"const char **", "char **", false},
                {"struct spot", "struct spot", true},
                {"struct spot", "struct other", false},
                {"struct spot *", "struct other *", false},
                {"const struct spot *", "struct spot *", true},
                {"struct later *", "struct later *", true},
                {"int *", "int[4]", true},
                {"int (*)(int)", "int(int)", true},
                {"int (*)(int)", "int(long long)", false},
                {"void *", "int (*)(int)", false},
                {"int", "const int", true},
                {"double _Complex", "int", true},
                {"int[4]", "int[4]", false},
                {"__int128", "int", true},
                {"long double", "float", true}};
    ok(!ffi_declare(context, "struct spot { int x; }; struct other { int x; };"), "records");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ok(ffi_type_assignable(parse(rows[i].to), parse(rows[i].from)) == rows[i].can, "%s = %s: %s",
           rows[i].to, rows[i].from, rows[i].can ? "yes" : "no");
    ok(!ffi_type_assignable(NULL, parse("int")) && !ffi_type_assignable(parse("int"), NULL), "NULL: no");
    /* C11 6.2.5p15: three types, whatever the sign of `char` by the ABI. */
    static const char *const bytes[] = {"char", "signed char", "unsigned char"};
    for (size_t i = 0; ffi_abi_name(i); i++) {
        ffi_context     *other = ffi_context_new(&(ffi_options){.abi = ffi_abi_name(i)});
        const ffi_ctype *to[3], *deep[3];
        bool             good = true;
        for (size_t k = 0; k < 3; k++) {
            to[k]   = ffi_type_pointer_to(other, ffi_type_parse(other, bytes[k]));
            deep[k] = ffi_type_pointer_to(other, to[k]);
        }
        for (size_t k = 0; k < 9; k++)
            good &= ffi_type_assignable(to[k / 3], to[k % 3]) == (k / 3 == k % 3) &&
                    ffi_type_assignable(deep[k / 3], deep[k % 3]) == (k / 3 == k % 3);
        ok(good, "pointers to the three types of characters are not assigned to each other under %s",
           ffi_abi_name(i));
        ffi_context_free(other);
    }

    ok(ffi_type_equal_unqualified(parse("const char *const"), parse("char *")), "equal without qualifiers");
    ok(!ffi_type_equal_unqualified(parse("const char *"), parse("const signed char **")), "but not otherwise");
    ok(ffi_type_equal_unqualified(parse("int(const char *)"), parse("int(char *)")), "within signatures");
    ok(!ffi_type_equal(parse("const char *"), parse("char *")), "ffi_type_equal looks at them");
    ok(ffi_type_unqualified(context, parse("const volatile int")) == parse("int"), "without its qualifiers");
    ok(ffi_type_unqualified(context, parse("const struct spot")) == parse("struct spot"), "a record's");
    fails(ffi_type_unqualified(context, NULL), FFI_ERROR_ARGUMENT, "type is NULL");
    fails(ffi_type_unqualified(NULL, parse("int")), FFI_ERROR_ARGUMENT, "context is NULL");
}

/* ---- paths ---- */

static void paths(void) {
    static const struct {
        const char *path, *type;
        size_t      offset;
    } good[] = {{"a", "int", 0},           {"in.b[1].c", "short", 8}, {"in.b[2].d", "char", 14},
                {"deep", "double", 24},    {"[0]", NULL, 0},          {"grid[1][2]", "int", 52},
                {"grid[1]", "int[3]", 44}, {"open[9]", "int", 92},    {"in.b", "struct small[3]", 4}};
    ok(!ffi_declare(
           context,
           "struct small { short c, x; };"
           "struct whole { int a; struct { struct { short c; char d; } b[3]; } in; struct { union { double "
           "deep; long long also; }; }; int grid[2][3]; int open[]; };"
           "struct bits { int before; unsigned a : 3, b : 7; struct { unsigned c : 2; }; };"),
       "records");
    ffi_field        field;
    const ffi_ctype *whole = parse("struct whole");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool found = ffi_type_path(whole, good[i].path, &field);
        if (!good[i].type || !strcmp(good[i].path, "in.b")) continue;
        size_t    base = 0;
        ffi_field part;
        if (!strncmp(good[i].path, "grid", 4))
            ffi_type_field_named(whole, "grid", &part), base = part.offset - 32;
        if (!strncmp(good[i].path, "open", 4))
            ffi_type_field_named(whole, "open", &part), base = part.offset - 56;
        if (!strcmp(good[i].path, "deep")) ffi_type_field_named(whole, "deep", &part), base = part.offset - 24;
        ok(found && ffi_type_equal(field.type, parse(good[i].type)) && field.offset == good[i].offset + base,
           "the path %s, at %zu", good[i].path, found ? field.offset : 0);
    }
    ok(ffi_type_path(whole, "", &field) && field.type == whole && !field.offset, "the empty path is the whole");
    ok(ffi_type_path(parse("struct bits"), "b", &field) && field.is_bits && field.bit_offset == 3 &&
           field.bit_width == 7 && field.offset == 4,
       "a bit-field");
    ok(ffi_type_path(parse("struct bits"), "c", &field) && field.is_bits && field.offset == 8,
       "an unnamed one's");
    ok(ffi_type_path(parse("struct bits[4]"), "[2].b", &field) && field.is_bits && field.offset == 28,
       "in an array");
    ok(ffi_type_path(parse("double _Complex"), "[1]", &field) && field.offset == 8, "an imaginary part");
    ok(ffi_type_path(parse("int __attribute__((vector_size(16)))"), "[3]", &field) && field.offset == 12,
       "a lane");

    fails(ffi_type_path(whole, "in.b[3].c", &field), FFI_ERROR_RANGE,
          "'in.b[3].c': '[3]' is beyond the end of");
    fails(ffi_type_path(whole, "in.e", &field), FFI_ERROR_ARGUMENT, "'e' is no member of");
    fails(ffi_type_path(whole, "a.x", &field), FFI_ERROR_ARGUMENT, "'x' is no member of int");
    fails(ffi_type_path(whole, "a[0]", &field), FFI_ERROR_TYPE, "'[0]' is no element of int");
    fails(ffi_type_path(whole, "in.b[", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in.b[-1]", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in.b[1", &field), FFI_ERROR_SYNTAX, "is no index");
    fails(ffi_type_path(whole, "in..b", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, "in.", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, ".in", &field), FFI_ERROR_SYNTAX, "no member's name");
    fails(ffi_type_path(whole, "in b", &field), FFI_ERROR_SYNTAX, "should be '.' or '['");
    fails(ffi_type_path(whole, "open[99999999999999999999]", &field), FFI_ERROR_RANGE, "too far");
    fails(ffi_type_path(parse("struct bits"), "a.b", &field), FFI_ERROR_TYPE, "within a bit-field");
    fails(ffi_type_path(parse("struct nowhere *"), "x", &field), FFI_ERROR_ARGUMENT,
          "no member of struct nowhere *");
    fails(ffi_type_path(NULL, "x", &field), FFI_ERROR_ARGUMENT, "type is NULL");
    fails(ffi_type_path(whole, NULL, &field), FFI_ERROR_ARGUMENT, "path is NULL");
    fails(ffi_type_path(whole, "a", NULL), FFI_ERROR_ARGUMENT, "field is NULL");
}

/* ---- formats ---- */

static void formats(void) {
    static const struct {
        bool        scan;
        const char *format, *types;
    } rows[] = {
        {0, "%s %d", "const char *, int"},
        {0, "no %% conversion", ""},
        {0, "", ""},
        {0, "%5.2f|%-+ #0*.*lf", "double, int, int, double"},
        {0, "%ld %lld %hd %hhd %zd %jd %td", "long, long long, int, int, ssize_t, intmax_t, ptrdiff_t"},
        {0, "%lu %llx %ho %hhX %zu %ju",
         "unsigned long, unsigned long long, unsigned int, unsigned int, size_t, uintmax_t"},
        {0, "%c %lc %ls %p %n %Lf", "int, wint_t, const wchar_t *, void *, int *, long double"},
        {0, "%hhn%ln", "signed char *, long *"},
        {0, "%2$s %1$*3$d", "int, const char *, int"},
        {0, "%1$s %1$s", "const char *"},
        {0, "%I64d %I64u %Id", "long long, unsigned long long, int"},
        {0, "%m %C%S", "wint_t, const wchar_t *"},
        {1, "%d %ld %hhd %s %c", "int *, long *, signed char *, char *, char *"},
        {1, "%f %lf %Lf %p", "float *, double *, long double *, void **"},
        {1, "%*d %3s %*s%n", "char *, int *"},
        {1, "%[^]x] %[]a]%ls", "char *, char *, wchar_t *"},
        {1, "%ms %mls %zu", "char **, wchar_t **, size_t *"},
        {1, "%2$d %1$s", "char *, int *"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char   text[200] = "?";
        size_t length =
            (rows[i].scan ? ffi_types_of_scan_format : ffi_types_of_format)(rows[i].format, text, sizeof text);
        ok(length == strlen(rows[i].types) && !strcmp(text, rows[i].types), "%s: %s",
           rows[i].scan ? "scanf" : "printf", rows[i].types);
        if (strcmp(text, rows[i].types)) note("got", text);
    }
    char text[8] = "?", *none = NULL;
    ok(ffi_types_of_format("%s %d", text, sizeof text) == 17 && !strcmp(text, "const c"),
       "ffi_types_of_format cuts as snprintf does");
    ok(ffi_types_of_format("%s %d", none, 0) == 17, "ffi_types_of_format counts without a buffer");
    static const struct {
        bool        scan;
        const char *format, *part;
    } bad[] = {{0, "a %y", "column 3 of the format \"a %y\": there is no such conversion"},
               {0, "%", "ends within"},
               {0, "%5", "ends within"},
               {0, "%Ld", "no such conversion"},
               {0, "%hf", "no such conversion"},
               {0, "%[a]", "no such conversion"},
               {0, "%1$d %d", "mixed"},
               {0, "%2$d", "argument 1 of 2 is never asked for"},
               {0, "%1$d %1$s", "as another type"},
               {0, "%99$d", "more than 64"},
               {0, "%0$d", "more than 64"},
               {1, "%[abc", "column 1 of the format \"%[abc\": this '%[' has no ']'"},
               {1, "%md", "no such conversion"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char same[4] = "?";
        bool zero    = !(bad[i].scan ? ffi_types_of_scan_format : ffi_types_of_format)(bad[i].format, same, 4);
        ok(zero && !strcmp(same, "?") && strstr(ffi_last_message(), bad[i].part) &&
               ffi_last_error() == FFI_ERROR_SYNTAX,
           "refused: %s", bad[i].part);
    }
    char many[200] = "";
    for (int i = 0; i < 65; i++) strcat(many, "%d");
    fails(ffi_types_of_format(many, NULL, 0), FFI_ERROR_SYNTAX, "column 129");
    fails(ffi_types_of_format(NULL, NULL, 0), FFI_ERROR_ARGUMENT, "format is NULL");
    fails(ffi_types_of_scan_format(NULL, NULL, 0), FFI_ERROR_ARGUMENT, "format is NULL");
}

/* ---- memory and errors for layers above ---- */

static int  ended;
static char first_key, second_key;

static void end_value(ffi_context *own, void *value) {
    (void)own;
    ended = ended * 10 + *(int *)value;
}

static void attachments(void) {
    static int   one = 1, two = 2, three = 3;
    ffi_context *own = ffi_context_new(NULL);
    ok(!ffi_context_attached(own, &first_key), "a new context has nothing attached");
    ok(ffi_context_attach(own, &first_key, &one, end_value) == &one, "ffi_context_attach attaches a value");
    ok(ffi_context_attach(own, &second_key, &two, end_value) == &two, "a second key has a value of its own");
    ok(ffi_context_attach(own, &first_key, &three, end_value) == &one, "the first of a key stays");
    ok(ffi_context_attached(own, &second_key) == &two && ffi_context_attached(own, &first_key) == &one,
       "found");
    ffi_context_free(own);
    ok(ended == 21, "the context's end calls the ends, the latest first");
    fails(ffi_context_attach(NULL, &first_key, &one, end_value), FFI_ERROR_ARGUMENT, "context is NULL");
    fails(ffi_context_attach(context, NULL, &one, end_value), FFI_ERROR_ARGUMENT, "key is NULL");
    fails(ffi_context_attach(context, &first_key, NULL, end_value), FFI_ERROR_ARGUMENT, "value is NULL");
    fails(ffi_context_attach(context, &first_key, &one, NULL), FFI_ERROR_ARGUMENT, "end is NULL");
    ok(!ffi_context_attached(NULL, &first_key), "nothing is attached to NULL");
}

static void services(void) {
    ok(ffi_fail(FFI_ERROR_RANGE, "%s is %d", "x", 3) == FFI_ERROR_RANGE && ffi_last_error() == FFI_ERROR_RANGE,
       "ffi_fail sets the error of a layer above");
    is_text(ffi_last_message(), "x is 3", "its message");
    ffi_fail(FFI_ERROR_RANGE, "f: %s", ffi_last_message());
    is_text(ffi_last_message(), "f: x is 3", "a message that quotes the last one");
    ok(ffi_fail(FFI_ERROR_RANGE, NULL) == FFI_ERROR_ARGUMENT,
       "ffi_fail without a format is FFI_ERROR_ARGUMENT");
    char *memory = ffi_context_memory(context, NULL, 0, 10);
    ok(memory != NULL, "ffi_context_memory gives memory of the context");
    strcpy(memory, "123456789");
    memory = ffi_context_memory(context, memory, 10, 1000);
    is_text(memory, "123456789", "grows");
    ok(!ffi_context_memory(context, memory, 1000, 0), "is given back");
    ok(!ffi_context_memory(context, NULL, 0, 0), "nothing is nothing");
    fails(ffi_context_memory(NULL, NULL, 0, 1), FFI_ERROR_ARGUMENT, "context is NULL");
}

int main(void) {
    context = ffi_context_new(NULL);
    names();
    annotations();
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    typedefs();
    short_names();
    assignment();
    paths();
    formats();
    services();
    attachments();
    ffi_context_free(context);
    return done();
}
