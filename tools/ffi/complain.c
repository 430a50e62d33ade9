/* SPDX-License-Identifier: MIT */
/*
 * The error of a command: one line on stderr that begins with `ffi: `, or with --json one JSON object. Further
 * lines, which show the source text or give advice, are indented.
 */
#include "complain.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

enum { MESSAGE_ROOM = 8192, NOTE_ROOM = 1024 };

static bool   in_json;
static char   note[NOTE_ROOM]; /* "" if there is no advice */
static size_t said;

void complain_in_json(void) {
    in_json = true;
}

void note_that(const char *format, ...) {
    va_list list;
    if (*note) return;
    va_start(list, format);
    vsnprintf(note, sizeof note, format, list);
    va_end(list);
}

void forget_note(void) {
    *note = 0;
}

static void put_member(const char *name, char *text) {
    fprintf(stderr, ", \"%s\": ", name);
    text_make_utf8(text);
    text_json(stderr, text, strlen(text));
}

/* `name` is the library's name of the error, or NULL. */
static int say(int code, const char *name, char *message) {
    if (in_json) {
        fprintf(stderr, "{\"error\": {\"status\": %d", code);
        if (name) fprintf(stderr, ", \"name\": \"%s\"", name);
        put_member("message", message);
        if (*note) put_member("note", note);
        fputs("}}\n", stderr);
    } else {
        const char *end = colour_in(stderr, COLOUR_END);
        fprintf(stderr, "%sffi:%s %s\n", colour_in(stderr, COLOUR_ERROR), end, message);
        if (*note) fprintf(stderr, "  %snote:%s %s\n", colour_in(stderr, COLOUR_NOTE), end, note);
    }
    forget_note();
    said++;
    return code;
}

size_t complaints(void) {
    return said;
}

int complain(int code, const char *format, ...) {
    char    message[MESSAGE_ROOM];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    return say(code, NULL, message);
}

/* Adds advice that the library cannot give: use headers, or define macros such as WINAPI. */
static void note_for(const char *message) {
    static const char too_many[] = "expected the end of the declaration, found '";
    const char       *found      = strstr(message, too_many);
    if (found) found += sizeof too_many - 1;
    if (found && (isalpha((unsigned char)*found) || *found == '_'))
        note_that("is it, or the name before it, a macro? Write what that stands for, "
                  "or -I HEADER and only the function's name");
    else if (strstr(message, "unknown type '") || strstr(message, "it is incomplete"))
        note_that("-I HEADER reads the header that defines it");
}

int complain_last(int code, const char *about) {
    char message[MESSAGE_ROOM];
    snprintf(message, sizeof message, "%s%s%s", about ? about : "", about ? ": " : "", ffi_last_message());
    note_for(message);
    return say(code, ffi_error_name(ffi_last_error()), message);
}

int finish_output(FILE *out) {
    errno = 0;
    if (fflush(out) == 0 && !ferror(out)) return EXIT_FINE;
    if (!errno) return complain(EXIT_FAILED, "cannot write all of the output"); /* the reason was before */
    return complain(EXIT_FAILED, "cannot write the output: %s", strerror(errno));
}
