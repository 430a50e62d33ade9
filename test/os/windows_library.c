/* SPDX-License-Identifier: MIT */
/*
 * Libraries on Windows: names and where they are looked for, ordinals, forwarded exports, the program itself
 * and what is loaded with it, the system's texts in errors. t_win64.sh has made the folder `elsewhere`:
 *
 *     hid.dll       has the name of one of the system's
 *     stray.dll     is nowhere else
 *     needy.dll     needs stray.dll
 *
 * What is wrong is asked for too.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <windows.h>

static ffi_context *context;

/* Opens; prints the reason if that fails. */
static ffi_library *opened(const char *name, unsigned flags) {
    ffi_library *library = ffi_library_open(context, name, flags);
    if (!library) printf("# %s\n", ffi_last_message());
    return library;
}

/* It fails with this error, and the message has each of these texts. */
static bool refused(bool failed, ffi_error error, const char *part, const char *other) {
    const char *message = ffi_last_message();
    if (failed && ffi_last_error() == error && strstr(message, part) && strstr(message, other)) return true;
    printf("# %d, %s: %s\n", failed, ffi_error_name(ffi_last_error()), message);
    return false;
}

static int answer(ffi_library *library, const char *name) {
    int           result   = -1;
    ffi_function *function = library ? ffi_library_function(library, name, "int(void)") : NULL;
    if (function) ffi_invoke(function, &result, NULL);
    else printf("# %s\n", ffi_last_message());
    ffi_function_free(function);
    return result;
}

/* ---- names ---- */

static void check_names(void) {
    ffi_library *kernel = opened("kernel32", 0);
    is_text(ffi_library_name(kernel), "kernel32.dll", "kernel32 is kernel32.dll");
    ok(ffi_library_open(context, "KERNEL32.DLL", FFI_LIBRARY_NO_LOAD) == kernel,
       "another spelling of the name gives the same handle");
    ok(opened("C:\\windows\\system32\\kernel32.dll", 0) == kernel, "its path gives the same handle");
    ok(refused(!ffi_library_open(context, "no_such_library", 0), FFI_ERROR_LIBRARY,
               "no_such_library.dll: ", "libno_such_library.dll: "),
       "a library that is missing is told by each name");
    ok(refused(true, FFI_ERROR_LIBRARY, "not found", "error 126"),
       "the message has the system's text and number");
    ok(refused(!ffi_library_open(context, "./elsewhere", 0), FFI_ERROR_LIBRARY, "./elsewhere: ", "error "),
       "a folder is no library");
    ok(refused(!ffi_library_open(context, "./text.dll", 0), FFI_ERROR_LIBRARY, "./text.dll: ", "error 193"),
       "a file that is none");
    ok(refused(!ffi_library_open(context, "\xff", 0), FFI_ERROR_LIBRARY, "error 1113", ""),
       "a name that is no UTF-8");
    ok(refused(!ffi_library_open(context, "./\xc0\xaf.dll", 0), FFI_ERROR_LIBRARY, "error 1113", ""),
       "a path that is no UTF-8");
    ok(!ffi_library_open(context, "", 0), "no name");

    static char longer[40000];
    memset(longer, 'x', sizeof longer - 1);
    ok(refused(!ffi_library_open(context, longer, 0), FFI_ERROR_LIBRARY, "error ", ""),
       "a name of 40,000 bytes");
    memcpy(longer, "./", 2);
    ok(refused(!ffi_library_open(context, longer, 0), FFI_ERROR_LIBRARY, "error ", ""),
       "a path of 40,000 bytes");
    longer[9000] = 0; /* still more than a path can have here, and cut in the message */
    ok(!ffi_library_open(context, longer, 0) && strlen(ffi_last_message()) < 4096, "a path of 9,000 bytes");
}

/* The same file under names that only UTF-16 has. */
static void check_unicode(void) {
    static const WCHAR folder[] = L"gr\x00fc\x00df \x2603 \xd83d\xde00",
                       file[]   = L"\x6587\x5b57 \x03b1\x03b2.dll";
    static const char path[] =
        "gr\xc3\xbc\xc3\x9f \xe2\x98\x83 \xf0\x9f\x98\x80\\\xe6\x96\x87\xe5\xad\x97 \xce\xb1\xce\xb2.dll";
    WCHAR whole[64];
    if (!CreateDirectoryW(folder, NULL)) {
        skip_one("names beyond ASCII: this file system has none, error %lu", (unsigned long)GetLastError());
        return;
    }
    _snwprintf(whole, 64, L"%ls\\%ls", folder, file);
    ok(CopyFileW(L"elsewhere\\stray.dll", whole, TRUE), "a folder and a file whose names are not ASCII");
    ffi_library *library = opened(path, 0);
    ok(answer(library, "which") == 3, "are found by UTF-8");
    is_text(ffi_library_name(library), path, "a library's name is its path");
    ok(ffi_library_open(context, path, FFI_LIBRARY_NO_LOAD) == library,
       "a loaded library is found by its path");
    ffi_library_close(library), ffi_library_close(library);
    ok(refused(!ffi_library_open(context, path, FFI_LIBRARY_NO_LOAD), FFI_ERROR_LIBRARY, path, "not loaded"),
       "and not when they are not any more");
    ok(refused(!ffi_library_open(context, "\xe6\x96\x87.dll", 0), FFI_ERROR_LIBRARY,
               "\xe6\x96\x87.dll: ", "error 126"),
       "a name that is missing stands in the message as it is");
    DeleteFileW(whole), RemoveDirectoryW(folder);
}

/* Neither the current folder nor PATH is searched. */
static void check_search(void) {
    WCHAR here[MAX_PATH], elsewhere[MAX_PATH];
    GetCurrentDirectoryW(MAX_PATH, here);
    ok(SetCurrentDirectoryW(L"elsewhere") && GetCurrentDirectoryW(MAX_PATH, elsewhere),
       "the program changes to another folder");
    ok(refused(!ffi_library_open(context, "stray", 0), FFI_ERROR_LIBRARY, "stray.dll: ", "error 126"),
       "a library there is not found by its name");
    ok(refused(!ffi_library_open(context, "stray.dll", 0), FFI_ERROR_LIBRARY, "stray.dll: ", "error 126"),
       "a library of the current folder is not found by its file name");
    SetEnvironmentVariableW(L"PATH", elsewhere);
    ok(!ffi_library_open(context, "stray", 0), "a library of a folder in PATH is not found");
    ffi_library *hid = opened("hid", 0);
    ok(hid && !ffi_library_symbol(hid, "which") && ffi_library_symbol(hid, "HidD_GetHidGuid"),
       "the one there is not taken for the system's hid.dll");
    ok(refused(!ffi_library_open(context, "needy", 0), FFI_ERROR_LIBRARY, "needy.dll: ", ""),
       "nor is needy.dll found");

    ffi_library *needy = opened("./needy.dll", 0);
    ok(answer(needy, "needy") == 4, "by its path it is, with the library beside it that it needs");
    ffi_library_close(needy);
    ffi_library *stray = opened(".\\stray.dll", 0);
    ok(answer(stray, "which") == 3, "a path with a backslash opens a library");
    ok(answer(opened("./hid.dll", 0), "which") == 2, "and one with the system's name");
    ffi_library_close(stray);
    SetCurrentDirectoryW(here);
    DLL_DIRECTORY_COOKIE cookie = AddDllDirectory(elsewhere);
    ok(cookie && answer(opened("stray", 0), "which") == 3,
       "a folder that was asked for by AddDllDirectory() is searched");
    RemoveDllDirectory(cookie);
}

/* ---- symbols ---- */

struct listed {
    unsigned    count;
    const char *name;
    void       *address;
};

static bool list(const ffi_symbol *symbol, void *userdata) {
    struct listed *listed = userdata;
    listed->count++;
    if (!strcmp(symbol->name, listed->name)) listed->address = symbol->address;
    return true;
}

static bool stop_at_third(const ffi_symbol *symbol, void *userdata) {
    (void)symbol;
    return ++*(unsigned *)userdata < 3;
}

static void check_symbols(void) {
    ffi_library *kernel = opened("kernel32", 0), *ours = opened("./export.dll", 0);
    void        *ticks = (void *)(uintptr_t)GetTickCount64;
    ok(ffi_library_symbol(kernel, "GetTickCount64") == ticks,
       "ffi_library_symbol gives the address of GetTickCount64");
    ok(refused(!ffi_library_symbol(kernel, "gettickcount64"), FFI_ERROR_SYMBOL, "gettickcount64", "error 127"),
       "has its case, and one that is missing the system's text");
    ok(refused(!ffi_library_symbol_version(kernel, "GetTickCount64", "V1"), FFI_ERROR_SYMBOL, "no versions",
               ""),
       "a symbol has no version");
    int *number = ffi_library_symbol(ours, "number");
    ok(number && *number == 1, "the address of a variable is found");
    ok(ffi_library_symbol(kernel, "HeapAlloc") != NULL, "an export that kernel32 forwards to ntdll is found");
    ok(ffi_library_symbol(ours, "ticks") == ticks, "an export that our library forwards to kernel32 is found");
    struct listed all = {0, "GetTickCount64", NULL}, forwarded = {0, "ticks", NULL},
                  numbered = {0, "by_number", NULL};
    bool good = !ffi_library_symbols(kernel, list, &all) && all.count > 500 && all.address == ticks;
    ok(good, "%u exports are listed", all.count);
    ok(!ffi_library_symbols(ours, list, &forwarded) && forwarded.address == ticks,
       "a forwarded export is listed");
    ok(!ffi_library_symbols(ours, list, &numbered) && !numbered.address,
       "an export without a name is not listed");
    unsigned few = 0;
    ok(!ffi_library_symbols(kernel, stop_at_third, &few) && few == 3,
       "the list ends when the visitor returns false");

    ok(answer(ours, "#77") == 77, "a function without a name is found by its ordinal");
    ok(!ffi_library_symbol(ours, "by_number"), "it is not found by the name in its source");
    ffi_library *sockets = opened("ws2_32", 0);
    void        *named   = ffi_library_symbol(sockets, "WSAStartup");
    ok(named && ffi_library_symbol(sockets, "#115") == named, "WSAStartup is ordinal 115");
    static const char *const wrong[] = {"#9999", "#0",     "#",           "#115x", "#-1",
                                        "# 115", "#65536", "#4294967411", "##115"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ok(refused(!ffi_library_symbol(sockets, wrong[i]), FFI_ERROR_SYMBOL, wrong[i], "error "),
           "no ordinal: %s", wrong[i] + 1);
}

/* ---- the program, and what is loaded ---- */

__declspec(dllexport) int of_the_program(void);

int of_the_program(void) {
    return 5;
}

static void check_program(void) {
    ffi_library *program = opened(NULL, 0);
    is_text(ffi_library_name(program), "", "the program has no name");
    ok(ffi_library_open(context, NULL, FFI_LIBRARY_NO_LOAD) == program,
       "the program is loaded for FFI_LIBRARY_NO_LOAD");
    ok(answer(program, "of_the_program") == 5, "the program's exported function is called");
    ok(ffi_library_symbol(program, "GetCurrentProcessId") == (void *)(uintptr_t)GetCurrentProcessId,
       "the program finds a function of a library that is loaded with it");
    ok(refused(!ffi_library_symbol(program, "no_such_symbol"), FFI_ERROR_SYMBOL, "no_such_symbol", "error 127"),
       "but no more");
    ok(!ffi_library_symbol(program, "in_late"), "no symbol of a library that is not loaded yet");
    ffi_library *late = opened("./late.dll", 0);
    ok(late && ffi_library_symbol(program, "in_late") == ffi_library_symbol(late, "in_late"),
       "it is the program's from then on");
    ffi_library_close(late);
    ok(!ffi_library_symbol(program, "in_late"), "a library that was closed is not searched");
    struct listed own = {0, "of_the_program", NULL};
    ok(!ffi_library_symbols(program, list, &own) && own.address == (void *)(uintptr_t)of_the_program,
       "the program's own exports are listed");

    ok(refused(!ffi_library_open(context, "late", FFI_LIBRARY_NO_LOAD), FFI_ERROR_LIBRARY,
               "late.dll: ", "not loaded"),
       "what is not loaded is not loaded for NO_LOAD");
    HMODULE      module = LoadLibraryW(L".\\late.dll");
    ffi_library *held   = ffi_library_open(context, "late", FFI_LIBRARY_NO_LOAD);
    ok(module && held, "FFI_LIBRARY_NO_LOAD finds a loaded library");
    FreeLibrary(module);
    ok(GetModuleHandleW(L"late.dll") && answer(held, "which") == 6, "the handle keeps the library loaded");
    ffi_library_close(held);
    ok(!GetModuleHandleW(L"late.dll"), "until it is closed");
}

int main(void) {
    context = ffi_context_new(NULL);
    check_names();
    check_unicode();
    check_symbols();
    check_program();
    check_search();
    ffi_context_free(context);
    return done();
}
