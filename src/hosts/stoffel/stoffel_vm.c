/* SPDX-License-Identifier: MIT */
/* StoffelVM's C API. This file converts its values to the layer's and back; the layer's registry does the rest.
 */
#include "stoffel_vm.h"

#include <ffi_embed.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A string that the VM owns. */
struct string {
    struct string *next, **link; /* in the list of its VM */
    char           text[];
};

struct vm {
    ffi_context   *context;
    ffi_registry  *names;
    struct string *strings;
    ffi_object   **objects; /* by the lower half of their ids */
    uint32_t       count, room, serial;
};

static int failed(const char *where, const char *what) {
    ffi_fail(FFI_ERROR_ARGUMENT, "%s: %s is NULL", where, what);
    return -1;
}

const char *stoffel_last_error(void) {
    return ffi_last_message();
}

/* ---- the VM ---- */

VMHandle stoffel_create_vm(void) {
    static atomic_uint serial;
    struct vm         *vm = calloc(1, sizeof *vm);
    if (!vm) return ffi_fail(FFI_ERROR_MEMORY, "%s: out of memory", __func__), NULL;
    vm->serial = (uint32_t)atomic_fetch_add(&serial, 1) + 1;
    if ((vm->context = ffi_context_new(NULL)) && (vm->names = ffi_registry_new(vm->context))) return vm;
    stoffel_destroy_vm(vm);
    return NULL;
}

void stoffel_destroy_vm(VMHandle handle) {
    struct vm *vm = handle;
    if (!vm) return;
    while (vm->strings) stoffel_free_string(vm->strings->text);
    ffi_registry_free(vm->names);
    ffi_context_free(vm->context);
    free(vm->objects);
    free(vm);
}

/* ---- strings ---- */

static const char *string_of(struct vm *vm, const char *text, size_t length) {
    struct string *string = malloc(sizeof *string + length + 1);
    if (!string) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: a string of %zu bytes", length), NULL;
    memcpy(string->text, text, length);
    string->text[length] = 0;
    string->link         = &vm->strings;
    string->next         = vm->strings;
    if (string->next) string->next->link = &string->next;
    vm->strings = string;
    return string->text;
}

void stoffel_free_string(char *str) {
    if (!str) return;
    struct string *string = (struct string *)(void *)(str - offsetof(struct string, text));
    *string->link         = string->next;
    if (string->next) string->next->link = string->link;
    free(string);
}

int stoffel_create_string(VMHandle handle, const char *str, StoffelValue *result) {
    if (!handle) return failed(__func__, "handle");
    if (!str) return failed(__func__, "str");
    if (!result) return failed(__func__, "result");
    const char *text = string_of(handle, str, strlen(str));
    if (!text) return -1;
    result->value_type      = STOFFEL_VALUE_STRING;
    result->data.string_val = text;
    return 0;
}

/* ---- foreign objects ---- */

/* An id has the VM's serial number above the object's number, which counts from 1: so a VM knows the ids that it made.
 * In the layer's value of an object, `length` is that number. */
_Static_assert(sizeof(size_t) == 8, "an id has two numbers of 32 bits");

static bool object_of(const struct vm *vm, size_t id, ffi_any *any) {
    uint32_t number = (uint32_t)id;
    if (id >> 32 != vm->serial || !number || number > vm->count)
        return ffi_fail(FFI_ERROR_ARGUMENT, "the VM has made no foreign object with the id %zu", id), false;
    *any        = ffi_any_object(vm->objects[number - 1]);
    any->length = number;
    return true;
}

/* Gives an object of the layer a number. The context frees the object of a failure, too. */
static bool number_object(struct vm *vm, ffi_any *any) {
    if (vm->count == vm->room) {
        uint32_t     room  = vm->room < UINT32_MAX / 2 ? 2 * vm->room + 16 : vm->room;
        ffi_object **moved = room > vm->room ? realloc(vm->objects, room * sizeof *moved) : NULL;
        if (!moved) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %u foreign objects", vm->count), false;
        vm->objects = moved;
        vm->room    = room;
    }
    vm->objects[vm->count] = any->as.object;
    any->length            = ++vm->count;
    return true;
}

/* ---- values ---- */

/* OBJECT, ARRAY and CLOSURE have no kind in the layer: they become a UINT whose `length` is their type. */
static bool to_any(const struct vm *vm, const StoffelValue *value, ffi_any *any) {
    switch (value->value_type) {
    case STOFFEL_VALUE_UNIT: *any = ffi_any_nil(); return true;
    case STOFFEL_VALUE_INT: *any = ffi_any_int(value->data.int_val); return true;
    case STOFFEL_VALUE_FLOAT: *any = ffi_any_real(value->data.float_val); return true;
    case STOFFEL_VALUE_BOOL: *any = ffi_any_bool(value->data.bool_val != 0); return true;
    case STOFFEL_VALUE_STRING: *any = ffi_any_text(value->data.string_val); return true;
    case STOFFEL_VALUE_FOREIGN: return object_of(vm, value->data.foreign_id, any);
    case STOFFEL_VALUE_OBJECT:
    case STOFFEL_VALUE_ARRAY:
    case STOFFEL_VALUE_CLOSURE:
        *any        = ffi_any_uint(value->data.object_id);
        any->length = (uint32_t)value->value_type;
        return true;
    }
    ffi_fail(FFI_ERROR_TYPE, "a value of the unknown type %d", (int)value->value_type);
    return false;
}

static bool from_any(struct vm *vm, bool copies_text, const ffi_any *any, StoffelValue *value) {
    memset(value, 0, sizeof *value);
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_NIL: value->value_type = STOFFEL_VALUE_UNIT; return true;
    case FFI_ANY_BOOL:
        value->value_type    = STOFFEL_VALUE_BOOL;
        value->data.bool_val = any->as.b;
        return true;
    case FFI_ANY_UINT:
        if (any->length) value->value_type = (StoffelValueType)any->length;
        else value->value_type = STOFFEL_VALUE_INT;
        value->data.int_val = any->as.i64;
        if (any->length || any->as.u64 <= INT64_MAX) return true;
        ffi_fail(FFI_ERROR_RANGE, "%llu is more than an INT holds", (unsigned long long)any->as.u64);
        return false;
    case FFI_ANY_INT:
        value->value_type   = STOFFEL_VALUE_INT;
        value->data.int_val = any->as.i64;
        return true;
    case FFI_ANY_REAL:
        value->value_type     = STOFFEL_VALUE_FLOAT;
        value->data.float_val = any->as.f64;
        return true;
    case FFI_ANY_TEXT:
        value->value_type      = STOFFEL_VALUE_STRING;
        value->data.string_val = copies_text ? string_of(vm, any->as.text, strlen(any->as.text)) : any->as.text;
        return value->data.string_val != NULL;
    case FFI_ANY_OBJECT:
        value->value_type      = STOFFEL_VALUE_FOREIGN;
        value->data.foreign_id = (size_t)vm->serial << 32 | any->length;
        return true;
    default: break;
    }
    ffi_fail(FFI_ERROR_TYPE, "a %s is no value of the VM", ffi_any_name((ffi_any_kind)any->kind));
    return false;
}

/* A native pointer becomes a foreign object. */
static bool take_result(struct vm *vm, ffi_any *any, StoffelValue *value) {
    if (any->kind == FFI_ANY_POINTER || any->kind == FFI_ANY_FUNCTION) {
        ffi_object *object = ffi_object_new(vm->context, any->as.ptr, NULL);
        if (!object) return false;
        *any = ffi_any_object(object);
    }
    if (any->kind == FFI_ANY_OBJECT && !any->length && !number_object(vm, any)) return false;
    return from_any(vm, true, any, value);
}

/* ---- functions ---- */

enum { FEW = 16 };

struct client {
    struct vm       *vm;
    CForeignFunction function;
};

/* A client's function, which the registry calls. */
static int call_client(const ffi_any *args, int count, ffi_any *result, void *userdata) {
    const struct client *client = userdata;
    StoffelValue         few[FEW], *values = few, answer;
    if (count > FEW && !(values = malloc((size_t)count * sizeof *values)))
        return (int)ffi_fail(FFI_ERROR_MEMORY, "out of memory: %d arguments", count);
    bool good = true;
    for (int i = 0; good && i < count; i++) good = from_any(client->vm, false, &args[i], &values[i]);
    memset(&answer, 0, sizeof answer);
    int status = good ? client->function(values, count, &answer) : (int)ffi_last_error();
    if (!status && !to_any(client->vm, &answer, result)) status = (int)ffi_last_error();
    if (values != few) free(values);
    return status;
}

/* A buffer is the memory of what call_client() takes. */
int stoffel_register_foreign_function(VMHandle handle, const char *name, CForeignFunction func) {
    struct vm *vm = handle;
    if (!vm) return failed(__func__, "handle");
    if (!name) return failed(__func__, "name");
    if (!func) return failed(__func__, "func");
    ffi_buffer *kept = ffi_buffer_new(vm->context, sizeof(struct client));
    if (!kept) return -1;
    void *userdata = memcpy(ffi_buffer_data(kept), &(struct client){vm, func}, sizeof(struct client));
    if (!ffi_registry_add(vm->names, name, call_client, -1, userdata)) return 0;
    ffi_buffer_free(kept);
    return -1;
}

int stoffel_register_native_function(VMHandle handle, const char *library, const char *name,
                                     const char *signature) {
    struct vm *vm = handle;
    if (!vm) return failed(__func__, "handle");
    if (!name) return failed(__func__, "name");
    ffi_library *opened = ffi_library_open(vm->context, library, 0);
    if (!opened) return -1;
    ffi_error error = ffi_registry_bind(vm->names, opened, name, signature);
    ffi_library_close(opened);
    return error ? -1 : 0;
}

int stoffel_register_foreign_object(VMHandle handle, void *object, StoffelValue *result) {
    struct vm *vm = handle;
    if (!vm) return failed(__func__, "handle");
    if (!result) return failed(__func__, "result");
    ffi_object *kept_object = ffi_object_new(vm->context, object, NULL);
    if (!kept_object) return -1;
    ffi_any any = ffi_any_object(kept_object);
    return take_result(vm, &any, result) ? 0 : -1;
}

int stoffel_execute_with_args(VMHandle handle, const char *function_name, const StoffelValue *args,
                              int arg_count, StoffelValue *result) {
    struct vm *vm = handle;
    ffi_any    few[FEW], *values = few, answer = ffi_any_nil();
    if (!vm) return failed(__func__, "handle");
    if (!function_name) return failed(__func__, "function_name");
    if (arg_count < 0 || (arg_count && !args)) return failed(__func__, "args");
    if (arg_count > FEW && !(values = malloc((size_t)arg_count * sizeof *values)))
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %d arguments", arg_count), -1;
    bool good = true;
    for (int i = 0; good && i < arg_count; i++) good = to_any(vm, &args[i], &values[i]);
    const ffi_entry *entry = good ? ffi_registry_find(vm->names, function_name) : NULL;
    bool called = entry && !ffi_entry_call(entry, &answer, arg_count ? values : NULL, (size_t)arg_count);
    good        = called && (!result || take_result(vm, &answer, result));
    if (called && answer.kind == FFI_ANY_TEXT && ffi_entry_function(entry))
        ffi_any_free(ffi_entry_function(entry), &answer); /* own(...): the VM has a copy */
    if (values != few) free(values);
    return good ? 0 : -1;
}

int stoffel_execute(VMHandle handle, const char *function_name, StoffelValue *result) {
    return stoffel_execute_with_args(handle, function_name, NULL, 0, result);
}
