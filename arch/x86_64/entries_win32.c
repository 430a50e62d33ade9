/* SPDX-License-Identifier: MIT */
/* On Windows callbacks of System V take everything through an image: sysv_entry.asm has nothing else there. */
#include "entries.h"

const struct entries sysv_entries = {IMAGE(sysv), LATE(sysv)};
