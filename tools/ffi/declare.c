/* SPDX-License-Identifier: MIT */
/*
 * Declarations for the commands that take -i and -I: a file as it stands, or what the C compiler's preprocessor
 * makes of a header, its #defines included. A name that neither is given for is looked for in common headers.
 */
#include "ffi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$"

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

enum { REASON_ROOM = 1024 };

/* Why a preprocessor failed: the first of its lines that tells an error, else its first line. */
static void read_reason(FILE *messages, const char *name, char reason[REASON_ROOM]) {
    char line[512] = "", first[512] = "";
    if (messages) rewind(messages);
    while (messages && !strstr(line, "error") && fgets(line, sizeof line, messages))
        if (!*first) strcpy(first, line);
    const char *said = strstr(line, "error") ? line : first;
    snprintf(reason, REASON_ROOM, "the preprocessor failed for %.400s%s%.*s", name, *said ? ": " : "",
             (int)strcspn(said, "\r\n"), said);
}

/* What the preprocessor prints, to be freed; NULL with the reason. */
static char *preprocess(const char *const *words, const char *name, char reason[REASON_ROOM]) {
    const char *why = "";
    intptr_t    process;
    FILE       *messages = system_temporary(), *file = system_start(words, messages, &process, &why);
    char       *text = file ? read_all(file) : NULL;
    if (file) fclose(file);
    bool good = file && system_succeeded(process);
    if (!file) snprintf(reason, REASON_ROOM, "cannot run the preprocessor, %s: %s", words[0], why);
    else if (!good) read_reason(messages, name, reason);
    else if (!text) snprintf(reason, REASON_ROOM, "there is no memory for %s", name);
    if (messages) fclose(messages);
    if (good) return text;
    return free(text), NULL;
}

/* A compiler would read options from a file that it is given as @FILE. NULL if memory is out. */
static char *header_word(const char *header) {
    char *word = malloc(strlen(header) + sizeof "./");
    if (word) sprintf(word, "%s%s", *header == '@' ? "./" : "", header);
    return word;
}

/* The text of headers, to be freed; NULL with the reason. */
static char *read_headers(const char *const *headers, const char *name, char reason[REASON_ROOM]) {
    const char *chosen                          = getenv("CC");
    const char *words[6 + 2 * MOST_HEADERS + 1] = {chosen && *chosen ? chosen : system_compiler, "-E", "-dD",
                                                   "-x", "c"};
    char       *kept[MOST_HEADERS], *text = NULL;
    size_t      used = 5, count = 0;
    while (headers[count] && (kept[count] = header_word(headers[count]))) {
        words[used++] = "-include";
        words[used++] = kept[count++];
    }
    words[used] = "-";
    if (headers[count]) snprintf(reason, REASON_ROOM, "there is no memory for %s", name);
    else text = preprocess(words, name, reason);
    while (count) free(kept[--count]);
    return text;
}

static int declare_header(ffi_context *context, const char *name) {
    const char *const headers[] = {name, NULL};
    char              reason[REASON_ROOM];
    char             *text = read_headers(headers, name, reason);
    int               code = !text                        ? complain(EXIT_FAILED, "%s", reason)
                             : ffi_declare(context, text) ? complain_last(EXIT_FAILED, name)
                                                          : EXIT_FINE;
    return free(text), code;
}

void declare_common(ffi_context *context) {
    char  reason[REASON_ROOM];
    char *text = read_headers(system_headers, "the system's headers", reason);
    if (!text) note_that("%s", reason);
    else if (ffi_declare(context, text)) note_that("the system's headers: %s", ffi_last_message());
    free(text);
}

/* ---- all of them ---- */

int declare_sources(ffi_context *context, const struct options *options) {
    int code = EXIT_FINE;
    for (size_t i = 0; !code && i < options->source_count; i++) {
        const struct source *source = &options->sources[i];
        code = source->header ? declare_header(context, source->name) : declare_file(context, source->name);
    }
    return code;
}

bool is_name_alone(const char *text) {
    return *text && !text[strspn(text, NAME_LETTERS)] && !strchr("0123456789", *text);
}

const ffi_ctype *declared_function(ffi_context *context, const struct options *options, const char *name) {
    const ffi_ctype *type = ffi_declared_type(context, name);
    if (!type && !options->source_count) {
        declare_common(context);
        type = ffi_declared_type(context, name);
    }
    if (type && ffi_type_kind(type) == FFI_KIND_FUNCTION) return type;
    if (!type)
        note_that("write the signature, such as 'int %s(int)'; or -I HEADER reads the header that declares it",
                  name);
    if (type) complain(EXIT_FAILED, "'%s' is declared as a variable, not as a function", name);
    else if (options->source_count) complain(EXIT_FAILED, "none of -i and -I declares a function '%s'", name);
    else complain(EXIT_FAILED, "the system's common headers declare no function '%s'", name);
    return NULL;
}
