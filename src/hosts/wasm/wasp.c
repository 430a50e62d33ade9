/* SPDX-License-Identifier: MIT */
/* The command wasp: runs a WebAssembly module whose imports are functions of native libraries. */
#include "module.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

static const char usage[] =
    "usage: wasp run [OPTION]... MODULE [ARGUMENT]...\n"
    "Runs a WebAssembly module whose imports are functions of native libraries: import \"m\" \"sqrt\".\n"
    "\n"
    "  --allow LIBRARY[:PATTERN]   the module may import these functions; nothing is allowed at first. The "
    "library is\n"
    "                              opened if the module imports one\n"
    "  --policy FILE               the same, one in each line of a file; lines with # are comments\n"
    "  --header HEADER             read prototypes from a header, such as zlib.h\n"
    "  --signature L.NAME=TYPE     one prototype, such as 'm.cbrt=double(double)'\n"
    "  --call NAME                 call this export with ARGUMENTs that are numbers, and print its result;\n"
    "                              otherwise _start or main runs, and ARGUMENTs are the program's\n"
    "  --aot                       make the module native code first, by wasm2c and the C compiler (CC, or "
    "cc)\n"
    "  --engine wabt|LIBRARY       libwabt's interpreter, or a library with Wasmtime's C API or WebAssembly's "
    "standard\n"
    "                              one: wasmtime\n"
    "  --timeout SECONDS           stop the module after that time: an error, and exit status 124. Native code "
    "ends\n"
    "                              the process if it has not returned a second later\n"
    "\n"
    "The headers string.h, stdlib.h, stdio.h, math.h, time.h and errno.h are read if no other prototype is "
    "given.\n"
    "Exit status: that of the program; 1 after an error; 2 if the command line is wrong; 124 after "
    "--timeout.\n";

static int wrong(const char *what, const char *word) {
    fprintf(stderr, "wasp: %s%s%s\n%s", what, word ? ": " : "", word ? word : "", "`wasp --help` tells more\n");
    return 2;
}

static volatile sig_atomic_t timed_out; /* --timeout has stopped the module */

static int failed(const char *what) {
    fflush(stdout);
    fprintf(stderr, "wasp: %s: %s\n", what, ffi_last_message());
    return timed_out && ffi_last_error() == FFI_ERROR_CANCELLED ? 124 : 1;
}

/* The bytes of a file and a NUL after them; NULL with a message on failure. */
static void *file_bytes(const char *path, size_t *size) {
    FILE  *file  = fopen(path, "rb");
    char  *bytes = NULL, *more;
    size_t room = 0, got = 1;
    *size = 0;
    while (file && got && !ferror(file)) {
        if (*size == room) {
            room = room ? 2 * room : 1 << 16;
            if (!(more = realloc(bytes, room + 1))) break;
            bytes = more;
        }
        got = fread(bytes + *size, 1, room - *size, file);
        *size += got;
    }
    bool good = file && !got && !ferror(file);
    if (good) bytes[*size] = 0;
    else ffi_fail(FFI_ERROR_SYSTEM, "%s", strerror(errno));
    if (file) fclose(file);
    if (good) return bytes;
    free(bytes);
    return NULL;
}

static ffi_error read_policy(wasm_host *host, const char *path) {
    size_t    size;
    char     *text = file_bytes(path, &size), *rest = text;
    ffi_error error = text ? FFI_ERROR_NONE : ffi_last_error();
    for (char *line; !error && rest && (line = strsep(&rest, "\n"));)
        if (*line && *line != '#') error = wasm_host_allow(host, line);
    free(text);
    return error;
}

static ffi_error standard_headers(wasm_host *host) {
    static const char *const headers[] = {"string.h", "stdlib.h", "stdio.h", "math.h", "time.h", "errno.h"};
    return wasm_host_headers(host, headers, sizeof headers / sizeof *headers);
}

/* ---- --timeout ---- */

static wasm_host *volatile limited; /* what the signal stops */
static char why[64];

static void late(int number) {
    static const char text[] = "wasp: the module ran longer than --timeout allows\n";
    (void)number;
    if (!limited) return;
    if (!timed_out && wasm_host_stop(limited, why)) { /* NOLINT: it says that a handler may */
        timed_out = true;
        alarm(1);
        return;
    }
    if (write(2, text, sizeof text - 1)) _exit(124);
    _exit(124);
}

static ffi_error limit_time(wasm_host *host, const char *seconds) {
    char         *end;
    unsigned long number = strtoul(seconds, &end, 10);
    if (end == seconds || *end || !number || number > UINT32_MAX)
        return ffi_fail(FFI_ERROR_ARGUMENT, "expected a number of seconds, 1 or more");
    snprintf(why, sizeof why, "it ran longer than %lu s", number);
    limited = host;
    alarm((unsigned)number);
    return FFI_ERROR_NONE;
}

struct options {
    const char *call, *engine;
    bool        prototypes;
};

/* Returns the index of the module; a negative exit status if there is none. */
static int read_options(wasm_host *host, int argc, char **argv, struct options *options) {
    int at = 2;
    for (; at < argc && !strncmp(argv[at], "--", 2); at++) {
        const char *option = argv[at], *value = argv[at + 1];
        ffi_error   error = FFI_ERROR_NONE;
        if (!strcmp(option, "--aot")) {
            options->engine = "aot";
            continue;
        }
        if (!value) return -wrong("an option without its value", option);
        if (!strcmp(option, "--allow")) error = wasm_host_allow(host, value);
        else if (!strcmp(option, "--policy")) error = read_policy(host, value);
        else if (!strcmp(option, "--header"))
            error = wasm_host_headers(host, &value, 1), options->prototypes = true;
        else if (!strcmp(option, "--signature"))
            error = wasm_host_signature(host, value), options->prototypes = true;
        else if (!strcmp(option, "--call")) options->call = value;
        else if (!strcmp(option, "--engine")) options->engine = value;
        else if (!strcmp(option, "--timeout")) error = limit_time(host, value);
        else return -wrong("there is no such option", option);
        if (error) return failed(value), error == FFI_ERROR_ARGUMENT ? -2 : -1;
        at++;
    }
    return at < argc ? at : -wrong("which module is to run?", NULL);
}

static int run_module(wasm_host *host, wasp_module *module, const struct options *options, int argc,
                      char **argv) {
    char        result[64] = "";
    int         status     = 0;
    const char *name       = options->call;
    ffi_error   error;
    if (name) {
        error = wasp_module_call(module, name, (const char *const *)argv + 1, (size_t)argc - 1, result,
                                 sizeof result);
    } else { /* a main without WASI has nothing to read its arguments from */
        static const char *const zeroes[] = {"0", "0"};
        name                              = wasp_module_arity(module, "_start") >= 0 ? "_start" : "main";
        error = wasp_module_call(module, name, zeroes, wasp_module_arity(module, name) == 2 ? 2 : 0, result,
                                 sizeof result);
    }
    if (wasm_host_exited(host, &status)) return status;
    if (error) return failed(argv[0]);
    if (options->call && *result) puts(result);
    return options->call ? 0 : (int)strtol(result, NULL, 10);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--help")) return fputs(usage, stdout), 0;
    if (argc < 2 || strcmp(argv[1], "run")) return wrong("the command is `run`", NULL);
    signal(SIGALRM, late);
    struct options options = {NULL, "wabt", false};
    wasm_host     *host    = wasm_host_new();
    if (!host) return failed("wasp");
    int    at = read_options(host, argc, argv, &options), status = -at;
    size_t size  = 0;
    void  *bytes = at > 0 ? file_bytes(argv[at], &size) : NULL;
    if (at > 0) status = bytes ? 1 : failed(argv[at]);
    if (bytes && (options.prototypes || !standard_headers(host))) {
        wasm_host_arguments(host, argv + at, environ);
        wasp_module *module = wasp_module_new(host, options.engine, bytes, size);
        if (module) status = run_module(host, module, &options, argc - at, argv + at);
        else if (!wasm_host_exited(host, &status)) status = failed(argv[at]);
        limited = NULL;
        wasp_module_free(module);
    } else if (bytes) {
        status = failed("the standard headers");
    }
    free(bytes);
    wasm_host_free(host);
    return status;
}
