/* SPDX-License-Identifier: MIT */
/* What the demo calls on Windows, and how it writes there. */
#define WIN32_LEAN_AND_MEAN
#include "demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

const struct demo *const demos[] = {&demo_libm,  &demo_msvcrt, &demo_kernel32, &demo_user32,
                                    &demo_ole32, &demo_zlib,   &demo_sqlite,   NULL};

static UINT code_page;

static void restore_console(void) {
    SetConsoleOutputCP(code_page);
}

/* There is no buffer for a line: _IOLBF means one for all. */
bool ready_output(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    code_page = GetConsoleOutputCP();
    if (code_page && SetConsoleOutputCP(CP_UTF8)) atexit(restore_console);
    return true;
}

void where_from(const struct demo *demo, char *text, size_t size) {
    snprintf(text, size, "neither the program's folder nor System32 has %s.dll%s%s%s", demo->names[0],
             demo->names[1] ? " or " : "", demo->names[1] ? demo->names[1] : "", demo->names[1] ? ".dll" : "");
}
