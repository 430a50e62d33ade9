/* SPDX-License-Identifier: MIT */
/*
 * Bad texts: each is refused with its code, the column, what was expected, and a caret under that byte; none
 * crashes, hangs or goes on to work as something else. After all of them the context still works.
 */
#include "helper.h"

static ffi_context *context;

/* One bad text: `column` counts from 1 in line `line`; the message has `part`. */
static const struct bad {
    const char *text;
    ffi_error   code;
    unsigned    column;
    const char *part;
} bad_types[] = {
    {"", FFI_ERROR_SYNTAX, 1, "expected a type, but the text ends"},
    {"   ", FFI_ERROR_SYNTAX, 4, "expected a type, but the text ends"},
    {"/* only words */", FFI_ERROR_SYNTAX, 17, "expected a type, but the text ends"},
    {"// only words", FFI_ERROR_SYNTAX, 14, "expected a type, but the text ends"},
    {";", FFI_ERROR_SYNTAX, 1, "expected a type, found ';'"},
    {"*", FFI_ERROR_SYNTAX, 1, "expected a type, found '*'"},
    {"const", FFI_ERROR_SYNTAX, 6, "expected a type"},
    {"3", FFI_ERROR_SYNTAX, 1, "expected a type, found '3'"},
    {"...", FFI_ERROR_SYNTAX, 1, "expected a type, found '...'"},
    {"(int)", FFI_ERROR_SYNTAX, 1, "expected a type, found '('"},
    {"\x01", FFI_ERROR_SYNTAX, 1, "byte 0x01"},
    {"int \xff", FFI_ERROR_SYNTAX, 5, "byte 0xff"},
    {"int f(\xc3)", FFI_ERROR_SYNTAX, 7, "byte 0xc3"},
    {"int f(\xc3\xa9)", FFI_ERROR_TYPE, 7, "unknown type '\xc3\xa9'"},
    {"in\x7ft", FFI_ERROR_TYPE, 1, "unknown type 'in'"},
    {"int\x1b[31m", FFI_ERROR_SYNTAX, 4, "byte 0x1b"},
    {"\"int\"", FFI_ERROR_SYNTAX, 1, "found '\"'"},
    {"int /* no end", FFI_ERROR_SYNTAX, 5, "comment does not end"},
    {"int /*/", FFI_ERROR_SYNTAX, 5, "comment does not end"},
    {"int / int", FFI_ERROR_SYNTAX, 5, "found '/'"},
    /* words */
    {"foo", FFI_ERROR_TYPE, 1, "unknown type 'foo'"},
    {"const Foo *", FFI_ERROR_TYPE, 7, "unknown type 'Foo'"},
    {"Int", FFI_ERROR_TYPE, 1, "unknown type 'Int'"},
    {"int f(foo_t *x)", FFI_ERROR_TYPE, 7, "unknown type 'foo_t'"},
    {"uint_least16_tt", FFI_ERROR_TYPE, 1, "unknown type"},
    {"int(foo, int)", FFI_ERROR_TYPE, 5, "unknown type 'foo'"},
    {"i", FFI_ERROR_TYPE, 1, "unknown type 'i'"},
    {"i24", FFI_ERROR_TYPE, 1, "unknown type 'i24'"},
    {"int int", FFI_ERROR_SYNTAX, 5, "found 'int'"},
    {"signed unsigned", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"unsigned float", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"short long", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"short double", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"char int", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"void int", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"unsigned _Bool", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"long long long", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"long char long", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"size_t int", FFI_ERROR_SYNTAX, 8, "found 'int'"},
    {"int f(int x, char x)", FFI_ERROR_TYPE, 19, "two parameters are named 'x'"},
    {"int f(int a, int (*g)(int a, int b, int a))", FFI_ERROR_TYPE, 41, "two parameters are named 'a'"},
    {"int f(typedef int x)", FFI_ERROR_TYPE, 7, "a parameter cannot be 'typedef'"},
    {"int f(int a, static int b)", FFI_ERROR_TYPE, 14, "a parameter cannot be 'static'"},
    {"int f(extern int x)", FFI_ERROR_TYPE, 7, "a parameter cannot be 'extern'"},
    {"int f(inline int)", FFI_ERROR_TYPE, 7, "a parameter cannot be 'inline'"},
    {"int f(int static x)", FFI_ERROR_TYPE, 11, "a parameter cannot be 'static'"},
    {"int f(const typedef int)", FFI_ERROR_TYPE, 13, "a parameter cannot be 'typedef'"},
    {"int f(auto int x)", FFI_ERROR_TYPE, 7, "a parameter cannot be 'auto'"},
    {"int f(int, constexpr int x)", FFI_ERROR_TYPE, 12, "a parameter cannot be 'constexpr'"},
    {"int f(int, const signed unsigned x)", FFI_ERROR_TYPE, 12, "invalid combination of type specifiers"},
    {"unsigned long double", FFI_ERROR_TYPE, 1, "invalid combination of type specifiers"},
    {"int x y", FFI_ERROR_SYNTAX, 7, "found 'y'"},
    {"int const x const", FFI_ERROR_SYNTAX, 13, "found 'const'"},
    {"int x; int y", FFI_ERROR_SYNTAX, 8, "end of the declaration"},
    {"int x, y", FFI_ERROR_SYNTAX, 6, "end of the declaration"},
    {"int x = 3", FFI_ERROR_SYNTAX, 7, "end of the declaration"},
    {"int;;", FFI_ERROR_SYNTAX, 5, "end of the declaration"},
    {"int x {", FFI_ERROR_SYNTAX, 7, "end of the declaration"},
    /* tags */
    {"struct", FFI_ERROR_SYNTAX, 7, "expected a tag or '{', but the text ends"},
    {"struct *", FFI_ERROR_SYNTAX, 8, "expected a tag or '{', found '*'"},
    {"enum 3", FFI_ERROR_SYNTAX, 6, "expected a tag or '{', found '3'"},
    {"struct int *", FFI_ERROR_SYNTAX, 8, "expected a tag or '{', found 'int'"},
    {"struct { int a) }", FFI_ERROR_SYNTAX, 15, "expected ',' or ';', found ')'"},
    {"enum e { A, 3 }", FFI_ERROR_SYNTAX, 13, "expected the name of a constant or '}', found '3'"},
    {"struct a struct b", FFI_ERROR_SYNTAX, 10, "found 'struct'"},
    /* brackets */
    {"int (", FFI_ERROR_SYNTAX, 6, "the text ends"},
    {"int f(", FFI_ERROR_SYNTAX, 7, "expected a type, but the text ends"},
    {"int f(int", FFI_ERROR_SYNTAX, 10, "expected ',' or ')', but the text ends"},
    {"int f(int,", FFI_ERROR_SYNTAX, 11, "expected a type, but the text ends"},
    {"int f(int,)", FFI_ERROR_SYNTAX, 11, "expected a type, found ')'"},
    {"int f(,int)", FFI_ERROR_SYNTAX, 7, "expected a type, found ','"},
    {"int f(int int)", FFI_ERROR_SYNTAX, 11, "found 'int'"},
    {"int f(int))", FFI_ERROR_SYNTAX, 11, "end of the declaration, found ')'"},
    {"int f(int]", FFI_ERROR_SYNTAX, 10, "expected ',' or ')', found ']'"},
    {"int (*f(int)", FFI_ERROR_SYNTAX, 13, "expected ')', but the text ends"},
    {"int )", FFI_ERROR_SYNTAX, 5, "found ')'"},
    {"int f(void, int)", FFI_ERROR_TYPE, 7, "void cannot be a parameter"},
    {"int f(int, void)", FFI_ERROR_TYPE, 12, "void cannot be a parameter"},
    {"int f(void x)", FFI_ERROR_TYPE, 7, "void cannot be a parameter"},
    {"int f(void[3])", FFI_ERROR_TYPE, 11, "element of an array"},
    {"int f(struct s)", FFI_ERROR_TYPE, 7, "struct s cannot be a parameter"},
    {"struct s f(int)", FFI_ERROR_TYPE, 11, "struct s cannot be a result"},
    {"int f(int)[3]", FFI_ERROR_TYPE, 6, "cannot be a result"},
    {"int f(int)(int)", FFI_ERROR_TYPE, 6, "cannot be a result"},
    {"int f[3](int)", FFI_ERROR_TYPE, 6, "element of an array"},
    /* the variadic mark */
    {"int f(int, ..., ...)", FFI_ERROR_SYNTAX, 17, "expected a type, found '...'"},
    {"int f(int ...)", FFI_ERROR_SYNTAX, 11, "expected ',' or ')', found '...'"},
    {"int f(int, ..)", FFI_ERROR_SYNTAX, 12, "found '.'"},
    {"int f(int, ....)", FFI_ERROR_SYNTAX, 15, "found '.'"},
    {"int f(int, ..., )", FFI_ERROR_SYNTAX, 17, "expected a type, found ')'"},
    {"int ...", FFI_ERROR_SYNTAX, 5, "found '...'"},
    /* numbers */
    {"int[", FFI_ERROR_SYNTAX, 5, "expected the number of elements or ']', but the text ends"},
    {"int[3", FFI_ERROR_SYNTAX, 6, "']', but the text ends"},
    {"int[0]", FFI_ERROR_RANGE, 5, "0 elements"},
    {"int[-1]", FFI_ERROR_RANGE, 5, "an array of -1 elements"},
    {"int[1.]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[1.5]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[1e5]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[08]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[0x]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[3q]", FFI_ERROR_SYNTAX, 5, "not an integer"},
    {"int[n]", FFI_ERROR_TYPE, 5, "'n' is not the name of a value"},
    {"int[3 4]", FFI_ERROR_SYNTAX, 7, "found '4'"},
    {"int[3*]", FFI_ERROR_SYNTAX, 7, "expected an expression, found ']'"},
    {"char[18446744073709551616]", FFI_ERROR_SYNTAX, 6, "64 bits"},
    {"char[99999999999999999999999999999999]", FFI_ERROR_SYNTAX, 6, "64 bits"},
    {"char[18446744073709551615]", FFI_ERROR_RANGE, 6, "too large"},
    {"int[0x7fffffffffffffff]", FFI_ERROR_RANGE, 4, "too large"},
    {"int[0x80000000][0x80000000][2]", FFI_ERROR_RANGE, 4, "too large"},
    {"int[3][]", FFI_ERROR_TYPE, 4, "element of an array"},
    /* attributes */
    {"int f(int) __attribute__", FFI_ERROR_SYNTAX, 25, "'('"},
    {"int f(int) __attribute__((", FFI_ERROR_SYNTAX, 27, "name of an attribute"},
    {"int f(int) __attribute__((no_such_abi))", FFI_ERROR_UNSUPPORTED, 27, "'no_such_abi'"},
    {"int f(int) __attribute__((sysv_abi)", FFI_ERROR_SYNTAX, 36, "')'"},
    /* lines */
    {"int f(int,\n\tfoo)", FFI_ERROR_TYPE, 2, "line 2, column 2: unknown type 'foo'"},
    {"\n\n\nint int", FFI_ERROR_SYNTAX, 5, "line 4, column 5"},
};

static char shown(char c) {
    return c == '\t' ? ' ' : c < 32 || c > 126 ? '?' : c;
}

/* The message's last two lines are the text's line and a caret below the byte in `column` of it. */
static int caret_is_right(const char *text, unsigned column) {
    const char *message = ffi_last_message(), *excerpt = strstr(message, "\n  ");
    const char *caret = excerpt ? strchr(excerpt + 1, '\n') : NULL;
    unsigned    line = 1, named = 0;
    sscanf(message, "line %u, column %u", &line, &named);
    if (!named && sscanf(message, "column %u", &named) != 1) return 0;
    if (named != column || !caret || caret[strlen(caret) - 1] != '^') return 0;
    while (line-- > 1) text = strchr(text, '\n') + 1;
    size_t at      = strlen(caret + 1) - 1; /* the excerpt and the caret are set in alike */
    char   pointed = text[column - 1];
    size_t end     = (size_t)(caret - (excerpt + 1));
    return pointed && pointed != '\n' ? at < end && excerpt[1 + at] == shown(pointed) : at == end;
}

static void one_bad(const struct bad *bad) {
    const ffi_ctype *type = ffi_type_parse(context, bad->text);
    tap_fails(!type, bad->code, bad->part, __FILE__, __LINE__, bad->text);
    if (type || !ok(caret_is_right(bad->text, bad->column), "  the caret is under column %u", bad->column))
        note("message", ffi_last_message());
}

/* ---- long ones ---- */

/* `head`, then `body` `count` times, then `tail`; to be freed. */
static char *repeat(const char *head, const char *body, size_t count, const char *tail) {
    size_t length = strlen(body);
    char  *text = malloc(strlen(head) + length * count + strlen(tail) + 1), *at = text;
    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < count; i++) memcpy(at, body, length), at += length;
    strcpy(at, tail);
    return text;
}

static void long_text(const char *head, const char *body, size_t count, const char *tail, ffi_error code,
                      const char *part) {
    char *text = repeat(head, body, count, tail);
    tap_fails(!ffi_type_parse(context, text), code, part, __FILE__, __LINE__, body);
    ok(strlen(ffi_last_message()) < 400, "  and its message is short, for %zu times as much", count);
    free(text);
}

static void long_texts(void) {
    const size_t many = 10000;
    long_text("int ", "*", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("int ", "(", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("int ", "(*", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("int f", "(int (*)", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("int f", "(int ", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("int f(", "int (*)(", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("char x", "[1]", many, "", FFI_ERROR_RANGE, "nested more than");
    long_text("char x", "[2]", many, "", FFI_ERROR_RANGE, "too large");
    long_text("int f", "()", many, "", FFI_ERROR_TYPE, "cannot be a result");
    long_text("", "const ", many, "", FFI_ERROR_SYNTAX, "expected a type");
    long_text("", "long ", many, "", FFI_ERROR_TYPE, "invalid combination of type specifiers");
    long_text("", "a", many, "", FFI_ERROR_TYPE, "unknown type 'aaaa");
    long_text("", "9", many, "", FFI_ERROR_SYNTAX, "64 bits");
    long_text("struct ", "a", many, " *", FFI_ERROR_RANGE, "name");
    long_text("", "/**/", many, "", FFI_ERROR_SYNTAX, "expected a type");
    long_text("", "\n", many, "@", FFI_ERROR_SYNTAX, "line 10001, column 1");
    long_text("", " ", many, "@", FFI_ERROR_SYNTAX, "column 10001");
    long_text("int f(int) ", "__attribute__((sysv_abi)) ", many, "@", FFI_ERROR_SYNTAX, "found '@'");

    long_text("int f(", "nullable ", 100 * many, "int *)", FFI_ERROR_SYNTAX, "'nullable' twice");
    long_text("int f(", "len(n) ", 100 * many, "int *)", FFI_ERROR_SYNTAX, "'len' twice");

    char *text = repeat("int f(", "int, ", FFI_MAX_ARGUMENTS - 1, "int)");
    ok(ffi_type_parameter_count(ffi_type_parse(context, text)) == FFI_MAX_ARGUMENTS, "1,024 parameters");
    free(text);
    text = repeat("int f(", "int, ", FFI_MAX_ARGUMENTS, "long)");
    fails(ffi_type_parse(context, text), FFI_ERROR_RANGE, "more than 1024");
    ok(caret_is_right(text, 6 + 5 * FFI_MAX_ARGUMENTS + 1), "the caret is under the 1,025th");
    free(text);
    text = repeat("int f(int, ..., ", "i8, ", FFI_MAX_ARGUMENTS - 1, "int)");
    fails(ffi_type_parse(context, text), FFI_ERROR_RANGE, "more than 1024");
    free(text);
    text = repeat("int ", "*", 100, "");
    ok(ffi_type_parse(context, text) != NULL, "100 stars are fine");
    free(text);
}

/* ---- random ones ---- */

/* Any bytes but NUL, and words of C in any order: none may crash, and each is a type or an error. */
static void random_texts(unsigned seed) {
    static const char *const words[]    = {"int",
                                           "(",
                                           ")",
                                           "*",
                                           "[",
                                           "]",
                                           "3",
                                           ",",
                                           "...",
                                           "char",
                                           "const",
                                           "x",
                                           "struct",
                                           "f",
                                           "void",
                                           "/*",
                                           "*/",
                                           ";",
                                           "unsigned",
                                           "long",
                                           "ptr",
                                           "__attribute__",
                                           "((sysv_abi))",
                                           "\xff",
                                           "enum",
                                           "_Atomic",
                                           "{",
                                           "//"};
    int                      bytes_good = 0, words_good = 0, unexplained = 0;
    srand(seed);
    for (int round = 0; round < 40000; round++) {
        char text[256] = "";
        int  length    = rand() % 24;
        if (round & 1) {
            for (int i = 0; i < length; i++) text[i] = (char)(rand() % 255 + 1);
        } else {
            for (int i = 0; i < length; i++)
                strcat(strcat(text, words[(size_t)rand() % (sizeof words / sizeof *words)]), " ");
        }
        const ffi_ctype *type = ffi_type_parse(context, text);
        if (type) *(round & 1 ? &bytes_good : &words_good) += 1;
        else unexplained += !strstr(ffi_last_message(), "column");
        if (type) unexplained += ffi_type_parse(context, text) != type;
    }
    ok(!unexplained, "random texts are types, or errors with a column (seed %u)", seed);
    printf("# of 20,000 each, %d random byte strings and %d random word lists were types\n", bytes_good,
           words_good);
}

/* ---- signatures and lists ---- */

static void ways_in(void) {
    ffi_context  *c     = context;
    void         *exit_ = (void *)(uintptr_t)&exit;
    ffi_function *base  = ffi_function_new(c, exit_, "int f(str, ...)");
    fails(ffi_function_new(c, exit_, "int"), FFI_ERROR_SYNTAX, "column 4: expected '('");
    fails(ffi_function_new(c, exit_, "int (**)(int)"), FFI_ERROR_SYNTAX, "not a signature");
    fails(ffi_function_new(c, exit_, "int (*x)[2]"), FFI_ERROR_SYNTAX, "not a signature");
    fails(ffi_function_new(c, exit_, ""), FFI_ERROR_SYNTAX, "column 1");
    fails(ffi_function_new(c, exit_, "int f(int"), FFI_ERROR_SYNTAX, "column 10");
    fails(ffi_function_variadic(base, "int,"), FFI_ERROR_SYNTAX, "column 5: expected a type");
    fails(ffi_function_variadic(base, ",int"), FFI_ERROR_SYNTAX, "column 1: expected a type");
    fails(ffi_function_variadic(base, "int int"), FFI_ERROR_SYNTAX, "column 5");
    fails(ffi_function_variadic(base, "int; int"), FFI_ERROR_SYNTAX, "column 4");
    fails(ffi_function_variadic(base, "void"), FFI_ERROR_TYPE, "column 1: void cannot be a parameter");
    fails(ffi_function_variadic(base, "int, foo"), FFI_ERROR_TYPE, "column 6: unknown type 'foo'");
    fails(ffi_function_variadic(base, "..."), FFI_ERROR_SYNTAX, "column 1");
    fails(ffi_function_variadic(base, "struct s"), FFI_ERROR_TYPE, "struct s cannot be a parameter");
    char *most = repeat("int", ",int", FFI_MAX_ARGUMENTS - 2, ""), *more = repeat(most, ",int", 1, "");
    ok(ffi_function_variadic(base, most) != NULL, "1,024 arguments of a variadic call");
    fails(ffi_function_variadic(base, more), FFI_ERROR_RANGE, "more than 1024");
    free(most), free(more);
}

/* Types that are read, and that no call can pass: the message says which one it is. */
static void not_by_value(void) {
    ffi_context *c = ffi_context_new(&(ffi_options){.abi = "sysv"});
    ok(ffi_type_parse(c, "void f(_Decimal64 *, _Decimal128 *, int __seg_gs *)") != NULL,
       "pointers to decimal numbers and into another segment are parameters");
    fails(ffi_type_parse(c, "void f(int, _Decimal64 x)"), FFI_ERROR_TYPE,
          "column 13: _Decimal64 cannot be a parameter");
    fails(ffi_type_parse(c, "_Decimal32 f(void)"), FFI_ERROR_TYPE, "_Decimal32 cannot be a result");
    fails(ffi_type_parse(c, "void f(struct d { _Decimal128 x; } y)"), FFI_ERROR_TYPE,
          "struct d cannot be a parameter");
    ffi_context_free(c);
}

int main(void) {
    const char *seed = getenv("SEED");
    context          = ffi_context_new(NULL);
    for (size_t i = 0; i < sizeof bad_types / sizeof *bad_types; i++) one_bad(&bad_types[i]);
    long_texts();
    random_texts(seed ? (unsigned)atoi(seed) : 1);
    ways_in();
    not_by_value();
    ok(ffi_type_parse(context, "int f(double)") != NULL, "the context still works");
    ffi_context_free(context);
    return done();
}
