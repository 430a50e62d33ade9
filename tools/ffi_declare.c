/* SPDX-License-Identifier: MIT */
/*
 * Declarations for the commands that take -i and -I: a file as it stands, or what the C compiler's preprocessor
 * makes of a header, its #defines included.
 */
#include "ffi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *read_all(FILE *file) {
    size_t size = 0, room = 1 << 16;
    char  *text = malloc(room);
    while (text && (size += fread(text + size, 1, room - size - 1, file)) == room - 1) {
        char *larger = realloc(text, room *= 2);
        if (!larger) free(text);
        text = larger;
    }
    if (text) text[size] = 0;
    return text;
}

static int declare(ffi_context *context, FILE *file, const char *name) {
    char *text = read_all(file);
    if (!text) return complain(EXIT_FAILED, "there is no memory for %s", name);
    int code = ferror(file)                 ? complain(EXIT_FAILED, "cannot read %s: %s", name, strerror(errno))
               : ffi_declare(context, text) ? complain(EXIT_FAILED, "%s: %s", name, ffi_last_message())
                                            : EXIT_FINE;
    free(text);
    return code;
}

static int declare_file(ffi_context *context, const char *name) {
    bool  is_stdin = !strcmp(name, "-");
    FILE *file     = is_stdin ? stdin : system_open(name);
    if (!file) return complain(EXIT_FAILED, "cannot open %s: %s", name, strerror(errno));
    int code = declare(context, file, name);
    if (!is_stdin) fclose(file);
    return code;
}

/* What the C compiler's preprocessor makes of headers; if there is no compiler, that is said, and is only an
 * error if there `must` be one. */
static int declare_headers(ffi_context *context, const char *const *headers, const char *name, bool must) {
    const char *chosen                          = getenv("CC"), *why;
    const char *words[6 + 2 * MOST_HEADERS + 1] = {chosen && *chosen ? chosen : system_compiler, "-E", "-dD",
                                                   "-x", "c"};
    size_t      used                            = 5;
    intptr_t    process;
    for (size_t i = 0; headers[i]; i++) words[used++] = "-include", words[used++] = headers[i];
    words[used] = "-";
    FILE *file  = system_start(words, &process, &why);
    if (!file)
        return complain(must ? EXIT_FAILED : EXIT_FINE, "cannot run the preprocessor, %s: %s", words[0], why);
    int code = declare(context, file, name);
    fclose(file);
    if (!system_succeeded(process)) return complain(EXIT_FAILED, "the preprocessor failed for %s", name);
    return code;
}

int declare_common(ffi_context *context) {
    return declare_headers(context, system_headers, "the system's headers", false);
}

static int declare_source(ffi_context *context, const struct source *source) {
    const char *const headers[] = {source->name, NULL};
    if (source->header) return declare_headers(context, headers, source->name, true);
    return declare_file(context, source->name);
}

int declare_sources(ffi_context *context, const struct options *options) {
    int code = EXIT_FINE;
    for (size_t i = 0; !code && i < options->source_count; i++)
        code = declare_source(context, &options->sources[i]);
    return code;
}
