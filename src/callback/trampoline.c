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
 * The head of a block. It is in the upkeep of the first callback.
 *
 * The first trampoline of a copy is not used: clang's -fsanitize=function reads 8 bytes below a function before
 * a call, and below a copy there is no memory.
 */
struct block {
    struct block *next;           /* the next spare block */
    uint16_t      taken;          /* number of callbacks so far, unused ones included */
    uint16_t      units;          /* number of copies of the page so far */
    uint32_t      stride, offset; /* offset of the trampolines in their page */
    uint32_t      shifting;       /* by unit, a bit: it has the trampolines of shifted functions */
    bool          read_only;
};

_Static_assert(sizeof(struct block) <= sizeof(struct upkeep), "it has room there");
_Static_assert(TRAMPOLINE_DISTANCE / CALLBACK_SIZE <= UINT16_MAX, "as many callbacks can be counted");
_Static_assert(TRAMPOLINE_DISTANCE / (TRAMPOLINES * CALLBACK_SIZE) <= 32, "and as many units");
_Static_assert(SHIFT_DISTANCE == 2 * TRAMPOLINE_DISTANCE, "the last quarter");

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
    return base_of(callback) + block->offset + (at - within) + within / CALLBACK_SIZE * TRAMPOLINE_SIZE;
}

/* ---- blocks ---- */

static bool is_full(const struct block *block) {
    size_t last = TRAMPOLINE_DISTANCE - block->offset -
                  TRAMPOLINES * CALLBACK_SIZE; /* the offset where a copy of the page may begin */
    return block->taken == (last / block->stride + 1) * TRAMPOLINES;
}

static bool add_unit(struct block *block, struct os_reason *reason) {
    const char *page = (const char *)trampoline_page - block->offset;
    if (!os_code_copy(base_of(block) + block->units * (size_t)block->stride, page, reason)) return false;
    block->units++;
    return true;
}

static struct block *map_block(bool read_only, struct os_reason *reason) {
    size_t page = os_page_size();
    char  *base = os_region_map(TRAMPOLINE_BLOCK, TRAMPOLINE_DISTANCE, &reason->why);
    if (!base) return NULL;
    struct block *block = (struct block *)(void *)(base + (size_t)2 * TRAMPOLINE_DISTANCE);
    block->stride       = (uint32_t)round_up((size_t)TRAMPOLINES * CALLBACK_SIZE, page);
    block->offset       = (uint32_t)((uintptr_t)trampoline_page & (page - 1));
    block->read_only    = read_only;
    os_code_keep(trampoline_page); /* the code that late calls run is in this library */
    bool good = add_unit(block, reason);
    if (good && read_only)
        good = os_region_protect(base + TRAMPOLINE_DISTANCE, TRAMPOLINE_DISTANCE, false, &reason->why);
    if (good) return block;
    os_region_unmap(base, TRAMPOLINE_BLOCK);
    return NULL;
}

void trampoline_spare(struct block *block) {
    if (!block || is_full(block)) return;
    spin_take(&process_lock);
    block->next  = spare_blocks;
    spare_blocks = block;
    spin_give(&process_lock);
}

/* Takes a spare block; with `mapped` only one that has trampolines for its next callback already. */
static struct block *adopt(bool read_only, bool mapped) {
    spin_take(&process_lock);
    struct block **link = &spare_blocks, *block;
    while ((block = *link) &&
           (block->read_only != read_only || (mapped && block->taken == block->units * TRAMPOLINES)))
        link = &block->next;
    if (block) *link = block->next;
    spin_give(&process_lock);
    return block;
}

ffi_callback *trampoline_fresh(struct block **own, bool read_only, struct os_reason *reason) {
    struct block *block = *own;
    if (!block || is_full(block)) {
        if (!(block = adopt(read_only, false)) && !(block = map_block(read_only, reason))) return NULL;
        *own = block;
    }
    if (block->taken == block->units * TRAMPOLINES && !add_unit(block, reason)) {
        if (!(block = adopt(read_only, true))) return NULL;
        trampoline_spare(*own);
        *own = block;
    }
    if (block->taken % TRAMPOLINES == 0) block->taken++;
    size_t unit = block->taken / TRAMPOLINES, n = block->taken++ % TRAMPOLINES;
    char  *unit_callbacks = base_of(block) + TRAMPOLINE_DISTANCE + block->offset + unit * block->stride;
    return (ffi_callback *)(void *)unit_callbacks + n;
}

/* ---- shifted functions ---- */

void *trampoline_shifting(const ffi_callback *callback, const unsigned char *page, struct os_reason *reason) {
    struct block *block = block_of(callback);
    size_t        unit = ((uintptr_t)callback & (TRAMPOLINE_DISTANCE - 1)) / block->stride, copied = 0;
    uint32_t      bit = (uint32_t)1 << unit;
    char         *to  = base_of(callback) + TRAMPOLINE_DISTANCE + SHIFT_DISTANCE + unit * block->stride;
    spin_take(&writer);
    if (!(block->shifting & bit)) {
        while (copied < block->stride && os_code_copy(to + copied, page, reason)) copied += os_page_size();
        if (copied == block->stride) block->shifting |= bit;
    }
    bool good = block->shifting & bit;
    spin_give(&writer);
    return good ? (char *)(uintptr_t)callback + SHIFT_DISTANCE : NULL;
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
