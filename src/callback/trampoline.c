/* SPDX-License-Identifier: MIT */
/* Trampolines: blocks of memory, and new callbacks from them. */
#include "callback/trampoline.h"

#include "os/os.h"

_Static_assert(sizeof(ffi_callback) == CALLBACK_SIZE, "arch/offsets.h");
_Static_assert(offsetof(ffi_callback, handler) == CALLBACK_HANDLER, "arch/offsets.h");
_Static_assert(offsetof(ffi_callback, userdata) == CALLBACK_USERDATA, "arch/offsets.h");
_Static_assert(offsetof(ffi_callback, form) == CALLBACK_FORM, "arch/offsets.h");
_Static_assert(TRAMPOLINES *TRAMPOLINE_SIZE == 4096, "a page of the smallest size");
_Static_assert(sizeof(struct upkeep) == CALLBACK_SIZE, "both have the same stride");

extern const unsigned char trampoline_page[TRAMPOLINES * TRAMPOLINE_SIZE]; /* arch/<cpu>/trampoline */

/*
 * The first trampoline of a copy is not used: clang's -fsanitize=function reads 8 bytes below a function before
 * a call, and below a copy there is no memory.
 */
const struct code_page plain_page = {
    .code = trampoline_page, .count = TRAMPOLINES, .size = TRAMPOLINE_SIZE, .unused = 1};

/* The head of a block. It is in the upkeep of the first callback, which is not used. */
struct block {
    struct block           *next; /* the next block of the context, or the next spare one */
    const struct code_page *page;
    uint16_t                taken;  /* number of callbacks so far, unused ones included */
    uint16_t                units;  /* number of copies of the page so far */
    uint32_t                stride; /* bytes from a copy to the next */
    uint32_t                offset; /* offset of the trampolines in their page */
    bool                    read_only;
};

_Static_assert(sizeof(struct block) <= sizeof(struct upkeep), "it has room there");
_Static_assert(TRAMPOLINE_DISTANCE / CALLBACK_SIZE <= UINT16_MAX, "as many callbacks can be counted");

spin_lock process_lock;

/* Blocks of freed contexts that still have new callbacks. */
static struct block *spare_blocks;

/* Taken while a thread makes callbacks writable for a moment. */
static spin_lock writer;

static char *base_of(const void *in_block) {
    return (char *)((uintptr_t)in_block & ~(uintptr_t)(TRAMPOLINE_BLOCK - 1));
}

static struct block *block_of(const ffi_callback *callback) {
    return (struct block *)(void *)(base_of(callback) + (size_t)2 * TRAMPOLINE_DISTANCE);
}

void *trampoline_code(const ffi_callback *callback) {
    const struct block *block = block_of(callback);
    uintptr_t at     = (uintptr_t)callback - (uintptr_t)base_of(callback) - TRAMPOLINE_DISTANCE - block->offset;
    uintptr_t within = at & (block->stride - 1);
    return base_of(callback) + block->offset + (at - within) + within / CALLBACK_SIZE * block->page->size;
}

/* Done once, because a child of fork cannot use a loader that another thread of its parent was using. */
void trampoline_keep(void) {
    static atomic_bool kept;
    if (atomic_load_explicit(&kept, memory_order_relaxed)) return;
    atomic_store_explicit(&kept, true, memory_order_relaxed);
    os_code_keep(trampoline_page);
}

/* ---- blocks ---- */

/* The bytes from the first trampoline of a copy to the end of its page, or those of its callbacks if they are
 * more. */
static size_t extent_of(const struct code_page *page) {
    size_t callbacks = (size_t)page->count * CALLBACK_SIZE, code = (size_t)TRAMPOLINES * TRAMPOLINE_SIZE;
    return callbacks > code ? callbacks : code;
}

static bool is_full(const struct block *block) {
    size_t last = TRAMPOLINE_DISTANCE - block->offset - extent_of(block->page); /* where a copy may begin */
    return block->taken == (last / block->stride + 1) * block->page->count;
}

/* Whether the next callback is of a copy that the block does not have yet. */
static bool needs_unit(const struct block *block) {
    return block->taken == block->units * block->page->count;
}

static bool add_unit(struct block *block, struct os_reason *reason) {
    const char *code = (const char *)block->page->code - block->offset;
    if (!os_code_copy(base_of(block) + block->units * (size_t)block->stride, code, reason)) return false;
    block->units++;
    return true;
}

static struct block *map_block(const struct code_page *page, bool read_only, struct os_reason *reason) {
    size_t size = os_page_size();
    char  *base = os_region_map(trampoline_page, TRAMPOLINE_BLOCK, TRAMPOLINE_DISTANCE, &reason->why);
    if (!base) return NULL;
    struct block *block = (struct block *)(void *)(base + (size_t)2 * TRAMPOLINE_DISTANCE);
    block->page         = page;
    block->taken        = 1;
    block->stride       = (uint32_t)round_up(extent_of(page), size);
    block->offset       = (uint32_t)((uintptr_t)page->code & (size - 1));
    block->read_only    = read_only;
    bool good           = add_unit(block, reason);
    if (good && read_only)
        good = os_region_protect(base + TRAMPOLINE_DISTANCE, TRAMPOLINE_DISTANCE, false, &reason->why);
    if (good) return block;
    os_region_unmap(base, TRAMPOLINE_BLOCK);
    return NULL;
}

void trampoline_spare(struct block *blocks) {
    for (struct block *block = blocks; block; block = blocks) {
        blocks = block->next;
        if (is_full(block)) continue;
        spin_take(&process_lock);
        block->next  = spare_blocks;
        spare_blocks = block;
        spin_give(&process_lock);
    }
}

/* Takes a spare block; with `mapped` only one that has trampolines for its next callback already. */
static struct block *adopt(const struct code_page *page, bool read_only, bool mapped) {
    spin_take(&process_lock);
    struct block **link = &spare_blocks, *block;
    while ((block = *link) &&
           (block->page != page || block->read_only != read_only || (mapped && needs_unit(block))))
        link = &block->next;
    if (block) *link = block->next;
    spin_give(&process_lock);
    return block;
}

/* Puts a block in the place of `*own`, which may be NULL. Returns the replaced one, alone. */
static struct block *replace(struct block **own, struct block *block) {
    struct block *old = *own;
    block->next       = old ? old->next : NULL;
    *own              = block;
    if (old) old->next = NULL;
    return old;
}

ffi_callback *trampoline_fresh(struct block **blocks, const struct code_page *page, bool read_only,
                               struct os_reason *reason) {
    struct block **own = blocks, *block;
    while (*own && (*own)->page != page) own = &(*own)->next;
    if (!(block = *own) || is_full(block)) {
        if (!(block = adopt(page, read_only, false)) && !(block = map_block(page, read_only, reason)))
            return NULL;
        replace(own, block);
    }
    if (needs_unit(block) && !add_unit(block, reason)) {
        if (!(block = adopt(page, read_only, true))) return NULL;
        trampoline_spare(replace(own, block));
    }
    size_t unit = block->taken / page->count, n = block->taken % page->count;
    if (n < page->unused) n = page->unused;
    block->taken         = (uint16_t)(unit * page->count + n + 1);
    char *unit_callbacks = base_of(block) + TRAMPOLINE_DISTANCE + block->offset + unit * block->stride;
    return (ffi_callback *)(void *)unit_callbacks + n;
}

/* ---- writing ---- */

/* Changes the protection of one page. If the system has no room for another mapping, changes that of the whole
 * block's callbacks. */
bool trampoline_rewrite(ffi_callback *callback, const struct form *form, const struct target *target,
                        const char **why) {
    size_t      size = os_page_size();
    char       *at   = (char *)((uintptr_t)callback & ~(uintptr_t)(size - 1));
    const char *ignored;
    spin_take(&writer);
    bool writable = os_region_protect(at, size, true, why);
    if (!writable) {
        at       = base_of(callback) + TRAMPOLINE_DISTANCE;
        size     = TRAMPOLINE_DISTANCE;
        writable = os_region_protect(at, size, true, why);
    }
    if (writable && target) trampoline_set(callback, form, target);
    else if (writable) atomic_store(&callback->entry, form->late);
    if (writable) (void)os_region_protect(at, size, false, &ignored);
    spin_give(&writer);
    return writable;
}
