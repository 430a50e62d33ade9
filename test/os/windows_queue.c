/* SPDX-License-Identifier: MIT */
/* A queue on Windows whose event the system refuses. Linked with the static library, whose import of CreateEventW()
 * is caught here. */
#include "tap.h"

#include <ffi_embed.h>
#include <windows.h>

static HANDLE WINAPI refuse(LPSECURITY_ATTRIBUTES security, BOOL manual, BOOL set, LPCWSTR name) {
    (void)security, (void)manual, (void)set, (void)name;
    return SetLastError(ERROR_NO_SYSTEM_RESOURCES), NULL;
}

typedef HANDLE WINAPI create(LPSECURITY_ATTRIBUTES, BOOL, BOOL, LPCWSTR);
extern create        *__imp_CreateEventW;
create               *__imp_CreateEventW = refuse;

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    ok(!ffi_queue_new(context) && ffi_last_error() == FFI_ERROR_SYSTEM, "a queue without an event fails");
    ok(strstr(ffi_last_message(), "error 1450"), "the message has the reason of the system: %s",
       ffi_last_message());
    ffi_context_free(context);
    return done();
}
