/* SPDX-License-Identifier: MIT */
/*
 * Callees that widen a narrow argument. Clang takes it for granted that the caller has extended it to 32 bits,
 * so they show what lies above the value in a register. Called with garbage there. t_narrow.sh builds this with
 * each compiler.
 */
#include "tap.h"

#include <ffi_invoke.h>

#define TYPES(X)                                                                                               \
    X(bool, _Bool)                                                                                             \
    X(char, char)                                                                                              \
    X(i8, signed char)                                                                                         \
    X(u8, unsigned char)                                                                                       \
    X(i16, short)                                                                                              \
    X(u16, unsigned short)

/* In the first and in the last register, on the stack, and of two added. */
#define CALLEES(name, type)                                                                                    \
    static int first_##name(type a) {                                                                          \
        return a;                                                                                              \
    }                                                                                                          \
    static int sixth_##name(int a, int b, int c, int d, int e, type f) {                                       \
        return (void)a, (void)b, (void)c, (void)d, (void)e, f;                                                 \
    }                                                                                                          \
    static int seventh_##name(int a, int b, int c, int d, int e, int f, type g) {                              \
        return (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, g;                                        \
    }                                                                                                          \
    static int sum_##name(type a, type b) {                                                                    \
        return a + b;                                                                                          \
    }                                                                                                          \
    /* A slot with the value, and garbage in all the other bytes; the value as an int. */                      \
    static uint64_t slot_##name(uint64_t value, uint64_t garbage) {                                            \
        type a = (type)value;                                                                                  \
        memcpy(&garbage, &a, sizeof a);                                                                        \
        return garbage;                                                                                        \
    }                                                                                                          \
    static int value_##name(uint64_t value) {                                                                  \
        return (type)value;                                                                                    \
    }
TYPES(CALLEES)

#define ADDRESS(function) ((void *)(uintptr_t)(function))

struct type {
    const char *name;
    void       *first, *sixth, *seventh, *sum;
    uint64_t (*slot)(uint64_t value, uint64_t garbage);
    int (*value)(uint64_t value);
};
#define ROW(name, type)                                                                                        \
    {#name,       ADDRESS(first_##name), ADDRESS(sixth_##name), ADDRESS(seventh_##name), ADDRESS(sum_##name),  \
     slot_##name, value_##name},
static const struct type types[] = {TYPES(ROW)};

static const uint64_t values[]  = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0xa5c3};
static const uint64_t garbage[] = {0, UINT64_MAX, 0xdeadbeef00000000u, 0x5a5a5a5a5a5a5a5au,
                                   0x00000000fefefe00u};
enum { VALUES = sizeof values / sizeof *values, GARBAGE = sizeof garbage / sizeof *garbage };

static int call(ffi_context *context, void *address, const char *signature, const ffi_value *args) {
    int           result   = -12345;
    ffi_function *function = ffi_function_new(context, address, signature);
    if (!function) return printf("# %s\n", ffi_last_message()), result;
    ffi_invoke(function, &result, args);
    ffi_function_free(function);
    return result;
}

/* Whether the callee itself, called with the slot in its register, sees another value. */
static unsigned relies(const struct type *type, uint64_t slot, int wanted) {
    int (*volatile raw)(uint64_t) = (int (*)(uint64_t))(uintptr_t)type->first;
    return raw(slot) != wanted;
}

static void check(ffi_context *context, const struct type *type, unsigned *relied) {
    char     first[64], sixth[64], seventh[64], sum[64];
    unsigned calls = 0, wrong = 0;
    snprintf(first, sizeof first, "int(%s)", type->name);
    snprintf(sixth, sizeof sixth, "int(int, int, int, int, int, %s)", type->name);
    snprintf(seventh, sizeof seventh, "int(int, int, int, int, int, int, %s)", type->name);
    snprintf(sum, sizeof sum, "int(%s, %s)", type->name, type->name);
    for (unsigned v = 0; v < VALUES; v++)
        for (unsigned g = 0; g < GARBAGE; g++, calls += 4) {
            ffi_value args[7] = {{0}};
            uint64_t  slot    = type->slot(values[v], garbage[g]);
            int       wanted  = type->value(values[v]);
            args[0].u64 = args[1].u64 = args[5].u64 = args[6].u64 = slot;
            *relied += relies(type, slot, wanted);
            wrong += call(context, type->first, first, args) != wanted;
            wrong += call(context, type->sixth, sixth, args) != wanted;
            wrong += call(context, type->seventh, seventh, args) != wanted;
            wrong += call(context, type->sum, sum, args) != wanted + wanted;
        }
    ok(!wrong, "%s: %u of %u calls with garbage above the value went wrong", type->name, wrong, calls);
}

/* ---- every type in every register ---- */

enum { REGISTERS = 6, WAYS = 6 };

static uint64_t seen[REGISTERS];

static void see(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) {
    memcpy(seen, (uint64_t[REGISTERS]){a, b, c, d, e, f}, sizeof seen);
}

static const char *const way_names[WAYS] = {"i64", "i32", "i8", "u8", "i16", "u16"};

/* What a callee may rely on of a slot: all of it, or 32 bits. */
static uint64_t extended(unsigned way, uint64_t slot) {
    switch (way) {
    case 0: return slot;
    case 2: return (uint32_t)(int8_t)slot;
    case 3: return (uint8_t)slot;
    case 4: return (uint32_t)(int16_t)slot;
    case 5: return (uint16_t)slot;
    default: return (uint32_t)slot;
    }
}

/* Whether `count` integers, their types by the digits of `number`, arrive. */
static bool arrive(ffi_context *context, unsigned count, unsigned number) {
    static const uint64_t slots[]       = {0x8182838485868788u, 0x1112131415161718u, 0xa1a2a3a4a5a6a7a8u,
                                           0x2122232425262728u, 0xc1c2c3c4c5c6c7c8u, 0x7172737475767778u};
    char                  signature[64] = "void(";
    ffi_value             args[REGISTERS];
    bool                  good = true;
    for (unsigned k = 0, left = number; k < count; k++, left /= WAYS) {
        snprintf(signature + strlen(signature), sizeof signature - strlen(signature), "%s%s", k ? ", " : "",
                 way_names[left % WAYS]);
        args[k].u64 = slots[k];
    }
    strcat(signature, ")");
    call(context, ADDRESS(see), signature, args);
    for (unsigned k = 0, left = number; k < count; k++, left /= WAYS) {
        uint64_t wanted = extended(left % WAYS, slots[k]);
        good &= (left % WAYS ? (uint32_t)seen[k] : seen[k]) == wanted;
    }
    if (!good) printf("# %s\n", signature);
    return good;
}

/* Every row of types for up to four registers; for more, every fifth, which has each pair of types in each pair
 * of registers. */
static void check_every_row(ffi_context *context) {
    unsigned wrong = 0, rows = 0;
    for (unsigned count = 1, all = WAYS; count <= REGISTERS; count++, all *= WAYS)
        for (unsigned number = 0; number<all; number += count> 4 ? 5 : 1, rows++)
            wrong += !arrive(context, count, number);
    ok(!wrong, "integers of any types: %u of %u rows of one to six went wrong", wrong, rows);
}

int main(void) {
    unsigned     relied  = 0;
    ffi_context *context = ffi_context_new(NULL);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) check(context, &types[i], &relied);
    check_every_row(context);
    if (relied) printf("# %u times a callee called directly would have gone wrong\n", relied);
    else printf("# the callees of this compiler extend by themselves\n");
    ffi_context_free(context);
    return done();
}
