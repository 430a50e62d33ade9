/* SPDX-License-Identifier: MIT */
/* Descriptors of systems without eventfd, as t_pipe.sh builds them: set, cleared, waited for, closed by others.
 */
#include "embed/os/system.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int check(bool good, const char *what) {
    if (!good) printf("wrong: %s\n", what);
    return !good;
}

int main(void) {
    struct descriptor descriptor;
    int               wrong = check(!descriptor_open(&descriptor), "it opens");
    errno                   = 77;
    wrong += check(!descriptor_wait(&descriptor, 0), "a new descriptor is not set");
    wrong += check(descriptor_clear(&descriptor), "clearing it does nothing");
    for (int i = 0; i < 100000 && !wrong; i++)
        wrong += check(descriptor_set(&descriptor), "it is set again and again");
    wrong += check(descriptor_wait(&descriptor, UINT32_MAX), "a set one is waited for");
    wrong +=
        check(descriptor_clear(&descriptor) && !descriptor_wait(&descriptor, 0), "one clearing undoes all");
    close(descriptor.out);
    wrong += check(!descriptor_wait(&descriptor, 10), "a wait for a closed one returns");
    wrong += check(!descriptor_clear(&descriptor), "clearing a closed one fails");
    descriptor_close(&descriptor);
    wrong += check(!descriptor_set(&descriptor), "setting a closed one fails");
    wrong += check(descriptor.in != descriptor.out, "it has two ends");
    if (!wrong) puts("good");
    return wrong;
}
