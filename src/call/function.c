/* SPDX-License-Identifier: MIT */
/* Functions: an address with a plan; and variadic forms. library/bind.c finds the address in a library. */
#include "call/function.h"

#include "call/choose.h"
#include "call/staging.h"
#include "parse/signature.h"
#include "type/context.h"

_Static_assert(offsetof(struct function, address) == FUNCTION_ADDRESS, "arch/offsets.h");
_Static_assert(offsetof(struct function, plan) == FUNCTION_PLAN, "arch/offsets.h");

/* ---- making and freeing, under the lock ---- */

/* What calls by the plan alone. */
static ffi_function plain(const struct plan *plan) {
    return (ffi_function){.stub            = plan->stub,
                          .stub_result     = plan->stub_result,
                          .pointers        = plan->pointers,
                          .pointers_result = plan->pointers_result};
}

/* What keeps errno and, with `both`, the system's error. With errno alone a result stays in its register. */
static ffi_function capturing(const struct plan *plan, bool both) {
    ffi_function head = {.stub.store = stage_capture, .pointers.store = stage_capture_pointers};
    if (both)
        return (ffi_function){.stub.store = stage_capture_both, .pointers.store = stage_capture_both_pointers};
    head.stub_result = plan->stub_result;
    if (plan->stub_result >= FFI_RESULT_F32) head.stub.real = stage_capture_real;
    else if (plan->stub_result != FFI_RESULT_STORED) head.stub.word = stage_capture_word;
    return head;
}

void function_capture(struct function *function, unsigned flags) {
    const struct plan    *plan    = function->plan;
    const struct tracing *tracing = plan->context->tracing;
    if (ffi_type_annotations(function->signature, FFI_RESULT) & FFI_ANNOTATION_ERRNO_IF)
        flags |= FFI_CAPTURE_ERRNO;
    function->capture = (uint16_t)flags;
    if (tracing)
        function->head = (ffi_function){.stub.store = tracing->stub, .pointers.store = tracing->pointers};
    else if (flags) function->head = capturing(plan, flags & FFI_CAPTURE_LAST_ERROR);
    else function->head = plain(plan);
}

struct function *function_at(struct handle *node) {
    return (struct function *)(void *)((char *)node - offsetof(struct function, node));
}

static void free_name(ffi_context *context, struct function *function) {
    if (function->owns_name)
        memory_free(&context->heap, (void *)(uintptr_t)function->name, strlen(function->name) + 1);
}

static struct function *make(ffi_context *context, void *address, const ffi_ctype *signature, bool guarded,
                             const char *name, size_t length) {
    const struct plan *plan = plan_to_call(context, signature);
    if (plan && guarded) plan = context->guarded_plan(plan);
    if (!plan) return NULL;
    char *own = NULL;
    if (length && !(own = memory_new(&context->heap, length + 1))) return NULL;
    struct function *function =
        handle_new(&context->functions, &context->heap, sizeof *function, offsetof(struct function, node));
    if (!function) {
        memory_free(&context->heap, own, length + 1);
        return NULL;
    }
    *function = (struct function){
        .address = address, .plan = plan, .signature = signature, .name = own ? own : "", .owns_name = own};
    if (own) memcpy(own, name, length), own[length] = 0;
    function_capture(function, 0);
    return function;
}

struct function *function_make(ffi_context *context, void *address, const ffi_ctype *signature,
                               const char *name, size_t length) {
    return make(context, address, signature, context->guards_new, name, length);
}

struct derived *function_derived(struct function *function) {
    if (!function->derived) {
        function->derived = memory_new(&function->plan->context->heap, sizeof *function->derived);
        if (function->derived) *function->derived = (struct derived){NULL, NULL};
    }
    return function->derived;
}

/* Later calls jump to address 0 and crash there, not in a library that may be unloaded. */
static void end(ffi_context *context, struct function *function) {
    while (function_forms(function)) end(context, function_at(function->derived->forms));
    if (function->derived) {
        if (function->derived->shifted) context->end_shifted(context, function->derived->shifted);
        memory_free(&context->heap, function->derived, sizeof *function->derived);
    }
    handle_unlink(&function->node);
    free_name(context, function);
    *function = (struct function){.plan = function->plan, .signature = function->signature, .name = ""};
    handle_rest(&context->functions, &function->node);
}

static struct function *function_of(ffi_function *function) {
    return (struct function *)(void *)function;
}

static const struct function *const_function_of(const ffi_function *function) {
    return (const struct function *)(const void *)function;
}

/* Whether a function is alive. Fails with FFI_ERROR_ARGUMENT if it was freed. */
static bool is_live(const char *where, const struct function *function) {
    bool live = handle_is_live(&function->node);
    if (!live) fail(FFI_ERROR_ARGUMENT, "%s: this function was freed before", where);
    return live;
}

void ffi_function_free(ffi_function *function) {
    if (!function) return;
    struct function *freed   = function_of(function);
    ffi_context     *context = freed->plan->context;
    os_lock_take(&context->lock);
    bool         live              = is_live(__func__, freed);
    ffi_library *library           = freed->is_form || !live ? NULL : freed->library;
    void (*release)(ffi_library *) = context->release_library;
    if (live) end(context, freed);
    os_lock_give(&context->lock);
    if (library) release(library);
}

void functions_free(ffi_context *context) {
    while (context->functions.live) ffi_function_free(&function_at(context->functions.live)->head);
    handles_free(&context->functions, &context->heap, sizeof(struct function), offsetof(struct function, node));
}

/* ---- by address ---- */

/* False with FFI_ERROR_DENIED if the context's policy allows no addresses. */
static bool allows_address(const char *where, const ffi_context *context) {
    if (!context->locked || context->allows_addresses) return true;
    fail(FFI_ERROR_DENIED, "%s: the context's policy does not allow to bind an address", where);
    return false;
}

ffi_function *ffi_function_new(ffi_context *context, void *address, const char *signature) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!address) return fail_null(__func__, "address"), NULL;
    if (!allows_address(__func__, context)) return NULL;
    if (!signature) return fail_null(__func__, "signature"), NULL;
    struct declaration declaration;
    struct function   *function = NULL;
    os_lock_take(&context->lock);
    if (parse_signature(context, signature, &declaration) &&
        (function =
             function_make(context, address, declaration.type, declaration.name, declaration.name_length)))
        handle_link(&context->functions.live, &function->node);
    os_lock_give(&context->lock);
    return function ? &function->head : NULL;
}

static ffi_function *function_typed(ffi_context *context, void *address, const ffi_ctype *signature) {
    os_lock_take(&context->lock);
    struct function *function = function_make(context, address, signature, NULL, 0);
    if (function) handle_link(&context->functions.live, &function->node);
    os_lock_give(&context->lock);
    return function ? &function->head : NULL;
}

ffi_function *ffi_function_typed(ffi_context *context, void *address, const ffi_ctype *signature) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!address) return fail_null(__func__, "address"), NULL;
    if (!allows_address(__func__, context)) return NULL;
    signature = type_called_by(__func__, context, signature);
    return signature ? function_typed(context, address, signature) : NULL;
}

ffi_function *ffi_function_of(ffi_context *context, void *address, const ffi_ctype *result,
                              const ffi_ctype *const *params, size_t count) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!address) return fail_null(__func__, "address"), NULL;
    if (!allows_address(__func__, context)) return NULL;
    const ffi_ctype *signature =
        type_checked_signature(__func__, context, result, params, count, FFI_NOT_VARIADIC);
    return signature ? function_typed(context, address, signature) : NULL;
}

/* ---- forms and flags ---- */

ffi_error function_check_capture(const char *what, unsigned flags) {
    if (flags & ~(unsigned)(FFI_CAPTURE_ERRNO | FFI_CAPTURE_LAST_ERROR))
        return fail(FFI_ERROR_ARGUMENT, "%.200s: unknown flags 0x%x", what, flags);
    if (flags & FFI_CAPTURE_LAST_ERROR && !os_has_last_error)
        return fail(FFI_ERROR_UNSUPPORTED, "%.200s: FFI_CAPTURE_LAST_ERROR is for Windows only", what);
    return FFI_ERROR_NONE;
}

static struct function *find_form(struct function *base, const ffi_ctype *signature, const struct plan *plan) {
    for (struct handle *node = function_forms(base); node; node = node->next) {
        struct function *form = function_at(node);
        if (form->signature == signature && (form->plan == plan || form->plan == plan->twin)) return form;
    }
    return NULL;
}

/* The variadic form with this signature. NULL if `signature` is NULL, because making it failed. */
static struct function *form_of(struct function *base, const ffi_ctype *signature) {
    ffi_context       *context = base->plan->context;
    const struct plan *plan    = signature ? plan_of(context, signature) : NULL;
    struct function   *form    = plan ? find_form(base, signature, plan) : NULL;
    if (!plan || form || !function_derived(base)) return form;
    if (!(form = make(context, base->address, signature, base->plan->is_guarded, NULL, 0))) return NULL;
    form->name     = base->name;
    form->original = base;
    form->is_form  = true;
    function_capture(form, base->capture);
    handle_link(&base->derived->forms, &form->node);
    return form;
}

/* The function whose forms a call for `function` finds and makes. NULL with an error. */
static struct function *base_of(const char *where, struct function *function) {
    if (!is_live(where, function)) return NULL;
    if (function->is_form) return function->original;
    if (function->signature->variadic) return function;
    fail(FFI_ERROR_TYPE, "'%s' is not variadic: its signature has no '...'", function->name);
    return NULL;
}

ffi_function *ffi_function_variadic(ffi_function *function, const char *extra_types) {
    if (!function) return fail_null(__func__, "function"), NULL;
    if (!extra_types) return fail_null(__func__, "extra_types"), NULL;
    ffi_context     *context = function_of(function)->plan->context;
    struct function *form    = NULL;
    os_lock_take(&context->lock);
    struct function *base = base_of(__func__, function_of(function));
    if (base) form = form_of(base, parse_variadic(context, base->signature, extra_types));
    os_lock_give(&context->lock);
    return form ? &form->head : NULL;
}

ffi_function *ffi_function_variadic_typed(ffi_function *function, const ffi_ctype *const *extra, size_t count) {
    if (!function) return fail_null(__func__, "function"), NULL;
    if (count && !extra) return fail_null(__func__, "extra"), NULL;
    struct function *form    = NULL;
    ffi_context     *context = function_of(function)->plan->context;
    if (count > FFI_MAX_ARGUMENTS - function_of(function)->signature->fixed)
        return fail(FFI_ERROR_RANGE, "%s: more than %d arguments", __func__, FFI_MAX_ARGUMENTS), NULL;
    for (size_t i = 0; i < count; i++) {
        if (!extra[i]) return fail(FFI_ERROR_ARGUMENT, "%s: extra[%zu] is NULL", __func__, i), NULL;
        if (!type_belongs(__func__, context, extra[i])) return NULL;
    }
    os_lock_take(&context->lock);
    struct function *base = base_of(__func__, function_of(function));
    if (base) form = form_of(base, type_variadic(context, base->signature, extra, count));
    os_lock_give(&context->lock);
    return form ? &form->head : NULL;
}

ffi_error ffi_function_capture(ffi_function *function, unsigned flags) {
    if (!function) return fail_null(__func__, "function");
    if (function_check_capture(__func__, flags)) return ffi_last_error();
    struct function *base    = function_of(function);
    ffi_context     *context = base->plan->context;
    os_lock_take(&context->lock);
    bool live = is_live(__func__, base);
    if (live) function_capture(base, flags);
    for (struct handle *node = function_forms(base); node; node = node->next)
        function_capture(function_at(node), flags);
    os_lock_give(&context->lock);
    return live ? FFI_ERROR_NONE : FFI_ERROR_ARGUMENT;
}

/* ---- questions ---- */

void *ffi_function_address(const ffi_function *function) {
    return function ? const_function_of(function)->address : NULL;
}

const ffi_ctype *ffi_function_signature(const ffi_function *function) {
    return function ? const_function_of(function)->signature : NULL;
}

ffi_library *ffi_function_library(const ffi_function *function) {
    const struct function *own = const_function_of(function);
    if (own && own->is_form) own = own->original;
    return own ? own->library : NULL;
}

ffi_context *ffi_function_context(const ffi_function *function) {
    return function ? const_function_of(function)->plan->context : NULL;
}

const char *ffi_function_name(const ffi_function *function) {
    return function ? const_function_of(function)->name : "";
}

/* ---- calls, for who cannot inline them ---- */

void ffi_function_invoke(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_invoke(function, result, args);
}
