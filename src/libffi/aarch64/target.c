/* SPDX-License-Identifier: MIT */
/*
 * libffi's ABIs on AArch64 Linux: AAPCS64, under two names; and Windows' calls with variable arguments, by
 * ffi_prep_cif_var() with FFI_WIN64. A homogeneous aggregate (5.9.5) is described by its
 * base type and how many there are; to any other one its size and alignment are all that counts.
 */
#include "../libffi.h"

#include "plan/abi.h"

const struct abi *target_abi(ffi_abi abi) {
    return abi == FFI_SYSV || abi == FFI_WIN64 ? &abi_aapcs64 : NULL;
}

enum { WIN64_VARIADIC = FFI_LAST_ABI };

unsigned target_number(ffi_abi abi, bool variadic) {
    return abi == FFI_WIN64 && variadic ? WIN64_VARIADIC : abi;
}

/* All arguments, also those before the variable ones, are passed as integers are, and no aggregate is
 * homogeneous
 * ("Addendum: Variadic functions" in Microsoft's ARM64 ABI conventions). */
void target_vary(unsigned number, struct term *term) {
    if (number != WIN64_VARIADIC) return;
    switch (term->code) {
    case CODE_F32: term->code = CODE_U32; break;
    case CODE_F64: term->code = CODE_64; break;
    case CODE_LONG_DOUBLE:
    case CODE_VECTOR_16: term->code = CODE_128; break;
    case CODE_RECORD: term->record.first = term->record.second = 0; break;
    default: break;
    }
}

/* Linux passes variable arguments as others. */
bool target_is_variadic(const struct abi *abi) {
    (void)abi;
    return false;
}

/* ---- homogeneous aggregates ---- */

enum { MOST = 4 };

static const uint8_t size_of_piece[] = {
    [PIECE_F32] = 4, [PIECE_F64] = 8, [PIECE_LONG_DOUBLE] = 16, [PIECE_VECTOR_8] = 8, [PIECE_VECTOR_16] = 16};

static enum record_piece piece_of(const ffi_type *leaf) {
    switch (leaf->type) {
    case FFI_TYPE_FLOAT: return PIECE_F32;
    case FFI_TYPE_DOUBLE: return PIECE_F64;
    case FFI_TYPE_LONGDOUBLE: return PIECE_LONG_DOUBLE;
    case FFI_TYPE_VECTOR:
        return leaf->size == 8 ? PIECE_VECTOR_8 : leaf->size == 16 ? PIECE_VECTOR_16 : PIECE_NONE;
    default: return PIECE_NONE;
    }
}

/* `first` is the base, `second` the number; PIECE_IN_MEMORY as `first`: there is no base. */
static bool add_leaf(const ffi_type *leaf, size_t at, void *userdata) {
    struct record    *record = userdata;
    enum record_piece piece  = piece_of(leaf);
    bool next = piece && record->second < MOST && at == record->second * (size_t)size_of_piece[piece];
    if (!record->second && next) record->first = piece;
    if (!next || record->first != piece) record->first = PIECE_IN_MEMORY;
    record->second += record->second < MOST;
    return leaf->type <= FFI_TYPE_LAST;
}

bool target_term(const ffi_type *type, const struct abi *abi, bool is_result, struct term *term) {
    struct record plain = {.size = type->size, .alignment = type->alignment}, *record = &term->record;
    (void)abi, (void)is_result;
    term->code = CODE_RECORD;
    *record    = plain;
    if (type->type == FFI_TYPE_VECTOR && type->size == 16)
        return *term = (struct term){.code = CODE_VECTOR_16}, true;
    if (type->type == FFI_TYPE_VECTOR && type->size < 8) {
        if (type->size == 4) record->first = PIECE_F32, record->second = 1;
        return true;
    }
    if (type->type == FFI_TYPE_VECTOR && type->size == 8)
        return record->first = PIECE_VECTOR_8, record->second = 1, true;
    if (type->type == FFI_TYPE_COMPLEX && (!type->elements[0] || type->elements[0]->type == FFI_TYPE_VOID ||
                                           type->elements[0]->type == FFI_TYPE_STRUCT))
        return false;
    if (type->size > (size_t)MOST * 16 || type->type == FFI_TYPE_VECTOR) return true;
    if (!type_each_leaf(type, false, add_leaf, record)) return false;
    bool base = record->first && record->first != PIECE_IN_MEMORY;
    if (!base || record->second * (size_t)size_of_piece[record->first] != type->size) *record = plain;
    return true;
}

/* Whether an aggregate is homogeneous takes a closer look. */
uint64_t target_quick_record(const ffi_type *type, unsigned number) {
    (void)number;
    if (type->type != FFI_TYPE_STRUCT || !type->elements || !is_alignment_of(type->alignment)) return 0;
    if (type->size <= (size_t)MOST * 16 || type->size >= SIZE_LIMIT) return 0;
    return word_of_record(type->size, type->alignment, PIECE_NONE, PIECE_NONE);
}

unsigned target_fields(const struct record *record, const struct abi *abi, struct field fields[PIECES]) {
    (void)abi;
    for (uint32_t i = 0; i < record->second; i++)
        fields[i] = (struct field){(enum record_piece)record->first, i * size_of_piece[record->first]};
    return record->second;
}

/* ---- code ---- */

void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue) {
    call_cif(cif, fn, rvalue, avalue);
}

void target_choose_call(struct prepared *prepared) {
    prepared->begin = target_call_in_c;
}

extern const unsigned char libffi_code[16]; /* goes to the address behind it, with its own in x17 */

extern const int32_t libffi_entries[CLOSURE_KINDS]; /* distances from here */

entry_stub *target_image_entry(const struct form *form, enum closure_kind kind) {
    const int32_t *entry = &libffi_entries[kind];
    (void)form;
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

entry_stub *target_entry(const struct form *form, enum closure_kind kind) {
    return target_image_entry(form, kind);
}

void target_write_code(ffi_closure *closure, entry_stub *entry) {
    memcpy(closure->tramp, libffi_code, sizeof libffi_code);
    memcpy(closure->tramp + sizeof libffi_code, &entry, sizeof entry);
}
