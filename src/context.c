/* SPDX-License-Identifier: MIT */
/* The context: how it is made from options, attached values, how it is freed. */
#include "type/context.h"

#include "call/function.h"
#include "callback/callback.h"
#include "library/library.h"
#include "library/policy.h"
#include "parse/signature.h"
#include "plan/stubs.h"

const char *ffi_abi_name(size_t index) {
    const struct convention *const *abi = abis;
    while (*abi && index) abi++, index--;
    return *abi ? (*abi)->name : NULL;
}

static ffi_error unknown_abi(const char *name) {
    fail(FFI_ERROR_ARGUMENT, "ffi_context_new: no ABI is named '%s'; there are:", name);
    for (size_t i = 0; abis[i]; i++) fail_more(FFI_ERROR_ARGUMENT, " %s", abis[i]->name);
    return FFI_ERROR_ARGUMENT;
}

/* Behind a context is room for the tables, types and plans of a few signatures. */
enum { CONTEXT_ROOM = 1536, CONTEXT_SIZE = sizeof(ffi_context) + CONTEXT_ROOM };

_Static_assert(offsetof(ffi_context, macros_more) - offsetof(ffi_context, maps) ==
                   sizeof((ffi_context *)0)->maps - sizeof(struct map),
               "`maps` are all maps, so that ffi_context_free() frees each");

ffi_context *ffi_context_new(const ffi_options *options) {
    ffi_options              given = options ? *options : (ffi_options){0};
    const struct convention *abi   = &abi_default->convention;
    if (given.abi) abi = convention_named(abis, given.abi, strlen(given.abi));
    if (!abi) return unknown_abi(given.abi), NULL;
    if (given.dialect & ~(unsigned)(FFI_DECLARE_EMBED | FFI_DECLARE_TWICE))
        return fail(FFI_ERROR_ARGUMENT, "ffi_context_new: unknown dialect"), NULL;

    struct heap  heap    = {given.allocate ? given.allocate : memory_libc, given.userdata};
    ffi_context *context = memory_new(&heap, CONTEXT_SIZE);
    if (!context) return NULL;
    *context = (ffi_context){.heap          = heap,
                             .journal       = {.heap = &context->heap, .arena = &context->arena},
                             .abi           = abi,
                             .abis          = abis,
                             .enter         = given.enter,
                             .leave         = given.leave,
                             .report_late   = given.report_late,
                             .hook_userdata = given.hook_userdata,
                             .trampolines   = {.read_only = given.read_only_callbacks},
                             .keep_first    = given.keep_first,
                             .dialect       = given.dialect};
    if (!os_lock_init(&context->lock)) {
        memory_free(&heap, context, CONTEXT_SIZE);
        return fail(FFI_ERROR_MEMORY, "ffi_context_new: cannot create a mutex"), NULL;
    }
    arena_lend(&context->arena, context + 1, CONTEXT_ROOM);
    for (int i = 0; i < 3; i++) /* types, plans and memos */
        map_lend(&context->maps[i], arena_words(&context->arena, &context->heap, MAP_LENT));
    return context;
}

/* ---- for layers above ---- */

struct attachment {
    struct attachment *next;
    const void        *key;
    void              *value;
    void (*end)(ffi_context *context, void *value);
};

static const struct attachment *attachment_of(const ffi_context *context, const void *key) {
    const struct attachment *attachment = context->attachments;
    while (attachment && attachment->key != key) attachment = attachment->next;
    return attachment;
}

void *ffi_context_attached(ffi_context *context, const void *key) {
    if (!context) return NULL;
    os_lock_take(&context->lock);
    const struct attachment *attachment = attachment_of(context, key);
    void                    *value      = attachment ? attachment->value : NULL;
    os_lock_give(&context->lock);
    return value;
}

void *ffi_context_attach(ffi_context *context, const void *key, void *value,
                         void (*end)(ffi_context *context, void *value)) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!key) return fail_null(__func__, "key"), NULL;
    if (!value) return fail_null(__func__, "value"), NULL;
    if (!end) return fail_null(__func__, "end"), NULL;
    os_lock_take(&context->lock);
    const struct attachment *there = attachment_of(context, key);
    struct attachment       *fresh = there ? NULL : memory_new(&context->heap, sizeof *fresh);
    if (fresh) {
        *fresh               = (struct attachment){context->attachments, key, value, end};
        context->attachments = fresh;
    }
    void *kept = there ? there->value : fresh ? value : NULL;
    os_lock_give(&context->lock);
    return kept;
}

/* What an `end` attaches is first in the list, and ends next. */
static void end_attachments(ffi_context *context) {
    for (struct attachment *ended; (ended = context->attachments);) {
        struct attachment **link = &context->attachments;
        ended->end(context, ended->value);
        while (*link != ended) link = &(*link)->next;
        *link = ended->next;
        memory_free(&context->heap, ended, sizeof *ended);
    }
}

void *ffi_context_memory(ffi_context *context, void *block, size_t old_size, size_t new_size) {
    if (!context) return fail_null(__func__, "context"), NULL;
    os_lock_take(&context->lock);
    void *memory =
        block || new_size ? context->heap.allocate(context->heap.userdata, block, old_size, new_size) : NULL;
    os_lock_give(&context->lock);
    if (new_size && !memory)
        fail(FFI_ERROR_MEMORY, "out of memory: the allocator returned NULL for %zu bytes", new_size);
    return memory;
}

void ffi_context_free(ffi_context *context) {
    if (!context) return;
    end_attachments(context);
    const struct heap *heap = &context->heap;
    callbacks_free(context);
    functions_free(context);
    libraries_free(context);
    policy_free(context);
    parse_forget(context);
    for (size_t i = 0; i < countof(context->maps); i++) map_free(&context->maps[i], heap);
    arena_free(&context->arena, heap);
    os_lock_free(&context->lock);
    memory_free(heap, context, CONTEXT_SIZE);
}

const char *ffi_version(void) {
#define TEXT(number)                 #number
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)
    return VERSION(FFI_INVOKE_VERSION_MAJOR, FFI_INVOKE_VERSION_MINOR, FFI_INVOKE_VERSION_PATCH);
}
