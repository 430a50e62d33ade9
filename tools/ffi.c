/* SPDX-License-Identifier: MIT */
/*
 * The `ffi` program: native calls from the command line. Here are the commands' common parts: options,
 * complaints, help. Options stand before operands, so that a negative number is never taken for one.
 */
#include "ffi.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: ffi call LIBRARY SIGNATURE [ARGUMENT...]\n"
                           "       ffi plan [--abi ABI] SIGNATURE\n"
                           "       ffi symbols LIBRARY [PATTERN]\n"
                           "       ffi --help | --version\n"
                           "\n"
                           "  call       call a function of a library and print its result\n"
                           "  plan       print which argument goes to which register\n"
                           "  symbols    list what a library defines\n"
                           "\n"
                           "'ffi COMMAND --help' says more, and 'man ffi' all.\n"
                           "\n"
                           "  ffi call m 'double pow(double, double)' 2 10\n";

/* ---- for the commands ---- */

int complain(int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("ffi: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return code;
}

int complain_last(void) {
    return complain(EXIT_FAILED, "%s", ffi_last_message());
}

int finish_output(FILE *out) {
    if (fflush(out) == 0 && !ferror(out)) return EXIT_FINE;
    return complain(EXIT_FAILED, "cannot write the output: %s", strerror(errno));
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
} known_options[] = {{"-h", OPTION_HELP},
                     {"--help", OPTION_HELP},
                     {"--json", OPTION_JSON},
                     {"--errno", OPTION_ERRNO},
                     {"--abi", OPTION_ABI}};

static unsigned option_bit(const char *text, size_t length) {
    for (size_t i = 0; i < sizeof known_options / sizeof *known_options; i++)
        if (strlen(known_options[i].name) == length && !memcmp(known_options[i].name, text, length))
            return known_options[i].bit;
    return 0;
}

/* Reads what stands behind the command's name. `-` is an operand, `--` ends the options. */
static int read_options(const struct command *command, int count, char **texts, struct options *options) {
    int i = 0;
    for (; i < count && texts[i][0] == '-' && texts[i][1]; i++) {
        if (!strcmp(texts[i], "--")) {
            i++;
            break;
        }
        size_t      length = strcspn(texts[i], "=");
        const char *value  = texts[i][length] ? texts[i] + length + 1 : NULL;
        unsigned    bit    = option_bit(texts[i], length);
        if (!(bit & (command->options | OPTION_HELP)))
            return complain(EXIT_USAGE, "unknown option %.*s; see 'ffi %s --help'", (int)length, texts[i],
                            command->name);
        if (value && bit != OPTION_ABI)
            return complain(EXIT_USAGE, "option %.*s takes no value", (int)length, texts[i]);
        if (bit == OPTION_ABI && !value && !(value = i + 1 < count ? texts[++i] : NULL))
            return complain(EXIT_USAGE, "option --abi needs a value");
        if (bit == OPTION_ABI) options->abi = value;
        options->given |= bit;
    }
    options->count    = count - i;
    options->operands = texts + i;
    return EXIT_FINE;
}

static int run_command(const struct command *command, int count, char **texts) {
    struct options options = {0};
    int            code    = read_options(command, count, texts, &options);
    if (code) return code;
    if (options.given & OPTION_HELP) return fputs(command->help, stdout), finish_output(stdout);
    if (options.count >= command->least && (command->most < 0 || options.count <= command->most))
        return command->run(&options);
    return complain(EXIT_USAGE, "too %s operands\n%.*s", options.count < command->least ? "few" : "many",
                    (int)strcspn(command->help, "\n"), command->help);
}

int main(int argc, char **argv) {
    static const struct command *const commands[] = {&command_call, &command_plan, &command_symbols};
    if (argc < 2) return fputs(help, stderr), EXIT_USAGE;
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return fputs(help, stdout), finish_output(stdout);
    if (!strcmp(argv[1], "--version")) return printf("ffi %s\n", ffi_version()), finish_output(stdout);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(argv[1], commands[i]->name)) return run_command(commands[i], argc - 2, argv + 2);
    return complain(EXIT_USAGE, "unknown %s '%s'; see 'ffi --help'", *argv[1] == '-' ? "option" : "command",
                    argv[1]);
}
