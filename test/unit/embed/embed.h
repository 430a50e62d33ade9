/* SPDX-License-Identifier: MIT */
/* What the tests of the embedding layer share: a context with three records, an arena, and short forms of
 * values and calls. */
#ifndef EMBED_TEST_H
#define EMBED_TEST_H

#include "helper.h"

#include <ffi_embed.h>

static ffi_context *context;

static inline const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("Bail out! %s: %s\n", text, ffi_last_message()), exit(1);
    return type;
}

static inline ffi_function *bind(void *address, const char *signature) {
    ffi_function *function = ffi_function_new(context, address, signature);
    if (!function) printf("Bail out! %s: %s\n", signature, ffi_last_message()), exit(1);
    return function;
}

#define CODE(f)      (void *)(uintptr_t)(f)
#define COUNT(a)     (sizeof(a) / sizeof *(a))
#define LIST(...)    ffi_any_list((ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))
#define MEMBERS(...) ffi_any_members((ffi_member[]){__VA_ARGS__}, COUNT(((ffi_member[]){__VA_ARGS__})))

/* Calls with these arguments; the error, and the result in `result`. */
static ffi_any    result __attribute__((unused));
static ffi_arena *arena;
#define CALL(function, ...)                                                                                    \
    ffi_invoke_any(function, &result, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})))
#define CALL_IN(function, ...)                                                                                 \
    ffi_invoke_any_in(function, &result, (ffi_any[]){__VA_ARGS__}, COUNT(((ffi_any[]){__VA_ARGS__})), arena)

#define INT(x)  ffi_any_int(x)
#define REAL(x) ffi_any_real(x)
#define TEXT(x) ffi_any_text(x)

struct spot {
    short x, y;
};
struct shape {
    struct spot at[2];
    unsigned    low : 3, high : 7;
    signed      sign : 2;
    char        name[8];
    double      size;
};
struct node {
    struct node *next;
    int          value;
};

static const char declarations[] = "struct spot { short x, y; };"
                                   "struct shape { struct spot at[2]; unsigned low : 3, high : 7; signed sign "
                                   ": 2; char name[8]; double size; };"
                                   "struct node { struct node *next; int value; };";

/* What several programs call. */
static inline int add(int a, int b) {
    return a + b;
}
static inline double scale(struct spot *spot, double by) {
    spot->x = (short)(spot->x * by);
    return spot->y * by;
}
static inline long long total(const int *numbers, size_t count) {
    long long sum = 0;
    for (size_t i = 0; i < count; i++) sum += numbers[i];
    return sum;
}

static inline void embed_begin(void) {
    context = ffi_context_new(NULL);
    if (ffi_declare(context, declarations)) printf("Bail out! %s\n", ffi_last_message());
    arena = ffi_arena_new(context);
}

static inline int embed_end(void) {
    ffi_arena_free(arena);
    ffi_context_free(context);
    return done();
}

#endif
