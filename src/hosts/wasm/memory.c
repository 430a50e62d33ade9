/* SPDX-License-Identifier: MIT */
/* Pointers: offsets in a module's memory, and handles for what lies elsewhere. */
#include "host.h"

#include <stdlib.h>

enum { INDEX_BITS = 24, GENERATIONS = (1 << 7) - 1 }; /* none makes WASM_NOTHING of an index */

/* ---- offsets ---- */

bool wasm_memory_grew(wasm_host *host) {
    uint64_t before = host->memory_size;
    if (host->engine->memory_stays) host->memory = host->engine->memory(host->instance, &host->memory_size);
    return host->memory_size != before;
}

static bool is_inside(const wasm_host *host, uint64_t offset, uint64_t size) {
    return offset <= host->memory_size && size <= host->memory_size - offset;
}

ffi_error wasm_address(wasm_host *host, uint64_t offset, uint64_t size, uint32_t mask, void **at) {
    if (!is_inside(host, offset, size) && !(wasm_memory_grew(host) && is_inside(host, offset, size)))
        return ffi_fail(FFI_ERROR_RANGE, "%llu bytes at offset %llu are not in the memory of %llu bytes",
                        (unsigned long long)size, (unsigned long long)offset,
                        (unsigned long long)host->memory_size);
    if (offset & mask)
        return ffi_fail(FFI_ERROR_RANGE, "offset %llu is not aligned to %u bytes", (unsigned long long)offset,
                        mask + 1);
    *at = host->memory + offset;
    return FFI_ERROR_NONE;
}

ffi_error wasm_text(wasm_host *host, uint64_t offset, const char **text) {
    if ((*text = wasm_text_at(host, offset))) return FFI_ERROR_NONE;
    if (wasm_memory_grew(host) && (*text = wasm_text_at(host, offset))) return FFI_ERROR_NONE;
    return ffi_fail(FFI_ERROR_RANGE, "the text at offset %llu does not end in the memory of %llu bytes",
                    (unsigned long long)offset, (unsigned long long)host->memory_size);
}

/* ---- handles ---- */

static uint32_t bucket_of(const struct wasm_handles *handles, const void *pointer) {
    uint64_t hash = (uint64_t)(uintptr_t)pointer * 0x9e3779b97f4a7c15u; /* Fibonacci hashing */
    return (uint32_t)(hash >> 32) & (handles->capacity - 1);
}

static void link_handle(struct wasm_handles *handles, uint32_t index) {
    uint32_t bucket          = bucket_of(handles, handles->all[index].pointer);
    handles->all[index].next = handles->buckets[bucket];
    handles->buckets[bucket] = index + 1;
}

static bool grow(struct wasm_handles *handles) {
    uint32_t capacity = handles->capacity ? 2 * handles->capacity : 64;
    if (capacity > 1u << INDEX_BITS) return false;
    struct wasm_handle *all = realloc(handles->all, capacity * sizeof *all);
    if (!all) return false;
    handles->all      = all;
    uint32_t *buckets = calloc(capacity, sizeof *buckets);
    if (!buckets) return false;
    free(handles->buckets);
    handles->buckets  = buckets;
    handles->capacity = capacity;
    for (uint32_t i = 0; i < handles->count; i++) link_handle(handles, i); /* a full table has no free ones */
    return true;
}

static uint32_t name_of(const struct wasm_handles *handles, uint32_t index) {
    return WASM_HANDLE | handles->all[index].generation << INDEX_BITS | index;
}

ffi_error wasm_handle_new(wasm_host *host, const void *pointer, uint32_t *handle) {
    struct wasm_handles *handles = &host->handles;
    uint32_t             index   = handles->capacity ? handles->buckets[bucket_of(handles, pointer)] : 0;
    for (; index; index = handles->all[index - 1].next)
        if (handles->all[index - 1].pointer == pointer)
            return *handle = name_of(handles, index - 1), FFI_ERROR_NONE;
    if (handles->free) {
        index         = handles->free - 1;
        handles->free = handles->all[index].next;
    } else {
        if (handles->count == handles->capacity && !grow(handles))
            return ffi_fail(FFI_ERROR_MEMORY,
                            "out of memory for handles: a module drops those that it needs no longer");
        index                          = handles->count++;
        handles->all[index].generation = 0;
    }
    handles->all[index].pointer = pointer;
    link_handle(handles, index);
    *handle = name_of(handles, index);
    return FFI_ERROR_NONE;
}

static struct wasm_handle *handle_at(wasm_host *host, uint32_t name) {
    uint32_t            index  = name & ((1u << INDEX_BITS) - 1);
    struct wasm_handle *handle = index < host->handles.count ? &host->handles.all[index] : NULL;
    if (handle && handle->pointer && name == name_of(&host->handles, index)) return handle;
    ffi_fail(FFI_ERROR_ARGUMENT, "0x%x is no handle, or one that was dropped", name);
    return NULL;
}

void *wasm_handle_pointer(wasm_host *host, uint32_t name) {
    struct wasm_handle *handle = handle_at(host, name);
    return handle ? (void *)(uintptr_t)handle->pointer : NULL;
}

void wasm_handle_drop(wasm_host *host, uint32_t name) {
    struct wasm_handles *handles = &host->handles;
    struct wasm_handle  *handle  = handle_at(host, name);
    if (!handle) return;
    uint32_t index = (uint32_t)(handle - handles->all);
    for (uint32_t *link = &handles->buckets[bucket_of(handles, handle->pointer)]; *link;
         link           = &handles->all[*link - 1].next)
        if (*link == index + 1) {
                      *link = handle->next;
                      break;
        }
    handle->pointer    = NULL;
    handle->generation = (handle->generation + 1) % GENERATIONS;
    handle->next       = handles->free;
    handles->free      = index + 1;
}

static bool offset_of(const wasm_host *host, const void *pointer, uint32_t *out) {
    uintptr_t offset = (uintptr_t)pointer - (uintptr_t)host->memory;
    *out             = (uint32_t)offset;
    return host->memory && offset <= host->memory_size && offset < WASM_HANDLE;
}

ffi_error wasm_pointer_out(wasm_host *host, const void *pointer, uint32_t *out) {
    if (!pointer) return *out = 0, FFI_ERROR_NONE;
    if ((uintptr_t)pointer == UINTPTR_MAX) return *out = WASM_NOTHING, FFI_ERROR_NONE;
    if (offset_of(host, pointer, out)) return FFI_ERROR_NONE;
    if (wasm_memory_grew(host) && offset_of(host, pointer, out)) return FFI_ERROR_NONE;
    return wasm_handle_new(host, pointer, out);
}
