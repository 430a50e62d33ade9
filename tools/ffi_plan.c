/* SPDX-License-Identifier: MIT */
/* `ffi plan`: what an ABI makes of a signature, as the library prints it. */
#include "ffi.h"

#include <stdlib.h>
#include <string.h>

/* The text as a JSON array of its lines. */
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

static int plan(ffi_context *context, const struct options *options) {
    const ffi_ctype *signature = ffi_declared_type(context, options->operands[0]);
    if (!signature) signature = ffi_type_parse(context, options->operands[0]);
    if (!signature) return complain_last();
    if (ffi_type_kind(signature) == FFI_KIND_POINTER) signature = ffi_type_target(signature);
    if (ffi_type_kind(signature) != FFI_KIND_FUNCTION)
        return complain(EXIT_FAILED, "'%.80s' is a type, not a signature such as 'double pow(double, double)'",
                        options->operands[0]);
    size_t length = ffi_plan_format(context, signature, NULL, 0);
    if (!length) return complain_last();
    char *text = malloc(length + 1);
    if (!text) return complain(EXIT_FAILED, "there is no memory to show the plan");
    ffi_plan_format(context, signature, text, length + 1);
    int code = show(signature, text, options->given & OPTION_JSON);
    return free(text), code;
}

static int run(const struct options *options) {
    int          code;
    ffi_context *context = open_context(options, &code);
    if (!context) return code;
    code = plan(context, options);
    ffi_context_free(context);
    return code;
}

const struct command command_plan = {
    .name     = "plan",
    .options  = OPTION_JSON | OPTION_ABI | OPTION_FILE | OPTION_HEADER,
    .least    = 1,
    .most     = 1,
    .run      = run,
    .examples = &system_examples.plan,
    .help     = "usage: ffi plan [--json] [--abi ABI] [-i FILE] [-I HEADER] SIGNATURE\n"
                "\n"
                "Prints which register or stack offset takes each argument, and where the result leaves.\n"
                "SIGNATURE is C, or the name of a function that a file or header declares.\n"
                "\n"
                "  --abi ABI  of this ABI instead of the platform's; an unknown one lists those there are\n"
                "  -i FILE    read C declarations first; - is the standard input\n"
                "  -I HEADER  the same for what the C preprocessor makes of a header\n"
                "  --json     print one JSON object\n",
};
