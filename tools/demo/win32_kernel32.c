/* SPDX-License-Identifier: MIT */
/*
 * kernel32: what C knows too by calling it itself; a file that C reads back, and GetLastError() of one that is
 * missing; a struct of 592 bytes filled in; functions that call back, for resources and on another thread.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "demo.h"

#include <stdio.h>
#include <windows.h>

enum { FILES = 3 };

static const char *yes_no(bool is) {
    return is ? "yes" : "no";
}

/* ---- clocks ---- */

static uint64_t ticks_of(const SYSTEMTIME *time) {
    FILETIME ticks = {0};
    SystemTimeToFileTime(time, &ticks);
    return (uint64_t)ticks.dwHighDateTime << 32 | ticks.dwLowDateTime;
}

static void clocks(ffi_library *kernel32) {
    ffi_function *process, *ticks, *moment;
    ffi_binding   bindings[] = {
          {.signature = "uint32_t GetCurrentProcessId(void)", .function = &process},
          {.signature = "unsigned long long GetTickCount64(void)", .function = &ticks},
          {.signature =
               "void GetSystemTime(struct time { uint16_t year, month, weekday, day, hour, minute, second, "
                 "milliseconds; } *)",
           .function = &moment}};
    if (!bind_all(kernel32, bindings)) return;

    uint32_t id;
    ffi_invoke(process, &id, NULL);
    show_integer(id, GetCurrentProcessId(), "GetCurrentProcessId()");

    uint64_t before = GetTickCount64(), milliseconds;
    ffi_invoke(ticks, &milliseconds, NULL);
    bool between = milliseconds >= before && milliseconds <= GetTickCount64();
    show_word(yes_no(between), "yes", "GetTickCount64() is %llu, between C's before and after",
              (unsigned long long)milliseconds);

    SYSTEMTIME first, now, last;
    GetSystemTime(&first);
    invoke(moment, NULL, {.ptr = &now});
    GetSystemTime(&last);
    between = ticks_of(&now) >= ticks_of(&first) && ticks_of(&now) <= ticks_of(&last);
    show_word(yes_no(between), "yes", "GetSystemTime(&now) is %d-%02d-%02d %02d:%02d, between C's", now.wYear,
              now.wMonth, now.wDay, now.wHour, now.wMinute);
}

/* ---- files ---- */

static ffi_function *create, *put, *end, *find, *next, *end_find;

static bool bind_files(ffi_library *kernel32) {
    ffi_binding bindings[] = {
        {.signature = "void *CreateFileW(const wchar_t *, unsigned long access, unsigned long share, void *, "
                      "unsigned long disposition, unsigned long flags, void *)",
         .function  = &create,
         .flags     = FFI_CAPTURE_LAST_ERROR},
        {.signature = "int WriteFile(void *, const void *, unsigned long, unsigned long *, void *)",
         .function  = &put},
        {.signature = "int CloseHandle(void *)", .function = &end},
        {.signature = "void *FindFirstFileW(const wchar_t *, void *)", .function = &find},
        {.signature = "int FindNextFileW(void *, void *)", .function = &next, .flags = FFI_CAPTURE_LAST_ERROR},
        {.signature = "int FindClose(void *)", .function = &end_find}};
    return bind_all(kernel32, bindings);
}

static HANDLE create_file(WCHAR *path, unsigned access, unsigned disposition) {
    HANDLE file;
    invoke(create, &file, {.ptr = path}, {.u32 = access}, {.u32 = 0}, {.ptr = NULL}, {.u32 = disposition},
           {.u32 = FILE_ATTRIBUTE_NORMAL}, {.ptr = NULL});
    return file;
}

/* A file that is written here, and read by C. */
static void write_file(WCHAR *path, int number) {
    unsigned long written = 0;
    int           status;
    char          text[32], got[32] = "";
    snprintf(text, sizeof text, "file %d: caf\xc3\xa9", number);
    HANDLE file = create_file(path, GENERIC_WRITE, CREATE_NEW);
    show_word(yes_no(file != INVALID_HANDLE_VALUE), "yes",
              "CreateFileW(L\"%d.txt\", GENERIC_WRITE, ...) opens a file", number);
    invoke(put, &status, {.ptr = file}, {.str = text}, {.u32 = (uint32_t)strlen(text)}, {.ptr = &written},
           {.ptr = NULL});
    show_integer(written, (long long)strlen(text), "WriteFile(file, \"%s\", ..., &written, NULL), written",
                 text);
    invoke(end, &status, {.ptr = file});
    FILE *stream = _wfopen(path, L"rb");
    if (stream) got[fread(got, 1, sizeof got - 1, stream)] = 0, fclose(stream);
    show_text(got, text, "CloseHandle(file), and what C's fread() then reads");
}

/* How many files a pattern has, and their names one behind the other. */
static int list_files(WCHAR *pattern, char *names, size_t size) {
    WIN32_FIND_DATAW data;
    HANDLE           search;
    int              count = 0, more, status;
    *names                 = 0;
    invoke(find, &search, {.ptr = pattern}, {.ptr = &data});
    for (more = search != INVALID_HANDLE_VALUE; more; count++) {
        size_t length = strlen(names);
        snprintf(names + length, size - length, "%ls ", data.cFileName);
        invoke(next, &more, {.ptr = search}, {.ptr = &data});
    }
    show_integer(ffi_captured_last_error(), ERROR_NO_MORE_FILES,
                 "FindNextFileW's GetLastError(), ERROR_NO_MORE_FILES");
    invoke(end_find, &status, {.ptr = search});
    return count;
}

static void files(ffi_library *kernel32) {
    WCHAR folder[MAX_PATH], path[MAX_PATH + 16];
    char  names[64];
    DWORD length = GetTempPathW(MAX_PATH - 16, folder);
    _snwprintf(folder + length, 16, L"ffi%lu", (unsigned long)GetCurrentProcessId());
    if (!bind_files(kernel32)) return;
    show_word(yes_no(CreateDirectoryW(folder, NULL)), "yes", "a folder for files");
    for (int i = 1; i <= FILES; i++) {
        _snwprintf(path, MAX_PATH + 16, L"%ls\\%d.txt", folder, i);
        write_file(path, i);
    }
    _snwprintf(path, MAX_PATH + 16, L"%ls\\?.txt", folder);
    show_integer(list_files(path, names, sizeof names), FILES,
                 "FindFirstFileW(L\"...\\\\?.txt\", &data), files");
    show_text(names, "1.txt 2.txt 3.txt ", "their names");
    for (int i = 1; i <= FILES; i++) {
        _snwprintf(path, MAX_PATH + 16, L"%ls\\%d.txt", folder, i);
        DeleteFileW(path);
    }
    HANDLE file = create_file(path, GENERIC_READ, OPEN_EXISTING);
    SetLastError(0);
    show_word(file == INVALID_HANDLE_VALUE ? "INVALID_HANDLE_VALUE" : "another", "INVALID_HANDLE_VALUE",
              "CreateFileW(L\"3.txt\", GENERIC_READ, ..., OPEN_EXISTING, ...)");
    show_integer(ffi_captured_last_error(), ERROR_FILE_NOT_FOUND, "its GetLastError(), ERROR_FILE_NOT_FOUND");
    RemoveDirectoryW(folder);
}

/* ---- functions that call back ---- */

struct names {
    int    count;
    size_t sum; /* of their numbers, or lengths where they have none */
};

static BOOL count_name(struct names *names, const WCHAR *name) {
    names->count++, names->sum += IS_INTRESOURCE(name) ? (size_t)name : wcslen(name);
    return TRUE;
}

static void called_back(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = count_name(args[3].ptr, args[2].ptr);
}

static BOOL CALLBACK called_by_c(HMODULE module, const WCHAR *type, WCHAR *name, LONG_PTR param) {
    (void)module, (void)type;
    return count_name((struct names *)param, name);
}

static void resources(ffi_library *kernel32) {
    ffi_function *enumerate;
    ffi_binding   bindings[] = {
          {.signature = "int EnumResourceNamesW(void *module, const wchar_t *type, void *, intptr_t)",
           .function  = &enumerate}};
    void *visit =
        callback("int (void *module, const wchar_t *type, const wchar_t *name, void *)", called_back, NULL);
    if (!visit || !bind_all(kernel32, bindings)) return;
    HMODULE      module = LoadLibraryExW(L"user32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    struct names ours = {0}, theirs = {0};
    int          status;
    invoke(enumerate, &status, {.ptr = module}, {.ptr = (void *)RT_GROUP_CURSOR}, {.ptr = visit},
           {.ptr = &ours});
    EnumResourceNamesW(module, (const WCHAR *)RT_GROUP_CURSOR, called_by_c, (LONG_PTR)&theirs);
    show_word(yes_no(ours.count > 0), "yes",
              "EnumResourceNamesW(user32, RT_GROUP_CURSOR, count, &names) finds cursors");
    show_integer(ours.count, theirs.count, "how many, as by C");
    show_integer((long long)ours.sum, (long long)theirs.sum, "the sum of their numbers");
    FreeLibrary(module);
}

static void add_one(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(uint32_t *)result = (uint32_t)(uintptr_t)args[0].ptr + 1;
}

static void threads(ffi_library *kernel32) {
    ffi_function *start, *wait, *ask, *close;
    ffi_binding   bindings[] = {
          {.signature =
               "void *CreateThread(void *, size_t stack, uint32_t (*)(void *), void *, uint32_t, uint32_t *)",
           .function = &start},
          {.signature = "uint32_t WaitForSingleObject(void *, uint32_t milliseconds)", .function = &wait},
          {.signature = "int GetExitCodeThread(void *, uint32_t *)", .function = &ask},
          {.signature = "int CloseHandle(void *)", .function = &close}};
    void *begin = callback("uint32_t (void *)", add_one, NULL);
    if (!begin || !bind_all(kernel32, bindings)) return;
    HANDLE   thread;
    uint32_t status, code = 0;
    int      good;
    invoke(start, &thread, {.ptr = NULL}, {.u64 = 0}, {.ptr = begin}, {.ptr = (void *)41}, {.u32 = 0},
           {.ptr = NULL});
    invoke(wait, &status, {.ptr = thread}, {.u32 = INFINITE});
    show_integer(status, WAIT_OBJECT_0, "WaitForSingleObject(CreateThread(..., add_one, 41, ...), INFINITE)");
    invoke(ask, &good, {.ptr = thread}, {.ptr = &code});
    show_integer(code, 42, "GetExitCodeThread(thread, &code), code");
    invoke(close, &good, {.ptr = thread});
}

static void run(ffi_library *kernel32) {
    clocks(kernel32);
    files(kernel32);
    resources(kernel32);
    threads(kernel32);
}

const struct demo demo_kernel32 = {"Windows' kernel32", {"kernel32"}, "GetCurrentProcessId", NULL, run};
