/* SPDX-License-Identifier: MIT */
/*
 * Calls by the shape: arguments into a frame, the call, the result. What needs no conversion is stored here;
 * convert.c does the rest. Calls of which no argument needs one are in simple.c.
 */
#include "embed.h"

enum { BLOCK = 2048, KEPT = 512, KEPT_ALIGNMENT = 64 };

/* The results of the thread's last call without an arena. While a call runs its results are on its stack, since
 * a callback may make another call. */
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
    return call->keeps + at;
}

/* Adjusts the pointers of a value after `size` bytes have moved from `from` to `to`. */
static void move_value(ffi_any *any, const char *from, size_t size, char *to) {
    bool points = any->kind >= FFI_ANY_TEXT && any->kind != FFI_ANY_FUNCTION && any->kind != FFI_ANY_OBJECT;
    if (!points || any->as.text < from || any->as.text > from + size) return;
    any->as.text = to + (any->as.text - from);
    if (any->kind != FFI_ANY_LIST) return;
    for (uint32_t i = 0; i < any->length; i++)
        move_value((ffi_any *)(uintptr_t)&any->as.list[i], from, size, to);
}

static void move_results(const struct call *call) {
    if (!call->kept) return;
    memcpy(thread_results.bytes, call->keeps, call->kept);
    move_value(call->result, call->keeps, call->kept, thread_results.bytes);
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

static ffi_error put_arguments(struct call *call) {
    const ffi_shape *shape = call->shape;
    ffi_value       *slots = frame_slots(call->frame);
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        ffi_any              held;
        const ffi_any *any = call->conversion.host ? (held = call_argument(call, i), &held) : &call->args[i];
        if (is_simple(parameter, any)) {
            slots[i].i64 = any->as.i64;
            continue;
        }
        call->conversion.index = i;
        void     *at           = parameter->is_slot ? &slots[i] : slots[i].ptr;
        ffi_error error        = convert(&call->conversion, NULL, parameter->type, at, any);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* ---- the result ---- */

bool call_has_failed(const ffi_shape *shape, const void *result) {
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
    if (what->annotations & FFI_ANNOTATION_ERRNO_IF && call_has_failed(shape, call->frame->result))
        return own_system_error(call->function);
    load_as(what->what, what->size, what->type, call->frame->result, result);
    return FFI_ERROR_NONE;
}

static ffi_error call_plain(struct call *call, ffi_any *result) {
    const ffi_parameter *what = &call->shape->result;
    struct own           room, *own = own_prepare(call, what, what->type, &room);
    if (!own) return ffi_last_error();
    ffi_error error = call_make(call, result);
    if (!error) return own_take(call, own, result);
    own_cancel(own);
    return error;
}

/* ---- the whole ---- */

static ffi_error call_in(struct call *call) {
    enum { PLAIN = CHECKED_ANNOTATIONS | FFI_ANNOTATION_ERRNO_IF | FFI_ANNOTATION_OWN };
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

static bool takes_function(const ffi_shape *shape) {
    for (size_t i = 0; i < shape->count; i++)
        if (shape->parameters[i].what == FFI_CLASS_FUNCTION) return true;
    return false;
}

/* Makes the call, which fails if it takes a function and a callback has failed meanwhile. */
static ffi_error call_watched(struct call *call) {
    if (!takes_function(call->shape)) return call_in(call);
    ffi_any *wanted  = call->result, result;
    uint64_t before  = native_failures();
    call->result     = &result;
    ffi_error error  = call_in(call);
    bool      failed = native_has_failed(before);
    call->result     = wanted;
    if (!error && failed) {
        if (!ffi_last_error()) ffi_fail(FFI_ERROR_ARGUMENT, "a callback failed");
        error = own_discard(call, &result);
    } else if (!error) {
        *wanted = result;
    }
    return error;
}

/* Most frames fit a block on the stack. Larger ones, and temporaries, come from an arena. */
static ffi_error call_begin(struct call *call) {
    _Alignas(16) char             block[BLOCK];
    _Alignas(KEPT_ALIGNMENT) char keeps[KEPT];
    ffi_arena                     own;
    size_t                        need = frame_need(call->shape);
    arena_begin(&own, ffi_function_context(call->function));
    ffi_arena *arena = call->arena ? call->arena : &own;
    call->frame      = need <= BLOCK ? (void *)block : ffi_arena_allocate(arena, need, 16);
    if (!call->frame) return ffi_last_error();
    frame_begin(call->shape, call->frame, need <= BLOCK ? BLOCK : need);
    call->frame->arena     = arena;
    call->keeps            = keeps;
    call->conversion.frame = call->frame;
    ffi_error error        = call_watched(call);
    if (!error && call->conversion.host) {
        call->conversion.host->result(call->conversion.state, call->result);
        if (!call->arena) own_free_text(call->function, call->result);
    } else if (!error) {
        move_results(call);
    }
    if (own.pieces) arena_end(&own);
    call->frame = call->conversion.frame = NULL;
    call->keeps                          = NULL;
    return error;
}

ffi_error call_any(const char *where, const ffi_function *function, ffi_any *result, const ffi_any *args,
                   size_t count, ffi_arena *arena) {
    const ffi_shape *shape   = shape_of(function, where);
    ffi_any          ignored = ffi_any_nil();
    if (!shape) return ffi_last_error();
    if (count && !args) return embed_null(where, "args");
    struct call call = {.function   = function,
                        .shape      = shape,
                        .args       = args,
                        .count      = count,
                        .conversion = {.function = function, .shape = shape},
                        .arena      = arena,
                        .result     = result ? result : &ignored,
                        .discards   = !result};
    return call_begin(&call);
}

ffi_error ffi_invoke_host(const ffi_function *function, const ffi_host *host, void *state, ffi_arena *arena) {
    const ffi_shape *shape  = shape_of(function, __func__);
    ffi_any          result = ffi_any_nil();
    if (!shape) return ffi_last_error();
    if (!host) return embed_null(__func__, "host");
    if (!host->count) return embed_null(__func__, "host->count");
    if (!host->argument) return embed_null(__func__, "host->argument");
    if (!host->kind) return embed_null(__func__, "host->kind");
    if (!host->result) return embed_null(__func__, "host->result");
    struct call call = {.function   = function,
                        .shape      = shape,
                        .count      = host->count(state),
                        .conversion = {.function = function, .shape = shape, .host = host, .state = state},
                        .arena      = arena,
                        .result     = &result};
    return call_begin(&call);
}
