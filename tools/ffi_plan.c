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
    const ffi_ctype *signature = ffi_type_parse(context, options->operands[0]);
    if (!signature) return complain_last();
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

static int run(const struct options *options) {
    if (options->abi && !is_abi(options->abi)) return unknown_abi(options->abi);
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = options->abi});
    if (!context) return complain_last();
    int code = plan(context, options);
    ffi_context_free(context);
    return code;
}

const struct command command_plan = {
    .name    = "plan",
    .options = OPTION_JSON | OPTION_ABI,
    .least   = 1,
    .most    = 1,
    .run     = run,
    .help    = "usage: ffi plan [--json] [--abi ABI] SIGNATURE\n"
               "\n"
               "Prints which register or stack offset takes each argument, and where the result leaves.\n"
               "\n"
               "  --abi ABI  of this ABI instead of the platform's; an unknown one lists those there are\n"
               "  --json     print one JSON object\n"
               "\n"
               "  ffi plan 'double f(int, double, const char *)'\n",
};
