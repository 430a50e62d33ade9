/* SPDX-License-Identifier: MIT */
/* Instructions per call, counted exactly by callgrind; see count.c. */
#ifndef COUNT_H
#define COUNT_H

/* `bench_call --collect` under callgrind: runs each loop and dumps the counts. Ends without rows. */
int count_collect(void);

/* Runs that and prints its rows; says why if it cannot. `program` is this program's path. */
void count_instructions(const char *program);

#endif
