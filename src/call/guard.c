/* SPDX-License-Identifier: MIT */
/*
 * Guarded calls. A guarded function has another plan, which calls through an image and a stub that watches what
 * the callee must preserve. Everything else that a function has (kept errors, traces, frames) stands before its
 * plan's stub and stays as it is. A function that is not guarded has nothing of this.
 */
#include "plan/guard.h"

#include "base/string_builder.h"
#include "base/util.h"
#include "call/function.h"
#include "call/staging.h"
#include "plan/stubs.h"
#include "type/context.h"

#include <errno.h>

_Static_assert(offsetof(struct guard, after) == GUARDED_AFTER, "arch/offsets.h");
_Static_assert(offsetof(struct guard, frame) == GUARDED_FRAME, "arch/offsets.h");
_Static_assert(offsetof(struct guard, image) == GUARDED_IMAGE, "arch/offsets.h");
_Static_assert(offsetof(struct guard, vector) == GUARDED_VECTOR, "arch/offsets.h");

static const struct guarded_abi *guarded(const struct abi *abi) {
    const struct guarded_abi *record = guarded_abis;
    while (record->abi && record->abi != abi) record++;
    return record;
}

/* ---- calls ---- */

/* Values that no callee leaves by chance. The stub finds the guard by the first two. */
static void fill(struct guard *guard) {
    for (unsigned i = 0; i < GUARDED_WORDS; i++) guard->before[i] = 0x5afe5afe5afe0000 + i;
    memset(guard->after, 0, sizeof guard->after);
    guard->before[0] = (uintptr_t)guard;
    guard->before[1] = ~guard->before[0];
}

static uint64_t bits_of(const struct preserved *one) {
    return one->bits ? one->bits : UINT64_MAX;
}

static bool is_broken(const struct guard *guard, const struct preserved *one) {
    const uint64_t *before = &guard->before[one->word], *after = &guard->after[one->word];
    return ((before[0] ^ after[0]) & bits_of(one)) || (one->words > 1 && before[1] != after[1]);
}

static ffi_breach breach_of(const struct function *function, const struct guard *guard,
                            const struct preserved *one) {
    const uint64_t *before = &guard->before[one->word], *after = &guard->after[one->word];
    bool            both = one->words > 1;
    return (ffi_breach){.function = &function->head,
                        .name     = one->name,
                        .before   = {before[0] & bits_of(one), both ? before[1] : 0},
                        .after    = {after[0] & bits_of(one), both ? after[1] : 0}};
}

static void put_register(struct text *text, const uint64_t words[2]) {
    if (words[1]) text_put(text, "0x%llx%016llx", (unsigned long long)words[1], (unsigned long long)words[0]);
    else text_put(text, "0x%llx", (unsigned long long)words[0]);
}

static void set_message(const struct function *function, const struct guard *guard,
                        const struct preserved *registers) {
    char        list[3072];
    struct text text = {.buffer = list, .size = sizeof list};
    const char *abi  = function->plan->abi->convention.name;
    for (const struct preserved *one = registers; one->name; one++) {
        if (!is_broken(guard, one)) continue;
        ffi_breach breach = breach_of(function, guard, one);
        text_put(&text, "%s %s was ", text.length ? "," : "", one->name);
        put_register(&text, breach.before);
        text_put(&text, " and is ");
        put_register(&text, breach.after);
    }
    if (*function->name) fail(FFI_ERROR_ABI, "%.200s breaks ABI '%s':%s", function->name, abi, list);
    else fail(FFI_ERROR_ABI, "the function at %p breaks ABI '%s':%s", function->address, abi, list);
}

static void report_all(const struct function *function, const struct guard *guard,
                       const struct preserved *registers) {
    const ffi_context *context = function->plan->context;
    set_message(function, guard, registers);
    for (const struct preserved *one = registers; context->breach && one->name; one++) {
        if (!is_broken(guard, one)) continue;
        ffi_breach breach = breach_of(function, guard, one);
        context->breach(context->breach_userdata, &breach);
    }
}

/* What the callee has left as errors stays. */
static void check(const struct function *function, const struct guard *guard,
                  const struct preserved *registers) {
    unsigned system = os_last_error();
    int      left   = errno;
    bool     broken = false;
    for (const struct preserved *one = registers; one->name && !broken; one++) broken = is_broken(guard, one);
    if (!broken) return;
    report_all(function, guard, registers);
    os_set_last_error(system);
    errno = left;
}

static void call(const ffi_function *head, void *result, const void *args, bool behind_pointers) {
    const struct function    *function = (const struct function *)(const void *)head;
    const struct guarded_abi *record   = guarded(function->plan->abi);
    struct guard              guard;
    guard.vector = function->plan->vector;
    fill(&guard);
    stage_guard(head, result, args, behind_pointers, record->stub, &guard);
    check(function, &guard, record->registers);
}

static void stage_guarded(const ffi_function *head, void *result, const void *args) {
    call(head, result, args, false);
}

static void stage_guarded_pointers(const ffi_function *head, void *result, const void *args) {
    call(head, result, args, true);
}

/* ---- functions ---- */

/* The plan for guarded calls of what `plan` calls; NULL with an error. Under the context's lock. */
static const struct plan *guarded_plan(const struct plan *plan) {
    if (plan->is_guarded || plan->twin) return plan->is_guarded ? plan : plan->twin;
    const struct stubs *stubs = stubs_of(plan->abi);
    struct plan        *twin  = plan_make(plan->context, plan->signature, PLAN_STACK_LIMIT, true);
    const char         *why   = twin && stubs->lacking ? stubs->lacking(twin->vector) : NULL;
    if (!twin) return NULL;
    if (why) return fail(FFI_ERROR_UNSUPPORTED, "a guarded call of this function is impossible: %s", why), NULL;
    twin->is_guarded        = true;
    twin->stub.store        = stage_guarded;
    twin->pointers.store    = stage_guarded_pointers;
    twin->twin              = (struct plan *)(uintptr_t)plan;
    return twin->twin->twin = twin;
}

static void set_plan(struct function *function, const struct plan *plan) {
    function->plan = plan;
    function_capture(function, function->capture);
}

/* Makes what guarded calls of the functions of a list need. */
static bool prepare(const struct handle *list) {
    for (const struct handle *node = list; node; node = node->next) {
        const struct function *function = function_at((struct handle *)(uintptr_t)node);
        if (!guarded_plan(function->plan) || !prepare(function_forms(function))) return false;
    }
    return true;
}

/* Cannot fail after prepare(). */
static void set_guarded(struct function *function, bool on) {
    const struct plan *plan = function->plan;
    if (plan->is_guarded != on) set_plan(function, on ? guarded_plan(plan) : plan->twin);
    for (struct handle *node = function_forms(function); node; node = node->next)
        set_guarded(function_at(node), on);
}

ffi_error ffi_function_guard(ffi_function *function, bool guarded) {
    if (!function) return fail_null(__func__, "function");
    struct function *base    = (struct function *)(void *)function;
    ffi_context     *context = base->plan->context;
    os_lock_take(&context->lock);
    bool good = handle_is_live(&base->node);
    if (!good) fail(FFI_ERROR_ARGUMENT, "%s: this function was freed before", __func__);
    good = good && (!guarded || (guarded_plan(base->plan) && prepare(function_forms(base))));
    if (good) context->guarded_plan = guarded_plan;
    if (good) set_guarded(base, guarded);
    os_lock_give(&context->lock);
    return good ? FFI_ERROR_NONE : ffi_last_error();
}

ffi_error ffi_context_guard(ffi_context *context, bool guarded, ffi_report_breach *report, void *userdata) {
    if (!context) return fail_null(__func__, "context");
    os_lock_take(&context->lock);
    bool good = !guarded || prepare(context->functions.live);
    if (good) {
        context->guarded_plan    = guarded_plan;
        context->guards_new      = guarded;
        context->breach          = report;
        context->breach_userdata = userdata;
        for (struct handle *node = context->functions.live; node; node = node->next)
            set_guarded(function_at(node), guarded);
    }
    os_lock_give(&context->lock);
    return good ? FFI_ERROR_NONE : ffi_last_error();
}
