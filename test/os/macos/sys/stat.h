/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see ../stdio.h. */
#include <stdint.h>
struct stat {
    int32_t  st_dev;
    uint16_t st_mode, st_nlink;
    uint64_t st_ino;
    char     rest[128];
};

int stat(const char *, struct stat *);
