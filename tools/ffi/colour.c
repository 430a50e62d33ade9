/* SPDX-License-Identifier: MIT */
/* Colours of words, where a terminal shows them: not with NO_COLOR in the environment (no-color.org), and not on a
 * terminal that TERM calls dumb. */
#include "complain.h"
#include "system.h"

#include <stdlib.h>
#include <string.h>

static bool is_coloured(FILE *file) {
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return !(no && *no) && terminal && strcmp(terminal, "dumb") && system_has_colours(file);
}

const char *colour_in(FILE *file, enum colour colour) {
    static const char *const sequences[] = {
        [COLOUR_ERROR]   = "\33[1;31m",
        [COLOUR_WARNING] = "\33[1;35m",
        [COLOUR_NOTE]    = "\33[1;36m",
        [COLOUR_END]     = "\33[0m",
    };
    return is_coloured(file) ? sequences[colour] : "";
}
