/* SPDX-License-Identifier: MIT */
/* Tests print the Test Anything Protocol, which `prove` reads. A test program runs checks, then returns done().
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int   tap_count, tap_failed;
static FILE *tap_output; /* NULL: standard output */

#define TAP_OUTPUT (tap_output ? tap_output : stdout)

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>

/* Lines end as everywhere. */
__attribute__((constructor)) static void tap_start(void) {
    _setmode(_fileno(stdout), _O_BINARY);
}
#endif

__attribute__((format(printf, 4, 5), unused)) static int tap_ok(int good, const char *file, int line,
                                                                const char *format, ...) {
    va_list list;
    va_start(list, format);
    fprintf(TAP_OUTPUT, "%sok %d - ", good ? "" : "not ", ++tap_count);
    vfprintf(TAP_OUTPUT, format, list);
    fputs("\n", TAP_OUTPUT);
    va_end(list);
    if (!good) tap_failed++, fprintf(TAP_OUTPUT, "#   failed at %s:%d\n", file, line);
    fflush(TAP_OUTPUT);
    return good;
}

/* One check, named by the rest: ok(x == 3, "x of %s", what). Gives the condition back. */
#define ok(condition, ...) tap_ok(!!(condition), __FILE__, __LINE__, __VA_ARGS__)

/* Checks that two texts are equal; prints both if not. */
#define is_text(got, wanted, ...)                                                                              \
    do {                                                                                                       \
        const char *got_ = (got), *wanted_ = (wanted);                                                         \
        if (!ok(!strcmp(got_, wanted_), __VA_ARGS__)) printf("#   got    %s\n#   wanted %s\n", got_, wanted_); \
    } while (0)

/* Skips the whole program, with the reason. */
#define skip_all(...) (printf("1..0 # SKIP "), printf(__VA_ARGS__), puts(""), exit(0))

/* Skips one check, with the reason. */
#define skip_one(...)                                                                                          \
    (fprintf(TAP_OUTPUT, "ok %d # SKIP ", ++tap_count), fprintf(TAP_OUTPUT, __VA_ARGS__),                      \
     fputs("\n", TAP_OUTPUT))

#define done() (printf("1..%d\n", tap_count), tap_failed || !tap_count ? 1 : 0)

#endif
