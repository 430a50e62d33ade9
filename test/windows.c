/* SPDX-License-Identifier: MIT */
/*
 * The library on Windows, on the system's own libraries: names, ordinals, forwarded exports, errors,
 * GetLastError, real functions with their structs, wide strings and variable arguments, and System V functions
 * in a Windows program. t_win64.sh runs it with Wine, with the static library and with the DLL.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <windows.h>

static ffi_context *context;

/* ---- libraries ---- */

static bool count(const char *name, void *address, void *userdata) {
    unsigned *counts = userdata;
    counts[0]++;
    counts[1] += !strcmp(name, "GetTickCount64") && address == (void *)(uintptr_t)GetTickCount64;
    return true;
}

static void check_libraries(void) {
    ffi_library *kernel = ffi_library_open(context, "kernel32", 0);
    is_text(ffi_library_name(kernel), "kernel32.dll", "kernel32 is kernel32.dll");
    ok(ffi_library_open(context, "KERNEL32.DLL", FFI_LIBRARY_NO_LOAD) == kernel,
       "one handle, whatever the spelling");
    ok(ffi_library_symbol(kernel, "GetTickCount64") == (void *)(uintptr_t)GetTickCount64, "a symbol");
    ok(ffi_library_symbol(kernel, "HeapAlloc") != NULL, "an export that is forwarded to ntdll");
    unsigned counts[2] = {0, 0};
    bool     listed    = ffi_library_symbols(kernel, count, counts) == FFI_ERROR_NONE;
    ok(listed && counts[0] > 500 && counts[1] == 1, "%u exports are listed", counts[0]);

    ffi_library *program = ffi_library_open(context, NULL, 0);
    ok(ffi_library_symbol(program, "GetCurrentProcessId") != NULL, "the program finds what is loaded with it");
    ok(!ffi_library_symbol(program, "no_such_symbol") && ffi_last_error() == FFI_ERROR_SYMBOL,
       "but no more: %s", ffi_last_message());

    ffi_library *sockets = ffi_library_open(context, "ws2_32", 0);
    void        *named   = ffi_library_symbol(sockets, "WSAStartup");
    ok(named && ffi_library_symbol(sockets, "#115") == named, "WSAStartup is ordinal 115");
    ok(!ffi_library_symbol(sockets, "#9999"), "there is no ordinal 9999");

    ok(!ffi_library_open(context, "no_such_library", 0) && strstr(ffi_last_message(), "libno_such_library.dll"),
       "a library that is missing is told by each name");
    ok(!ffi_library_open(context, "./windows.c", 0) && ffi_last_error() == FFI_ERROR_LIBRARY,
       "a file that is none");
    ok(!ffi_library_open(context, "\xff", 0) && ffi_last_error() == FFI_ERROR_LIBRARY,
       "a name that is no UTF-8");
    ok(!ffi_library_open(context, "d3d9", FFI_LIBRARY_NO_LOAD), "what is not loaded is not loaded");
}

/* ---- real functions ---- */

static ffi_function *bound(const char *library, const char *signature) {
    ffi_function *function = ffi_library_function(ffi_library_open(context, library, 0), NULL, signature);
    if (!function) printf("# %s\n", ffi_last_message());
    return function;
}

static void check_kernel(void) {
    uint32_t      id    = 0;
    uint64_t      ticks = 0, before = GetTickCount64();
    ffi_function *function = bound("kernel32", "uint32_t GetCurrentProcessId(void)");
    if (function) ffi_invoke(function, &id, NULL);
    ok(id == GetCurrentProcessId(), "GetCurrentProcessId");
    if ((function = bound("kernel32", "unsigned long long GetTickCount64(void)")))
        ffi_invoke(function, &ticks, NULL);
    ok(ticks >= before && ticks < before + 60000, "GetTickCount64");

    SYSTEMTIME now = {0}, here;
    GetSystemTime(&here);
    if ((function = bound("kernel32", "void GetSystemTime(void *time)")))
        ffi_invoke(function, NULL, (ffi_value[]){{.ptr = &now}});
    ok(now.wYear == here.wYear && now.wMonth == here.wMonth, "GetSystemTime: %d-%02d", now.wYear, now.wMonth);

    void    *handle = NULL;
    unsigned error;
    function            = bound("kernel32",
                                "void *CreateFileW(const wchar_t *, unsigned long, unsigned long, void *, unsigned long,"
                                           "unsigned long, void *)");
    ffi_value create[7] = {{.ptr = L"Z:\\no\\such\\file"},
                           {.u32 = GENERIC_READ},
                           {.u32 = 0},
                           {.ptr = NULL},
                           {.u32 = OPEN_EXISTING},
                           {.u32 = 0},
                           {.ptr = NULL}};
    ok(function && !ffi_function_capture(function, FFI_CAPTURE_LAST_ERROR | FFI_CAPTURE_ERRNO),
       "errors are kept");
    if (function) ffi_invoke(function, &handle, create);
    SetLastError(12345);
    error = ffi_captured_last_error();
    ok(handle == INVALID_HANDLE_VALUE && error == ERROR_PATH_NOT_FOUND, "CreateFileW fails with error %u",
       error);
    void *pointers[7];
    for (int i = 0; i < 7; i++) pointers[i] = &create[i];
    SetLastError(0);
    if (function) ffi_invoke_pointers(function, &handle, pointers);
    SetLastError(0);
    ok(ffi_captured_last_error() == ERROR_PATH_NOT_FOUND, "the same by pointers");

    WIN32_FIND_DATAW found = {0};
    if ((function = bound("kernel32", "void *FindFirstFileW(const wchar_t *, void *)")))
        ffi_invoke(function, &handle,
                   (ffi_value[]){{.ptr = L"C:\\windows\\system32\\kernel32.*"}, {.ptr = &found}});
    ok(handle != INVALID_HANDLE_VALUE && !_wcsicmp(found.cFileName, L"kernel32.dll"), "FindFirstFileW");
    FindClose(handle);
}

static void check_others(void) {
    char          text[64] = "";
    int           length   = 0;
    ffi_function *function = bound("user32", "int wsprintfA(char *, const char *, ...)");
    if (function) function = ffi_function_variadic(function, "int, const char *, unsigned");
    if (function)
        ffi_invoke(
            function, &length,
            (ffi_value[]){{.ptr = text}, {.str = "%d %s %x"}, {.i32 = -5}, {.str = "and"}, {.u32 = 255}});
    is_text(text, "-5 and ff", "wsprintfA, %d characters", length);

    if ((function = bound("msvcrt", "int sprintf(char *, const char *, ...)")))
        function = ffi_function_variadic(function, "double, int, float, long long, double");
    if (function)
        ffi_invoke(function, &length,
                   (ffi_value[]){{.ptr = text},
                                 {.str = "%g %d %g %I64d %g"},
                                 {.f64 = 0.5},
                                 {.i32 = 7},
                                 {.f32 = 0.25f},
                                 {.i64 = 1ll << 40},
                                 {.f64 = -2}});
    is_text(text, "0.5 7 0.25 1099511627776 -2", "msvcrt's sprintf");
    double power = 0;
    if ((function = bound("msvcrt", "double pow(double, double)")))
        ffi_invoke(function, &power, (ffi_value[]){{.f64 = 2}, {.f64 = 10}});
    ok(power == 1024, "msvcrt's pow");

    GUID first = {0}, second = {0};
    long result = -1;
    if ((function = bound("ole32", "long CoCreateGuid(struct guid { unsigned long a; unsigned short b, c;"
                                   "unsigned char d[8]; } *)"))) {
        ffi_invoke(function, &result, (ffi_value[]){{.ptr = &first}});
        ffi_invoke(function, &result, (ffi_value[]){{.ptr = &second}});
    }
    ok(result == 0 && memcmp(&first, &second, sizeof first), "CoCreateGuid: two that differ");
    int   characters = 0;
    WCHAR spelled[40];
    if ((function = bound("ole32", "int StringFromGUID2(struct guid *, wchar_t *, int)")))
        ffi_invoke(function, &characters, (ffi_value[]){{.ptr = &first}, {.ptr = spelled}, {.i32 = 40}});
    ok(characters == 39, "StringFromGUID2");
}

/* ---- System V functions ---- */

__attribute__((sysv_abi)) static double foreign(int a, double b, char c, float d, long long e, void *f, short g,
                                                long long h) {
    __asm__ volatile("" ::
                         : "rdi", "rsi", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
                           "xmm14", "xmm15");
    return a + b * 2 + c * 4 + d * 8 + (double)e * 16 + (f ? 32 : 0) + g * 64 + (double)h * 128;
}

static void check_foreign(void) {
    double          result  = 0;
    volatile double kept[4] = {1.5, 2.5, 3.5, 4.5}; /* in registers that such a function may spoil */
    double          a = kept[0], b = kept[1], c = kept[2], d = kept[3];
    ffi_function   *function =
        ffi_function_new(context, (void *)(uintptr_t)foreign,
                         "double(int, double, char, float, long long, void *, short, long long)"
                         " __attribute__((sysv_abi))");
    ffi_value args[8] = {{.i32 = 1}, {.f64 = 1},  {.i8 = -1},  {.f32 = 1},
                         {.i64 = 1}, {.ptr = &a}, {.i16 = -1}, {.i64 = 1}};
    if (!ok(function != NULL, "a System V function is bound")) printf("# %s\n", ffi_last_message());
    else ffi_invoke(function, &result, args);
    ok(result == 1 + 2 - 4 + 8 + 16 + 32 - 64 + 128, "and called: %g", result);
    ok(a == kept[0] && b == kept[1] && c == kept[2] && d == kept[3], "and does no harm");
}

int main(void) {
    context = ffi_context_new(NULL);
    check_libraries();
    check_kernel();
    check_others();
    check_foreign();
    ffi_context_free(context);
    return done();
}
