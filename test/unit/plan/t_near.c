/* SPDX-License-Identifier: MIT */
/*
 * Signatures near the limits of every ABI (near.h): plans, functions, callbacks, and calls where this machine
 * has the ABI. Another seed or number: FFI_SEED=7 FFI_COUNT=10000, or as arguments. fuzz_near.c is the same for
 * libFuzzer.
 */
#include "helper.h"
#include "near.h"

#include <inttypes.h>
#include <pthread.h>

enum { STACK = 64 << 20, BATCH = 64, SHOWN = 5 };

static bool has_plans(const char *abi) { /* of some only the data model is known */
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = abi});
    bool         plans   = ffi_plan_format(context, ffi_type_parse(context, "void(int)"), NULL, 0) > 0;
    ffi_context_free(context);
    return plans;
}

/* Of each ABI: `%s` is a block of more bytes than a plan passes. What comes behind the refused arguments was
 * once written beside the plan. */
static void refusals(void) {
    static const char *const signatures[] = {
        "void f(B, B, B, B, __int128)",
        "void f(B, B, B, B, B, B, B, B, __int128, C)",
        "void f(int, int, int, int, B, C, C, __int128)",
        "void f(double, double, double, double, double, double, double, double, B, double, struct { double "
        "d[4]; })",
        "void f(int, ..., B, __int128, C, double, int)",
        "C f(B, B, B, B, B, B, B, B, B, B)",
        "C f(A, A, A, A, A, A, A, A, A, A, int, __int128, C)",
        "B f(void)",
    };
    const char *abi;
    for (size_t i = 0; (abi = ffi_abi_name(i)); i++) {
        if (!has_plans(abi)) continue;
        ffi_context *context = ffi_context_new(&(ffi_options){.abi = abi});
        ffi_declare(context, "typedef struct { char c[1048577]; } B; typedef struct { char c[65]; } C;"
                             "typedef struct { char c; } __attribute__((aligned(2097152))) A;");
        for (size_t k = 0; k < sizeof signatures / sizeof *signatures; k++) {
            char name[100];
            bool made = ffi_function_new(context, &abi, signatures[k]) != NULL;
            bool list = strstr(signatures[k], "...") && !strcmp(abi, "vectorcall");
            snprintf(name, sizeof name, "%s refuses %.70s", abi, signatures[k]);
            tap_fails(!made, list ? FFI_ERROR_UNSUPPORTED : FFI_ERROR_RANGE,
                      list ? "variable arguments" : "1048576", __FILE__, __LINE__, name);
        }
        ffi_context_free(context);
    }
}

static struct near_text signature;

static void check_abi(const char *abi, uint64_t seed, int count) {
    ffi_context   *context = NULL;
    unsigned       refused = 0, called = 0;
    int            wrong   = 0;
    struct choices choices = {NULL, 0};
    for (int i = 0; i < count; i++) {
        if (i % BATCH == 0) ffi_context_free(context), context = ffi_context_new(&(ffi_options){.abi = abi});
        state = seed + (uint64_t)i * 0x1000003;
        choose_signature(&choices, &signature);
        const char *what = near_check(context, signature.text, &refused, &called);
        if (what && wrong++ < SHOWN) note(what, signature.text), note("message", ffi_last_message());
    }
    ffi_context_free(context);
    ok(!wrong, "%s: %d signatures, %u refused, %u called; %d go wrong", abi, count, refused, called, wrong);
    ok(refused > 0 && (int)refused < count, "%s: some are refused, and not all", abi);
}

static int    arguments;
static char **argument;

/* With a stack for arguments and copies of a MiB each, in the caller and in the callee. */
static void *run(void *unused) {
    const char *seed_text  = arguments > 1 ? argument[1] : getenv("FFI_SEED");
    const char *count_text = arguments > 2 ? argument[2] : getenv("FFI_COUNT");
    uint64_t    seed       = seed_text ? strtoull(seed_text, NULL, 0) : 20261129;
    int         count      = count_text ? atoi(count_text) : fewer(1000);
    const char *abi;
    printf("# seed %" PRIu64 ", %d signatures of each ABI\n", seed, count);
    refusals();
    for (size_t i = 0; (abi = ffi_abi_name(i)); i++)
        if (has_plans(abi)) check_abi(abi, seed, count);
    return unused;
}

int main(int argc, char **argv) {
    pthread_t      thread;
    pthread_attr_t attributes;
    arguments = argc, argument = argv;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, run, NULL)) return perror("pthread_create"), 2;
    pthread_join(thread, NULL);
    return done();
}
