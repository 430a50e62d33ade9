/* SPDX-License-Identifier: MIT */
/* Calls of the host's functions with values: from a registry, where a signature may check arguments and result,
 * and from native code by a callback. */
#include "embed.h"

#include <stdlib.h>

enum { FEW = 32 };

static ffi_error call_native(ffi_native *native, const ffi_any *args, size_t count, ffi_any *result,
                             void *userdata, const char *name) {
    int status = native(args, (int)count, result, userdata);
    if (!status) return FFI_ERROR_NONE;
    if (status > 0 && status == (int)ffi_last_error()) return ffi_last_error();
    return ffi_fail(FFI_ERROR_ARGUMENT, "%.200s failed with %d", name, status);
}

/* ---- entries ---- */

static bool is_number(const ffi_parameter *parameter) {
    return parameter->what >= FFI_CLASS_BOOL && parameter->what <= FFI_CLASS_REAL;
}

/* Checks a value by its type. A number gets the kind that ffi_load() gives it; other values stay as they are.
 */
static ffi_error checked(struct conversion *conversion, const ffi_parameter *parameter, const ffi_any *any,
                         ffi_any *to) {
    _Alignas(8) char number[8];
    ffi_any          value = *any;
    conversion->dry        = !is_number(parameter);
    ffi_error error        = convert(conversion, NULL, parameter->type, number, any);
    if (error) return error;
    if (is_number(parameter)) load_as(parameter->what, parameter->size, parameter->type, number, &value);
    *to = value;
    return FFI_ERROR_NONE;
}

static ffi_error check_count(const struct head *head, size_t count, const ffi_any *args) {
    const char  *name   = head->as.entry.name;
    const size_t least  = head->as.entry.function ? ffi_function_shape(head->as.entry.function)->count : 0;
    int          arity  = head->as.entry.arity;
    const char  *plural = arity >= 0 ? (arity == 1 ? "" : "s") : least == 1 ? " or more" : "s or more";
    if (arity >= 0 ? count != (size_t)arity : count < least)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%.200s takes %zu argument%s, got %zu", name,
                        arity >= 0 ? (size_t)arity : least, plural, count);
    if (count > INT32_MAX) return ffi_fail(FFI_ERROR_RANGE, "%.200s: %zu arguments are too many", name, count);
    if (count && !args) return embed_null("ffi_entry_call", "args");
    return FFI_ERROR_NONE;
}

static ffi_error call_entry(const struct head *head, ffi_any *result, const ffi_any *args, size_t count) {
    return call_native(head->as.entry.native, args, count, result, head->as.entry.userdata,
                       head->as.entry.name);
}

/* Checks the arguments and the result. Variable arguments are not checked. */
static ffi_error call_checked(const struct head *head, ffi_any *result, const ffi_any *args, size_t count,
                              ffi_any *values) {
    const ffi_function *function   = head->as.entry.function;
    const ffi_shape    *shape      = ffi_function_shape(function);
    struct conversion   conversion = {.name = head->as.entry.name, .function = function, .shape = shape};
    ffi_error           error      = FFI_ERROR_NONE;
    for (size_t i = 0; !error && i < count; i++) {
        conversion.index = i;
        if (i < shape->count) error = checked(&conversion, &shape->parameters[i], &args[i], &values[i]);
        else values[i] = args[i];
    }
    conversion.index = FFI_RESULT;
    if (!error) error = call_entry(head, result, values, count);
    if (!error && shape->result.what == FFI_CLASS_VOID) *result = ffi_any_nil();
    else if (!error) error = checked(&conversion, &shape->result, result, result);
    return error;
}

ffi_error native_call(const struct head *head, ffi_any *result, const ffi_any *args, size_t count) {
    ffi_any   few[FEW], *values = few, own = ffi_any_nil();
    ffi_error error = check_count(head, count, args);
    if (error) return error;
    if (!head->as.entry.function) {
        error = call_entry(head, &own, args, count);
    } else {
        ffi_context *context = layer_context(head->layer);
        size_t       size    = count * sizeof *values;
        if (count > FEW && !(values = ffi_context_memory(context, NULL, 0, size))) return ffi_last_error();
        error = call_checked(head, &own, args, count, values);
        if (values != few) ffi_context_memory(context, values, size, 0);
    }
    if (!error && result) *result = own;
    return error;
}

/* ---- callbacks ---- */

static _Thread_local uint64_t failures;

void ffi_callback_failed(void) {
    failures++;
}

uint64_t native_failures(void) {
    return failures;
}

/* The userdata of a callback. It may be dropped after the context's end, so malloc() allocates it. */
struct valued {
    const ffi_ctype *signature;
    ffi_native      *native;
    void            *userdata;
    void (*drop)(void *userdata);
};

static void drop_valued(void *userdata) {
    struct valued *valued = userdata;
    if (valued->drop) valued->drop(valued->userdata);
    free(valued);
}

/* Loads the arguments into `values`, calls, and stores the result. */
static ffi_error call_valued(const struct valued *valued, void *at, const ffi_value *args, ffi_any *values,
                             size_t count) {
    const ffi_ctype *type   = ffi_type_target(valued->signature);
    ffi_any          result = ffi_any_nil();
    ffi_error        error  = FFI_ERROR_NONE;
    for (size_t i = 0; !error && i < count; i++)
        error = ffi_load_argument(valued->signature, args, i, &values[i]);
    if (!error) error = call_native(valued->native, values, count, &result, valued->userdata, "a callback");
    return error || !ffi_type_size(type) ? error : ffi_store_any(type, at, &result);
}

static void handle_valued(void *at, const ffi_value *args, void *userdata) {
    const struct valued *valued = userdata;
    size_t               count  = ffi_type_parameter_count(valued->signature);
    ffi_any              few[FEW], *values = count > FEW ? malloc(count * sizeof *values) : few;
    if (!values) ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu arguments of a callback", count), failures++;
    else if (call_valued(valued, at, args, values, count)) failures++;
    if (values != few) free(values);
}

ffi_callback *ffi_callback_any(ffi_context *context, const ffi_ctype *signature, ffi_native *native,
                               void *userdata, void (*drop)(void *userdata)) {
    if (!native) return embed_null(__func__, "native"), NULL;
    if (ffi_type_kind(signature) == FFI_KIND_POINTER) signature = ffi_type_target(signature);
    struct valued *valued = malloc(sizeof *valued);
    if (!valued) return ffi_fail(FFI_ERROR_MEMORY, "%s: out of memory", __func__), NULL;
    *valued                = (struct valued){signature, native, userdata, drop};
    ffi_callback *callback = ffi_callback_owned(context, signature, handle_valued, valued, drop_valued);
    if (!callback) free(valued);
    return callback;
}
