/* SPDX-License-Identifier: MIT */
/* Calls of the host's functions with values: from a registry, where a signature may check arguments and result,
 * and from native code by a callback. */
#include "embed.h"
#include "embed/os/system.h"

#include <stdlib.h>

enum { FEW = 32 };

/* Whether a call that returned this left an error of its own. */
static bool has_failed(int status) {
    return status > 0 && status == (int)ffi_last_error();
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
    if (count && !args) return embed_null(name, "args");
    return FFI_ERROR_NONE;
}

/* `*name` becomes the entry's name after the call, which may have removed the entry. */
static ffi_error call_entry(const struct head *head, ffi_any *result, const ffi_any *args, size_t count,
                            const char **name) {
    const void *handle = head_handle(head);
    int         status = head->as.entry.native(args, (int)count, result, head->as.entry.userdata);
    *name              = head_handle(head) == handle ? head->as.entry.name : "a removed function";
    if (!status) return FFI_ERROR_NONE;
    if (has_failed(status)) return ffi_last_error();
    return ffi_fail(FFI_ERROR_ARGUMENT, "%.200s failed with %d", *name, status);
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
    if (!error) error = call_entry(head, result, values, count, &conversion.name);
    if (!error && shape->result.what == FFI_CLASS_VOID) *result = ffi_any_nil();
    else if (!error) error = checked(&conversion, &shape->result, result, result);
    return error;
}

ffi_error native_call(const struct head *head, ffi_any *result, const ffi_any *args, size_t count) {
    ffi_any     few[FEW], *values = few, own = ffi_any_nil();
    const char *name;
    ffi_error   error = check_count(head, count, args);
    if (error) return error;
    if (!head->as.entry.function) {
        error = call_entry(head, &own, args, count, &name);
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

bool native_has_failed(uint64_t before) {
    bool failed = failures != before;
    failures    = before;
    return failed;
}

/* Guards the types of a context, which callbacks read. They may be called, and dropped, after the context's end,
 * so malloc() allocates it. */
struct gate {
    _Atomic size_t holds;  /* the context's, and one of each callback */
    _Atomic size_t inside; /* number of threads that read types: the context's end waits for them */
    _Atomic bool   closed;
};

static bool enter(struct gate *gate) {
    atomic_fetch_add(&gate->inside, 1);
    if (!atomic_load(&gate->closed)) return true;
    atomic_fetch_sub(&gate->inside, 1);
    return false;
}

static void leave(struct gate *gate) {
    atomic_fetch_sub(&gate->inside, 1);
}

static void release(struct gate *gate) {
    if (atomic_fetch_sub(&gate->holds, 1) == 1) free(gate);
}

static void close_gate(ffi_context *context, void *value) {
    struct gate *gate = value;
    (void)context;
    atomic_store(&gate->closed, true);
    while (atomic_load(&gate->inside)) system_yield();
    release(gate);
}

/* The gate of a context, held once more. NULL with an error. */
static struct gate *gate_of(ffi_context *context) {
    static const char key;
    struct gate      *gate = ffi_context_attached(context, &key);
    if (!gate) {
        struct gate *made = malloc(sizeof *made);
        if (!made) return ffi_fail(FFI_ERROR_MEMORY, "ffi_callback_any: out of memory"), NULL;
        *made = (struct gate){.holds = 1};
        gate  = ffi_context_attach(context, &key, made, close_gate);
        if (gate != made) free(made);
        if (!gate) return NULL;
    }
    atomic_fetch_add(&gate->holds, 1);
    return gate;
}

/* The userdata of a callback. */
struct valued {
    struct gate     *gate;
    const ffi_ctype *signature;
    size_t           count; /* of parameters */
    ffi_native      *native;
    void            *userdata;
    void (*drop)(void *userdata);
};

static void free_valued(struct valued *valued) {
    release(valued->gate);
    free(valued);
}

static void drop_valued(void *userdata) {
    struct valued *valued = userdata;
    if (valued->drop) valued->drop(valued->userdata);
    free_valued(valued);
}

static ffi_error load_arguments(const struct valued *valued, const ffi_value *args, ffi_any *values) {
    ffi_error error = FFI_ERROR_NONE;
    for (size_t i = 0; !error && i < valued->count; i++)
        error = ffi_load_argument(valued->signature, args, i, &values[i]);
    return error;
}

static ffi_error store_result(const struct valued *valued, void *at, const ffi_any *result) {
    const ffi_ctype *type  = ffi_type_target(valued->signature);
    ffi_error        error = ffi_type_size(type) ? ffi_store_any(type, at, result) : FFI_ERROR_NONE;
    return error ? ffi_fail(error, "the result of a callback: %s", ffi_last_message()) : FFI_ERROR_NONE;
}

/* Loads the arguments into `values`, calls, and stores the result. After the context's end nothing is called and
 * the result is zeroes. */
static ffi_error call_valued(const struct valued *valued, void *at, const ffi_value *args, ffi_any *values) {
    if (!enter(valued->gate)) return FFI_ERROR_NONE;
    ffi_any   result = ffi_any_nil();
    ffi_error error  = load_arguments(valued, args, values);
    leave(valued->gate);
    if (error) return error;
    int status = valued->native(values, (int)valued->count, &result, valued->userdata);
    if (status && has_failed(status)) return ffi_last_error();
    if (status) return ffi_fail(FFI_ERROR_ARGUMENT, "a callback failed with %d", status);
    if (!enter(valued->gate)) return FFI_ERROR_NONE;
    error = store_result(valued, at, &result);
    leave(valued->gate);
    return error;
}

static void handle_valued(void *at, const ffi_value *args, void *userdata) {
    const struct valued *valued = userdata;
    size_t               count  = valued->count;
    ffi_any              few[FEW], *values = count > FEW ? malloc(count * sizeof *values) : few;
    if (!values) ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu arguments of a callback", count), failures++;
    else if (call_valued(valued, at, args, values)) failures++;
    if (values != few) free(values);
}

ffi_callback *ffi_callback_any(ffi_context *context, const ffi_ctype *signature, ffi_native *native,
                               void *userdata, void (*drop)(void *userdata)) {
    if (!native) return embed_null(__func__, "native"), NULL;
    if (ffi_type_kind(signature) == FFI_KIND_POINTER) signature = ffi_type_target(signature);
    if (!context) return embed_null(__func__, "context"), NULL;
    struct gate   *gate   = gate_of(context);
    struct valued *valued = gate ? malloc(sizeof *valued) : NULL;
    if (!gate) return NULL;
    if (!valued) return release(gate), ffi_fail(FFI_ERROR_MEMORY, "%s: out of memory", __func__), NULL;
    size_t count           = ffi_type_parameter_count(signature);
    *valued                = (struct valued){gate, signature, count, native, userdata, drop};
    ffi_callback *callback = ffi_callback_owned(context, signature, handle_valued, valued, drop_valued);
    if (!callback) embed_failed(__func__), free_valued(valued);
    return callback;
}
