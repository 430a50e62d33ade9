/* SPDX-License-Identifier: MIT */
/* Plans as text: a line for each argument, with the register names of the ABI. */
#include "base/string_builder.h"
#include "plan/abi.h"
#include "plan/plan.h"
#include "type/context.h"

#include <stdio.h>

static void put_location(struct text *text, const struct abi *abi, const struct move *move, bool result) {
    switch (move->location) {
    case LOCATION_GPR: text_put(text, "%s", (result ? abi->gpr_results : abi->gpr)[move->index]); break;
    case LOCATION_FPR: text_put(text, "%s", (result ? abi->fpr_results : abi->fpr)[move->index]); break;
    case LOCATION_STACK: text_put(text, "[sp+%u]", (unsigned)move->index); break;
    case LOCATION_X87: text_put(text, "st%u", (unsigned)move->index); break;
    }
}

static const char *note(const struct abi *abi, const ffi_ctype *type, enum move_op op) {
    switch (op) {
    case MOVE_32: return abi->sign_extends && type_machine(type) != FFI_KIND_F32 ? "   sign-extended" : "";
    case MOVE_I8:
    case MOVE_I16: return "   sign-extended";
    case MOVE_U8:
    case MOVE_U16: return type->kind == FFI_KIND_F16 ? "" : "   zero-extended";
    case MOVE_BOX_32:
    case MOVE_BOX_16: return "   NaN-boxed";
    case MOVE_F32_F64: return "   as double";
    case MOVE_COPY: return "   the address of a copy";
    default: return "";
    }
}

static void put_row(struct text *text, const char *head, const ffi_ctype *type, int width) {
    text_put(text, "  %-8s  ", head);
    size_t end = text->length + (size_t)width;
    text_put_type(text, type);
    if (text->length < end) text_put(text, "%*s", (int)(end - text->length), "");
}

static void put_argument(struct text *text, const struct plan *plan, size_t arg, int width) {
    const ffi_ctype *type = plan->signature->params[arg];
    const char      *join = "  -> ", *end = "   nowhere: it has no bytes to pass";
    char             head[32];
    snprintf(head, sizeof head, "arg %zu", arg);
    put_row(text, head, type, width);
    for (uint32_t i = 0; i < plan->nmoves + plan->nrepeats; i++) {
        const struct move *move = &plan->moves[i];
        if (move->arg != arg) continue;
        text_put(text, "%s", join);
        put_location(text, plan->abi, move, false);
        join = ", ";
        end  = note(plan->abi, type, (enum move_op)move->op);
    }
    text_put(text, "%s\n", end);
}

static void put_result(struct text *text, const struct plan *plan, int width) {
    const struct abi *abi  = plan->abi;
    const char       *join = "  <- ";
    put_row(text, "result", plan->signature->target, width);
    if (plan->sret) text_put(text, "  in memory, whose address is in %s", abi->gpr[plan->result_gpr]);
    else if (!plan->nresults) text_put(text, "  none");
    for (unsigned i = 0; i < plan->nresults; i++, join = ", ") {
        text_put(text, "%s", join);
        put_location(text, abi, &plan->results[i], true);
    }
    text_put(text, "\n");
}

/* The width of the column of types. A longer type shifts the rest of its line. */
static int width_of(const ffi_ctype *signature) {
    enum { WIDEST = 400 };
    struct text all   = {.size = 0};
    size_t      width = 0;
    for (size_t i = 0, begin = 0; i <= signature->count; i++, begin = all.length) {
        text_put_type(&all, i < signature->count ? signature->params[i] : signature->target);
        if (all.length - begin > width) width = all.length - begin;
    }
    return width < WIDEST ? (int)width : WIDEST;
}

static void put_plan(struct text *text, const struct plan *plan) {
    const ffi_ctype  *signature = plan->signature;
    const struct abi *abi       = plan->abi;

    int width = width_of(signature);
    text_put(text, "%s: ", abi->convention.name);
    text_put_type(text, signature);
    text_put(text, "\n");
    for (size_t i = 0; i < signature->count; i++) put_argument(text, plan, i, width);
    if (signature->variadic && abi->vector_count)
        text_put(text, "  %-8s  %-*s  =  %u\n", abi->vector_count, width, "", plan->nfpr);
    if (plan->nstack) text_put(text, "  %-8s  %-*s  =  %u bytes\n", "stack", width, "", plan->nstack * 8);
    put_result(text, plan, width);
}

size_t ffi_plan_format(ffi_context *context, const ffi_ctype *signature, char *buffer, size_t size) {
    if (!context) return fail_null(__func__, "context"), 0;
    if (!(signature = type_called_by(__func__, context, signature))) return 0;
    os_lock_take(&context->lock);
    struct text        text = {.buffer = buffer, .size = buffer ? size : 0};
    const struct plan *plan = plan_of(context, signature);
    if (plan) put_plan(&text, plan);
    os_lock_give(&context->lock);
    return text.length;
}
