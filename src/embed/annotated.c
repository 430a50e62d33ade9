/* SPDX-License-Identifier: MIT */
/*
 * Calls with `out`, `inout` and `len`: first the arguments that there are, then what counts them, then the
 * memory that the callee writes; after the call one list of the result and of what was written.
 */
#include "embed.h"

enum { WRITES = FFI_ANNOTATION_OUT | FFI_ANNOTATION_INOUT };

/* The size of an element; `void` counts as a byte. */
static size_t unit_of(const ffi_ctype *pointer) {
    size_t size = ffi_type_size(ffi_type_target(pointer));
    return size ? size : 1;
}

/* ---- what counts ---- */

static ffi_any counter_any(const struct call *call, size_t index) {
    const ffi_parameter *parameter = &call->shape->parameters[index];
    ffi_any              any;
    load_as(parameter->what, parameter->size, parameter->type, &frame_slots(call->frame)[index], &any);
    return any;
}

static bool is_negative(const ffi_any *any) {
    return any->kind == FFI_ANY_INT && any->as.i64 < 0;
}

static uint64_t counter_value(const struct call *call, size_t index) {
    ffi_any any = counter_any(call, index);
    return is_negative(&any) ? 0 : any.as.u64;
}

/* The number of elements of an argument; SIZE_MAX if it is unknown. */
static size_t available(const ffi_any *any, const ffi_ctype *pointer) {
    switch ((ffi_any_kind)any->kind) {
    case FFI_ANY_NIL: return 0;
    case FFI_ANY_TEXT: return text_length(any) / unit_of(pointer);
    case FFI_ANY_BYTES: return any->length / unit_of(pointer);
    case FFI_ANY_LIST: return any->length;
    case FFI_ANY_RECORD: return any->type ? ffi_type_size(any->type) / unit_of(pointer) : 1;
    default: return SIZE_MAX;
    }
}

/* Whether the caller passes an argument for this parameter. */
static bool takes(const struct call *call, size_t index) {
    return !(call->shape->parameters[index].annotations & FFI_ANNOTATION_OUT);
}

static size_t argument_index(const struct call *call, size_t parameter) {
    size_t index = 0;
    for (size_t i = 0; i < parameter; i++) index += takes(call, i);
    return index;
}

/* Checks a parameter that counts other arguments, and sets it if the caller passed nil. A negative number counts nothing:
 * C code may take it for a large one. It is right where a text has an end of its own, or there is nothing to count. */
static ffi_error count(struct call *call, size_t index, const ffi_any *given) {
    const ffi_shape *shape = call->shape;
    size_t           least = SIZE_MAX, of = 0;
    bool             counts = false, ends = true;
    for (size_t i = 0; i < shape->count; i++) {
        if (shape->parameters[i].counter != index) continue;
        ends &= !(shape->parameters[i].annotations & (FFI_ANNOTATION_OUT | FFI_ANNOTATION_INOUT));
        if (!takes(call, i)) continue;
        ffi_any any = call_argument(call, argument_index(call, i));
        size_t  has = available(&any, shape->parameters[i].type);
        counts      = true;
        ends &= any.kind == FFI_ANY_TEXT || any.kind == FFI_ANY_NIL;
        if (has <= least) least = has, of = i;
    }
    call->conversion.index = index;
    if (given->kind == FFI_ANY_NIL) {
        if (!counts || least == SIZE_MAX)
            return mismatch(&call->conversion, NULL, FFI_ERROR_TYPE, shape->parameters[index].type,
                            "a count (no argument has a length)", given);
        ffi_any any = ffi_any_uint(least);
        return convert(&call->conversion, NULL, shape->parameters[index].type, &frame_slots(call->frame)[index],
                       &any);
    }
    ffi_any number = counter_any(call, index);
    if (is_negative(&number) && !ends)
        return mismatch(&call->conversion, NULL, FFI_ERROR_RANGE, shape->parameters[index].type,
                        "a number of elements", given);
    if (!counts || counter_value(call, index) <= least) return FFI_ERROR_NONE;
    const char *name = shape->parameters[of].name, *quote = *name ? "\"" : "";
    return argument_failed(
        &call->conversion, FFI_ERROR_RANGE, ": %llu is more than the %zu elements of argument %zu%s%s%s%s",
        (unsigned long long)counter_value(call, index), least, of + 1, *name ? " " : "", quote, name, quote);
}

static bool is_counter(const struct call *call, size_t index) {
    for (size_t i = 0; i < call->shape->count; i++)
        if (call->shape->parameters[i].counter == index) return true;
    return false;
}

/* ---- before the call ---- */

static ffi_error put_given(struct call *call) {
    const ffi_shape *shape = call->shape;
    ffi_value       *slots = frame_slots(call->frame);
    size_t           next  = 0;
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        if (!takes(call, i)) continue;
        ffi_any any = call_argument(call, next++);
        if (parameter->annotations & FFI_ANNOTATION_INOUT) continue; /* put_written() */
        if (any.kind == FFI_ANY_NIL && is_counter(call, i)) continue;
        call->conversion.index = i;
        ffi_error error        = convert(&call->conversion, NULL, parameter->type,
                                  parameter->is_slot ? &slots[i] : slots[i].ptr, &any);
        if (error) return error;
    }
    for (size_t i = 0; i < shape->count; i++) {
        if (!is_counter(call, i)) continue;
        ffi_any   any   = call_argument(call, argument_index(call, i));
        ffi_error error = count(call, i, &any);
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

static bool is_counted(const struct call *call, size_t index) {
    return call->shape->parameters[index].counter != FFI_RESULT;
}

static bool is_array(const struct call *call, size_t index) {
    return is_counted(call, index) || declared_length(call->shape, index);
}

static size_t elements_of(const struct call *call, size_t index) {
    if (is_counted(call, index)) return (size_t)counter_value(call, call->shape->parameters[index].counter);
    size_t length = declared_length(call->shape, index);
    return length ? length : 1;
}

/* Writes the argument of an `inout` into the memory that the callee gets. A declared array may be given fewer elements
 * than it has, as in C, and a text keeps its NUL there. count() has checked the others. */
static ffi_error put_inout(struct call *call, size_t index, char *memory, size_t elements) {
    const ffi_parameter *parameter = &call->shape->parameters[index];
    const ffi_ctype     *target    = ffi_type_target(parameter->type);
    ffi_any              any       = call_argument(call, argument_index(call, index));
    call->conversion.index         = index;
    if (!is_array(call, index)) return convert(&call->conversion, NULL, target, memory, &any);
    if (is_absent(&call->conversion, &any))
        return mismatch(&call->conversion, NULL, FFI_ERROR_ARGUMENT, parameter->type, NULL, &any);
    bool bytes = any.kind == FFI_ANY_BYTES || any.kind == FFI_ANY_TEXT;
    if (bytes && unit_of(parameter->type) != 1)
        return mismatch(&call->conversion, NULL, FFI_ERROR_TYPE, parameter->type, NULL, &any);
    if (!bytes && any.kind != FFI_ANY_LIST)
        return mismatch(&call->conversion, NULL, FFI_ERROR_TYPE, parameter->type, "a list", &any);
    size_t has = available(&any, parameter->type);
    if (!is_counted(call, index) && has + (any.kind == FFI_ANY_TEXT) > elements)
        return argument_failed(&call->conversion, FFI_ERROR_RANGE,
                               ": %zu elements are more than the %zu that are declared", has, elements);
    if (has > elements) has = elements;
    if (bytes && has) memcpy(memory, any.as.ptr, has);
    if (bytes) return FFI_ERROR_NONE;
    any.length = (uint32_t)has;
    return put_elements(&call->conversion, NULL, target, memory, &any);
}

/* Whether the caller passes nil for an `inout` that may be NULL. */
static bool is_left_out(const struct call *call, size_t index) {
    unsigned annotations = call->shape->parameters[index].annotations;
    if (!(annotations & FFI_ANNOTATION_INOUT) || !(annotations & FFI_ANNOTATION_NULLABLE)) return false;
    return call_argument(call, argument_index(call, index)).kind == FFI_ANY_NIL;
}

static ffi_error put_written(struct call *call) {
    const ffi_shape *shape = call->shape;
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        if (!(parameter->annotations & WRITES)) continue;
        const ffi_ctype *target = ffi_type_target(parameter->type);
        call->conversion.index  = i;
        if (is_left_out(call, i)) {
            frame_slots(call->frame)[i].ptr = NULL;
            continue;
        }
        if (*parameter->owner && !call->arena && ffi_type_class(target) == FFI_CLASS_TEXT)
            return argument_failed(&call->conversion, FFI_ERROR_ARGUMENT,
                                   " is an owned text: the call needs an arena");
        if (*parameter->owner && is_array(call, i))
            return argument_failed(&call->conversion, FFI_ERROR_UNSUPPORTED, " is an array of owned pointers");
        size_t elements = elements_of(call, i), unit = unit_of(parameter->type);
        if (!is_counted(call, i) && !ffi_type_size(target))
            return argument_failed(&call->conversion, FFI_ERROR_TYPE, " points to a type without a size");
        if (elements > (SIZE_MAX >> 8) / unit)
            return argument_failed(&call->conversion, FFI_ERROR_RANGE, ": %zu elements are too many", elements);
        char *memory = call_keep(call, elements * unit, ffi_type_alignment(target));
        if (!memory) return ffi_last_error();
        memset(memory, 0, elements * unit);
        frame_slots(call->frame)[i].ptr = memory;
        ffi_error error = parameter->annotations & FFI_ANNOTATION_INOUT ? put_inout(call, i, memory, elements)
                                                                        : FFI_ERROR_NONE;
        if (error) return error;
    }
    return FFI_ERROR_NONE;
}

/* ---- after the call ---- */

static bool is_bytes(const ffi_parameter *parameter) {
    return unit_of(parameter->type) == 1 && ffi_type_class(ffi_type_target(parameter->type)) != FFI_CLASS_BOOL;
}

static void load_array(const ffi_parameter *parameter, char *memory, size_t elements, ffi_any *items,
                       ffi_any *out) {
    const ffi_ctype *target = ffi_type_target(parameter->type);
    if (is_bytes(parameter)) {
        const char *end = ffi_type_is_char(target) ? memchr(memory, 0, elements) : NULL;
        *out = end ? ffi_any_text_of(memory, (size_t)(end - memory)) : ffi_any_bytes(memory, elements);
        return;
    }
    load_items(target, memory, elements, items);
    *out = ffi_any_list(items, elements);
}

/* Whether the elements of an array become a list, which needs memory. */
static bool is_list(const struct call *call, size_t index) {
    return is_array(call, index) && !is_bytes(&call->shape->parameters[index]);
}

static ffi_error load_written(struct call *call, size_t index, ffi_any *items, ffi_any *out) {
    const ffi_parameter *parameter = &call->shape->parameters[index];
    const ffi_ctype     *target    = ffi_type_target(parameter->type);
    char                *memory    = frame_slots(call->frame)[index].ptr;
    if (!memory) {
        *out = ffi_any_nil();
        return FFI_ERROR_NONE;
    }
    if (is_array(call, index)) {
        load_array(parameter, memory, elements_of(call, index), items, out);
        return FFI_ERROR_NONE;
    }
    return ffi_load(target, memory, out);
}

/* Prepares for the owned pointer of each parameter and, at the end, of the result. NULL with an error. */
static struct own **prepare_all(struct call *call) {
    const ffi_shape *shape = call->shape;
    size_t           count = shape->count + 1;
    struct own      *rooms = ffi_frame_temporary(call->frame, count * sizeof *rooms, _Alignof(struct own));
    struct own **owns = rooms ? ffi_frame_temporary(call->frame, count * sizeof *owns, _Alignof(void *)) : NULL;
    for (size_t i = 0; owns && i < count; i++) {
        bool                 result    = i == shape->count;
        const ffi_parameter *parameter = result ? &shape->result : &shape->parameters[i];
        const ffi_ctype     *pointer   = result ? parameter->type : ffi_type_target(parameter->type);
        if ((owns[i] = own_prepare(call, parameter, pointer, &rooms[i]))) continue;
        while (i--) own_cancel(owns[i]);
        owns = NULL;
    }
    return owns;
}

/* Frees what the callee of a failed call has written. */
static void free_all(const struct call *call, struct own **owns) {
    for (size_t i = 0; i < call->shape->count; i++) {
        void *pointer = NULL;
        if (owns[i]->function) memcpy(&pointer, frame_slots(call->frame)[i].ptr, sizeof pointer);
        own_free(owns[i], pointer);
    }
    own_cancel(owns[call->shape->count]);
}

/* Loads the result and what the callee wrote into `items`. A failure frees every owned pointer. */
static ffi_error take_all(struct call *call, struct own **owns, ffi_any *items, size_t count, ffi_any *lists) {
    const ffi_shape *shape   = call->shape;
    bool             has_own = shape->result.what != FFI_CLASS_VOID;
    ffi_error        first   = has_own ? own_take(call, owns[shape->count], &items[0]) : FFI_ERROR_NONE;
    ffi_any         *next    = items + has_own;
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        if (!(parameter->annotations & WRITES)) continue;
        ffi_error error = load_written(call, i, lists, next);
        if (is_list(call, i)) lists += elements_of(call, i);
        if (error) own_cancel(owns[i]), *next = ffi_any_nil();
        else error = own_take(call, owns[i], next);
        if (error && !first) first = error;
        next++;
    }
    if (first) own_release(items, count);
    return first;
}

ffi_error call_annotated(struct call *call) {
    const ffi_shape *shape = call->shape;
    size_t           given = argument_index(call, shape->count), written = 0, listed = 0;
    ffi_any          own;
    if (call->count != given) return call_arity(call, given);
    ffi_error error = put_given(call);
    if (!error) error = put_written(call);
    if (error) return error;
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        if (!(parameter->annotations & WRITES)) continue;
        written++;
        if (is_list(call, i)) listed += elements_of(call, i);
    }
    bool     has_own = shape->result.what != FFI_CLASS_VOID;
    ffi_any *items   = call_keep(call, (written + has_own + listed) * sizeof *items, _Alignof(ffi_any));
    if (!items) return ffi_last_error();
    struct own **owns = prepare_all(call);
    if (!owns) return ffi_last_error();
    if ((error = call_make(call, &own))) {
        free_all(call, owns);
        return error;
    }
    if (has_own) items[0] = own;
    if ((error = take_all(call, owns, items, written + has_own, items + written + has_own))) return error;
    size_t count_of = written + has_own;
    *call->result   = count_of == 1 ? items[0] : count_of ? ffi_any_list(items, count_of) : ffi_any_nil();
    return FFI_ERROR_NONE;
}
