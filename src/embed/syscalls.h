/* SPDX-License-Identifier: MIT */
/* What the files of the flat layer share. */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include "embed.h"
#include "ffi_syscalls.h"

/* The context of the flat layer; NULL with an error. */
ffi_context *flat_context(void);

/* Set the result of ffi_syscall_error(): no error, or this thread's last one. */
void flat_good(void);
void flat_failed(void);

/* The head of a valid function whose library is open; NULL with an error. */
struct head *flat_live(const char *where, void *function);

#endif
