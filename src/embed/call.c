/* SPDX-License-Identifier: MIT */
/*
 * ffi_invoke_any() and ffi_invoke_host(): arguments by the shape into a frame, the call, the result. What
 * stands in a slot and needs no conversion is stored here; convert.c does the rest.
 */
#include "embed.h"

enum { BLOCK = 2048, KEPT = 512, KEPT_ALIGNMENT = 64 };

/* Results that need memory, of calls without an arena. */
static _Thread_local struct { _Alignas(KEPT_ALIGNMENT) char bytes[KEPT]; } thread_results;

void *call_keep(struct call *call, size_t size, size_t alignment) {
    if (!alignment) alignment = 1;
    if (call->arena) return ffi_arena_allocate(call->arena, size, alignment);
    size_t at = (call->kept + alignment - 1) & ~(alignment - 1);
    if (alignment > KEPT_ALIGNMENT || at > KEPT || size > KEPT - at) {
        ffi_fail(FFI_ERROR_RANGE, "%s: its results need more than %d bytes, so that the call needs an arena",
                 ffi_function_name(call->function), KEPT);
        return NULL;
    }
    call->kept = at + size;
    return thread_results.bytes + at;
}

ffi_error call_arity(const struct call *call, size_t takes) {
    const char *name = ffi_function_name(call->function);
    bool        more = call->count > takes && ffi_type_is_variadic(call->shape->signature);
    return ffi_fail(FFI_ERROR_ARGUMENT, "%s takes %zu argument%s, got %zu%s", *name ? name : "the function",
                    takes, takes == 1 ? "" : "s", call->count,
                    more ? "; with variable arguments, call its form (ffi_function_variadic)" : "");
}

ffi_any call_argument(const struct call *call, size_t index) {
    const struct conversion *c = &call->conversion;
    if (!c->host) return call->args[index];
    return any_of_host(c->host, c->state, c->host->argument(c->state, index));
}

/* ---- arguments ---- */

/* Stores what already is as the slot wants it; false: convert it. */
static inline bool store_simple(const ffi_parameter *parameter, ffi_value *slot, const ffi_any *any) {
    switch (parameter->what) {
    case FFI_CLASS_INT:
        if (any->kind != FFI_ANY_INT || any->as.i64 < parameter->least ||
            any->as.i64 > (int64_t)parameter->most)
            return false;
        slot->i64 = any->as.i64;
        return true;
    case FFI_CLASS_UINT:
        if ((any->kind != FFI_ANY_UINT && (any->kind != FFI_ANY_INT || any->as.i64 < 0)) ||
            any->as.u64 > parameter->most)
            return false;
        slot->u64 = any->as.u64;
        return true;
    case FFI_CLASS_REAL:
        if (any->kind != FFI_ANY_REAL || parameter->size != 8) return false;
        slot->f64 = any->as.f64;
        return true;
    case FFI_CLASS_TEXT:
        if (any->kind != FFI_ANY_TEXT || !parameter->is_const || any->length == UINT32_MAX ||
            memchr(any->as.text, 0, any->length))
            return false;
        slot->str = any->as.text;
        return true;
    default: return false;
    }
}

static ffi_error put_arguments(struct call *call) {
    const ffi_shape *shape = call->shape;
    ffi_value       *slots = frame_slots(call->frame);
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        ffi_any              held;
        const ffi_any *any = call->conversion.host ? (held = call_argument(call, i), &held) : &call->args[i];
        if (store_simple(parameter, &slots[i], any)) continue;
        call->conversion.index = i;
        void     *at           = parameter->is_slot ? &slots[i] : slots[i].ptr;
        ffi_error error        = convert(&call->conversion, NULL, parameter->type, at, any);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* ---- the result ---- */

static bool has_failed(const ffi_shape *shape, const void *result) {
    int64_t  failure = ffi_type_failure(shape->signature);
    unsigned size    = shape->result.size < 8 ? shape->result.size : 8;
    if (shape->result.what == FFI_CLASS_BOOL) failure = failure != 0;
    return !memcmp(&failure, result, size); /* little-endian, as all our ABIs are */
}

ffi_error call_make(struct call *call, ffi_any *result) {
    const ffi_shape     *shape = call->shape;
    const ffi_parameter *what  = &shape->result;
    if (!what->is_slot && !(call->frame->result = call_keep(call, what->size, what->alignment)))
        return ffi_last_error();
    ffi_invoke_frame(call->function, call->frame);
    if (what->annotations & FFI_ANNOTATION_ERRNO_IF && has_failed(shape, call->frame->result))
        return own_system_error(call->function);
    load_as(what->what, what->size, what->type, call->frame->result, result);
    return FFI_ERROR_NONE;
}

static ffi_error call_plain(struct call *call, ffi_any *result) {
    const ffi_parameter *what = &call->shape->result;
    struct own           own;
    if (!own_prepare(call, what, what->type, &own)) return ffi_last_error();
    ffi_error error = call_make(call, result);
    if (!error) return own_take(call, &own, result);
    own_cancel(&own);
    return error;
}

static inline void load_simple(const ffi_parameter *result, const void *at, ffi_any *out) {
    int32_t  narrow;
    uint64_t wide;
    if (result->what == FFI_CLASS_INT && result->size == 4) {
        memcpy(&narrow, at, 4);
        *out = ffi_any_int(narrow);
    } else if (result->size == 8 && (result->what == FFI_CLASS_INT || result->what == FFI_CLASS_UINT)) {
        memcpy(&wide, at, 8);
        *out      = ffi_any_uint(wide);
        out->kind = result->what == FFI_CLASS_INT ? FFI_ANY_INT : FFI_ANY_UINT;
    } else if (result->what == FFI_CLASS_REAL && result->size == 8) {
        memcpy(&wide, at, 8);
        *out      = ffi_any_uint(wide);
        out->kind = FFI_ANY_REAL;
    } else {
        load_as(result->what, result->size, result->type, at, out);
        return;
    }
    out->type = result->type;
}

/* ---- the whole ---- */

enum { FEW = 6 };

/* A call of a few arguments that are as their slots want them; false: nothing was called. */
static inline bool call_simple(const ffi_function *function, const ffi_shape *shape, ffi_any *result,
                               const ffi_any *args) {
    ffi_value slots[FEW], value;
    for (size_t i = 0; i < shape->count; i++)
        if (!store_simple(&shape->parameters[i], &slots[i], &args[i])) return false;
    ffi_invoke(function, &value, slots);
    load_simple(&shape->result, &value, result);
    return true;
}

static ffi_error call_in(struct call *call) {
    enum { PLAIN = FFI_ANNOTATION_NULLABLE | FFI_ANNOTATION_ERRNO_IF | FFI_ANNOTATION_OWN };
    ffi_any   result;
    ffi_error error;
    if (call->shape->annotations & ~(unsigned)PLAIN) {
        error = call_annotated(call);
    } else {
        if (call->count != call->shape->count) return call_arity(call, call->shape->count);
        error = put_arguments(call);
        if (!error && !(error = call_plain(call, &result))) *call->result = result;
    }
    return error;
}

/* A block on the stack is enough for most; what does not fit is on the heap. */
static ffi_error call_begin(struct call *call) {
    _Alignas(16) char block[BLOCK];
    ffi_arena         own;
    size_t            need = frame_need(call->shape);
    arena_begin(&own, ffi_function_context(call->function));
    ffi_arena *arena = call->arena ? call->arena : &own;
    call->frame      = need <= BLOCK ? (void *)block : ffi_arena_allocate(arena, need, 16);
    if (!call->frame) return ffi_last_error();
    frame_begin(call->shape, call->frame, need <= BLOCK ? BLOCK : need);
    call->frame->arena     = arena;
    call->conversion.frame = call->frame;
    ffi_error error        = call_in(call);
    if (!error && call->conversion.host) {
        call->conversion.host->result(call->conversion.state, call->result);
        if (!call->arena) own_free_text(call->function, call->result);
    }
    if (own.pieces) arena_end(&own);
    call->frame = call->conversion.frame = NULL;
    return error;
}

static ffi_error call_any(const ffi_function *function, const ffi_shape *shape, ffi_any *result,
                          const ffi_any *args, size_t count, ffi_arena *arena) {
    struct call call = {.function   = function,
                        .shape      = shape,
                        .args       = args,
                        .count      = count,
                        .conversion = {.function = function, .shape = shape},
                        .arena      = arena,
                        .result     = result};
    return call_begin(&call);
}

ffi_error ffi_invoke_any_in(const ffi_function *function, ffi_any *result, const ffi_any *args, size_t count,
                            ffi_arena *arena) {
    const ffi_shape *shape = ffi_function_shape(function);
    ffi_any          ignored;
    if (!shape) return ffi_last_error();
    if (count && !args) return embed_null("ffi_invoke_any", "args");
    if (!result) result = &ignored;
    if (count == shape->count && count <= FEW && shape->is_slots &&
        !(shape->annotations & ~(unsigned)FFI_ANNOTATION_NULLABLE) &&
        call_simple(function, shape, result, args))
        return FFI_ERROR_NONE;
    return call_any(function, shape, result, args, count, arena);
}

ffi_error ffi_invoke_any(const ffi_function *function, ffi_any *result, const ffi_any *args, size_t count) {
    return ffi_invoke_any_in(function, result, args, count, NULL);
}

ffi_error ffi_invoke_host(const ffi_function *function, const ffi_host *host, void *state, ffi_arena *arena) {
    const ffi_shape *shape = ffi_function_shape(function);
    ffi_any          result;
    if (!shape) return ffi_last_error();
    if (!host) return embed_null(__func__, "host");
    struct call call = {.function   = function,
                        .shape      = shape,
                        .count      = host->count(state),
                        .conversion = {.function = function, .shape = shape, .host = host, .state = state},
                        .arena      = arena,
                        .result     = &result};
    return call_begin(&call);
}
