/* SPDX-License-Identifier: MIT */
/* Finds a calling convention by its name. */
#include "type/model.h"

#include <string.h>

static bool is(const char *name, const char *text, size_t length) {
    return name && strlen(name) == length && !memcmp(name, text, length);
}

const struct convention *convention_named(const struct convention *const *list, const char *name,
                                          size_t length) {
    while (*list && !is((*list)->name, name, length) && !is((*list)->attribute, name, length)) list++;
    return *list;
}
