/* SPDX-License-Identifier: MIT */
/* A library for windows_library.c and windows.c; t_win64.sh adds what a linker's .def file says: a function
 * without a name, forwarded exports. */
#include <errno.h>
#include <stdint.h>
#include <windows.h>

#ifdef NEEDS
__declspec(dllimport) int which(void);

__declspec(dllexport) int needy(void) {
    return which() + 1;
}
#else
__declspec(dllexport) int number = WHICH;

__declspec(dllexport) int which(void) {
    return WHICH;
}

__declspec(dllexport) int by_number(void) {
    return 77;
}

/* Fails both ways. */
__declspec(dllexport) int fail_with(int error, unsigned last_error) {
    errno = error;
    SetLastError(last_error);
    return -1;
}

__declspec(dllexport) int fail_variadic(int count, ...) {
    return fail_with(count, (unsigned)count + 1);
}

/* What a callback finds of errors, and leaves. */
__declspec(dllexport) unsigned fail_around(int (*callback)(int), int error, unsigned last_error) {
    fail_with(error, last_error);
    callback(error);
    return GetLastError() << 8 | (unsigned)errno;
}

__declspec(dllexport) GUID reversed(GUID guid) {
    GUID result = {guid.Data1, guid.Data3, guid.Data2, {0}};
    for (int i = 0; i < 8; i++) result.Data4[i] = guid.Data4[7 - i];
    return result;
}
#endif
