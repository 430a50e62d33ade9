/* SPDX-License-Identifier: MIT */
/* Owned pointers of results, and the failures of `errno_if`. Everything that an owned pointer needs is made
 * before the call, so that no failure after the call loses the pointer. */
#include "embed.h"

enum place_of_owner { OWN_LIBRARY, PROGRAM, C_LIBRARY, PLACES };

/* Binds the function of `own(name)`: from the called function's library, the program, or the C library. A
 * program may replace the allocator of its libraries, so `free` is looked up in the program first. The bound
 * function keeps its library loaded. NULL with an error. */
static ffi_function *own_function(const ffi_function *function, const char *name) {
    static const enum place_of_owner orders[2][PLACES] = {{OWN_LIBRARY, PROGRAM, C_LIBRARY},
                                                          {PROGRAM, OWN_LIBRARY, C_LIBRARY}};
    const enum place_of_owner       *order             = orders[!strcmp(name, "free")];
    ffi_context                     *context           = ffi_function_context(function);
    for (size_t i = 0; i < PLACES; i++) {
        bool          own     = order[i] == OWN_LIBRARY;
        ffi_library  *library = own ? ffi_function_library(function)
                                    : ffi_library_open(context, order[i] == PROGRAM ? NULL : "c", 0);
        ffi_function *found   = library ? ffi_library_function(library, name, "void(ptr)") : NULL;
        if (own && !library) continue;
        if (!own) ffi_library_close(library);
        if (found || ffi_last_error() != FFI_ERROR_SYMBOL) return found;
    }
    ffi_fail(FFI_ERROR_SYMBOL,
             "%s: own(%s): neither the function's library nor the program has a function '%s'",
             ffi_function_name(function), name, name);
    return NULL;
}

struct own *own_prepare(const struct call *call, const ffi_parameter *parameter, const ffi_ctype *pointer,
                        struct own *room) {
    struct own *own = room;
    *room           = (struct own){.pointer = pointer};
    if (!(parameter->annotations & FFI_ANNOTATION_OWN)) return own;
    bool text = ffi_type_class(pointer) == FFI_CLASS_TEXT;
    if (text && !call->arena && !call->discards) return own; /* the caller frees it by ffi_any_free() */
    if (call->arena) {
        size_t mark = ffi_arena_mark(call->arena);
        own         = ffi_arena_allocate(call->arena, sizeof *own, _Alignof(struct own));
        if (!own) return NULL;
        *own              = (struct own){NULL, NULL, pointer, call->arena, call->arena->owns, mark};
        call->arena->owns = own;
    }
    own->function = own_function(call->function, parameter->owner);
    if (own->function && !text && !call->discards)
        own->object = head_new(ffi_function_context(call->function), HEAD_OBJECT);
    if (own->function && (own->object || text || call->discards)) return own;
    own_cancel(own);
    return NULL;
}

/* Takes the record out of its arena's list, and empties it. */
static void forget(struct own *own) {
    struct own **at = own->arena ? &own->arena->owns : NULL;
    while (at && *at && *at != own) at = &(*at)->before;
    if (at && *at) *at = own->before;
    *own = (struct own){.function = NULL};
}

void own_cancel(struct own *own) {
    ffi_function_free(own->function);
    if (own->object && head_end(own->object, __func__)) head_give(own->object);
    forget(own);
}

void own_abandon(ffi_arena *arena, size_t mark) {
    while (arena->owns && arena->owns->mark >= mark) own_cancel(arena->owns);
}

static void give_back(const ffi_function *owner, void *pointer) {
    ffi_invoke(owner, NULL, &(ffi_value){.ptr = pointer});
}

void own_free(struct own *own, void *pointer) {
    if (own->function && pointer) give_back(own->function, pointer);
    own_cancel(own);
}

ffi_error own_take(const struct call *call, struct own *own, ffi_any *any) {
    if (!own->function && !call->discards) return FFI_ERROR_NONE;
    if (call->discards) {
        own_free(own, any->kind == FFI_ANY_NIL ? NULL : any->as.ptr);
        *any = ffi_any_nil();
        return FFI_ERROR_NONE;
    }
    if (own->object && any->kind != FFI_ANY_NIL) {
        own->object->as.object.owner      = own->function;
        own->object->as.object.type       = own->pointer;
        own->object->as.object.pointer    = any->as.ptr;
        own->object->as.object.references = 1;
        *any                              = ffi_any_object(head_handle(own->object));
        any->type                         = own->pointer;
        forget(own);
        return FFI_ERROR_NONE;
    }
    ffi_error error = FFI_ERROR_NONE;
    if (own->function && any->kind == FFI_ANY_TEXT) {
        void *pointer = any->as.ptr;
        any->as.text  = ffi_arena_text(call->arena, any->as.text, text_length(any));
        any->type     = NULL;
        give_back(own->function, pointer);
        if (!any->as.text) error = ffi_last_error(), *any = ffi_any_nil();
    }
    own_cancel(own);
    return error;
}

/* The owned text of a result that was not copied; NULL if there is none. A copy has no type. */
static ffi_any *owned_text(const ffi_shape *shape, ffi_any *result) {
    if (!*shape->result.owner || shape->result.what != FFI_CLASS_TEXT) return NULL;
    if (result->kind == FFI_ANY_LIST && result->length) result = (ffi_any *)(uintptr_t)result->as.list;
    return result->kind == FFI_ANY_TEXT && result->type ? result : NULL;
}

ffi_error own_free_text(const ffi_function *function, ffi_any *result) {
    const ffi_shape *shape = ffi_function_shape(function);
    ffi_any         *text  = owned_text(shape, result);
    ffi_function    *owner = text ? own_function(function, shape->result.owner) : NULL;
    if (!text) return FFI_ERROR_NONE;
    if (!owner) return ffi_last_error();
    give_back(owner, text->as.ptr);
    ffi_function_free(owner);
    *text = ffi_any_nil();
    return FFI_ERROR_NONE;
}

void own_release(ffi_any *items, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (items[i].kind == FFI_ANY_OBJECT) ffi_object_release(items[i].as.object), items[i] = ffi_any_nil();
}

static void release_result(ffi_any *result) {
    bool list = result->kind == FFI_ANY_LIST;
    own_release(list ? (ffi_any *)(uintptr_t)result->as.list : result, list ? result->length : 1);
}

ffi_error own_discard(const struct call *call, ffi_any *result) {
    char      message[4096]; /* the longest */
    ffi_error error = ffi_last_error();
    strcpy(message, ffi_last_message());
    if (!call->arena) own_free_text(call->function, result);
    release_result(result);
    return ffi_fail(error, "%s", message);
}

ffi_error ffi_any_free(const ffi_function *function, ffi_any *result) {
    const ffi_shape *shape = shape_of(function, __func__);
    if (!shape) return ffi_last_error();
    if (!result) return embed_null(__func__, "result");
    if (!(shape->annotations & FFI_ANNOTATION_OWN)) return FFI_ERROR_NONE;
    ffi_error error = own_free_text(function, result);
    release_result(result);
    return error;
}

ffi_error own_system_error(const ffi_function *function) {
    const char *name = ffi_function_name(function);
    return system_failed(ffi_captured_errno(), "%s failed", *name ? name : "the call");
}
