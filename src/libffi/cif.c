/* SPDX-License-Identifier: MIT */
/* Cifs. */
#include "libffi.h"

_Static_assert(sizeof(ffi_cif) == 32 && sizeof(ffi_type) == 24, "as libffi's");
_Static_assert(offsetof(ffi_cif, bytes) % _Alignof(struct prepared *) == 0, "a pointer fits there");

/* ---- keys ---- */

/* A key is made of codes of 4 bits: the ABI, the result, the arguments, and none at the end. If they take one
 * word, that is all; else arguments go on in further words, and records follow, a word each. */
enum { CODE_BITS = 4, CODES = 64 / CODE_BITS, FEW_ARGUMENTS = CODES - 2, MANY_ARGUMENTS = 64 };

/* By type: the code, and the size that has to be found; 0: a type that takes a closer look. */
static const struct {
    uint8_t code, size;
} quick[32] = {[FFI_TYPE_VOID] = {CODE_VOID, 1},    [FFI_TYPE_INT] = {CODE_I32, 4},
               [FFI_TYPE_FLOAT] = {CODE_F32, 4},    [FFI_TYPE_DOUBLE] = {CODE_F64, 8},
               [FFI_TYPE_UINT8] = {CODE_U8, 1},     [FFI_TYPE_SINT8] = {CODE_I8, 1},
               [FFI_TYPE_UINT16] = {CODE_U16, 2},   [FFI_TYPE_SINT16] = {CODE_I16, 2},
               [FFI_TYPE_UINT32] = {CODE_U32, 4},   [FFI_TYPE_SINT32] = {CODE_I32, 4},
               [FFI_TYPE_UINT64] = {CODE_64, 8},    [FFI_TYPE_SINT64] = {CODE_64, 8},
               [FFI_TYPE_POINTER] = {CODE_64, 8},   [FFI_TYPE_UINT128] = {CODE_128, 16},
               [FFI_TYPE_SINT128] = {CODE_128, 16}, [FFI_TYPE_LONGDOUBLE] = {CODE_LONG_DOUBLE, 16}};

static inlined unsigned quick_code(const ffi_type *type) {
    unsigned of = type->type;
    return of <= FFI_TYPE_LAST && type->size == quick[of].size ? quick[of].code : CODE_NONE;
}

/* A key that grows: `codes` and `records` have room for all. */
struct key {
    uint64_t *codes, *records;
    uint32_t  ncodes, nrecords;
};

static inlined void add_term(struct key *key, const struct term *term) {
    uint32_t at = key->ncodes++;
    if (at % CODES == 0) key->codes[at / CODES] = 0;
    key->codes[at / CODES] |= (uint64_t)term->code << at % CODES * CODE_BITS;
    if (term->code == CODE_RECORD) memcpy(&key->records[key->nrecords++], &term->record, sizeof *key->records);
}

_Static_assert(sizeof(struct record) == sizeof(uint64_t), "a word of the key");

/* Puts the records behind the codes. Returns the number of words. */
static inlined uint32_t end_key(struct key *key) {
    uint32_t words = (key->ncodes + CODES - 1) / CODES;
    memcpy(key->codes + words, key->records, key->nrecords * sizeof *key->records);
    return words + key->nrecords;
}

/* ---- places ---- */

struct places libffi_places;

/* Of few arguments and of records that are equal, which the target knows at once: the key's first word, and the record's.
 * `sizes` of scalars never has the bit that is set here. False: it is another signature. */
#define OF_RECORD ((uint64_t)1 << 63)
static inlined bool key_of_few(const ffi_cif *cif, unsigned number, struct place_key *key) {
    uint64_t        codes = number, record = 0;
    const ffi_type *type = cif->rtype, *last = NULL;
    ffi_type      **next = cif->arg_types;
    if (cif->nargs > FEW_ARGUMENTS) return false;
    for (unsigned shift = CODE_BITS, end = CODE_BITS * (cif->nargs + 1);; shift += CODE_BITS) {
        uint64_t code = quick_code(type);
        if (!code) {
            uint64_t word = type == last ? record : target_quick_record(type, number);
            if (!word || (last && word != record)) return false;
            last   = type;
            record = word;
            code   = CODE_RECORD;
        }
        codes |= code << shift;
        if (shift == end) break;
        if (!(type = *next++)) return false;
    }
    *key = (struct place_key){codes, record | OF_RECORD};
    return true;
}

static inlined unsigned place_of_few(struct place_key key) {
    return (key.codes ^ key.sizes * 0x9e3779b97f4a7c15u) * 0x9e3779b97f4a7c15u >> 32 & (LIBFFI_PLACES - 1);
}

/* If others have filled both places of a signature, the cache finds it. */
static seldom void fill_place(const ffi_cif *cif, unsigned number, struct place_key key,
                              struct prepared *prepared) {
    struct prepared *nothing = NULL;
    unsigned         at      = place_of_few(key);
    if (key.sizes == OF_RECORD && number == FFI_DEFAULT_ABI && cif->nargs <= LIBFFI_FEW_ARGUMENTS) {
        key = NO_TYPES;
        place_add(&key, cif->rtype);
        for (unsigned i = cif->nargs; i--;) place_add(&key, cif->arg_types[i]);
        at = place_of(key);
    }
    if (atomic_load_explicit(&libffi_places.prepared[at], memory_order_relaxed)) at ^= 1;
    if (!atomic_compare_exchange_strong(&libffi_places.prepared[at], &nothing, prepared)) return;
    atomic_store_explicit(&libffi_places.codes[at], key.codes, memory_order_relaxed);
    atomic_store_explicit(&libffi_places.sizes[at], key.sizes, memory_order_release);
}

/* ---- preparing ---- */

/* Any signature; not found in the cache, if it was looked for. */
static seldom ffi_status prepare_any(ffi_cif *cif, unsigned number) {
    struct workshop  shop;
    struct signature signature;
    struct prepared *prepared = NULL;
    workshop_open(&shop);
    ffi_status status = signature_of(&shop, cif, number, &signature);
    size_t     room   = 2 * ((size_t)cif->nargs + 4);
    uint64_t  *words =
        status == FFI_OK ? arena_new(&shop.context.arena, &shop.context.heap, 2 * room * sizeof *words) : NULL;
    if (words) {
        struct key key = {.codes = words, .records = words + room};
        add_term(&key, &(struct term){.code = (enum code)number});
        for (uint32_t i = 0; i <= signature.count; i++) add_term(&key, &signature.terms[i]);
        uint32_t nwords = end_key(&key);
        if (!(prepared = cache_find(words, nwords))) prepared = cache_make(&shop, &signature, words, nwords);
    }
    workshop_close(&shop);
    if (prepared == &unplanned && number != target_number(cif->abi, false)) prepared = &unplanned_variadic;
    set_prepared(cif, prepared);
    return prepared || status != FFI_OK ? status : FFI_BAD_TYPEDEF;
}

/* A known signature with aggregates, or of more arguments than one word has room for; NULL if it is neither. */
static seldom struct prepared *find_known(const ffi_cif *cif, unsigned number) {
    uint64_t          words[2 * MANY_ARGUMENTS + 4], records[MANY_ARGUMENTS + 1];
    struct key        key = {.codes = words, .records = records};
    const struct abi *abi = target_abi(cif->abi);
    if (cif->nargs > MANY_ARGUMENTS) return NULL;
    add_term(&key, &(struct term){.code = (enum code)number});
    struct term term;
    ffi_type   *last = NULL;
    for (uint32_t i = 0; i <= cif->nargs; i++) {
        ffi_type *type = i ? cif->arg_types[i - 1] : cif->rtype;
        bool      same = type == last && i > 1; /* functions that take a record take it often twice */
        if (i == 1) same = type == last && type && type->type == FFI_TYPE_STRUCT;
        if (!same && !term_of(type, abi, i == 0, &term)) return NULL;
        last = type;
        add_term(&key, &term);
    }
    return cache_find(words, end_key(&key));
}

ffi_status cif_prepare(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *result, ffi_type **types,
                       bool variadic) {
    if (!cif) return FFI_BAD_TYPEDEF;
    if (!(abi > FFI_FIRST_ABI && abi < FFI_LAST_ABI)) return FFI_BAD_ABI;
    cif->abi       = abi;
    cif->nargs     = nargs;
    cif->arg_types = types;
    cif->rtype     = result;
    set_prepared(cif, NULL);
    if (!result || (nargs && !types)) return FFI_BAD_TYPEDEF;
    unsigned         number = variadic ? target_number(abi, true) : (unsigned)abi;
    struct prepared *known;
    struct place_key key;
    bool             few = key_of_few(cif, number, &key);
    if (few && (known = place_find(key, place_of_few(key)))) return set_prepared(cif, known), FFI_OK;
    if (!(known = find_known(cif, number))) return prepare_any(cif, number);
    set_prepared(cif, known);
    if (few) fill_place(cif, number, key, known);
    return FFI_OK;
}

/* C promotes these, so that no function can be given one. */
static bool is_promoted(const ffi_type *type) {
    bool aggregate = type->type == FFI_TYPE_STRUCT || type->type == FFI_TYPE_COMPLEX;
    return type == &ffi_type_float || (!aggregate && type->size < sizeof(int));
}

ffi_status ffi_prep_cif_var(ffi_cif *cif, ffi_abi abi, unsigned int nfixedargs, unsigned int ntotalargs,
                            ffi_type *rtype, ffi_type **atypes) {
    ffi_status status = cif_prepare(cif, abi, ntotalargs, rtype, atypes, true);
    for (unsigned i = nfixedargs; status == FFI_OK && i < ntotalargs; i++)
        if (is_promoted(atypes[i])) status = FFI_BAD_ARGTYPE;
    return status;
}

/* ---- what there is ---- */

const char *ffi_get_version(void) {
    return FFI_VERSION_STRING;
}

unsigned long ffi_get_version_number(void) {
    return FFI_VERSION_NUMBER;
}

unsigned int ffi_get_default_abi(void) {
    return FFI_DEFAULT_ABI;
}

size_t ffi_get_closure_size(void) {
    return sizeof(ffi_closure);
}
