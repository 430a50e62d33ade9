/* SPDX-License-Identifier: MIT */
/*
 * `ffi repl`: a session. Libraries and headers stay loaded, results are $1, $2, and so on. The session runs in a child
 * process, so that a crash in a call ends with a report.
 */
#include "argument.h"
#include "command.h"
#include "complain.h"
#include "crash.h"
#include "line.h"
#include "number.h"
#include "show.h"
#include "source.h"
#include "system.h"
#include "text.h"
#include "variable.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LIBRARIES = 32, MOST_WORDS = 256 };

struct session {
    ffi_context   *context;
    struct options options; /* of each command: the headers of the command line are read already */
    const char    *libraries[MOST_LIBRARIES];
    size_t         library_count;
    bool           failed; /* a line has failed */
};

/* ---- words ---- */

static char *trimmed(char *text) {
    while (isspace((unsigned char)*text)) text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);) *--end = 0;
    return text;
}

/* Splits the arguments of a call at its commas. A text in quotes is written as `ffi call` takes it, without them. */
static size_t split_arguments(char *list, char *words[], size_t most) {
    size_t count = 0;
    int    depth = 0;
    list         = trimmed(list);
    if (!*list) return 0;
    words[count++] = list;
    for (char *at = list; *at; at++) {
        if (*at == '"' || *at == '\'') at += quote_end(at) - at;
        if (!*at) break;
        if (strchr("({[", *at)) depth++;
        else if (strchr(")}]", *at)) depth--;
        else if (*at == ',' && !depth && count < most) *at = 0, words[count++] = at + 1;
    }
    for (size_t i = 0; i < count; i++) {
        words[i]      = trimmed(words[i]);
        size_t length = strlen(words[i]);
        if (length > 1 && words[i][0] == '"' && words[i][length - 1] == '"')
            words[i][length - 1] = 0, words[i]++;
    }
    return count;
}

/* ---- what a line asks for ---- */

/* The type of a declared name; NULL. Without -i and -I the common headers are read for the first name that is unknown. */
static const ffi_ctype *declared(struct session *session, const char *name) {
    const ffi_ctype *type = is_name_alone(name) ? ffi_declared_type(session->context, name) : NULL;
    if (type || !is_name_alone(name)) return type;
    if (!session->options.source_count) {
        session->options.source_count = MOST_SOURCES;
        declare_common(session->context, &session->options);
        type = ffi_declared_type(session->context, name);
    }
    return type ? type : variable_known_type(session->context, name);
}

/* The library that has a symbol: the last one loaded first, then the program. */
static const char *library_of(struct session *session, const char *name) {
    for (size_t i = session->library_count; i-- > 0;) {
        ffi_library *library = open_operand(session->context, session->libraries[i]);
        if (library && ffi_library_symbol(library, name)) return session->libraries[i];
    }
    ffi_library *program = open_operand(session->context, "-");
    if (program && !ffi_library_symbol(program, name))
        note_that("'load LIBRARY' loads the library that has it");
    return "-";
}

static void run_words(struct session *session, const struct command *command, char **words, size_t count) {
    struct options options = session->options;
    options.given |= OPTION_NO_FORK | (command == &command_call ? OPTION_SHOW : 0);
    options.operands = words;
    options.count    = (int)count;
    session->failed |= command->run(session->context, &options) != EXIT_FINE;
    fflush(stdout);
}

/* `name(arguments)` of a declared function. */
static bool call(struct session *session, char *line) {
    char  *open = strchr(line, '('), *close = strrchr(line, ')');
    char  *words[MOST_WORDS + 2] = {NULL};
    size_t length                = open ? (size_t)(open - line) : 0;
    if (!open || !close || trimmed(close + 1)[0] || length > 200) return false;
    char name[201];
    memcpy(name, line, length);
    name[length]              = 0;
    char            *function = trimmed(name);
    const ffi_ctype *type     = declared(session, function);
    if (!type || ffi_type_kind(type) != FFI_KIND_FUNCTION) return false;
    *close       = 0;
    words[0]     = (char *)library_of(session, function);
    words[1]     = function;
    size_t count = split_arguments(open + 1, words + 2, MOST_WORDS);
    return run_words(session, &command_call, words, count + 2), true;
}

static void load(struct session *session, const char *name) {
    ffi_library *library = open_operand(session->context, name);
    if (!library) complain_last(EXIT_FAILED, NULL);
    else if (session->library_count == MOST_LIBRARIES) complain(EXIT_FAILED, "there are too many libraries");
    else session->libraries[session->library_count++] = text_copy(name, strlen(name));
}

static void variable(struct session *session, char *name, char *value) {
    size_t length = strcspn(name, ".[-");
    char  *plain = text_copy(name, length), *words[3] = {NULL, name, value};
    words[0] = (char *)library_of(session, plain ? plain : name);
    free(plain);
    run_words(session, value ? &command_set : &command_get, words, value ? 3 : 2);
}

static const char help[] =
    "load LIBRARY      load a library: m, ./libx.so\n"
    "header HEADER     declare what a header has: math.h\n"
    "declare C         declare C: int abs(int)\n"
    "NAME(ARGUMENT,..) call a function; arguments are those of 'ffi call', text in quotes\n"
    "TYPE NAME         make a variable of the session: struct point p = {1, 2}\n"
    "NAME  NAME.x[1]   print a variable;  NAME = VALUE  sets it, to a call's result too\n"
    "                  as an argument: p, p.x, &p, &p.x\n"
    "EXPRESSION        evaluate a constant expression\n"
    "layout TYPE  plan SIGNATURE  symbols LIBRARY [PATTERN]  check LIBRARY SIGNATURE\n"
    "$1                the first result;  $fds  the cell that an argument '&fds=' has named\n"
    "quit              end the session\n";

static bool starts_with_word(const char *line, const char *word) {
    size_t length = strlen(word);
    return !strncmp(line, word, length) && isspace((unsigned char)line[length]);
}

static void declare(struct session *session, const char *text) {
    char *source = malloc(strlen(text) + 2);
    if (!source) return;
    sprintf(source, "%s;", text);
    if (ffi_declare(session->context, source)) complain_last(EXIT_FAILED, NULL);
    free(source);
}

/* One of the other commands, with its operands. */
static bool run_other(struct session *session, char *line) {
    static const struct command *const others[] = {&command_layout, &command_plan, &command_symbols,
                                                   &command_check};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (!starts_with_word(line, others[i]->name)) continue;
        char  *rest = trimmed(line + strlen(others[i]->name)), *words[2] = {rest, NULL};
        size_t count = 1;
        if (others[i]->most > 1 && rest[strcspn(rest, " \t")]) {
            char *second   = rest + strcspn(rest, " \t");
            *second        = 0;
            words[count++] = trimmed(second + 1);
        }
        return run_words(session, others[i], words, count), true;
    }
    return false;
}

/* ---- variables of the session ---- */

/* The `=` of an assignment, outside brackets and quotes; NULL. */
static char *equals_of(char *line) {
    int depth = 0;
    for (char *at = line; *at; at++) {
        if (*at == '"' || *at == '\'') at += quote_end(at) - at;
        if (!*at) return NULL;
        depth += (strchr("({[", *at) != NULL) - (strchr(")}]", *at) != NULL);
        if (*at != '=' || depth || at == line || strchr("!<>=", at[-1]) || at[1] == '=') continue;
        return at;
    }
    return NULL;
}

static void show_variable(const ffi_ctype *type, const void *at) {
    show_value(stdout, type, at, false);
    putchar('\n');
}

/* Sets a variable to a value, which may be a call; false after a complaint. */
static bool assign(struct session *session, const ffi_ctype *type, void *at, char *value) {
    char   last[32];
    size_t results = variables_results(session->options.variables), length;
    char  *copy    = text_copy(value, strlen(value));
    bool   called  = copy && call(session, copy);
    free(copy);
    snprintf(last, sizeof last, "$%zu", variables_results(session->options.variables));
    if (called && variables_results(session->options.variables) == results) return false;
    if (called) value = last;
    length = strlen(value);
    if (ffi_type_kind(type) == FFI_KIND_POINTER && length > 1 && *value == '"' && value[length - 1] == '"')
        value[length - 1] = 0, value++;
    return !variable_set(session->context, &session->options, NULL, type, at, value);
}

/* The type of a declaration of one variable, which is read as a parameter's; NULL if it is none. */
static const ffi_ctype *declared_type(struct session *session, const char *text, const char **name) {
    char            *source    = malloc(strlen(text) + sizeof "void()");
    const ffi_ctype *signature = NULL, *type = NULL;
    if (source && sprintf(source, "void(%s)", text) > 0) signature = ffi_type_parse(session->context, source);
    free(source);
    if (!signature || ffi_type_kind(signature) != FFI_KIND_FUNCTION || ffi_type_parameter_count(signature) != 1)
        return NULL;
    *name         = ffi_type_parameter_name(signature, 0);
    type          = ffi_type_parameter(signature, 0);
    size_t length = ffi_type_parameter_length(signature, 0);
    if (length) type = ffi_type_array_of(session->context, ffi_type_target(type), length);
    return **name ? type : NULL;
}

/* What the library says of a declaration, without its place in the text that was read. */
static void refuse_declaration(const char *line) {
    const char *message = ffi_last_message(), *why = strstr(message, ": ");
    int         length = (int)strcspn(message, "\n");
    if (!why || why - message > length) why = message - 2;
    if (strstr(message, "it is incomplete")) note_that("declare its members, or read the header that does");
    complain(EXIT_FAILED, "'%s' declares no variable: %.*s", line, length - (int)(why + 2 - message), why + 2);
}

/* `struct point p = {1, 2}`; false if the line is none. */
static bool declare_variable(struct session *session, char *line, char *equals) {
    const char      *name;
    char            *text = equals ? text_copy(line, (size_t)(equals - line)) : NULL;
    const ffi_ctype *type = declared_type(session, equals && text ? text : line, &name);
    free(text);
    if (!type && (starts_with_word(line, "struct") || starts_with_word(line, "union")))
        return refuse_declaration(line), true;
    if (!type) return false;
    if (!ffi_type_size(type)) {
        note_that("declare its members, or read the header that does");
        return complain(EXIT_FAILED, "the size of '%s' is not known", name), true;
    }
    void *at = variables_add(session->options.variables, name, type);
    if (at && equals) assign(session, type, at, trimmed(equals + 1));
    return true;
}

/* `p`, `p.x`, `p.x = 3`; false if the line begins with no variable of the session. */
static bool use_variable(struct session *session, char *line, char *equals) {
    const ffi_ctype *type;
    void            *at;
    char            *text = text_copy(line, equals ? (size_t)(equals - line) : strlen(line));
    enum found       found =
        text ? variables_find(session->options.variables, span_of(trimmed(text)), &type, &at) : FOUND_NONE;
    free(text);
    if (found == FOUND && (!equals || assign(session, type, at, trimmed(equals + 1)))) show_variable(type, at);
    return found != FOUND_NONE;
}

/* Complains about a call of a function that is not declared; false if the line looks like none. */
static bool refuse_call(const char *line) {
    size_t length = strspn(line, NAME_LETTERS), end = strlen(line);
    if (!length || line[length] != '(' || line[end - 1] != ')' || isdigit((unsigned char)*line)) return false;
    note_that("'header HEADER' declares what a header has, 'declare C' one function");
    return complain(EXIT_FAILED, "no function '%.*s' is declared", (int)length, line), true;
}

static void evaluate_line(struct session *session, const char *line) {
    ffi_value value;
    char     *text = variables_in_text(session->options.variables, line);
    if (text && (evaluate(session->context, text, &value) || !refuse_call(line)))
        run_words(session, &command_eval, &text, 1);
    free(text);
}

/* A variable of a library, which a name and a path begin, or an expression. */
static void other_line(struct session *session, char *line, const char *first, char *equals) {
    const ffi_ctype *type = declared(session, first);
    if (equals && type) *equals = 0, variable(session, trimmed(line), trimmed(equals + 1));
    else if (type && ffi_type_kind(type) != FFI_KIND_FUNCTION) variable(session, line, NULL);
    else evaluate_line(session, line);
}

static void run_line(struct session *session, char *line) {
    char  *equals = equals_of(line);
    size_t name   = strcspn(line, ".[- \t=");
    char   first[128];
    snprintf(first, sizeof first, "%.*s", (int)(name < 127 ? name : 127), line);
    if (!strcmp(line, "help")) fputs(help, stdout);
    else if (starts_with_word(line, "load")) load(session, trimmed(line + 4));
    else if (starts_with_word(line, "header"))
        declare_header(session->context, &session->options, trimmed(line + 6));
    else if (starts_with_word(line, "declare")) declare(session, line + 7);
    else if (!run_other(session, line) && !call(session, line) && !use_variable(session, line, equals) &&
             !declare_variable(session, line, equals))
        other_line(session, line, first, equals);
}

/* ---- the command ---- */

static int run_lines(void *userdata) {
    static const char *const words[] = {"load",    "header", "declare", "layout", "plan",
                                        "symbols", "check",  "help",    "quit",   NULL};
    struct session          *session = userdata;
    struct lines lines = {.context = session->context, .variables = session->options.variables, .words = words};
    char         line[LINE_ROOM] = "", brief[BRIEF_ROOM];
    size_t       number          = 0;
    for (int i = 0; i < session->options.count; i++) load(session, session->options.operands[i]);
    lines_begin(&lines);
    while (lines_read(&lines, line)) {
        char *text = trimmed(line);
        for (size_t end = strlen(text); end && (text[end - 1] == ';' || isspace((unsigned char)text[end - 1]));)
            text[--end] = 0;
        number++;
        if (!strcmp(text, "quit") || !strcmp(text, "exit")) break;
        crash_subject("line %zu, '%s',", number, text_brief(brief, span_of(text)));
        if (*text && *text != '#') run_line(session, text);
        crash_subject("the session");
        crash_call(NULL);
        fflush(stdout);
        forget_note();
    }
    while (session->library_count) free((char *)session->libraries[--session->library_count]);
    int code = finish_output(stdout);
    return !code && !system_is_terminal() && (session->failed || complaints()) ? EXIT_FAILED : code;
}

static int run(ffi_context *context, const struct options *options) {
    struct session session = {.context = context, .options = *options};
    if (!(session.options.variables = variables_new()))
        return complain(EXIT_FAILED, "there is no memory for a session");
    if (options->source_count) session.options.source_count = MOST_SOURCES; /* which are read already */
    int code = options->given & OPTION_NO_FORK ? run_lines(&session) : crash_watch(run_lines, &session);
    variables_free(session.options.variables);
    return code;
}

const struct command command_repl = {
    .name     = "repl",
    .summary  = "a session: load libraries and headers, call, evaluate",
    .options  = OPTION_NO_FORK | OPTIONS_DECLARE,
    .least    = 0,
    .most     = -1,
    .run      = run,
    .examples = &system_examples.repl,
    .help =
        "usage: ffi repl [--no-fork] [-i FILE] [-I HEADER] [LIBRARY...]\n"
        "\n"
        "Reads lines until the end of the input and does what they say; 'help' lists it. Libraries and\n"
        "headers stay loaded; the results of calls are $1, $2, and so on, and\n"
        "'struct point p = {1, 2}' makes a variable. On a terminal, libedit gives history and completion\n"
        "of names, members and variables. All calls are made in one process: a crash ends the session, and\n"
        "is reported. If a line fails, the next ones run, but the exit status is 1 at the end, unless a\n"
        "person types them.\n"
        "\n"
        "  --no-fork  run in this process; else in a child, whose crash is reported\n" HELP_DECLARE,
};
