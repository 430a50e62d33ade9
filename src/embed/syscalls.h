/* SPDX-License-Identifier: MIT */
/* What the files of the flat layer share. */
#ifndef SYSCALLS_H
#define SYSCALLS_H

#include "embed.h"
#include "ffi_syscalls.h"

/* The context of the flat layer; NULL with an error. */
ffi_context *flat_context(void);

/* What ffi_syscall_error() tells: no error; this thread's last one. */
void flat_good(void);
void flat_failed(void);

/* The head of a valid function whose library is open; NULL with an error. */
struct head *flat_live(const char *where, void *function);

#endif
