/* SPDX-License-Identifier: MIT */
/* The libraries that a loaded Mach-O library needs, from its load commands (<mach-o/loader.h>). This file has been
 * compiled, never run. */
#include "system.h"

#include <mach-o/loader.h>

bool system_needed(const char *base, void (*visit)(const char *name, void *userdata), void *userdata) {
    const struct mach_header_64 *header = (const struct mach_header_64 *)(const void *)base;
    const char                  *at     = (const char *)(header + 1);
    if (header->magic != MH_MAGIC_64) return false;
    for (uint32_t i = 0; i < header->ncmds; i++) {
        const struct dylib_command *command = (const struct dylib_command *)(const void *)at;
        if (command->cmd == LC_LOAD_DYLIB || command->cmd == LC_LOAD_WEAK_DYLIB ||
            command->cmd == LC_REEXPORT_DYLIB)
            visit(at + command->dylib.name.offset, userdata);
        at += command->cmdsize;
    }
    return true;
}
