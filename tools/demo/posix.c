/* SPDX-License-Identifier: MIT */
/* What the demo calls on POSIX systems, and how it writes there. */
#define _POSIX_C_SOURCE 200809L
#include "demo.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>

const struct demo *const demos[] = {&demo_libm,   &demo_libc, &demo_zlib, &demo_crypto,
                                    &demo_sqlite, &demo_blas, NULL};

bool ready_output(void) {
    setlocale(LC_CTYPE, "");
    setvbuf(stdout, NULL, _IOLBF, 0);
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

void where_from(const struct demo *demo, char *text, size_t size) {
    snprintf(text, size, "Debian's package: %s", demo->package);
}
