/* SPDX-License-Identifier: MIT */
/* Batches: many calls from one buffer, and what stops them. */
#include "helper.h"

#include <errno.h>
#include <ffi_embed.h>

static int calls;

static int add(int a, int b) {
    calls++;
    return a + b;
}

static void count(void) {
    calls++;
}

static float half(float x) {
    calls++;
    return x / 2;
}

struct three {
    int64_t a, b, c;
};

static struct three turn(struct three three, uint8_t by) {
    calls++;
    return (struct three){three.b + by, three.c, three.a};
}

static long double scale(long double x, bool twice) {
    return twice ? x * 2 : x;
}

static int fail_with(int number) {
    errno = number;
    return -1;
}

enum { ADD, COUNT, HALF, TURN, SCALE, FAIL, FUNCTIONS };

static const ffi_function *functions[FUNCTIONS + 1];

static void bind_all(ffi_context *context) {
    static const struct {
        void       *address;
        const char *signature;
    } them[FUNCTIONS] = {
        [ADD]   = {(void *)(uintptr_t)add, "int add(int, int)"},
        [COUNT] = {(void *)(uintptr_t)count, "void(void)"},
        [HALF]  = {(void *)(uintptr_t)half, "float(float)"},
        [TURN]  = {(void *)(uintptr_t)turn, "struct { i64 a, b, c; } f(struct { i64 a, b, c; }, u8)"},
        [SCALE] = {(void *)(uintptr_t)scale, "long double(long double, bool)"},
        [FAIL]  = {(void *)(uintptr_t)fail_with, "errno_if(-1) int fail_with(int)"},
    };
    for (int i = 0; i < FUNCTIONS; i++)
        if (!(functions[i] = ffi_function_new(context, them[i].address, them[i].signature)))
            printf("Bail out! %s\n", ffi_last_message()), exit(1);
}

static uint64_t bits(float x) {
    uint32_t word;
    memcpy(&word, &x, sizeof word);
    return word;
}

/* A batch of one call that fails; what stands in its message. */
static void check_stop(uint64_t *words, size_t size, ffi_error error, const char *part) {
    uint64_t two[32] = {FFI_BATCH_HEAD(ADD, 4), 0, 1, 2};
    size_t   made = 9, at = 9;
    memcpy(two + 4, words, size * sizeof *words);
    calls         = 0;
    ffi_error got = ffi_invoke_batch(functions, FUNCTIONS + 1, two, 4 + size, &made, &at);
    ok(got == error && made == 1 && at == 4 && two[1] == 3 && calls == 1, "it stops behind the first call: %s",
       part);
    ok(strstr(ffi_last_message(), part) != NULL, "and the message says where");
    note("message", ffi_last_message());
}

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    bind_all(context);
    size_t   words      = sizeof(long double) / 8, made, at, end;
    uint64_t buffer[64] = {FFI_BATCH_HEAD(ADD, 4),
                           ~0ull,
                           2,
                           (uint64_t)-5,
                           FFI_BATCH_HEAD(COUNT, 1),
                           FFI_BATCH_HEAD(HALF, 3),
                           ~0ull,
                           bits(5),
                           FFI_BATCH_HEAD(TURN, 8),
                           0,
                           0,
                           0,
                           1,
                           2,
                           3,
                           255};
    end                 = 16;
    buffer[end]         = FFI_BATCH_HEAD(SCALE, 2 + 2 * words);
    long double big     = 1.25L, back;
    memcpy(&buffer[end + 1 + words], &big, sizeof big);
    buffer[end + 1 + 2 * words] = 1;
    end += 2 + 2 * words;
    ok(!ffi_invoke_batch(functions, FUNCTIONS, buffer, end, &made, &at) && made == 5 && at == end && calls == 4,
       "five calls in one go");
    ok(buffer[1] == (uint32_t)-3 && buffer[6] == bits(2.5), "small results have zeroes above them");
    ok(buffer[9] == 257 && buffer[10] == 3 && buffer[11] == 1, "a record goes in and out as it is");
    memcpy(&back, &buffer[17], sizeof back);
    ok(back == 2.5L, "a long double goes in and out as it is");
    ok(!ffi_invoke_batch(NULL, 0, NULL, 0, &made, NULL) && made == 0, "an empty batch makes none");

    check_stop((uint64_t[]){FFI_BATCH_HEAD(77, 1)}, 1, FFI_ERROR_ARGUMENT,
               "call 1 at word 4: there is no function 77");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(FUNCTIONS, 1)}, 1, FFI_ERROR_ARGUMENT, "there is no function 6");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(ADD, 3), 0, 0}, 3, FFI_ERROR_RANGE,
               "another number of words than 3");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(ADD, 4), 0}, 2, FFI_ERROR_RANGE, "the buffer ends before word");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(ADD, 4), 0, 1ull << 40, 1}, 4, FFI_ERROR_RANGE,
               "cannot hold argument 1");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(TURN, 8), 0, 0, 0, 0, 0, 0, 256}, 8, FFI_ERROR_RANGE,
               "cannot hold argument 2");
    uint64_t scales[16]   = {FFI_BATCH_HEAD(SCALE, 2 + 2 * words)};
    scales[1 + 2 * words] = 2;
    check_stop(scales, 2 + 2 * words, FFI_ERROR_RANGE, "cannot hold argument 2");
    check_stop((uint64_t[]){FFI_BATCH_HEAD(FAIL, 3), 0, ENOENT}, 3, FFI_ERROR_SYSTEM,
               "fail_with failed: ENOENT");
    returns_error(ffi_invoke_batch(NULL, 1, buffer, 4, NULL, NULL), FFI_ERROR_ARGUMENT, "functions is NULL");
    returns_error(ffi_invoke_batch(functions, 1, NULL, 4, NULL, NULL), FFI_ERROR_ARGUMENT, "words is NULL");
    ffi_context_free(context);
    return done();
}
