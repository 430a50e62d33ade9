/* SPDX-License-Identifier: MIT */
/* The userdata of callbacks that own it. */
#ifndef OWNED_H
#define OWNED_H

#include "callback/trampoline.h"

struct owned;

/* What a callback calls with `userdata` when it owns that. NULL with an error. */
struct owned *owned_new(struct owned **list, const ffi_wrapper *owner);
ffi_handler   owned_call;

/* One that no callback has got: nothing is dropped. */
void owned_abandon(struct owned *owned);

void *owned_userdata(const struct owned *owned);
bool  owned_is_of(const struct owned *owned, ffi_handler *handler);

/* The callback was revoked, and is taken out of the list it was made in (under the context's lock). Then its
 * hold ends: with that of the last running call, the userdata is dropped. No lock may be held. */
void owned_unlink(struct owned *owned);
void owned_revoke(struct owned *owned);

#endif
