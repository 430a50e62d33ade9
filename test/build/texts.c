/* SPDX-License-Identifier: MIT */
/* texts COUNT ROUNDS parse|bind: gives the context so many different texts of signatures in turn, again and again. */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int code;

int main(int argc, char **argv) {
    static const char *const types[] = {"int",   "long",   "char",     "short",
                                        "float", "double", "unsigned", "long long"};
    enum { TYPES = sizeof types / sizeof *types, SIZE = 64 };
    if (argc != 4) return 2;
    size_t       count = strtoul(argv[1], NULL, 10), rounds = strtoul(argv[2], NULL, 10);
    bool         binds   = !strcmp(argv[3], "bind");
    ffi_context *context = ffi_context_new(NULL);
    char(*texts)[SIZE]   = calloc(count, SIZE);
    if (!texts) return 2;
    for (size_t i = 0; i < count; i++)
        snprintf(texts[i], SIZE, "%s f%04zu(%s, %s, %s)", types[i % TYPES], i, types[i / TYPES % TYPES],
                 types[i / TYPES / TYPES % TYPES], types[i % 7]);
    for (size_t i = 0; i < rounds * count; i++) {
        const char   *text  = texts[i % count];
        ffi_function *bound = binds ? ffi_function_new(context, &code, text) : NULL;
        if (binds ? !bound : !ffi_type_parse(context, text)) return printf("%s\n", ffi_last_message()), 1;
        ffi_function_free(bound);
    }
    ffi_context_free(context);
    free(texts);
    return 0;
}
