/* SPDX-License-Identifier: MIT */
/* A plain C program for WASI that calls zlib beside its own C library. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((import_module("z"), import_name("crc32"))) unsigned long crc32(unsigned long,
                                                                              const unsigned char *, unsigned);

int main(int argc, char **argv) {
    struct timespec now;
    char            line[32] = "";
    printf("%d arguments, the first is %s\n", argc - 1, argc > 1 ? argv[1] : "-");
    printf("crc32 %lx\n", crc32(0, (const unsigned char *)"hello", 5));
    printf("clock %d\n", clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 1700000000);
    printf("home %s\n", getenv("HOME"));
    printf("read %s\n", fgets(line, sizeof line, stdin) ? line : "nothing");
    exit(3);
}
