/* SPDX-License-Identifier: MIT */
/* Trampolines: blocks of them, and who has which. */
#include "trampoline.h"

#include "context.h"
#include "stubs.h"

_Static_assert(sizeof(ffi_callback) == CALLBACK_SIZE, "arch/layout.h");
_Static_assert(offsetof(ffi_callback, handler) == CALLBACK_HANDLER, "arch/layout.h");
_Static_assert(offsetof(ffi_callback, userdata) == CALLBACK_USERDATA, "arch/layout.h");
_Static_assert(offsetof(ffi_callback, plan) == CALLBACK_PLAN, "arch/layout.h");
_Static_assert(TRAMPOLINES *TRAMPOLINE_SIZE == 4096, "a page of the smallest size");

extern const unsigned char trampoline_page[TRAMPOLINES * TRAMPOLINE_SIZE]; /* arch/<cpu>/trampoline */

/* It stands in place of a block's first callback, whose trampoline is not used. */
struct block {
    struct block    *next;
    size_t           taken;          /* callbacks so far, this one included */
    uint64_t         left;           /* when its context ended: `freed` then */
    uint32_t         stride, offset; /* of the trampolines within their page */
    uint32_t         units;          /* copies of the page so far */
    _Atomic unsigned late[LOOKS];    /* calls of freed callbacks that look at them */
};

_Static_assert(sizeof(struct block) <= CALLBACK_SIZE, "a block's record is a callback's place");

/* A freed callback is reused only when so many others have been freed after it. */
enum { QUARANTINE = 1024 };

/* Callbacks freed so far, by the process. */
static _Atomic uint64_t freed;

/* Blocks whose context is gone, for the next context that needs one. This is the one thing of the process: they
 * cannot be unmapped, as long as anyone may call into them, and must not get more with every context. Those
 * with callbacks that were never used come first, then the others, in the order in which they were left. */
static struct {
    atomic_flag   busy; /* for a few instructions at a time */
    struct block *first, *last;
} abandoned = {.busy = ATOMIC_FLAG_INIT};

static struct block *block_of(const ffi_callback *callback) {
    uintptr_t base = (uintptr_t)callback & ~(uintptr_t)(TRAMPOLINE_BLOCK - 1);
    return (struct block *)(base + TRAMPOLINE_DISTANCE);
}

static char *code_of(const struct block *block) {
    return (char *)block - TRAMPOLINE_DISTANCE;
}

/* The n-th callback of a block. */
static ffi_callback *callback_at(struct block *block, size_t n) {
    char *unit = (char *)block + block->offset + n / TRAMPOLINES * block->stride;
    return (ffi_callback *)(void *)unit + n % TRAMPOLINES;
}

void *trampoline_code(const ffi_callback *callback) {
    const struct block *block = block_of(callback);
    size_t              at    = (size_t)((const char *)callback - (const char *)block) - block->offset;
    size_t              n     = at % block->stride / CALLBACK_SIZE;
    return code_of(block) + block->offset + at / block->stride * block->stride + n * TRAMPOLINE_SIZE;
}

/* ---- blocks ---- */

/* The callbacks of the last unit end where the block does, or before: an offset moves them up. */
static bool is_full(const struct block *block) {
    size_t last = TRAMPOLINE_DISTANCE - block->offset - TRAMPOLINES * CALLBACK_SIZE;
    return block->taken == (last / block->stride + 1) * TRAMPOLINES;
}

static void abandoned_take(void) {
    while (atomic_flag_test_and_set_explicit(&abandoned.busy, memory_order_acquire)) continue;
}

static void abandoned_give(void) {
    atomic_flag_clear_explicit(&abandoned.busy, memory_order_release);
}

static void abandon(struct block *block) {
    bool full   = is_full(block);
    block->left = atomic_load(&freed);
    abandoned_take();
    if (!abandoned.first) block->next = NULL, abandoned.first = abandoned.last = block;
    else if (full) block->next = NULL, abandoned.last = abandoned.last->next = block;
    else block->next = abandoned.first, abandoned.first = block;
    abandoned_give();
}

/* A block that another context left, with callbacks to take: all, if it was left long enough ago, or those that
 * were never used. NULL: there is none. */
static struct block *adopt(void) {
    abandoned_take();
    struct block *block = abandoned.first;
    bool          fresh = block && atomic_load(&freed) - block->left >= QUARANTINE;
    if (block && !fresh && is_full(block)) block = NULL;
    if (block) abandoned.first = block->next;
    abandoned_give();
    if (fresh) block->taken = 1;
    return block;
}

static bool add_unit(struct block *block, const char **why) {
    const char *page = (const char *)trampoline_page - block->offset;
    if (!os_code_copy(code_of(block) + block->units * (size_t)block->stride, page, why)) return false;
    block->units++;
    return true;
}

static struct block *map_block(const char **why) {
    size_t page = os_page_size(), stride = round_up((size_t)TRAMPOLINES * CALLBACK_SIZE, page);
    char  *base = os_region_map(TRAMPOLINE_BLOCK, TRAMPOLINE_DISTANCE, why);
    if (!base) return NULL;
    struct block *block = (struct block *)(void *)(base + TRAMPOLINE_DISTANCE);
    block->stride       = (uint32_t)stride;
    block->offset       = (uint32_t)((uintptr_t)trampoline_page & (page - 1));
    block->taken        = 1;
    os_code_keep(trampoline_page); /* what late calls run is there */
    if (add_unit(block, why)) return block;
    os_region_unmap(base, TRAMPOLINE_BLOCK);
    return NULL;
}

/* ---- callbacks ---- */

/* Whether no late call looks at it, nor will from now on: one that counts itself later finds no entry. */
static bool withdrawn(ffi_callback *callback) {
    struct block *block = block_of(callback);
    entry_stub   *entry = atomic_exchange(&callback->entry, abi_no_entry);
    if (!atomic_load(&block->late[LOOK_AT_PLAN]) && !atomic_load(&block->late[LOOK_AT_REST])) return true;
    atomic_store(&callback->entry, entry);
    return false;
}

/* One that is not to be waited for. NULL: there is none, or `*why` it cannot be had. */
static ffi_callback *take_new(struct block *block, const char **why) {
    while (block && !is_full(block)) {
        if (block->taken == block->units * (size_t)TRAMPOLINES && !add_unit(block, why)) break;
        ffi_callback *callback = callback_at(block, block->taken++);
        if (!atomic_load(&callback->entry) || withdrawn(callback))
            return callback; /* else another context's call */
    }
    return NULL;
}

/* Puts it behind all others. */
static void retire(struct trampolines *trampolines, ffi_callback *callback) {
    callback->next = NULL;
    if (trampolines->last) trampolines->last->next = callback;
    else trampolines->first = callback;
    trampolines->last = callback;
    trampolines->freed++;
}

/* The one that was freed first. */
static ffi_callback *oldest(struct trampolines *trampolines) {
    ffi_callback *callback = trampolines->first;
    trampolines->first     = callback->next;
    if (!trampolines->first) trampolines->last = NULL;
    trampolines->freed--;
    callback->next = NULL;
    return callback;
}

static bool add_block(struct trampolines *trampolines, const char **why) {
    struct block *block = adopt();
    if (!block && !(block = map_block(why))) return false;
    block->next         = trampolines->blocks;
    trampolines->blocks = block;
    return true;
}

/* One whose quarantine is over; NULL: there is none, or calls that do not end stand in the way. */
static ffi_callback *take_freed(struct trampolines *trampolines) {
    for (int tries = 0; trampolines->freed > QUARANTINE && tries < 4; tries++) {
        ffi_callback *callback = oldest(trampolines);
        if (withdrawn(callback)) return callback;
        retire(trampolines, callback);
    }
    return NULL;
}

ffi_callback *trampoline_take(ffi_context *context) {
    struct trampolines *trampolines = &context->trampolines;
    const char         *why         = NULL;
    ffi_callback       *callback    = take_freed(trampolines);
    if (callback) return callback;
    callback = take_new(trampolines->blocks, &why);
    if (!callback && add_block(trampolines, &why)) callback = take_new(trampolines->blocks, &why);
    if (!callback) fail(FFI_ERROR_DENIED, "the system gives no code for another callback: %s", why);
    return callback;
}

void trampoline_give(ffi_context *context, ffi_callback *callback) {
    retire(&context->trampolines, callback);
    atomic_fetch_add(&freed, 1);
}

/* ---- late calls, and the end ---- */

void trampoline_enter(ffi_callback *callback, enum look look) {
    atomic_fetch_add(&block_of(callback)->late[look], 1);
}

void trampoline_leave(ffi_callback *callback, enum look look) {
    atomic_fetch_sub(&block_of(callback)->late[look], 1);
}

void trampolines_free(ffi_context *context, bool (*orphan)(ffi_callback *),
                      void (*release)(ffi_context *, ffi_callback *)) {
    size_t ended = 0;
    for (struct block *block = context->trampolines.blocks; block; block = block->next) {
        for (size_t n = 1; n < block->taken; n++) ended += orphan(callback_at(block, n));
        while (atomic_load(&block->late[LOOK_AT_PLAN])) continue; /* it is a matter of microseconds */
        for (size_t n = 1; n < block->taken; n++) release(context, callback_at(block, n));
    }
    atomic_fetch_add(&freed, ended - context->trampolines.freed);
    for (struct block *block = context->trampolines.blocks, *next; block; block = next) {
        next = block->next;
        abandon(block);
    }
    context->trampolines = (struct trampolines){.blocks = NULL};
}
