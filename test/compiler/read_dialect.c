/* SPDX-License-Identifier: MIT */
/* read_dialect ABI FILE [TYPE]: whether ffi_declare_with() reads the file as it is, with the flags of the variable
 * FLAGS, all of its checks true; and the size and alignment of a type. */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    static char  text[1 << 16];
    FILE        *file    = argc >= 3 ? fopen(argv[2], "rb") : NULL;
    ffi_context *context = argc >= 3 ? ffi_context_new(&(ffi_options){.abi = argv[1]}) : NULL;
    if (!file || !context) return fputs("usage: read_dialect ABI FILE [TYPE]\n", stderr), 2;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    const char         *flags   = getenv("FLAGS");
    ffi_declare_options options = {.flags = flags ? (unsigned)atoi(flags) : 0};
    ffi_error           error   = ffi_declare_with(context, text, &options, NULL);
    if (error) printf("%s\n", ffi_last_message());
    if (argc > 3) {
        const ffi_ctype *type = ffi_type_parse(context, argv[3]);
        printf("%zu (%zu)", ffi_type_size(type), ffi_type_alignment(type));
    }
    ffi_context_free(context);
    return error != FFI_ERROR_NONE;
}
