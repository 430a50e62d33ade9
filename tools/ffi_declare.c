/* SPDX-License-Identifier: MIT */
/*
 * Declarations for the commands that take -i and -I: a file as it stands, or what the C compiler's preprocessor
 * makes of a header, its #defines included.
 */
#define _POSIX_C_SOURCE 200809L /* posix_spawn, fdopen */
#include "ffi.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *read_all(FILE *file) {
    size_t size = 0, room = 1 << 16;
    char  *text = malloc(room);
    while (text && (size += fread(text + size, 1, room - size - 1, file)) == room - 1) {
        char *larger = realloc(text, room *= 2);
        if (!larger) free(text);
        text = larger;
    }
    if (text) text[size] = 0;
    return text;
}

static int declare(ffi_context *context, FILE *file, const char *name) {
    char *text = read_all(file);
    if (!text) return complain(EXIT_FAILED, "there is no memory for %s", name);
    int code = ferror(file)                 ? complain(EXIT_FAILED, "cannot read %s: %s", name, strerror(errno))
               : ffi_declare(context, text) ? complain(EXIT_FAILED, "%s: %s", name, ffi_last_message())
                                            : EXIT_FINE;
    free(text);
    return code;
}

static int declare_file(ffi_context *context, const char *name) {
    bool  is_stdin = !strcmp(name, "-");
    FILE *file     = is_stdin ? stdin : fopen(name, "r");
    if (!file) return complain(EXIT_FAILED, "cannot open %s: %s", name, strerror(errno));
    int code = declare(context, file, name);
    if (!is_stdin) fclose(file);
    return code;
}

enum { HEADERS = 16 };

/* Starts the preprocessor, which writes to a pipe, whose end to read from is the result; NULL with errno. */
static FILE *preprocess(const char *const *headers, size_t count, pid_t *process) {
    const char                *chosen                     = getenv("CC");
    const char                *compiler                   = chosen && *chosen ? chosen : "cc";
    const char                *words[6 + 2 * HEADERS + 1] = {compiler, "-E", "-dD", "-x", "c"};
    size_t                     used                       = 5;
    int                        ends[2];
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; i < count; i++) words[used++] = "-include", words[used++] = headers[i];
    words[used] = "/dev/null";
    if (pipe(ends)) return NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    errno = posix_spawnp(process, compiler, &actions, NULL, (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *file = errno ? NULL : fdopen(ends[0], "r");
    if (!file) close(ends[0]);
    return file;
}

/* What the C compiler's preprocessor makes of headers; nothing if there is no compiler, unless there `must` be.
 */
static int declare_headers(ffi_context *context, const char *const *headers, size_t count, const char *name,
                           bool must) {
    pid_t process;
    int   status = 0;
    FILE *file   = preprocess(headers, count, &process);
    if (!file && !must) return EXIT_FINE;
    if (!file) return complain(EXIT_FAILED, "cannot run the preprocessor: %s", strerror(errno));
    int code = declare(context, file, name);
    fclose(file);
    if (waitpid(process, &status, 0) != process || status)
        return complain(EXIT_FAILED, "the preprocessor failed for %s", name);
    return code;
}

int declare_common(ffi_context *context) {
    static const char *const headers[] = {"sys/stat.h",    "sys/socket.h", "netinet/in.h", "sys/time.h",
                                          "time.h",        "stdio.h",      "stdlib.h",     "dirent.h",
                                          "signal.h",      "pthread.h",    "termios.h",    "poll.h",
                                          "sys/utsname.h", "locale.h",     "pwd.h",        "sys/resource.h"};
    _Static_assert(sizeof headers / sizeof headers[0] <= HEADERS, "preprocess has room for them");
    return declare_headers(context, headers, sizeof headers / sizeof headers[0], "the system's headers", false);
}

int declare_sources(ffi_context *context, const struct options *options) {
    int code = EXIT_FINE;
    for (size_t i = 0; !code && i < options->source_count; i++) {
        const struct source *source = &options->sources[i];
        code = source->header ? declare_headers(context, &source->name, 1, source->name, true)
                              : declare_file(context, source->name);
    }
    return code;
}
