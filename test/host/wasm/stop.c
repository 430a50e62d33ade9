/* SPDX-License-Identifier: MIT */
/*
 *     stop ENGINE LOOPING.WASM START.WASM WAITING.WASM
 *
 * Stops modules that loop or wait, from another thread; the process then runs the next one. TAP.
 */
#define _GNU_SOURCE /* nanosleep */
#include "../../../src/hosts/wasm/module.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 16 };

static int count, failed;

static void ok(bool good, const char *engine, const char *name, const char *what) {
    failed |= !good;
    printf("%sok %d - %s: %s%s\n", good ? "" : "not ", ++count, engine, name, what);
    if (!good) printf("# error %d: %s\n", ffi_last_error(), ffi_last_message());
}

struct module {
    char   bytes[MOST];
    size_t size;
};

static void read_module(struct module *module, const char *path) {
    FILE *file   = fopen(path, "rb");
    module->size = file ? fread(module->bytes, 1, MOST, file) : 0;
    if (file) fclose(file);
    if (!module->size) printf("Bail out! %s\n", path), exit(1);
}

static void *stop_later(void *host) {
    nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
    wasm_host_stop(host, "the test stops it");
    return NULL;
}

static wasm_host *host_of(void) {
    wasm_host *host = wasm_host_new();
    if (!host || wasm_host_allow(host, "c")) puts("Bail out! no host"), exit(1);
    return host;
}

/* Whether the last call failed as a stopped one does. */
static bool says(const char *text) {
    return ffi_last_error() == FFI_ERROR_CANCELLED && !strcmp(ffi_last_message(), text);
}

static void stop_export(const char *engine, const struct module *bytes, const char *name, const char *import) {
    const char  *args[] = {"100"};
    char         text[200], early[200], result[64]; /* `early`: on a slow machine, before it calls the import */
    pthread_t    thread;
    wasm_host   *host   = host_of();
    wasp_module *module = wasp_module_new(host, engine, bytes->bytes, bytes->size);
    if (!module) printf("Bail out! %s: %s\n", engine, ffi_last_message()), exit(1);
    size_t arity = (size_t)wasp_module_arity(module, name);
    snprintf(text, sizeof text, "%s: %sthe test stops it", name, import);
    snprintf(early, sizeof early, "%s: the test stops it", name);
    pthread_create(&thread, NULL, stop_later, host);
    bool fails = wasp_module_call(module, name, args, arity, result, sizeof result) != FFI_ERROR_NONE;
    ok(fails && (says(text) || says(early)), engine, name,
       " fails when it is stopped, with its name and the reason");
    pthread_join(thread, NULL);
    ok(wasp_module_call(module, "seven", args, 0, result, sizeof result) && says("seven: the test stops it"),
       engine, name, ": the module stays stopped");
    wasp_module_free(module);
    ok(wasm_host_stop(host, "again"), engine, name, ": a stop behind the module's end is harmless");
    wasm_host_free(host);
}

static void stop_start(const char *engine, const struct module *bytes) {
    pthread_t  thread;
    wasm_host *host = host_of();
    pthread_create(&thread, NULL, stop_later, host);
    ok(!wasp_module_new(host, engine, bytes->bytes, bytes->size) &&
           says("the module cannot be instantiated: the test stops it"),
       engine, "a start function", " fails when it is stopped");
    pthread_join(thread, NULL);
    wasm_host_free(host);
}

static void stop_early(const char *engine, const struct module *bytes) {
    wasm_host *host = host_of();
    wasm_host_stop(host, "early");
    ok(!wasp_module_new(host, engine, bytes->bytes, bytes->size) && ffi_last_error() == FFI_ERROR_CANCELLED,
       engine, "a module", " of a stopped host is not opened");
    wasm_host_free(host);
}

static void run_after(const char *engine, const struct module *bytes) {
    char         result[64] = "";
    wasm_host   *host       = host_of();
    wasp_module *module     = wasp_module_new(host, engine, bytes->bytes, bytes->size);
    ok(module && !wasp_module_call(module, "seven", NULL, 0, result, sizeof result) && !strcmp(result, "7"),
       engine, "another module", " runs in the same process");
    wasp_module_free(module);
    wasm_host_free(host);
}

static void run_after_trap(const char *engine, const struct module *bytes) {
    char         result[64];
    wasm_host   *host   = host_of();
    wasp_module *module = wasp_module_new(host, engine, bytes->bytes, bytes->size);
    ok(module && wasp_module_call(module, "trap", NULL, 0, result, sizeof result) &&
           wasp_module_call(module, "seven", NULL, 0, result, sizeof result) &&
           !strcmp(ffi_last_message(), "seven: a callback of the module has trapped before"),
       engine, "a module", " is not entered after a trap in a callback");
    wasp_module_free(module);
    wasm_host_free(host);
}

/* Modules that wait in WASI: for a clock, to read of a pipe in which nothing is, to write to one that is full. */
static void stop_waiting(const char *engine, const struct module *bytes) {
    int in[2], errors[2];
    if (pipe(in) || pipe(errors)) puts("Bail out! no pipe"), exit(1);
    dup2(in[0], 0);
    dup2(errors[1], 2);
    alarm(120); /* of one that is not woken */
    stop_export(engine, bytes, "sleep", "");
    stop_export(engine, bytes, "read", "");
    stop_export(engine, bytes, "write", "");
    alarm(0);
}

int main(int argc, char **argv) {
    static struct module looping, start, waiting;
    if (argc != 5) return fprintf(stderr, "usage: stop ENGINE LOOPING.WASM START.WASM WAITING.WASM\n"), 2;
    read_module(&looping, argv[2]);
    read_module(&start, argv[3]);
    read_module(&waiting, argv[4]);
    stop_export(argv[1], &looping, "loop", "");
    stop_export(argv[1], &looping, "nothing", "");
    stop_export(argv[1], &looping, "jump", "");
    stop_export(argv[1], &looping, "calls", "");
    stop_export(argv[1], &looping, "sort", "c.qsort: ");
    stop_start(argv[1], &start);
    stop_early(argv[1], &looping);
    run_after(argv[1], &looping);
    run_after_trap(argv[1], &looping);
    stop_waiting(argv[1], &waiting);
    printf("1..%d\n", count);
    return failed;
}
