/* SPDX-License-Identifier: MIT */
/*
 * Callbacks: making and freeing them, and the parts of their calls that the entries of arch/ leave to C.
 *
 * Native code may call a callback at any time, also while its context is freed. A call that has reached the
 * entry of a live callback reads only handler, userdata and form, which freeing does not change. The plan and
 * `extra` belong to the context. A call reads them only while `looking` counts it, and only if the state, read
 * after counting, still allows it.
 */
#include "callback/callback.h"

#include "call/staging.h"
#include "callback/owned.h"
#include "callback/quarantine.h"
#include "parse/signature.h"
#include "plan/abi.h"

/* ---- arguments and results of an image ---- */

/* Where a register is in an image with `vector` bytes of a vector register, which may be more than the form needs. */
static char *register_in(struct image *image, const struct move *move, unsigned vector) {
    return (char *)image + (move->location == LOCATION_FPR ? IMAGE_FPR + move->index * vector : move->to);
}

/* Collects the arguments from the registers and the stack into slots. Arguments in several pieces are joined in
 * `buffer`. */
static void collect(const struct form *form, struct image *image, unsigned vector, char *stack,
                    ffi_value *slots, char *buffer) {
    const struct move *moves = form_moves(form);
    for (size_t i = 0; i < form->taken.count; i++) slots[i].ptr = buffer; /* for arguments without bytes */
    for (uint32_t i = 0; i < form->nmoves; i++) {
        const struct move *move = &moves[i];
        char *from = move->location == LOCATION_STACK ? stack + move->index : register_in(image, move, vector);
        ffi_value *slot = &slots[move->arg];
        double     wide;
        void      *whole;
        if (move->op == MOVE_COPY) memcpy(&whole, from, sizeof whole), from = whole;
        if (move->op == MOVE_F32_F64) memcpy(&wide, from, sizeof wide), slot->f32 = (float)wide;
        else if (move->op < MOVE_BYTES) memcpy(slot, from, move->size);
        else if (move->buffer == MOVE_IN_PLACE) slot->ptr = from;
        else slot->ptr = buffer + move->buffer, memcpy(buffer + move->buffer + move->from, from, move->size);
    }
}

/* The caller's memory for the result; NULL if the result is in registers. */
static void *result_memory(const struct form *form, const struct image *image) {
    return form->taken.sret ? (void *)(uintptr_t)image->gpr[form->result_gpr] : NULL;
}

/* Writes the result to the image's registers, as the ABI says. `vector`: bytes of a vector register in this
 * image. */
static void put_result(const struct form *form, struct image *image, const char *result, unsigned vector) {
    const struct move *moves = form_results(form);
    image->nx87              = form->nx87;
    image->gpr_result[0]     = form->taken.sret ? image->gpr[form->result_gpr] : 0;
    image->gpr_result[1]     = 0;
    for (unsigned i = 0; i < form->nresults; i++) {
        const struct move *move = &moves[i];
        char              *to   = register_in(image, move, vector);
        if (is_bytes((enum move_op)move->op)) {
            move_bytes((enum move_op)move->op, to, result + move->from, move->size);
        } else {
            uint64_t word = moved((enum move_op)move->op, result);
            memcpy(to, &word, 8);
        }
    }
}

static char *aligned(char *memory, size_t alignment) {
    return (char *)(((uintptr_t)memory + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

void callback_of_image(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    const struct form *form = callback->form;
    size_t             size = form->result_size;
    size_t alignment = form->result_alignment < BUFFER_ALIGNMENT ? form->result_alignment : BUFFER_ALIGNMENT;
    char  *memory    = result_memory(form, image);
    bool   direct =
        memory && (uintptr_t)memory % alignment == 0; /* gcc's callers on AArch64 may leave it unaligned */
    ffi_value         slots[form->taken.count + 1];
    char              buffer[form->buffer + BUFFER_ALIGNMENT];
    char              result[(direct ? 0 : size) + BUFFER_ALIGNMENT];
    _Alignas(16) char list[VA_LIST_SIZE];
    char             *to = direct ? memory : aligned(result, BUFFER_ALIGNMENT);
    collect(form, image, vector, stack, slots, aligned(buffer, BUFFER_ALIGNMENT));
    if (form->takes_va_list) {
        slots[form->taken.count].ptr = list;
        form->abi->start_va_list(&form->taken, image, stack, list);
    }
    memset(to, 0, size);
    callback->handler(to, slots, callback->userdata);
    if (memory && !direct) memcpy(memory, to, size);
    put_result(form, image, to, vector);
}

/* ---- what calls read of the context ---- */

static void report(const struct plan *plan, const struct extra *extra) {
    ffi_context *context = plan->context;
    char         text[1024];
    ffi_type_format(plan->signature, text, sizeof text);
    context->report_late(context->hook_userdata, extra ? extra->name : "", text);
}

/* Counts and reports a late call; writes the result of ffi_callback_default(), if it was set. */
static void answer_late(struct upkeep *upkeep, void *result) {
    uint8_t             revoked = CALLBACK_REVOKED;
    const struct extra *extra   = extra_of(upkeep);
    const struct plan  *plan    = atomic_load(&upkeep->plan);
    if (extra && extra->fallback) memcpy(result, extra->fallback, extra->fallback_size);
    atomic_fetch_add(&plan->context->late_calls, 1);
    bool first = atomic_compare_exchange_strong(&upkeep->state, &revoked, CALLBACK_REPORTED);
    if (first && plan->context->report_late)
        atomic_load_explicit(&plan->context->trampolines.report, memory_order_relaxed)(plan, extra);
}

/* ---- late calls ---- */

enum { RESULT_VECTORS = 4 }; /* the vector registers that may hold a result: AAPCS64's, __vectorcall's */

/* Sets all result registers to zero. */
static void answer_nothing(struct image *image, unsigned vector) {
    image->nx87 = image->gpr_result[0] = image->gpr_result[1] = 0;
    memset(image->x87_result, 0, sizeof image->x87_result);
    memset((char *)image + IMAGE_FPR, 0, RESULT_VECTORS * (size_t)vector);
}

/* Reads the form before the state: the state then shows whether the callback is getting another form. */
void callback_late(struct image *image, ffi_callback *callback, void *stack, unsigned vector) {
    const struct form *form   = callback->form;
    struct upkeep     *upkeep = upkeep_of(callback);
    unsigned           state  = look(upkeep);
    (void)stack;
    answer_nothing(image, vector);
    if (state != CALLBACK_RESHAPED && form->taken.vector <= vector) {
        char  value[RESULT_VECTORS * BUFFER_ALIGNMENT] = {0};
        void *result                                   = form->taken.sret ? result_memory(form, image) : value;
        if (form->taken.sret) memset(result, 0, form->result_size);
        if (is_freed(state)) answer_late(upkeep, result);
        put_result(form, image, result, vector);
    }
    if (state == CALLBACK_LIVE || is_freed(state)) look_away(upkeep);
}

/* ---- hooks ---- */

/* The handler of every callback of a context with hooks. `enter` may wait long and the handler may run long.
 * Their data is copied first, so that ffi_context_free() need not wait for them. If the callback was freed
 * meanwhile, this is a late call; its result is zeroes already. */
static void call_with_hooks(void *result, const ffi_value *args, void *userdata) {
    struct upkeep *upkeep = upkeep_of(userdata);
    unsigned       state  = look(upkeep);
    if (is_freed(state)) answer_late(upkeep, result), look_away(upkeep);
    if (state != CALLBACK_LIVE) return;
    const ffi_context *context = atomic_load(&upkeep->plan)->context;
    ffi_enter         *enter   = context->enter;
    ffi_leave         *leave   = context->leave;
    ffi_handler       *handler = upkeep->extra->handler;
    void              *own = upkeep->extra->userdata, *hook_userdata = context->hook_userdata;
    look_away(upkeep);
    void *entered = enter ? enter(hook_userdata) : NULL;
    handler(result, args, own);
    if (leave) leave(hook_userdata, entered);
}

/* ---- making and freeing, under the lock ---- */

static void free_extra(const struct heap *heap, struct extra *extra) {
    memory_free(heap, extra->fallback, extra->fallback_size);
    memory_free(heap, extra, sizeof *extra + extra->name_length + 1);
}

static struct extra *new_extra(ffi_context *context, const char *name, size_t length) {
    struct extra *extra = memory_new(&context->heap, sizeof *extra + length + 1);
    if (!extra) return NULL;
    *extra = (struct extra){.name_length = length};
    if (length) memcpy(extra->name, name, length);
    extra->name[length] = 0;
    return extra;
}

static outlined struct family *family_of(ffi_context *context, const struct plan *plan,
                                         const struct code_page *page) {
    const struct form *form = form_intern(&context->heap, plan, page, context->trampolines.read_only);
    return form ? quarantine_family(&context->trampolines, &context->arena, &context->heap, form) : NULL;
}

/* The family of callbacks with this plan. Those that are not shifted functions are in the plan, as the only member
 * that is set later. */
static inlined struct family *find_family(ffi_context *context, const struct plan *plan,
                                          const struct code_page *page) {
    if (page != &plain_page) return family_of(context, plan, page);
    if (!plan->family) ((struct plan *)(uintptr_t)plan)->family = family_of(context, plan, page);
    return plan->family;
}

/* Makes a new or reused callback live. */
static bool start(ffi_context *context, ffi_callback *callback, const struct plan *plan, struct family *family,
                  struct extra *extra, struct target target) {
    struct upkeep *upkeep = upkeep_of(callback);
    const char    *why;
    if (upkeep->has_extra) free_extra(&context->heap, upkeep->extra); /* from its last use */
    upkeep->has_extra = extra != NULL;
    upkeep->extra     = extra;
    if (!target.entry) target.entry = family->form->entry;
    if (extra && extra->handler) target.handler = call_with_hooks, target.userdata = callback;
    if (extra && extra->is_traced) {
        extra->reached  = target;
        target.handler  = context->tracing->handler;
        target.userdata = callback;
    }
    atomic_store_explicit(&upkeep->plan, plan, memory_order_relaxed);
    if (trampoline_start(callback, family->form, &target, &why)) {
        atomic_store_explicit(&upkeep->state, CALLBACK_LIVE, memory_order_release);
        return true;
    }
    upkeep->has_extra = false;
    quarantine_give(family, callback, upkeep);
    return fail(FFI_ERROR_DENIED, "cannot write a read-only callback: %s", why), false;
}

/* Whether a signature says more of its parameters than their types. */
static bool is_annotated(const ffi_ctype *signature) {
    bool annotated = ffi_type_annotations(signature, FFI_RESULT);
    for (size_t i = 0; signature->notes && i < signature->count; i++)
        annotated |= ffi_type_annotations(signature, i) != 0;
    return annotated;
}

ffi_callback *callback_make(ffi_context *context, const struct plan *plan, const ffi_ctype *signature,
                            const struct code_page *page, struct target target, const char *name,
                            size_t length) {
    bool           hooked = !target.entry && (context->enter || context->leave);
    bool           traced = !target.entry && context->tracing;
    bool           noted  = length || hooked || traced || is_annotated(signature);
    struct extra  *extra  = NULL;
    struct family *family = find_family(context, plan, page);
    atomic_store_explicit(&context->trampolines.report, report, memory_order_relaxed);
    if (!family || (noted && !(extra = new_extra(context, name, length)))) return NULL;
    if (extra && signature->notes) extra->signature = signature;
    if (hooked) extra->handler = target.handler, extra->userdata = target.userdata;
    if (traced) extra->is_traced = true;
    ffi_callback *callback = quarantine_take(&context->trampolines, family);
    if (callback && start(context, callback, plan, family, extra, target)) return callback;
    if (extra) free_extra(&context->heap, extra);
    return NULL;
}

static ffi_callback *make(ffi_context *context, const ffi_ctype *signature, ffi_handler *handler,
                          void *userdata, const char *name, size_t length) {
    const struct plan *plan   = plan_of(context, signature);
    struct target      target = {.handler = handler, .userdata = userdata};
    return plan ? callback_make(context, plan, signature, &plain_page, target, name, length) : NULL;
}

/* The name in the signature is for reports of late calls. */
ffi_callback *ffi_callback_new(ffi_context *context, const char *signature, ffi_handler *handler,
                               void *userdata) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!signature) return fail_null(__func__, "signature"), NULL;
    if (!handler) return fail_null(__func__, "handler"), NULL;
    struct declaration declaration;
    ffi_callback      *callback = NULL;
    trampoline_keep();
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
    trampoline_keep();
    os_lock_take(&context->lock);
    ffi_callback *callback = make(context, signature, handler, userdata, NULL, 0);
    os_lock_give(&context->lock);
    return callback;
}

/* On failure the caller keeps the userdata: the record is not dropped. */
static ffi_callback *make_owned(ffi_context *context, const ffi_ctype *signature, ffi_handler *handler,
                                void *userdata, void (*drop)(void *userdata)) {
    ffi_wrapper   owner = {.handler = handler, .userdata = userdata, .drop = drop};
    struct owned *owned = owned_new(&context->trampolines.owned, &owner);
    ffi_callback *made  = owned ? make(context, signature, owned_call, owned, NULL, 0) : NULL;
    if (owned && !made) owned_abandon(owned);
    return made;
}

ffi_callback *ffi_callback_owned(ffi_context *context, const ffi_ctype *signature, ffi_handler *handler,
                                 void *userdata, void (*drop)(void *userdata)) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!(signature = type_called_by(__func__, context, signature))) return NULL;
    if (!handler) return fail_null(__func__, "handler"), NULL;
    if (!drop) return fail_null(__func__, "drop"), NULL;
    trampoline_keep();
    os_lock_take(&context->lock);
    ffi_callback *callback = make_owned(context, signature, handler, userdata, drop);
    os_lock_give(&context->lock);
    return callback;
}

/* The userdata of a live callback; its record if it owns the userdata. Under the lock, or while the callback is
 * not freed. */
static void *userdata_of(const ffi_callback *callback, struct owned **owned) {
    const struct extra *extra    = extra_of(upkeep_of(callback));
    bool                wrapped  = extra && extra->wrapper;
    struct target       target   = callback_reached(callback);
    ffi_handler        *handler  = wrapped ? extra->inner : target.handler;
    void               *userdata = wrapped ? extra->inner_userdata : target.userdata;
    if (extra && handler == call_with_hooks) userdata = extra->userdata, handler = extra->handler;
    *owned = handler == owned_call ? userdata : NULL;
    return *owned ? owned_userdata(*owned) : userdata;
}

/* The plan of a live callback; NULL with an error if it was freed. */
const struct plan *callback_plan(const char *where, const ffi_callback *callback) {
    const struct upkeep *upkeep = upkeep_of(callback);
    const struct plan   *plan   = atomic_load(&upkeep->plan);
    if (plan && atomic_load(&upkeep->state) == CALLBACK_LIVE) return plan;
    fail(FFI_ERROR_ARGUMENT, "%s: this callback was freed before", where);
    return NULL;
}

/* If the system keeps the callback read-only, it stays as it is. Under the lock. */
static bool revoke(const struct plan *plan, ffi_callback *callback, struct upkeep *upkeep) {
    const char *why;
    atomic_store_explicit(&upkeep->state, CALLBACK_REVOKED, memory_order_release);
    if (trampoline_revoke(callback, &why)) {
        quarantine_give(quarantine_family_of(&plan->context->trampolines, plan, callback), callback, upkeep);
        return true;
    }
    atomic_store(&upkeep->state, CALLBACK_LIVE);
    return fail(FFI_ERROR_DENIED, "cannot revoke a read-only callback: %s", why), false;
}

void callback_revoke(ffi_callback *callback) {
    struct upkeep *upkeep = upkeep_of(callback);
    if (atomic_load(&upkeep->state) == CALLBACK_LIVE)
        (void)revoke(atomic_load(&upkeep->plan), callback, upkeep);
}

/* What a callback holds of owned records. Under the lock. */
static void find_owned(ffi_callback *callback, struct owned *owned[2]) {
    const struct extra *extra = extra_of(upkeep_of(callback));
    owned[0]                  = extra ? extra->wrapper : NULL;
    userdata_of(callback, &owned[1]);
}

void ffi_callback_free(ffi_callback *callback) {
    const struct plan *plan = callback ? callback_plan(__func__, callback) : NULL;
    if (!plan) return;
    struct upkeep *upkeep  = upkeep_of(callback);
    ffi_context   *context = plan->context;
    os_lock_take(&context->lock);
    struct owned *owned[2] = {NULL, NULL};
    bool          live     = atomic_load(&upkeep->state) == CALLBACK_LIVE;
    if (live) find_owned(callback, owned);
    if (live && !revoke(plan, callback, upkeep)) owned[0] = owned[1] = NULL;
    for (int i = 0; i < 2; i++)
        if (owned[i]) owned_unlink(owned[i]);
    os_lock_give(&context->lock);
    for (int i = 0; i < 2; i++)
        if (owned[i]) owned_revoke(owned[i]);
    if (!live) callback_plan(__func__, callback); /* another thread freed it first */
}

/* ---- what late calls get ---- */

struct extra *callback_extra(ffi_context *context, ffi_callback *callback) {
    struct upkeep *upkeep = upkeep_of(callback);
    struct extra  *extra  = upkeep->has_extra ? upkeep->extra : new_extra(context, NULL, 0);
    if (!extra) return NULL;
    upkeep->extra     = extra;
    upkeep->has_extra = true;
    return extra;
}

bool ffi_callback_default_result(const ffi_callback *callback, void *result) {
    if (!callback || !result) return false;
    struct upkeep *upkeep = upkeep_of(callback);
    unsigned       state  = look(upkeep);
    if (state != CALLBACK_LIVE && !is_freed(state)) return false;
    const struct extra *extra    = extra_of(upkeep);
    bool                declared = extra && extra->fallback;
    if (declared) memcpy(result, extra->fallback, extra->fallback_size);
    look_away(upkeep);
    return declared;
}

ffi_error ffi_callback_default(ffi_callback *callback, const void *value) {
    if (!callback) return fail_null(__func__, "callback");
    if (!value) return fail_null(__func__, "value");
    const struct plan *plan = callback_plan(__func__, callback);
    if (!plan) return FFI_ERROR_ARGUMENT;
    ffi_context     *context = plan->context;
    const ffi_ctype *type    = plan->signature->target;
    if (!type->size) return FFI_ERROR_NONE;
    os_lock_take(&context->lock);
    struct extra *extra = callback_extra(context, callback);
    if (extra) {
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

void callbacks_free(ffi_context *context) {
    struct owned *owned = context->trampolines.owned;
    quarantine_end(&context->trampolines, &context->heap, free_extra);
    for (context->trampolines.owned = owned; (owned = context->trampolines.owned);)
        owned_unlink(owned), owned_revoke(owned);
}

/* ---- questions ---- */

void *ffi_callback_code(const ffi_callback *callback) {
    return callback ? trampoline_code(callback) : NULL;
}

const ffi_ctype *ffi_callback_signature(const ffi_callback *callback) {
    const struct plan  *plan  = callback ? atomic_load(&upkeep_of(callback)->plan) : NULL;
    const struct extra *extra = plan ? extra_of(upkeep_of(callback)) : NULL;
    if (extra && extra->signature) return extra->signature;
    return plan ? plan->signature : NULL;
}

void *ffi_callback_userdata(const ffi_callback *callback) {
    if (!callback || !atomic_load(&upkeep_of(callback)->plan)) return NULL;
    struct owned *owned;
    return userdata_of(callback, &owned);
}
