/* SPDX-License-Identifier: MIT */
/*
 * Runs the C compiler's preprocessor on headers. The command is CC, which may be several words, then --cflags
 * and the flags that pkg-config prints for --pkg, in their order.
 */
#include "source.h"
#include "system.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

char *read_all(FILE *file) {
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

/* ---- lists of words ---- */

/* A list of words, each allocated, that ends with NULL. */
struct words {
    char **at;
    size_t count, room;
    bool   failed; /* no memory is left */
};

static void add_word(struct words *words, const char *text, size_t length) {
    if (words->count + 1 >= words->room) {
        size_t room = words->room ? words->room * 2 : 32;
        char **at   = realloc(words->at, room * sizeof *at);
        if (!at) words->failed = true;
        if (!at) return;
        words->at   = at;
        words->room = room;
    }
    if (!(words->at[words->count] = text_copy(text, length))) words->failed = true;
    else words->at[++words->count] = NULL;
}

static void add(struct words *words, const char *text) {
    add_word(words, text, strlen(text));
}

/* Splits a text into words at blanks; quotes of either kind protect blanks. */
static void add_split(struct words *words, const char *text) {
    char *word = malloc(strlen(text) + 1);
    if (!word) words->failed = true;
    while (word && *(text += strspn(text, " \t\r\n"))) {
        size_t length = 0;
        char   quote  = 0;
        for (; *text && (quote || !strchr(" \t\r\n", *text)); text++) {
            if (*text == quote) quote = 0;
            else if (!quote && (*text == '"' || *text == '\'')) quote = *text;
            else word[length++] = *text;
        }
        add_word(words, word, length);
    }
    free(word);
}

static void free_words(struct words *words) {
    while (words->count) free(words->at[--words->count]);
    free(words->at);
}

/* ---- programs ---- */

/* The reason why a program failed: its first line with an error, or else its first line. */
static void read_reason(FILE *messages, const char *what, const char *name, char reason[REASON_ROOM]) {
    char line[512] = "", first[512] = "";
    if (messages) rewind(messages);
    while (messages && !strstr(line, "error") && fgets(line, sizeof line, messages))
        if (!*first) strcpy(first, line);
    const char *said = strstr(line, "error") ? line : first;
    snprintf(reason, REASON_ROOM, "%s failed for %.400s%s%.*s", what, name, *said ? ": " : "",
             (int)strcspn(said, "\r\n"), said);
}

/* The output of a program; the caller frees it. On failure it returns NULL and sets the reason. */
static char *printed_by(const struct words *words, const char *what, const char *name,
                        char reason[REASON_ROOM]) {
    const char *why = "";
    intptr_t    process;
    FILE       *messages = system_temporary(),
         *file           = system_start((const char *const *)words->at, messages, &process, &why);
    char *text           = file ? read_all(file) : NULL;
    if (file) fclose(file);
    bool good = file && system_succeeded(process);
    if (!file) snprintf(reason, REASON_ROOM, "cannot run %s, %s: %s", what, words->at[0], why);
    else if (!good) read_reason(messages, what, name, reason);
    else if (!text) snprintf(reason, REASON_ROOM, "there is no memory for %s", name);
    if (messages) fclose(messages);
    if (good) return text;
    return free(text), NULL;
}

/* Protects a word from being read as @FILE, a file of options. NULL if no memory is left. */
static char *header_word(const char *header) {
    char *word = malloc(strlen(header) + sizeof "./");
    if (word) sprintf(word, "%s%s", *header == '@' ? "./" : "", header);
    return word;
}

/* Adds the compiler options of a package. */
static bool add_package(struct words *words, const char *name, char reason[REASON_ROOM]) {
    const char  *program  = getenv("PKG_CONFIG");
    struct words question = {0};
    add_split(&question, program && *program ? program : "pkg-config");
    add(&question, "--cflags");
    add(&question, "--");
    add(&question, name);
    char *flags = question.failed ? NULL : printed_by(&question, "pkg-config", name, reason);
    if (question.failed) words->failed = true;
    if (flags) add_split(words, flags);
    free_words(&question);
    return free(flags), flags != NULL;
}

static bool add_flags(struct words *words, const struct options *options, char reason[REASON_ROOM]) {
    for (size_t i = 0; i < options->flags_count; i++) {
        const struct flags *flags = &options->flags[i];
        if (!flags->package) add_split(words, flags->text);
        else if (!add_package(words, flags->text, reason)) return false;
    }
    return true;
}

/* The compiler may be several words, or the path of a program with blanks in it. */
static void add_compiler(struct words *words, const char *compiler) {
    FILE *program = fopen(compiler, "rb");
    if (program) fclose(program), add(words, compiler);
    else add_split(words, compiler);
}

char *preprocess_headers(const struct options *options, const char *const *headers, const char *name,
                         char reason[REASON_ROOM]) {
    static const char *const always[] = {"-E", "-dD", "-x", "c"};
    const char              *chosen   = getenv("CC");
    struct words             words    = {0};
    char                    *text     = NULL;
    snprintf(reason, REASON_ROOM, "there is no memory for %.400s", name);
    add_compiler(&words, chosen && chosen[strspn(chosen, " \t")] ? chosen : system_compiler);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) add(&words, always[i]);
    if (options->origins) add(&words, "-CC"); /* keeps comments */
    bool good = add_flags(&words, options, reason);
    for (size_t i = 0; good && headers[i]; i++) {
        char *path = header_word(headers[i]);
        add(&words, "-include");
        if (path) add(&words, path);
        else words.failed = true;
        free(path);
    }
    add(&words, "-");
    if (good && !words.failed) text = printed_by(&words, "the preprocessor", name, reason);
    free_words(&words);
    return text;
}
