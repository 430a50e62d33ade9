/* SPDX-License-Identifier: MIT */
/*
 * The registry: names to functions. Looking up takes no lock, while other threads add and remove. So what a lookup
 * reads stays until the registry ends: the names, also of removed functions, which may be added again; and each
 * open-addressed table of names that was full and was replaced by one of twice its size.
 */
#include "embed.h"

struct name {
    _Atomic(struct head *) head; /* NULL: its function was removed */
    size_t                 size; /* of the text */
    char                   text[];
};

struct table {
    struct table          *before;
    size_t                 size; /* a power of two */
    _Atomic(struct name *) slots[];
};

struct ffi_registry {
    struct owned            owned;
    struct layer           *layer;
    ffi_context            *context;
    atomic_flag             lock; /* one thread adds or removes at a time */
    _Atomic(struct table *) table;
    size_t                  names; /* in the table */
    struct head            *first, *last;
    ffi_library           **libraries;
    size_t                  nlibraries;
};

static uint64_t hash_of(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

/* ---- the table ---- */

static struct name *find(const ffi_registry *registry, const char *text) {
    const struct table *table = atomic_load_explicit(&registry->table, memory_order_acquire);
    if (!table) return NULL;
    for (size_t at = hash_of(text) & (table->size - 1);; at = (at + 1) & (table->size - 1)) {
        struct name *name = atomic_load_explicit(&table->slots[at], memory_order_acquire);
        if (!name || !strcmp(name->text, text)) return name;
    }
}

static struct head *head_named(const struct name *name) {
    return name ? atomic_load_explicit(&name->head, memory_order_acquire) : NULL;
}

static void insert(struct table *table, struct name *name) {
    size_t at = hash_of(name->text) & (table->size - 1);
    while (atomic_load_explicit(&table->slots[at], memory_order_relaxed)) at = (at + 1) & (table->size - 1);
    atomic_store_explicit(&table->slots[at], name, memory_order_release);
}

static size_t bytes_of(size_t size) {
    return sizeof(struct table) + size * sizeof(struct name *);
}

/* Makes room for one more name. */
static bool grow(ffi_registry *registry) {
    struct table *old = registry->table;
    if (old && (registry->names + 1) * 2 <= old->size) return true;
    size_t        size  = old ? 2 * old->size : 16;
    struct table *fresh = ffi_context_memory(registry->context, NULL, 0, bytes_of(size));
    if (!fresh) return false;
    memset(fresh, 0, bytes_of(size));
    fresh->before = old;
    fresh->size   = size;
    for (size_t at = 0; old && at < old->size; at++)
        if (old->slots[at]) insert(fresh, old->slots[at]);
    atomic_store_explicit(&registry->table, fresh, memory_order_release);
    return true;
}

/* The name of this text, which is made if there is none. */
static struct name *name_of(ffi_registry *registry, const char *text) {
    size_t       size = strlen(text) + 1;
    struct name *name = find(registry, text);
    if (name || !grow(registry)) return name;
    if (!(name = ffi_context_memory(registry->context, NULL, 0, sizeof *name + size))) return NULL;
    name->size = size;
    memcpy(name->text, text, size);
    atomic_init(&name->head, NULL);
    insert(registry->table, name);
    registry->names++;
    return name;
}

static void free_names(ffi_registry *registry) {
    struct table *table = registry->table;
    for (size_t at = 0; table && at < table->size; at++) {
        struct name *name = table->slots[at];
        if (name) ffi_context_memory(registry->context, name, sizeof *name + name->size, 0);
    }
}

/* ---- the registry ---- */

static void end_owned(struct owned *owned) {
    ffi_registry_free((ffi_registry *)(void *)owned);
}

ffi_registry *ffi_registry_new(ffi_context *context) {
    if (!context) return embed_null(__func__, "context"), NULL;
    struct layer *layer    = layer_of(context);
    ffi_registry *registry = layer ? ffi_context_memory(context, NULL, 0, sizeof *registry) : NULL;
    if (!registry) return NULL;
    memset(registry, 0, sizeof *registry);
    registry->layer   = layer;
    registry->context = context;
    atomic_flag_clear(&registry->lock);
    owned_add(layer, &registry->owned, end_owned);
    return registry;
}

static void unlink_entry(ffi_registry *registry, struct head *head) {
    struct head *previous = head->as.entry.order.previous, *next = head->as.entry.order.next;
    *(previous ? &previous->as.entry.order.next : &registry->first) = next;
    *(next ? &next->as.entry.order.previous : &registry->last)      = previous;
}

/* The lock must not be held: freeing the function may unload its library, which runs foreign code. */
static void end_entry(struct head *head) {
    if (!head_end(head, __func__)) return;
    ffi_function_free(head->as.entry.function);
    head_give(head);
}

static size_t library_bytes(size_t count) {
    return count * sizeof(ffi_library *);
}

void ffi_registry_free(ffi_registry *registry) {
    if (!registry) return;
    ffi_context *context = registry->context;
    for (struct head *head; (head = registry->first);) unlink_entry(registry, head), end_entry(head);
    free_names(registry);
    for (struct table *table = registry->table, *before; table; table = before) {
        before = table->before;
        ffi_context_memory(context, table, bytes_of(table->size), 0);
    }
    for (size_t i = 0; i < registry->nlibraries; i++) ffi_library_close(registry->libraries[i]);
    if (registry->libraries)
        ffi_context_memory(context, registry->libraries, library_bytes(registry->nlibraries), 0);
    owned_remove(registry->layer, &registry->owned);
    ffi_context_memory(context, registry, sizeof *registry, 0);
}

/* ---- adding ---- */

/* Adds an entry. `draft` has everything but the name. */
static ffi_error add(ffi_registry *registry, const char *name, const struct head *draft) {
    struct head *head = NULL;
    embed_lock(&registry->lock);
    struct name *named = name_of(registry, name);
    bool         there = head_named(named) != NULL;
    if (named && !there && (head = head_new(registry->context, HEAD_ENTRY))) {
        head->as                                                                    = draft->as;
        head->as.entry.name                                                         = named->text;
        head->as.entry.order.previous                                               = registry->last;
        *(registry->last ? &registry->last->as.entry.order.next : &registry->first) = head;
        registry->last                                                              = head;
        atomic_store_explicit(&named->head, head, memory_order_release);
    }
    embed_unlock(&registry->lock);
    if (head) return FFI_ERROR_NONE;
    if (!there) return ffi_last_error();
    return ffi_fail(FFI_ERROR_ARGUMENT, "the registry has a function '%.200s' already", name);
}

ffi_error ffi_registry_add(ffi_registry *registry, const char *name, ffi_native *native, int arity,
                           void *userdata) {
    if (!registry) return embed_null(__func__, "registry");
    if (!name) return embed_null(__func__, "name");
    if (!native) return embed_null(__func__, "native");
    if (arity < -1)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: the arity %d of '%.200s' is less than -1", __func__, arity,
                        name);
    struct head draft = {.as.entry = {.native = native, .arity = arity, .userdata = userdata}};
    return add(registry, name, &draft);
}

ffi_error ffi_registry_add_typed(ffi_registry *registry, const char *name, ffi_native *native,
                                 const char *signature, void *userdata) {
    if (!registry) return embed_null(__func__, "registry");
    if (!name) return embed_null(__func__, "name");
    if (!native) return embed_null(__func__, "native");
    if (!signature) return embed_null(__func__, "signature");
    ffi_function    *types = ffi_function_new(registry->context, (void *)(uintptr_t)native, signature);
    const ffi_shape *shape = types ? ffi_function_shape(types) : NULL;
    ffi_error        error;
    if (!shape || shape->annotations & ~(unsigned)CHECKED_ANNOTATIONS) {
        error = !shape
                    ? ffi_last_error()
                    : ffi_fail(
                          FFI_ERROR_TYPE,
                          "%s: '%.200s': a function of the host has no annotation but 'nullable' and 'nonnull'",
                          __func__, name);
    } else {
        int         arity = ffi_type_is_variadic(shape->signature) ? -1 : (int)shape->count;
        struct head draft = {
            .as.entry = {.native = native, .function = types, .arity = arity, .userdata = userdata}};
        error = add(registry, name, &draft);
    }
    if (error) ffi_function_free(types);
    return error;
}

/* The number of arguments that a caller passes to a native function. */
static int arity_of(const ffi_function *function) {
    const ffi_shape *shape = ffi_function_shape(function);
    int              arity = 0;
    for (size_t i = 0; shape && i < shape->count; i++)
        arity += !(shape->parameters[i].annotations & FFI_ANNOTATION_OUT);
    return arity;
}

static ffi_function *bind(ffi_registry *registry, ffi_library *library, const char *name,
                          const char *signature) {
    if (library) return ffi_library_function(library, name, signature);
    if (!registry->nlibraries)
        return ffi_fail(FFI_ERROR_ARGUMENT, "cannot bind '%.200s': the registry has no library to search",
                        name),
               NULL;
    ffi_function *function = NULL;
    for (size_t i = 0; i < registry->nlibraries && !function; i++) {
        function = ffi_library_function(registry->libraries[i], name, signature);
        if (!function && ffi_last_error() != FFI_ERROR_SYMBOL) return NULL;
    }
    return function;
}

ffi_error ffi_registry_add_function(ffi_registry *registry, const char *name, ffi_function *function) {
    if (!registry) return embed_null(__func__, "registry");
    if (!name) return embed_null(__func__, "name");
    if (!shape_of(function, __func__)) return ffi_last_error();
    if (!ffi_function_address(function))
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: this function was freed before", __func__);
    if (ffi_function_context(function) != registry->context)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: a function of another context", __func__);
    struct head draft = {.as.entry = {.function = function, .arity = arity_of(function)}};
    return add(registry, name, &draft);
}

ffi_error ffi_registry_bind(ffi_registry *registry, ffi_library *library, const char *name,
                            const char *signature) {
    if (!registry) return embed_null(__func__, "registry");
    if (!name) return embed_null(__func__, "name");
    ffi_function *function = bind(registry, library, name, signature);
    ffi_error     error    = function ? ffi_registry_add_function(registry, name, function) : ffi_last_error();
    if (error) ffi_function_free(function);
    return error;
}

ffi_error ffi_registry_library(ffi_registry *registry, ffi_library *library) {
    if (!registry) return embed_null(__func__, "registry");
    if (!library) return embed_null(__func__, "library");
    embed_lock(&registry->lock);
    size_t        count = registry->nlibraries;
    ffi_library **grown = ffi_context_memory(registry->context, registry->libraries, library_bytes(count),
                                             library_bytes(count + 1));
    if (grown) {
        grown[count]         = library;
        registry->libraries  = grown;
        registry->nlibraries = count + 1;
    }
    embed_unlock(&registry->lock);
    return grown ? FFI_ERROR_NONE : ffi_last_error();
}

ffi_error ffi_registry_remove(ffi_registry *registry, const char *name) {
    if (!registry) return embed_null(__func__, "registry");
    if (!name) return embed_null(__func__, "name");
    embed_lock(&registry->lock);
    struct name *named = find(registry, name);
    struct head *head  = head_named(named);
    if (head) {
        atomic_store(&named->head, NULL);
        unlink_entry(registry, head);
    }
    embed_unlock(&registry->lock);
    if (head) end_entry(head);
    return head ? FFI_ERROR_NONE : ffi_fail(FFI_ERROR_SYMBOL, "the registry has no function '%.200s'", name);
}

/* ---- finding and calling ---- */

static struct head *found(const ffi_registry *registry, const char *name, const char *where) {
    if (!registry) return embed_null(where, "registry"), NULL;
    if (!name) return embed_null(where, "name"), NULL;
    struct head *head = head_named(find(registry, name));
    if (!head) ffi_fail(FFI_ERROR_SYMBOL, "the registry has no function '%.200s'", name);
    return head;
}

ffi_entry *ffi_registry_find(const ffi_registry *registry, const char *name) {
    const struct head *head = found(registry, name, __func__);
    return head ? head_handle(head) : NULL;
}

static ffi_error call(const struct head *head, ffi_any *result, const ffi_any *args, size_t count) {
    if (head->as.entry.native) return native_call(head, result, args, count);
    return ffi_invoke_any(head->as.entry.function, result, args, count);
}

ffi_error ffi_registry_call(ffi_registry *registry, const char *name, ffi_any *result, const ffi_any *args,
                            size_t count) {
    const struct head *head = found(registry, name, __func__);
    return head ? call(head, result, args, count) : ffi_last_error();
}

ffi_error ffi_entry_call(const ffi_entry *entry, ffi_any *result, const ffi_any *args, size_t count) {
    const struct head *head = head_of(entry, HEAD_ENTRY, __func__);
    return head ? call(head, result, args, count) : ffi_last_error();
}

const ffi_function *ffi_entry_function(const ffi_entry *entry) {
    const struct head *head = head_of(entry, HEAD_ENTRY, __func__);
    return head && !head->as.entry.native ? head->as.entry.function : NULL;
}

const ffi_ctype *ffi_entry_signature(const ffi_entry *entry) {
    const struct head *head = head_of(entry, HEAD_ENTRY, __func__);
    return head ? ffi_function_signature(head->as.entry.function) : NULL;
}

const char *ffi_entry_name(const ffi_entry *entry) {
    const struct head *head = head_of(entry, HEAD_ENTRY, __func__);
    return head ? head->as.entry.name : "";
}

int ffi_entry_arity(const ffi_entry *entry) {
    const struct head *head = head_of(entry, HEAD_ENTRY, __func__);
    return head ? head->as.entry.arity : -1;
}

void ffi_registry_each(const ffi_registry *registry, bool (*visit)(ffi_entry *entry, void *userdata),
                       void               *userdata) {
    if (!registry || !visit) return;
    for (struct head *head = registry->first, *next; head; head = next) {
        next = head->as.entry.order.next;
        if (!visit(head_handle(head), userdata)) return;
    }
}
