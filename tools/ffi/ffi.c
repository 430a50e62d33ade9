/* SPDX-License-Identifier: MIT */
/*
 * The `ffi` program: native calls from the command line. This file has the common part of all commands: options and
 * help. Options come before operands, so that a negative number is never read as an option.
 */
#include "command.h"
#include "complain.h"
#include "source.h"
#include "system.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_bind, &command_call, &command_check,  &command_eval, &command_get,
    &command_set,  &command_plan, &command_layout, &command_repl, &command_symbols};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- for the commands ---- */

static bool is_abi(const char *name) {
    const char *known;
    for (size_t i = 0; (known = ffi_abi_name(i)); i++)
        if (!strcmp(name, known)) return true;
    return false;
}

static int unknown_abi(const char *name) {
    char   list[256] = "";
    size_t length    = 0;
    for (size_t i = 0; ffi_abi_name(i) && length < sizeof list; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, " %s", ffi_abi_name(i));
    return complain(EXIT_USAGE, "no ABI is named '%s'; there are:%s", name, list);
}

static int list_abis(void) {
    for (size_t i = 0; ffi_abi_name(i); i++) puts(ffi_abi_name(i));
    return finish_output(stdout);
}

/* Makes a context for the ABI and with the declarations of the options. On failure returns NULL and sets the
 * exit code. */
static ffi_context *open_context(const struct options *options, int *code) {
    if (options->abi && !is_abi(options->abi)) return *code = unknown_abi(options->abi), NULL;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = options->abi, .dialect = options->dialect});
    if (!context) return *code = complain_last(EXIT_FAILED, NULL), NULL;
    if (!(*code = declare_sources(context, options))) return context;
    return ffi_context_free(context), NULL;
}

/* Keeps a note if the current folder has the file, because the loader does not look there for a bare name. */
static void note_file_here(const char *name) {
    for (int suffixed = 0; suffixed < 2; suffixed++) {
        char path[BRIEF_ROOM];
        int  length = snprintf(path, sizeof path, suffixed ? "./lib%s.so" : "./%s", name);
        if (length < 0 || (size_t)length >= sizeof path) return;
        FILE *file    = system_open(path);
        bool  is_file = file && getc(file) != EOF; /* a folder has no bytes */
        if (file) fclose(file);
        if (!is_file) continue;
        note_that("'%s' opens the file of the current folder", path);
        return;
    }
}

ffi_library *open_operand(ffi_context *context, const char *operand) {
    ffi_library *library = ffi_library_open(context, strcmp(operand, "-") ? operand : NULL, 0);
    if (!library && ffi_last_error() == FFI_ERROR_LIBRARY && !strpbrk(operand, "/\\:")) note_file_here(operand);
    return library;
}

const char *library_title(const ffi_library *library) {
    return *ffi_library_name(library) ? ffi_library_name(library) : "-";
}

/* ---- options ---- */

static const struct {
    const char *name;
    unsigned    bit;
} known_options[] = {{"-h", OPTION_HELP},           {"--help", OPTION_HELP},
                     {"--json", OPTION_JSON},       {"--errno", OPTION_ERRNO},
                     {"--abi", OPTION_ABI},         {"-i", OPTION_FILE},
                     {"-I", OPTION_HEADER},         {"--last-error", OPTION_LAST_ERROR},
                     {"--cflags", OPTION_CFLAGS},   {"--pkg", OPTION_PACKAGE},
                     {"--skipped", OPTION_SKIPPED}, {"--dialect", OPTION_DIALECT},
                     {"--library", OPTION_LIBRARY}, {"--lang", OPTION_LANGUAGE},
                     {"--only", OPTION_ONLY},       {"--except", OPTION_EXCEPT},
                     {"--from", OPTION_FROM},       {"--show", OPTION_SHOW},
                     {"--no-fork", OPTION_NO_FORK}, {"--addresses", OPTION_ADDRESSES},
                     {"--needed", OPTION_NEEDED},   {"--svg", OPTION_SVG}};

static unsigned option_bit(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++)
        if (strlen(known_options[i].name) == length && !memcmp(known_options[i].name, text, length))
            return known_options[i].bit;
    return 0;
}

static bool has_value(unsigned bit) {
    return bit & (OPTION_ABI | OPTION_FILE | OPTION_HEADER | OPTION_CFLAGS | OPTION_PACKAGE | OPTION_LIBRARY |
                  OPTION_LANGUAGE | OPTION_DIALECT | OPTIONS_PATTERN);
}

unsigned option_alone(const struct command *command, const char *word) {
    unsigned bit = option_bit(word, strlen(word)) & command->options;
    return has_value(bit) ? 0 : bit;
}

/* Whether a word is an option: `-` and `-5` are operands. */
static bool is_option(const char *text) {
    return text[0] == '-' && (text[1] == '-' || isalpha((unsigned char)text[1]));
}

/* The part of `--name=value` before the `=`. */
static size_t name_length(const char *text) {
    return strcspn(text, "=");
}

static int keep_dialect(struct options *options, const char *value) {
    bool embed = !strcmp(value, "embed");
    if (!embed && strcmp(value, "twice") != 0)
        return complain(EXIT_USAGE, "no dialect is named '%s'; there are: embed twice", value);
    options->dialect |= embed ? FFI_DECLARE_EMBED : FFI_DECLARE_TWICE;
    return EXIT_FINE;
}

static int keep_value(struct options *options, unsigned bit, const char *name, const char *value) {
    if (!value || !*value)
        return complain(EXIT_USAGE, "option %.*s needs a value", (int)name_length(name), name);
    if (bit == OPTION_ABI) return options->abi = value, EXIT_FINE;
    if (bit == OPTION_LIBRARY) return options->library = value, EXIT_FINE;
    if (bit == OPTION_LANGUAGE) return options->language = value, EXIT_FINE;
    if (bit == OPTION_DIALECT) return keep_dialect(options, value);
    if (bit & OPTIONS_PATTERN) {
        if (options->pattern_count == MOST_SOURCES)
            return complain(EXIT_USAGE, "there are more than %d patterns of names and files", MOST_SOURCES);
        options->patterns[options->pattern_count++] = (struct pattern){bit, value};
        return EXIT_FINE;
    }
    if (bit == OPTION_CFLAGS || bit == OPTION_PACKAGE) {
        if (options->flags_count == MOST_SOURCES)
            return complain(EXIT_USAGE, "there are more than %d options --cflags and --pkg", MOST_SOURCES);
        options->flags[options->flags_count++] = (struct flags){bit == OPTION_PACKAGE, value};
        return EXIT_FINE;
    }
    if (options->source_count == MOST_SOURCES)
        return complain(EXIT_USAGE, "there are more than %d options -i and -I", MOST_SOURCES);
    options->sources[options->source_count++] = (struct source){bit == OPTION_HEADER, value};
    return EXIT_FINE;
}

/* Whether --json is among the options, so that a complaint about an option before it is JSON too. */
static bool wants_json(int count, char **texts) {
    for (int i = 0; i < count && is_option(texts[i]) && strcmp(texts[i], "--") != 0; i++) {
        size_t   length = name_length(texts[i]);
        unsigned bit    = option_bit(texts[i], length);
        if (bit == OPTION_JSON) return true;
        if (has_value(bit) && !texts[i][length]) i++;
    }
    return false;
}

/* Reads one option and its value, which may be the next word; moves `*at` to the last word. */
static int read_option(const struct command *command, int count, char **texts, int *at,
                       struct options *options) {
    const char *name   = texts[*at];
    size_t      length = name_length(name);
    const char *value  = name[length] ? name + length + 1 : NULL;
    unsigned    bit    = option_bit(name, length);
    if (!(bit & (command->options | OPTION_HELP)))
        return complain(EXIT_USAGE, "unknown option %.*s; see 'ffi %s --help'", (int)length, name,
                        command->name);
    options->given |= bit;
    if (value && !has_value(bit)) return complain(EXIT_USAGE, "option %.*s takes no value", (int)length, name);
    if (!has_value(bit)) return EXIT_FINE;
    if (!value && *at + 1 < count) value = texts[++*at];
    return keep_value(options, bit, name, value);
}

/* Reads the words after the command's name. `-` is an operand, `--` ends the options. The operands are moved to the
 * beginning where options may stand behind them. */
static int read_options(const struct command *command, int count, char **texts, struct options *options) {
    int i = 0, operands = 0;
    for (; i < count; i++) {
        if (!strcmp(texts[i], "--")) {
            i++;
            break;
        }
        bool operand = !is_option(texts[i]);
        if (operand && !command->mixes) break;
        int code = operand ? EXIT_FINE : read_option(command, count, texts, &i, options);
        if (code) return code;
        if (operand) texts[operands++] = texts[i];
    }
    options->operands = operands ? texts : texts + i;
    while (operands && i < count) texts[operands++] = texts[i++];
    options->count = operands ? operands : count - i;
    return EXIT_FINE;
}

/* Complains if a required operand is missing or empty. The usage names the operands after the options. */
static int check_operands(const struct command *command, const struct options *options) {
    int usage = (int)strcspn(command->help, "\n");
    if (options->count < command->least || (command->most >= 0 && options->count > command->most))
        return complain(EXIT_USAGE, "too %s operands; %.*s", options->count < command->least ? "few" : "many",
                        usage, command->help);
    for (int i = 0; i < command->least; i++)
        if (!*options->operands[i])
            return complain(EXIT_USAGE, "operand %d is empty; %.*s", i + 1, usage, command->help);
    return EXIT_FINE;
}

static int print_help(FILE *out, const struct command *command) {
    fprintf(out, "%s\n%s", command->help, *command->examples);
    return finish_output(out);
}

/* The usage of each command is the first line of its own help. */
static int print_commands(FILE *out) {
    static const char usage[] = "usage: ";
    for (size_t i = 0; i < COMMANDS; i++) {
        const char *text = commands[i]->help + strlen(usage);
        fprintf(out, "%*s%.*s\n", (int)strlen(usage), i ? "" : usage, (int)strcspn(text, "\n"), text);
    }
    fprintf(out, "       ffi help COMMAND | --help | --version\n\n");
    for (size_t i = 0; i < COMMANDS; i++) fprintf(out, "  %-9s  %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "\n'ffi help COMMAND' says more, and 'man ffi' all.\n\n%s", system_examples.first);
    return finish_output(out);
}

static const struct command *find_command(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(name, commands[i]->name)) return commands[i];
    return NULL;
}

/* `ffi help` and `ffi help COMMAND` */
static int help(int count, char **texts) {
    const struct command *command = count ? find_command(texts[0]) : NULL;
    if (count > 1) return complain(EXIT_USAGE, "too many operands; usage: ffi help COMMAND");
    if (!count) return print_commands(stdout);
    if (command) return print_help(stdout, command);
    return complain(EXIT_USAGE, "unknown command '%s'; see 'ffi --help'", texts[0]);
}

static int run_command(const struct command *command, int count, char **texts) {
    struct options options = {0};
    if (wants_json(count, texts)) complain_in_json();
    int code = read_options(command, count, texts, &options);
    if (options.given & OPTION_JSON) complain_in_json();
    if (code) return code;
    if (options.given & OPTION_HELP) return print_help(stdout, command);
    if (options.abi && !strcmp(options.abi, "list")) return list_abis();
    code = check_operands(command, &options);
    if (!code && command->wants_origins && !(options.origins = origins_new()))
        code = complain(EXIT_FAILED, "there is no memory for the names of headers");
    ffi_context *context = code ? NULL : open_context(&options, &code);
    if (context) code = command->run(context, &options);
    ffi_context_free(context);
    origins_free(options.origins);
    return code;
}

int main(int argc, char **argv) {
    if (!(argv = system_begin(&argc, argv)))
        return complain(EXIT_FAILED, "there is no memory for the command line");
    if (argc < 2) return print_commands(stderr), EXIT_USAGE;
    const struct command *command = find_command(argv[1]);
    if (command) return run_command(command, argc - 2, argv + 2);
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return print_commands(stdout);
    if (!strcmp(argv[1], "help")) return help(argc - 2, argv + 2);
    if (!strcmp(argv[1], "--version")) return printf("ffi %s\n", ffi_version()), finish_output(stdout);
    if (wants_json(argc - 1, argv + 1)) complain_in_json();
    if (*argv[1] == '-' && option_bit(argv[1], name_length(argv[1])))
        return complain(EXIT_USAGE, "option %s stands before the command; it belongs behind it", argv[1]);
    return complain(EXIT_USAGE, "unknown %s '%s'; see 'ffi --help'", *argv[1] == '-' ? "option" : "command",
                    argv[1]);
}
