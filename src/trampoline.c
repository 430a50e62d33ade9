/* SPDX-License-Identifier: MIT */
/* Trampolines: blocks of them, and who has which. */
#include "trampoline.h"

#include "context.h"

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
    uint32_t         stride, offset; /* of the trampolines within their page */
    uint32_t         units;          /* copies of the page so far */
    _Atomic unsigned late;           /* calls of freed callbacks that look at a plan */
};

_Static_assert(sizeof(struct block) <= CALLBACK_SIZE, "a block's record is a callback's place");

/* Freed callbacks are reused only when so many others have been freed after them. */
enum { QUARANTINE = 1024 };

/* Blocks whose context is gone, for the next context that needs one. This is the one thing of the process: they
 * cannot be unmapped, as long as anyone may call into them, and must not get more with every context. */
static _Atomic(struct block *) abandoned;

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

static void abandon(struct block *first) {
    struct block *last = first, *head = atomic_load(&abandoned);
    if (!first) return;
    while (last->next) last = last->next;
    do last->next = head;
    while (!atomic_compare_exchange_weak(&abandoned, &head, first));
}

/* Puts a freed callback behind all others. */
static void retire(struct trampolines *trampolines, ffi_callback *callback) {
    callback->next = NULL;
    if (trampolines->last) trampolines->last->next = callback;
    else trampolines->first = callback;
    trampolines->last = callback;
    trampolines->freed++;
}

/* A block that another context left; its callbacks wait as if they had just been freed. */
static struct block *adopt(struct trampolines *trampolines) {
    struct block *block = atomic_exchange(&abandoned, NULL);
    if (!block) return NULL;
    abandon(block->next);
    block->next = NULL;
    for (size_t n = 1; n < block->taken; n++) {
        callback_at(block, n)->extra = NULL; /* it went with its context */
        retire(trampolines, callback_at(block, n));
    }
    return block;
}

static bool add_unit(struct block *block, const char **why) {
    const char *page = (const char *)trampoline_page - block->offset;
    if (!os_code_copy(code_of(block) + block->units * (size_t)block->stride, page, why)) return false;
    block->units++;
    return true;
}

static struct block *map_block(const char **why) {
    size_t page = os_page_size(), stride = round_up(TRAMPOLINES * CALLBACK_SIZE, page);
    char  *base = os_region_map(TRAMPOLINE_BLOCK, TRAMPOLINE_DISTANCE, why);
    if (!base) return NULL;
    struct block *block = (struct block *)(void *)(base + TRAMPOLINE_DISTANCE);
    block->stride       = (uint32_t)stride;
    block->offset       = (uint32_t)((uintptr_t)trampoline_page & (page - 1));
    block->taken        = 1;
    if (add_unit(block, why)) return block;
    os_region_unmap(base, TRAMPOLINE_BLOCK);
    return NULL;
}

/* ---- callbacks ---- */

static bool is_full(const struct block *block) {
    return block->taken == TRAMPOLINE_DISTANCE / block->stride * TRAMPOLINES;
}

/* One that was never used; NULL: there is none, and no error. */
static ffi_callback *take_new(struct block *block, const char **why) {
    if (!block || is_full(block)) return NULL;
    if (block->taken == block->units * (size_t)TRAMPOLINES && !add_unit(block, why)) return NULL;
    return callback_at(block, block->taken++);
}

static ffi_callback *take_freed(struct trampolines *trampolines) {
    ffi_callback *callback = trampolines->first;
    trampolines->first     = callback->next;
    if (!trampolines->first) trampolines->last = NULL;
    trampolines->freed--;
    callback->next = NULL;
    return callback;
}

ffi_callback *trampoline_take(ffi_context *context) {
    struct trampolines *trampolines = &context->trampolines;
    const char         *why         = NULL;
    ffi_callback       *callback    = NULL;
    if (trampolines->freed > QUARANTINE) return take_freed(trampolines);
    if ((callback = take_new(trampolines->blocks, &why))) return callback;
    struct block *block = adopt(trampolines);
    if (!block && !why) block = map_block(&why);
    if (block) {
        block->next         = trampolines->blocks;
        trampolines->blocks = block;
        if ((callback = take_new(block, &why))) return callback;
        if (trampolines->freed > QUARANTINE) return take_freed(trampolines); /* a full one was adopted */
        if (!why) return trampoline_take(context);
    }
    fail(FFI_ERROR_DENIED, "the system gives no code for another callback: %s", why);
    return NULL;
}

void trampoline_give(ffi_context *context, ffi_callback *callback) {
    retire(&context->trampolines, callback);
}

/* ---- late calls, and the end ---- */

void trampoline_enter(ffi_callback *callback) {
    atomic_fetch_add(&block_of(callback)->late, 1);
}

void trampoline_leave(ffi_callback *callback) {
    atomic_fetch_sub(&block_of(callback)->late, 1);
}

void trampolines_free(ffi_context *context, void (*orphan)(ffi_callback *),
                      void (*release)(ffi_context *, ffi_callback *)) {
    for (struct block *block = context->trampolines.blocks; block; block = block->next) {
        for (size_t n = 1; n < block->taken; n++) orphan(callback_at(block, n));
        while (atomic_load(&block->late)) continue; /* it is a matter of microseconds */
        for (size_t n = 1; n < block->taken; n++) release(context, callback_at(block, n));
    }
    abandon(context->trampolines.blocks);
    context->trampolines = (struct trampolines){.blocks = NULL};
}
