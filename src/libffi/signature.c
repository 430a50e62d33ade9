/* SPDX-License-Identifier: MIT */
/* From libffi's types to a plan. */
#include "libffi.h"

#include "call/staging.h"
#include "call/steps.h"
#include "plan/abi.h"
#include "plan/stubs.h"
#include "type/homogeneous.h"

/* ---- workshops ---- */

void workshop_open(struct workshop *shop) {
    shop->context = (ffi_context){.heap = {memory_libc, NULL}};
    arena_lend(&shop->context.arena, shop->room, sizeof shop->room);
}

void workshop_close(struct workshop *shop) {
    arena_free(&shop->context.arena, &shop->context.heap);
}

static void *room_for(struct workshop *shop, size_t size) {
    return arena_new(&shop->context.arena, &shop->context.heap, size);
}

/* ---- terms ---- */

bool term_of(ffi_type *type, const struct abi *abi, bool is_result, struct term *term) {
    static const uint8_t codes[FFI_TYPE_LAST + 1] = {
        [FFI_TYPE_VOID] = CODE_VOID,   [FFI_TYPE_INT] = CODE_I32,
        [FFI_TYPE_FLOAT] = CODE_F32,   [FFI_TYPE_DOUBLE] = CODE_F64,
        [FFI_TYPE_UINT8] = CODE_U8,    [FFI_TYPE_SINT8] = CODE_I8,
        [FFI_TYPE_UINT16] = CODE_U16,  [FFI_TYPE_SINT16] = CODE_I16,
        [FFI_TYPE_UINT32] = CODE_U32,  [FFI_TYPE_SINT32] = CODE_I32,
        [FFI_TYPE_UINT64] = CODE_64,   [FFI_TYPE_SINT64] = CODE_64,
        [FFI_TYPE_POINTER] = CODE_64,  [FFI_TYPE_UINT128] = CODE_128,
        [FFI_TYPE_SINT128] = CODE_128, [FFI_TYPE_LONGDOUBLE] = CODE_LONG_DOUBLE};
    *term = (struct term){.code = CODE_NONE};
    if (!type || type->type > FFI_TYPE_LAST || !type_complete(type) || type->size >= SIZE_LIMIT) return false;
    term->code = codes[type->type];
    if (term->code) return true;
    if (!type->elements || (type->alignment && !is_alignment_of(type->alignment))) return false;
    return target_term(type, abi, is_result, term);
}

ffi_status signature_of(struct workshop *shop, const ffi_cif *cif, unsigned number,
                        struct signature *signature) {
    const struct abi *abi = target_abi(cif->abi);
    if (!abi) return FFI_BAD_ABI;
    if (cif->nargs > ARGUMENT_LIMIT || (cif->nargs && !cif->arg_types)) return FFI_BAD_TYPEDEF;
    struct term *terms = room_for(shop, (cif->nargs + 1) * sizeof *terms);
    *signature         = (struct signature){.abi = abi, .number = number, .count = cif->nargs, .terms = terms};
    if (!terms || !term_of(cif->rtype, abi, true, terms)) return FFI_BAD_TYPEDEF;
    for (uint32_t i = 0; i < cif->nargs; i++)
        if (!term_of(cif->arg_types[i], abi, false, &terms[i + 1])) return FFI_BAD_TYPEDEF;
    return FFI_OK;
}

/* ---- types ---- */

#define SCALAR(of_kind, bytes)                                                                                 \
    { .kind = FFI_KIND_##of_kind, .size = bytes, .alignment = bytes, .complete = true }

static const ffi_ctype scalars[] = {
    [CODE_I8] = SCALAR(I8, 1),    [CODE_U8] = SCALAR(U8, 1),   [CODE_I16] = SCALAR(I16, 2),
    [CODE_U16] = SCALAR(U16, 2),  [CODE_I32] = SCALAR(I32, 4), [CODE_U32] = SCALAR(U32, 4),
    [CODE_64] = SCALAR(U64, 8),   [CODE_F32] = SCALAR(F32, 4), [CODE_F64] = SCALAR(F64, 8),
    [CODE_128] = SCALAR(I128, 16)};

static const ffi_ctype type_void = {.kind = FFI_KIND_VOID};

/* A parameter of type void is passed nowhere. */
static const ffi_ctype type_nothing = {.kind = FFI_KIND_STRUCT, .size = 1, .alignment = 1, .complete = true};

static const ffi_ctype type_f80 = SCALAR(F80, 16), type_f128 = SCALAR(F128, 16);

static const ffi_ctype type_complex_long = {
    .kind = FFI_KIND_COMPLEX, .size = 32, .alignment = 16, .complete = true, .target = &type_f80, .count = 2};

static const ffi_ctype type_vector_8  = {.kind      = FFI_KIND_VECTOR,
                                         .size      = 8,
                                         .alignment = 8,
                                         .complete  = true,
                                         .target    = &scalars[CODE_F32],
                                         .count     = 2};
static const ffi_ctype type_vector_16 = {.kind      = FFI_KIND_VECTOR,
                                         .size      = 16,
                                         .alignment = 16,
                                         .complete  = true,
                                         .target    = &scalars[CODE_F32],
                                         .count     = 4};

static const ffi_ctype *long_double_of(const struct abi *abi) {
    return abi->convention.model->kinds[MODEL_LDOUBLE] == FFI_KIND_F80 ? &type_f80 : &type_f128;
}

static const ffi_ctype *type_of_piece(enum record_piece piece, const struct abi *abi) {
    switch (piece) {
    case PIECE_WORD: return &scalars[CODE_U8];
    case PIECE_F32: return &scalars[CODE_F32];
    case PIECE_F64: return &scalars[CODE_F64];
    case PIECE_LONG_DOUBLE: return long_double_of(abi);
    case PIECE_VECTOR_8: return &type_vector_8;
    case PIECE_VECTOR_16: return &type_vector_16;
    default: return &scalars[CODE_U16]; /* at an odd place: psABI 3.2.3 has it in memory, "unaligned fields" */
    }
}

static const ffi_ctype *type_of_record(struct workshop *shop, const struct record *record,
                                       const struct abi *abi) {
    struct field fields[PIECES];
    unsigned     count = target_fields(record, abi, fields);
    ffi_ctype   *type  = room_for(shop, sizeof *type + count * sizeof *type->fields);
    if (!type) return NULL;
    struct kept_field *of = (struct kept_field *)(void *)(type + 1);
    for (unsigned i = 0; i < count; i++)
        of[i] = (struct kept_field){.type = type_of_piece(fields[i].piece, abi), .offset = fields[i].at};
    uint32_t alignment = record->alignment ? record->alignment : 1;
    *type              = (ffi_ctype){.kind      = FFI_KIND_STRUCT,
                                     .size      = record->size,
                                     .alignment = alignment,
                                     .complete  = true,
                                     .count     = count,
                                     .fields    = of};
    type->uniform      = uniform_of_record(type);
    return type;
}

static const ffi_ctype *type_of(struct workshop *shop, const struct term *term, const struct abi *abi,
                                bool is_result) {
    switch (term->code) {
    case CODE_VOID: return is_result ? &type_void : &type_nothing;
    case CODE_LONG_DOUBLE: return long_double_of(abi);
    case CODE_VECTOR_16: return &type_vector_16;
    case CODE_COMPLEX_LONG: return &type_complex_long;
    case CODE_RECORD: return type_of_record(shop, &term->record, abi);
    default: return &scalars[term->code];
    }
}

/* ---- plans ---- */

static struct plan *plan_for(struct workshop *shop, const struct signature *signature, bool image) {
    const struct abi *abi   = signature->abi;
    uint32_t          count = signature->count;
    ffi_ctype        *type  = room_for(shop, sizeof *type + count * sizeof *type->params);
    if (!type) return NULL;
    const ffi_ctype **params = (const ffi_ctype **)(void *)(type + 1);
    *type                    = (ffi_ctype){.kind     = FFI_KIND_FUNCTION,
                                           .target   = type_of(shop, signature->terms, abi, true),
                                           .count    = count,
                                           .fixed    = count,
                                           .variadic = target_is_variadic(abi),
                                           .params   = params,
                                           .abi      = &abi->convention};
    for (uint32_t i = 0; i < count; i++) {
        struct term passed = signature->terms[i + 1];
        target_vary(signature->number, &passed);
        if (!(params[i] = type_of(shop, &passed, abi, false))) return NULL;
    }
    return type->target ? plan_make(&shop->context, type, CALL_LIMIT, image) : NULL;
}

static enum result result_of(const struct term *term) {
    return term->code <= CODE_F64 ? RESULT_I8 + (term->code - CODE_I8) : RESULT_OF_PLAN;
}

_Static_assert(RESULT_F64 - RESULT_I8 == CODE_F64 - CODE_I8, "in one order");

enum { X87_SIZE = 10 }; /* bytes that libffi writes of a long double */

/* A plan that is called by a chain of steps if the target has them, else through an image. */
static struct plan *plan_with_stubs(struct workshop *shop, const struct signature *signature, bool image) {
    const struct stubs *stubs = stubs_of(signature->abi);
    struct plan        *plan  = plan_for(shop, signature, image);
    for (unsigned i = 0; plan && i < plan->nresults; i++)
        if (plan->results[i].location == LOCATION_X87) plan->results[i].size = X87_SIZE;
    if (!plan || (!image && stubs->steps && !steps_choose_pointers(plan, stubs->steps))) return NULL;
    if (plan->pointer_chain) return plan;
    if (plan->feed != FEED_IMAGE) return plan_with_stubs(shop, signature, true);
    plan->image_stub     = stubs->images[vector_index(plan->vector)];
    plan->pointers.store = stage_image_pointers;
    return plan;
}

bool signature_prepare(struct workshop *shop, const struct signature *signature, bool image,
                       struct prepared *prepared) {
    struct plan *plan = plan_with_stubs(shop, signature, image);
    if (!plan) return false;
    *prepared = (struct prepared){.plan      = plan,
                                  .chain     = plan->pointer_chain,
                                  .direct    = plan->pointers_result ? plan->pointers : (ffi_stub){NULL},
                                  .pointers  = plan->pointers.store,
                                  .result    = (uint8_t)result_of(signature->terms),
                                  .all_slots = true,
                                  .number    = (uint8_t)signature->number};
    if (!signature->count && signature->terms->code == CODE_VOID && signature->abi == abi_default && !image)
        prepared->result = RESULT_NOTHING;
    for (uint32_t i = 1; i <= signature->count; i++)
        prepared->all_slots &= signature->terms[i].code <= CODE_F64;
    target_choose_call(prepared);
    return true;
}
