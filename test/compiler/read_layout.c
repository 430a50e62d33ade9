/* SPDX-License-Identifier: MIT */
/*
 * read_layout ABI FILE.c: what gen_layout.c wrote, read as text by ffi_declare(), must be what it was when it
 * was made without text: each of the file's assertions is put to the declared type.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned asked, wrong;

static void check(const char *line, const ffi_ctype *type, size_t got, size_t wanted) {
    asked++;
    if (type && got == wanted) return;
    if (wrong++ < 10) printf("%sbut it is %zu: %s", line, got, type ? "\n" : ffi_last_message());
}

static void put_question(ffi_context *context, const char *line) {
    char      name[32], member[16];
    size_t    wanted;
    ffi_field field = {0};
    if (sscanf(line, "CHECK(sizeof(%31[^)]) == %zu", name, &wanted) == 2) {
        const ffi_ctype *type = ffi_type_parse(context, name);
        check(line, type, ffi_type_size(type), wanted);
    } else if (sscanf(line, "CHECK(_Alignof(%31[^)]) == %zu", name, &wanted) == 2) {
        const ffi_ctype *type = ffi_type_parse(context, name);
        check(line, type, ffi_type_alignment(type), wanted);
    } else if (sscanf(line, "CHECK(__builtin_offsetof(%31[^,], %15[^)]) == %zu", name, member, &wanted) == 3) {
        const ffi_ctype *type = ffi_type_parse(context, name);
        bool             have = ffi_type_field_named(type, member, &field);
        check(line, have ? type : NULL, field.offset, wanted);
    } else {
        check(line, NULL, 0, 1);
    }
}

/* The declarations without the assertions, up to the object that tests bit-fields. */
static char *declarations(FILE *file, size_t *size) {
    char  line[1000], *text = NULL;
    FILE *to = open_memstream(&text, size);
    while (fgets(line, sizeof line, file) && strcmp(line, "struct image {\n")) {
        bool directive = *line == '#' && strncmp(line, "#pragma", 7);
        if (strncmp(line, "CHECK", 5) && !directive) fputs(line, to);
    }
    fclose(to);
    return text;
}

int main(int argc, char **argv) {
    if (argc != 3) return fputs("usage: read_layout ABI FILE.c\n", stderr), 2;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = argv[1]});
    FILE        *file    = fopen(argv[2], "r");
    if (!context || !file) return fprintf(stderr, "%s: %s\n", argv[2], ffi_last_message()), 1;
    char   line[1000];
    size_t size;
    char  *text = declarations(file, &size);
    if (ffi_declare(context, text)) return printf("%s\n", ffi_last_message()), 1;
    rewind(file);
    while (fgets(line, sizeof line, file) && strcmp(line, "struct image {\n"))
        if (!strncmp(line, "CHECK(", 6)) put_question(context, line);
    printf("%u of %u answers differ; %zu bytes of text\n", wrong, asked, size);
    ffi_context_free(context);
    fclose(file);
    free(text);
    return wrong || !asked;
}
