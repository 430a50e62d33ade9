/* SPDX-License-Identifier: MIT */
/*
 * Calls the functions that t_bit_ints.sh has written and clang has compiled, and is called by them: each takes and
 * returns a _BitInt(N). Prints a line for each wrong answer; the status is 1 if there is one.
 *
 * A value has random bits; those above its own are the sign's in an integer, and random in a record.
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 8, SIZE = 64, ROUNDS = 20 };

struct bit_int {
    unsigned bits, is_unsigned, size;
    void (*mix)(void), (*top)(void), (*many)(void), (*in_struct)(void), (*call)(void);
};

extern const struct bit_int bit_ints[]; /* ends with one of 0 bits */

static uint64_t seed = 1;
static unsigned wrong;

static uint8_t random_byte(void) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)(seed >> 56);
}

static bool bit_of(const uint8_t *value, unsigned bit) {
    return value[bit / 8] >> bit % 8 & 1;
}

static void set_bit(uint8_t *value, unsigned bit, bool to) {
    value[bit / 8] = (uint8_t)((value[bit / 8] & ~(1u << bit % 8)) | (unsigned)to << bit % 8);
}

static bool sign_of(const struct bit_int *its, const uint8_t *value) {
    return !its->is_unsigned && bit_of(value, its->bits - 1);
}

static void make_value(const struct bit_int *its, bool extends, uint8_t *value) {
    for (unsigned i = 0; i < its->size; i++) value[i] = random_byte();
    for (unsigned bit = its->bits; extends && bit < 8 * its->size; bit++)
        set_bit(value, bit, sign_of(its, value));
}

/* As the callees' TOP: the highest 8 bits of a long value, or the whole short one. */
static long long top_of(const struct bit_int *its, const uint8_t *value) {
    unsigned first = its->bits > 64 ? its->bits - 8 : 0;
    uint64_t top   = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        top |= (uint64_t)(first + bit < its->bits ? bit_of(value, first + bit) : sign_of(its, value)) << bit;
    return (long long)top;
}

static void mix(const struct bit_int *its, int a, const uint8_t *x, const uint8_t *y, uint8_t *out) {
    bool both = a != 0 || sign_of(its, x);
    for (unsigned i = 0; i < its->size; i++) out[i] = both ? x[i] ^ y[i] : y[i];
}

static void check(const struct bit_int *its, bool extends, const char *what, const uint8_t *got,
                  const uint8_t *expected) {
    bool same = !extends || !memcmp(got, expected, its->size);
    for (unsigned bit = 0; bit < its->bits; bit++) same &= bit_of(got, bit) == bit_of(expected, bit);
    if (same) return;
    wrong++;
    printf("%s_BitInt(%u): %s:", its->is_unsigned ? "unsigned " : "", its->bits, what);
    for (unsigned i = its->size; i--;) printf(" %02x", got[i]);
    printf(", expected");
    for (unsigned i = its->size; i--;) printf(" %02x", expected[i]);
    puts("");
}

static ffi_context *context;

static ffi_function *bind(void (*function)(void), const struct bit_int *its, const char *pattern) {
    char        signature[1024], *to = signature;
    const char *sign = its->is_unsigned ? "unsigned " : "";
    for (; *pattern; pattern++) {
        if (*pattern == 'T') to += sprintf(to, "%s_BitInt(%u)", sign, its->bits);
        else *to++ = *pattern;
    }
    *to                 = 0;
    ffi_function *bound = ffi_function_new(context, (void *)(uintptr_t)function, signature);
    if (!bound) exit(printf("%s: %s\n", signature, ffi_last_message()) ? 2 : 2);
    return bound;
}

struct closure {
    const struct bit_int *its;
    bool                  is_record;
    uint8_t               x[SIZE], y[SIZE];
};

static void handle(void *result, const ffi_value *args, void *userdata) {
    const struct closure *it      = userdata;
    bool                  is_slot = !it->is_record && it->its->size <= 8;
    const uint8_t        *x       = is_slot ? (const void *)&args[1] : args[1].ptr;
    const uint8_t        *y       = is_slot ? (const void *)&args[3] : args[3].ptr;
    check(it->its, !it->is_record, "callback's second argument", x, it->x);
    check(it->its, !it->is_record, "callback's fourth argument", y, it->y);
    if (args[0].i32 != 7 || args[2].f64 != 0.5) wrong++, puts("callback's other arguments");
    mix(it->its, 7, x, y, result);
}

static void test(const struct bit_int *its) {
    char type_name[40], signature[200];
    snprintf(type_name, sizeof type_name, "%s_BitInt(%u)", its->is_unsigned ? "unsigned " : "", its->bits);
    const ffi_ctype *type = ffi_type_parse(context, type_name);
    if (!type) exit(printf("%s: %s\n", type_name, ffi_last_message()) ? 2 : 2);
    if (ffi_type_size(type) != its->size) wrong++, printf("%s has %zu bytes\n", type_name, ffi_type_size(type));
    bool          is_record  = ffi_type_kind(type) == FFI_KIND_STRUCT;
    ffi_function *mixing     = bind(its->mix, its, "T(int, T, double, T)");
    ffi_function *topping    = bind(its->top, its, "long long(int, T, T)");
    ffi_function *many       = bind(its->many, its, "T(T, T, T, T, T, T, T, T)");
    ffi_function *structured = bind(its->in_struct, its, "struct { char c; T x; }(struct { char c; T x; }, T)");
    ffi_function *calling    = bind(its->call, its, "long long(void *, const T *, const T *)");

    struct closure closure = {.its = its, .is_record = is_record};
    snprintf(signature, sizeof signature, "%s(int, %s, double, %s)", type_name, type_name, type_name);
    ffi_callback *callback = ffi_callback_new(context, signature, handle, &closure);
    if (!callback) exit(printf("%s: %s\n", signature, ffi_last_message()) ? 2 : 2);
    for (int round = 0; round < ROUNDS; round++) {
        _Alignas(16) uint8_t values[MANY][SIZE], got[SIZE], expected[SIZE] = {0};
        _Alignas(16) uint8_t in[2 * SIZE] = {'a'}, out[2 * SIZE] = {0};

        int       a = round % 2;
        double    d = 1.5;
        long long top;
        void     *pointers[MANY];
        for (int i = 0; i < MANY; i++) make_value(its, !is_record, pointers[i] = values[i]);
        const uint8_t *x = values[0], *y = values[1];

        mix(its, a, x, y, expected);
        ffi_invoke_pointers(mixing, got, (void *[]){&a, values[0], &d, values[1]});
        check(its, !is_record, "result", got, expected);

        ffi_invoke_pointers(topping, &top, (void *[]){&a, values[0], values[1]});
        if (top != (long long)((unsigned long long)top_of(its, x) + 3 * (unsigned long long)top_of(its, y)))
            wrong++, printf("%s: the callee sees other arguments\n", type_name);

        memset(expected, 0, sizeof expected);
        for (int i = 0; i < MANY; i++)
            for (unsigned b = 0; b < its->size; b++) expected[b] ^= values[i][b];
        ffi_invoke_pointers(many, got, pointers);
        check(its, !is_record, "result of eight", got, expected);

        size_t at = ffi_type_alignment(type);
        memcpy(in + at, x, its->size);
        for (unsigned b = 0; b < its->size; b++) expected[b] = x[b] ^ y[b];
        ffi_invoke_pointers(structured, out, (void *[]){in, values[1]});
        check(its, false, "member of a struct", out + at, expected);
        if (out[0] != 'b') wrong++, printf("%s: the other member of a struct\n", type_name);

        void          *code = ffi_callback_code(callback);
        const uint8_t *px = memcpy(closure.x, x, SIZE), *py = memcpy(closure.y, y, SIZE);
        mix(its, 7, x, y, expected);
        ffi_invoke_pointers(calling, &top, (void *[]){&code, &px, &py});
        if (top != top_of(its, expected)) wrong++, printf("%s: the caller sees another result\n", type_name);
    }
    ffi_callback_free(callback);
}

int main(void) {
    unsigned count = 0;
    context        = ffi_context_new(NULL);
    for (const struct bit_int *its = bit_ints; its->bits; its++, count++) test(its);
    ffi_context_free(context);
    printf("%u types, %u wrong\n", count, wrong);
    return wrong != 0;
}
