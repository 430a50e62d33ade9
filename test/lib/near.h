/* SPDX-License-Identifier: MIT */
/*
 * Signatures near every limit of a plan: the sizes of arguments, of their copies and of a result in memory, the
 * number of arguments and of slots, alignments. The text of a signature is chosen by a seed (t_near.c) or by
 * the bytes of a fuzzer (fuzz_near.c), and near_check() then makes a plan, a function and a callback of it, and
 * has the function call the callback.
 */
#ifndef NEAR_H
#define NEAR_H

#include "cover.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_TEXT = 1 << 17 };

/* ---- choices ---- */

struct choices {
    const uint8_t *data;
    size_t         left; /* of `data`; behind its end choices are random */
};

static size_t choose(struct choices *choices, size_t limit) {
    size_t chosen = 0;
    if (!choices->left) return next() % limit;
    for (size_t range = 1; range < limit && choices->left; range <<= 8, choices->left--)
        chosen = chosen << 8 | *choices->data++;
    return chosen % limit;
}

/* A number a little below or above a limit, or a part of it that some arguments together reach. */
static size_t near(struct choices *choices, size_t limit) {
    size_t part = limit / (1 + choose(choices, 8)), off = choose(choices, 4) ? 20 : 200;
    size_t at = part + choose(choices, 2 * off + 1);
    return choose(choices, 3) ? at > off ? at - off : 0 : part;
}

/* ---- a signature ---- */

struct near_text {
    char   text[NEAR_TEXT];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct near_text *out, const char *format, ...) {
    va_list list;
    va_start(list, format);
    out->length += (size_t)vsnprintf(out->text + out->length, NEAR_TEXT - out->length, format, list);
    va_end(list);
    if (out->length >= NEAR_TEXT) out->length = NEAR_TEXT - 1;
}

static void put_block(struct choices *choices, struct near_text *out) {
    static const size_t sizes[] = {1 << 20, 1 << 20, 1 << 20, 1 << 16,         4096,           256, 128, 64, 32,
                                   16,      16,      8,       (size_t)1 << 32, (size_t)1 << 47};
    size_t              size    = near(choices, sizes[choose(choices, sizeof sizes / sizeof *sizes)]);
    bool                align   = choose(choices, 3) == 0;
    put(out, "struct { %s c[%zu]; }", choose(choices, 8) ? "char" : "double", size);
    if (align) put(out, " __attribute__((aligned(%zu)))", (size_t)1 << choose(choices, 29));
}

static void put_type(struct choices *choices, struct near_text *out) {
    static const char *const types[] = {"int",
                                        "double",
                                        "i8",
                                        "u16",
                                        "i64",
                                        "ptr",
                                        "double",
                                        "_Bool",
                                        "long double",
                                        "__int128",
                                        "double _Complex",
                                        "long double _Complex",
                                        "struct { double d[4]; }",
                                        "struct { float f[3]; }",
                                        "struct { char c[3]; }",
                                        "struct { long l[2]; }",
                                        "struct { long l; double d; }",
                                        "struct { char c[17]; }",
                                        "struct { }",
                                        "union { long double e; char c; }",
                                        "struct { int i : 3; }",
                                        "struct { double d __attribute__((vector_size(16))); }",
                                        "struct { double d __attribute__((vector_size(32))); }",
                                        "struct { char c __attribute__((vector_size(4))); }"};
    if (choose(choices, 2)) put_block(choices, out);
    else put(out, "%s", types[choose(choices, sizeof types / sizeof *types)]);
}

/* Runs of one type: with `count` of a size near limit / count, a limit is reached. */
static void choose_signature(struct choices *choices, struct near_text *out) {
    size_t count = choose(choices, 16) ? choose(choices, 14) : near(choices, FFI_MAX_ARGUMENTS);
    size_t dots = choose(choices, 6) ? count : choose(choices, count + 1), run = 0;
    size_t type = 0, length = 0;
    out->length = 0;
    if (choose(choices, 2)) put(out, "void");
    else put_type(choices, out);
    put(out, " f(");
    for (size_t i = 0; i < count; i++) {
        if (i) put(out, ", ");
        if (i && i == dots) put(out, "..., ");
        if (!run) {
            run  = 1 + choose(choices, choose(choices, 4) ? 8 : FFI_MAX_ARGUMENTS);
            type = out->length;
            put_type(choices, out);
            length = out->length - type;
        } else {
            put(out, "%.*s", (int)length, out->text + type);
        }
        run--;
    }
    put(out, ")");
}

/* ---- what is made of it ---- */

/* The call of a function whose address is a callback's: what the caller has passed, and what the handler gives.
 */
struct round {
    const ffi_ctype *signature;
    unsigned char  **sent, *answer;
    const char      *wrong;
    unsigned         handled;
};

static void near_handler(void *result, const ffi_value *args, void *userdata) {
    struct round *round = userdata;
    for (size_t i = 0; i < ffi_type_parameter_count(round->signature); i++) {
        const ffi_ctype *type = ffi_type_parameter(round->signature, i);
        bool             slot = ffi_type_kind(type) <= FFI_KIND_POINTER;
        if (!same(type, slot ? (const void *)&args[i] : args[i].ptr, round->sent[i]))
            round->wrong = "an argument differs";
    }
    size_t size = ffi_type_size(ffi_type_target(round->signature));
    if (size) memcpy(result, round->answer, size);
    round->handled++;
}

/* A random value of a type, aligned as that; `block` is to be freed. */
static unsigned char *value_of(const ffi_ctype *type, void **block) {
    size_t size = ffi_type_size(type), alignment = ffi_type_alignment(type) + !ffi_type_alignment(type);
    *block            = calloc(1, size + alignment);
    uintptr_t address = ((uintptr_t)*block + alignment - 1) & ~(uintptr_t)(alignment - 1);
    if (!*block) exit(2);
    if (size) fill(type, (unsigned char *)address);
    return (unsigned char *)address;
}

static const char *go_round(const ffi_function *function, struct round *round) {
    static unsigned char *sent[FFI_MAX_ARGUMENTS];
    static void          *blocks[FFI_MAX_ARGUMENTS + 2];
    static ffi_value      args[FFI_MAX_ARGUMENTS];
    const ffi_ctype      *type  = ffi_type_target(round->signature);
    size_t                count = ffi_type_parameter_count(round->signature), size = ffi_type_size(type);
    round->sent = sent;
    for (size_t i = 0; i < count; i++) {
        const ffi_ctype *param = ffi_type_parameter(round->signature, i);
        sent[i]                = value_of(param, &blocks[i]);
        args[i].u64            = next();
        if (ffi_type_kind(param) > FFI_KIND_POINTER) args[i].ptr = sent[i];
        else memcpy(&args[i], sent[i], ffi_type_size(param));
    }
    round->answer         = value_of(type, &blocks[count]);
    unsigned char *result = value_of(type, &blocks[count + 1]);
    ffi_invoke(function, result, args);
    if (size && !same(type, result, round->answer)) round->wrong = "the result differs";
    if (size) memset(result, 0, size);
    ffi_invoke_pointers(function, result, (void *const *)sent);
    if (size && !same(type, result, round->answer)) round->wrong = "the result differs, by pointers";
    ffi_invoke(function, NULL, args);
    for (size_t i = 0; i < count + 2; i++) free(blocks[i]);
    if (round->handled != 3) return "the callback was not called three times";
    return round->wrong;
}

static bool is_refusal(void) {
    ffi_error error = ffi_last_error();
    return (error == FFI_ERROR_RANGE || error == FFI_ERROR_UNSUPPORTED) && *ffi_last_message();
}

static const char *near_make(ffi_context *context, const ffi_ctype *signature, bool planned, unsigned *called) {
    struct round  round    = {.signature = signature};
    ffi_callback *callback = ffi_callback_typed(context, signature, near_handler, &round);
    if (!callback && !is_refusal()) return "the callback is refused with another error";
    if (callback && !planned) return "a callback without a plan";
    ffi_function *function =
        ffi_function_typed(context, callback ? ffi_callback_code(callback) : &round, signature);
    if (!function && !is_refusal()) return "the function is refused with another error";
    if (function && !planned) return "a function without a plan";
    if (function && callback) round.wrong = go_round(function, &round), ++*called;
    ffi_function_free(function);
    ffi_callback_free(callback);
    return round.wrong;
}

/* Makes all that can be made of a signature's text; NULL, or what is wrong. Counts what was refused, and what
 * called. */
static const char *near_check(ffi_context *context, const char *text, unsigned *refused, unsigned *called) {
    static char      plan[1024];
    const ffi_ctype *signature = ffi_type_parse(context, text);
    if (!signature) return ++*refused, is_refusal() ? NULL : "the text is refused with another error";
    bool planned = ffi_plan_format(context, signature, plan, sizeof plan) > 0;
    if (!planned && !is_refusal()) return "the plan is refused with another error";
    *refused += !planned;
    if (planned != (ffi_plan_format(context, signature, plan, sizeof plan) > 0))
        return "not the same plan twice";
    return near_make(context, signature, planned, called);
}

#endif
