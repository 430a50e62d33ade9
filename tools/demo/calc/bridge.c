/* SPDX-License-Identifier: MIT */
/* The bridge: values of the language to the layer's and back, and closures as function pointers. */
#include "calc.h"

/* What the layer says failed, with the script's line. */
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
    case FFI_ANY_OBJECT: /* what is `own`: it ends with the script */
        value.kind      = POINTER;
        value.as.memory = (struct memory){any->type, ffi_object_pointer(any->as.object)};
        break;
    default:
        value.kind      = any->kind == FFI_ANY_RECORD ? RECORD : POINTER;
        value.as.memory = (struct memory){any->type, any->as.ptr};
    }
    return value;
}

/* ---- closures as function pointers: they live as long as the script, since C may keep them ---- */

struct callback {
    struct calc     *calc;
    struct closure  *closure;
    const ffi_ctype *signature;
};

static ffi_any to_any(struct calc *calc, struct value value, const ffi_ctype *wanted);

static void handle(void *result, const ffi_value *args, void *userdata) {
    struct callback *callback = userdata;
    struct calc     *calc     = callback->calc;
    const ffi_ctype *type     = ffi_type_target(callback->signature);
    struct value     values   = list_of(calc, ffi_type_parameter_count(callback->signature));
    ffi_any          any;
    for (size_t i = 0; i < values.as.list->count; i++) {
        if (ffi_load_argument(callback->signature, args, i, &any)) fail_so(calc);
        values.as.list->items[i] = from_any(calc, &any);
    }
    any = to_any(calc, call_closure(calc, callback->closure, values.as.list), type);
    if (ffi_type_size(type) && ffi_store_any(type, result, &any)) fail_so(calc);
}

static void *code_of(struct calc *calc, struct closure *closure, const ffi_ctype *pointer) {
    struct callback *own = allocate(calc, sizeof *own);
    *own                 = (struct callback){calc, closure, ffi_type_target(pointer)};
    ffi_callback *made   = ffi_callback_typed(calc->context, own->signature, handle, own);
    if (!made) fail_so(calc);
    return ffi_callback_code(made);
}

/* `wanted`: the type of the parameter, which tells the signature of a closure; NULL. */
static ffi_any to_any(struct calc *calc, struct value value, const ffi_ctype *wanted) {
    ffi_any any = ffi_any_nil(), *items;
    switch (value.kind) {
    case NIL: break;
    case NUMBER: return ffi_any_real(value.as.number);
    case TEXT: return ffi_any_text(value.as.text);
    case NATIVE: return ffi_any_function(NULL, ffi_function_address(value.as.native));
    case CLOSURE:
        if (ffi_type_class(wanted) != FFI_CLASS_FUNCTION)
            fail(calc, "a function can stand for a function only");
        return ffi_any_function(NULL, code_of(calc, value.as.closure, wanted));
    case POINTER:
        any      = ffi_any_pointer(value.as.memory.at);
        any.type = value.as.memory.type;
        break;
    case RECORD: return ffi_any_record(value.as.memory.type, value.as.memory.at);
    case LIST:
        items = allocate(calc, value.as.list->count * sizeof *items);
        for (size_t i = 0; i < value.as.list->count; i++)
            items[i] = to_any(calc, value.as.list->items[i], NULL);
        return ffi_any_list(items, value.as.list->count);
    }
    return any;
}

/* ---- what a script does with C ---- */

struct value bridge_call(struct calc *calc, const ffi_function *function, struct list *args) {
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

struct value bridge_new(struct calc *calc, const char *text) {
    const ffi_ctype *type = ffi_type_parse(calc->context, text);
    if (!type) fail_so(calc);
    return (struct value){.kind = RECORD, .as.memory = {type, allocate(calc, ffi_type_size(type))}};
}

struct value bridge_get(struct calc *calc, struct value record, const char *path) {
    ffi_any any;
    if (ffi_load_path(record.as.memory.type, record.as.memory.at, path, &any)) fail_so(calc);
    return from_any(calc, &any);
}

void bridge_set(struct calc *calc, struct value record, const char *path, struct value value) {
    ffi_any any = to_any(calc, value, NULL);
    if (ffi_store_path(record.as.memory.type, record.as.memory.at, path, &any)) fail_so(calc);
}

/* A pointer as the place of a value of this type. */
struct value bridge_at(struct calc *calc, struct value pointer, const char *text) {
    const ffi_ctype *type = ffi_type_parse(calc->context, text);
    if (!type) fail_so(calc);
    return bridge_get(calc, (struct value){.kind = RECORD, .as.memory = {type, pointer.as.memory.at}}, "");
}

void bridge_read(struct calc *calc, const char *text, bool header) {
    if (header ? ffi_declare_headers(calc->context, &text, 1, NULL) : ffi_declare(calc->context, text))
        fail_so(calc);
}
