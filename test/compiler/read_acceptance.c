/* SPDX-License-Identifier: MIT */
/* read_acceptance FILE: of each line of the file whether ffi_declare() reads in a new context what is behind its mark:
 * its number, and `read` or `refused`. In a line `\n` is the end of one. */
#include <ffi_invoke.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static char line[4096];
    FILE       *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!file) return fputs("usage: read_acceptance FILE\n", stderr), 2;
    for (int number = 1; fgets(line, sizeof line, file); number++) {
        ffi_context *context = ffi_context_new(&(ffi_options){.abi = "sysv"});
        for (char *at = line; (at = strstr(at, "\\n"));) *at++ = ' ', *at = '\n';
        ffi_error error = ffi_declare(context, *line ? line + 1 : line);
        printf("%d %s\n", number, error ? "refused" : "read");
        ffi_context_free(context);
    }
    return fclose(file);
}
