/* SPDX-License-Identifier: MIT */
/*
 * Here and in its neighbours is what the library's sources need of Apple's SDK, declared as its headers do for
 * 64-bit processors (from their documentation, without the rest): t_macos.sh compiles with them where there is
 * no Mac. Nothing is ever run with them.
 */
#ifndef STDIO_H
#define STDIO_H
#include <stdarg.h>
#include <stddef.h>
typedef struct __sFILE FILE;
int                    snprintf(char *, size_t, const char *, ...) __attribute__((format(printf, 3, 4)));
int                    vsnprintf(char *, size_t, const char *, va_list) __attribute__((format(printf, 3, 0)));
int                    fprintf(FILE *, const char *, ...) __attribute__((format(printf, 2, 3)));
int                    fclose(FILE *), fflush(FILE *), fseek(FILE *, long, int), fileno(FILE *);
long                   ftell(FILE *);
FILE                  *tmpfile(void);
size_t                 fread(void *, size_t, size_t, FILE *);
#define SEEK_SET 0
#define SEEK_END 2
#endif
