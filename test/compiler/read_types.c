/* SPDX-License-Identifier: MIT */
/*
 * Reads types, one a line, and prints for each "yes" and the type as text again, or "no" and the error; or
 * "differs" and that text if it reads as another type. For t_compiler.sh.
 */
#include <ffi_invoke.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    static char  line[4096], text[4096];
    ffi_context *context = ffi_context_new(NULL);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        const ffi_ctype *type     = ffi_type_parse(context, line);
        if (!type) {
            printf("no\t%.*s\n", (int)strcspn(ffi_last_message(), "\n"), ffi_last_message());
            continue;
        }
        size_t length = ffi_type_format(type, text, sizeof text);
        bool   same   = length == strlen(text);
        same &= ffi_type_equal(ffi_type_parse(context, text), type); /* the text has no names of parameters */
        for (size_t size = 0; size < length + 2; size++) { /* cut anywhere, and not one byte further */
            char cut[4096];
            memset(cut, '#', sizeof cut);
            same &= ffi_type_format(type, cut, size) == length && cut[size] == '#';
            size_t kept = size > length ? length : size - 1;
            same &= !size || (!memcmp(cut, text, kept) && !cut[kept]);
        }
        printf("%s\t%s\n", same ? "yes" : "differs", text);
    }
    ffi_context_free(context);
    return 0;
}
