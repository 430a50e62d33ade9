/* SPDX-License-Identifier: MIT */
/*
 * Delivery of callbacks: direct, posted, by a hop (hop.c), or refused. A delivery wraps a callback. What copies
 * its arguments is worked out when the delivery is chosen, since a post may come from a signal handler.
 */
#include "embed/queue.h"

#include <stdlib.h>

/* ---- what is known of each argument ---- */

/* If the signature says how large the pointee is, POST copies it. For `out` and `inout` the handler gets memory
 * that is dropped afterwards. */
static void describe_pointer(struct copied_argument *to, const ffi_ctype *signature, size_t index,
                             const ffi_ctype *type) {
    const ffi_ctype *target      = ffi_type_target(type);
    unsigned         annotations = ffi_type_annotations(signature, index);
    size_t           counter     = ffi_type_counter(signature, index);
    bool             is_const    = ffi_type_qualifiers(target) & FFI_QUALIFIER_CONST;
    bool   counted = annotations & FFI_ANNOTATION_LEN && counter < ffi_type_parameter_count(signature);
    bool   written = annotations & (FFI_ANNOTATION_OUT | FFI_ANNOTATION_INOUT);
    bool   text    = is_const && ffi_type_class(type) == FFI_CLASS_TEXT;
    size_t size    = ffi_type_size(target);
    if (!written && !(counted && is_const) && !text) return;
    to->how         = written ? COPY_SCRATCH : counted ? COPY_COUNTED : COPY_TEXT;
    to->size        = size ? size : 1; /* void: bytes */
    to->alignment   = (uint32_t)(size ? ffi_type_alignment(target) : 1);
    to->is_input    = !(annotations & FFI_ANNOTATION_OUT);
    to->counter     = UINT16_MAX;
    size_t declared = ffi_type_parameter_length(signature, index);
    to->length      = declared ? declared : 1;
    if (!counted) return;
    const ffi_ctype *count = ffi_type_parameter(signature, counter);
    to->counter            = (uint16_t)counter;
    to->counter_size       = (uint8_t)ffi_type_size(count);
    to->counter_signed     = ffi_type_class(count) == FFI_CLASS_INT;
}

static void describe(struct copied_argument *to, const ffi_ctype *signature, size_t index) {
    const ffi_ctype *type = ffi_type_parameter(signature, index);
    ffi_kind         kind = ffi_type_kind(type);
    *to                   = (struct copied_argument){.how       = kind <= FFI_KIND_POINTER ? COPY_SLOT : COPY_VALUE,
                                                     .size      = ffi_type_size(type),
                                                     .alignment = (uint32_t)ffi_type_alignment(type)};
    if (kind == FFI_KIND_POINTER) describe_pointer(to, signature, index, type);
}

/* ---- copies ---- */

/* The elements that another argument counts; a negative number is none. */
static size_t count_of(const struct copied_argument *argument, const ffi_value *args) {
    if (argument->counter == UINT16_MAX) return argument->length;
    const ffi_value *count = &args[argument->counter];
    uint64_t         bits  = argument->counter_size == 8   ? count->u64
                             : argument->counter_size == 4 ? count->u32
                             : argument->counter_size == 2 ? count->u16
                                                           : count->u8;
    unsigned         shift = 64 - argument->counter_size * 8u;
    if (argument->counter_signed && (int64_t)(bits << shift) < 0) return 0;
    return bits;
}

/* The bytes of an argument beside its slot; SIZE_MAX if there are too many. */
static size_t bytes_of(const struct copied_argument *argument, const ffi_value *args, size_t index,
                       bool by_value) {
    if (argument->how == COPY_SLOT || (by_value && argument->how != COPY_VALUE)) return 0;
    if (argument->how == COPY_VALUE) return argument->size;
    if (!args[index].ptr) return 0;
    if (argument->how == COPY_TEXT) return strlen(args[index].str) + 1;
    size_t count = count_of(argument, args);
    return count < SIZE_MAX / 2 / argument->size ? count * argument->size : SIZE_MAX;
}

static size_t aligned(size_t at, size_t alignment) {
    if (alignment > ARGUMENT_ALIGNMENT) alignment = ARGUMENT_ALIGNMENT;
    return (at + alignment - 1) & ~(alignment - 1);
}

/* Texts stand last, because they need no alignment. */
size_t arguments_size(const struct delivery *delivery, const ffi_value *args, size_t at, bool by_value) {
    size_t texts = 0;
    for (size_t i = 0; i < delivery->count; i++) {
        const struct copied_argument *argument = &delivery->arguments[i];
        size_t                        bytes    = bytes_of(argument, args, i, by_value);
        if (bytes > SIZE_MAX / 4 || at > SIZE_MAX / 4 || texts > SIZE_MAX / 4) return SIZE_MAX / 2;
        if (argument->how == COPY_TEXT) texts += bytes;
        else if (bytes) at = aligned(at, argument->alignment) + bytes;
    }
    return at + texts;
}

static void pack(const struct copied_argument *argument, const ffi_value *arg, char *to, size_t bytes) {
    if (argument->how == COPY_SCRATCH && !argument->is_input) memset(to, 0, bytes);
    else memcpy(to, arg->ptr, bytes);
}

/* A text may have become longer meanwhile: no more is copied than there was room for, and a NUL. A text whose room
 * another one has taken is NULL. */
static size_t pack_text(const char *text, char *base, ffi_value *slot, size_t at, size_t bytes) {
    slot->u64 = bytes ? at : 0;
    if (!bytes) return at;
    memcpy(base + at, text, bytes);
    base[at + bytes - 1] = 0;
    return at + bytes;
}

void arguments_pack(const struct delivery *delivery, const ffi_value *args, char *base, ffi_value *slots,
                    size_t at, size_t end, bool by_value) {
    bool texts = false;
    for (size_t i = 0; i < delivery->count; i++) {
        const struct copied_argument *argument = &delivery->arguments[i];
        bool                          is_text  = argument->how == COPY_TEXT;
        slots[i]                               = args[i];
        texts |= is_text;
        if (is_text || argument->how == COPY_SLOT || (by_value && argument->how != COPY_VALUE)) continue;
        size_t bytes = bytes_of(argument, args, i, by_value), start = aligned(at, argument->alignment);
        bool   null  = argument->how != COPY_VALUE && !args[i].ptr;
        slots[i].u64 = null ? 0 : start;
        if (!bytes || null) continue;
        pack(argument, &args[i], base + start, bytes);
        at = start + bytes;
    }
    for (size_t i = 0; texts && !by_value && i < delivery->count; i++) {
        if (delivery->arguments[i].how != COPY_TEXT) continue;
        size_t bytes = bytes_of(&delivery->arguments[i], args, i, by_value);
        at           = pack_text(args[i].str, base, &slots[i], at, bytes < end - at ? bytes : end - at);
    }
}

void arguments_unpack(const struct delivery *delivery, char *base, ffi_value *slots, bool by_value) {
    for (size_t i = 0; i < delivery->count; i++) {
        const struct copied_argument *argument = &delivery->arguments[i];
        if (argument->how == COPY_SLOT || (by_value && argument->how != COPY_VALUE)) continue;
        slots[i].ptr = slots[i].u64 ? base + slots[i].u64 : NULL;
    }
}

/* ---- deliveries ---- */

void delivery_release(struct delivery *delivery) {
    if (atomic_fetch_sub(&delivery->holds, 1) == 1) free(delivery);
}

void delivery_default(const struct delivery *delivery, void *result) {
    if (delivery->result_size) ffi_callback_default_result(delivery->callback, result);
}

static void revoked(void *userdata) {
    struct delivery *delivery = userdata;
    atomic_store(&delivery->live, false);
}

static void dropped(void *userdata) {
    struct delivery *delivery = userdata;
    ffi_queue       *queue    = delivery->queue;
    delivery_release(delivery);
    if (queue) queue_release(queue);
}

/* ---- posts ---- */

struct post {
    struct message   head;
    struct delivery *delivery;
    ffi_value        slots[];
};

static void run_post(ffi_queue *queue, void *message) {
    struct post     *post     = message;
    struct delivery *delivery = post->delivery;
    if (queue && atomic_load(&delivery->live)) {
        _Alignas(ARGUMENT_ALIGNMENT) char small[256];
        size_t                            size = delivery->result_size;
        void *large                            = size > sizeof small ? malloc(size + ARGUMENT_ALIGNMENT) : NULL;
        char *result =
            large ? (char *)(((uintptr_t)large + ARGUMENT_ALIGNMENT - 1) & ~(uintptr_t)(ARGUMENT_ALIGNMENT - 1))
                  : small;
        arguments_unpack(delivery, message, post->slots, false);
        if (size > sizeof small && !large) {
            queue_note(queue, COUNT_LOST);
        } else {
            memset(result, 0, size);
            delivery->handler(result, post->slots, delivery->userdata);
        }
        free(large);
    } else if (queue) {
        queue_note(queue, COUNT_LATE);
    }
    delivery_release(delivery);
}

static void post(struct delivery *delivery, void *result, const ffi_value *args) {
    size_t       head = sizeof(struct post) + delivery->count * sizeof(ffi_value);
    size_t       size = arguments_size(delivery, args, head, false);
    struct post *made = queue_take(delivery->queue, size);
    delivery_default(delivery, result);
    if (!made) return;
    delivery_hold(delivery);
    made->head.run = run_post;
    made->delivery = delivery;
    arguments_pack(delivery, args, (char *)made, made->slots, head, size, false);
    queue_put(delivery->queue, made, size);
}

/* ---- callbacks ---- */

static bool is_own_thread(const ffi_queue *queue) {
    uint64_t self = thread_number();
    return self && self == atomic_load_explicit(&queue->owner, memory_order_relaxed);
}

static void deliver(void *result, const ffi_value *args, void *userdata) {
    struct delivery *delivery = userdata;
    ffi_queue       *queue    = delivery->queue;
    bool             direct   = delivery->how == FFI_DELIVER_DIRECT;
    if (delivery->how == FFI_DELIVER_POST) {
        post(delivery, result, args);
    } else if (direct || (queue && is_own_thread(queue))) {
        delivery->handler(result, args, delivery->userdata);
    } else if (delivery->how == FFI_DELIVER_HOP) {
        hop(delivery, result, args);
    } else {
        if (queue) queue_note(queue, COUNT_REFUSED);
        delivery_default(delivery, result);
    }
}

/* A delivery of the callback, which wraps it from then on; NULL with an error. */
static struct delivery *wrap(ffi_callback *callback, const ffi_ctype *signature) {
    size_t           count    = ffi_type_parameter_count(signature);
    struct delivery *delivery = calloc(1, sizeof *delivery + count * sizeof *delivery->arguments);
    if (!delivery) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: a delivery"), NULL;
    delivery->holds       = 1;
    delivery->live        = true;
    delivery->callback    = callback;
    delivery->count       = count;
    delivery->result_size = ffi_type_size(ffi_type_target(signature));
    for (size_t i = 0; i < count; i++) describe(&delivery->arguments[i], signature, i);
    ffi_wrapper wrapper = {deliver, delivery, revoked, dropped};
    if (!ffi_callback_wrap(callback, &wrapper, &delivery->handler, &delivery->userdata)) return delivery;
    free(delivery);
    embed_failed("ffi_callback_deliver");
    return NULL;
}

/* The queue is held already. */
static ffi_error set(ffi_callback *callback, ffi_queue *queue, ffi_delivery how, unsigned timeout_ms) {
    const ffi_ctype *signature = ffi_callback_signature(callback);
    if (!signature) return ffi_fail(FFI_ERROR_ARGUMENT, "ffi_callback_deliver: this callback was freed before");
    bool list = ffi_type_is_variadic(signature) &&
                ffi_type_fixed_count(signature) == ffi_type_parameter_count(signature);
    if (list && (how == FFI_DELIVER_POST || how == FFI_DELIVER_HOP))
        return ffi_fail(FFI_ERROR_UNSUPPORTED,
                        "a callback that takes a va_list cannot be delivered to another thread");
    struct delivery *delivery = ffi_callback_wrapped(callback, deliver);
    if (!delivery && !(delivery = wrap(callback, signature))) return ffi_last_error();
    if (delivery->queue) queue_release(delivery->queue);
    delivery->queue   = queue;
    delivery->how     = how;
    delivery->timeout = timeout_ms ? timeout_ms : UINT32_MAX;
    return FFI_ERROR_NONE;
}

ffi_error ffi_callback_deliver(ffi_callback *callback, ffi_queue *handle, ffi_delivery how,
                               unsigned timeout_ms) {
    bool needs = how == FFI_DELIVER_POST || how == FFI_DELIVER_HOP;
    if (!callback) return embed_null(__func__, "callback");
    if ((unsigned)how > FFI_DELIVER_REFUSE)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: unknown delivery %d", __func__, (int)how);
    if (!handle && needs) return embed_null(__func__, "queue");
    ffi_queue *queue = handle ? queues_hold(handle, __func__) : NULL;
    if (handle && !queue) return FFI_ERROR_ARGUMENT;
    ffi_error error = set(callback, queue, how, timeout_ms);
    if (error && queue) queue_release(queue);
    return error;
}
