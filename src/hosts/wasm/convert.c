/* SPDX-License-Identifier: MIT */
/*
 * Values between native code and a module. A declaration gives each value two types, of the native data model
 * and of wasm32; wasm_pair_of() compares them once, and wasm_in() and wasm_out() convert by what it found.
 */
#include "host.h"

#include <math.h>

static ffi_error refuse(const ffi_ctype *type, const char *why) {
    char text[160];
    ffi_type_format(type, text, sizeof text);
    return ffi_fail(FFI_ERROR_UNSUPPORTED, "%s %s", text, why);
}

/* ---- pairs ---- */

/* Whether values have the same bytes on both sides. Types recurse only through pointers, which differ. */
static bool is_same(const ffi_ctype *native, const ffi_ctype *guest) {
    ffi_kind kind = ffi_type_kind(native);
    if (kind != ffi_type_kind(guest) || ffi_type_size(native) != ffi_type_size(guest)) return false;
    if (kind == FFI_KIND_ENUM || kind == FFI_KIND_ARRAY || kind == FFI_KIND_VECTOR || kind == FFI_KIND_COMPLEX)
        return is_same(ffi_type_target(native), ffi_type_target(guest));
    if (kind == FFI_KIND_POINTER) return false;
    if (kind != FFI_KIND_STRUCT && kind != FFI_KIND_UNION) return true;
    if (ffi_type_field_count(native) != ffi_type_field_count(guest)) return false;
    ffi_field ours, theirs;
    for (size_t i = 0; ffi_type_field(native, i, &ours) && ffi_type_field(guest, i, &theirs); i++)
        if (ours.offset != theirs.offset || ours.bit_offset != theirs.bit_offset ||
            ours.bit_width != theirs.bit_width || !is_same(ours.type, theirs.type))
            return false;
    return true;
}

static bool is_text(const ffi_ctype *target) {
    return ffi_type_qualifiers(target) & FFI_QUALIFIER_CONST && ffi_type_is_char(target);
}

ffi_error wasm_pair_measure(struct wasm_pair *pair) {
    size_t size = ffi_type_size(pair->guest);
    if (size > UINT32_MAX) return refuse(pair->native, "is larger than any memory of a module");
    pair->target_size = (uint32_t)size;
    pair->target_mask = (uint32_t)ffi_type_alignment(pair->guest) - 1;
    return FFI_ERROR_NONE;
}

static ffi_error pair_of_pointer(const ffi_ctype *native, const ffi_ctype *guest, struct wasm_pair *pair) {
    pair->native   = ffi_type_target(native);
    pair->guest    = ffi_type_target(guest);
    pair->is_const = ffi_type_qualifiers(pair->native) & FFI_QUALIFIER_CONST;
    pair->way      = WAY_POINTER;
    ffi_kind kind  = ffi_type_kind(pair->native);
    if (kind == FFI_KIND_FUNCTION) return pair->way = WAY_FUNCTION, FFI_ERROR_NONE;
    pair->rare = WASM_HANDLE;
    if (!ffi_type_is_complete(pair->native) || !ffi_type_is_complete(pair->guest)) return FFI_ERROR_NONE;
    if (is_text(pair->native)) return pair->way = WAY_TEXT, FFI_ERROR_NONE;
    if (wasm_pair_measure(pair)) return ffi_last_error();
    pair->rare |= pair->target_mask;
    if (!is_same(pair->native, pair->guest)) pair->way = WAY_RECORD;
    return FFI_ERROR_NONE;
}

static bool is_empty(const ffi_field *field) {
    if (field->is_bits) return !field->name;
    return ffi_type_is_complete(field->type) && !ffi_type_size(field->type);
}

/* The one scalar that a record or array holds, with nothing beside it: "Basic C ABI" of the WebAssembly tool
 * conventions. NULL if there is none. */
static const ffi_ctype *single_of(const ffi_ctype *guest) {
    const ffi_ctype *found = NULL;
    ffi_field        field;
    switch (ffi_type_kind(guest)) {
    case FFI_KIND_ARRAY: return ffi_type_length(guest) == 1 ? single_of(ffi_type_target(guest)) : NULL;
    case FFI_KIND_COMPLEX: return NULL;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION: break;
    default: return guest;
    }
    for (size_t i = 0; ffi_type_field(guest, i, &field); i++) {
        if (is_empty(&field)) continue;
        if (found || !(found = single_of(field.type))) return NULL;
    }
    return found && ffi_type_size(found) == ffi_type_size(guest) ? found : NULL;
}

static ffi_error pair_of_record(const ffi_ctype *native, const ffi_ctype *guest, struct wasm_pair *pair) {
    const ffi_ctype *single = single_of(guest);
    struct wasm_pair scalar;
    pair->way    = single ? WAY_SINGLE : WAY_VALUE;
    pair->letter = 'i';
    pair->native = native;
    pair->guest  = guest;
    if (wasm_pair_measure(pair)) return ffi_last_error();
    if (!ffi_type_size(guest))
        return refuse(native, "has no bytes, and is not passed at all: it is not supported");
    if (!single) return FFI_ERROR_NONE;
    if (wasm_pair_of(single, single, &scalar)) return ffi_last_error();
    pair->letter = scalar.letter;
    return FFI_ERROR_NONE;
}

ffi_error wasm_pair_of(const ffi_ctype *native, const ffi_ctype *guest, struct wasm_pair *pair) {
    size_t size = ffi_type_size(native);
    *pair       = (struct wasm_pair){.letter = ffi_type_size(guest) <= 4 ? 'i' : 'I',
                                     .size   = (uint8_t)(size <= 8 ? size : 0)};
    switch (ffi_type_kind(native)) {
    case FFI_KIND_VOID: return pair->letter = 0, FFI_ERROR_NONE;
    case FFI_KIND_POINTER: return pair_of_pointer(native, guest, pair);
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION: return pair_of_record(native, guest, pair);
    default: break;
    }
    switch (ffi_type_class(native)) {
    case FFI_CLASS_BOOL: pair->way = WAY_BOOL; return FFI_ERROR_NONE;
    case FFI_CLASS_INT:
        pair->way   = pair->letter == 'i' ? WAY_SIGNED : WAY_WIDE;
        pair->bytes = pair->letter == 'I' ? 8 : size == 4 ? 4 : 0;
        return FFI_ERROR_NONE;
    case FFI_CLASS_UINT:
        pair->way   = pair->letter == 'i' ? WAY_UNSIGNED : WAY_WIDE;
        pair->bytes = pair->letter == 'I' ? 8 : 4;
        return FFI_ERROR_NONE;
    case FFI_CLASS_REAL:
        if (size != 4 && size != 8) break;
        pair->way    = size == 4 ? WAY_F32 : WAY_F64;
        pair->letter = size == 4 ? 'f' : 'F';
        pair->bytes  = (uint8_t)size;
        return FFI_ERROR_NONE;
    default: break;
    }
    return refuse(native, "cannot be passed by a module");
}

/* ---- records ---- */

enum direction {
    COPY_IN,    /* what native code reads */
    COPY_INOUT, /* what it may write, and then need not have read */
    COPY_OUT
};

struct copying {
    wasm_host     *host;
    enum direction direction;
    size_t before; /* COPY_OUT: how far behind a member lies as it was before the call; 0: it lies nowhere */
};

static ffi_error copy(const struct copying *copying, const ffi_ctype *to_type, const ffi_ctype *from_type,
                      void *to, const void *from);

static ffi_error member_in(wasm_host *host, const ffi_ctype *native, const ffi_ctype *guest, uint32_t offset,
                           void **pointer) {
    const ffi_ctype *target   = ffi_type_target(native);
    bool             function = ffi_type_kind(target) == FFI_KIND_FUNCTION;
    *pointer                  = NULL;
    if (!offset) return FFI_ERROR_NONE;
    if (offset == WASM_NOTHING && function) return *pointer = (void *)UINTPTR_MAX, FFI_ERROR_NONE;
    if (offset & WASM_HANDLE)
        return (*pointer = wasm_handle_pointer(host, offset)) ? FFI_ERROR_NONE : ffi_last_error();
    if (function) return wasm_callback_code(host, target, ffi_type_target(guest), offset, pointer);
    if (host->call) host->call->holds_memory = true;
    return is_text(target) ? wasm_text(host, offset, (const char **)pointer)
                           : wasm_address(host, offset, 0, 0, pointer);
}

/* A module need not set a record that native code only writes, so a pointer in it may be any number. It leads to zeroes
 * then, which nothing can write. What native code has left as it was is still the module's. */
static const char nowhere[4096];

static ffi_error copy_pointer(const struct copying *copying, const ffi_ctype *native, const ffi_ctype *guest,
                              void *to, const void *from) {
    uint32_t offset;
    void    *pointer;
    if (copying->direction == COPY_OUT) {
        if (copying->before && !memcmp(from, (const char *)from + copying->before, sizeof pointer))
            return FFI_ERROR_NONE;
        memcpy(&pointer, from, sizeof pointer);
        if (wasm_pointer_out(copying->host, pointer, &offset)) return ffi_last_error();
        memcpy(to, &offset, 4);
        return FFI_ERROR_NONE;
    }
    memcpy(&offset, from, 4);
    if (member_in(copying->host, native, guest, offset, &pointer)) {
        if (copying->direction == COPY_IN) return ffi_last_error();
        pointer = (void *)(uintptr_t)nowhere;
    }
    memcpy(to, &pointer, sizeof pointer);
    return FFI_ERROR_NONE;
}

/* The members of the one side that the other has by the same name; the rest is 0. */
static ffi_error copy_fields(const struct copying *copying, const ffi_ctype *to_type,
                             const ffi_ctype *from_type, char *to, const char *from) {
    ffi_field ours, theirs;
    for (size_t i = 0; ffi_type_field(to_type, i, &ours); i++) {
        bool found = ours.name ? ffi_type_field_named(from_type, ours.name, &theirs)
                               : ffi_type_field(from_type, i, &theirs) && !theirs.name;
        if (!found) continue;
        if (ours.is_bits || theirs.is_bits) {
            int64_t value = ffi_field_read(&theirs, from);
            ffi_field_write(&ours, to, value);
            if (ffi_field_read(&ours, to) != value)
                return refuse(to_type, "has a bit-field that cannot hold the other side's");
            continue;
        }
        ffi_error error = copy(copying, ours.type, theirs.type, to + ours.offset, from + theirs.offset);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

static ffi_error copy(const struct copying *copying, const ffi_ctype *to_type, const ffi_ctype *from_type,
                      void *to, const void *from) {
    bool             in     = copying->direction != COPY_OUT;
    const ffi_ctype *native = in ? to_type : from_type, *guest = in ? from_type : to_type;
    if (is_same(native, guest)) return memcpy(to, from, ffi_type_size(native)), FFI_ERROR_NONE;
    ffi_any   any;
    ffi_error error;
    switch (ffi_type_kind(native)) {
    case FFI_KIND_POINTER: return copy_pointer(copying, native, guest, to, from);
    case FFI_KIND_STRUCT: return copy_fields(copying, to_type, from_type, to, from);
    case FFI_KIND_UNION: return refuse(native, "has another layout in the module");
    case FFI_KIND_ARRAY: {
        const ffi_ctype *inner = ffi_type_target(to_type), *outer = ffi_type_target(from_type);
        size_t count = ffi_type_length(to_type) < ffi_type_length(from_type) ? ffi_type_length(to_type)
                                                                             : ffi_type_length(from_type);
        for (size_t i = 0; i < count; i++) {
            error = copy(copying, inner, outer, (char *)to + i * ffi_type_size(inner),
                         (const char *)from + i * ffi_type_size(outer));
            if (error) return error;
        }
        return FFI_ERROR_NONE;
    }
    default:
        if ((error = ffi_load(from_type, from, &any))) return error;
        any.type = NULL;
        return ffi_store_any(to_type, to, &any);
    }
}

static ffi_error record_in(wasm_host *host, const struct wasm_pair *pair, enum direction direction, void *to,
                           const void *at) {
    memset(to, 0, ffi_type_size(pair->native));
    return copy(&(struct copying){host, direction, 0}, pair->native, pair->guest, to, at);
}

ffi_error wasm_record_out(wasm_host *host, const ffi_ctype *native, const ffi_ctype *guest, const void *at,
                          const void *before, void *to) {
    size_t distance = before ? (size_t)((const char *)before - (const char *)at) : 0;
    return copy(&(struct copying){host, COPY_OUT, distance}, guest, native, to, at);
}

/* ---- values ---- */

/* The scalar's bytes are the record's. */
static ffi_error single_in(wasm_host *host, const struct wasm_pair *pair, uint64_t value, ffi_value *slot) {
    slot->ptr = ffi_arena_allocate(host->arena, ffi_type_size(pair->native), ffi_type_alignment(pair->native));
    return slot->ptr ? record_in(host, pair, COPY_IN, slot->ptr, &value) : ffi_last_error();
}

/* A copy that native code may write is there twice, the second time as it was. */
static ffi_error copied_in(wasm_host *host, const struct wasm_pair *pair, uint64_t value, ffi_value *slot) {
    size_t size = ffi_type_size(pair->native), alignment = ffi_type_alignment(pair->native);
    bool   inout  = pair->way == WAY_RECORD && !pair->is_const;
    char  *record = ffi_arena_allocate(host->arena, size << inout, alignment);
    if (!record) return ffi_last_error();
    if (pair->way == WAY_RECORD) {
        struct wasm_copy *copy = ffi_arena_allocate(host->arena, sizeof *copy, _Alignof(struct wasm_copy));
        if (!copy) return ffi_last_error();
        *copy =
            (struct wasm_copy){host->call->copies, pair->native, pair->guest, value, record, pair->is_const};
        host->call->copies = copy;
    }
    if (record_in(host, pair, inout ? COPY_INOUT : COPY_IN, record, slot->ptr)) return ffi_last_error();
    if (inout) memcpy(record + size, record, size);
    return slot->ptr = record, FFI_ERROR_NONE;
}

static ffi_error pointer_in(wasm_host *host, const struct wasm_pair *pair, uint64_t value, ffi_value *slot) {
    if (pair->way == WAY_SINGLE) return single_in(host, pair, value, slot);
    slot->ptr = NULL;
    if (!value && pair->is_nonnull)
        return ffi_fail(FFI_ERROR_TYPE, "expected a pointer that is not NULL, got 0");
    if (!value && pair->way != WAY_VALUE) return FFI_ERROR_NONE;
    if (pair->way == WAY_FUNCTION && value == WASM_NOTHING)
        return slot->ptr = (void *)UINTPTR_MAX, FFI_ERROR_NONE;
    if (value & WASM_HANDLE && value <= UINT32_MAX)
        return (slot->ptr = wasm_handle_pointer(host, (uint32_t)value)) ? FFI_ERROR_NONE : ffi_last_error();
    if (pair->way == WAY_FUNCTION)
        return wasm_callback_code(host, pair->native, pair->guest, (uint32_t)value, &slot->ptr);
    if (host->call) host->call->holds_memory = true;
    if (pair->way == WAY_TEXT) return wasm_text(host, value, &slot->str);
    void     *at;
    ffi_error error = wasm_address(host, value, pair->target_size, pair->target_mask, &at);
    if (error) return error;
    slot->ptr = at;
    return pair->way == WAY_POINTER ? FFI_ERROR_NONE : copied_in(host, pair, value, slot);
}

ffi_error wasm_in_rest(wasm_host *host, const struct wasm_pair *pair, const wasm_value *value,
                       ffi_value *slot) {
    switch (pair->way) {
    case WAY_NONE: return FFI_ERROR_NONE;
    case WAY_SIGNED: slot->i64 = value->i32; return FFI_ERROR_NONE;
    case WAY_BOOL: slot->b = value->i32 != 0; return FFI_ERROR_NONE;
    default: break;
    }
    bool narrow = pair->letter == 'i' || pair->letter == 'f';
    return pointer_in(host, pair, narrow ? value->u32 : value->u64, slot);
}

ffi_error wasm_out_rest(wasm_host *host, const struct wasm_pair *pair, const ffi_value *value,
                        wasm_value *out) {
    uint32_t offset;
    int64_t  number = pair->size == 8 ? value->i64 : pair->size == 2 ? value->i16 : value->i8;
    switch (pair->way) {
    case WAY_NONE: return FFI_ERROR_NONE;
    case WAY_BOOL: out->u64 = value->b; return FFI_ERROR_NONE;
    case WAY_SIGNED:
        if (number == (int32_t)number) return out->u64 = (uint32_t)number, FFI_ERROR_NONE;
        return ffi_fail(FFI_ERROR_RANGE, "%lld does not fit the 32 bits that the module has for it",
                        (long long)number);
    case WAY_UNSIGNED:
        return ffi_fail(FFI_ERROR_RANGE, "%llu does not fit the 32 bits that the module has for it",
                        (unsigned long long)value->u64);
    case WAY_SINGLE:
        out->i64 = 0;
        return wasm_record_out(host, pair->native, pair->guest, value->ptr, NULL, out);
    case WAY_VALUE: return refuse(pair->native, "by value cannot be passed to a function of the module");
    default:
        if (wasm_pointer_out(host, value->ptr, &offset)) return ffi_last_error();
        out->u64 = offset;
        return FFI_ERROR_NONE;
    }
}
