/* SPDX-License-Identifier: MIT */
/*
 * The library on Windows, on the system's own functions: kernel32, user32, msvcrt and ole32 with their structs,
 * wide strings, variable arguments and callbacks; errno and GetLastError() kept, each and both; System V
 * functions in a Windows program. t_windows.sh runs it with Wine, with the static library and with the DLL.
 */
#include "tap.h"

#include <errno.h>
#include <ffi_invoke.h>
#include <windows.h>

static ffi_context *context;

static ffi_function *bound(const char *library, const char *signature) {
    ffi_function *function = ffi_library_function(ffi_library_open(context, library, 0), NULL, signature);
    if (!function) printf("# %s\n", ffi_last_message());
    return function;
}

/* Calls a function of a library by its prototype. */
#define invoke(library, signature, result, ...)                                                                \
    do {                                                                                                       \
        ffi_function *function_ = bound(library, signature);                                                   \
        if (function_) ffi_invoke(function_, result, (ffi_value[]){__VA_ARGS__});                              \
    } while (0)

/* ---- kernel32 ---- */

static void check_kernel(void) {
    uint32_t id    = 0;
    uint64_t ticks = 0, before = GetTickCount64();
    invoke("kernel32", "uint32_t GetCurrentProcessId(void)", &id, {0});
    ok(id == GetCurrentProcessId(), "GetCurrentProcessId");
    invoke("kernel32", "unsigned long long GetTickCount64(void)", &ticks, {0});
    ok(ticks >= before && ticks < before + 60000, "GetTickCount64");

    SYSTEMTIME now = {0}, here;
    FILETIME   time, same = {0};
    int        good = 0;
    invoke("kernel32", "void GetSystemTime(void *time)", NULL, {.ptr = &now});
    GetSystemTime(&here);
    ok(now.wYear == here.wYear && now.wMonth == here.wMonth,
       "GetSystemTime gives the year and the month: %d-%02d", now.wYear, now.wMonth);
    invoke("kernel32", "int SystemTimeToFileTime(const void *, void *)", &good, {.ptr = &now}, {.ptr = &same});
    ok(good && SystemTimeToFileTime(&now, &time) && !memcmp(&time, &same, sizeof time), "SystemTimeToFileTime");

    WIN32_FIND_DATAW found  = {0};
    void            *handle = INVALID_HANDLE_VALUE;
    invoke("kernel32", "void *FindFirstFileW(const wchar_t *, void *)", &handle,
           {.ptr = L"C:\\windows\\system32\\kernel32.*"}, {.ptr = &found});
    ok(handle != INVALID_HANDLE_VALUE && !_wcsicmp(found.cFileName, L"kernel32.dll"), "FindFirstFileW");
    FindClose(handle);
}

/* ---- callbacks ---- */

static ffi_callback *callback(const char *signature, ffi_handler *handler, void *userdata) {
    ffi_callback *made = ffi_callback_new(context, signature, handler, userdata);
    if (!made) printf("# %s\n", ffi_last_message());
    return made;
}

/* BOOL of (module, type, name, parameter): counts, and notes the last. */
struct resources {
    unsigned count;
    int64_t  parameter;
    void    *module, *type, *name;
};

static void on_resource(void *result, const ffi_value *args, void *userdata) {
    struct resources *noted = userdata;
    *noted = (struct resources){noted->count + 1, args[3].i64, args[0].ptr, args[1].ptr, args[2].ptr};
    memcpy(result, &(int32_t){1}, 4);
}

static BOOL CALLBACK on_resource_c(HMODULE module, LPCWSTR type, LPWSTR name, LONG_PTR parameter) {
    struct resources *noted = (struct resources *)parameter; /* NOLINT: as the API has it */
    *noted = (struct resources){noted->count + 1, parameter, module, (void *)(uintptr_t)type, name};
    return TRUE;
}

/* BOOL of (window, parameter): looks for one of ours. */
struct windows {
    HWND     wanted;
    unsigned count, met;
};

static void on_window(void *result, const ffi_value *args, void *userdata) {
    struct windows *windows = userdata;
    windows->count++;
    windows->met += args[0].ptr == windows->wanted && args[1].i64 == -7;
    memcpy(result, &(int32_t){1}, 4);
}

static void on_locale(void *result, const ffi_value *args, void *userdata) {
    unsigned *left = userdata;
    if (((WCHAR *)args[0].ptr)[0]) --*left;
    memcpy(result, &(int32_t){*left > 0}, 4);
}

static void compare_ints(void *result, const ffi_value *args, void *userdata) {
    int a = *(int *)args[0].ptr, b = *(int *)args[1].ptr, order = (a > b) - (a < b);
    ++*(unsigned *)userdata;
    memcpy(result, &order, sizeof order);
}

static void check_callbacks(void) {
    struct resources ours = {0}, theirs = {0};
    HMODULE          module = GetModuleHandleW(L"user32.dll");
    int              good   = 0;
    ffi_callback    *code   = callback("int(void *, const wchar_t *, wchar_t *, intptr_t)", on_resource, &ours);
    invoke("kernel32", "int EnumResourceNamesW(void *, const wchar_t *, void *, intptr_t)", &good,
           {.ptr = module}, {.ptr = RT_VERSION}, {.ptr = ffi_callback_code(code)}, {.i64 = -5});
    ok(EnumResourceNamesW(module, (LPWSTR)RT_VERSION, on_resource_c, (LONG_PTR)&theirs) && good && ours.count,
       "EnumResourceNamesW calls back %u times", ours.count);
    ok(ours.count == theirs.count && ours.module == theirs.module && ours.type == theirs.type &&
           ours.name == theirs.name && ours.parameter == -5,
       "with the arguments that a C function gets");

    unsigned       left = 3, compared = 0;
    struct windows windows = {CreateWindowW(L"STATIC", L"one", 0, 0, 0, 1, 1, NULL, NULL, NULL, NULL), 0, 0};
    code                   = callback("int(void *, intptr_t)", on_window, &windows);
    invoke("user32", "int EnumWindows(void *, intptr_t)", &good, {.ptr = ffi_callback_code(code)}, {.i64 = -7});
    if (!windows.wanted) skip_one("EnumWindows: there is no desktop for a window");
    else ok(good && windows.met == 1, "EnumWindows finds ours among %u windows", windows.count);

    code = callback("int(wchar_t *)", on_locale, &left);
    invoke("kernel32", "int EnumSystemLocalesW(void *, unsigned long)", &good, {.ptr = ffi_callback_code(code)},
           {.u32 = LCID_SUPPORTED});
    ok(good && left == 0, "EnumSystemLocalesW, until the handler says no");

    int numbers[1000], wrong = 0;
    for (int i = 0; i < 1000; i++) numbers[i] = (i * 7919) % 1009 - 500;
    code = callback("int __cdecl(const void *, const void *)", compare_ints, &compared);
    invoke("msvcrt", "void qsort(void *, size_t, size_t, void *)", NULL, {.ptr = numbers}, {.u64 = 1000},
           {.u64 = sizeof *numbers}, {.ptr = ffi_callback_code(code)});
    for (int i = 1; i < 1000; i++) wrong += numbers[i - 1] > numbers[i];
    ok(!wrong && compared > 1000, "qsort compares %u times", compared);

    HANDLE thread = NULL;
    DWORD  ended  = 1;
    left          = 3;
    code          = callback("unsigned long __stdcall(void *)", on_locale, &left);
    invoke("kernel32", "void *CreateThread(void *, size_t, void *, void *, unsigned long, void *)", &thread,
           {.ptr = NULL}, {.u64 = 0}, {.ptr = ffi_callback_code(code)}, {.ptr = L"x"}, {.u32 = 0},
           {.ptr = NULL});
    ok(WaitForSingleObject(thread, 60000) == WAIT_OBJECT_0 && GetExitCodeThread(thread, &ended) && ended == 1 &&
           left == 2,
       "CreateThread runs a callback");
    CloseHandle(thread);
}

/* ---- variable arguments ---- */

static void check_variadic(void) {
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
    if ((function = bound("msvcrt", "int printf(const char *, ...)")))
        function = ffi_function_variadic(function, "const char *, double");
    fflush(stdout);
    if (function)
        ffi_invoke(function, &length,
                   (ffi_value[]){{.str = "# %s prints %.2f\n"}, {.str = "msvcrt"}, {.f64 = 1.5}});
    ok(length == 21, "msvcrt's printf returns 21 characters: %d", length);
    double power = 0;
    invoke("msvcrt", "double pow(double, double)", &power, {.f64 = 2}, {.f64 = 10});
    ok(power == 1024, "msvcrt's pow returns 1024");
}

/* ---- ole32 ---- */

#define GUID_TEXT "struct guid { unsigned long a; unsigned short b, c; unsigned char d[8]; }"

static void check_guids(void) {
    GUID  first = {0}, second = {0}, turned = {0};
    long  result     = -1;
    int   characters = 0;
    WCHAR spelled[40], wanted[40];
    ok(!ffi_declare(context, GUID_TEXT "; long CoCreateGuid(struct guid *);"
                                       "int StringFromGUID2(const struct guid *, wchar_t *, int);"
                                       "struct guid reversed(struct guid);"),
       "prototypes are declared");
    ffi_library  *ole    = ffi_library_open(context, "ole32", 0);
    ffi_function *create = ffi_library_function(ole, "CoCreateGuid", NULL);
    if (create) ffi_invoke(create, &result, (ffi_value[]){{.ptr = &first}});
    if (create && !result) ffi_invoke(create, &result, (ffi_value[]){{.ptr = &second}});
    ok(result == 0 && memcmp(&first, &second, sizeof first), "CoCreateGuid: two that differ");
    ffi_function *spell = ffi_library_function(ole, "StringFromGUID2", NULL);
    if (spell) ffi_invoke(spell, &characters, (ffi_value[]){{.ptr = &first}, {.ptr = spelled}, {.i32 = 40}});
    _snwprintf(wanted, 40, L"{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", first.Data1, first.Data2,
               first.Data3, first.Data4[0], first.Data4[1], first.Data4[2], first.Data4[3], first.Data4[4],
               first.Data4[5], first.Data4[6], first.Data4[7]);
    ok(characters == 39 && !wcscmp(spelled, wanted), "StringFromGUID2 spells the GUID: %ls", spelled);

    ffi_function *reverse =
        ffi_library_function(ffi_library_open(context, "./export.dll", 0), "reversed", NULL);
    if (reverse) ffi_invoke(reverse, &turned, (ffi_value[]){{.ptr = &first}});
    ok(turned.Data1 == first.Data1 && turned.Data2 == first.Data3 && turned.Data3 == first.Data2 &&
           turned.Data4[0] == first.Data4[7] && turned.Data4[7] == first.Data4[0],
       "16 bytes pass by value, as an argument and as the result");
}

/* ---- errors kept ---- */

static void *pointers[4];

/* Calls fail_with(34, 1234), or a variadic form of fail_variadic(), and has both errors say something else. */
static void fail(const ffi_function *function, bool by_pointers, int error) {
    ffi_value args[2] = {{.i32 = error}, {.u32 = 1234}};
    pointers[0] = &args[0], pointers[1] = &args[1];
    errno = 1;
    SetLastError(1);
    if (by_pointers) ffi_invoke_pointers(function, NULL, pointers);
    else ffi_invoke(function, NULL, args);
    errno = 2;
    SetLastError(2);
}

static void check_capture(ffi_library *library) {
    enum { ERRNO = FFI_CAPTURE_ERRNO, LAST = FFI_CAPTURE_LAST_ERROR };
    static const struct {
        const char *name, *signature, *extra;
        int         system; /* as captured */
    } kinds[] = {{"fail_with", "int(int, unsigned)", NULL, 1234},
                 {"fail_with", "int(i16, u16)", NULL, 1234}, /* narrow, staged */
                 {"fail_variadic", "int(int, ...)", "unsigned", 0}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (unsigned flags = 0; flags <= (ERRNO | LAST); flags++)
            for (int by_pointers = 0; by_pointers < 2; by_pointers++) {
                ffi_function *function = ffi_library_function(library, kinds[k].name, kinds[k].signature);
                ffi_function *both     = ffi_library_function(library, "fail_with", "int(int, unsigned)");
                if (kinds[k].extra) function = ffi_function_variadic(function, kinds[k].extra);
                ffi_function_capture(both, ERRNO | LAST);
                fail(both, false, 5); /* what is not asked for stays */
                bool bad    = ffi_function_capture(function, flags) != FFI_ERROR_NONE;
                int  error  = 30 + (int)k;
                int  system = flags & LAST ? (kinds[k].system ? kinds[k].system : error + 1) : 1234;
                fail(function, by_pointers, error);
                ok(!bad && ffi_captured_errno() == (flags & ERRNO ? error : 5) &&
                       (int)ffi_captured_last_error() == system,
                   "%s%s, flags %u: errno %d, last error %u", kinds[k].signature,
                   by_pointers ? " by pointers" : "", flags, ffi_captured_errno(), ffi_captured_last_error());
                ffi_function_free(both);
            }
    ffi_function *function = ffi_library_function(library, "fail_with", "int(int, unsigned)");
    ok(ffi_function_capture(function, 8) == FFI_ERROR_ARGUMENT, "an unknown flag fails: %s",
       ffi_last_message());

    ffi_function *of_batch[4];
    ffi_binding   batch[4];
    for (unsigned flags = 0; flags < 4; flags++)
        batch[flags] =
            (ffi_binding){"fail_with", "int(int, unsigned)", &of_batch[flags], flags, FFI_ERROR_NONE};
    bool good = !ffi_library_bind(library, batch, 4);
    for (unsigned flags = 0; good && flags < 4; flags++) {
        fail(of_batch[3], false, 5);
        fail(of_batch[flags], false, 40);
        good = ffi_captured_errno() == (flags & ERRNO ? 40 : 5) && ffi_captured_last_error() == 1234;
    }
    ok(good, "a batch keeps what each of its flags says");
    batch[2].flags = 8;
    ok(ffi_library_bind(library, batch, 4) == FFI_ERROR_ARGUMENT && batch[2].error == FFI_ERROR_ARGUMENT &&
           !of_batch[0],
       "a batch with an unknown flag binds nothing: %s", ffi_last_message());
}

/* A handler finds what the native caller left, and what it leaves the caller finds. */
struct found {
    int      error;
    unsigned system;
};

static void on_failure(void *result, const ffi_value *args, void *userdata) {
    struct found *found = userdata;
    found->system       = GetLastError();
    found->error        = errno;
    errno               = args[0].i32 + 1;
    SetLastError(77);
    memcpy(result, args, 4);
}

static void *enter(void *userdata) {
    return userdata;
}

static void leave(void *userdata, void *entered) {
    (void)userdata, (void)entered;
}

static void check_capture_around(ffi_library *library) {
    static const char *const signatures[] = {"int(int)", "int(int, ...)" /* by an image */};
    ffi_context             *hooked       = ffi_context_new(&(ffi_options){.enter = enter, .leave = leave});
    for (int i = 0; i < 4; i++) {
        struct found  found  = {0};
        unsigned      result = 0;
        ffi_context  *owner  = i < 2 ? context : hooked;
        ffi_callback *code   = ffi_callback_new(owner, signatures[i % 2], on_failure, &found);
        ffi_function *function =
            ffi_library_function(library, "fail_around", "unsigned(void *, int, unsigned)");
        ffi_function_capture(function, FFI_CAPTURE_ERRNO | FFI_CAPTURE_LAST_ERROR);
        ffi_invoke(function, &result,
                   (ffi_value[]){{.ptr = ffi_callback_code(code)}, {.i32 = 21}, {.u32 = 99}});
        SetLastError(1), errno = 1;
        ok(found.error == 21 && found.system == 99, "%s%s: the handler finds errno %d and last error %u",
           signatures[i % 2], i < 2 ? "" : ", hooks", found.error, found.system);
        ok(result == (77 << 8 | 22) && ffi_captured_errno() == 22 && ffi_captured_last_error() == 77,
           "the caller finds what the handler left, and so does who captures: %d, %u", ffi_captured_errno(),
           ffi_captured_last_error());
    }
    ffi_context_free(hooked);
}

static void check_create_file(void) {
    void         *handle = NULL;
    ffi_function *function =
        bound("kernel32", "void *CreateFileW(const wchar_t *, unsigned long, unsigned long, void *,"
                          "unsigned long, unsigned long, void *)");
    ffi_value create[] = {{.ptr = L"Z:\\no\\such\\file"},
                          {.u32 = GENERIC_READ},
                          {.u32 = 0},
                          {.ptr = NULL},
                          {.u32 = OPEN_EXISTING},
                          {.u32 = 0},
                          {.ptr = NULL}};
    ok(function && !ffi_function_capture(function, FFI_CAPTURE_LAST_ERROR),
       "CreateFileW is bound with its last error captured");
    if (function) ffi_invoke(function, &handle, create);
    SetLastError(12345);
    ok(handle == INVALID_HANDLE_VALUE && ffi_captured_last_error() == ERROR_PATH_NOT_FOUND,
       "it fails with error %u", ffi_captured_last_error());
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
    double        result = 0;
    ffi_function *function =
        ffi_function_new(context, (void *)(uintptr_t)foreign,
                         "double(int, double, char, float, long long, void *, short, long long)"
                         " __attribute__((sysv_abi))");
    ffi_value args[8] = {{.i32 = 1}, {.f64 = 1},       {.i8 = -1},  {.f32 = 1},
                         {.i64 = 1}, {.ptr = &result}, {.i16 = -1}, {.i64 = 1}};
    if (!ok(function != NULL, "a System V function is bound")) printf("# %s\n", ffi_last_message());
    else ffi_invoke(function, &result, args);
    ok(result == 1 + 2 - 4 + 8 + 16 + 32 - 64 + 128, "the System V function returns the sum: %g", result);
}

int main(void) {
    context = ffi_context_new(NULL);
    check_kernel();
    check_callbacks();
    check_variadic();
    check_guids();
    ffi_library *library = ffi_library_open(context, "./export.dll", 0);
    if (ok(library != NULL, "export.dll is open")) check_capture(library), check_capture_around(library);
    check_create_file();
    check_foreign();
    ffi_context_free(context);
    return done();
}
