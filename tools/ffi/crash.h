/* SPDX-License-Identifier: MIT */
/* What a command says of a crash of native code. */
#ifndef FFI_CRASH_H
#define FFI_CRASH_H

#include "argument.h"
#include "system.h"

#pragma GCC visibility push(hidden)

/* Runs a function in a child process and returns its exit code; after a crash complains and returns EXIT_FAILED. */
int crash_watch(int (*run)(void *userdata), void *userdata);

/* Names what runs from now on, such as "the call of f", for the report of its crash. */
__attribute__((format(printf, 1, 2))) void crash_subject(const char *format, ...);

/* The arguments of the call that begins; NULL when it has ended. They must live until then. */
void crash_call(const struct arguments *arguments);

/* Says in the texts of a crash where it was and what it accessed. Called by the process that crashes. */
void crash_describe(struct crash *crash);

/* Complains about a crash and returns EXIT_FAILED. */
int crash_report(const struct crash *crash);

#pragma GCC visibility pop

#endif
