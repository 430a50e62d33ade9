/* SPDX-License-Identifier: MIT */
/*
 * A library whose constructor and destructor call ffi_invoke's library themselves, on the very context that is
 * loading or unloading it: a lock held there would hang. They fail once on purpose, too.
 */
#include <ffi_invoke.h>

extern ffi_context *reentrant_context; /* the test's; NULL when it has ended */
extern int          reentrant_calls;

static void call_strlen(void) {
    if (!reentrant_context) return; /* musl runs the destructor at the end of the process */
    ffi_library  *c      = ffi_library_open(reentrant_context, "c", 0);
    ffi_function *strlen = ffi_library_function(c, "strlen", "size_t strlen(const char *)");
    size_t        length = 0;
    ffi_type_parse(reentrant_context, "no_such_type");
    if (strlen) ffi_invoke(strlen, &length, &(ffi_value){.str = "four"});
    if (length == 4) reentrant_calls++;
    ffi_function_free(strlen);
    ffi_library_close(c);
}

__attribute__((constructor)) static void loaded(void) {
    call_strlen();
}

__attribute__((destructor)) static void unloaded(void) {
    call_strlen();
}
