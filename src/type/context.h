/* SPDX-License-Identifier: MIT */
/* The context: everything that one runtime owns. It lies in the lowest room that reads it: a type belongs to a
 * context. Rooms above keep their data in it, too. Their structs are only declared here, so that this header
 * includes only rooms below. src/context.c makes and frees a context and is the only file that knows all rooms. */
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
struct extra;
struct convention;
struct family;
struct kept_macro;
struct macro;
struct memo;
struct name;
struct plan;
struct rule;
struct shifted;
struct tracing;

enum { SCALARS = 55 }; /* arithmetic types with a name of their own (scalar.c) */

typedef void late_report(const struct plan *plan, const struct extra *extra);

/* The callbacks of a context (quarantine.h). */
struct trampolines {
    struct block          *blocks; /* the sources of new callbacks; NULL at first */
    struct family         *families;
    ffi_callback          *members; /* all callbacks, by upkeep->member */
    struct owned          *owned;   /* records of callbacks that own their userdata (owned.h) */
    struct plan           *thunks;  /* by which thunks are made; NULL until there is one (thunk.c) */
    bool                   read_only;
    _Atomic(late_report *) report; /* NULL until there is a callback; late calls read it without the lock */
};

struct ffi_context {
    struct heap heap;
    bool        guards_new; /* new functions are guarded (guard.c) */
    bool        keep_first; /* of two declarations that contradict each other, the first stays */
    unsigned    dialect;    /* FFI_DECLARE_... bits that hold for all texts */
    const struct convention
        *abi; /* the ABI of signatures that do not name one; its data model is the context's */
    const struct convention *const *abis;  /* the conventions that declarations may name */
    struct os_lock                  lock;  /* guards everything below, and the lists in libraries */
    struct arena                    arena; /* types and plans */
    union {
        struct map maps[8];
        struct {
            struct map types;  /* derived types by structure, ffi_ctype */
            struct map plans;  /* struct plan by signature */
            struct map memos;  /* signatures by their text (signature.c) */
            struct map tags;   /* records and enums that have a tag, ffi_ctype by name */
            struct map names;  /* typedefs, functions, variables, constants: struct name (symbol_table.c) */
            struct map shapes; /* records without a tag by their members (body.c) */
            struct map macros; /* struct macro by name (macro.c) */
            struct map macros_more; /* struct macro_more by macro */
        };
    };
    const ffi_ctype *scalars
        [SCALARS]; /* by enum scalar, since `scalars_undone` in the journal; NULL: look it up in `types` */
    unsigned         scalars_undone;
    unsigned         declared;       /* number of names and tags that texts have declared */
    const ffi_ctype *va_list_record; /* the struct of va_list; NULL until a text uses va_list */
    struct journal   journal;        /* open while a parser works */
    unsigned         parses;         /* so far */
    uint64_t         comparisons;    /* number of comparisons of its types so far (query.c) */
    struct handles   libraries, functions;
    void (*release_library)(ffi_library *); /* drops a function's hold on its library (library.c) */
    void (*end_shifted)(ffi_context *, struct shifted *); /* for functions that end (shift.c) */
    struct macro         *first_macro, *last_macro;       /* in the order of definition */
    struct kept_macro    *kept_macros;                    /* by #pragma push_macro, the last one first */
    struct trampolines    trampolines;
    ffi_enter            *enter; /* the hooks never change */
    ffi_leave            *leave;
    ffi_report_late      *report_late;
    void                 *hook_userdata;
    _Atomic uint64_t      late_calls;
    struct memo          *last_memo;   /* of `memos` */
    struct attachment    *attachments; /* values of ffi_context_attach() */
    const struct tracing *tracing;     /* NULL: calls are not traced (callback/trace.c) */
    ffi_trace            *trace;       /* called before and after each call; may be NULL */
    void                 *trace_userdata;
    const struct plan *(*guarded_plan)(const struct plan *); /* guard.c; NULL: no function was guarded yet */
    ffi_report_breach *breach; /* called for each register that a guarded callee has broken; may be NULL */
    void              *breach_userdata;
    ffi_check         *check; /* called for each function that is bound from a library; may be NULL (bind.c) */
    void              *check_userdata;
    struct rule       *policy; /* what may be bound once `locked` is true (policy.c) */
    _Atomic bool       locked, allows_addresses;
};

#endif
