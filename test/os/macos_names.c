/* SPDX-License-Identifier: MIT */
/* Prints the file names that os/macos_names.c makes of each argument. It asks no system, so any can run it. */
#include "os/os.h"

#include <stdio.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        struct os_names names;
        os_names_begin(&names, argv[i]);
        printf("%.40s:", argv[i]);
        while (os_library_next(&names)) printf(" %.60s", names.file);
        puts("");
    }
}
