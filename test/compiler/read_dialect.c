/* SPDX-License-Identifier: MIT */
/* read_dialect ABI FILE: whether ffi_declare() reads the file as it is, all of its checks true. */
#include <ffi_invoke.h>

#include <stdio.h>

int main(int argc, char **argv) {
    static char  text[1 << 16];
    FILE        *file    = argc == 3 ? fopen(argv[2], "rb") : NULL;
    ffi_context *context = argc == 3 ? ffi_context_new(&(ffi_options){.abi = argv[1]}) : NULL;
    if (!file || !context) return fputs("usage: read_dialect ABI FILE\n", stderr), 2;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    ffi_error error = ffi_declare(context, text);
    if (error) printf("%s\n", ffi_last_message());
    ffi_context_free(context);
    return error != FFI_ERROR_NONE;
}
