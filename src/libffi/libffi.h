/* SPDX-License-Identifier: MIT */
/*
 * libffi's interface on top of ffi_invoke's plans: what the files of this folder share.
 *
 * A prepared cif refers to a `struct prepared`, which holds the plan of its signature. Cifs of equal signatures
 * share it (cache.c). It is never changed and never freed, so that a cif may be copied, and calls take no lock.
 */
#ifndef LIBFFI_PRIVATE_H
#define LIBFFI_PRIVATE_H

#include "ffi_invoke.h"

/* Clients see the types as variables; and may have copies of them, so that the linker's table is asked for
 * them. */
#define LIBFFI_HIDE_BASIC_TYPES
#pragma GCC visibility push(default)
#include "ffi.h"
extern const ffi_type ffi_type_void, ffi_type_uint8, ffi_type_sint8, ffi_type_uint16, ffi_type_sint16,
    ffi_type_uint32, ffi_type_sint32, ffi_type_uint64, ffi_type_sint64, ffi_type_float, ffi_type_double,
    ffi_type_longdouble, ffi_type_pointer, ffi_type_complex_float, ffi_type_complex_double,
    ffi_type_complex_longdouble, ffi_type_uint128, ffi_type_sint128;
#pragma GCC visibility pop

#include "call/function.h"
#include "callback/form.h"
#include "plan/plan.h"
#include "type/context.h"

#include <stdatomic.h>

struct abi;

enum { DEPTH_LIMIT = 1000 };          /* levels of types in types */
enum { ARGUMENT_LIMIT = UINT16_MAX }; /* what a move's number of an argument has room for */
enum { CALL_LIMIT = 1 << 30 };        /* bytes of arguments on the stack */
#define SIZE_LIMIT ((size_t)1 << 40)  /* of types, which the record of a signature has room for */

typedef void closure_function(ffi_cif *cif, void *result, void **args, void *userdata);

static inline bool is_alignment_of(size_t alignment) {
    return alignment && !(alignment & (alignment - 1));
}

static inline size_t aligned_to(size_t size, size_t alignment) {
    return (size + alignment - 1) & ~(alignment - 1);
}

/* ---- types ---- */

/* Sets size and alignment of a type that has none. False: it cannot have any. */
bool type_complete(ffi_type *type);

/* Visits what an aggregate is made of, with its place; with `cut` only what its size has room for, in whole
 * words. False: the visitor returned it, or the type is wrong. */
typedef bool leaf_visitor(const ffi_type *leaf, size_t at, void *userdata);
bool         type_each_leaf(const ffi_type *type, bool cut, leaf_visitor *visit, void *userdata);

/* ---- signatures: signature.c ---- */

/* A type as a call sees it. */
enum code {
    CODE_NONE, /* after the last argument; of a type: it has a record */
    CODE_I8,
    CODE_U8,
    CODE_I16,
    CODE_U16,
    CODE_I32,
    CODE_U32,
    CODE_64, /* pointers too */
    CODE_F32,
    CODE_F64,
    CODE_VOID,
    CODE_LONG_DOUBLE,
    CODE_128,
    CODE_VECTOR_16,    /* of 16 bytes */
    CODE_COMPLEX_LONG, /* two long doubles, where that is no record of two */
    CODE_RECORD
};

/* What a record has at some place. */
enum record_piece {
    PIECE_NONE,
    PIECE_WORD,
    PIECE_F32,
    PIECE_F64,
    PIECE_LONG_DOUBLE,
    PIECE_VECTOR_8,
    PIECE_VECTOR_16,
    PIECE_IN_MEMORY
};

/* All that a call needs to know of an aggregate: records that are equal are passed alike. */
struct record {
    uint64_t size : 40, alignment : 16; /* in bytes */
    uint64_t first : 4, second : 4;     /* enum record_piece, and what else the target makes of it */
};

/* The same as a word, made in a register: a load would wait for the stores of the members. */
static inline uint64_t word_of_record(uint64_t size, uint64_t alignment, uint64_t first, uint64_t second) {
    return size | alignment << 40 | first << 56 | second << 60;
}

struct term {
    enum code     code;
    struct record record; /* CODE_RECORD; else zero */
};

/* A signature in terms: the result, then the arguments. */
struct signature {
    const struct abi *abi;
    unsigned          number; /* target_number() */
    uint32_t          count;
    struct term      *terms;
};

/* How a result is stored: integers as 8 bytes. */
enum result {
    RESULT_OF_PLAN,
    RESULT_I8,
    RESULT_U8,
    RESULT_I16,
    RESULT_U16,
    RESULT_I32,
    RESULT_U32,
    RESULT_64,
    RESULT_F32,
    RESULT_F64,
    RESULT_NOTHING /* nor are there arguments: C's own call does it */
};

struct prepared {
    _Atomic(const struct form *) form; /* of closures; NULL: there was none yet */

    const uint64_t    *chain;     /* the plan's for pointers */
    entry_stub        *begin;     /* where ffi_call() goes on, if the target's is assembler */
    entry_stub        *store;     /* where it goes on after the call, if `begin` does not know */
    const struct plan *plan;      /* NULL: the cif has none, and each call makes its own */
    ffi_stub           direct;    /* leaves the result in its register; NULL: there is none */
    ffi_store_stub    *pointers;  /* calls from C if there is not */
    uint8_t            result;    /* enum result */
    bool               all_slots; /* of arguments */
    uint8_t            number;    /* the signature's */

    _Atomic(struct prepared *) next[4]; /* of the cache */
    uint64_t                   word;    /* the key in it, the first of so many words */
    uint32_t                   nwords;
    uint64_t                  *words;
};

/* Where a signature is made. */
struct workshop {
    ffi_context context; /* of which plans need the heap and the arena */
    _Alignas(16) char room[6144];
};

void workshop_open(struct workshop *shop);
void workshop_close(struct workshop *shop);

/* What a type is to calls. False: it is wrong, or the ABI does not pass it. */
bool term_of(ffi_type *type, const struct abi *abi, bool is_result, struct term *term);

/* The signature of a cif, in the workshop. */
ffi_status signature_of(struct workshop *shop, const ffi_cif *cif, unsigned number,
                        struct signature *signature);

/* Fills all but the cache's part, in the workshop. With `image` the plan is one with an image. False: there
 * cannot be a plan. */
bool signature_prepare(struct workshop *shop, const struct signature *signature, bool image,
                       struct prepared *prepared);

/* ---- the cache: cache.c ---- */

/* The prepared signature with this key; NULL. */
struct prepared *cache_find(const uint64_t *words, uint32_t nwords);

/* The same, made if it is not there; NULL: there cannot be a plan. The one without a plan if there are too many
 * or memory is out. */
struct prepared *cache_make(struct workshop *shop, const struct signature *signature, const uint64_t *words,
                            uint32_t nwords);

/* Those without a plan: of a cif, and of one that ffi_prep_cif_var() made. */
extern struct prepared unplanned, unplanned_variadic;

/* ---- cifs: cif.c, <cpu>/prepare ---- */

/* `bytes` and `flags` of a cif, which take a pointer. */
static inline struct prepared *prepared_of(const ffi_cif *cif) {
    struct prepared *prepared;
    memcpy(&prepared, &cif->bytes, sizeof prepared);
    return prepared;
}

static inline void set_prepared(ffi_cif *cif, struct prepared *prepared) {
    memcpy(&cif->bytes, &prepared, sizeof prepared);
}

/* Prepares any cif. */
ffi_status cif_prepare(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *result, ffi_type **types,
                       bool variadic);

/* ---- places: cif.c, <cpu>/prepare ---- */

/* Where known signatures are found without the cache. ffi_prep_cif(), which is the target's, finds those of the default ABI
 * with few scalars there. Their `codes` have the numbers of the types as digits of LIBFFI_CODE_BITS, the first argument's as the
 * lowest and the result's as the highest. Their `sizes` are 1, the types' sizes, and 8 times their numbers, summed. Both
 * together are exact: a number that is no digit makes the sum larger by at least 31 * 8, which is more than all the types
 * have bytes. A type without a size makes it smaller; only another wrong size can even that out. A place is filled once, and
 * its `sizes` last: an empty one has 0 there. */
struct places {
    _Atomic uint64_t           codes[LIBFFI_PLACES], sizes[LIBFFI_PLACES];
    _Atomic(struct prepared *) prepared[LIBFFI_PLACES];
};
extern struct places libffi_places;

struct place_key {
    uint64_t codes, sizes;
};

#define NO_TYPES ((struct place_key){0, 1})

/* Adds the result's type; then those of the arguments, from the last one on. */
static inline void place_add(struct place_key *key, const ffi_type *type) {
    key->codes = (key->codes << LIBFFI_CODE_BITS) + type->type;
    key->sizes += type->size + 8 * (uint64_t)type->type;
}

/* The first of its two places; the index of the other differs in bit 0. */
static inline unsigned place_of(struct place_key key) {
    return (key.codes + 8 * key.sizes) % LIBFFI_PLACES;
}

/* What one of the two places has that begin at an index. NULL: neither has the key. */
static inline struct prepared *place_find(struct place_key key, unsigned at) {
    for (unsigned i = 0; i < 2; i++, at ^= 1)
        if (atomic_load_explicit(&libffi_places.sizes[at], memory_order_acquire) == key.sizes &&
            atomic_load_explicit(&libffi_places.codes[at], memory_order_relaxed) == key.codes)
            return atomic_load_explicit(&libffi_places.prepared[at], memory_order_relaxed);
    return NULL;
}

/* ---- calls: call.c ---- */

/* What stubs and staging get as a function: they read its address and its plan, and targets what is before it. */
struct called {
    const struct prepared *prepared;
    struct function        function;
    void                  *chain; /* of ffi_call_go() */
};

/* ffi_call() in C. */
void call_cif(ffi_cif *cif, void (*fn)(void), void *result, void **args);

/* ---- closures: closure.c, closure_call.c ---- */

/* The form of a cif that has a plan, made at its first closure; of one that has none, in the workshop. NULL: there is none. */
const struct form *closure_form(struct prepared *prepared);
const struct form *closure_form_for_now(struct workshop *shop, const ffi_cif *cif);

/* The handlers of callbacks whose userdata is a closure; the second for arguments that are all slots. */
ffi_handler closure_handle, closure_handle_slots;

struct image;

/* What the target's entries for closures in the caller's memory call, for those of ffi_closure_alloc() whose
 * cif has no plan, and for Go's closures. */
void closure_of_image(struct image *image, ffi_closure *closure, void *stack, unsigned vector);
void closure_of_go(struct image *image, ffi_go_closure *closure, void *stack, unsigned vector);

/* ---- the target: <cpu>/target.c, quick.c ---- */

/* NULL: there is no such ABI. */
const struct abi *target_abi(ffi_abi abi);

/* The number of an ABI in keys, of 4 bits. Where the ABI passes variable arguments otherwise, cifs of
 * ffi_prep_cif_var() have a number of their own. */
unsigned target_number(ffi_abi abi, bool variadic);

/* Where ffi_call() goes on for cifs that are called in C; and sets that of a signature with a plan. */
extern entry_stub target_call_in_c;
void              target_choose_call(struct prepared *prepared);

/* Changes an argument to what is passed in its place. */
void target_vary(unsigned number, struct term *term);

/* The number of a cif that is prepared. */
static inline unsigned number_of(const ffi_cif *cif) {
    const struct prepared *prepared = prepared_of(cif);
    if (prepared && prepared->plan) return prepared->number;
    return target_number(cif->abi, prepared == &unplanned_variadic);
}

/* Whether any argument is passed as variable ones are: a cif does not tell which function it is for. */
bool target_is_variadic(const struct abi *abi);

/* What an aggregate is to calls. False: it is wrong, or the ABI does not pass it. */
bool target_term(const ffi_type *type, const struct abi *abi, bool is_result, struct term *term);

/* The record of an aggregate that takes no closer look, as target_term() gives it, in a word of a key; 0: it takes one. */
uint64_t target_quick_record(const ffi_type *type, unsigned number);

/* The pieces of a record, as fields of a type; at most PIECES. Returns how many. */
enum { PIECES = 4 };
struct field {
    enum record_piece piece;
    uint32_t          at;
};
unsigned target_fields(const struct record *record, const struct abi *abi, struct field fields[PIECES]);

/* Entries of closures. */
enum closure_kind {
    CLOSURE_IN_MEMORY, /* the caller's; to closure_of_image() */
    CLOSURE_OF_OURS,   /* whose callback has it as its userdata; to the same */
    CLOSURE_OF_GO,     /* to closure_of_go() */
    CLOSURE_KINDS
};

/* The entry that goes through an image. */
entry_stub *target_image_entry(const struct form *form, enum closure_kind kind);

/* The same for a form of a plan; by the form's table, if it has one and the target can. */
entry_stub *target_entry(const struct form *form, enum closure_kind kind);

/* Writes code to the caller's memory that goes to an entry. */
void target_write_code(ffi_closure *closure, entry_stub *entry);

#endif
