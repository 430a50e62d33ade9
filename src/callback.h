/* SPDX-License-Identifier: MIT */
/* Callbacks: a plan run backwards. */
#ifndef CALLBACK_H
#define CALLBACK_H

#include "trampoline.h"

/* What the ABIs' entries call; `stack` is where the caller's stack arguments begin, and the image has `vector`
 * bytes of each vector register. Each leaves the result in the image. Of a live callback whose arguments or
 * result do not stand in slots; of a freed one, for the first time and again; of one whose context is gone. */
typedef void of_image(struct image *image, ffi_callback *callback, void *stack, unsigned vector);
of_image     callback_of_image, callback_late_first, callback_late, callback_orphan;

/* At the context's end: all of them become orphans. */
void callbacks_free(ffi_context *context);

#endif
