/* SPDX-License-Identifier: MIT */
/* What the benchmarks need from a system: a clock, one processor, and instructions counted. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdbool.h>

double system_now(void); /* nanoseconds */

/* Stays on the processor on which it runs, as another one would begin with cold caches; or on any again. */
void system_pin(bool pinned);

/* The instructions between the two are counted, by what runs the program or by the processor. `name` stands in
 * the counter's output; on systems where the program itself counts, the function prints the count with it. */
void count_begin(void);
void count_end(const char *name);

#endif
