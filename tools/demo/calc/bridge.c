/* SPDX-License-Identifier: MIT */
/* The bridge: converts values of the language to the layer's and back, and makes callbacks of closures. */
#include "calc.h"

static _Noreturn void fail_so(struct calc *calc) {
    fail(calc, "%s", ffi_last_message());
}

static struct value from_any(struct calc *calc, const ffi_any *any) {
    struct value value = {.kind = NUMBER};
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_NIL: value.kind = NIL; break;
    case FFI_ANY_BOOL: value.as.number = any->as.b; break;
    case FFI_ANY_INT: value.as.number = (double)any->as.i64; break;
    case FFI_ANY_UINT: value.as.number = (double)any->as.u64; break;
    case FFI_ANY_REAL: value.as.number = any->as.f64; break;
    case FFI_ANY_TEXT:
        value.kind = TEXT;
        if (!(value.as.text = ffi_arena_text(calc->arena, any->as.text, any->length))) fail_so(calc);
        break;
    case FFI_ANY_LIST:
        value = list_of(calc, any->length);
        for (size_t i = 0; i < any->length; i++) value.as.list->items[i] = from_any(calc, &any->as.list[i]);
        break;
    default: /* an OBJECT ends with the context */
        value.kind      = any->kind == FFI_ANY_RECORD ? RECORD : POINTER;
        value.as.memory = (struct memory){any->type, any->as.ptr};
        if (any->kind == FFI_ANY_OBJECT) value.as.memory.at = ffi_object_pointer(any->as.object);
    }
    return value;
}

/* `wanted` is the type of the parameter, which has the signature for a closure, or NULL. */
static ffi_any to_any(struct calc *calc, struct value value, const ffi_ctype *wanted);

static int call_back(const ffi_any *args, int count, ffi_any *result, void *userdata) {
    struct closure *closure = userdata;
    struct value    values  = list_of(closure->calc, (size_t)count);
    for (int i = 0; i < count; i++) values.as.list->items[i] = from_any(closure->calc, &args[i]);
    *result = to_any(closure->calc, call_closure(closure->calc, closure, values.as.list), NULL);
    return 0;
}

/* Makes a callback of a closure. It lives as long as the script, since C may keep it. */
static ffi_any code_of(struct calc *calc, struct closure *closure, const ffi_ctype *wanted) {
    if (ffi_type_class(wanted) != FFI_CLASS_FUNCTION) fail(calc, "a function can stand for a function only");
    ffi_callback *made = ffi_callback_any(calc->context, ffi_type_target(wanted), call_back, closure, NULL);
    if (!made) fail_so(calc);
    return ffi_any_function(ffi_type_target(wanted), ffi_callback_code(made));
}

static ffi_any to_any(struct calc *calc, struct value value, const ffi_ctype *wanted) {
    struct memory memory = value.as.memory;
    size_t        count  = value.kind == LIST ? value.as.list->count : 0;
    ffi_any      *items  = count ? allocate(calc, count * sizeof *items) : NULL;
    switch (value.kind) {
    case NUMBER: return ffi_any_real(value.as.number);
    case TEXT: return ffi_any_text(value.as.text);
    case NATIVE: return ffi_any_function(NULL, ffi_function_address(value.as.native));
    case CLOSURE: return code_of(calc, value.as.closure, wanted);
    case POINTER: return ffi_any_pointer_of(memory.type, memory.at);
    case RECORD: return ffi_any_record(memory.type, memory.at);
    case LIST:
        for (size_t i = 0; i < count; i++) items[i] = to_any(calc, value.as.list->items[i], NULL);
        return ffi_any_list(items, count);
    default: return ffi_any_nil();
    }
}

struct value bridge_call(struct calc *calc, const ffi_function *function, const struct list *args) {
    const ffi_shape *shape = ffi_function_shape(function);
    ffi_any          result, *values = allocate(calc, args->count * sizeof *values);
    for (size_t i = 0; i < args->count; i++)
        values[i] = to_any(calc, args->items[i], i < shape->count ? shape->parameters[i].type : NULL);
    if (ffi_invoke_any_in(function, &result, values, args->count, calc->arena)) fail_so(calc);
    return from_any(calc, &result);
}

struct value bridge_import(struct calc *calc, const char *name, const char *library) {
    ffi_library  *opened   = ffi_library_open(calc->context, library, 0);
    ffi_function *function = opened ? ffi_library_function(opened, name, NULL) : NULL;
    if (!function || !ffi_function_shape(function)) fail_so(calc);
    return (struct value){.kind = NATIVE, .as.native = function};
}

struct value bridge_record(struct calc *calc, const char *text, void *at) {
    const ffi_ctype *type = ffi_type_parse(calc->context, text);
    if (!type || !ffi_type_is_complete(type)) fail(calc, "%s", type ? "it has no size" : ffi_last_message());
    if (!at) at = allocate(calc, ffi_type_size(type));
    return (struct value){.kind = RECORD, .as.memory = {type, at}};
}

struct value bridge_part(struct calc *calc, struct memory record, const char *path,
                         const struct value *stored) {
    ffi_any any = stored ? to_any(calc, *stored, NULL) : ffi_any_nil();
    if (stored ? ffi_store_path(record.type, record.at, path, &any)
               : ffi_load_path(record.type, record.at, path, &any))
        fail_so(calc);
    return stored ? *stored : from_any(calc, &any);
}

void bridge_read(struct calc *calc, const char *text, bool header) {
    if (header ? ffi_declare_headers(calc->context, &text, 1, NULL) : ffi_declare(calc->context, text))
        fail_so(calc);
}
