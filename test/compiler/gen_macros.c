/* SPDX-License-Identifier: MIT */
/*
 * Writes a C program that compares what random macros stand for, as the compiler's preprocessor makes it, with
 * what ffi_declare() makes of them: both as strings, in which white space does not count. Uses that we refuse,
 * as of ## that makes no token, are counted and left out.
 *
 * Usage: gen_macros SEED COUNT
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MACROS = 7 };

static unsigned long long state;

static unsigned below(unsigned end) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % end;
}

static struct shape {
    int  count; /* parameters; -1: none and no brackets */
    bool variadic;
} shapes[MACROS];

static char text[1 << 16];

static void put(const char *more) {
    if (strlen(text) + strlen(more) + 1 < sizeof text) strcat(text, more);
}

static void put_number(const char *format, int number) {
    char more[64];
    snprintf(more, sizeof more, format, number);
    put(more);
}

static void put_word(const struct shape *shape) {
    static const char *const words[] = {"x",        "y1",  "7",  "0x1f", "+",  "-",
                                        "\"s\\n\"", "'c'", "<<", ".",    "if", "1.5e3"};
    int                      names   = shape ? shape->count : 0;
    unsigned                 choice  = below(12);
    if (names > 0 && choice < 6) put_number("p%d", (int)below((unsigned)names));
    else if (shape && shape->variadic && choice < 8) put("__VA_ARGS__");
    else put(words[below(12)]);
}

static void put_tokens(const struct shape *shape, int depth);

/* The use of a macro, most often with as many arguments as it takes. */
static void put_use(const struct shape *shape, int depth) {
    int                 macro = (int)below(MACROS);
    const struct shape *its   = &shapes[macro];
    put_number("M%d ", macro);
    if (its->count < 0 ? below(5) : !below(8)) return;
    put("(");
    int count = its->count + (its->variadic ? (int)below(3) : 0);
    for (int i = 0; i < count; i++) {
        if (i) put(", ");
        if (below(8)) put_tokens(shape, depth - 1);
    }
    put(")");
}

static void put_tokens(const struct shape *shape, int depth) {
    for (int i = (int)below(4); i >= 0; i--) {
        unsigned choice = depth > 0 ? below(16) : 8;
        if (choice < 4) {
            put_use(shape, depth);
        } else if (choice == 4) {
            put("(");
            put_tokens(shape, depth - 1);
            put(")");
        } else if (choice == 5 && shape && shape->count > 0) {
            put_number("#p%d", (int)below((unsigned)shape->count));
        } else if (choice == 6 && shape) {
            put(below(2) ? "w" : "M");
            put(" ## ");
            if (shape->count > 0) put_number("p%d", (int)below((unsigned)shape->count));
            else put("3");
        } else if (choice == 7 && shape && shape->variadic) {
            put(below(2) ? ", ## __VA_ARGS__" : "__VA_OPT__(v __VA_ARGS__)");
        } else {
            put_word(shape);
        }
        put(below(3) ? " " : "  ");
    }
}

static void put_definition(int macro) {
    const struct shape *its = &shapes[macro];
    put_number("#define M%d", macro);
    if (its->count >= 0) {
        put("(");
        for (int i = 0; i < its->count; i++) {
            if (i) put(", ");
            put_number("p%d", i);
        }
        if (its->variadic) put(its->count ? ", ..." : "...");
        put(")");
    }
    put(" ");
    put_tokens(its, 2);
    put("\n");
}

static void put_string(const char *string) {
    putchar('"');
    for (; *string; string++) {
        if (*string == '"' || *string == '\\') putchar('\\');
        if (*string == '\n') fputs("\\n", stdout);
        else putchar(*string);
    }
    putchar('"');
}

int main(int count, char **words) {
    static char source[1 << 18], use[1 << 16];
    if (count < 3) return 2;
    unsigned long refused = 0, compared = 0, wanted = strtoul(words[2], NULL, 10);
    state = strtoull(words[1], NULL, 10);
    puts("#include <stdio.h>\nstatic int wrong;\n"
         "static void check(const char *a, const char *b, const char *use) {\n"
         "    const char *theirs = a, *ours = b;\n"
         "    for (;; a++, b++) {\n        while (*a == ' ') a++;\n        while (*b == ' ') b++;\n"
         "        if (*a != *b) wrong++, printf(\"%s\\n  is   %s\\n  ours %s\\n\", use, theirs, ours);\n"
         "        if (*a != *b || !*a) return;\n    }\n}\n"
         "#define STRING_OF(...) #__VA_ARGS__\n#define STRING(...) STRING_OF(__VA_ARGS__)");
    for (unsigned long n = 0; n < wanted; n++) {
        *text = 0;
        for (int i = 0; i < MACROS; i++) shapes[i] = (struct shape){(int)below(5) - 1, false};
        for (int i = 0; i < MACROS; i++) {
            if (shapes[i].count > 2) shapes[i] = (struct shape){shapes[i].count - 2, true};
            put_definition(i);
        }
        printf("%sstatic void part_%lu(void) {\n", text, n);
        strcpy(source, text);
        for (int i = 0; i < 8; i++) {
            *text = 0;
            put_use(NULL, 3);
            put_tokens(NULL, 3);
            strcpy(use, text);
            ffi_context *context = ffi_context_new(NULL);
            ffi_value    value;
            char        *end = source + strlen(source);
            sprintf(end,
                    "#define STRING_OF(...) #__VA_ARGS__\n#define STRING(...) STRING_OF(__VA_ARGS__)\n"
                    "#define RESULT STRING(%s)\n",
                    use);
            if (ffi_declare(context, source)) return fprintf(stderr, "%s\n%s\n", source, ffi_last_message()), 1;
            *end = 0;
            if (!ffi_declared_value(context, "RESULT", &value)) {
                refused++;
            } else {
                compared++;
                printf("    check(STRING(%s), ", use);
                put_string(value.str);
                printf(", \"part %lu: \" ", n);
                put_string(use);
                puts(");");
            }
            ffi_context_free(context);
        }
        puts("}");
        for (int i = 0; i < MACROS; i++) printf("#undef M%d\n", i);
    }
    puts("int main(void) {");
    for (unsigned long n = 0; n < wanted; n++) printf("    part_%lu();\n", n);
    puts("    return wrong != 0;\n}");
    fprintf(stderr, "%lu uses compared, %lu refused\n", compared, refused);
    return 0;
}
