/* SPDX-License-Identifier: MIT */
/* Files by what they are, on Windows: the volume's serial number and the file's index in it. */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "os/os.h"

#include <windows.h>

enum { PATH_END = 4096 };

static bool describe(const WCHAR *path, struct os_file *file) {
    BY_HANDLE_FILE_INFORMATION info;
    WCHAR                      full[PATH_END];
    DWORD                      shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    HANDLE handle = CreateFileW(path, 0, shared, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (handle == INVALID_HANDLE_VALUE) return false;
    bool  good   = GetFileInformationByHandle(handle, &info);
    DWORD length = GetFinalPathNameByHandleW(handle, full, PATH_END, FILE_NAME_NORMALIZED);
    CloseHandle(handle);
    if (!good || !length || length >= PATH_END) return false;
    *file             = (struct os_file){.number = (uint64_t)info.nFileIndexHigh << 32 | info.nFileIndexLow,
                                         .device = info.dwVolumeSerialNumber,
                                         .mapped = info.dwVolumeSerialNumber};
    const WCHAR *name = length > 4 && full[0] == '\\' && full[2] == '?' ? full + 4 : full; /* \\?\C: */
    return WideCharToMultiByte(CP_UTF8, 0, name, -1, file->path, (int)sizeof file->path, NULL, NULL) > 0;
}

bool os_file_of_path(const char *path, struct os_file *file) {
    WCHAR wide[PATH_END];
    if (!path) return GetModuleFileNameW(NULL, wide, PATH_END) && describe(wide, file);
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, PATH_END) && describe(wide, file);
}

bool os_file_of_address(const void *address, struct os_file *file) {
    HMODULE module;
    WCHAR   wide[PATH_END];
    DWORD   flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExW(flags, (const WCHAR *)address, &module)) return false;
    DWORD length = GetModuleFileNameW(module, wide, PATH_END);
    return length && length < PATH_END && describe(wide, file);
}
