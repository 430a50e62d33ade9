/* SPDX-License-Identifier: MIT */
/*
 * The system-specific functions of the `ffi` program on Windows. The program's names are UTF-8, the system's
 * UTF-16; the console reads the output as UTF-8. Line ends stay a single \n. The program reads patterns on the
 * command line itself, so the C runtime must not expand them to file names.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <windows.h>

#include <shellapi.h> /* after windows.h, which it needs */

enum { PATH_ROOM = 4096 };

/* ---- texts ---- */

/* The caller frees both; NULL if no memory is left. */
static char *narrow(const WCHAR *wide) {
    int   size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (text) WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

static WCHAR *widen(const char *text) {
    int    count = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide  = count > 0 ? malloc((size_t)count * sizeof *wide) : NULL;
    if (wide) MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, count);
    return wide;
}

/* ---- the beginning ---- */

static UINT code_page;

static void restore_console(void) {
    SetConsoleOutputCP(code_page);
}

char **system_begin(int *argc, char **argv) {
    (void)argv;
    WCHAR **words = CommandLineToArgvW(GetCommandLineW(), argc);
    char  **texts = words ? calloc((size_t)*argc + 1, sizeof *texts) : NULL;
    if (!texts) return NULL;
    for (int i = 0; i < *argc; i++)
        if (!(texts[i] = narrow(words[i]))) return NULL;
    LocalFree(words);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    code_page = GetConsoleOutputCP();
    if (code_page && SetConsoleOutputCP(CP_UTF8)) atexit(restore_console);
    return texts;
}

const struct examples system_examples = {
    .first   = "  ffi call msvcrt \"double pow(double, double)\" 2 10\n",
    .call    = "  ffi call msvcrt \"double pow(double, double)\" 2 10\n"
               "  ffi call msvcrt \"double frexp(double, int *)\" 10 \"&\"\n"
               "  ffi call msvcrt \"int printf(const char *, ...)\" \"%s %d\\n\" hi 42\n"
               "  ffi call kernel32 \"u32 GetTempPathA(u32, char *)\" 200 @200\n"
               "  ffi call --last-error kernel32 \"int DeleteFileA(str)\" no.such.file\n"
               "  ffi call --last-error kernel32 \"int DeleteFileW(wchar_t *)\" wide:no.such.file\n"
               "  ffi call ws2_32 \"#9 u16 (u16)\" 0x1234\n",
    .bind    = "  ffi bind --lang lua --library z zlib.h >zlib.lua\n"
               "  ffi bind --lang python --library sqlite3 --only \"sqlite3_*\" sqlite3.h >sqlite3_c.py\n",
    .check   = "  ffi check sqlite3 -I sqlite3.h\n",
    .eval    = "  ffi eval -I math.h \"M_PI * 2\"\n"
               "  ffi eval -I fcntl.h \"O_RDWR | O_CREAT\"\n",
    .get     = "  ffi get c environ[0]\n"
               "  ffi get -I sqlite3.h sqlite3 sqlite3_version\n",
    .set     = "  ffi set c \"int opterr\" 0\n",
    .plan    = "  ffi plan \"double f(int, double, const char *)\"\n"
               "  ffi plan -I stdlib.h div\n",
    .layout  = "  ffi layout -I windows.h WIN32_FIND_DATAW\n"
               "  ffi layout --abi sysv \"struct { char c; long l; }\"\n",
    .repl    = "  ffi repl -I math.h m\n",
    .symbols = "  ffi symbols kernel32 Heap*\n",
};

/* ---- memory and files ---- */

void *system_aligned(size_t size, size_t alignment) {
    return _aligned_malloc(size, alignment);
}

void aligned_free(void *memory) {
    _aligned_free(memory);
}

bool system_file_of(const void *address, char *path, size_t size, const char **base) {
    HMODULE module;
    WCHAR   wide[PATH_ROOM];
    DWORD   flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExW(flags, (const WCHAR *)address, &module)) return false;
    DWORD length = GetModuleFileNameW(module, wide, PATH_ROOM);
    char *name   = length && length < PATH_ROOM ? narrow(wide) : NULL;
    if (name) snprintf(path, size, "%s", name), *base = (const char *)module;
    return free(name), name != NULL;
}

bool system_is_terminal(void) {
    return _isatty(_fileno(stdin)) && _isatty(_fileno(stdout));
}

/* A console of Windows shows escape sequences only where a program asks for that. */
bool system_has_colours(FILE *file) {
    (void)file;
    return false;
}

/* The import table of a PE image (Microsoft PE/COFF, 6.4). */
bool system_needed(const char *base, void (*visit)(const char *name, void *userdata), void *userdata) {
    const IMAGE_DOS_HEADER     *dos  = (const IMAGE_DOS_HEADER *)base;
    const IMAGE_NT_HEADERS     *head = (const IMAGE_NT_HEADERS *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *at   = &head->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    if (!at->VirtualAddress) return true;
    const IMAGE_IMPORT_DESCRIPTOR *import = (const IMAGE_IMPORT_DESCRIPTOR *)(base + at->VirtualAddress);
    for (; import->Name; import++) visit(base + import->Name, userdata);
    return true;
}

const char *system_symbol_of(const void *address, size_t *offset) {
    (void)address;
    *offset = 0;
    return NULL;
}

FILE *system_open(const char *name) {
    WCHAR *wide = widen(name);
    FILE  *file = wide ? _wfopen(wide, L"rb") : NULL;
    free(wide);
    return file;
}

/* The contents of a file that was just written, with a NUL at the end. */
static char *read_back(FILE *file) {
    long  size = ferror(file) ? -1 : ftell(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (!text) return NULL;
    rewind(file);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) return free(text), NULL;
    text[size] = 0;
    return text;
}

FILE *system_temporary(void) {
    WCHAR folder[MAX_PATH + 1], name[MAX_PATH + 1];
    if (!GetTempPathW(MAX_PATH + 1, folder) || !GetTempFileNameW(folder, L"ffi", 0, name)) return NULL;
    return _wfopen(name, L"w+bTD");
}

/* Uses a temporary file, because Windows has no streams into memory. */
char *system_written(void (*write)(FILE *, const void *), const void *what) {
    FILE *file = system_temporary();
    if (!file) return NULL;
    write(file, what);
    char *text = read_back(file);
    fclose(file);
    return text;
}

/* ---- a call ---- */

void system_before_call(void) {
    errno = 0;
    SetLastError(0);
}

/* The callee may print through another C runtime, which has its own buffers. */
static void flush(const WCHAR *runtime) {
    HMODULE module = GetModuleHandleW(runtime);
    int (*flush_all)(FILE *) =
        module ? (int (*)(FILE *))(void (*)(void))GetProcAddress(module, "fflush") : NULL;
    if (flush_all) flush_all(NULL);
}

/* The callee may also have changed the mode of stdout: line ends, or wide characters. */
FILE *system_after_call(void) {
    flush(L"msvcrt.dll");
    flush(L"ucrtbase.dll");
    fflush(NULL);
    setlocale(LC_ALL, "C");
    _setmode(_fileno(stdout), _O_BINARY);
    return stdout;
}

const char *system_errno_name(int number) {
    (void)number;
    return NULL;
}

const bool system_has_last_error = true;

void system_error_text(unsigned error, char *text, size_t size) {
    WCHAR wide[256];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0,
                                  wide, sizeof wide / sizeof *wide, NULL);
    while (length && (wide[length - 1] <= ' ' || wide[length - 1] == '.')) length--;
    int bytes   = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, (int)size - 1, NULL, NULL);
    text[bytes] = 0;
}

/* ---- the preprocessor ---- */

const char *const system_compiler = "gcc";

const char *const system_headers[] = {
    "winsock2.h", "windows.h", "stdio.h",  "stdlib.h", "time.h",  "sys/stat.h", "locale.h", "io.h",
    "direct.h",   "process.h", "string.h", "math.h",   "ctype.h", "wchar.h",    "conio.h",  NULL};
_Static_assert(sizeof system_headers / sizeof *system_headers <= MOST_HEADERS + 1, "there is room for so many");

static const char *reason(void) {
    static char text[512];
    DWORD       error = GetLastError();
    system_error_text(error, text, sizeof text);
    if (!*text) snprintf(text, sizeof text, "error %lu", (unsigned long)error);
    return text;
}

/* The file of a program. A name that is no path is searched in PATH only, not in the current folder. */
static bool find_program(const char *name, WCHAR path[PATH_ROOM]) {
    WCHAR *wide = widen(name), *folders = strpbrk(name, "/\\:") ? NULL : _wgetenv(L"PATH");
    DWORD  length = wide ? SearchPathW(folders, wide, L".exe", PATH_ROOM, path, NULL) : 0;
    free(wide);
    return length && length < PATH_ROOM;
}

/* Appends a word in quotes. Backslashes before quotes are doubled, as C runtimes expect it (Microsoft, "Parsing
 * C command-line arguments"). */
static char *put_word(char *to, const char *word) {
    *to++ = '"';
    for (size_t slashes = 0;; word++) {
        if (!*word || *word == '"')
            for (size_t more = slashes + (*word == '"'); more--;) *to++ = '\\';
        slashes = *word == '\\' ? slashes + 1 : 0;
        if (!*word) break;
        *to++ = *word;
    }
    *to++ = '"';
    *to++ = ' ';
    *to   = 0;
    return to;
}

static WCHAR *command_line(const char *const *words) {
    size_t room = 1;
    for (size_t i = 0; words[i]; i++) room += 2 * strlen(words[i]) + 3;
    char *line = malloc(room), *end = line;
    for (size_t i = 0; line && words[i]; i++) end = put_word(end, words[i]);
    WCHAR *wide = line ? widen(line) : NULL;
    return free(line), wide;
}

static bool start(const char *const *words, HANDLE in, HANDLE out, HANDLE messages,
                  PROCESS_INFORMATION *process) {
    STARTUPINFOW startup = {.cb         = sizeof startup,
                            .dwFlags    = STARTF_USESTDHANDLES,
                            .hStdInput  = in,
                            .hStdOutput = out,
                            .hStdError  = messages};
    WCHAR        path[PATH_ROOM], *line = command_line(words);
    bool         good = line && find_program(words[0], path) &&
                CreateProcessW(path, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, process);
    DWORD error = GetLastError();
    free(line);
    SetLastError(error);
    return good;
}

FILE *system_start(const char *const *words, FILE *messages, intptr_t *process, const char **why) {
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    PROCESS_INFORMATION started;
    HANDLE              from, to;
    if (!CreatePipe(&from, &to, &inherited, 0)) return *why = reason(), NULL;
    SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
    HANDLE nothing = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                                 OPEN_EXISTING, 0, NULL);
    HANDLE said    = messages ? (HANDLE)_get_osfhandle(_fileno(messages)) : GetStdHandle(STD_ERROR_HANDLE);
    if (messages) SetHandleInformation(said, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    bool good = start(words, nothing, to, said, &started);
    if (!good) *why = reason();
    CloseHandle(nothing);
    CloseHandle(to);
    if (!good) return CloseHandle(from), NULL;
    CloseHandle(started.hThread);
    *process   = (intptr_t)started.hProcess;
    FILE *file = _fdopen(_open_osfhandle((intptr_t)from, _O_RDONLY), "rb");
    if (!file) *why = strerror(errno);
    return file;
}

bool system_succeeded(intptr_t process) {
    HANDLE handle = (HANDLE)process;
    DWORD  status = 1;
    WaitForSingleObject(handle, INFINITE);
    bool good = GetExitCodeProcess(handle, &status) && !status;
    CloseHandle(handle);
    return good;
}
