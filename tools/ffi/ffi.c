/* SPDX-License-Identifier: MIT */
/*
 * The `ffi` program: native calls from the command line. This file has the common part of all commands: options
 * and help. Options come before operands, so that a negative number is never read as an option.
 */
#include "ffi.h"

#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: ffi bind [--library LIBRARY] --lang LANGUAGE HEADER...\n"
                           "       ffi call [-i FILE] [-I HEADER] LIBRARY SIGNATURE [ARGUMENT...]\n"
                           "       ffi check [-I HEADER] LIBRARY [SIGNATURE|HEADER]\n"
                           "       ffi plan [--abi ABI] [-i FILE] [-I HEADER] SIGNATURE\n"
                           "       ffi layout [--abi ABI] [-i FILE] [-I HEADER] TYPE\n"
                           "       ffi symbols LIBRARY [PATTERN]\n"
                           "       ffi --help | --version\n"
                           "\n"
                           "  bind       print bindings of a header for Lua, Python, C or TypeScript\n"
                           "  call       call a function of a library and print its result\n"
                           "  check      compare declarations with a library's debug information\n"
                           "  plan       print which argument goes to which register\n"
                           "  layout     draw a struct with its offsets, holes and cache lines\n"
                           "  symbols    list what a library defines\n"
                           "\n"
                           "'ffi COMMAND --help' says more, and 'man ffi' all.\n";

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

/* Makes a context for the ABI and with the declarations of the options. On failure returns NULL and sets the
 * exit code. */
static ffi_context *open_context(const struct options *options, int *code) {
    if (options->abi && !is_abi(options->abi)) return *code = unknown_abi(options->abi), NULL;
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = options->abi});
    if (!context) return *code = complain_last(EXIT_FAILED, NULL), NULL;
    if (!(*code = declare_sources(context, options))) return context;
    return ffi_context_free(context), NULL;
}

ffi_library *open_operand(ffi_context *context, const char *operand) {
    return ffi_library_open(context, strcmp(operand, "-") ? operand : NULL, 0);
}

const char *library_title(const ffi_library *library) {
    return *ffi_library_name(library) ? ffi_library_name(library) : "-";
}

char *type_text(const ffi_ctype *type) {
    size_t size = ffi_type_format(type, NULL, 0) + 1;
    char  *text = malloc(size);
    if (text) ffi_type_format(type, text, size);
    return text;
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
                     {"--skipped", OPTION_SKIPPED}, {"--library", OPTION_LIBRARY},
                     {"--lang", OPTION_LANGUAGE},   {"--only", OPTION_ONLY},
                     {"--except", OPTION_EXCEPT},   {"--from", OPTION_FROM}};

static unsigned option_bit(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++)
        if (strlen(known_options[i].name) == length && !memcmp(known_options[i].name, text, length))
            return known_options[i].bit;
    return 0;
}

static bool has_value(unsigned bit) {
    return bit & (OPTION_ABI | OPTION_FILE | OPTION_HEADER | OPTION_CFLAGS | OPTION_PACKAGE | OPTION_LIBRARY |
                  OPTION_LANGUAGE | OPTIONS_PATTERN);
}

/* The part of `--name=value` before the `=`. */
static size_t name_length(const char *text) {
    return strcspn(text, "=");
}

static int keep_value(struct options *options, unsigned bit, const char *name, const char *value) {
    if (!value || !*value)
        return complain(EXIT_USAGE, "option %.*s needs a value", (int)name_length(name), name);
    if (bit == OPTION_ABI) return options->abi = value, EXIT_FINE;
    if (bit == OPTION_LIBRARY) return options->library = value, EXIT_FINE;
    if (bit == OPTION_LANGUAGE) return options->language = value, EXIT_FINE;
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
    for (int i = 0; i < count && texts[i][0] == '-' && texts[i][1] && strcmp(texts[i], "--") != 0; i++) {
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
        bool operand = texts[i][0] != '-' || !texts[i][1];
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

static int print_help(FILE *out, const char *text, const char *examples) {
    fprintf(out, "%s\n%s", text, examples);
    return finish_output(out);
}

static int run_command(const struct command *command, int count, char **texts) {
    struct options options = {0};
    if (wants_json(count, texts)) complain_in_json();
    int code = read_options(command, count, texts, &options);
    if (code) return code;
    if (options.given & OPTION_HELP) return print_help(stdout, command->help, *command->examples);
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
    static const struct command *const commands[] = {&command_bind, &command_call,   &command_check,
                                                     &command_plan, &command_layout, &command_symbols};
    if (!(argv = system_begin(&argc, argv)))
        return complain(EXIT_FAILED, "there is no memory for the command line");
    if (argc < 2) return print_help(stderr, help, system_examples.first), EXIT_USAGE;
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return print_help(stdout, help, system_examples.first);
    if (!strcmp(argv[1], "--version")) return printf("ffi %s\n", ffi_version()), finish_output(stdout);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(argv[1], commands[i]->name)) return run_command(commands[i], argc - 2, argv + 2);
    if (wants_json(argc - 1, argv + 1)) complain_in_json();
    if (*argv[1] == '-' && option_bit(argv[1], name_length(argv[1])))
        return complain(EXIT_USAGE, "option %s stands before the command; it belongs behind it", argv[1]);
    return complain(EXIT_USAGE, "unknown %s '%s'; see 'ffi --help'", *argv[1] == '-' ? "option" : "command",
                    argv[1]);
}
