/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
#include <stddef.h>
void *memcpy(void *, const void *, size_t), *memmove(void *, const void *, size_t),
    *memset(void *, int, size_t);
void  *memchr(const void *, int, size_t);
int    memcmp(const void *, const void *, size_t);
char  *strcpy(char *, const char *), *strcat(char *, const char *), *strncat(char *, const char *, size_t);
char  *strchr(const char *, int), *strrchr(const char *, int), *strstr(const char *, const char *);
char  *strerror(int), *strpbrk(const char *, const char *);
int    strcmp(const char *, const char *), strncmp(const char *, const char *, size_t);
size_t strlen(const char *), strspn(const char *, const char *), strcspn(const char *, const char *);
