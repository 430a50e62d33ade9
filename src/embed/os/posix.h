/* SPDX-License-Identifier: MIT */
/* The part of a POSIX system in which linux.c and pipe.c differ: the clock by which a thread waits. */
#ifndef EMBED_POSIX_H
#define EMBED_POSIX_H

#include "embed/os/system.h"

#include <pthread.h>
#include <time.h>

extern const clockid_t clock_waits;

/* Makes conditions with these attributes wait by that clock. */
bool clock_choose(pthread_condattr_t *attributes);

#endif
