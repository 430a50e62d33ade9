/* SPDX-License-Identifier: MIT */
/*
 * Known signatures are found without the cache, by keys that have to be exact: every signature of up to three arguments of the
 * types below, prepared three times, refers to a plan of its own, and to the same one each time.
 */
#include "tap.h"

#include <ffi.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES = 8, ARGUMENTS = 3, SIGNATURES = TYPES * (1 + TYPES + TYPES * TYPES + TYPES * TYPES * TYPES) };

static ffi_type ints    = {0, 0, FFI_TYPE_STRUCT, (ffi_type *[]){&ffi_type_sint32, &ffi_type_sint32, NULL}};
static ffi_type floats  = {0, 0, FFI_TYPE_STRUCT, (ffi_type *[]){&ffi_type_float, &ffi_type_float, NULL}};
static ffi_type doubles = {0, 0, FFI_TYPE_STRUCT, (ffi_type *[]){&ffi_type_double, &ffi_type_double, NULL}};
static ffi_type mixed   = {0, 0, FFI_TYPE_STRUCT,
                           (ffi_type *[]){&ffi_type_double, &ffi_type_float, &ffi_type_sint32, NULL}};
static ffi_type large   = {0, 0, FFI_TYPE_STRUCT, (ffi_type *[]){&mixed, &mixed, NULL}};

/* A void argument is passed nowhere, but its signature is another. */
static ffi_type *const scalars[TYPES] = {&ffi_type_void,   &ffi_type_sint8,     &ffi_type_uint16,
                                         &ffi_type_sint32, &ffi_type_pointer,   &ffi_type_float,
                                         &ffi_type_double, &ffi_type_longdouble};
static ffi_type *const records[TYPES] = {&ints,  &floats,          &doubles,          &mixed,
                                         &large, &ffi_type_sint32, &ffi_type_pointer, &ffi_type_double};

/* What a cif refers to. */
static void *plan_of(const ffi_cif *cif) {
    void *plan;
    memcpy(&plan, &cif->bytes, sizeof plan);
    return plan;
}

/* The plan of the n-th signature; NULL if that fails. */
static void *prepare(ffi_type *const types[TYPES], unsigned n) {
    ffi_cif   cif;
    ffi_type *arguments[ARGUMENTS], *result = types[n % TYPES];
    unsigned  count = 0, of_count = 1;
    for (n /= TYPES; n >= of_count; of_count *= TYPES, count++) n -= of_count;
    for (unsigned i = 0; i < count; i++, n /= TYPES) arguments[i] = types[n % TYPES];
    return ffi_prep_cif(&cif, FFI_DEFAULT_ABI, count, result, arguments) == FFI_OK ? plan_of(&cif) : NULL;
}

static int compare(const void *a, const void *b) {
    uintptr_t one = (uintptr_t) * (void *const *)a, other = (uintptr_t) * (void *const *)b;
    return (one > other) - (one < other);
}

static void check(ffi_type *const types[TYPES], const char *what) {
    static void *plans[SIGNATURES];
    bool         made = true, kept = true, single = true;
    for (unsigned n = 0; n < SIGNATURES; n++) made &= (plans[n] = prepare(types, n)) != NULL;
    for (unsigned again = 0; again < 2; again++)
        for (unsigned n = 0; n < SIGNATURES; n++) kept &= prepare(types, n) == plans[n];
    qsort(plans, SIGNATURES, sizeof *plans, compare);
    for (unsigned n = 1; n < SIGNATURES; n++) single &= plans[n] != plans[n - 1];
    printf("# %s: %d signatures\n", what, SIGNATURES);
    ok(made, "each signature is prepared");
    ok(kept, "prepared again, it refers to the same plan");
    ok(single, "no two signatures refer to the same plan");
}

int main(void) {
    check(scalars, "scalars");
    check(records, "records and scalars");
    return done();
}
