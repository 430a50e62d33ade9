/* SPDX-License-Identifier: MIT */
/*
 *     garbage ENGINE SEED COUNT MODULE...
 *
 * Opens each module as it is, and COUNT copies of it with a byte changed or without their ends, and calls what they
 * export. Each copy may fail; none may crash or leak. A process runs a few of them, stops one that loops, and ends early
 * at one that stays in native code. The status is 0, or that of the process that crashed; 96 if a module cannot be opened as it is, which a negative
 * SEED allows.
 */
#define _GNU_SOURCE /* sigaction */
#include "../../../src/hosts/wasm/module.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1 << 20, BATCH = 25, EXPORTS = 6 };

static uint64_t state;

static uint32_t any(uint32_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

static const char *const exports[EXPORTS] = {"main", "fits", "digits", "trap", "carry", "many_vectors"};

static const char *const prototypes[] = {
    "m.cbrt=double(double)",
    "m.sqrt=double(double)",
    "m.fabsf=float(float)",
    "m.modf=double(double, double *)",
    "c.abs=int(int)",
    "c.bsearch=void *(const void *, const void *, size_t, size_t, int (*)(const void *, const void *))",
    "c.div=struct { int quot, rem; } (int, int)",
    "c.fflush=int(void *)",
    "c.fputs=int(const char *, void *)",
    "c.getenv=char *(const char *)",
    "c.gmtime_r=struct tm { int sec, min, hour, day, month, year, wday, yday, dst; long off; const char *zone; "
    "} *"
    "(const long long *, struct tm *)",
    "c.labs=long(long)",
    "c.llabs=long long(long long)",
    "c.printf=int(const char *, ...)",
    "c.qsort=void(void *, size_t, size_t, int (*)(const void *, const void *))",
    "c.remove=int(const char *)",
    "c.snprintf=int(char *, size_t, const char *, ...)",
    "c.sscanf=int(const char *, const char *, ...)",
    "c.strchr=char *(const char *, int)",
    "c.strlen=size_t(const char *)",
    "c.strtol=long(const char *, char **, int)",
    "c.timegm=long long(struct tm *)",
};

static wasm_host *volatile current;
static volatile sig_atomic_t stopped;

/* The second alarm of a module finds it in native code. */
static void late(int number) {
    if (!stopped && wasm_host_stop(current, "it loops")) { /* NOLINT: it says that a handler may */
        stopped = 1;
        alarm(2);
        return;
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* A damaged number of raise() crashes nothing: a crash is a signal of the kernel's. */
static struct sigaction faults[NSIG];

static void fault(int number, siginfo_t *info, void *context) {
    if (info->si_code <= 0) return;
    if (faults[number].sa_flags & SA_SIGINFO) {
        faults[number].sa_sigaction(number, info, context);
    } else {
        sigaction(number, &faults[number], NULL); /* it happens again */
    }
}

static void spare_raised(void) {
    struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int number = 1; number < NSIG; number++) switch (number) {
        case SIGALRM:
        case SIGCHLD: break; /* of the time, and of the C compiler */
        case SIGSEGV:
        case SIGBUS:
        case SIGFPE:
        case SIGILL:
        case SIGABRT: sigaction(number, &action, &faults[number]); break;
        default: signal(number, SIG_IGN);
        }
}

/* Whether the module could be opened. */
static bool run(const char *engine, const void *bytes, size_t size, unsigned seconds) {
    static const char *const zeroes[] = {"0", "0", "0", "0"};
    char                     result[64];
    wasm_host               *host = wasm_host_new();
    if (!host) exit(98);
    wasm_host_allow(host, "m");
    wasm_host_allow(host, "c");
    for (size_t i = 0; i < sizeof prototypes / sizeof *prototypes; i++)
        if (wasm_host_signature(host, prototypes[i]))
            fprintf(stderr, "%s: %s\n", prototypes[i], ffi_last_message());
    stopped = 0;
    current = host;
    alarm(seconds);
    wasp_module *module = wasp_module_new(host, engine, bytes, size);
    for (size_t i = 0; module && i < EXPORTS; i++) {
        int count = wasp_module_arity(module, exports[i]);
        if (count >= 0 && count <= 4)
            wasp_module_call(module, exports[i], zeroes, (size_t)count, result, sizeof result);
    }
    alarm(0);
    bool opened = module != NULL;
    wasp_module_free(module);
    wasm_host_free(host);
    return opened;
}

static size_t change(uint8_t *bytes, size_t size) {
    if (!any(8)) return any((uint32_t)size + 1);
    for (uint32_t i = any(3) + 1; i; i--) bytes[any((uint32_t)size)] = (uint8_t)any(256);
    return size;
}

static int batch(const char *engine, const uint8_t *bytes, size_t size, int count, bool changed, bool must) {
    fflush(stdout);
    pid_t child  = fork();
    int   status = 0;
    if (!child) {
        if (!freopen("/dev/null", "w", stdout)) exit(97);
        static uint8_t copy[MOST];
        unsigned       seconds = !changed ? 0 : strcmp(engine, "aot") ? 1 : 5; /* the C compiler takes some */
        if (changed) spare_raised();
        signal(SIGALRM, late);
        for (int i = 0; i < count; i++) {
            memcpy(copy, bytes, size);
            bool opened = run(engine, copy, changed ? change(copy, size) : size, seconds);
            if (must && !opened) exit(96);
        }
        exit(0);
    }
    for (int i = 0; i < 3 * count; i++) any(2); /* the next process has other numbers */
    waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) return kill(child, SIGKILL), waitpid(child, &status, 0), 0; /* raise(SIGSTOP) */
    bool expected =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || (changed && WTERMSIG(status) == SIGKILL));
    if (WIFSIGNALED(status)) return expected ? 0 : 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    static uint8_t bytes[MOST];
    if (argc < 5) return fprintf(stderr, "usage: garbage ENGINE SEED COUNT MODULE...\n"), 2;
    state = strtoull(argv[2], NULL, 10);
    for (int i = 4; i < argc; i++) {
        FILE  *file = fopen(argv[i], "rb");
        size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (!file) return perror(argv[i]), 2;
        fclose(file);
        int status = batch(argv[1], bytes, size, 1, false, argv[2][0] != '-');
        for (int left = size ? atoi(argv[3]) : 0; left > 0 && !status; left -= BATCH)
            status = batch(argv[1], bytes, size, left < BATCH ? left : BATCH, true, false);
        if (status) return printf("%s: status %d\n", argv[i], status), status;
    }
    return 0;
}
