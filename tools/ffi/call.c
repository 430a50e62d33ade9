/* SPDX-License-Identifier: MIT */
/*
 * `ffi call`: one call from the command line.
 *
 * The callee prints to the same standard output, mostly through the same stdio. So this program prints nothing
 * before the call, and flushes everything between the call and its own output.
 */
#include "argument.h"
#include "command.h"
#include "complain.h"
#include "crash.h"
#include "show.h"
#include "source.h"
#include "system.h"
#include "text.h"
#include "type.h"
#include "variable.h"

#include <ffi_embed.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct call {
    struct options   options;
    ffi_library     *library;
    ffi_function    *function;
    struct arguments arguments;
    char            *given;  /* the arguments as JSON, as they were before the call */
    void            *result; /* as large and aligned as its type */
};

/* A word in quotes, or null. */
static void put_json_text(FILE *out, const char *text) {
    if (text) text_json(out, text, strlen(text));
    else fputs("null", out);
}

static void show_errno(FILE *out, bool json) {
    int         number = ffi_captured_errno();
    const char *name = ffi_errno_name(number), *text = strerror(number);
    if (!name) name = system_errno_name(number);
    if (!json) {
        fprintf(out, "errno: %d", number);
        if (number) fprintf(out, " %s%s(%s)", name ? name : "", name ? " " : "", text);
        fputc('\n', out);
        return;
    }
    fprintf(out, ", \"errno\": {\"number\": %d, \"name\": ", number);
    put_json_text(out, name);
    fputs(", \"text\": ", out);
    put_json_text(out, number ? text : NULL);
    fputc('}', out);
}

static void show_last_error(FILE *out, bool json) {
    unsigned number    = ffi_captured_last_error();
    char     text[512] = "";
    system_error_text(number, text, sizeof text);
    if (!json) {
        fprintf(out, "last error: %u", number);
        if (number && *text) fprintf(out, " (%s)", text);
        fputc('\n', out);
        return;
    }
    fprintf(out, ", \"last_error\": {\"number\": %u, \"text\": ", number);
    put_json_text(out, number && *text ? text : NULL);
    fputc('}', out);
}

static void show_errors(FILE *out, const struct options *options) {
    bool json = options->given & OPTION_JSON;
    if (options->given & OPTION_ERRNO) show_errno(out, json);
    if (options->given & OPTION_LAST_ERROR) show_last_error(out, json);
}

static void show_json(FILE *out, const struct call *call, const char *signature) {
    const char *name = ffi_function_name(call->function), *library = library_title(call->library);
    fputs("{\"function\": ", out);
    text_json(out, name, strlen(name));
    fputs(", \"signature\": ", out);
    text_json(out, signature, strlen(signature));
    fputs(", \"library\": ", out);
    text_json(out, library, strlen(library));
    fprintf(out, ", %s, ", call->given);
    show_json_results(out, &call->arguments, ffi_function_signature(call->function), call->result,
                      call->options.given & OPTION_SHOW);
    show_errors(out, &call->options);
    fputs("}\n", out);
}

static void show_given(FILE *out, const void *what) {
    const struct call *call = what;
    show_json_arguments(out, &call->arguments, ffi_function_signature(call->function));
}

/* In a session: the result becomes $1, cells with names $fds. */
static void keep(struct variables *variables, struct arguments *arguments, const ffi_ctype *type,
                 const void *result) {
    size_t number = ffi_type_size(type) ? variables_add_result(variables, type, result) : 0;
    if (number) printf("    $%zu\n", number);
    variables_keep(variables, arguments, type, result);
}

static int show(struct call *call, FILE *out, const char *text) {
    const struct options *options   = &call->options;
    const ffi_ctype      *signature = ffi_function_signature(call->function);
    if (options->given & OPTION_JSON) {
        show_json(out, call, text);
    } else {
        show_results(out, &call->arguments, signature, call->result, options->given & OPTION_SHOW);
        show_errors(out, options);
    }
    if (options->variables)
        keep(options->variables, &call->arguments, ffi_type_target(signature), call->result);
    int code = finish_output(out);
    if (out != stdout) fclose(out);
    return code;
}

static int call_and_show(void *userdata) {
    struct call     *call      = userdata;
    const char      *name      = ffi_function_name(call->function);
    const ffi_ctype *signature = ffi_function_signature(call->function), *type = ffi_type_target(signature);
    char            *text = type_text(signature);
    if (!text || (call->options.given & OPTION_JSON && !(call->given = system_written(show_given, call))))
        return free(text), complain(EXIT_FAILED, "there is no memory to show the call");
    if (!(call->result = aligned_memory(ffi_type_size(type), ffi_type_alignment(type))))
        return free(text),
               complain(EXIT_FAILED, "there is no memory for a result of %zu bytes", ffi_type_size(type));

    crash_subject("the call of %s", *name ? name : "the function");
    crash_call(&call->arguments);
    system_before_call();
    ffi_invoke(call->function, call->result, call->arguments.values);

    FILE *out = system_after_call();
    arguments_end_call(&call->arguments, name);
    int code = EXIT_FAILED;
    if (!out) complain(EXIT_FAILED, "cannot write the result: %s", strerror(errno));
    else if (arguments_are_intact(&call->arguments)) code = show(call, out, text);
    if (call->options.variables) arguments_close(&call->arguments);
    return free(text), code;
}

/* `#12 int (str)`: an export by its ordinal, because it has no name. */
static ffi_function *bind_ordinal(ffi_library *library, const char *text) {
    size_t        length   = strcspn(text, " ");
    char         *name     = text_copy(text, length);
    ffi_function *function = name ? ffi_library_function(library, name, text + length) : NULL;
    if (!function) note_that("exports by number are of Windows' libraries: '#12 int(int)'");
    return free(name), function;
}

/* Complains about a signature without a result, such as `abs(int)`. */
static bool has_no_result(const char *signature) {
    size_t length = strcspn(signature, " \t\n(");
    char  *name   = text_copy(signature, length);
    bool   none =
        name && is_name_alone(name) && signature[length] == '(' && strstr(ffi_last_message(), "unknown type");
    return free(name), none;
}

/* NULL after a complaint. */
static ffi_function *bind_function(struct call *call, ffi_context *context) {
    const char *signature = call->options.operands[1];
    bool        name      = is_name_alone(signature);
    if (name && !declared_function(context, &call->options, signature)) return NULL;
    ffi_function *function = *signature == '#' ? bind_ordinal(call->library, signature)
                                               : ffi_library_function(call->library, name ? signature : NULL,
                                                                      name ? NULL : signature);
    if (function) return function;
    if (has_no_result(signature))
        note_that("a signature begins with the type of the result, such as 'int abs(int)'");
    complain_last(EXIT_FAILED, NULL);
    return NULL;
}

/* Takes options behind the arguments, if the function has fewer parameters: `gmtime '&0' --show`. */
static void take_options(struct call *call) {
    struct arguments *arguments = &call->arguments;
    const ffi_ctype  *signature = ffi_function_signature(call->function);
    size_t            count     = ffi_type_parameter_count(signature);
    unsigned          bit;
    while (!ffi_type_is_variadic(signature) && arguments->count > count &&
           (bit = option_alone(&command_call, arguments->texts[arguments->count - 1]))) {
        call->options.given |= bit;
        arguments->count--;
        if (bit == OPTION_JSON) complain_in_json();
    }
}

static int bind_and_call(struct call *call, ffi_context *context) {
    const struct options *options = &call->options;
    if (!(call->library = open_operand(context, options->operands[0]))) return complain_last(EXIT_FAILED, NULL);
    if (!(call->function = bind_function(call, context))) return EXIT_FAILED;
    call->arguments = (struct arguments){.context   = context,
                                         .library   = call->library,
                                         .variables = options->variables,
                                         .options   = options,
                                         .count     = (size_t)options->count - 2,
                                         .texts     = options->operands + 2};
    take_options(call);
    int code = arguments_read(&call->arguments, &call->function);
    if (code) return code;
    if (options->given & OPTION_LAST_ERROR && !system_has_last_error)
        return complain(EXIT_FAILED, "option --last-error is for Windows only");
    unsigned capture = (options->given & OPTION_ERRNO ? FFI_CAPTURE_ERRNO : 0) |
                       (options->given & OPTION_LAST_ERROR ? FFI_CAPTURE_LAST_ERROR : 0);
    if (capture && ffi_function_capture(call->function, capture)) return complain_last(EXIT_FAILED, NULL);
    if (options->given & OPTION_NO_FORK) return call_and_show(call);
    return crash_watch(call_and_show, call);
}

static int run(ffi_context *context, const struct options *options) {
    struct call call = {.options = *options};
    int         code = bind_and_call(&call, context);
    crash_call(NULL);
    arguments_free(&call.arguments);
    free(call.given);
    aligned_free(call.result);
    return code;
}

const struct command command_call = {
    .name     = "call",
    .summary  = "call a function of a library and print its result",
    .options  = OPTION_JSON | OPTION_ERRNO | OPTION_LAST_ERROR | OPTION_SHOW | OPTION_NO_FORK | OPTIONS_DECLARE,
    .least    = 2,
    .most     = -1,
    .run      = run,
    .examples = &system_examples.call,
    .help =
        "usage: ffi call [--json] [--errno] [--last-error] [-i FILE] [-I HEADER] LIBRARY SIGNATURE "
        "[ARGUMENT...]\n"
        "\n"
        "Calls a function and prints its result. LIBRARY is a path, or a name such as m or z;\n"
        "- is the program itself. SIGNATURE is C with the function's name, or only the name of one that\n"
        "a file or header declares: one that -i or -I names, else one of the system's common headers.\n"
        "\n"
        "  --json        print one JSON object\n"
        "  --show        show what a result points to, such as a struct\n"
        "  --no-fork     call in this process; else a child calls, and a crash is reported\n"
        "  --errno       print errno as the call left it\n"
        "  --last-error  on Windows: the same for GetLastError()\n"
        "  -i FILE       read C declarations; - is the standard input\n"
        "  -I HEADER     the same for what the C preprocessor makes of a header\n"
        "  --cflags W    give the preprocessor options: -I FOLDER, -D NAME\n"
        "  --pkg NAME    the same for those that pkg-config knows of a package\n"
        "  --skipped     list what of headers was not understood\n"
        "  --dialect W   read more than C: embed, as gcc -fms-extensions does; or twice, two\n"
        "                parameters of one name\n"
        "\n"
        "Arguments, by the parameter's type:\n"
        "  numbers    10  -5  0xff  0b11  1.5  0x1p-3  inf  nan  'a'  true  false  1+2i  NAME of a constant,\n"
        "             and expressions of these: 'O_RDWR | O_CREAT'\n"
        "  structs    {1, 2.5}  {.x=1, .line[2].y=3}  {\"text\", {1, 2}}, and arrays, unions, vectors\n"
        "  char *     TEXT with C's escapes; str:TEXT if it looks like something else; raw:TEXT as it stands\n"
        "             const:NAME of a string\n"
        "  wchar_t *  wide:TEXT; for any pointer to integers of 2 bytes as UTF-16, of 4 as UTF-32\n"
        "  pointers   NULL  0x7f00 (ptr:0x7f00 for a char *)  str:TEXT  raw:TEXT, and shown after the call:\n"
        "             @N  @N=TEXT     a buffer of N bytes, zeroed or beginning with TEXT\n"
        "             &  &V  &1,2,3   a cell of the type that is pointed to, or an array of them\n"
        "             &TYPE  &TYPE=V  the same for a void *; &(TYPE){...} for any pointer\n"
        "             &NAME=V  &NAME=@N  the same, shown by the parameter's NAME: '&fds='\n"
        "             sym:NAME        a function or variable of the library, such as a comparator for qsort\n"
        "  variable   as written in C: 5 is an int, 5000000000 an i64, 1.5 a double, and other text a string;\n"
        "             or with a type: i64:5  u8:200  f64:1  str:42  wide:x  ptr:0  &int  @16  (TYPE){...}\n",
};
