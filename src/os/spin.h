/* SPDX-License-Identifier: MIT */
/*
 * A lock of the process, held for microseconds at most. A fork may happen while another thread holds the lock,
 * and the child does not have that thread. So the lock's word is the number of the process that took it, and
 * the child takes the lock from its parent. Therefore the data that it guards must be consistent after every
 * single store.
 */
#ifndef SPIN_H
#define SPIN_H

#include "os/os.h"

#include <stdatomic.h>

typedef _Atomic unsigned spin_lock; /* 0: free */

static inline void spin_take(spin_lock *lock) {
    unsigned self = os_process(), holder = 0;
    while (!atomic_compare_exchange_weak(lock, &holder, self)) {
        if (holder != self) continue; /* free, or held by a parent process */
        holder = 0;
        os_yield();
    }
}

static inline void spin_give(spin_lock *lock) {
    atomic_store_explicit(lock, 0, memory_order_release);
}

#endif
