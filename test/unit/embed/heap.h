/* SPDX-License-Identifier: MIT */
/* An allocator that counts, and fails when told. */
#ifndef HEAP_H
#define HEAP_H

#include "helper.h"

static struct {
    size_t blocks, count, fail_at;
    int    wrong;
} heap;

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata;
    size_t *head = block ? (size_t *)block - 2 : NULL;
    if (head && *head != old_size) heap.wrong++;
    if (new_size && ++heap.count == heap.fail_at) return NULL;
    size_t *fresh = new_size ? malloc(16 + new_size) : NULL;
    if (fresh) {
        *fresh = new_size;
        memset(fresh + 2, 0xa5, new_size);
        if (head) memcpy(fresh + 2, block, old_size < new_size ? old_size : new_size);
        heap.blocks++;
    }
    if (head) heap.blocks--, free(head);
    return fresh ? fresh + 2 : NULL;
}

#endif
