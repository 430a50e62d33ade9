/* SPDX-License-Identifier: MIT */
/*
 * The lines of a session. On a terminal libedit, loaded when the session begins, gives history and completion: of words
 * that a line begins with, of variables, of declared names, and of members behind a path such as `p->line[1].`. Without
 * it lines are read as they come.
 */
#include "line.h"
#include "complain.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

/* ---- completion ---- */

/* Offers a name; false if it is the one that libedit gets this time. */
static bool offer(struct lines *lines, const char *name) {
    const char *partial = lines->text + lines->partial;
    if (strncmp(name, partial, strlen(partial)) != 0 || lines->skip++ < lines->given) return true;
    lines->completed = malloc(lines->partial + strlen(name) + 1);
    if (lines->completed) sprintf(lines->completed, "%.*s%s", (int)lines->partial, lines->text, name);
    return false;
}

static bool offer_variable(const char *name, void *lines) {
    return offer(lines, name);
}

static bool offer_declared(ffi_declared what, const char *name, const ffi_ctype *type, void *lines) {
    (void)what;
    (void)type;
    return offer(lines, name);
}

/* The members of a record; those of an unnamed one in it are its own. */
static bool offer_members(struct lines *lines, const ffi_ctype *type) {
    ffi_field field;
    bool      more = true;
    for (size_t i = 0; more && ffi_type_field(type, i, &field); i++)
        more =
            field.name ? offer(lines, field.name) : !is_record(field.type) || offer_members(lines, field.type);
    return more;
}

/* Where a name and the path behind it begin, at the end of a text. */
static size_t path_start(const char *text) {
    size_t at = strlen(text);
    for (;;) {
        if (at > 1 && text[at - 1] == '>' && text[at - 2] == '-') at -= 2;
        else if (at && strchr(NAME_LETTERS ".[]", text[at - 1])) at--;
        else return at;
    }
}

/* The type that a step of a path leads to, such as `.line`, `->x` or `[1]`; NULL if there is none. */
static const ffi_ctype *step(const ffi_ctype *type, struct span piece) {
    ffi_field field;
    size_t    mark    = *piece.at == '[' ? 0 : *piece.at == '.' ? 1 : 2;
    bool      pointer = ffi_type_kind(type) == FFI_KIND_POINTER;
    if (pointer) type = ffi_type_target(type);
    if (pointer && !mark) return type;
    char *path = text_copy(piece.at + mark, piece.length - mark);
    bool  good = path && ffi_type_path(type, path, &field);
    return free(path), good ? field.type : NULL;
}

/* The record that a path leads to, by types alone; NULL if it leads to none. */
static const ffi_ctype *record_of(const struct lines *lines, struct span path) {
    size_t           length = strspn(path.at, NAME_LETTERS);
    char            *name   = text_copy(path.at, length);
    const ffi_ctype *type   = name ? variables_type(lines->variables, name) : NULL;
    if (name && !type) type = ffi_declared_type(lines->context, name);
    free(name);
    while (type && length < path.length) {
        const char *at   = path.at + length;
        size_t      next = 1 + strcspn(at + 1, ".[-");
        if (length + next > path.length) next = path.length - length;
        type = step(type, (struct span){at, next});
        length += next;
    }
    if (type && ffi_type_kind(type) == FFI_KIND_POINTER) type = ffi_type_target(type);
    return type && is_record(type) ? type : NULL;
}

/* Splits the text into what stands before a path, the path to a record, and the beginning of a member's name. False if
 * there is no path. */
static bool split(struct lines *lines, struct span *path) {
    const char *text  = lines->text;
    size_t      start = path_start(text), end = strlen(text);
    while (end > start && !strchr(".>]", text[end - 1])) end--;
    lines->partial = end;
    if (end == start) return false;
    *path = (struct span){text + start, end - start - (text[end - 1] == '>' ? 2 : 1)};
    return true;
}

/* `char *(const char *text, int state)`: the next name that completes the text, which readline frees. */
static void complete(void *result, const ffi_value *args, void *userdata) {
    struct lines *lines = userdata;
    struct span   path;
    lines->text      = args[0].str;
    lines->given     = args[1].i32 ? lines->given + 1 : 0;
    lines->skip      = 0;
    lines->completed = NULL;
    if (split(lines, &path)) {
        const ffi_ctype *record = lines->text[lines->partial - 1] == ']' ? NULL : record_of(lines, path);
        if (record) offer_members(lines, record);
    } else {
        bool more = true;
        for (const char *const *word = lines->words; more && *word && lines->first; word++)
            more = offer(lines, *word);
        if (more) more = variables_each(lines->variables, offer_variable, lines);
        if (more) ffi_declared_each(lines->context, offer_declared, lines);
    }
    memcpy(result, &lines->completed, sizeof lines->completed);
}

/* `char **(const char *text, int start, int end)`, which libedit calls first: leaves the rest to complete(). Without such a
 * function libedit takes names for those of files, and puts backslashes before `>` and `$`. */
static void begin_completion(void *result, const ffi_value *args, void *userdata) {
    struct lines *lines = userdata;
    lines->first        = args[1].i32 == 0;
    memcpy(result, &(char **){NULL}, sizeof(char **));
}

static void set_hook(ffi_library *edit, const char *name, ffi_callback *callback) {
    void **hook = ffi_library_symbol(edit, name);
    if (hook && callback) *hook = ffi_callback_code(callback);
}

void lines_begin(struct lines *lines) {
    ffi_library *edit = system_is_terminal() ? ffi_library_open(lines->context, "edit", 0) : NULL;
    if (!edit) return;
    const char **breaks = ffi_library_symbol(edit, "rl_basic_word_break_characters");
    int         *append = ffi_library_symbol(edit, "rl_completion_append_character");
    set_hook(edit, "rl_attempted_completion_function",
             ffi_callback_new(lines->context, "char **(const char *, int, int)", begin_completion, lines));
    set_hook(edit, "rl_completion_entry_function",
             ffi_callback_new(lines->context, "char *(const char *, int)", complete, lines));
    if (breaks) *breaks = " \t\n\"\\'`@=;|&{}(),+*/%!~?:<^"; /* a path, with its `->` and `$`, is one word */
    if (append) *append = 0;
    lines->read_line   = ffi_library_function(edit, "readline", "char *(const char *)");
    lines->add_history = ffi_library_function(edit, "add_history", "int(const char *)");
}

/* ---- lines ---- */

/* Reads the rest of a line that is too long. */
static void skip_line(char line[LINE_ROOM]) {
    int c;
    while ((c = getchar()) != EOF && c != '\n') continue;
    complain(EXIT_FAILED, "a line is longer than %d bytes", LINE_ROOM - 2);
    *line = 0;
}

bool lines_read(struct lines *lines, char line[LINE_ROOM]) {
    if (!lines->read_line) {
        if (!fgets(line, LINE_ROOM, stdin)) return false;
        size_t length = strcspn(line, "\n");
        if (!line[length] && length == LINE_ROOM - 1) return skip_line(line), true;
        line[strcspn(line, "\r\n")] = 0;
        return true;
    }
    char *text = NULL;
    ffi_invoke(lines->read_line, &text, (ffi_value[]){{.str = "ffi> "}});
    if (!text) return putchar('\n'), false;
    if (snprintf(line, LINE_ROOM, "%s", text) >= LINE_ROOM - 1) {
        complain(EXIT_FAILED, "a line is longer than %d bytes", LINE_ROOM - 2);
        *line = 0;
    }
    int kept;
    if (*text && lines->add_history) ffi_invoke(lines->add_history, &kept, (ffi_value[]){{.str = text}});
    return free(text), true;
}
