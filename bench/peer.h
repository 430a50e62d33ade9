/* SPDX-License-Identifier: MIT */
/* Who takes part in calls and callbacks: C, this library, others. Each file peer_*.c adds its own before
 * main(). */
#ifndef PEER_H
#define PEER_H

#include "shape.h"

enum kind { KIND_OURS, KIND_LIBRARY, KIND_COMPILED }; /* COMPILED: for the signature, by a compiler */

struct peer {
    const char         *name;
    enum kind           kind;
    const struct loops *loops; /* by callee; NULL: it only takes part in callbacks */

    /* Whether the peer is there. Writes its version and how it is linked, or the reason. NULL: it is. */
    bool (*ready)(char *text, size_t size);

    /* Completes a call for `loops`; false if the peer cannot make it. NULL: nothing to do. */
    bool (*prepare)(struct shape *shape, enum way way, struct call *call);

    /* The code of a new callback that does what the shape's callee does; NULL if the peer cannot. It lives
     * until the program ends. NULL: it has no callbacks. */
    void *(*callback)(struct shape *shape);

    /* The loops that call its callbacks. No other peer has them: a processor predicts a call that has one target
     * better than one that has had several. */
    const struct loops *callers;

    bool         few; /* callbacks: there is a limit */
    struct peer *next;
};

extern struct peer *peers; /* in the order in which they were added */
void                peer_add(struct peer *peer);

/* Whether it takes part in this run. */
bool peer_is_here(const struct peer *peer);

#define PEER(peer_)                                                                                            \
    __attribute__((constructor)) static void add_##peer_(void) {                                               \
        peer_add(&peer_);                                                                                      \
    }

#endif
