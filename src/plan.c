/* SPDX-License-Identifier: MIT */
/*
 * Plans: made from a signature by its ABI's classifier, interned, printed. No register is named here.
 */
#include "plan.h"

#include "abi.h"
#include "context.h"
#include "text.h"

#include <stdio.h>

_Static_assert(offsetof(struct plan, gpr) == PLAN_GPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, fpr) == PLAN_FPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, nstack) == PLAN_NSTACK, "arch/layout.h");
_Static_assert(offsetof(struct plan, nfpr) == PLAN_NFPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, stack) == PLAN_STACK, "arch/layout.h");
_Static_assert(FFI_MAX_ARGUMENTS <= UINT16_MAX, "a slot's number fits gpr and fpr");

static uint8_t ret_of(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_VOID: return RET_VOID;
    case FFI_KIND_BOOL:
    case FFI_KIND_I8:
    case FFI_KIND_U8: return RET_8;
    case FFI_KIND_I16:
    case FFI_KIND_U16: return RET_16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return RET_32;
    case FFI_KIND_F32: return RET_F32;
    case FFI_KIND_F64: return RET_F64;
    default: return RET_64;
    }
}

static uint8_t move_of(ffi_kind kind, bool variable) {
    switch (kind) {
    case FFI_KIND_I8: return MOVE_I8;
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return MOVE_U8;
    case FFI_KIND_I16: return MOVE_I16;
    case FFI_KIND_U16: return MOVE_U16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return MOVE_32;
    case FFI_KIND_F32: return variable ? MOVE_F32_F64 : MOVE_32;
    default: return MOVE_64;
    }
}

static const struct extension *extensions_of(ffi_context *context, const uint8_t *moves, size_t count) {
    struct extension *extensions = arena_new(&context->arena, context, count * sizeof *extensions);
    for (size_t i = 0; extensions && i < count; i++) {
        bool narrow        = moves[i] != MOVE_64 && moves[i] != MOVE_32;
        bool byte          = moves[i] == MOVE_I8 || moves[i] == MOVE_U8;
        bool sign          = moves[i] == MOVE_I8 || moves[i] == MOVE_I16;
        extensions[i].mask = !narrow ? UINT64_MAX : byte ? 0xff : 0xffff;
        extensions[i].sign = sign ? extensions[i].mask / 2 + 1 : 0;
    }
    return extensions;
}

static const struct plan *plan_new(ffi_context *context, const ffi_ctype *signature) {
    size_t       words = round_up(signature->count, 2); /* an argument takes one word at most */
    size_t       size  = sizeof(struct plan) + words * sizeof(uint32_t) + signature->count;
    struct plan *plan  = arena_new(&context->arena, context, size);
    if (!plan) return NULL;
    plan->signature = signature;
    plan->context   = context;
    plan->count     = (uint32_t)signature->count;
    plan->ret       = ret_of(type_machine(signature->target));

    bool     words_only = true, slots_only = true, promoted = false;
    uint8_t *moves = (uint8_t *)(plan->stack + words);
    plan->moves    = moves;
    for (size_t i = 0; i < signature->count; i++) {
        moves[i] = move_of(type_machine(signature->params[i]), i >= signature->fixed);
        words_only &= moves[i] == MOVE_64;
        slots_only &= moves[i] == MOVE_64 || moves[i] == MOVE_32;
        promoted |= moves[i] == MOVE_F32_F64;
    }
    if (!slots_only && !promoted && !(plan->extensions = extensions_of(context, moves, signature->count)))
        return NULL;
    signature->abi->classify(plan);
    plan->words    = plan->nstack;
    plan->nstack   = (uint32_t)round_up(plan->nstack, 2);
    plan->core     = abi_stub(plan);
    plan->stub     = slots_only ? plan->core : promoted ? stage_promoted : stage_extended;
    plan->pointers = words_only ? abi_pointers_stub(plan) : NULL;
    if (!plan->pointers) plan->pointers = stage_pointers;
    return plan;
}

static bool is_for(const void *plan, const void *signature) {
    return ((const struct plan *)plan)->signature == signature;
}

const struct plan *plan_of(ffi_context *context, const ffi_ctype *signature) {
    uint64_t           hash = hash_word(0, (uintptr_t)signature);
    const struct plan *plan = map_find(&context->plans, hash, is_for, signature);
    if (plan) return plan;
    plan = plan_new(context, signature);
    return plan && map_add(&context->plans, context, hash, (void *)plan) ? plan : NULL;
}

/* ---- printing ---- */

/* Where slot `slot` goes. A slot feeds one register or one word. */
static void put_place(struct text *text, const struct plan *plan, size_t slot) {
    const struct abi *abi = plan->signature->abi;
    for (unsigned k = 0; k < plan->ngpr; k++)
        if (plan->gpr[k] == slot) {
            text_put(text, "%s", abi->gpr[k]);
            return;
        }
    for (unsigned k = 0; k < plan->nfpr; k++)
        if (plan->fpr[k] == slot) {
            text_put(text, "%s", abi->fpr[k]);
            return;
        }
    for (unsigned k = 0; k < plan->words; k++)
        if (plan->stack[k] == slot) text_put(text, "[sp+%u]", k * 8);
}

static const char *move_note(enum move move) {
    switch (move) {
    case MOVE_I8:
    case MOVE_I16: return "   sign-extended";
    case MOVE_U8:
    case MOVE_U16: return "   zero-extended";
    case MOVE_F32_F64: return "   as double";
    default: return "";
    }
}

static void put_row(struct text *text, const char *head, const ffi_ctype *type, int width) {
    text_put(text, "  %-8s  ", head);
    size_t end = text->length + (size_t)width;
    text_put_type(text, type);
    text_put(text, "%*s", (int)(end - text->length), "");
}

static void put_plan(struct text *text, const struct plan *plan) {
    const ffi_ctype  *signature = plan->signature;
    const struct abi *abi       = signature->abi;

    int width = (int)ffi_type_format(signature->target, NULL, 0);
    for (size_t i = 0; i < signature->count; i++) {
        int length = (int)ffi_type_format(signature->params[i], NULL, 0);
        width      = length > width ? length : width;
    }
    text_put(text, "%s: ", abi->name);
    text_put_type(text, signature);
    text_put(text, "\n");
    for (size_t i = 0; i < signature->count; i++) {
        char head[32];
        snprintf(head, sizeof head, "arg %zu", i);
        put_row(text, head, signature->params[i], width);
        text_put(text, "  -> ");
        put_place(text, plan, i);
        text_put(text, "%s\n", move_note(plan->moves[i]));
    }
    if (signature->variadic && abi->vector_count)
        text_put(text, "  %-8s  %-*s  =  %u\n", abi->vector_count, width, "", plan->nfpr);
    if (plan->nstack) text_put(text, "  %-8s  %-*s  =  %u bytes\n", "stack", width, "", plan->nstack * 8);
    put_row(text, "result", signature->target, width);
    if (plan->ret == RET_VOID) text_put(text, "  none\n");
    else
        text_put(text, "  <- %s\n",
                 plan->ret == RET_F32 || plan->ret == RET_F64 ? abi->fpr_result : abi->gpr_result);
}

size_t ffi_plan_format(ffi_context *context, const ffi_ctype *signature, char *buffer, size_t size) {
    if (!context) return fail_null(__func__, "context"), 0;
    if (!signature) return fail_null(__func__, "signature"), 0;
    if (signature->kind != FFI_KIND_FUNCTION)
        return fail(FFI_ERROR_TYPE, "ffi_plan_format: the type is not a signature"), 0;
    os_lock_take(&context->lock);
    const struct plan *plan = plan_of(context, signature);
    os_lock_give(&context->lock);
    if (!plan) return 0;
    struct text text = {.buffer = buffer, .size = buffer ? size : 0};
    put_plan(&text, plan);
    return text.length;
}
