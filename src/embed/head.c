/* SPDX-License-Identifier: MIT */
/*
 * What the layer keeps with a context: the heads of buffers, objects and entries, in slabs that live as long as
 * the context, so that a handle of one that was freed can be told; and a list of what ends with the context.
 *
 * A head that was freed is used again only after many others have been: its handles then differ in their
 * generation.
 */
#include "embed.h"

enum { SLAB_HEADS = 32, QUARANTINE = 256 };

struct slab {
    struct slab *next;
    struct head  heads[SLAB_HEADS];
};

struct layer {
    ffi_context  *context;
    atomic_flag   lock; /* guards the members below */
    struct slab  *slabs;
    size_t        unused;       /* heads of the first slab that were never used */
    struct head  *first, *last; /* freed heads, the oldest first */
    size_t        freed;
    struct owned *owned;
};

static const char key;

void embed_lock(atomic_flag *flag) {
    while (atomic_flag_test_and_set_explicit(flag, memory_order_acquire)) {}
}

void embed_unlock(atomic_flag *flag) {
    atomic_flag_clear_explicit(flag, memory_order_release);
}

ffi_error embed_null(const char *where, const char *what) {
    return ffi_fail(FFI_ERROR_ARGUMENT, "%s: %s is NULL", where, what);
}

ffi_error embed_failed(const char *where) {
    const char *message = ffi_last_message(),
               *colon   = strncmp(message, "ffi_", 4) ? NULL : strchr(message, ':');
    return colon ? ffi_fail(ffi_last_error(), "%s%s", where, colon) : ffi_last_error();
}

/* ---- with a context ---- */

/* Frees what the host has left to the context. False if that is done elsewhere. */
static bool end_head(struct head *head) {
    if (!head->live) return false;
    switch ((enum head_kind)head->kind) {
    case HEAD_BUFFER: ffi_buffer_free(head_handle(head)); return true;
    case HEAD_OBJECT:
        head->as.object.references = 1;
        ffi_object_release(head_handle(head));
        return true;
    case HEAD_ENTRY: /* its registry ends */
    case HEAD_LIBRARY:
    case HEAD_FUNCTION: /* the core frees them */
    case HEAD_KINDS: break;
    }
    return false;
}

static bool end_heads(struct layer *layer) {
    bool any = false;
    for (struct slab *slab = layer->slabs; slab; slab = slab->next)
        for (size_t i = 0; i < SLAB_HEADS; i++) any |= end_head(&slab->heads[i]);
    return any;
}

/* What ends may make something new: a buffer's or an object's `drop`, a call's `done`. */
static void layer_end(ffi_context *context, void *value) {
    struct layer *layer = value;
    do {
        while (layer->owned) layer->owned->end(layer->owned);
    } while (end_heads(layer) || layer->owned);
    for (struct slab *slab = layer->slabs, *next; slab; slab = next) {
        next = slab->next;
        ffi_context_memory(context, slab, sizeof *slab, 0);
    }
    ffi_context_memory(context, layer, sizeof *layer, 0);
}

struct layer *layer_of(ffi_context *context) {
    struct layer *layer = ffi_context_attached(context, &key);
    if (layer) return layer;
    layer = ffi_context_memory(context, NULL, 0, sizeof *layer);
    if (!layer) return NULL;
    memset(layer, 0, sizeof *layer);
    layer->context = context;
    atomic_flag_clear(&layer->lock);
    struct layer *kept = ffi_context_attach(context, &key, layer, layer_end);
    if (kept != layer) ffi_context_memory(context, layer, sizeof *layer, 0);
    return kept;
}

ffi_context *layer_context(const struct layer *layer) {
    return layer->context;
}

void owned_add(struct layer *layer, struct owned *owned, void end(struct owned *)) {
    embed_lock(&layer->lock);
    *owned = (struct owned){.next = layer->owned, .link = &layer->owned, .end = end};
    if (owned->next) owned->next->link = &owned->next;
    layer->owned = owned;
    embed_unlock(&layer->lock);
}

void owned_remove(struct layer *layer, struct owned *owned) {
    embed_lock(&layer->lock);
    *owned->link = owned->next;
    if (owned->next) owned->next->link = owned->link;
    embed_unlock(&layer->lock);
}

/* ---- heads ---- */

/* Takes an unused head; NULL if a new slab is needed. */
static struct head *take(struct layer *layer) {
    struct head *head = layer->freed > QUARANTINE ? layer->first : NULL;
    if (head) {
        layer->first = head->next;
        if (!layer->first) layer->last = NULL;
        layer->freed--;
    } else if (layer->unused) {
        head = &layer->slabs->heads[SLAB_HEADS - layer->unused--];
    }
    return head;
}

struct head *head_new(ffi_context *context, enum head_kind kind) {
    struct layer *layer = layer_of(context);
    if (!layer) return NULL;
    struct slab *spare = NULL;
    struct head *head;
    for (;;) {
        embed_lock(&layer->lock);
        if (!(head = take(layer)) && spare) {
            spare->next   = layer->slabs;
            layer->slabs  = spare;
            layer->unused = SLAB_HEADS;
            spare         = NULL;
            head          = take(layer);
        }
        embed_unlock(&layer->lock);
        if (head || spare) break;
        if (!(spare = ffi_context_memory(context, NULL, 0, sizeof *spare))) return NULL;
        memset(spare, 0, sizeof *spare);
    }
    if (spare) ffi_context_memory(context, spare, sizeof *spare, 0);
    uint16_t generation = head->generation;
    memset(head, 0, sizeof *head);
    head->kind       = (uint8_t)kind;
    head->layer      = layer;
    head->generation = generation ? generation : 1;
    atomic_store(&head->live, 1);
    return head;
}

bool head_end(struct head *head, const char *where) {
    unsigned live = 1;
    if (!atomic_compare_exchange_strong(&head->live, &live, 0)) {
        head_stale(head_handle(head), (enum head_kind)head->kind, where);
        return false;
    }
    uint16_t next    = (uint16_t)(head->generation + 1);
    head->generation = next ? next : 1;
    return true;
}

void head_give(struct head *head) {
    struct layer *layer = head->layer;
    embed_lock(&layer->lock);
    head->next = NULL;
    if (layer->last) layer->last->next = head;
    else layer->first = head;
    layer->last = head;
    layer->freed++;
    embed_unlock(&layer->lock);
}

struct head *head_stale(const void *handle, enum head_kind kind, const char *where) {
    static const char *const names[] = {"buffer", "object", "entry", "library", "function"};
    if (!handle) embed_null(where, names[kind]);
    else ffi_fail(FFI_ERROR_ARGUMENT, "%s: this %s was freed before, or never was one", where, names[kind]);
    return NULL;
}
