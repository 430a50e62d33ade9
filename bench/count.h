/* SPDX-License-Identifier: MIT */
/* Instructions per call, counted exactly by callgrind; see count.c. */
#ifndef COUNT_H
#define COUNT_H

#include "shape.h"

/* `bench_call --collect` under callgrind: runs each loop and dumps the counts. Ends without rows. */
int count_collect(void);

struct count {
    double way;    /* from the caller's call through the stub's ret, without the callee */
    double caller; /* in the caller, beyond an empty loop */
};

/* Runs that, prints its rows and stores them by shape and contender; false, after it has said why, if it
 * cannot. `program` is this program's path. */
bool count_instructions(const char *program, struct count (*counts)[WHO_COUNT]);

#endif
