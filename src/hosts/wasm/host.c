/* SPDX-License-Identifier: MIT */
/* A host: its two contexts, what is allowed, the libraries, and the prototypes that it has read. */
#include "host.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef MULTIARCH /* the Makefile's: a folder in /usr/include */
#define MULTIARCH ""
#endif

wasm_host *wasm_host_new(void) {
    wasm_host *host = calloc(1, sizeof *host);
    if (!host) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for a host"), NULL;
    host->native = ffi_context_new(NULL);
    host->guest  = ffi_context_new(&(ffi_options){.abi = "wasm32"});
    if (host->native) host->arena = ffi_arena_new(host->native);
    if (host->arena && host->guest) return host;
    wasm_host_free(host);
    return NULL;
}

void wasm_host_free(wasm_host *host) {
    if (!host) return;
    wasm_callbacks_free(host);
    wasm_imports_free(host);
    for (void *at = host->libraries, *next; at; at = next) next = ((struct wasm_library *)at)->next, free(at);
    for (void *at = host->allowed, *next; at; at = next) next = ((struct wasm_pattern *)at)->next, free(at);
    for (void *at = host->prototypes, *next; at; at = next)
        next = ((struct wasm_prototype *)at)->next, free(at);
    free(host->handles.all);
    free(host->handles.buckets);
    ffi_context_free(host->guest);
    ffi_context_free(host->native);
    if (host->wake) close(host->waker), close(host->wake - 1);
    free(host);
}

void wasm_host_attach(wasm_host *host, const wasm_engine *engine, void *instance) {
    host->engine   = engine;
    host->instance = instance;
    wasm_host_enter(host);
}

bool wasm_host_stop(wasm_host *host, const char *why) {
    int error     = errno; /* of what a signal interrupts */
    host->stopped = why;
    int wake      = host->wake;
    while (wake && write(wake - 1, "", 1) < 0 && errno == EINTR) {}
    errno = error;
    if (host->instance && !host->engine->stop) return false;
    if (host->instance) host->engine->stop(host->instance);
    return true;
}

/* An import that failed because a callback of it was stopped has said so, with its name. */
bool wasm_host_fail_stopped(const wasm_host *host) {
    const char *why = host->stopped;
    if (why && ffi_last_error() != FFI_ERROR_CANCELLED) ffi_fail(FFI_ERROR_CANCELLED, "%s", why);
    return why != NULL;
}

void wasm_host_arguments(wasm_host *host, char **argv, char **environment) {
    host->argv        = argv;
    host->environment = environment;
}

bool wasm_host_exited(const wasm_host *host, int *status) {
    if (host->exited) *status = host->exit_status;
    return host->exited;
}

/* ---- what is allowed ---- */

ffi_error wasm_host_allow(wasm_host *host, const char *text) {
    size_t               length  = strlen(text);
    struct wasm_pattern *pattern = malloc(sizeof *pattern + length + 1), **end = &host->allowed;
    if (!pattern) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for '%s'", text);
    memcpy(pattern->library, text, length + 1);
    char *colon = strrchr(pattern->library, ':');
    if (colon) *colon = 0;
    pattern->name = colon ? colon + 1 : "*";
    pattern->next = NULL;
    while (*end) end = &(*end)->next;
    *end = pattern;
    return FFI_ERROR_NONE;
}

static bool is_allowed(const wasm_host *host, const char *library, const char *name) {
    for (struct wasm_pattern *pattern = host->allowed; pattern; pattern = pattern->next)
        if (!fnmatch(pattern->library, library, 0) && !fnmatch(pattern->name, name, 0)) return true;
    return false;
}

ffi_library *wasm_host_library(wasm_host *host, const char *library, const char *name) {
    if (!is_allowed(host, library, name)) {
        ffi_fail(FFI_ERROR_DENIED, "%s of library %s is not allowed: --allow %s:%s allows it", name, library,
                 library, name);
        return NULL;
    }
    for (struct wasm_library *known = host->libraries; known; known = known->next)
        if (!strcmp(known->name, library)) return known->library;
    size_t               length = strlen(library);
    struct wasm_library *added  = malloc(sizeof *added + length + 1);
    if (!added) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for '%s'", library), NULL;
    if (!(added->library = ffi_library_open(host->native, library, 0))) return free(added), NULL;
    memcpy(added->name, library, length + 1);
    added->next     = host->libraries;
    host->libraries = added;
    return added->library;
}

void *wasm_host_symbol(wasm_host *host, const char *library, const char *name) {
    ffi_library *opened = wasm_host_library(host, library, name);
    return opened ? ffi_library_symbol(opened, name) : NULL;
}

/* ---- prototypes ---- */

/* The module's compiler knows the types of wasm32. It declares what wasi-libc emulates if it is asked to, and finds the
 * libraries' headers where the system's compiler does. Without it, or for a header that it refuses, the system's headers
 * are read by that data model: their types may differ from those that it has read before, which stay. */
ffi_error wasm_host_headers(wasm_host *host, const char *const *headers, size_t count) {
    static const char                multiarch[] = "/usr/include/" MULTIARCH;
    static const char *const         clang[]     = {"clang",
                                                    "--target=wasm32-wasi",
                                                    "-D_WASI_EMULATED_SIGNAL",
                                                    "-D_WASI_EMULATED_MMAN",
                                                    "-D_WASI_EMULATED_PROCESS_CLOCKS",
                                                    "-idirafter",
                                                    multiarch,
                                                    "-idirafter",
                                                    "/usr/include",
                                                    "-E",
                                                    "-dD",
                                                    "-x",
                                                    "c",
                                                    "-",
                                                    NULL};
    static const ffi_declare_options lenient     = {.flags = FFI_DECLARE_LENIENT};
    ffi_error                        error       = ffi_declare_headers(host->native, headers, count, NULL);
    if (error || !ffi_declare_headers(host->guest, headers, count, &(ffi_preprocessor){.command = clang}))
        return error;
    return ffi_declare_headers(host->guest, headers, count, &(ffi_preprocessor){.declare = &lenient});
}

ffi_error wasm_host_signature(wasm_host *host, const char *text) {
    const char *equals = strchr(text, '=');
    if (!equals || !memchr(text, '.', (size_t)(equals - text)))
        return ffi_fail(FFI_ERROR_ARGUMENT, "'%s' is not \"library.name=signature\"", text);
    const ffi_ctype *type = ffi_type_parse(host->native, equals + 1);
    if (!type || !ffi_type_parse(host->guest, equals + 1)) return ffi_last_error();
    if (ffi_type_kind(type) != FFI_KIND_FUNCTION)
        return ffi_fail(FFI_ERROR_TYPE, "'%s' is not a signature", equals + 1);
    size_t                 length = strlen(text), name = (size_t)(equals - text);
    struct wasm_prototype *added = malloc(sizeof *added + length + 1), **end = &host->prototypes;
    if (!added) return ffi_fail(FFI_ERROR_MEMORY, "out of memory for '%s'", text);
    added->name       = memcpy(added + 1, text, length + 1);
    added->name[name] = 0;
    added->signature  = added->name + name + 1;
    added->next       = NULL;
    while (*end) end = &(*end)->next; /* the first of a name counts: the command line's before the module's */
    *end = added;
    return FFI_ERROR_NONE;
}
