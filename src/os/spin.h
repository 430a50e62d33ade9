/* SPDX-License-Identifier: MIT */
/*
 * A lock of the process, held for microseconds at most. fork may leave it taken by a thread that the child does
 * not have: its word is the number of the process that took it, and the child takes it from the parent. So what
 * it guards must hold together after every single store.
 */
#ifndef SPIN_H
#define SPIN_H

#include "os/os.h"

#include <stdatomic.h>

typedef _Atomic unsigned spin_lock; /* 0: free */

static inline void spin_take(spin_lock *lock) {
    unsigned self = os_process(), holder = 0;
    while (!atomic_compare_exchange_weak(lock, &holder, self)) {
        if (holder != self) continue; /* free, or a parent's */
        holder = 0;
        os_yield();
    }
}

static inline void spin_give(spin_lock *lock) {
    atomic_store_explicit(lock, 0, memory_order_release);
}

#endif
