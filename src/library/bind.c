/* SPDX-License-Identifier: MIT */
/* Binds functions of libraries by name: one at a time, and in batches. */
#include "base/string_builder.h"
#include "call/function.h"
#include "library/library.h"
#include "parse/declare.h"
#include "parse/signature.h"
#include "type/context.h"

#include <stdio.h>

/* Prepends the name to the error message. */
static void fail_naming(const char *name) {
    char what[512];
    if (ffi_last_error() == FFI_ERROR_MEMORY || ffi_last_error() == FFI_ERROR_SYMBOL) return;
    memcpy(what, ffi_last_message(), sizeof what - 1);
    what[sizeof what - 1] = 0;
    fail(ffi_last_error(), "cannot bind '%s': %s", name, what);
}

/* Whether a symbol may be called: its library's file does not record it as data. */
static bool is_code(ffi_library *library, const char *name, const void *address, const struct symbol *cached) {
    ffi_symbol_kind kind = library_symbol_kind(library, name, address, cached);
    if (kind != FFI_SYMBOL_DATA && kind != FFI_SYMBOL_THREAD_LOCAL) return true;
    fail(FFI_ERROR_TYPE, "it is data, not a function; if it holds code, bind it with FFI_BIND_DATA");
    return false;
}

static bool is_static(ffi_context *context, const char *name) {
    os_lock_take(&context->lock);
    bool is = name_is_static(context, name);
    os_lock_give(&context->lock);
    return is;
}

static void *address_of(ffi_library *library, const char *name, const char *symbol,
                        const struct symbol **cached) {
    void *address = library_symbol(library, symbol, NULL, cached);
    if (!address && ffi_last_error() == FFI_ERROR_SYMBOL && is_static(library->context, name))
        fail(FFI_ERROR_SYMBOL,
             "'%.200s' is declared static, so no library has it: write a function that calls it in a C file "
             "with "
             "its header, compile that with `cc -shared -fPIC`, and bind the function",
             name);
    return address;
}

/* Binds one function, and adds it to a list. */
static struct function *bind_one(ffi_library *library, const char *name, const char *signature, unsigned flags,
                                 struct handle **list) {
    ffi_context       *context = library->context;
    const char        *wanted  = name; /* the symbol in the library */
    const char        *label   = NULL; /* the one that a declaration beside the signature gives */
    struct declaration declaration;
    char               own_name[256];
    declaration.name_length = 0;
    os_lock_take(&context->lock);
    bool good = signature ? parse_signature(context, signature, &declaration)
                          : (declaration.type = name_function(context, name, &wanted)) != NULL;
    if (good && signature && (name || declaration.name_length))
        label =
            name_label(context, name ? name : declaration.name, name ? strlen(name) : declaration.name_length);
    os_lock_give(&context->lock);
    if (label) wanted = label;
    if (good && !name) {
        size_t length = declaration.name_length;
        if (!length)
            return fail(FFI_ERROR_ARGUMENT, "the signature has no name, and none was given: %.200s", signature),
                   NULL;
        if (length >= sizeof own_name)
            return fail(FFI_ERROR_RANGE, "the signature's name is too long: it has %zu bytes of at most %zu",
                        length, sizeof own_name - 1),
                   NULL;
        name             = memcpy(own_name, declaration.name, length);
        own_name[length] = 0;
        wanted           = *declaration.symbol ? declaration.symbol : label ? label : name;
    }
    const struct symbol *cached   = NULL;
    void                *address  = good ? address_of(library, name, wanted, &cached) : NULL;
    struct function     *function = NULL;
    if (address && (flags & FFI_BIND_DATA || is_code(library, wanted, address, cached))) {
        os_lock_take(&context->lock);
        if ((function = function_make(context, address, declaration.type, name, cached ? 0 : strlen(name)))) {
            if (cached) function->name = cached->name;
            function->library = library;
            library->bound++;
            handle_link(list, &function->node);
        }
        os_lock_give(&context->lock);
    }
    if (!function && name) fail_naming(name);
    return function;
}

/* ---- checks ---- */

ffi_error ffi_context_check(ffi_context *context, ffi_check *check, void *userdata) {
    if (!context) return fail_null(__func__, "context");
    context->check          = check;
    context->check_userdata = userdata;
    return FFI_ERROR_NONE;
}

/* The check may call this library. */
static ffi_error checked(const ffi_context *context, const struct function *function) {
    return context->check ? context->check(context->check_userdata, &function->head) : FFI_ERROR_NONE;
}

/* ---- binding ---- */

ffi_function *ffi_library_function(ffi_library *library, const char *name, const char *signature) {
    if (!library) return fail_null(__func__, "library"), NULL;
    if (!name && !signature) return fail_null(__func__, "signature"), NULL;
    struct function *function = bind_one(library, name, signature, 0, &library->context->functions.live);
    if (function && checked(library->context, function)) ffi_function_free(&function->head), function = NULL;
    return function ? &function->head : NULL;
}

/* Appends the line of a failed entry to the list. */
static bool note_failure(ffi_context *context, struct text *list, const ffi_binding *binding) {
    char        line[400];
    struct text entry = {.buffer = line, .size = sizeof line};
    text_put(&entry, "\n  %s", ffi_last_message());
    size_t length = strcspn(line + 1, "\n") + 1; /* the first line only, without the caret */
    if (binding->error == FFI_ERROR_SYMBOL && binding->name && !is_static(context, binding->name))
        length = (size_t)snprintf(line, sizeof line, "\n  %.300s: no such symbol", binding->name);
    if (list->length + length >= list->size) return false;
    text_put(list, "%.*s", (int)length, line);
    return true;
}

static ffi_error check_binding(const ffi_binding *binding) {
    const char *name = binding->name ? binding->name : "(no name)";
    if (!binding->function) return fail(FFI_ERROR_ARGUMENT, "'%.200s': function is NULL", name);
    if (!binding->name && !binding->signature)
        return fail(FFI_ERROR_ARGUMENT, "'%.200s': signature is NULL", name);
    return function_check_capture(name, binding->flags & ~(unsigned)FFI_BIND_DATA);
}

/* Ends a batch: gives its functions to the context, or frees them. */
static void commit(ffi_context *context, struct handle **made, bool keep) {
    while (*made) {
        struct function *function = function_at(*made);
        if (keep) {
            handle_unlink(*made);
            os_lock_take(&context->lock);
            handle_link(&context->functions.live, &function->node);
            os_lock_give(&context->lock);
        } else {
            ffi_function_free(&function->head);
        }
    }
}

ffi_error ffi_library_bind(ffi_library *library, ffi_binding *bindings, size_t count) {
    if (!library) return fail_null(__func__, "library");
    if (count && !bindings) return fail_null(__func__, "bindings");
    struct handle *made   = NULL;
    ffi_error      first  = FFI_ERROR_NONE;
    struct text    list   = {.buffer = (char[3500]){""}, .size = 3500};
    size_t         failed = 0, left_out = 0;

    for (size_t i = 0; i < count; i++) {
        ffi_binding     *binding  = &bindings[i];
        struct function *function = NULL;
        if (!check_binding(binding))
            function = bind_one(library, binding->name, binding->signature, binding->flags, &made);
        binding->error = function ? FFI_ERROR_NONE : ffi_last_error();
        if (function) {
            function_capture(function, binding->flags & ~(unsigned)FFI_BIND_DATA);
            *binding->function = &function->head;
            binding->error     = checked(library->context, function);
        }
        if (binding->error) {
            if (!failed++) first = binding->error;
            left_out += !note_failure(library->context, &list, binding);
        }
    }
    commit(library->context, &made, !failed);
    if (!failed) return FFI_ERROR_NONE;
    for (size_t i = 0; i < count; i++)
        if (bindings[i].function) *bindings[i].function = NULL;
    fail(first, "%zu of %zu functions of %.400s could not be bound:%s", failed, count,
         *library->name ? library->name : "the program", list.buffer);
    if (left_out) fail_more(first, "\n  and %zu more", left_out);
    return first;
}
