/* SPDX-License-Identifier: MIT */
/*
 * libunwind's backtrace from a callee, through one call of each kind, reaches `caller` here; from a handler
 * too, through the entry, which has a name, and the trampoline, which has none and needs none. Built and run by
 * t_unwind.sh where libunwind is installed.
 */
#define UNW_LOCAL_ONLY
#include "tap.h"

#include <ffi_invoke.h>
#include <libunwind.h>

static int  entry; /* the frame of a callback's entry */
static int  found; /* the frame of `caller`, counted from the callee's */
static char frames[400];

static void callee(void) {
    unw_context_t here;
    unw_cursor_t  cursor;
    unw_word_t    offset;
    char          name[64];
    found = entry = 0, frames[0] = 0;
    unw_getcontext(&here);
    unw_init_local(&cursor, &here);
    for (int depth = 1; depth < 12 && unw_step(&cursor) > 0; depth++) {
        if (unw_get_proc_name(&cursor, name, sizeof name, &offset)) strcpy(name, "?");
        if (strlen(frames) + strlen(name) + 2 < sizeof frames) strcat(strcat(frames, " "), name);
        if (!strcmp(name, "caller")) found = depth;
        if (strstr(name, "_entry_")) entry = depth;
    }
}

static void handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
    callee();
}

__attribute__((noinline)) int caller(ffi_function *function, ffi_value *args, void **pointers);

int caller(ffi_function *function, ffi_value *args, void **pointers) {
    if (args) ffi_invoke(function, NULL, args);
    else ffi_invoke_pointers(function, NULL, pointers);
    return found;
}

int main(void) {
    static const char *const signatures[] = {"void()",
                                             "i32(i32, f64, ptr)",
                                             "i64(i64,i64,i64,i64,i64,i64,i64)",
                                             "f32(ptr,ptr,ptr,ptr,ptr,ptr,ptr,ptr,f64)",
                                             "i8(i8, u16, bool)",
                                             "void(i8,i8,i8,i8,i8,i8,i8,i8,i8)"};
    ffi_context             *context      = ffi_context_new(NULL);
    ffi_value                args[16]     = {{.u64 = 0}};
    void                    *pointers[16];
    for (int i = 0; i < 16; i++) pointers[i] = &args[i];
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        ffi_function *function = ffi_function_new(context, (void *)callee, signatures[i]);
        ok(caller(function, args, NULL) >= 1, "%s by slots:%s", signatures[i], frames);
        ok(caller(function, NULL, pointers) >= 1, "%s by pointers:%s", signatures[i], frames);
        ffi_function_capture(function, FFI_CAPTURE_ERRNO);
        ok(caller(function, args, NULL) >= 1, "%s with errno:%s", signatures[i], frames);
    }
    static const char *const callbacks[] = {"void()",
                                            "i32(ptr, i32)",
                                            "f64(f64, f64)",
                                            "f32(ptr, f64, i8)",
                                            "i64(i64,i64,i64,i64,i64,i64,i64)",
                                            "i64(ptr,f64,f64,f64,f64,f64,f64,f64,f64,f64)",
#ifdef __x86_64__
                                            "__attribute__((ms_abi)) f64(ptr, f64, i64, i64, i64)",
                                            "__attribute__((ms_abi)) struct { i64 a, b; } (ptr, f64)",
#endif
                                            "long double(struct { long a; double b; })"};
    static char bytes[16];
    args[0].ptr = bytes;
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++) {
        ffi_callback *callback = ffi_callback_new(context, callbacks[i], handler, NULL);
        ffi_function *function = ffi_function_new(context, ffi_callback_code(callback), callbacks[i]);
        int           depth    = caller(function, args, NULL);
        ok(entry >= 1 && depth > entry, "a callback of %s:%s", callbacks[i], frames);
    }
    ffi_context_free(context);
    return done();
}
