/* SPDX-License-Identifier: MIT */
/*
 * `ffi eval`: constant expressions of C, with the macros, constants and types that are declared. The library evaluates
 * an expression as the text of a macro.
 */
#include "command.h"
#include "complain.h"
#include "number.h"
#include "show.h"
#include "source.h"
#include "system.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

#define MACRO "ffi_expression"

const ffi_ctype *evaluate(ffi_context *context, const char *expression, ffi_value *value) {
    char            *text = malloc(strlen(expression) + sizeof "#define " MACRO " \n");
    const ffi_ctype *type = NULL;
    if (text && !strpbrk(expression, "\n\r") && expression[strspn(expression, " \t")]) {
        sprintf(text, "#define " MACRO " %s\n", expression);
        if (!ffi_declare(context, text)) type = ffi_declared_value(context, MACRO, value);
    }
    return free(text), type;
}

/* Why a text is no constant expression, after a colon: what the library says of it as the value of a constant. */
static void put_reason(ffi_context *context, const char *expression, char *reason, size_t size) {
    char *text   = malloc(strlen(expression) + sizeof "enum { " MACRO "_ = \n};");
    *reason      = 0;
    bool written = text && sprintf(text, "enum { " MACRO "_ = %s\n};", expression) > 0;
    if (written && !ffi_declare(context, text)) {
        snprintf(reason, size, ": it is too long for a macro");
    } else if (written) {
        const char *message = ffi_last_message(), *why = strstr(message, ": ");
        const char *found = strstr(message, ", found '"), *end = message + strcspn(message, "\n");
        if (found && found < end) end = found; /* what was found may be what stands around the expression */
        if (why && why < end) snprintf(reason, size, "%.*s", (int)(end - why), why);
    }
    free(text);
}

static void show(const ffi_ctype *type, const ffi_value *value, const struct options *options) {
    bool        json  = options->given & OPTION_JSON;
    const void *bytes = ffi_type_kind(type) <= FFI_KIND_POINTER ? (const void *)value : value->ptr;
    if (json) {
        char *name = type_text(type);
        fputs("{\"expression\": ", stdout);
        text_json(stdout, options->operands[0], strlen(options->operands[0]));
        fputs(", \"type\": ", stdout);
        text_json(stdout, name ? name : "", name ? strlen(name) : 0);
        fputs(", \"value\": ", stdout);
        free(name);
    }
    if (ffi_type_kind(type) != FFI_KIND_ARRAY) show_value(stdout, type, bytes, json);
    else if (json && ffi_type_size(ffi_type_target(type)) == 1)
        text_json(stdout, value->str, ffi_type_size(type) - 1);
    else if (ffi_type_size(ffi_type_target(type)) == 1) fwrite(value->str, 1, ffi_type_size(type) - 1, stdout);
    else show_value(stdout, type, value->ptr, json);
    fputs(json ? "}\n" : "\n", stdout);
}

static int run(ffi_context *context, const struct options *options) {
    const char      *expression = options->operands[0];
    ffi_value        value;
    const ffi_ctype *type = evaluate(context, expression, &value);
    if (!type && !options->source_count) {
        declare_common(context, options);
        type = evaluate(context, expression, &value);
    }
    if (!type) {
        char brief[BRIEF_ROOM], reason[256];
        put_reason(context, expression, reason, sizeof reason);
        if (options->source_count && strstr(reason, "' is not the name of a value"))
            note_that("-I HEADER reads the header that defines a constant");
        return complain(EXIT_FAILED, "'%s' is no constant expression%s", text_brief(brief, span_of(expression)),
                        reason);
    }
    forget_note();
    show(type, &value, options);
    return finish_output(stdout);
}

const struct command command_eval = {
    .name     = "eval",
    .summary  = "evaluate a constant expression, with the macros of headers",
    .options  = OPTION_JSON | OPTION_ABI | OPTIONS_DECLARE,
    .least    = 1,
    .most     = 1,
    .mixes    = true,
    .run      = run,
    .examples = &system_examples.eval,
    .help     = "usage: ffi eval [--json] [--abi ABI] [-i FILE] [-I HEADER] EXPRESSION\n"
                "\n"
                "Evaluates a constant expression of C: numbers, operators, sizeof, casts, constants of enums,\n"
                "and macros. Names are looked for in what -i and -I declare, else in the system's common\n"
                "headers.\n"
                "\n"
                "  --abi ABI  with the sizes of this ABI instead of the platform's\n"
                "  --json     print one JSON object: the expression, its type and its value\n" HELP_DECLARE,
};
