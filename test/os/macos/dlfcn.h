/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see stdio.h. */
#define RTLD_LAZY     0x1
#define RTLD_NOW      0x2
#define RTLD_GLOBAL   0x8
#define RTLD_NOLOAD   0x10
#define RTLD_NODELETE 0x80

typedef struct {
    const char *dli_fname;
    void       *dli_fbase;
    const char *dli_sname;
    void       *dli_saddr;
} Dl_info;

int   dladdr(const void *, Dl_info *);
void *dlopen(const char *, int), *dlsym(void *, const char *);
char *dlerror(void);
int   dlclose(void *);
