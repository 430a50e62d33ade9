/* SPDX-License-Identifier: MIT */
/* elf.h on FreeBSD: the program's own headers and file. This file has been compiled and linked, never run. */
#include "os/elf.h"

static int keep_first(struct dl_phdr_info *info, size_t size, void *userdata) {
    (void)size;
    *(struct dl_phdr_info *)userdata = *info;
    return 1;
}

/* The first object is the program. fork() takes the loader's lock, so a child can take it. */
struct dl_phdr_info program_headers(void) {
    struct dl_phdr_info program = {.dlpi_name = ""};
    dl_iterate_phdr(keep_first, &program);
    return program;
}

/* dl_iterate_phdr() has the program's name; a program that is linked statically has this one. */
const char *program_file(size_t index) {
    return index == 0 ? "/proc/curproc/file" : NULL;
}

bool page_duplicate(void *at, void *page, struct os_reason *reason) {
    (void)at, (void)page;
    return refuse(reason, "FreeBSD", "it cannot duplicate a page");
}
