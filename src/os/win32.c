/* SPDX-License-Identifier: MIT */
/*
 * os.h on Windows 8 and later (7 with KB2533623): LoadLibraryExW and its family, slim locks, and the export
 * table of a loaded image (Microsoft, "PE Format", 6.3). The library's names are UTF-8, the system's UTF-16.
 *
 * The loader does not search the current folder and PATH. It searches the program's folder, System32 and the
 * folders of AddDllDirectory() for a bare name and for the libraries that a library needs; for the latter also
 * the library's own folder. Windows has no choice of when and for whom symbols are bound: FFI_LIBRARY_LAZY and
 * FFI_LIBRARY_GLOBAL have no effect.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "os/os.h"

#include "ffi_invoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <psapi.h> /* after windows.h, which it needs */

enum { PATH_END = 4096, MODULES = 1024 };

/* ---- locks ---- */

_Static_assert(sizeof(SRWLOCK) <= sizeof(struct os_lock), "os.h: too little memory");

bool os_lock_init(struct os_lock *lock) {
    InitializeSRWLock((SRWLOCK *)(void *)lock);
    return true;
}

void os_lock_free(struct os_lock *lock) {
    (void)lock;
}

void os_lock_take(struct os_lock *lock) {
    AcquireSRWLockExclusive((SRWLOCK *)(void *)lock);
}

void os_lock_give(struct os_lock *lock) {
    ReleaseSRWLockExclusive((SRWLOCK *)(void *)lock);
}

unsigned os_process(void) {
    return GetCurrentProcessId();
}

void os_yield(void) {
    SwitchToThread();
}

uint32_t os_milliseconds(void) {
    return (uint32_t)GetTickCount64();
}

uint64_t os_nanoseconds(void) {
    LARGE_INTEGER now, second;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&second);
    uint64_t each = (uint64_t)second.QuadPart, ticks = (uint64_t)now.QuadPart;
    return ticks / each * 1000000000 + ticks % each * 1000000000 / each;
}

/* ---- errors ---- */

const bool os_has_last_error = true;

unsigned os_last_error(void) {
    return GetLastError();
}

void os_set_last_error(unsigned error) {
    SetLastError(error);
}

/* The system's text for the thread's last error, in English or the user's language. */
static const char *reason(void) {
    static _Thread_local char text[512];
    WCHAR                     wide[256];
    DWORD                     code = GetLastError();
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0,
                                  wide, sizeof wide / sizeof *wide, NULL);
    while (length && (wide[length - 1] <= ' ' || wide[length - 1] == '.')) length--;
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, (int)sizeof text - 24, NULL, NULL);
    snprintf(text + size, sizeof text - (size_t)size, "%s%lu", size ? " - error " : "error ",
             (unsigned long)code);
    return text;
}

/* ---- the names of a library ---- */

static bool is_path(const char *name) {
    return strpbrk(name, "/\\:") != NULL;
}

static bool has_suffix(const char *name) {
    size_t length = strlen(name);
    return length > 4 && (!_stricmp(name + length - 4, ".dll") || !_stricmp(name + length - 4, ".exe"));
}

/* The library that POSIX systems call c and m. This library is linked with it. */
#ifdef _UCRT
static const char c_library[] = "ucrtbase.dll";
#else
static const char c_library[] = "msvcrt.dll";
#endif

/* For "z": z.dll, then libz.dll (MinGW's name), then z. A path, or a name with a suffix, is tried unchanged. */
enum { NAME_C, NAME_PLAIN, NAME_LIB, NAME_ITSELF, NAME_NONE };

bool os_library_next(struct os_names *names) {
    bool bare =
        !is_path(names->name) && !has_suffix(names->name) && strlen(names->name) < sizeof names->buffer - 16;
    if (names->step < NAME_ITSELF && !bare) names->step = NAME_ITSELF;
    if (names->step == NAME_C && strcmp(names->name, "c") && strcmp(names->name, "m")) names->step++;
    if (names->step == NAME_LIB && !strncmp(names->name, "lib", 3)) names->step++;

    names->file = names->buffer;
    switch (names->step++) {
    case NAME_C: names->file = c_library; return true;
    case NAME_PLAIN: return snprintf(names->buffer, sizeof names->buffer, "%s.dll", names->name) > 0;
    case NAME_LIB: return snprintf(names->buffer, sizeof names->buffer, "lib%s.dll", names->name) > 0;
    case NAME_ITSELF: names->file = names->name; return true;
    }
    names->step = NAME_NONE;
    return false;
}

/* ---- libraries ---- */

static bool widen(const char *text, WCHAR wide[PATH_END]) {
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, PATH_END) > 0;
}

/* The loader needs an absolute path with backslashes. */
static bool absolute(const char *file, WCHAR path[PATH_END]) {
    WCHAR wide[PATH_END];
    if (!widen(file, wide)) return false;
    DWORD length = GetFullPathNameW(wide, PATH_END, path, NULL);
    if (length >= PATH_END) SetLastError(ERROR_FILENAME_EXCED_RANGE);
    return length > 0 && length < PATH_END;
}

void *os_library_open(const char *file, unsigned flags, const char **why) {
    WCHAR   name[PATH_END];
    HMODULE handle = NULL;
    bool    path   = file && is_path(file);
    if (!file) {
        if (!GetModuleHandleExW(0, NULL, &handle)) *why = reason();
        return handle;
    }
    if (!(path ? absolute(file, name) : widen(file, name))) return *why = reason(), NULL;
    if (flags & FFI_LIBRARY_NO_LOAD) {
        if (!GetModuleHandleExW(0, name, &handle)) *why = "it is not loaded";
        return handle;
    }
    DWORD search = LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | (path ? LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR : 0);
    DWORD mode;
    bool  quiet = SetThreadErrorMode(SEM_FAILCRITICALERRORS, &mode); /* no dialog box */
    handle      = LoadLibraryExW(name, NULL, search);
    if (!handle) *why = reason();
    if (quiet) SetThreadErrorMode(mode, NULL);
    return handle;
}

void os_library_close(void *handle) {
    FreeLibrary(handle);
}

/* "#12" is the export with the ordinal 12. */
static FARPROC find(HMODULE module, const char *name) {
    bool          digits  = *name == '#' && !name[1 + strspn(name + 1, "0123456789")];
    unsigned long ordinal = digits ? strtoul(name + 1, NULL, 10) : 0;
    if (ordinal && ordinal <= 0xffff) name = (const char *)(uintptr_t)ordinal;
    return GetProcAddress(module, name);
}

/* Finds a symbol in the program itself, then in every loaded module. */
static FARPROC find_anywhere(const char *name) {
    HMODULE modules[MODULES];
    DWORD   size    = 0;
    FARPROC address = find(GetModuleHandleW(NULL), name);
    if (address || *name == '#') return address;
    if (!K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &size)) return NULL;
    for (size_t i = 0; !address && i < size / sizeof *modules && i < MODULES; i++)
        address = find(modules[i], name);
    return address;
}

void *os_library_symbol(void *handle, const char *name, const char *version, const char **why) {
    if (version) return *why = "Windows has no versions of symbols", NULL;
    FARPROC address = handle == GetModuleHandleW(NULL) ? find_anywhere(name) : find(handle, name);
    if (!address) *why = reason();
    return (void *)(uintptr_t)address;
}

/* ---- the image of a loaded library ---- */

/* The address `offset` bytes after the beginning of an image. A handle's lowest bits are flags. */
static const void *in_image(void *handle, uint32_t offset) {
    return (const char *)handle - ((uintptr_t)handle & 3) + offset;
}

static const IMAGE_OPTIONAL_HEADER *header_of(void *handle) {
    const IMAGE_DOS_HEADER *dos = in_image(handle, 0);
    const IMAGE_NT_HEADERS *nt  = in_image(handle, (uint32_t)dos->e_lfanew);
    return &nt->OptionalHeader;
}

struct os_image os_library_image(void *handle) {
    uintptr_t low = (uintptr_t)in_image(handle, 0);
    return (struct os_image){.low = low, .high = low + header_of(handle)->SizeOfImage};
}

/* An export whose address lies within the export table is a forwarder: the name of another library's symbol. */
bool os_library_symbols(void *handle, ffi_symbol_visitor *visit, void *userdata, size_t *outside,
                        const char **why) {
    const IMAGE_DATA_DIRECTORY *place = &header_of(handle)->DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    (void)why;
    *outside = 0;
    if (!place->Size) return true;
    const IMAGE_EXPORT_DIRECTORY *table     = in_image(handle, place->VirtualAddress);
    const DWORD                  *names     = in_image(handle, table->AddressOfNames);
    const DWORD                  *addresses = in_image(handle, table->AddressOfFunctions);
    const WORD                   *numbers   = in_image(handle, table->AddressOfNameOrdinals);
    for (DWORD i = 0; i < table->NumberOfNames; i++) {
        ffi_symbol symbol    = {.name = in_image(handle, names[i]), .version = "", .is_default = true};
        DWORD      offset    = addresses[numbers[i]];
        bool       forwarded = offset - place->VirtualAddress < place->Size;
        symbol.address       = forwarded ? (void *)(uintptr_t)GetProcAddress(handle, symbol.name)
                                         : (void *)(uintptr_t)in_image(handle, offset);
        if (symbol.address && !visit(&symbol, userdata)) break;
    }
    return true;
}

ffi_symbol_kind os_symbol_kind(const struct os_image *image, const char *name, const char *version,
                               const void *address) {
    (void)image, (void)name, (void)version, (void)address;
    return FFI_SYMBOL_UNKNOWN;
}
