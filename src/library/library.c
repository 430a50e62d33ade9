/* SPDX-License-Identifier: MIT */
/*
 * Libraries: opening them by the names that the platform tries, one handle per loaded object and context, and a
 * cache of symbols that is read without a lock.
 *
 * The context's lock is never held while the system loads, unloads or resolves: constructors, destructors and
 * resolvers are foreign code that may call this library.
 */
#include "library/library.h"

#include "base/string_builder.h"
#include "library/policy.h"

/* ---- opening and closing ---- */

static ffi_library *library_at(struct handle *node) {
    return (ffi_library *)(void *)((char *)node - offsetof(ffi_library, node));
}

/* Behind a library is room for its name and its first symbols. */
enum { LIBRARY_ROOM = 512, LIBRARY_SIZE = sizeof(ffi_library) + LIBRARY_ROOM };

/* The handle for a loaded object: the existing one, or a new one. It takes over one reference of the system.
 * Under the lock. */
static ffi_library *handle_for(ffi_context *context, void *loaded, const char *file) {
    for (struct handle *node = context->libraries.live; node; node = node->next) {
        ffi_library *library = library_at(node);
        if (library->handle == loaded) return library->opens++, library;
    }
    ffi_library *library =
        handle_new(&context->libraries, &context->heap, LIBRARY_SIZE, offsetof(ffi_library, node));
    if (!library) return NULL;
    *library = (ffi_library){.context = context, .handle = loaded, .opens = 1, .symbols = {.is_shared = true}};
    arena_lend(&library->arena, library + 1, LIBRARY_ROOM);
    map_lend(&library->symbols, arena_words(&library->arena, &context->heap, MAP_LENT));
    library->name = arena_text(&library->arena, &context->heap, file, strlen(file) + 1);
    if (!library->name) return memory_free(&context->heap, library, LIBRARY_SIZE), NULL;
    handle_link(&context->libraries.live, &library->node);
    context->release_library = library_release;
    return library;
}

static ffi_library *adopt(ffi_context *context, void *loaded, const char *file) {
    os_lock_take(&context->lock);
    ffi_library *library = handle_for(context, loaded, file);
    bool         shared  = library && library->opens + library->bound > 1;
    os_lock_give(&context->lock);
    if (shared || !library) os_library_close(loaded); /* a handle keeps only one reference of the system */
    return library;
}

ffi_library *ffi_library_open(ffi_context *context, const char *name, unsigned flags) {
    const unsigned known = FFI_LIBRARY_LAZY | FFI_LIBRARY_GLOBAL | FFI_LIBRARY_NO_LOAD;
    if (!context) return fail_null(__func__, "context"), NULL;
    if (flags & ~known)
        return fail(FFI_ERROR_ARGUMENT, "ffi_library_open: unknown flags 0x%x", flags & ~known), NULL;
    if (name && !*name) return fail(FFI_ERROR_ARGUMENT, "ffi_library_open: the name is empty"), NULL;

    const char *why = "";
    if (!name) {
        void *loaded = os_library_open(NULL, flags, &why);
        if (!loaded) return fail(FFI_ERROR_LIBRARY, "cannot open the program itself: %s", why), NULL;
        return adopt(context, loaded, "");
    }
    struct os_names names;
    char            buffer[3500];
    struct text     tried  = {.buffer = buffer, .size = sizeof buffer};
    bool            denied = false;
    os_names_begin(&names, name);
    while (os_library_next(&names)) {
        bool  may    = policy_loads(context, names.file, &why);
        void *loaded = may ? os_library_open(names.file, flags, &why) : NULL;
        if (loaded && policy_keeps(context, loaded, &why)) return adopt(context, loaded, names.file);
        if (loaded) os_library_close(loaded);
        denied |= loaded || !may;
        text_put(&tried, "\n  %.400s: %.1200s", names.file, why);
    }
    return fail(denied ? FFI_ERROR_DENIED : FFI_ERROR_LIBRARY, "cannot open library '%.400s'; tried%s", name,
                tried.buffer),
           NULL;
}

/* Ends a handle and queues it. The caller closes the returned system handle, without the lock. */
static void *end(ffi_library *library) {
    ffi_context *context = library->context;
    void        *loaded  = library->handle;
    handle_unlink(&library->node);
    map_free(&library->symbols, &context->heap);
    arena_free(&library->arena, &context->heap);
    *library = (ffi_library){.context = context, .name = ""};
    handle_rest(&context->libraries, &library->node);
    return loaded;
}

/* Releases one open, or the hold of one function; false if there is none. A handle that nothing holds any more
 * ends. */
static bool drop(ffi_library *library, size_t *count) {
    ffi_context *context = library->context;
    void        *loaded  = NULL;
    os_lock_take(&context->lock);
    bool held = *count > 0;
    if (held && (--*count, library->opens + library->bound == 0)) loaded = end(library);
    os_lock_give(&context->lock);
    if (loaded) os_library_close(loaded);
    return held;
}

void ffi_library_close(ffi_library *library) {
    if (library && !drop(library, &library->opens))
        fail(FFI_ERROR_ARGUMENT, "ffi_library_close: this library was closed as often as it was opened");
}

void library_release(ffi_library *library) {
    if (library) drop(library, &library->bound);
}

void libraries_free(ffi_context *context) {
    while (context->libraries.live) os_library_close(end(library_at(context->libraries.live)));
    handles_free(&context->libraries, &context->heap, LIBRARY_SIZE, offsetof(ffi_library, node));
}

const char *ffi_library_name(const ffi_library *library) {
    return library ? library->name : "";
}

/* ---- symbols ---- */

struct symbol_key {
    const char *name, *version;
    size_t      name_length, version_length;
};

static bool is_symbol(const void *record, const void *key) {
    const struct symbol     *symbol = record;
    const struct symbol_key *wanted = key;
    if (strncmp(symbol->name, wanted->name, wanted->name_length)) return false;
    const char *rest = symbol->name + wanted->name_length;
    return wanted->version ? *rest == '@' && !strcmp(rest + 1, wanted->version) : !*rest;
}

static const struct symbol *remember(ffi_library *library, uint64_t hash, const struct symbol_key *key,
                                     void *address, ffi_symbol_kind kind) {
    ffi_context *context = library->context;
    os_lock_take(&context->lock);
    struct symbol *symbol = map_find(&library->symbols, hash, is_symbol, key); /* another thread set it */
    if (!symbol) {
        size_t size = sizeof *symbol + key->name_length + 1 + key->version_length + 1;
        symbol      = arena_new(&library->arena, &context->heap, size);
        if (symbol) {
            symbol->address = address;
            symbol->kind    = kind;
            memcpy(symbol->name, key->name, key->name_length);
            if (key->version) {
                symbol->name[key->name_length] = '@';
                memcpy(symbol->name + key->name_length + 1, key->version, key->version_length);
            }
            if (!map_add(&library->symbols, &context->heap, hash, symbol)) symbol = NULL;
        }
    }
    os_lock_give(&context->lock);
    return symbol;
}

/* The library's memory, which does not move. The query takes the system's lock, so the context's lock must not be
 * held. */
static const struct os_image *image_of(ffi_library *library) {
    if (atomic_load_explicit(&library->has_image, memory_order_acquire)) return &library->image;
    struct os_image image = os_library_image(library->handle);
    os_lock_take(&library->context->lock);
    if (!library->has_image) library->image = image;
    atomic_store_explicit(&library->has_image, true, memory_order_release);
    os_lock_give(&library->context->lock);
    return &library->image;
}

/* Whether a symbol's address may be cached: it lies in the library itself. A symbol found in another library
 * may be unloaded with it, and a thread-local variable has another address in each thread. */
static bool is_lasting(const ffi_library *library, const struct os_image *image, const void *address) {
    return *library->name && (uintptr_t)address >= image->low && (uintptr_t)address < image->high;
}

/* Checked only if the cache does not have the symbol; the cache of a closed library is empty. */
static bool is_closed(const ffi_library *library) {
    if (!library->handle) fail(FFI_ERROR_ARGUMENT, "this library was closed");
    return !library->handle;
}

void *library_symbol(ffi_library *library, const char *name, const char *version,
                     const struct symbol **cached) {
    struct symbol_key key  = {name, version, strlen(name), version ? strlen(version) : 0};
    uint64_t          hash = hash_bytes(0, name, key.name_length);
    if (version) hash = hash_bytes(hash, version, key.version_length);
    *cached     = map_find(&library->symbols, hash, is_symbol, &key);
    bool locked = library->context->locked;
    if (*cached && locked && !policy_binds(library, name, (*cached)->address, true)) return NULL;
    if (*cached) return (*cached)->address;
    if (is_closed(library)) return NULL;

    const char *why     = "";
    void       *address = os_library_symbol(library->handle, name, version, &why);
    if (!address) {
        fail(FFI_ERROR_SYMBOL, "%s has no symbol '%.300s%s%.100s': %s",
             *library->name ? library->name : "the program", name, version ? "@" : "", version ? version : "",
             why);
        return NULL;
    }
    const struct os_image *image   = image_of(library);
    bool                   lasting = is_lasting(library, image, address);
    if (locked && !policy_binds(library, name, address, lasting)) return NULL;
    if (!lasting) return address;
    *cached = remember(library, hash, &key, address, os_symbol_kind(image, name, version, address));
    return *cached ? address : NULL;
}

ffi_symbol_kind library_symbol_kind(ffi_library *library, const char *name, const void *address,
                                    const struct symbol *cached) {
    return cached ? cached->kind : os_symbol_kind(image_of(library), name, NULL, address);
}

void *ffi_library_symbol(ffi_library *library, const char *name) {
    const struct symbol *cached;
    if (!library) return fail_null(__func__, "library"), NULL;
    if (!name) return fail_null(__func__, "name"), NULL;
    return library_symbol(library, name, NULL, &cached);
}

void *ffi_library_symbol_version(ffi_library *library, const char *name, const char *version) {
    const struct symbol *cached;
    if (!library) return fail_null(__func__, "library"), NULL;
    if (!name) return fail_null(__func__, "name"), NULL;
    return library_symbol(library, name, version, &cached);
}

ffi_error ffi_library_symbols(ffi_library *library, ffi_symbol_visitor *visit, void *userdata) {
    const char *why     = "";
    size_t      outside = 0;
    if (!library) return fail_null(__func__, "library");
    if (!visit) return fail_null(__func__, "visit");
    if (is_closed(library)) return FFI_ERROR_ARGUMENT;
    const char *name = *library->name ? library->name : "the program";
    if (!os_library_symbols(library->handle, visit, userdata, &outside, &why))
        return fail(FFI_ERROR_LIBRARY, "cannot list the symbols of %.2000s: %s", name, why);
    if (!outside) return FFI_ERROR_NONE;
    return fail(FFI_ERROR_LIBRARY, "%.2000s is damaged: %zu of its symbols lie outside its tables or memory",
                name, outside);
}
