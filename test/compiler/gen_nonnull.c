/* SPDX-License-Identifier: MIT */
/*
 * Writes random declarations of functions with parameters that must not be NULL, and calls that pass NULL for one of
 * them. Compilers warn of the lines on which NULL is wrong; we say which these are.
 *
 * Usage: gen_nonnull SEED COUNT TEXT LINES
 *     TEXT     the C file
 *     LINES    the numbers of its lines on which NULL is wrong, by the declarations as the library reads them
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

enum { MOST = 6 };

/* The parameters of the declaration that is made: how many there are, and the numbers of the pointers. */
static unsigned count, pointers[MOST], pointer_count;
static bool     is_typedef;

/* Appends to a text of 2000 bytes. */
static void add(char *text, const char *more) {
    snprintf(text + strlen(text), 2000 - strlen(text), "%s", more);
}

/* `nonnull` as it stands in the brackets of an attribute. The first number is a pointer's: without one, clang takes the
 * attribute for that of all pointers. gcc drops an attribute with a number that is none, clang that of a typedef. */
static void add_word(char *text) {
    char number[24];
    add(text, below(2) ? "nonnull" : "__nonnull__");
    if (!pointer_count || !below(4)) return;
    snprintf(number, sizeof number, below(2) ? "(%u" : "(%u - 1 + 1", pointers[below(pointer_count)]);
    add(text, number);
    snprintf(number, sizeof number, ", %u", 1 + below(count));
    add(text, is_typedef || below(2) ? "" : number);
    add(text, ")");
}

static void add_attribute(char *text) {
    bool list = !below(4);
    add(text, " __attribute__((");
    add_word(text);
    if (list) add(text, ", __nothrow__, "), add_word(text);
    add(text, "))");
}

/* `in_function`: the declaration is of a function, whose parameters may have marks of their own. */
static void make_parameters(char *text, bool in_function) {
    static const char *const types[] = {"char *p%u",
                                        "const void *p%u",
                                        "int p%u",
                                        "double p%u",
                                        "int (*p%u)(char *)",
                                        "char p%u[3]",
                                        "char p%u[static 2]",
                                        "unsigned long const p%u",
                                        "int p%u[][2]",
                                        "const int p%u[const static 1][2]",
                                        "char *_Nonnull p%u",
                                        "int (*_Nonnull const p%u)(char *)",
                                        "char p%u[_Nonnull 3]",
                                        "S _Nonnull p%u",
                                        "S _Nonnull *p%u",
                                        "_Nonnull S p%u[2]"};
    enum { TYPES = sizeof types / sizeof *types };
    *text         = 0;
    count         = below(MOST);
    pointer_count = 0;
    add(text, "(");
    for (unsigned i = 0; i < count; i++) {
        char     one[100];
        unsigned type;
        do type = below(TYPES);
        while (!in_function && strstr(types[type], "static"));
        snprintf(one, sizeof one, types[type], i);
        if (i) add(text, ", ");
        bool pointer = type != 2 && type != 3 && type != 7;
        bool marked = in_function && pointer && !below(4), before = below(2);
        if (pointer) pointers[pointer_count++] = i + 1;
        if (marked && before) add(text, "__attribute__((nonnull)) ");
        add(text, one);
        if (marked && !before) add(text, " __attribute__((nonnull))");
    }
    add(text, !count ? "void)" : below(6) ? ")" : ", ...)");
}

/* A declaration of the function `f<number>`. */
static void declare(char *text, unsigned number) {
    static char parameters[2000];
    char        name[24], type[24];
    unsigned    kind = below(10);
    is_typedef       = kind < 2;
    make_parameters(parameters, kind > 3);
    snprintf(name, sizeof name, "f%u", number);
    snprintf(type, sizeof type, "t%u", number);
    *text = 0;
    if (kind == 0 || kind == 1) { /* a type with a name */
        add(text, "typedef int "), add(text, kind ? "" : "("), add(text, kind ? "" : "*"), add(text, type),
            add(text, kind ? "" : ")");
        add(text, parameters);
        if (below(2)) add_attribute(text);
        add(text, "; extern "), add(text, type), add(text, " "), add(text, name);
        if (below(2)) add_attribute(text);
    } else if (kind == 2) { /* a pointer */
        add(text, "extern int (*"), add(text, name), add(text, ")");
        add(text, parameters);
        add_attribute(text);
    } else if (kind == 3) { /* two declarations, of which each may say something */
        for (int i = 0; i < 2; i++) {
            add(text, i ? "; int " : "int "), add(text, name), add(text, parameters);
            if (below(2)) add_attribute(text);
        }
    } else {
        if (kind == 4) add_attribute(text);
        if (kind == 5) add(text, "[["), add(text, "gnu::"), add_word(text), add(text, "]] ");
        add(text, " int");
        if (kind == 6) add_attribute(text);
        add(text, below(3) ? " " : " *"), add(text, name);
        if (kind == 7) add(text, " [["), add(text, "gnu::"), add_word(text), add(text, "]]");
        add(text, parameters);
        if (!below(4)) add(text, " __asm__(\"other\")");
        if (below(3)) add_attribute(text);
        if (!below(4)) add_attribute(text);
    }
    add(text, ";");
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    state                  = strtoull(argv[1], NULL, 0);
    unsigned     functions = (unsigned)atoi(argv[2]), line = 0, wrong = 0, calls = 0;
    FILE        *text = fopen(argv[3], "w"), *lines = fopen(argv[4], "w");
    ffi_context *context = ffi_context_new(NULL);
    if (!text || !lines || !context) return 2;
    static const char string[] = "typedef char *S;";
    fprintf(text, "%s\n", string);
    line++;
    if (ffi_declare(context, string)) return 2;
    for (unsigned i = 0; i < functions; i++) {
        static char declaration[2000], name[24];
        snprintf(name, sizeof name, "f%u", i);
        declare(declaration, i);
        fprintf(text, "%s\n", declaration);
        line++;
        if (ffi_declare(context, declaration)) {
            printf("%s\n%s\n", declaration, ffi_last_message());
            return 1;
        }
        const ffi_ctype *type = ffi_declared_type(context, name);
        if (ffi_type_kind(type) == FFI_KIND_POINTER) type = ffi_type_target(type);
        for (size_t null = 0; null < ffi_type_parameter_count(type); null++) {
            if (ffi_type_kind(ffi_type_parameter(type, null)) != FFI_KIND_POINTER) continue;
            fprintf(text, "void call%u_%zu(void) { %s(", i, null, name);
            for (size_t k = 0; k < ffi_type_parameter_count(type); k++) {
                bool pointer = ffi_type_kind(ffi_type_parameter(type, k)) == FFI_KIND_POINTER;
                fprintf(text, "%s%s", k ? ", " : "", !pointer ? "1" : k == null ? "0" : "(void *)64");
            }
            fprintf(text, "); }\n");
            line++, calls++;
            if (!(ffi_type_annotations(type, null) & FFI_ANNOTATION_NONNULL)) continue;
            fprintf(lines, "%u\n", line);
            wrong++;
        }
    }
    printf("%u calls with NULL, of which %u are wrong\n", calls, wrong);
    ffi_context_free(context);
    return fclose(text) || fclose(lines);
}
