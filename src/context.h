/* SPDX-License-Identifier: MIT */
/* What one runtime owns. The rooms above this header add to it: it declares what they put here, and includes
 * only what is below. Birth and end are context.c's, which alone knows all of them. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "base/error.h"
#include "base/handle.h"
#include "base/journal.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/util.h"
#include "os/os.h"

struct block;
struct convention;
struct family;
struct kept_macro;
struct macro;
struct memo;
struct name;
struct plan;
struct shifted;

/* The callbacks of a context (quarantine.h). */
struct trampolines {
    struct block  *block; /* where new callbacks are taken from; NULL at first */
    struct family *families;
    ffi_callback  *members; /* all callbacks, by upkeep->member */
    struct owned  *owned;   /* of those that own their userdata (owned.h) */
    struct plan   *thunks;  /* by which thunks are made; NULL until there is one (thunk.c) */
    bool           read_only;
};

struct ffi_context {
    struct heap              heap;
    const struct convention *abi; /* of signatures that do not name one; its data model is the context's */
    const struct convention *const *abis;  /* that declarations may name */
    struct os_lock                  lock;  /* guards everything below, and libraries' lists */
    struct arena                    arena; /* types and plans */
    struct map                      types; /* derived types by structure, ffi_ctype */
    struct map                      plans; /* struct plan by signature */
    struct map                      tags;  /* records and enums that have a tag, ffi_ctype by name */
    struct map       names;  /* typedefs, functions, variables, constants, tags: struct name (declare.c) */
    struct map       shapes; /* records without a tag by their members (body.c) */
    struct name     *first_name, *last_name; /* in the order of declaration */
    const ffi_ctype *va_list_record;         /* what va_list is made of; NULL until it is asked for */
    struct journal   journal;                /* open while a parser works */
    unsigned         parses;                 /* so far */
    uint64_t         comparisons;            /* so far, of its types (query.c) */
    struct handles   libraries, functions;
    void (*release_library)(ffi_library *); /* for functions that end: one hold less (library.c) */
    void (*end_shifted)(ffi_context *, struct shifted *); /* for functions that end (shift.c) */
    struct map         macros;                            /* struct macro by name (macro.c) */
    struct macro      *first_macro, *last_macro;          /* in the order of definition */
    struct kept_macro *kept_macros;                       /* by #pragma push_macro, the last one first */
    struct trampolines trampolines;
    ffi_enter         *enter; /* hooks, set once and for all */
    ffi_leave         *leave;
    ffi_report_late   *report_late;
    void              *hook_userdata;
    _Atomic uint64_t   late_calls;
    struct map         memos; /* signatures by their text (signature.c) */
    struct memo       *last_memo;
    struct attachment *attachments; /* of layers above */
};

#endif
