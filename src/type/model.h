/* SPDX-License-Identifier: MIT */
/* The part of an ABI that types use: its name in declarations, and its data model. abi.h has the part that
 * passes values. */
#ifndef MODEL_H
#define MODEL_H

#include "ffi_invoke.h"

/* The types whose kind the ABI chooses. */
enum model_kind {
    MODEL_CHAR,
    MODEL_LONG,
    MODEL_ULONG,
    MODEL_WCHAR,
    MODEL_WINT,
    MODEL_FAST16,
    MODEL_UFAST16,
    MODEL_FAST32,
    MODEL_UFAST32,
    MODEL_LDOUBLE,
    MODEL_INTPTR, /* and of ptrdiff_t and ssize_t; a pointer has its size */
    MODEL_UINTPTR,
    MODEL_COUNT
};

/* How members are placed: by gcc, by gcc on Windows, by clang, by clang with ms_struct, by Microsoft's compiler. A data
 * model has the form of its platform's own compiler. The first four are two pairs: ms_struct or gcc_struct gives a record
 * the other form of its pair. */
enum record_form { RECORDS_GNU, RECORDS_MINGW, RECORDS_CLANG, RECORDS_CLANG_MS, RECORDS_MSVC };

struct model {
    uint8_t  kinds[MODEL_COUNT]; /* an ffi_kind each */
    uint8_t  records;            /* enum record_form */
    uint8_t  va_list;            /* enum va_list_form */
    uint8_t  vector_alignment;   /* the largest alignment of a vector; 0: its size, whatever it is */
    uint8_t  bit_int_limb;       /* what the size of a _BitInt of more than 64 bits is a multiple of; 0: 8 */
    uint8_t  bit_int_extended;   /* caller and callee extend a _BitInt of up to so many bits to an int */
    uint16_t bit_int_passed;     /* the most bits of a _BitInt that is passed; 0: those that an integer has */
    bool     unnamed_bits_align; /* an unnamed bit-field aligns its record as a named one does */
    bool     has_other_struct; /* an attribute gives a record the other form: ms_struct, on MinGW gcc_struct */
};

/* Whether the platform's own compiler is gcc. */
static inline bool model_is_gcc(const struct model *model) {
    return model->records <= RECORDS_MINGW;
}

/* The type va_list: a pointer (Windows, Apple), an array of one 24-byte struct (System V x86-64, psABI 3.5.7),
 * a 32-byte struct (AAPCS64 appendix). */
enum va_list_form { VA_LIST_POINTER, VA_LIST_SYSV, VA_LIST_AAPCS64 };

/* A calling convention, as declarations name it. */
struct convention {
    const char         *name;
    const char         *attribute; /* as in __attribute__((name)); NULL: none */
    const struct model *model;
};

/* Finds the convention with this name or attribute in a list that ends with NULL. `name` has `length` bytes.
 * NULL if there is none. */
const struct convention *convention_named(const struct convention *const *list, const char *name,
                                          size_t length);

#endif
