/* SPDX-License-Identifier: MIT */
/*
 * Golden plans: test/plan/<abi>.txt holds declarations and what the ABI of that name makes of them, as text.
 * Nothing is called, so every ABI is tested on every machine. Blocks are separated by blank lines; `#` begins a
 * comment line. t_calls.sh asks compilers whether the plans are true.
 */
#include "tap.h"

#include <dirent.h>
#include <ffi_invoke.h>

enum { LINE = 1024, TEXT = 1 << 17 };

struct block {
    unsigned line; /* of the declaration */
    char     declaration[LINE];
    char     wanted[TEXT];
};

static char got[TEXT];

/* Reads the next block; false at the end of the file. */
static int read_block(FILE *file, unsigned *line, struct block *block) {
    char   text[LINE];
    size_t length         = 0;
    block->declaration[0] = block->wanted[0] = 0;
    while (fgets(text, sizeof text, file)) {
        ++*line;
        if (*text == '#') continue;
        if (*text == '\n' && *block->declaration) return 1;
        if (*text == '\n') continue;
        if (*block->declaration) {
            length += (size_t)snprintf(block->wanted + length, TEXT - length, "%s", text);
        } else {
            block->line = *line;
            snprintf(block->declaration, LINE, "%.*s", (int)strcspn(text, "\n"), text);
        }
    }
    return *block->declaration != 0;
}

/* Shows the first lines in which two texts differ: `-` wanted, `+` got. */
static void show_difference(const char *wanted, const char *have) {
    for (int shown = 0; shown < 12 && (*wanted || *have);) {
        int w = (int)strcspn(wanted, "\n"), h = (int)strcspn(have, "\n");
        if (w != h || memcmp(wanted, have, (size_t)w)) {
            printf("# - %.*s%s\n# + %.*s%s\n", w < 300 ? w : 300, wanted, w < 300 ? "" : "...",
                   h < 300 ? h : 300, have, h < 300 ? "" : "...");
            shown++;
        }
        wanted += w + (wanted[w] == '\n');
        have += h + (have[h] == '\n');
    }
}

/* The plan of a declaration as text, in `got`. */
static int plan(ffi_context *context, const char *declaration) {
    const ffi_ctype *signature = ffi_type_parse(context, declaration);
    size_t           length    = signature ? ffi_plan_format(context, signature, got, sizeof got) : 0;
    if (!length) printf("# %s\n", ffi_last_message());
    return length > 0 && length < sizeof got;
}

static void check(ffi_context *context, const char *abi, const char *name, const char *declaration,
                  const char *wanted) {
    int good = plan(context, declaration);
    if (!ok(good && !strcmp(got, wanted), "%s: %s", abi, name) && good) show_difference(wanted, got);
}

static void check_file(const char *path) {
    static struct block block;
    char                abi[64];
    const char         *base = strrchr(path, '/') + 1;
    snprintf(abi, sizeof abi, "%.*s", (int)strcspn(base, "."), base);

    ffi_context *context = ffi_context_new(&(ffi_options){.abi = abi});
    FILE        *file    = fopen(path, "r");
    unsigned     line = 0, blocks = 0;
    ok(context && file, "%s names an ABI: %s", path, context ? "yes" : ffi_last_message());
    for (; context && file && read_block(file, &line, &block); blocks++) {
        char name[96];
        snprintf(name, sizeof name, "line %u: %.72s", block.line, block.declaration);
        check(context, abi, name, block.declaration, block.wanted);
    }
    ok(blocks > 0, "%s has %u declarations", path, blocks);
    if (file) fclose(file);
    ffi_context_free(context);
}

/* As many arguments as there can be: too long for the golden file, and regular. */
static void check_longest(void) {
    static const char *const gpr[] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
    static char              declaration[8 * FFI_MAX_ARGUMENTS], wanted[TEXT];
    int                      at = sprintf(declaration, "void("), text = sprintf(wanted, "sysv: void (");
    for (int i = 0; i < FFI_MAX_ARGUMENTS; i++) {
        at += sprintf(declaration + at, "%sint", i ? ", " : "");
        text += sprintf(wanted + text, "%sint", i ? ", " : "");
    }
    sprintf(declaration + at, ")");
    text += sprintf(wanted + text, ")\n");
    for (int i = 0; i < FFI_MAX_ARGUMENTS; i++) {
        text += sprintf(wanted + text, "  arg %-4d  int   -> ", i);
        if (i < 6) text += sprintf(wanted + text, "%s\n", gpr[i]);
        else text += sprintf(wanted + text, "[sp+%d]\n", (i - 6) * 8);
    }
    sprintf(wanted + text, "  stack           =  8144 bytes\n  result    void  none\n"); /* 1018 words */

    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    check(context, "sysv", "1,024 arguments", declaration, wanted);
    ffi_context_free(context);
}

/* The tree's test/plan, from any folder: the program is build/<target>/test/t_plan. */
static const char *golden_folder(const char *program) {
    static char folder[256];
    const char *slash = strrchr(program, '/');
    if (!slash) return "test/plan";
    snprintf(folder, sizeof folder, "%.*s/../../../test/plan", (int)(slash - program), program);
    return folder;
}

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : golden_folder(argv[0]);
    DIR        *files  = opendir(folder);
    if (!files && argc == 1) files = opendir(folder = "test/plan"); /* an emulator may give another name */
    if (!ok(files != NULL, "%s has golden files", folder)) return done();
    for (struct dirent *file; (file = readdir(files));) {
        char path[256 + sizeof file->d_name];
        if (!strstr(file->d_name, ".txt")) continue;
        snprintf(path, sizeof path, "%.255s/%s", folder, file->d_name);
        check_file(path);
    }
    closedir(files);

    const char *abi;
    for (size_t i = 0; (abi = ffi_abi_name(i)); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.txt", folder, abi);
        FILE        *file    = fopen(path, "r");
        ffi_context *context = ffi_context_new(&(ffi_options){.abi = abi});
        bool         plans   = ffi_plan_format(context, ffi_type_parse(context, "void(int)"), NULL, 0) > 0;
        if (plans) ok(file != NULL, "ABI %s has a golden file", abi);
        else skip_one("ABI %s: %s", abi, ffi_last_message());
        if (file) fclose(file);
        ffi_context_free(context);
    }
    check_longest();
    return done();
}
