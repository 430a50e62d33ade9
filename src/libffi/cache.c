/* SPDX-License-Identifier: MIT */
/*
 * The prepared signatures of the process. libffi has no function that ends a cif, so they stay; cifs of equal
 * signatures share one, and there are at most CEILING. A cif beyond that has none: each of its calls makes one
 * on its stack, as libffi does at every call.
 *
 * A tree by the key's hash: each branches in four, and a new one is put into an empty place by one
 * compare-and-swap, when it is complete. So looking up takes no lock, nothing ever moves, and a process may
 * fork at any time.
 */
#include "libffi.h"

#include <stdlib.h>

enum { CEILING = 16384, ROOTS_LOG = 8 };

static _Atomic(struct prepared *) roots[1 << ROOTS_LOG];
static _Atomic uint32_t           made;

struct prepared unplanned = {.begin = target_call_in_c}, unplanned_variadic = {.begin = target_call_in_c};

static inlined uint64_t hash_of(const uint64_t *words, uint32_t nwords) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < nwords; i++) hash = hash_word(hash, words[i]);
    return hash;
}

static inlined bool has_key(const struct prepared *prepared, const uint64_t *words, uint32_t nwords) {
    if (prepared->word != words[0] || prepared->nwords != nwords) return false;
    for (uint32_t i = 1; i < nwords; i++)
        if (prepared->words[i] != words[i]) return false;
    return true;
}

/* The one with this key, or the empty place for it. */
static inlined struct prepared *find(const uint64_t *words, uint32_t nwords,
                                     _Atomic(struct prepared *) **place) {
    uint64_t hash = hash_of(words, nwords);
    *place        = &roots[hash & ((1 << ROOTS_LOG) - 1)];
    hash >>= ROOTS_LOG;
    struct prepared *at;
    while ((at = atomic_load_explicit(*place, memory_order_acquire))) {
        if (has_key(at, words, nwords)) return at;
        *place = &at->next[hash & 3];
        hash >>= 2;
    }
    return NULL;
}

struct prepared *cache_find(const uint64_t *words, uint32_t nwords) {
    _Atomic(struct prepared *) *place;
    return find(words, nwords, &place);
}

/* Puts it where it belongs, unless an equal one is there: then that is returned. */
static struct prepared *publish(struct prepared *fresh) {
    _Atomic(struct prepared *) *place;
    struct prepared            *there;
    do {
        if ((there = find(fresh->words, fresh->nwords, &place))) return there;
        there = NULL;
    } while (!atomic_compare_exchange_strong(place, &there, fresh));
    return fresh;
}

/* The first time tells how much memory it takes. */
seldom struct prepared *cache_make(struct workshop *shop, const struct signature *signature,
                                   const uint64_t *words, uint32_t nwords) {
    struct prepared local;
    size_t          before = arena_need(&shop->context.arena);
    if (!signature_prepare(shop, signature, false, &local)) return NULL;
    if (atomic_load(&made) >= CEILING) return &unplanned;
    size_t head  = aligned_to(sizeof local + nwords * sizeof *words, 16);
    size_t need  = arena_need(&shop->context.arena) - before + arena_need(&(struct arena){.chunks = NULL});
    char  *block = malloc(head + need);
    if (!block) return &unplanned;
    struct prepared *fresh = (struct prepared *)(void *)block;
    struct arena     other = shop->context.arena;
    shop->context.arena    = (struct arena){.chunks = NULL};
    arena_lend(&shop->context.arena, block + head, need);
    bool good           = signature_prepare(shop, signature, false, fresh);
    shop->context.arena = other;
    if (good) {
        fresh->word   = words[0];
        fresh->nwords = nwords;
        fresh->words  = memcpy(fresh + 1, words, nwords * sizeof *words);
    }
    struct prepared *there = good ? publish(fresh) : &unplanned;
    if (there != fresh) free(block);
    else atomic_fetch_add(&made, 1);
    return there;
}
