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
    } else {
        strcpy(text, ONE_OF(leaves));
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
            printf("    CHECK(%lu, %lluull, %zu, %d, %s);\n", i, (unsigned long long)value,
                   ffi_type_size(ffi_declared_type(context, "size")), (int)is_signed, text);
        }
        ffi_context_free(context);
    }
    puts("}\nint main(void) {");
    for (unsigned long i = 0; i * 100 < wanted; i++) printf("    part_%lu();\n", i);
    puts("    return wrong != 0;\n}");
    fprintf(stderr, "%lu expressions compared, %lu refused\n", wanted - refused, refused);
    return 0;
}
