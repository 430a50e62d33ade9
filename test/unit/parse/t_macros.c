/* SPDX-License-Identifier: MIT */
/* Macros of texts as they are written, and the constants that macros and names stand for. */
#include "helper.h"

#include <float.h>
#include <math.h>

static ffi_context *context;

/* ---- values ---- */

static const char *value_of(const char *name) {
    static char      text[128], type_text[64];
    ffi_value        value;
    const ffi_ctype *type = ffi_declared_value(context, name, &value);
    if (!type) return "none";
    ffi_type_format(type, type_text, sizeof type_text);
    switch (ffi_type_kind(type)) {
    case FFI_KIND_F32: snprintf(text, sizeof text, "%s %a", type_text, (double)value.f32); break;
    case FFI_KIND_F64: snprintf(text, sizeof text, "%s %a", type_text, value.f64); break;
    case FFI_KIND_F80:
    case FFI_KIND_F128: snprintf(text, sizeof text, "%s", type_text); break;
    case FFI_KIND_ARRAY: snprintf(text, sizeof text, "%s \"%s\"", type_text, value.str); break;
    case FFI_KIND_POINTER: snprintf(text, sizeof text, "%s %lld", type_text, (long long)value.i64); break;
    default: snprintf(text, sizeof text, "%s %lld", type_text, (long long)value.i64);
    }
    return text;
}

static void is(const char *source, const char *name, const char *wanted) {
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    if (ffi_declare(context, source)) note("message", ffi_last_message());
    is_text(value_of(name), wanted, "%s", source);
    ffi_context_free(context);
}

/* What gcc and clang refuse, or do not count as a constant, or clang alone. */
static void refused_builtins(void) {
    static const char *const wrong[] = {
        "infd()",           "infw()",       "huge_vald()",  "nanw(\"\")",      "nansd(\"\")",
        "infF()",           "inf(1)",       "nan()",        "nan(3)",          "nan(\"x\")",
        "nan(\"\", \"\")",  "nan(L\"\")",   "nans(\"1x\")", "popcount(1, 2)",  "bswap32(1, 2)",
        "bswap32()",        "abs(-3, 1)",   "expect(1)",    "expect(1, 2, 3)", "expect(1, )",
        "constant_p(1, 2)", "constant_p()", "strlen()",     "strlen(\"\", 1)", "expect_with_probability(1, 1)",
        "fabs(1, 1)",       "labs()",       "nan(\"-1\")",  "nan(\"+1\")",     "nanf(\" 1\")",
    };
    char source[80];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(source, sizeof source, "#define X __builtin_%s\n", wrong[i]);
        is(source, "X", "none");
    }
    is("#define X __builtin_nan(\"0x10000000000000001\")\n", "X", "none"); /* more than 64 bits */
    is("#define X __builtin_expect_with_probability(4, 1, 0.5)\n", "X", "long 4");
    is("#define X _Generic(1, int: , default: 2)\n", "X", "none");
}

static void payloads(void) {
    static const struct {
        const char *text;
        uint64_t    bits;
    } cases[] = {
        {"nan(\"\")", 0x7ff8000000000000},    {"nan(\"0\")", 0x7ff8000000000000},
        {"nan(\"0x5\")", 0x7ff8000000000005}, {"nan(\"010\")", 0x7ff8000000000008},
        {"nans(\"\")", 0x7ff4000000000000},   {"nans(\"1\")", 0x7ff0000000000001},
        {"nanf(\"0xfffffff\")", 0x7fffffff},  {"nan(\"0xfffffffffffffff\")", 0x7fffffffffffffff},
        {"nansf(\"0x400000\")", 0x7fa00000},  {"nanf(\"7\")", 0x7fc00007},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char      source[80];
        ffi_value value = {0};
        context         = ffi_context_new(&(ffi_options){.abi = "sysv"});
        snprintf(source, sizeof source, "#define X __builtin_%s\n", cases[i].text);
        const ffi_ctype *type = ffi_declare(context, source) ? NULL : ffi_declared_value(context, "X", &value);
        uint64_t         bits = ffi_type_size(type) == 4 ? value.u32 : value.u64;
        ok(type && bits == cases[i].bits, "%s has the bits %llx", cases[i].text, (unsigned long long)bits);
        ffi_context_free(context);
    }
}

/* C's longest token counts (C11 6.4p4): a decrement is no constant expression, but two marks that a macro brings
 * together stay two. */
static void longest_tokens(void) {
    static const char *const wrong[] = {
        "--1",   "++1",   "1--1",  "1++1",       "1+++1", "1---1", "1 - --1", "1 - ++1", "-(--1)",
        "1<<=2", "1>>=2", "1+=2",  "1-=2",       "1*=2",  "1/=2",  "1%=2",    "1&=2",    "1|=2",
        "1^=2",  "1=2",   "1->2",  "1...2",      "1& &1", "1| |1", "1= =1",   "1! =2",   "1< <2",
        "1> >2", "1- >2", "1 . 5", "sizeof 1++", "1.2.3", "1e",    "1e+",     "1.5e",    "0x1.8",
        "0x.p1", "0xp1",  ".e1",   "1.5ee1",     "1.5fl", "1e1.5",
    };
    char source[80];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(source, sizeof source, "#define X %s\n", wrong[i]);
        is(source, "X", "none");
    }
    is("#define N -1\n#define X -N\n", "X", "int 1");
    is("#define N -1\n#define X 3-N\n", "X", "int 4");
    is("#define P +1\n#define X 1+P\n", "X", "int 2");
    is("#define M -\n#define X M M 5\n", "X", "int 5");
    is("#define M(a) -a\n#define X M(-5)\n", "X", "int 5");
    is("#define M(a) - ## a\n#define X M(-)5\n", "X", "none");
    is("#define L <\n#define X 1 L L 2\n", "X", "none");
    is("#define X - -1\n", "X", "int 1");
    is("#define X 1- -1\n", "X", "int 2");
    is("#define X 1+ +1\n", "X", "int 2");
    is("#define X -/**/-1\n", "X", "int 1");
    is("#define X -~-!1\n", "X", "int 1");
    is("#define X 1&&2\n", "X", "int 1");
    is("#define X 1&-2\n", "X", "int 0");
    is("#define X 1<-2\n", "X", "int 0");
    is("#define X 5>>1>=2\n", "X", "int 1");
    is("#define X 1.e1\n", "X", "double 0x1.4p+3");
    is("#define X 0x.8p1\n", "X", "double 0x1p+0");
    is("#define X 1'0.2'5e1\n", "X", "double 0x1.9ap+6");
}

static void values(void) {
    is("#define O 1 + 1\n#define P O * 2\n", "P", "int 3");
    is("#define PASTE(c) c ## L\n#define X (PASTE(9223372036854775807))\n", "X", "long 9223372036854775807");
    is("#define IOR(t, n, s) ((2u << 30) | ((t) << 8) | (n) | (sizeof(s) << 16))\n#define X IOR('j', 0x12, "
       "long)\n",
       "X", "size_t 2148035090");
    is("#define ENC(a, b) ((a) << 16 | (b) << 8)\n#define X ENC(2, 26)\n", "X", "int 137728");
    is("#define X 3.5\n", "X", "double 0x1.cp+1");
    is("#define X .5\n", "X", "double 0x1p-1"); /* the quotient's highest limb is full */
    is("#define X -1.5f\n", "X", "float -0x1.8p+0");
    is("#define X (1.0 / 3)\n", "X", "double 0x1.5555555555555p-2");
    is("#define X 1.5L\n", "X", "long double");
    is("#define X \"a\" \"b\\n\"\n", "X", "char[4] \"ab\n\"");
    is("#define X 'x'\n", "X", "int 120");
    is("#define X ((void *)0)\n", "X", "void * 0");
    is("#define X ((char *)-1)\n", "X", "char * -1");
    is("#define X (1UL << 31)\n", "X", "unsigned long 2147483648");
    is("#define X (1LL + 1UL)\n", "X", "unsigned long long 2");
    is("#define X ((short)3 + 1u)\n", "X", "unsigned int 4");
    is("static const double X = 2.5;\n", "X", "const double 0x1.4p+1");
    is("static const float X = 1;\n", "X", "const float 0x1p+0");
    is("enum { X = (int)1.9, Y = 1.0 < 2 };\n", "X", "int 1");
    is("enum { X = (int)1.9, Y = 1.0 < 2 };\n", "Y", "int 1");
    is("enum e { A = -1, X = 0xffffffff };", "X", "long 4294967295");
    is("enum e { A = -1, X = 0xffffffff };", "A", "int -1");
    is("enum e { A = -1, X = 0xffffffff }; enum e { A = -1, X = 0xffffffff } f(void);", "X", "none");
    is("enum e { X = 0xffffffff };", "X", "unsigned int 4294967295");
    is("enum e { A = 1ll << 40, X = 0xffffffff };", "X", "unsigned long 4294967295");
    is("enum e { X, A = 1ll << 40 };", "X", "int 0");
    is("enum e : unsigned char { X = 7 };", "X", "unsigned char 7");
    is("enum e : long { A = 7, X };", "X", "long 8");
    is("enum { X = 7, Y = sizeof(X) } __attribute__((packed));", "Y", "int 4");
    is("__extension__ _Static_assert(sizeof(int) == 4, \"int\"); struct s { __extension__ _Static_assert(1, "
       "\"x\"); "
       "__extension__ int a; }; enum { X = sizeof(struct s) };",
       "X", "int 4");
    is("#define X __builtin_inff()\n", "X", "float inf");
    is("#define X __builtin_infq()\n", "X", "_Float128");
    is("#define X (-__builtin_huge_val())\n", "X", "double -inf");
    is("#define X __builtin_infl()\n", "X", "long double");
    refused_builtins();
    is("#define X _Generic(1L, int: 5, default: 9, long: 7)\n", "X", "int 7");
    is("#define X _Generic((char)1, int: 5, char: 6u)\n", "X", "unsigned int 6");
    is("#define X _Generic(\"a\", char *: 1, default: 2)\n", "X", "int 1");
    is("struct s { char X[_Generic(1, int: 5, default: 9)]; }; enum { X = sizeof(struct s) };", "X", "int 5");
    is("#define X __builtin_popcount(0xff)\n", "X", "int 8");
    is("#define X __builtin_clz(1)\n", "X", "int 31");
    is("#define X __builtin_ctzll(0x100)\n", "X", "int 8");
    is("#define X __builtin_ffs(0)\n", "X", "int 0");
    is("#define X __builtin_bswap32(0x11223344)\n", "X", "unsigned int 1144201745");
    is("#define X __builtin_bswap16(0x1122)\n", "X", "unsigned short 8721");
    is("#define X (__builtin_constant_p(3) ? 8 : 6)\n", "X", "int 8");
    is("#define X (__builtin_constant_p(f) ? 8 : 6)\nint f(void);", "X", "int 6");
    is("#define X __builtin_strlen(\"abc\")\n", "X", "size_t 3");
    is("#define X __builtin_expect(4, 1)\n", "X", "long 4");
    is("#define X ({ 1; })\n", "X", "none");
    is("#define X f(1)\nint f(int);", "X", "none");
    is("#define X X\n", "X", "none");
    is("#define X Y\n#define Y X\n", "X", "none");
    is("#define X\n", "X", "none");
    is("#define X(a) a\n", "X", "none");
    is("#define X )\n", "X", "none");
    is("#define F(a) a\n#define X F(1\n", "X", "none");
    is("#define F(a) a\n#define X F(1, 2)\n", "X", "none");
    is("#define F(a, b) a\n#define X F(1)\n", "X", "none");
    is("#define X 1.5foo\n", "X", "none");
    is("#define X Y\n#define Y 5\n#undef Y\n", "X", "none");
    is("#define X Y\n#define Y 5\n#undef Y\n#define Y 6\n", "X", "int 6");
    is("#define X 1\n#pragma push_macro(\"X\")\n#undef X\n#define X 2\n#pragma pop_macro(\"X\")\n", "X",
       "int 1");
    is("#pragma push_macro(\"X\")\n#define X 2\n#pragma pop_macro(\"X\")\n", "X", "none");
}

/* ---- texts ---- */

static bool same_but_spaces(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a == ' ') a++;
        while (*b == ' ') b++;
        if (*a != *b || !*a) return *a == *b;
    }
}

/* What the text of a macro is replaced by, as a string. */
static void stands_for(const char *definitions, const char *text, const char *wanted) {
    char source[2000];
    context = ffi_context_new(NULL);
    snprintf(source, sizeof source,
             "%s\n#define STRING_OF(...) #__VA_ARGS__\n#define STRING(...) STRING_OF(__VA_ARGS__)\n"
             "#define X STRING(%s)\n",
             definitions, text);
    ffi_value value = {.str = NULL};
    if (ffi_declare(context, source)) note("message", ffi_last_message());
    bool good = ffi_declared_value(context, "X", &value) && same_but_spaces(value.str, wanted);
    if (!good) note("got", value.str ? value.str : "nothing");
    ok(good, "%s becomes %s", text, wanted);
    ffi_context_free(context);
}

/* C11 6.10.3.3p4, 6.10.3.5; C23 6.10.4.1. */
static void replacement(void) {
    const char *third =
        "#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n"
        "#define h g(~\n#define m(a) a(w)\n#define w 0,1\n#define t(a) a\n#define p() int\n"
        "#define q(x) x\n#define r(x,y) x ## y\n#define str(x) # x\n";
    stands_for(third, "f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);",
               "f(2 * (y+1)) + f(2 * (f(2 * (z[0])))) % f(2 * (0)) + t(1);");
    stands_for(third, "g(x+(3,4)-w) & m (f)^m(m);", "f(2 * (2+(3,4)-0,1)) & f(2 * (0,1))^m(0,1);");
    stands_for(third, "p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };", "int i[] = { 1, 23, 4, 5, };");
    stands_for(third, "char c[2][6] = { str(hello), str() };", "char c[2][6] = { \"hello\", \"\" };");
    stands_for("#define hash_hash # ## #\n#define mkstr(a) # a\n#define in_between(a) mkstr(a)\n"
               "#define join(c, d) in_between(c hash_hash d)\n",
               "join(x, y)", "\"x ## y\"");
    stands_for("#define t(x,y,z) x ## y ## z\n",
               "t(1,2,3) t(,4,5) t(6,,7) t(8,9,) t(10,,) t(,11,) t(,,12) t(,,)", "123 45 67 89 10 11 12");
    stands_for("#define str(s) # s\n", "str(strncmp(\"abc\\0d\", \"abc\", '\\4') == 0) str(: @\\n)",
               "\"strncmp(\\\"abc\\\\0d\\\", \\\"abc\\\", '\\\\4') == 0\" \": @\\n\"");
    stands_for("#define debug(...) fprintf(stderr, __VA_ARGS__)\n#define showlist(...) puts(#__VA_ARGS__)\n",
               "debug(\"Flag\"); showlist(The first, second, and third items.);",
               "fprintf(stderr, \"Flag\"); puts(\"The first, second, and third items.\");");
    stands_for("#define F(a...) f(0, ## a)\n#define G(x, ...) g(x, ## __VA_ARGS__)\n",
               "F() F(1) F(1, 2) G(1) G(1, 2) G(1,)", "f(0) f(0,1) f(0,1, 2) g(1) g(1,2) g(1,)");
    stands_for("#define F(a, ...) f(a __VA_OPT__(,) __VA_ARGS__)\n#define H(x, ...) __VA_OPT__(x ## x) end\n",
               "F(1) F(1, 2) F(1,) H(a) H(a, 1)", "f(1 ) f(1 , 2) f(1 ) end aa end");
    stands_for("#define f(x) x f\n#define AA BB\n#define BB AA\n", "f(1)(2) AA", "1 f(2) AA");
    stands_for("#define EMPTY\n#define f(x) [x]\n#define g f\n", "f EMPTY (1) g (2) f (3)", "f (1) [2] [3]");
}

static void texts(void) {
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    ok(!ffi_declare(
           context,
           "#define PACKED __attribute__((packed))\n#define API extern\n#define T(x) x *\n"
           "#define N 2 + 1\nstruct s { char c; int i; } PACKED;\nAPI T(int) f(T(char) a);\nchar a[N * 2];\n"
           "#define FIELDS(X) X(int, a) X(char, b)\n#define FIELD(t, n) t n;\nstruct x { FIELDS(FIELD) };\n"),
       "macros in declarations");
    ok(ffi_type_size(ffi_type_parse(context, "struct s")) == 5 &&
           ffi_type_size(ffi_declared_type(context, "a")) == 4 &&
           ffi_type_equal(ffi_declared_type(context, "f"), ffi_type_parse(context, "int *(char *)")) &&
           ffi_type_size(ffi_type_parse(context, "struct x")) == 8,
       "are replaced");
    ok(!ffi_declare(context, "struct later { char c; long l; } PACKED;") &&
           ffi_type_size(ffi_type_parse(context, "struct later")) == 9,
       "also those of an earlier text");
    ok(ffi_type_length(ffi_type_parse(context, "int[N * 2]")) == 4 &&
           ffi_type_size(ffi_type_parse(context, "struct { char c; int i; } PACKED")) == 5,
       "and in a type");
    ok(!ffi_declare(context, "# 1 \"x.h\"\nint PACKED;\n#define LATE 5\nint T(int);") &&
           ffi_declared_type(context, "PACKED") && ffi_declared_type(context, "T") &&
           ffi_declared_constant(context, "LATE", NULL),
       "but not in what a preprocessor has made");
    ok(!ffi_declare(context, "#define two(a) a\nint other(void);") && ffi_type_parse(context, "int two(int)"),
       "a signature may declare the name of a macro with parameters");
    fails(!ffi_declare(context, "#define F(a) a\n\nint f(F(int;\n"), FFI_ERROR_SYNTAX,
          "line 3, column 7: this use of macro 'F'");
    fails(!ffi_declare(context, "#define F(a) a\nint x F(1,2);\n"), FFI_ERROR_SYNTAX,
          "takes another number of arguments");
    fails(!ffi_declare(context, "#define F(a) a ## +\nint x F(1);\n"), FFI_ERROR_SYNTAX,
          "does not make a token");
    fails(!ffi_declare(context, "#define F(a) (a\n\n)\nint x;"), FFI_ERROR_SYNTAX, "line 3");
    fails(!ffi_declare(context, "#define F(a, \\\n b) a\nint F(x,\n y);\nint 3;"), FFI_ERROR_SYNTAX, "line 5");
    ok(!ffi_declared_macro(context, "F", NULL), "a text that fails leaves no macro");
    ffi_context_free(context);
}

/* ---- bombs ---- */

static void bombs(void) {
    char   *text   = malloc(1 << 20);
    size_t  length = 0;
    int64_t value;
    context = ffi_context_new(NULL);
    length += (size_t)sprintf(text, "#define D0 1\n");
    for (int i = 1; i < 64; i++)
        length += (size_t)sprintf(text + length, "#define D%d D%d + D%d\n", i, i - 1, i - 1);
    ok(!ffi_declare(context, text) && ffi_declared_constant(context, "D8", &value) && value == 256 &&
           !ffi_declared_constant(context, "D63", &value),
       "a macro that doubles is no constant beyond the limit");
    fails(!ffi_declare(context, "int x[D63];"), FFI_ERROR_RANGE, "the text that macro");
    fails(ffi_type_parse(context, "int[D63]"), FFI_ERROR_TYPE, "'D63' is not the name of a value");
    strcpy(text, "#define I(x) x\n#define X ");
    for (int i = 0; i < 5000; i++) strcat(text + 20, "I(");
    strcat(text, "1");
    for (int i = 0; i < 5000; i++) strcat(text + 20, ")");
    strcat(text, "\n");
    ok(!ffi_declare(context, text) && !ffi_declared_constant(context, "X", &value),
       "a call that nests too deep is no constant");
    fails(!ffi_declare(context, "int x[X];"), FFI_ERROR_RANGE, "uses of macros nested too deep");
    strcpy(text, "#define L(x) x x x x x x x x x x x x x x x x\n#define M(x) L(L(L(L(L(L(x))))))\n#define Y "
                 "M(M(M(M(1))))\n");
    ok(!ffi_declare(context, text) && !ffi_declared_constant(context, "Y", &value),
       "a call whose arguments grow without end is no constant");
    fails(!ffi_declare(context, "int y[Y];"), FFI_ERROR_RANGE, "macro");
    ok(ffi_declared_constant(context, "D8", &value), "after a limit macros are still replaced");
    ffi_context_free(context);
    free(text);
}

/* Appends the format, for i from 1 to `count`, with i and twice i - 1. */
static char *append(char *end, int count, const char *format) {
    for (int i = 1; i <= count; i++) end += sprintf(end, format, i, i - 1, i - 1);
    return end;
}

static void is_limited(const char *text, const char *part, const char *label) {
    context         = ffi_context_new(NULL);
    ffi_error error = ffi_declare(context, text);
    if (!ok(error == FFI_ERROR_RANGE && strstr(ffi_last_message(), part), "%s", label))
        note("message", ffi_last_message());
    ffi_context_free(context);
}

/* Texts whose work grows faster than they do. */
static void limits(void) {
    static const char too_long[] = "is too long", too_deep[] = "nested too deep";
    char             *text = malloc(1 << 20), *end;
    strcpy(append(text + sprintf(text, "#define S0(x) x\n"), 40, "#define S%d(x) S%d(#x)\n"), "int S40(a);");
    is_limited(text, too_long, "a string of a string of a string is refused beyond the limit");
    strcpy(append(text + sprintf(text, "#define P0(x) x\n"), 40, "#define P%d(x) P%d(x##x)\n"), "int P40(a);");
    is_limited(text, too_long, "a name that ## doubles");
    strcpy(append(text + sprintf(text, "#define D0 \"%0900d\"\n", 0), 30, "#define D%d D%d D%d\n"), "int D30;");
    is_limited(text, too_long, "a long token that doubles");
    end = append(text + sprintf(text, "#define F("), 20000, ",");
    append(end + sprintf(end, ")\n"), 20000, "F()\n");
    is_limited(text, too_long, "many uses of a macro with many parameters");
    append(text + sprintf(text, "#define C /*%0200000d*/\n", 0), 50000, "C\n");
    is_limited(text, too_long, "many uses of a macro with a long comment");
    end = append(text + sprintf(text, "#define F(...) "), 30000, "__VA_OPT__(");
    strcpy(append(end, 30000, ")"), "\nint F(1);");
    is_limited(text, too_deep, "__VA_OPT__ within itself");

    end = append(text + sprintf(text, "#define I(x) x\n#define X "), 100, "I(");
    end = append(append(end, 100, ")"), 1, "\n");
    strcpy(append(end, 100, "int a%d[X];\n"), "int I(I(I(last)));");
    int64_t value = 0;
    context       = ffi_context_new(NULL);
    ok(!ffi_declare(context,
                    "#define WARN(message) WARN1(GCC warning message)\n#define WARN1(m) _Pragma(#m)\n"
                    "#define OLD WARN(\"OLD is old\") 4\n#define END 5 WARN(\"x\")\n#define ODD _Pragma\n") &&
           ffi_declared_constant(context, "OLD", &value) && value == 4 &&
           ffi_declared_constant(context, "END", &value) && value == 5 &&
           !ffi_declared_constant(context, "ODD", &value),
       "a value may have a _Pragma beside it");
    ffi_context_free(context);

    size_t skipped = 0;
    context        = ffi_context_new(NULL);
    ok(!ffi_declare_with(context, text, &(ffi_declare_options){.flags = FFI_DECLARE_LENIENT}, &skipped) &&
           skipped >= 100 && ffi_declared_type(context, "last"),
       "after many uses that are too deep macros are still replaced");
    ffi_context_free(context);
    free(text);
}

int main(void) {
    payloads();
    longest_tokens();
    values();
    replacement();
    texts();
    bombs();
    limits();
    return done();
}
