/* SPDX-License-Identifier: MIT */
/*
 * Records in two integer registers. A handler that copies one loads 16 bytes at once, and waits long if two stores wrote them.
 * So a callback's entry writes each such record by one store, which is aligned, wherever its registers are.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <stdint.h>
#include <string.h>

#if defined __x86_64__ && !defined _WIN32

struct words {
    long a, b;
};

static const struct words one = {1, -2}, two = {3, -4}, three = {5, -6};

/* What the handler saw: the records, and how many of their addresses are aligned. */
static struct seen {
    struct words records[3];
    int          count, aligned;
} seen;

static void see(void *result, const ffi_value *args, void *userdata) {
    seen = (struct seen){.count = 0};
    for (const char *at = userdata; *at; at++) { /* `w`: a record, `p`: a pointer, `d`: a double */
        const void *record = args[at - (const char *)userdata].ptr;
        if (*at != 'w') continue;
        memcpy(&seen.records[seen.count++], record, sizeof(struct words));
        seen.aligned += (uintptr_t)record % 16 == 0;
    }
    memcpy(result, &seen.records[seen.count - 1], sizeof(struct words));
}

static void check(struct words got, int count, const char *what) {
    ok(seen.count == count &&
           !memcmp(seen.records, (struct words[3]){one, two, three}, sizeof one * (size_t)count) &&
           !memcmp(&got, &seen.records[count - 1], sizeof got),
       "%s: the values", what);
    ok(seen.aligned == count, "%s: each is written by one store", what);
}

typedef void code(void);

static code *code_of(ffi_context *context, const char *signature, const char *kinds) {
    ffi_callback *callback = ffi_callback_new(context, signature, see, (void *)(uintptr_t)kinds);
    if (!callback) printf("# %s\n", ffi_last_message());
    return callback ? (code *)(uintptr_t)ffi_callback_code(callback) : NULL;
}

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    ok(!ffi_declare(context, "struct words { long a, b; };"), "a type");
#define OF(parameters, kinds) ((struct words(*) parameters)code_of(context, "struct words" #parameters, kinds))
    check(OF((struct words), "w")(one), 1, "rdi, rsi");
    check(OF((void *, struct words), "pw")(NULL, one), 1, "rsi, rdx");
    check(OF((void *, void *, struct words), "ppw")(NULL, NULL, one), 1, "rdx, rcx");
    check(OF((struct words, struct words, struct words), "www")(one, two, three), 3, "all registers");
    check(OF((void *, struct words, double, struct words), "pwdw")(NULL, one, 1.5, two), 2, "and a double");
    ffi_context_free(context);
    return done();
}

#else

int main(void) {
    skip_all("these registers are System V's on x86-64");
}

#endif
