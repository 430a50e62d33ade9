/* SPDX-License-Identifier: MIT */
/* Records of callbacks that own their userdata. */
#ifndef OWNED_H
#define OWNED_H

#include "callback/trampoline.h"

struct owned;

/* Makes the record for a callback that owns `userdata`; the callback passes the record to its handler. NULL on
 * failure. */
struct owned *owned_new(struct owned **list, const ffi_wrapper *owner);
ffi_handler   owned_call;

/* Frees a record that no callback uses. The userdata is not dropped. */
void owned_abandon(struct owned *owned);

void *owned_userdata(const struct owned *owned);
bool  owned_is_of(const struct owned *owned, ffi_handler *handler);

/* After revoking the callback, the caller first calls owned_unlink() under the context's lock: it removes the record from
 * the context's list. Then the caller calls owned_revoke() without any lock: it drops the userdata if no call is running.
 * Otherwise the last running call drops it. */
void owned_unlink(struct owned *owned);
void owned_revoke(struct owned *owned);

#endif
