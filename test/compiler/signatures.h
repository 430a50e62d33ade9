/* SPDX-License-Identifier: MIT */
/*
 * Random signatures of scalars, the same for the same seed: gen_calls.c prints C functions of them, run_calls.c
 * calls those. Signature `index` of a seed does not depend on the others, so that one can be looked at alone.
 */
#ifndef SIGNATURES_H
#define SIGNATURES_H

#include <ffi_invoke.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

/* What the ABI of the callees has them as; for another than the compiler's they can be defined. */
#ifndef CHAR_KIND
#define CHAR_KIND (CHAR_MIN < 0 ? FFI_KIND_I8 : FFI_KIND_U8)
#endif
#ifndef WCHAR_KIND
#define WCHAR_KIND (WCHAR_MIN < 0 ? FFI_KIND_I32 : sizeof(wchar_t) == 4 ? FFI_KIND_U32 : FFI_KIND_U16)
#endif
#ifndef LONG_SIZE
#define LONG_SIZE sizeof(long)
#endif
#define LONG_KIND  (LONG_SIZE == 8 ? FFI_KIND_I64 : FFI_KIND_I32)
#define ULONG_KIND (LONG_SIZE == 8 ? FFI_KIND_U64 : FFI_KIND_U32)

/* A type as C writes it and as the library is told, `%s` where a name goes. */
struct spelling {
    const char *c, *ffi;
    ffi_kind    kind;
};

static const struct spelling spellings[] = {
    {"_Bool %s", "bool %s", FFI_KIND_BOOL},
    {"_Bool %s", "_Bool %s", FFI_KIND_BOOL},
    {"char %s", "char %s", CHAR_KIND},
    {"signed char %s", "signed char %s", FFI_KIND_I8},
    {"int8_t %s", "i8 %s", FFI_KIND_I8},
    {"unsigned char %s", "unsigned char %s", FFI_KIND_U8},
    {"uint8_t %s", "u8 %s", FFI_KIND_U8},
    {"short %s", "short %s", FFI_KIND_I16},
    {"int16_t %s", "int16 %s", FFI_KIND_I16},
    {"unsigned short %s", "short unsigned int %s", FFI_KIND_U16},
    {"uint16_t %s", "u16 %s", FFI_KIND_U16},
    {"int %s", "int %s", FFI_KIND_I32},
    {"int32_t %s", "i32 %s", FFI_KIND_I32},
    {"wchar_t %s", "wchar_t %s", WCHAR_KIND},
    {"enum color %s", "enum color %s", FFI_KIND_ENUM},
    {"unsigned %s", "uint %s", FFI_KIND_U32},
    {"uint32_t %s", "uint32_t %s", FFI_KIND_U32},
    {"long %s", "long int %s", LONG_KIND},
    {"int64_t %s", "i64 %s", FFI_KIND_I64},
    {"ptrdiff_t %s", "isize %s", FFI_KIND_I64},
    {"unsigned long %s", "unsigned long %s", ULONG_KIND},
    {"unsigned long long %s", "unsigned long long %s", FFI_KIND_U64},
    {"size_t %s", "usize %s", FFI_KIND_U64},
    {"float %s", "float %s", FFI_KIND_F32},
    {"float %s", "f32 %s", FFI_KIND_F32},
    {"float %s", "const float %s", FFI_KIND_F32},
    {"double %s", "double %s", FFI_KIND_F64},
    {"double %s", "f64 %s", FFI_KIND_F64},
    {"double %s", "volatile double %s", FFI_KIND_F64},
    {"void *%s", "ptr %s", FFI_KIND_POINTER},
    {"const char *%s", "str %s", FFI_KIND_POINTER},
    {"struct point *%s", "struct point *%s", FFI_KIND_POINTER},
    {"double (*%s)(double)", "double (*%s)(double)", FFI_KIND_POINTER},
    {"int %s[3]", "int %s[3]", FFI_KIND_ARRAY}, /* decays: only as a parameter, and the last here */
};
static const struct spelling nothing = {"void %s", "void %s", FFI_KIND_VOID};

enum { SPELLINGS = sizeof spellings / sizeof *spellings, TEXT = 1 << 17 };

struct signature {
    const struct spelling *result, *params[FFI_MAX_ARGUMENTS];
    unsigned               count, fixed; /* `fixed` is below `count` if it is called with variable arguments */
    int                    variadic;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z          = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned random_below(uint64_t *state, unsigned limit) {
    return (unsigned)(random_next(state) % limit);
}

/* Compilers have no variable arguments for __attribute__((vectorcall)). */
static void signature_make(struct signature *signature, uint64_t seed, unsigned index, const char *attribute) {
    uint64_t state  = seed ^ (uint64_t)index << 32;
    unsigned length = random_below(&state, 21), other = random_below(&state, 21);
    if (other < length) length = other; /* short ones are commoner, as in life, and quicker to translate */
    if (index % 16 == 15) length = 21 + random_below(&state, 44);
    if (index % 512 == 511) length = 1000 + random_below(&state, FFI_MAX_ARGUMENTS - 999);
    signature->count    = length;
    signature->variadic = length && random_below(&state, 5) == 0 && !strstr(attribute, "vectorcall");
    signature->fixed    = signature->variadic ? 1 + random_below(&state, length) : length;
    unsigned result     = random_below(&state, SPELLINGS); /* the last one cannot be returned */
    signature->result   = result < SPELLINGS - 1 ? &spellings[result] : &nothing;
    /* Few signatures would fill one kind of registers only, were all types as likely in each. */
    unsigned bias = random_below(&state, 3);
    for (unsigned i = 0; i < length; i++) {
        const struct spelling *param;
        int                    floating;
        do {
            param    = &spellings[random_below(&state, SPELLINGS)];
            floating = param->kind == FFI_KIND_F32 || param->kind == FFI_KIND_F64;
        } while (bias == 1 && !floating && random_below(&state, 4));
        signature->params[i] = param;
    }
}

/* Appends to a text of at most TEXT bytes. */
#define put(text, at, ...) ((at) += (unsigned)snprintf((text) + (at), TEXT - (at), __VA_ARGS__))

#endif
