/* SPDX-License-Identifier: MIT */
/*
 * Shifted functions: native pointers that drop leading pointer arguments and jump to the function. Each is a
 * callback of the longer signature whose trampoline moves registers and whose `entry` is the function's address.
 * On ABIs without such trampolines (struct target_shifts), the `entry` moves registers and jumps to the `handler`,
 * which is that address.
 *
 * The code (arch/<cpu>/shift) moves every argument register by the same number of places, and takes what has no register in the
 * longer signature from the stack. So the two plans are compared, move by move: an argument that the function
 * takes from the stack has to be at the same offset there.
 */
#include "base/string_builder.h"
#include "call/function.h"
#include "callback/callback.h"
#include "callback/entries.h"
#include "type/context.h"

/* ---- plans ---- */

/* The plan of a function that is shifted, that of its longer signature, and by what they differ. */
struct shift {
    const struct plan *plan, *longer;
    unsigned           drop, count; /* registers to move */
    unsigned           base;        /* base: 1 if the first register has the address of a result */
};

/* The signature with `drop` pointers before its parameters; NULL with an error. */
static const ffi_ctype *lengthened(ffi_context *context, const ffi_ctype *signature, unsigned drop) {
    const ffi_ctype *types[FFI_MAX_ARGUMENTS];
    const ffi_ctype *nothing = type_scalar(context, SCALAR_VOID);
    const ffi_ctype *pointer = nothing ? type_pointer(context, nothing) : NULL;
    ffi_ctype        draft   = type_copy(signature);
    if (!pointer) return NULL;
    if (signature->count + drop > FFI_MAX_ARGUMENTS)
        return fail(FFI_ERROR_RANGE, "more than %d arguments", FFI_MAX_ARGUMENTS), NULL;
    for (unsigned i = 0; i < drop; i++) types[i] = pointer;
    for (size_t i = 0; i < signature->count; i++) types[drop + i] = signature->params[i];
    draft.count += drop;
    draft.fixed += drop;
    draft.params = types;
    return type_signature(context, &draft, NULL, NULL);
}

/* Where the bytes of a move come from in the longer call: a register's number, or behind them a stack word's.
 */
static unsigned source_of(const struct shift *shift, const struct move *from) {
    const struct abi *abi    = shift->plan->abi;
    unsigned          behind = abi->positional ? 0 : abi->shifts; /* positions count stack words too */
    return from->location == LOCATION_STACK ? behind + from->index / 8 : from->index;
}

static bool moves_register(const struct shift *shift, const struct move *to) {
    return to->location == LOCATION_GPR || (to->location == LOCATION_FPR && shift->plan->abi->positional);
}

/* Whether the entry does this move of the function's plan, of which `from` is the longer plan's. */
static bool is_shifted(const struct shift *shift, const struct move *to, const struct move *from) {
    bool moves = moves_register(shift, to);
    if (to->arg + shift->drop != from->arg || to->from != from->from) return false;
    if (!moves) return to->location == from->location && to->index == from->index;
    if (from->location != to->location && from->location != LOCATION_STACK) return false;
    if (from->location == LOCATION_STACK) {
        bool extended = to->size >= 4 || !shift->plan->abi->packs; /* callees rely on it */
        if (from->index % 8 || (to->size > 8 && to->op != MOVE_COPY) || !extended) return false;
    }
    return source_of(shift, from) == to->index + shift->drop;
}

/* False with FFI_ERROR_UNSUPPORTED. */
static bool check_moves(const struct shift *shift) {
    const struct plan *plan = shift->plan, *longer = shift->longer;
    bool               good = longer->nmoves == plan->nmoves + shift->drop && shift->drop <= plan->abi->shifts;
    for (uint32_t i = 0; good && i < plan->nmoves; i++) {
        const struct move *to = &plan->moves[i], *from = &longer->moves[shift->drop + i];
        if ((good = is_shifted(shift, to, from))) continue;
        fail(FFI_ERROR_UNSUPPORTED,
             "dropping %u arguments would move argument %u on the stack; ABI '%s' allows it for arguments in "
             "registers only",
             shift->drop, (unsigned)to->arg + 1, plan->abi->convention.name);
        return false;
    }
    if (!good)
        fail(FFI_ERROR_UNSUPPORTED, "ABI '%s' has no shifted functions that drop %u arguments",
             plan->abi->convention.name, shift->drop);
    return good;
}

/* Both plans, compared. False with an error. Under the context's lock. */
static bool shift_plan(ffi_context *context, const ffi_ctype *signature, struct shift *shift) {
    const ffi_ctype *longer = lengthened(context, signature, shift->drop);
    if (!longer || !(shift->plan = plan_of(context, signature))) return false;
    if (!(shift->longer = plan_of(context, longer))) return false;
    shift->base = shift->plan->sret && shift->plan->result_gpr == 0;
    for (uint32_t i = 0; i < shift->plan->nmoves; i++) {
        const struct move *move = &shift->plan->moves[i];
        if (moves_register(shift, move) && move->index + 1 > shift->base + shift->count)
            shift->count = move->index + 1 - shift->base;
    }
    return check_moves(shift);
}

/* ---- functions ---- */

struct shifted {
    struct shifted *next;
    unsigned        drop;
    ffi_callback   *callback;
    void           *code;
};

/* The function ends, and nothing may jump to it any more. */
static void end_shifted(ffi_context *context, struct shifted *shifted) {
    for (struct shifted *next; shifted; shifted = next) {
        next = shifted->next;
        callback_revoke(shifted->callback);
        memory_free(&context->heap, shifted, sizeof *shifted);
    }
}

/* The record of the ABI's shifts; NULL with an error if this target has none. */
static const struct target_shifts *find_shifts(const struct abi *abi) {
    const struct target_shifts *found = target_shifts;
    while (found->abi && found->abi != abi) found++;
    if (found->abi) return found;
    return fail(FFI_ERROR_UNSUPPORTED, "this build can only plan for ABI '%s'", abi->convention.name), NULL;
}

static entry_stub *shift_entry(const struct shift *shift, const int32_t *entries) {
    unsigned       shifts = shift->plan->abi->shifts, row = shift->base * shifts + shift->drop - 1;
    const int32_t *distance = &entries[row * shifts + shift->count - 1];
    return (entry_stub *)((uintptr_t)distance + (uintptr_t)*distance);
}

/* Chooses the page of a trampoline that moves registers. Returns the offset of the code in it. */
static unsigned shift_code(const struct shift *shift, const struct target_shifts *shifts,
                           const struct code_page **page) {
    unsigned most = shift->plan->abi->shifts, end = shift->base + shift->count + shift->drop;
    unsigned words = end > most ? end - most : 0; /* of the stack, which feed registers */
    unsigned row   = shift->base * most + shift->drop - 1;
    bool     first = !shift->base && shift->drop == 1 && !words;
    *page          = first ? &shifts->first : &shifts->any;
    return first ? 0 : shifts->offsets[row * SHIFT_PAIRS + (words ? (words - 1) / 2 : 0)];
}

/* Makes the callback and its code. */
static bool make_code(ffi_context *context, const struct function *function, const struct shift *shift,
                      struct shifted *made) {
    const struct target_shifts *shifts = find_shifts(shift->plan->abi);
    const struct code_page     *page   = &plain_page;
    unsigned                    offset = 0;
    struct target               target = {.entry   = (entry_stub *)(uintptr_t)function->address,
                                          .handler = (ffi_handler *)(uintptr_t)function->address};
    if (!shifts) return false;
    if (shift->count && !shifts->entries) offset = shift_code(shift, shifts, &page);
    else if (shift->count) target.entry = shift_entry(shift, shifts->entries);
    made->callback = callback_make(context, shift->longer, shift->longer->signature, page, target,
                                   function->name, strlen(function->name));
    if (made->callback) made->code = (char *)ffi_callback_code(made->callback) + offset;
    return made->callback;
}

static struct shifted *add(ffi_context *context, struct function *function, unsigned drop) {
    struct shift    shift   = {.drop = drop};
    struct derived *derived = function_derived(function);
    struct shifted *made;
    if (!derived || !shift_plan(context, function->signature, &shift)) return NULL;
    if (!(made = memory_new(&context->heap, sizeof *made))) return NULL;
    *made = (struct shifted){.next = derived->shifted, .drop = drop};
    if (!make_code(context, function, &shift, made)) {
        memory_free(&context->heap, made, sizeof *made);
        return NULL;
    }
    context->end_shifted    = end_shifted;
    return derived->shifted = made;
}

void *ffi_function_shifted(ffi_function *function, unsigned drop) {
    if (!function) return fail_null(__func__, "function"), NULL;
    struct function *base    = (struct function *)(void *)function;
    ffi_context     *context = base->plan->context;
    if (!drop) return base->address;
    trampoline_keep();
    os_lock_take(&context->lock);
    struct shifted *shifted = base->derived ? base->derived->shifted : NULL;
    while (shifted && shifted->drop != drop) shifted = shifted->next;
    if (!handle_is_live(&base->node))
        fail(FFI_ERROR_ARGUMENT, "%s: this function was freed before", __func__), shifted = NULL;
    else if (!shifted) shifted = add(context, base, drop);
    os_lock_give(&context->lock);
    return shifted ? shifted->code : NULL;
}

/* ---- as text ---- */

static void put_location(struct text *text, const struct abi *abi, const struct move *move) {
    if (move->location == LOCATION_STACK) text_put(text, "[sp+%u]", (unsigned)move->index);
    else text_put(text, "%s", (move->location == LOCATION_FPR ? abi->fpr : abi->gpr)[move->index]);
}

static void put_moves(struct text *text, const struct shift *shift) {
    const struct plan *plan = shift->plan;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *to = &plan->moves[i], *from = &shift->longer->moves[shift->drop + i];
        if (to->location == from->location && to->index == from->index) continue;
        text_put(text, "  ");
        put_location(text, plan->abi, to);
        text_put(text, " <- ");
        put_location(text, plan->abi, from);
        text_put(text, "\n");
    }
    text_put(text, "  jump\n");
}

size_t ffi_shift_format(ffi_context *context, const ffi_ctype *signature, unsigned drop, char *buffer,
                        size_t size) {
    if (!context) return fail_null(__func__, "context"), 0;
    if (!(signature = type_called_by(__func__, context, signature))) return 0;
    struct text  text  = {.buffer = buffer, .size = buffer ? size : 0};
    struct shift shift = {.drop = drop};
    os_lock_take(&context->lock);
    if (shift_plan(context, signature, &shift)) put_moves(&text, &shift);
    os_lock_give(&context->lock);
    return text.length;
}
