/* SPDX-License-Identifier: MIT */
/* `ffi plan`: the plan of a signature under an ABI, as the library prints it. */
#include "command.h"
#include "complain.h"
#include "show.h"
#include "source.h"
#include "system.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

/* Prints the text as a JSON array of its lines. */
static void put_lines(const char *text) {
    const char *between = "";
    fputc('[', stdout);
    while (*text) {
        size_t length = strcspn(text, "\n");
        fputs(between, stdout);
        text_json(stdout, text, length);
        text += length + (text[length] == '\n');
        between = ", ";
    }
    fputc(']', stdout);
}

static int show(const ffi_ctype *signature, const char *plan, bool json) {
    if (!json) return fputs(plan, stdout), finish_output(stdout);
    char *text = type_text(signature);
    if (!text) return complain(EXIT_FAILED, "there is no memory to show the plan");
    fputs("{\"abi\": ", stdout);
    text_json(stdout, plan, strcspn(plan, ":")); /* its first word */
    fputs(", \"signature\": ", stdout);
    text_json(stdout, text, strlen(text));
    fputs(", \"plan\": ", stdout);
    put_lines(plan);
    fputs("}\n", stdout);
    free(text);
    return finish_output(stdout);
}

static int make_plan(ffi_context *context, const struct options *options) {
    const char      *text      = options->operands[0];
    const ffi_ctype *signature = ffi_declared_type(context, text);
    if (!signature) signature = ffi_type_parse(context, text);
    if (!signature && !is_name_alone(text)) return complain_last(EXIT_FAILED, NULL);
    if (!signature && !(signature = declared_function(context, options, text))) return EXIT_FAILED;
    if (ffi_type_kind(signature) == FFI_KIND_POINTER) signature = ffi_type_target(signature);
    if (ffi_type_kind(signature) != FFI_KIND_FUNCTION)
        return complain(EXIT_FAILED, "'%s' is a type, not a signature such as 'double pow(double, double)'",
                        text);
    size_t length = ffi_plan_format(context, signature, NULL, 0);
    if (!length) return complain_last(EXIT_FAILED, NULL);
    char *plan = malloc(length + 1);
    if (!plan) return complain(EXIT_FAILED, "there is no memory to show the plan");
    ffi_plan_format(context, signature, plan, length + 1);
    int code =
        options->given & OPTION_SVG ? svg_plan(plan) : show(signature, plan, options->given & OPTION_JSON);
    return free(plan), code;
}

const struct command command_plan = {
    .name     = "plan",
    .summary  = "print which argument goes to which register",
    .options  = OPTION_JSON | OPTION_SVG | OPTION_ABI | OPTIONS_DECLARE,
    .least    = 1,
    .most     = 1,
    .mixes    = true,
    .run      = make_plan,
    .examples = &system_examples.plan,
    .help     = "usage: ffi plan [--json] [--svg] [--abi ABI] [-i FILE] [-I HEADER] SIGNATURE\n"
                "\n"
                "Prints which register or stack offset takes each argument, and where the result leaves.\n"
                "SIGNATURE is C, or the name of a function that a file or header declares: one that -i or -I\n"
                "names, else one of the system's common headers.\n"
                "\n"
                "  --abi ABI  of this ABI instead of the platform's; an unknown one lists those there are\n"
                "  --svg      print a picture in SVG\n"
                "  --json     print one JSON object\n" HELP_DECLARE,
};
