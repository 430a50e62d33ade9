/* SPDX-License-Identifier: MIT */
/*
 * libffi's ABIs on x86-64: System V's, and the Windows ABI under three names. An aggregate of up to 16 bytes is
 * described by the class of each eightbyte (psABI 3.2.3): a larger one is in memory. To the Windows ABI its
 * size is all that counts.
 */
#include "../libffi.h"
#include "call/steps.h"

#include "plan/abi.h"
#include "plan/stubs.h"

_Static_assert(offsetof(ffi_closure, cif) == LIBFFI_CLOSURE_CIF, "arch/offsets.h");
_Static_assert(offsetof(ffi_closure, fun) == LIBFFI_CLOSURE_CIF + 8, "entry.asm");
_Static_assert(offsetof(ffi_closure, user_data) == LIBFFI_CLOSURE_USERDATA, "arch/offsets.h");
_Static_assert(offsetof(ffi_go_closure, cif) == LIBFFI_GO_CLOSURE_CIF, "arch/offsets.h");
_Static_assert(offsetof(ffi_go_closure, fun) == LIBFFI_GO_CLOSURE_CIF + 8, "entry.asm");
_Static_assert(offsetof(ffi_cif, bytes) == LIBFFI_CIF_PREPARED, "arch/offsets.h");
_Static_assert(offsetof(ffi_cif, nargs) == LIBFFI_CIF_NARGS, "arch/offsets.h");
_Static_assert(offsetof(ffi_cif, arg_types) == LIBFFI_CIF_LIST, "arch/offsets.h");
_Static_assert(offsetof(ffi_cif, rtype) == LIBFFI_CIF_RESULT, "arch/offsets.h");
_Static_assert(offsetof(ffi_type, type) == LIBFFI_TYPE_CODE, "arch/offsets.h");
_Static_assert(offsetof(struct places, sizes) == LIBFFI_PLACES_SIZES, "arch/offsets.h");
_Static_assert(offsetof(struct places, prepared) == LIBFFI_PLACES_PREPARED, "arch/offsets.h");
_Static_assert(FFI_UNIX64 == LIBFFI_UNIX64, "arch/offsets.h");
_Static_assert(offsetof(struct prepared, chain) == LIBFFI_PREPARED_CHAIN, "arch/offsets.h");
_Static_assert(offsetof(struct prepared, begin) == LIBFFI_PREPARED_BEGIN, "arch/offsets.h");
_Static_assert(offsetof(struct prepared, store) == LIBFFI_PREPARED_STORE, "arch/offsets.h");
_Static_assert(offsetof(struct prepared, form) == LIBFFI_PREPARED_FORM, "arch/offsets.h");
_Static_assert((int)offsetof(struct called, prepared) - (int)offsetof(struct called, function) ==
                   LIBFFI_CALLED_PREPARED,
               "arch/offsets.h");

const struct abi *target_abi(ffi_abi abi) {
    switch (abi) {
    case FFI_UNIX64: return &abi_sysv;
    case FFI_WIN64:
    case FFI_GNUW64: return &abi_win64;
    default: return NULL;
    }
}

unsigned target_number(ffi_abi abi, bool variadic) {
    (void)variadic;
    return abi;
}

void target_vary(unsigned number, struct term *term) {
    (void)number, (void)term;
}

/* Variable reals are in both registers of their position ("Varargs"). */
bool target_is_variadic(const struct abi *abi) {
    return abi == &abi_win64;
}

/* ---- classes ---- */

static enum record_piece merged(enum record_piece a, enum record_piece b) {
    if (a == b || b == PIECE_NONE) return a;
    if (a == PIECE_NONE) return b;
    if (a == PIECE_IN_MEMORY || b == PIECE_IN_MEMORY) return PIECE_IN_MEMORY;
    if (a == PIECE_WORD || b == PIECE_WORD) return PIECE_WORD;
    return a == PIECE_LONG_DOUBLE || b == PIECE_LONG_DOUBLE ? PIECE_IN_MEMORY : PIECE_F32;
}

static void mark(struct record *record, size_t at, enum record_piece piece) {
    if (at < 8) record->first = merged(record->first, piece);
    else record->second = merged(record->second, piece);
}

static bool mark_leaf(const ffi_type *leaf, size_t at, void *userdata) {
    struct record *record = userdata;
    if (leaf->type == FFI_TYPE_VOID) return true;
    if (!leaf->size || leaf->type > FFI_TYPE_LAST) return false;
    if (leaf->size > 16 || at % leaf->size) {
        mark(record, at, PIECE_IN_MEMORY);
        return true;
    }
    switch (leaf->type) {
    case FFI_TYPE_FLOAT:
    case FFI_TYPE_DOUBLE: mark(record, at, PIECE_F32); break;
    case FFI_TYPE_LONGDOUBLE: mark(record, at, PIECE_LONG_DOUBLE); break;
    case FFI_TYPE_VECTOR:
        if (leaf->size < 8) mark(record, at, PIECE_IN_MEMORY);
        else mark(record, at, leaf->size == 16 ? PIECE_VECTOR_16 : PIECE_F32);
        break;
    default:
        mark(record, at, PIECE_WORD);
        if (leaf->size > 8) mark(record, at + 8, PIECE_WORD);
    }
    return true;
}

static bool sysv_term(const ffi_type *type, bool is_result, struct term *term) {
    if (type->type == FFI_TYPE_VECTOR) {
        if (type->size > 16 || (is_result && type->size < 8)) return false;
        if (type->size == 16) return term->code = CODE_VECTOR_16, true;
        term->record.first = type->size == 8 ? PIECE_F32 : PIECE_IN_MEMORY;
        return true;
    }
    if (type->type == FFI_TYPE_COMPLEX && type->elements[0] && type->elements[0]->type == FFI_TYPE_LONGDOUBLE)
        return term->code = CODE_COMPLEX_LONG, true;
    return type->size > 16 || type_each_leaf(type, true, mark_leaf, &term->record);
}

bool target_term(const ffi_type *type, const struct abi *abi, bool is_result, struct term *term) {
    term->code   = CODE_RECORD;
    term->record = (struct record){.size = type->size, .alignment = type->alignment};
    if (type->type == FFI_TYPE_COMPLEX && (!type->elements[0] || type->elements[0]->type == FFI_TYPE_VOID ||
                                           type->elements[0]->type == FFI_TYPE_STRUCT))
        return false;
    if (abi == &abi_sysv) return sysv_term(type, is_result, term);
    if (type->type == FFI_TYPE_VECTOR && is_result && type->size == 16) term->code = CODE_VECTOR_16;
    return true;
}

unsigned target_fields(const struct record *record, const struct abi *abi, struct field fields[PIECES]) {
    enum record_piece pieces[2] = {(enum record_piece)record->first, (enum record_piece)record->second};
    unsigned          count     = 0;
    (void)abi;
    for (uint32_t i = 0; i < 2; i++)
        if (pieces[i] == PIECE_IN_MEMORY) return fields[0] = (struct field){PIECE_IN_MEMORY, 1}, 1;
        else if (pieces[i]) fields[count++] = (struct field){pieces[i], 8 * i};
    return count;
}

static entry_stub *at(const int32_t *entry) {
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

/* ---- calls ---- */

extern entry_stub libffi_call_nothing, libffi_jump, libffi_jump_memory, libffi_keep_any;

/* Distances from here: by enum result, of integers and reals; by enum keep; of one long double. The stub without stack
 * words; where libffi_keep_any goes on, or without such a stub the one for all; 0: there is none. */
enum { KEEPS = RESULT_F64, KEEP_X87 = KEEPS + KEEP_ALL };
extern const int32_t libffi_keeps[2][KEEP_X87 + 1];
_Static_assert(KEEP_SINGLES == 9 && KEEP_8 == 12 && KEEP_REAL_SINGLE == 20, "call.asm has them in this order");

static entry_stub *begin_of(struct prepared *prepared) {
    const struct plan *plan = prepared->plan;
    enum result        of   = (enum result)prepared->result;
    if (of == RESULT_NOTHING) return libffi_call_nothing;
    if (!prepared->chain) return target_call_in_c;
    enum keep keep = of == RESULT_OF_PLAN ? steps_keep(plan, stubs_of(plan->abi)->steps) : KEEP_NONE;
    if (of == RESULT_OF_PLAN && !plan->nstack && keep == KEEP_NONE) return libffi_jump;
    if (of == RESULT_OF_PLAN && !plan->nstack && keep == KEEP_MEMORY) return libffi_jump_memory;
    unsigned       kept  = plan->nx87 == 1 ? KEEP_X87 : of == RESULT_OF_PLAN ? KEEPS + keep : of - RESULT_I8;
    const int32_t *light = &libffi_keeps[0][kept];
    if (*light && !plan->nstack) return at(light);
    prepared->store = at(&libffi_keeps[1][kept]);
    return *light ? libffi_keep_any : prepared->store;
}

void target_choose_call(struct prepared *prepared) {
    prepared->begin = begin_of(prepared);
}

/* ---- code ---- */

/* What the entries through an image call: Go's closures have odd addresses there. */
void libffi_closure_of(struct image *image, uintptr_t closure, void *stack, unsigned vector);
void libffi_closure_of(struct image *image, uintptr_t closure, void *stack, unsigned vector) {
    if (closure & 1) closure_of_go(image, (ffi_go_closure *)(closure - 1), stack, vector);
    else closure_of_image(image, (ffi_closure *)closure, stack, vector);
}

extern const unsigned char libffi_code[24]; /* goes to the address behind it, with its own in r10 */

/* Distances from here. */
extern const int32_t libffi_images[2][CLOSURE_KINDS], libffi_tables[CLOSURE_KINDS];

entry_stub *target_image_entry(const struct form *form, enum closure_kind kind) {
    return at(&libffi_images[form->abi != &abi_sysv][kind]);
}

entry_stub *target_entry(const struct form *form, enum closure_kind kind) {
    return form->leave ? at(&libffi_tables[kind]) : target_image_entry(form, kind);
}

void target_write_code(ffi_closure *closure, entry_stub *entry) {
    memcpy(closure->tramp, libffi_code, sizeof libffi_code);
    memcpy(closure->tramp + sizeof libffi_code, &entry, sizeof entry);
}
