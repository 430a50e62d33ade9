/* SPDX-License-Identifier: MIT */
/* run.h for Windows: runs programs without a shell. */
#define WIN32_LEAN_AND_MEAN
#include "os/run.h"

#include <fcntl.h>
#include <io.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

/* The mode `D` deletes the file when it is closed. */
FILE *os_temporary_file(void) {
    char folder[MAX_PATH], path[MAX_PATH];
    if (!GetTempPathA(sizeof folder, folder) || !GetTempFileNameA(folder, "ffi", 0, path)) return NULL;
    return fopen(path, "w+bD");
}

/* Appends a word in quotes. Backslashes before a quote are doubled, as C runtimes expect it (Microsoft,
 * "Parsing C command-line arguments"). */
static char *put_word(char *to, const char *word) {
    *to++ = '"';
    for (size_t slashes = 0;; word++) {
        if (*word == '"' || !*word)
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

static HANDLE inherited(FILE *file) {
    HANDLE handle = (HANDLE)_get_osfhandle(_fileno(file));
    SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    return handle;
}

int os_run(const char *const *words, FILE *in, FILE *out, FILE *messages, const char **why) {
    char   line[8192], *end = line;
    size_t room = 1;
    for (size_t i = 0; words[i]; i++) room += 2 * strlen(words[i]) + 3;
    if (room > sizeof line) return *why = "the command is too long", -1;
    for (size_t i = 0; words[i]; i++) end = put_word(end, words[i]);
    STARTUPINFOA        startup = {.cb         = sizeof startup,
                                   .dwFlags    = STARTF_USESTDHANDLES,
                                   .hStdInput  = inherited(in),
                                   .hStdOutput = inherited(out),
                                   .hStdError  = inherited(messages)};
    PROCESS_INFORMATION process;
    DWORD               status = 1;
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
        return *why = "the program cannot be started", -1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &status);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return (int)status;
}
