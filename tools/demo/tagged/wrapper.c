/* SPDX-License-Identifier: MIT */
/* The wrapper: the layer asks for the host's values by the functions below, and gives results and arguments of
 * callbacks as its own, which wrap() turns into the host's. */
#include "host.h"

#include <stdio.h>

/* One call: its arguments, and where its result goes. */
struct call {
    struct machine *machine;
    const value    *args;
    size_t          count;
    value           result;
};

static size_t count_of(void *state) {
    return ((struct call *)state)->count;
}
static ffi_host_value argument(void *state, size_t index) {
    return ((struct call *)state)->args[index];
}
static ffi_any_kind kind_of(void *state, ffi_host_value v) {
    static const ffi_any_kind kinds[] = {FFI_ANY_TEXT,     FFI_ANY_LIST,   FFI_ANY_RECORD, FFI_ANY_FUNCTION,
                                         FFI_ANY_FUNCTION, FFI_ANY_RECORD, FFI_ANY_POINTER};
    (void)state;
    if (tag_of(v) < TAG_CONSTANT) return FFI_ANY_REAL;
    if (tag_of(v) == TAG_INTEGER) return FFI_ANY_INT;
    if (tag_of(v) == TAG_CONSTANT) return v == NIL ? FFI_ANY_NIL : FFI_ANY_BOOL;
    return kinds[cell_of(v)->kind];
}
static bool boolean(void *state, ffi_host_value v) {
    return (void)state, v == TRUE;
}
static int64_t integer(void *state, ffi_host_value v) {
    return (void)state, (int32_t)v;
}
static double real(void *state, ffi_host_value v) {
    return (void)state, number_of(v);
}
static const char *text(void *state, ffi_host_value v, size_t *length) {
    (void)state, *length = cell_of(v)->length;
    return cell_of(v)->as.text;
}
static void *pointer(void *state, ffi_host_value v, const ffi_ctype **type) {
    (void)state;
    if (is_cell(v, CELL_MAP)) return NULL; /* it has members */
    *type = cell_of(v)->as.data.type;
    return cell_of(v)->as.data.at;
}
static size_t length(void *state, ffi_host_value v) {
    return (void)state, cell_of(v)->length;
}
static ffi_host_value element(void *state, ffi_host_value v, size_t index) {
    return (void)state, cell_of(v)->as.items[index];
}
static bool member(void *state, ffi_host_value v, const char *name, ffi_host_value *found) {
    const struct cell *map = cell_of(v);
    (void)state;
    for (size_t i = 0; i + 1 < map->length; i += 2)
        if (!strcmp(cell_of(map->as.items[i])->as.text, name)) return *found = map->as.items[i + 1], true;
    return false;
}
static void          *code(void *state, ffi_host_value v, const ffi_ctype *signature);
static void           result(void *state, const ffi_any *any);
static const ffi_host host = {count_of, argument, kind_of, boolean, integer, real,  text,
                              pointer,  length,   element, member,  code,    result};

static value wrap_record(struct machine *machine, const ffi_ctype *type, const void *from) {
    void *at = host_copy(machine, from, ffi_type_size(type), ffi_type_alignment(type));
    return value_data(machine, CELL_RECORD, type, at, NULL);
}

static value wrap(struct machine *machine, const ffi_any *any) {
    value v;
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_BOOL: return any->as.b ? TRUE : FALSE;
    case FFI_ANY_INT: return value_number((double)any->as.i64);
    case FFI_ANY_UINT: return value_number((double)any->as.u64);
    case FFI_ANY_REAL: return value_real(any->as.f64);
    case FFI_ANY_TEXT:
    case FFI_ANY_BYTES: return value_text(machine, any->as.text, any->length);
    case FFI_ANY_RECORD: return wrap_record(machine, any->type, any->as.ptr);
    case FFI_ANY_POINTER:
    case FFI_ANY_FUNCTION: return value_data(machine, CELL_POINTER, any->type, any->as.ptr, NULL);
    case FFI_ANY_OBJECT:
        return value_data(machine, CELL_POINTER, any->type, ffi_object_pointer(any->as.object), any->as.object);
    case FFI_ANY_LIST:
        v = value_list(machine, NULL, any->length);
        for (size_t i = 0; i < any->length; i++) cell_of(v)->as.items[i] = wrap(machine, &any->as.list[i]);
        return v;
    default: return NIL;
    }
}

static void result(void *state, const ffi_any *any) {
    ((struct call *)state)->result = wrap(((struct call *)state)->machine, any);
}

/* Keeps the layer's message if there is an error. */
static value told(struct machine *machine, bool good, value v) {
    snprintf(machine->message, sizeof machine->message, "%s", good ? "" : ffi_last_message());
    return good ? v : NIL;
}

/* A closure as a function pointer. */
struct bound {
    struct machine  *machine;
    struct cell     *closure;
    const ffi_ctype *signature;
};

static void handle(void *at, const ffi_value *args, void *userdata) {
    struct bound     own  = *(struct bound *)userdata;
    const ffi_ctype *type = ffi_type_target(own.signature);
    struct call      call = {.machine = own.machine, .count = ffi_type_parameter_count(own.signature)};
    value            values[MOST_ARGUMENTS];
    ffi_any          any;
    for (size_t i = 0; i < call.count; i++)
        values[i] = ffi_load_argument(own.signature, args, i, &any) ? NIL : wrap(own.machine, &any);
    *own.machine->message = 0;
    value v = own.closure->as.closure.code(own.machine, values, call.count, own.closure->as.closure.self);
    if (*own.machine->message) ffi_fail(FFI_ERROR_ARGUMENT, "%s", own.machine->message);
    else if (!ffi_type_size(type) || !ffi_store_host(type, at, NULL, &host, &call, v)) return;
    ffi_callback_failed();
}

/* They live as long as the machine, since C may keep them. */
static void *code(void *state, ffi_host_value v, const ffi_ctype *signature) {
    struct machine *machine = ((struct call *)state)->machine;
    if (is_cell(v, CELL_NATIVE)) return ffi_function_address(cell_of(v)->as.native);
    if (ffi_type_parameter_count(signature) > MOST_ARGUMENTS)
        return ffi_fail(FFI_ERROR_RANGE, "a closure has at most %d parameters", MOST_ARGUMENTS), NULL;
    struct bound *bound = ffi_arena_allocate(machine->arena, sizeof *bound, 16);
    if (!bound) return NULL;
    *bound = (struct bound){machine, cell_of(v), signature};
    return ffi_callback_code(ffi_callback_typed(machine->context, signature, handle, bound));
}

value wrapper_bind(struct machine *machine, const char *library, const char *signature) {
    struct cell *cell   = cell_new(machine, CELL_NATIVE);
    ffi_library *opened = ffi_library_open(machine->context, library, 0);
    cell->as.native     = opened ? ffi_library_function(opened, NULL, signature) : NULL;
    ffi_library_close(opened); /* the function keeps it */
    return told(machine, cell->as.native != NULL, value_of(cell));
}

value wrapper_call(struct machine *machine, value native, const value *args, size_t count) {
    struct call call = {.machine = machine, .args = args, .count = count, .result = NIL};
    size_t      mark = ffi_arena_mark(machine->scratch);
    bool        good = !ffi_invoke_host(cell_of(native)->as.native, &host, &call, machine->scratch);
    ffi_arena_release(machine->scratch, mark);
    return told(machine, good, call.result);
}

value wrapper_new(struct machine *machine, const char *text) {
    const ffi_ctype *type = ffi_type_parse(machine->context, text);
    return told(machine, type != NULL, type ? wrap_record(machine, type, NULL) : NIL);
}

static const ffi_ctype *type_at(value data) {
    const ffi_ctype *type = cell_of(data)->as.data.type;
    return ffi_type_kind(type) == FFI_KIND_POINTER ? ffi_type_target(type) : type;
}

value wrapper_get(struct machine *machine, value data, const char *path) {
    ffi_any any;
    bool    good = !ffi_load_path(type_at(data), cell_of(data)->as.data.at, path, &any);
    return told(machine, good, good ? wrap(machine, &any) : NIL);
}

value wrapper_set(struct machine *machine, value data, const char *path, value v) {
    struct call call = {.machine = machine};
    bool        good = !ffi_store_host(type_at(data), cell_of(data)->as.data.at, path, &host, &call, v);
    return told(machine, good, v);
}

void wrapper_end(struct cell *cell) {
    if (cell->kind == CELL_NATIVE) ffi_function_free(cell->as.native);
    if (cell->kind == CELL_POINTER && cell->as.data.owned) ffi_object_release(cell->as.data.owned);
}
