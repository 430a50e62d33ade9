/* SPDX-License-Identifier: MIT */
/*
 * Callbacks: made, freed, and what they do where the entries of arch/ do not do it all.
 *
 * A callback is one of three things, and its `entry` says which. Live: it calls its handler. Late: it was
 * freed, and what still calls it gets a result without anybody being asked; its plan is there. Orphan: its
 * context is gone; what it answers then is in the callback itself. An entry once reached goes on with what it
 * has loaded, so that freeing does not disturb calls that have begun. A late call that has begun may find that
 * the callback was taken for another use in the meantime, of which it must not look at anything.
 */
#include "callback.h"

#include "context.h"
#include "move.h"
#include "parse.h"
#include "stubs.h"

/* ---- arguments and results of an image ---- */

/* What the registers and the stack hold of the arguments, as slots; what has to be put together is in `buffer`.
 */
static void collect(const struct plan *plan, struct image *image, char *stack, ffi_value *slots, char *buffer) {
    for (size_t i = 0; i < plan->signature->count; i++) slots[i].ptr = buffer; /* of types without bytes */
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        char              *from = move->place == PLACE_STACK ? stack + move->index : (char *)image + move->to;
        ffi_value         *slot = &slots[move->arg];
        double             wide;
        void              *whole;
        if (move->op == MOVE_COPY) memcpy(&whole, from, sizeof whole), from = whole;
        if (move->op == MOVE_F32_F64) memcpy(&wide, from, sizeof wide), slot->f32 = (float)wide;
        else if (move->op < MOVE_BYTES) memcpy(slot, from, move->size);
        else if (move->buffer == MOVE_IN_PLACE) slot->ptr = from;
        else slot->ptr = buffer + move->buffer, memcpy(buffer + move->buffer + move->from, from, move->size);
    }
}

/* The result as the ABI leaves it. `vector`: bytes of a vector register in this image. */
static void put_result(const struct plan *plan, struct image *image, const char *result, unsigned vector) {
    image->nx87          = plan->nx87;
    image->gpr_result[0] = plan->in_memory ? image->gpr[plan->result_gpr] : 0;
    image->gpr_result[1] = 0;
    for (unsigned i = 0; i < plan->nresults; i++) {
        const struct move *move = &plan->results[i];
        uint32_t           to   = move->place == PLACE_FPR ? IMAGE_FPR + move->index * vector : move->to;
        if (move->op == MOVE_BYTES) {
            memcpy((char *)image + to, result + move->from, move->size);
        } else {
            uint64_t word = moved((enum move_op)move->op, result);
            memcpy((char *)image + to, &word, 8);
        }
    }
}

static char *aligned(char *memory, size_t alignment) {
    return (char *)(((uintptr_t)memory + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

void callback_of_image(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    const struct plan *plan      = callback->plan;
    const ffi_ctype   *type      = plan->signature->target;
    size_t             alignment = type->alignment < BUFFER_ALIGNMENT ? type->alignment : BUFFER_ALIGNMENT;
    char              *memory    = plan->in_memory ? (char *)(uintptr_t)image->gpr[plan->result_gpr] : NULL;
    bool direct = memory && (uintptr_t)memory % alignment == 0; /* gcc's callers on AArch64 may not align it */
    ffi_value         slots[plan->signature->count + 1];
    char              buffer[plan->buffer + BUFFER_ALIGNMENT];
    char              result[(direct ? 0 : type->size) + BUFFER_ALIGNMENT];
    _Alignas(16) char list[VA_LIST_SIZE];
    char             *to = direct ? memory : aligned(result, BUFFER_ALIGNMENT);
    collect(plan, image, stack, slots, aligned(buffer, BUFFER_ALIGNMENT));
    if (plan_takes_va_list(plan)) {
        slots[plan->signature->count].ptr = list;
        plan->abi->start_va_list(plan, image, stack, list);
    }
    memset(to, 0, type->size);
    callback->handler(to, slots, callback->userdata);
    if (memory && !direct) memcpy(memory, to, type->size);
    put_result(plan, image, to, vector);
}

/* ---- late calls ---- */

enum { RESULT_VECTORS = 4 }; /* vector registers that a result may be in: AAPCS64's, __vectorcall's */

/* Zeroes in registers. */
static void answer_nothing(struct image *image, unsigned vector) {
    image->nx87 = image->gpr_result[0] = image->gpr_result[1] = 0;
    memset(image->x87_result, 0, sizeof image->x87_result);
    memset((char *)image + IMAGE_FPR, 0, RESULT_VECTORS * (size_t)vector);
}

/* What is left of a callback without a context. */
static void answer_orphan(struct image *image, const ffi_callback *callback, unsigned vector) {
    image->nx87          = callback->nx87;
    image->gpr_result[0] = callback->word;
    for (size_t i = 0; i < sizeof callback->word / callback->piece; i++)
        memcpy((char *)image + IMAGE_FPR + i * vector, (const char *)&callback->word + i * callback->piece,
               callback->piece);
    if (!callback->memory) return;
    image->gpr_result[0] = image->gpr[callback->result_gpr];
    void *to             = (void *)(uintptr_t)image->gpr[callback->result_gpr];
    memset(to, 0, callback->memory);
    if (callback->memory <= sizeof callback->word) memcpy(to, &callback->word, callback->memory);
}

void callback_orphan(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    (void)stack;
    answer_nothing(image, vector);
    trampoline_enter(callback, LOOK_AT_REST);
    if (atomic_load(&callback->entry) != abi_no_entry && !atomic_load(&callback->plan))
        answer_orphan(image, callback, vector);
    trampoline_leave(callback, LOOK_AT_REST);
}

/* The result that was declared, or zeroes. */
static void answer(const struct plan *plan, struct image *image, const struct extra *extra, unsigned vector) {
    static const char zeroes[RESULT_VECTORS * BUFFER_ALIGNMENT];
    const void       *value = extra && extra->fallback ? extra->fallback : NULL;
    size_t            size  = plan->signature->target->size;
    if (plan->in_memory) {
        void *to = (void *)(uintptr_t)image->gpr[plan->result_gpr];
        if (value) memcpy(to, value, size);
        else memset(to, 0, size);
    }
    put_result(plan, image, value ? value : zeroes, vector);
}

static void report(const struct plan *plan, const struct extra *extra) {
    ffi_context *context = plan->context;
    char         text[1024];
    ffi_type_format(plan->signature, text, sizeof text);
    context->report_late(context->hook_userdata, extra ? extra->name : "", text);
}

static void answer_late(struct image *image, ffi_callback *callback, const struct plan *plan, unsigned vector,
                        bool first) {
    const struct late_entries *entries = abi_late_entries(plan);
    entry_stub                *unsaid  = entries->first;
    answer(plan, image, callback->extra, vector);
    atomic_fetch_add(&plan->context->late_calls, 1);
    first = first && atomic_compare_exchange_strong(&callback->entry, &unsaid, entries->again);
    if (first && plan->context->report_late) report(plan, callback->extra);
}

/* Once the plans are gone that the context's end waits for, calls do not even begin to look at them: they would
 * not let it come, were there many. */
static void late_call(struct image *image, ffi_callback *callback, void *stack, unsigned vector, bool first) {
    if (!atomic_load(&callback->plan)) {
        callback_orphan(image, callback, stack, vector);
        return;
    }
    answer_nothing(image, vector);
    trampoline_enter(callback, LOOK_AT_PLAN);
    const struct plan *plan  = atomic_load(&callback->plan);
    entry_stub        *entry = atomic_load(&callback->entry);
    if (plan && entry != abi_no_entry && entry != plan->entry)
        answer_late(image, callback, plan, vector, first);
    trampoline_leave(callback, LOOK_AT_PLAN);
    if (!plan) callback_orphan(image, callback, stack, vector);
}

void callback_late_first(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    late_call(image, callback, stack, vector, true);
}

void callback_late(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    late_call(image, callback, stack, vector, false);
}

/* ---- hooks ---- */

/* The handler of every callback of a context with hooks. The callback is read before `enter`, which may wait
 * for long: it may be freed and used anew meanwhile. */
static void call_with_hooks(void *result, const ffi_value *args, void *userdata) {
    const ffi_callback *callback = userdata;
    ffi_handler        *handler  = callback->extra->handler;
    void               *own      = callback->extra->userdata;
    ffi_context        *context  = atomic_load(&callback->plan)->context;
    void               *entered  = context->enter ? context->enter(context->hook_userdata) : NULL;
    handler(result, args, own);
    if (context->leave) context->leave(context->hook_userdata, entered);
}

/* ---- making and freeing, under the lock ---- */

static void free_extra(ffi_context *context, ffi_callback *callback) {
    struct extra *extra = callback->extra;
    if (!extra) return;
    memory_free(&context->heap, extra->fallback, extra->fallback_size);
    memory_free(&context->heap, extra, sizeof *extra + extra->name_length + 1);
    callback->extra = NULL;
}

static struct extra *new_extra(ffi_context *context, const char *name, size_t length) {
    struct extra *extra = memory_new(&context->heap, sizeof *extra + length + 1);
    if (!extra) return NULL;
    *extra = (struct extra){.name_length = length};
    if (length) memcpy(extra->name, name, length);
    extra->name[length] = 0;
    return extra;
}

static ffi_callback *make(ffi_context *context, const ffi_ctype *signature, ffi_handler *handler,
                          void *userdata, const char *name, size_t length) {
    const struct plan *plan   = plan_of(context, signature);
    bool               hooked = context->enter || context->leave;
    struct extra      *extra  = NULL;
    if (!plan) return NULL;
    if (!plan->entry) {
        const char *why = "this build can only plan for it";
        (void)abi_entry(plan, true, &why);
        fail(FFI_ERROR_UNSUPPORTED, "a callback of ABI '%s' cannot be made here: %s", signature->abi->name,
             why);
        return NULL;
    }
    if ((length || hooked) && !(extra = new_extra(context, name, length))) return NULL;
    ffi_callback *callback = trampoline_take(context);
    if (!callback) {
        if (extra) memory_free(&context->heap, extra, sizeof *extra + length + 1);
        return NULL;
    }
    free_extra(context, callback); /* of the one that it was */
    if (hooked) extra->handler = handler, extra->userdata = userdata;
    callback->handler  = hooked ? call_with_hooks : handler;
    callback->userdata = hooked ? callback : userdata;
    callback->extra    = extra;
    atomic_store(&callback->plan, plan);
    atomic_store(&callback->entry, plan->entry);
    return callback;
}

/* The signature's own name is what a late call is reported by. */
ffi_callback *ffi_callback_new(ffi_context *context, const char *signature, ffi_handler *handler,
                               void *userdata) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!signature) return fail_null(__func__, "signature"), NULL;
    if (!handler) return fail_null(__func__, "handler"), NULL;
    struct declaration declaration;
    ffi_callback      *callback = NULL;
    os_lock_take(&context->lock);
    if (parse_signature(context, signature, &declaration))
        callback =
            make(context, declaration.type, handler, userdata, declaration.name, declaration.name_length);
    os_lock_give(&context->lock);
    return callback;
}

ffi_callback *ffi_callback_typed(ffi_context *context, const ffi_ctype *signature, ffi_handler *handler,
                                 void *userdata) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!(signature = type_called_by(__func__, context, signature))) return NULL;
    if (!handler) return fail_null(__func__, "handler"), NULL;
    os_lock_take(&context->lock);
    ffi_callback *callback = make(context, signature, handler, userdata, NULL, 0);
    os_lock_give(&context->lock);
    return callback;
}

/* The plan of one that is not freed; NULL with an error. */
static const struct plan *live_plan(const char *where, const ffi_callback *callback) {
    const struct plan *plan = atomic_load(&callback->plan);
    if (plan && atomic_load(&callback->entry) == plan->entry) return plan;
    fail(FFI_ERROR_ARGUMENT, "%s: this callback was freed before", where);
    return NULL;
}

void ffi_callback_free(ffi_callback *callback) {
    const struct plan *plan = callback ? live_plan(__func__, callback) : NULL;
    if (!plan) return;
    ffi_context *context = plan->context;
    entry_stub  *live    = plan->entry;
    os_lock_take(&context->lock);
    bool freed = atomic_compare_exchange_strong(&callback->entry, &live, abi_late_entries(plan)->first);
    if (freed) trampoline_give(context, callback);
    os_lock_give(&context->lock);
    if (!freed) live_plan(__func__, callback); /* another thread was first */
}

/* ---- what late calls get ---- */

ffi_error ffi_callback_default(ffi_callback *callback, const void *value) {
    if (!callback) return fail_null(__func__, "callback");
    if (!value) return fail_null(__func__, "value");
    const struct plan *plan = live_plan(__func__, callback);
    if (!plan) return FFI_ERROR_ARGUMENT;
    ffi_context     *context = plan->context;
    const ffi_ctype *type    = plan->signature->target;
    if (!type->size) return FFI_ERROR_NONE;
    os_lock_take(&context->lock);
    struct extra *extra = callback->extra ? callback->extra : new_extra(context, NULL, 0);
    if (extra) {
        callback->extra = extra;
        if (!extra->fallback) extra->fallback = memory_new(&context->heap, extra->fallback_size = type->size);
        if (extra->fallback) memcpy(extra->fallback, value, type->size);
    }
    bool good = extra && extra->fallback;
    os_lock_give(&context->lock);
    return good ? FFI_ERROR_NONE : FFI_ERROR_MEMORY;
}

uint64_t ffi_context_late_calls(const ffi_context *context) {
    return context ? atomic_load(&context->late_calls) : 0;
}

/* A word of the declared result is all that a callback itself has room for. */
static uint64_t lasting_word(const struct plan *plan, const struct extra *extra) {
    const struct move *move = plan->results;
    uint64_t           word = 0;
    size_t             size = plan->signature->target->size;
    if (!extra || !extra->fallback || size > sizeof word) return 0;
    if (plan->nresults && move->op != MOVE_BYTES) return moved((enum move_op)move->op, extra->fallback);
    return memcpy(&word, extra->fallback, size), word;
}

static bool orphan(ffi_callback *callback) {
    const struct plan *plan = atomic_load(&callback->plan);
    if (!plan) return false; /* it was one before */
    bool one_word        = plan->signature->target->size <= sizeof callback->word;
    callback->memory     = plan->in_memory ? plan->signature->target->size : 0;
    callback->result_gpr = plan->result_gpr;
    callback->nx87       = plan->nx87;
    callback->piece      = one_word && plan->nresults > 1 ? plan->results[0].size : 8;
    callback->word       = lasting_word(plan, callback->extra);
    atomic_store(&callback->plan, NULL);
    atomic_store(&callback->entry, abi_late_entries(plan)->orphan);
    return true;
}

void callbacks_free(ffi_context *context) {
    trampolines_free(context, orphan, free_extra);
}

/* ---- questions ---- */

void *ffi_callback_code(const ffi_callback *callback) {
    return callback ? trampoline_code(callback) : NULL;
}

const ffi_ctype *ffi_callback_signature(const ffi_callback *callback) {
    const struct plan *plan = callback ? atomic_load(&callback->plan) : NULL;
    return plan ? plan->signature : NULL;
}

void *ffi_callback_userdata(const ffi_callback *callback) {
    if (!callback || !atomic_load(&callback->plan)) return NULL;
    return callback->handler == call_with_hooks ? callback->extra->userdata : callback->userdata;
}
