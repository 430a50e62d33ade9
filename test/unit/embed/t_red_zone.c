/* SPDX-License-Identifier: MIT */
/* Red zones: what native code writes behind a buffer is told, by a check and when the buffer is freed. */
#include "helper.h"

#include <ffi_embed.h>

static void fill(char *to, size_t size) {
    memset(to, 'x', size);
}

int main(void) {
    enum { SIZE = 21 };
    static const size_t alignments[] = {1, 16, 64, 4096};
    ffi_context        *context      = ffi_context_new(NULL);
    ffi_function       *fills        = ffi_function_new(context, (void *)(uintptr_t)fill, "void(ptr, size_t)");
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
        ffi_buffer *buffer  = ffi_buffer_aligned(context, SIZE, alignments[i]);
        ffi_value   args[2] = {{.ptr = ffi_buffer_data(buffer)}, {SIZE}};
        ffi_invoke(fills, NULL, args);
        ok(!ffi_buffer_check(buffer), "a buffer aligned to %zu may be written to its end", alignments[i]);
        args[1].u64 = SIZE + 1;
        ffi_invoke(fills, NULL, args);
        returns_error(ffi_buffer_check(buffer), FFI_ERROR_RANGE, "behind the 21 bytes");
        returns_error(ffi_buffer_free(buffer), FFI_ERROR_RANGE, "behind the 21 bytes");
        returns_error(ffi_buffer_free(buffer), FFI_ERROR_ARGUMENT, "freed before");
    }
    char        memory[4] = "abc";
    ffi_buffer *around    = ffi_buffer_around(context, memory, 2, NULL, NULL);
    ok(!ffi_buffer_check(around) && !ffi_buffer_free(around), "memory of somebody else has no red zone");
    ffi_buffer *nothing = ffi_buffer_new(context, 0);
    ok(!ffi_buffer_check(nothing) && !ffi_buffer_free(nothing), "a buffer of no bytes has a red zone");
    ffi_buffer *text = ffi_buffer_text(context, "abc", 3);
    ok(!ffi_buffer_check(text) && !ffi_buffer_free(text), "a buffer of a text has a red zone");
    returns_error(ffi_buffer_check(NULL), FFI_ERROR_ARGUMENT, "buffer is NULL");
    ffi_context_free(context);
    return done();
}
