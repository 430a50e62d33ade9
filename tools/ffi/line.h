/* SPDX-License-Identifier: MIT */
/* The lines of a session: from a terminal with history and completion, or as they come. */
#ifndef FFI_LINE_H
#define FFI_LINE_H

#include "variable.h"

#pragma GCC visibility push(hidden)

enum { LINE_ROOM = 16384 };

struct lines {
    ffi_context            *context;
    const struct variables *variables;
    const char *const      *words;                   /* that a line begins with; NULL ends them */
    ffi_function           *read_line, *add_history; /* of libedit, or NULL */
    bool                    first;                   /* the text begins the line */
    const char             *text;                    /* to complete */
    size_t                  partial;                 /* where in the text the name to complete begins */
    size_t                  given, skip; /* how many completions libedit has, and how many of them came again */
    char                   *completed;
};

/* Loads libedit if a person types the lines. `context`, `variables` and `words` are set before. */
void lines_begin(struct lines *lines);

/* Reads the next line without its end; false at the end of the input. Complains about one that is too long. */
bool lines_read(struct lines *lines, char line[LINE_ROOM]);

#pragma GCC visibility pop

#endif
