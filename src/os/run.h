/* SPDX-License-Identifier: MIT */
/* What the library asks of an operating system about programs; posix_run.c or win32_run.c answers. */
#ifndef OS_RUN_H
#define OS_RUN_H

#include <stdio.h>

/* A file of its own that is gone when it is closed; NULL if there is none to have. */
FILE *os_temporary_file(void);

/* Runs a program, found as the system's shell finds it, with these files as its standard ones, and waits for
 * its end. `words` end with NULL. Its status; -1 and the reason if it cannot be run. */
int os_run(const char *const *words, FILE *in, FILE *out, FILE *messages, const char **why);

#endif
