/* SPDX-License-Identifier: MIT */
/* Input that libffi crashes on, or says nothing of: ours gives a status, or does nothing. */
#include "tap.h"

#include <ffi.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static ffi_status prepare(ffi_type *result, ffi_type *argument) {
    ffi_cif   cif;
    ffi_type *arguments[] = {argument};
    return ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, result, arguments);
}

static void types(void) {
    ffi_cif   cif;
    ffi_type *ints[] = {&ffi_type_sint, NULL}, *self[2] = {NULL, NULL};
    ffi_type  recursive = {0, 0, FFI_TYPE_STRUCT, self}, sized = {8, 8, FFI_TYPE_STRUCT, self};
    ffi_type  odd = {8, 3, FFI_TYPE_STRUCT, ints}, huge = {SIZE_MAX / 2, 8, FFI_TYPE_STRUCT, ints};
    ffi_type  unknown = {8, 8, 77, NULL}, missing = {8, 8, FFI_TYPE_STRUCT, NULL};
    ffi_type *huges[] = {&huge, &huge, &huge, NULL}, sum = {0, 0, FFI_TYPE_STRUCT, huges};
    self[0] = &recursive;
    ok(ffi_prep_cif(NULL, FFI_DEFAULT_ABI, 0, &ffi_type_void, NULL) == FFI_BAD_TYPEDEF,
       "a NULL cif is FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, NULL, NULL) == FFI_BAD_TYPEDEF,
       "a NULL result type is FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1, &ffi_type_void, NULL) == FFI_BAD_TYPEDEF,
       "one argument without types is FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 1u << 31, &ffi_type_void, ints) == FFI_BAD_TYPEDEF,
       "2^31 arguments are refused");
    ok(prepare(&ffi_type_void, NULL) == FFI_BAD_TYPEDEF, "an argument type that is NULL is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &unknown) == FFI_BAD_TYPEDEF, "an unknown type code is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &missing) == FFI_BAD_TYPEDEF,
       "a record of known size without elements is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &recursive) == FFI_BAD_TYPEDEF, "a record within itself is FFI_BAD_TYPEDEF");
    self[0] = &sized;
    ok(prepare(&ffi_type_void, &sized) == FFI_BAD_TYPEDEF,
       "a record of known size within itself is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &odd) == FFI_BAD_TYPEDEF, "an alignment of 3 is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &huge) == FFI_BAD_TYPEDEF,
       "a record of half the address space is FFI_BAD_TYPEDEF");
    ok(prepare(&ffi_type_void, &sum) == FFI_BAD_TYPEDEF, "sizes that overflow are FFI_BAD_TYPEDEF");
    ok(ffi_get_struct_offsets(FFI_DEFAULT_ABI, NULL, NULL) == FFI_BAD_TYPEDEF,
       "the offsets of a NULL type are FFI_BAD_TYPEDEF");
    ok(prepare(&unknown, &ffi_type_sint) == FFI_BAD_TYPEDEF, "an unknown result type is FFI_BAD_TYPEDEF");
}

/* Signatures that are known already are found otherwise: by a sum of the types' numbers as digits of 32, and a sum of the
 * types' sizes and numbers. Here only the second differs, by what leads to the same place. */
static void known(void) {
    ffi_cif   cif;
    ffi_type  first  = {4, 4, FFI_TYPE_SINT32 + 8 * 32, NULL};
    ffi_type  second = {8, 8, FFI_TYPE_POINTER - 8 + 8 * 32, NULL}, third = {8, 8, FFI_TYPE_POINTER - 8, NULL};
    ffi_type  nothing       = {0, 1, FFI_TYPE_VOID, NULL};
    ffi_type  sizeless      = {0, 4, FFI_TYPE_SINT32, NULL};
    ffi_type *good[]        = {&ffi_type_sint32, &ffi_type_pointer, &ffi_type_pointer};
    ffi_type *same_digits[] = {&first, &second, &third};
    ffi_type *incomplete[]  = {&sizeless, &ffi_type_pointer, &ffi_type_pointer};
    ffi_type *missing[]     = {&ffi_type_sint32, NULL, &ffi_type_pointer};
    bool      fine          = true;
    for (int i = 0; i < 3; i++) fine &= ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 3, &ffi_type_void, good) == FFI_OK;
    ok(fine, "a signature is prepared three times");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 3, &ffi_type_void, same_digits) == FFI_BAD_TYPEDEF,
       "type numbers beyond 31 are FFI_BAD_TYPEDEF, even if they add up to those of a known signature");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 3, &ffi_type_void, incomplete) == FFI_BAD_TYPEDEF,
       "a scalar without a size is FFI_BAD_TYPEDEF, even in a known signature");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, &nothing, NULL) == FFI_BAD_TYPEDEF,
       "a void without a size is FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 3, &ffi_type_void, missing) == FFI_BAD_TYPEDEF,
       "a second argument without a type is FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 3, &ffi_type_void, NULL) == FFI_BAD_TYPEDEF,
       "three arguments without types are FFI_BAD_TYPEDEF");
    ok(ffi_prep_cif(&cif, FFI_FIRST_ABI, 3, &ffi_type_void, good) == FFI_BAD_ABI &&
           ffi_prep_cif(&cif, FFI_LAST_ABI, 3, &ffi_type_void, good) == FFI_BAD_ABI &&
           ffi_prep_cif(&cif, (ffi_abi)-1, 3, &ffi_type_void, good) == FFI_BAD_ABI,
       "an ABI that there is not is FFI_BAD_ABI");
    ok(ffi_prep_cif_var(NULL, FFI_DEFAULT_ABI, 1, 3, &ffi_type_void, good) == FFI_BAD_TYPEDEF &&
           ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, 1, 3, &ffi_type_void, missing) == FFI_BAD_TYPEDEF &&
           ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, 4, 3, &ffi_type_void, good) == FFI_OK,
       "the same of variadic cifs; more fixed arguments than arguments are all of them");
}

#ifdef __x86_64__
static void vectors(void) {
    ffi_type *floats[9] = {NULL}, vector = {0, 0, FFI_TYPE_VECTOR, floats};
    for (int i = 0; i < 4; i++) floats[i] = &ffi_type_float;
    ok(prepare(&vector, &vector) == FFI_OK && vector.size == 16, "a vector of 16 bytes is passed");
    for (int i = 4; i < 8; i++) floats[i] = &ffi_type_float;
    vector.size = vector.alignment = 0;
    ok(prepare(&ffi_type_void, &vector) != FFI_OK && prepare(&vector, &ffi_type_sint) != FFI_OK,
       "one of 32 bytes is refused, as libffi does");
}
#else
static void vectors(void) {
}
#endif

static int calls;

static void count(void) {
    calls++;
}

static void unprepared(void) {
    ffi_cif  cif  = {.nargs = 0, .rtype = &ffi_type_void};
    uint64_t word = 42;
    ffi_call(&cif, count, &word, NULL);
    ok(calls == 0 && word == 42, "a call by a cif that is all zero does nothing");
    ffi_call(NULL, count, &word, NULL);
    ffi_call_go(NULL, count, &word, NULL, NULL);
    ffi_call_plan_invoke(NULL, count, &word, NULL);
    ok(calls == 0 && word == 42, "a call without a cif or a plan does nothing");
    ffi_type empty = {0, 0, FFI_TYPE_STRUCT, (ffi_type *[]){NULL}};
    ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, &empty, NULL);
    ffi_call(&cif, count, &word, NULL);
    ok(calls == 0 && word == 42, "a call by a cif that was refused does nothing");
}

static void handle(ffi_cif *cif, void *result, void **arguments, void *userdata) {
    (void)cif, (void)arguments;
    *(ffi_arg *)result = 7;
    if (userdata) ffi_closure_free(userdata);
}

typedef int function(void);

static function *code_of(void *code) {
    return (function *)(uintptr_t)code;
}

static void closures(void) {
    ffi_cif cif, zero = {.abi = FFI_DEFAULT_ABI};
    void   *code, *other;
    ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 0, &ffi_type_sint, NULL);
    ffi_closure_free(NULL);
    ok(ffi_closure_alloc(sizeof(ffi_closure), NULL) == NULL,
       "ffi_closure_alloc fails without a place for the code");
    ok(ffi_closure_alloc(SIZE_MAX, &code) == NULL, "ffi_closure_alloc fails for SIZE_MAX bytes");
    ffi_closure *closure = ffi_closure_alloc(1, &code);
    ok(closure != NULL, "a closure of one byte is as large as it has to be");
    ok(code_of(code)() == 0, "a call of a closure that is not prepared gets zero");
    ffi_closure *whole = ffi_closure_alloc(sizeof *whole, &other);
    memset(whole, 0, sizeof *whole);
    ok(code_of(other)() == 0, "so does one whose memory was zeroed");
    ffi_closure_free(whole);
    ok(ffi_prep_closure_loc(NULL, &cif, handle, NULL, code) == FFI_BAD_TYPEDEF,
       "a NULL closure is FFI_BAD_TYPEDEF");
    ok(ffi_prep_go_closure(NULL, &cif, handle) == FFI_BAD_TYPEDEF, "so is one of Go's");
    ok(ffi_prep_closure_loc(closure, &zero, handle, NULL, code) == FFI_BAD_TYPEDEF,
       "a closure of a zeroed cif is FFI_BAD_TYPEDEF");
    ok(ffi_prep_closure_loc(closure, NULL, handle, NULL, code) != FFI_OK, "a NULL cif is FFI_BAD_TYPEDEF");
    ok(ffi_prep_closure_loc(closure, &cif, handle, closure, code) == FFI_OK, "a closure is prepared");
    ok(code_of(code)() == 7, "it is freed while it runs");
    ok(code_of(code)() == 0, "a call after that gets zero");
    ffi_closure_free(closure);
    ffi_closure *next = ffi_closure_alloc(sizeof *next, &other);
    ok(next != closure && other != code, "freed twice, it serves once");
    ffi_closure_free(next);
    ffi_closure foreign = {.cif = &cif};
    ffi_closure_free(&foreign);
    ok(foreign.cif == &cif, "memory that is no closure stays as it is when it is freed");
}

/* No page is writable and executable after all that. */
static void pages(void) {
    char  line[512], rights[8];
    FILE *maps = fopen("/proc/self/maps", "r");
    int   bad  = 0;
    if (!maps) {
        skip_one("there is no /proc/self/maps");
        return;
    }
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%*s %7s", rights) == 1 && rights[1] == 'w' && rights[2] == 'x') bad++;
    fclose(maps);
    ok(!bad, "no page is writable and executable");
}

int main(void) {
    types();
    known();
    vectors();
    unprepared();
    closures();
    pages();
    return done();
}
