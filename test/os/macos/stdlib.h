/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
#include <stddef.h>
void              *malloc(size_t), *calloc(size_t, size_t), *realloc(void *, size_t);
void               free(void *);
char              *realpath(const char *, char *);
double             strtod(const char *, char **);
unsigned long      strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);
