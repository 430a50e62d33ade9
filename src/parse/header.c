/* SPDX-License-Identifier: MIT */
/*
 * Headers by their names: the system's preprocessor reads `#include` lines, and its output is declared. It
 * reads from one file and writes to two others, so that no pipe can block.
 */
#include "os/run.h"
#include "type/context.h"

struct files {
    FILE *in, *out, *messages;
};

static void close_files(struct files *files) {
    if (files->in) fclose(files->in);
    if (files->out) fclose(files->out);
    if (files->messages) fclose(files->messages);
}

/* A path is included with quotes, a bare name with angle brackets. */
static bool write_source(FILE *to, const char *const *names, size_t count, const char *prologue) {
    if (prologue) fprintf(to, "%s\n", prologue);
    for (size_t i = 0; i < count; i++) {
        bool path = names[i][0] == '.' || strchr(names[i], '\\') || names[i][0] == '/' ||
                    (names[i][0] && names[i][1] == ':');
        fprintf(to, path ? "#include \"%s\"\n" : "#include <%s>\n", names[i]);
    }
    return !fflush(to) && !fseek(to, 0, SEEK_SET);
}

static char *new_text(ffi_context *context, size_t size) {
    os_lock_take(&context->lock);
    char *text = memory_new(&context->heap, size);
    os_lock_give(&context->lock);
    return text;
}

static void free_text(ffi_context *context, char *text, size_t size) {
    os_lock_take(&context->lock);
    memory_free(&context->heap, text, size);
    os_lock_give(&context->lock);
}

/* The contents of a file with a NUL at the end; the caller frees it. NULL on failure. */
static char *read_all(ffi_context *context, FILE *from, size_t *size) {
    long end = fseek(from, 0, SEEK_END) ? -1 : ftell(from);
    if (end < 0 || fseek(from, 0, SEEK_SET))
        return fail(FFI_ERROR_UNSUPPORTED, "ffi_declare_headers: cannot read a temporary file"), NULL;
    char *text = new_text(context, *size = (size_t)end + 1);
    if (text) text[fread(text, 1, (size_t)end, from)] = 0;
    return text;
}

static ffi_error fail_with_messages(ffi_context *context, FILE *messages, const char *program, int status) {
    size_t size;
    char  *text = read_all(context, messages, &size);
    if (!text) return ffi_last_error();
    fail(FFI_ERROR_SYNTAX, "ffi_declare_headers: %.100s ended with %d:\n%.3500s", program, status, text);
    free_text(context, text, size);
    return FFI_ERROR_SYNTAX;
}

static ffi_error preprocess(ffi_context *context, const char *const *command, const struct files *files,
                            const ffi_preprocessor *options) {
    const char *why    = "";
    int         status = os_run(command, files->in, files->out, files->messages, &why);
    if (status < 0)
        return fail(FFI_ERROR_UNSUPPORTED, "ffi_declare_headers: cannot run '%.200s': %s", command[0], why);
    if (status) return fail_with_messages(context, files->messages, command[0], status);
    size_t size;
    char  *text = read_all(context, files->out, &size);
    if (!text) return ffi_last_error();
    ffi_error error =
        ffi_declare_with(context, text, options ? options->declare : NULL, options ? options->skipped : NULL);
    free_text(context, text, size);
    return error;
}

ffi_error ffi_declare_headers(ffi_context *context, const char *const *names, size_t count,
                              const ffi_preprocessor *options) {
    static const char *const default_command[] = {"cc", "-E", "-dD", "-x", "c", "-", NULL};
    const char *const       *command = options && options->command ? options->command : default_command;
    struct files             files   = {NULL, NULL, NULL};
    if (!context) return fail_null(__func__, "context");
    if (count && !names) return fail_null(__func__, "names");
    if (!command[0]) return fail(FFI_ERROR_ARGUMENT, "%s: the command has no words", __func__);
    for (size_t i = 0; i < count; i++) {
        if (!names[i]) return fail(FFI_ERROR_ARGUMENT, "%s: names[%zu] is NULL", __func__, i);
        if (strpbrk(names[i], "\n\">"))
            return fail(FFI_ERROR_ARGUMENT, "%s: '%.200s' is not a header's name", __func__, names[i]);
    }
    ffi_error error;
    if (!(files.in = os_temporary_file()) || !(files.out = os_temporary_file()) ||
        !(files.messages = os_temporary_file()) ||
        !write_source(files.in, names, count, options ? options->prologue : NULL))
        error = fail(FFI_ERROR_UNSUPPORTED, "%s: cannot write a temporary file", __func__);
    else error = preprocess(context, command, &files, options);
    close_files(&files);
    return error;
}
