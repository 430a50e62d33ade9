/* SPDX-License-Identifier: MIT */
/*
 * Writes a C program that compares the value, the size and the sign of random integer constant expressions with
 * what ffi_declare() makes of them. Those that we refuse, for a division by zero or a shift by too much, are
 * counted and left out: C does not define them.
 *
 * Usage: gen_expressions SEED COUNT
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long state;

static unsigned below(unsigned end) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % end;
}

static const char *one_of(const char *const *words, size_t count) {
    return words[below((unsigned)count)];
}

#define ONE_OF(words) one_of(words, sizeof(words) / sizeof *(words))

static const char *const leaves[]   = {"0",
                                       "1",
                                       "2",
                                       "7",
                                       "'a'",
                                       "'\\xff'",
                                       "L'\\x12345'",
                                       "u'\\xffff'",
                                       "0x7fffffff",
                                       "0x80000000",
                                       "2147483648",
                                       "0xffffffff",
                                       "4294967295",
                                       "1u",
                                       "3ul",
                                       "5l",
                                       "6ll",
                                       "0x8000000000000000",
                                       "0xffffffffffffffffull",
                                       "0777",
                                       "sizeof(int)",
                                       "sizeof(char[3])",
                                       "ONE",
                                       "MINUS",
                                       "LARGE",
                                       "sizeof(struct s)",
                                       "__builtin_offsetof(struct s, b)"};
static const char *const binaries[] = {"+",  "-", "*", "/",  "%",  "&",  "|",  "^",  "<<",
                                       ">>", "<", ">", "<=", ">=", "==", "!=", "&&", "||"};
static const char *const unaries[]  = {"-",           "~",
                                       "!",           "+",
                                       "(char)",      "(unsigned char)",
                                       "(short)",     "(unsigned short)",
                                       "(int)",       "(unsigned)",
                                       "(long)",      "(unsigned long)",
                                       "(long long)", "(_Bool)"};

/* Characters as constants and strings have them, by the bytes that a unit needs. clang refuses constants of
 * more. */
static const char *const characters[] = {"a", "\\n", "\\e", "\\'", "\\\"", "?", "\\?", "\\0", "\\177"};
static const char *const bytes[]      = {"\\377", "\\200"};
static const char *const wide[]       = {"\\u00e9", "\xc3\xa9", "\\u1234", "\xe2\x82\xac", "\\uffff"};
static const char *const full[]       = {"\\U0001F600", "\xf0\x9f\x98\x80", "\\U0010ffff"};
static bool              gcc_only;

/* One that fits units of `unit` bytes, or any. */
static const char *character(unsigned unit) {
    switch (below(5)) {
    case 0: return ONE_OF(bytes);
    case 1: return unit < 2 ? ONE_OF(characters) : ONE_OF(wide);
    case 2: return unit < 4 ? ONE_OF(characters) : ONE_OF(full);
    case 3:
        if (unit) return ONE_OF(characters);
        gcc_only = true;
        return below(2) ? ONE_OF(wide) : ONE_OF(full);
    default: return ONE_OF(characters);
    }
}

static void write_character(char *text) {
    static const struct {
        const char *prefix;
        unsigned    unit;
    } kinds[]     = {{"", 1}, {"L", 4}, {"u", 2}, {"U", 4}};
    unsigned kind = below(4), any = !below(4);
    if (below(3)) {
        sprintf(text, "%s'%s", kinds[kind].prefix, character(any ? 0 : kinds[kind].unit));
        if (!below(4)) strcat(text, character(kinds[kind].unit)), gcc_only = true;
        strcat(text, "'");
        return;
    }
    sprintf(text, "sizeof(%s\"", kinds[kind].prefix);
    for (unsigned i = below(4); i; i--) strcat(text, character(4));
    strcat(text, "\"");
    if (below(2)) sprintf(text + strlen(text), " %s\"%s\"", below(2) ? kinds[kind].prefix : "", character(4));
    strcat(text, ")");
}

static void write_expression(char *text, int depth) {
    text += strlen(text);
    unsigned choice = depth ? below(10) : 9;
    if (choice < 5) {
        strcpy(text, "(");
        write_expression(text, depth - 1);
        sprintf(text + strlen(text), " %s ", ONE_OF(binaries));
        write_expression(text, depth - 1);
        strcat(text, ")");
    } else if (choice < 7) { /* no brackets: precedence decides */
        write_expression(text, depth - 1);
        sprintf(text + strlen(text), " %s ", ONE_OF(binaries));
        write_expression(text, depth - 1);
    } else if (choice < 8) {
        sprintf(text, "%s ", ONE_OF(unaries));
        write_expression(text, depth - 1);
    } else if (choice < 9) {
        strcpy(text, "(");
        write_expression(text, depth - 1);
        strcat(text, " ? ");
        write_expression(text, depth - 1);
        strcat(text, " : ");
        write_expression(text, depth - 1);
        strcat(text, ")");
    } else if (below(6)) {
        strcpy(text, ONE_OF(leaves));
    } else {
        write_character(text);
    }
}

static const char *const names =
    "enum { ONE = 1, MINUS = -1, LARGE = 2147483647 }; struct s { char a; long b; };";

int main(int count, char **words) {
    if (count < 3) return 2;
    unsigned long refused = 0, wanted = strtoul(words[2], NULL, 10);
    state = strtoull(words[1], NULL, 10);
    printf("#include <stdio.h>\n%s\nstatic int wrong;\n"
           "#define CHECK(number, value, size, negative, ...) do { __typeof__(__VA_ARGS__) it = (__VA_ARGS__); "
           "\\\n"
           "    if ((unsigned long long)it != value || sizeof it != size || ((__typeof__(it))-1 < 1) != "
           "negative) \\\n"
           "        wrong++, printf(\"%%s is %%lld of %%zu bytes\\n\", #__VA_ARGS__, (long long)it, sizeof "
           "it); } while (0)\n",
           names);
    for (unsigned long i = 0; i < wanted; i++) {
        char         text[20000] = "", declaration[80000];
        int64_t      value, is_signed;
        ffi_context *context = ffi_context_new(NULL);
        if (i % 100 == 0) printf("%sstatic void part_%lu(void) {\n", i ? "}\n" : "", i / 100);
        gcc_only = false;
        write_expression(text, 1 + (int)below(4));
        snprintf(declaration, sizeof declaration,
                 "%s static const unsigned long long value = %s; extern char size[sizeof(%s)];"
                 "static const int is_signed = (__typeof__(%s))-1 < 1;",
                 names, text, text, text);
        if (ffi_declare(context, declaration)) {
            fprintf(stderr, "%s\n%s\n", declaration, ffi_last_message());
            return 1;
        }
        if (!ffi_declared_constant(context, "value", &value)) {
            refused++;
        } else {
            ffi_declared_constant(context, "is_signed", &is_signed);
            printf("%s    CHECK(%lu, %lluull, %zu, %d, %s);\n%s", gcc_only ? "#ifndef __clang__\n" : "", i,
                   (unsigned long long)value, ffi_type_size(ffi_declared_type(context, "size")), (int)is_signed,
                   text, gcc_only ? "#endif\n" : "");
        }
        ffi_context_free(context);
    }
    puts("}\nint main(void) {");
    for (unsigned long i = 0; i * 100 < wanted; i++) printf("    part_%lu();\n", i);
    puts("    return wrong != 0;\n}");
    fprintf(stderr, "%lu expressions compared, %lu refused\n", wanted - refused, refused);
    return 0;
}
