/* SPDX-License-Identifier: MIT */
/*
 * Declarations for the commands with -i and -I: a file, read unchanged; or a header after the C compiler's
 * preprocessor, with its #defines. If a command has neither option, names are looked up in common headers.
 */
#include "command.h"
#include "complain.h"
#include "source.h"
#include "system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int declare_file(ffi_context *context, const char *name) {
    bool  is_stdin = !strcmp(name, "-");
    FILE *file     = is_stdin ? stdin : system_open(name);
    if (!file) return complain(EXIT_FAILED, "cannot open %s: %s", name, strerror(errno));
    char *text = read_all(file);
    int   code = !text          ? complain(EXIT_FAILED, "there is no memory for %s", name)
                 : ferror(file) ? complain(EXIT_FAILED, "cannot read %s: %s", name, strerror(errno))
                 : ffi_declare(context, text) ? complain_last(EXIT_FAILED, name)
                                              : EXIT_FINE;
    free(text);
    if (!is_stdin) fclose(file);
    return code;
}

/* ---- headers ---- */

/* Declarations of headers that the library cannot read are skipped; then only those names are missing. */
static struct {
    size_t count;
    char   first[512];
    bool   list;
} skipped;

static void note_skipped(const char *message, void *unused) {
    (void)unused;
    if (!skipped.count++)
        snprintf(skipped.first, sizeof skipped.first, "%.*s", (int)strcspn(message, "\n"), message);
    if (skipped.list) fprintf(stderr, "ffi: skipped: %.*s\n", (int)strcspn(message, "\n"), message);
}

static ffi_error declare_text(ffi_context *context, const struct options *options, const char *text) {
    skipped.list = options->given & OPTION_SKIPPED;
    return ffi_declare_with(context, text, &(ffi_declare_options){FFI_DECLARE_LENIENT, note_skipped, NULL},
                            NULL);
}

/* Keeps a text for origins, or frees it. */
static void end_text(const struct options *options, char *text) {
    if (options->origins && text) origins_add(options->origins, text);
    else free(text);
}

int declare_header(ffi_context *context, const struct options *options, const char *name) {
    const char *const headers[] = {name, NULL};
    char              reason[REASON_ROOM];
    char             *text = preprocess_headers(options, headers, name, reason);
    int               code = !text                                  ? complain(EXIT_FAILED, "%s", reason)
                             : declare_text(context, options, text) ? complain_last(EXIT_FAILED, name)
                                                                    : EXIT_FINE;
    return end_text(options, text), code;
}

void declare_common(ffi_context *context, const struct options *options) {
    char  reason[REASON_ROOM];
    char *text = preprocess_headers(options, system_headers, "the system's headers", reason);
    if (!text) note_that("%s", reason);
    else if (declare_text(context, options, text)) note_that("the system's headers: %s", ffi_last_message());
    end_text(options, text);
}

/* ---- all of them ---- */

int declare_sources(ffi_context *context, const struct options *options) {
    int code = EXIT_FINE;
    for (size_t i = 0; !code && i < options->source_count; i++) {
        const struct source *source = &options->sources[i];
        code                        = source->header ? declare_header(context, options, source->name)
                                                     : declare_file(context, source->name);
    }
    return code;
}

const ffi_ctype *declared_function(ffi_context *context, const struct options *options, const char *name) {
    const ffi_ctype *type = ffi_declared_type(context, name);
    if (!type && !options->source_count) {
        declare_common(context, options);
        type = ffi_declared_type(context, name);
    }
    if (type && ffi_type_kind(type) == FFI_KIND_FUNCTION) return type;
    if (!type)
        note_that("write the signature, such as 'int %s(int)'; or -I HEADER reads the header that declares it",
                  name);
    if (!type && skipped.count)
        note_that("%zu declarations of the headers were skipped, the first as %s", skipped.count,
                  skipped.first);
    if (type) complain(EXIT_FAILED, "'%s' is declared as a variable, not as a function", name);
    else if (options->source_count) complain(EXIT_FAILED, "none of -i and -I declares a function '%s'", name);
    else complain(EXIT_FAILED, "the system's common headers declare no function '%s'", name);
    return NULL;
}
