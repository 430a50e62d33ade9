/* SPDX-License-Identifier: MIT */
/* What types keep beside their layout: names and annotations of parameters, names of typedefs. */
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
        {"int f(out inout int *x)", "'out' cannot stand here: another word contradicts it", FFI_ERROR_TYPE},
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

int main(void) {
    context = ffi_context_new(NULL);
    names();
    annotations();
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    typedefs();
    short_names();
    ffi_context_free(context);
    return done();
}
