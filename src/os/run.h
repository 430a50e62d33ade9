/* SPDX-License-Identifier: MIT */
/* The functions that run programs. posix_run.c or win32_run.c implements them. */
#ifndef OS_RUN_H
#define OS_RUN_H

#include <stdio.h>

/* Opens a new temporary file, which is deleted when it is closed. NULL on failure. */
FILE *os_temporary_file(void);

/* Runs a program with these files as its standard input, output and error, and waits until it ends. The system
 * finds the program by PATH. `words` end with NULL. Returns the exit status; -1 if the program cannot be run,
 * with the reason in `*why`. */
int os_run(const char *const *words, FILE *in, FILE *out, FILE *messages, const char **why);

#endif
