/* SPDX-License-Identifier: MIT */
/*
 * The error of a command: one line on stderr that begins with `ffi: `, or with --json one JSON object; and colours.
 */
#ifndef FFI_COMPLAIN_H
#define FFI_COMPLAIN_H

#include <stdio.h>

#pragma GCC visibility push(hidden)

/* The exit codes. */
enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Prints the error on stderr and returns the exit code. A command complains once, and ends. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* The same with the library's last message, after `about` and a colon unless `about` is NULL. */
int complain_last(int code, const char *about);

/* The number of errors so far. */
size_t complaints(void);

/* Keeps advice or a reason for the next complaint, which prints it. Only the first one is kept. */
__attribute__((format(printf, 1, 2))) void note_that(const char *format, ...);

/* Drops that advice, because its error did not occur. */
void forget_note(void);

/* Makes later complaints JSON. */
void complain_in_json(void);

/* Flushes the output of a command. The exit code says whether all of it was written. */
int finish_output(FILE *out);

/* ---- colour.c ---- */

enum colour { COLOUR_ERROR, COLOUR_WARNING, COLOUR_NOTE, COLOUR_END };

/* The escape sequence that begins a colour in a file, or ends all; "" where the file shows none. */
const char *colour_in(FILE *file, enum colour colour);

#pragma GCC visibility pop

#endif
