/* SPDX-License-Identifier: MIT */
/*
 * Pages of their own, and crashes, on Windows. The system has no fork(): a crash is reported by the process itself, in the
 * filter of exceptions that nobody handles, which then ends the process.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "complain.h"
#include "crash.h"

#include <windows.h>

/* ---- pages ---- */

bool system_pages(struct pages *pages, size_t size, size_t alignment) {
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    size_t page  = system.dwPageSize;
    size_t inner = (size + page - 1) / page * page;
    if (alignment < page) alignment = page;
    size_t         whole = page + alignment + inner + page;
    unsigned char *begin = VirtualAlloc(NULL, whole, MEM_RESERVE, PAGE_NOACCESS);
    if (!begin) return false;
    uintptr_t at = ((uintptr_t)begin + page + alignment - 1) / alignment * alignment;
    *pages       = (struct pages){.begin = begin, .size = whole, .at = (unsigned char *)at};
    return VirtualAlloc(pages->at, inner, MEM_COMMIT, PAGE_READWRITE) || (system_pages_free(pages), false);
}

void system_pages_close(const struct pages *pages) {
    VirtualFree(pages->begin, pages->size, MEM_DECOMMIT);
}

void system_pages_free(const struct pages *pages) {
    VirtualFree(pages->begin, 0, MEM_RELEASE);
}

/* ---- crashes ---- */

struct crash *system_crash;

static LONG WINAPI report(EXCEPTION_POINTERS *exception) {
    const EXCEPTION_RECORD *record = exception->ExceptionRecord;
    system_crash->signal           = (int)record->ExceptionCode;
    system_crash->instruction      = record->ExceptionAddress;
    system_crash->is_access =
        record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && record->NumberParameters > 1;
    if (system_crash->is_access) system_crash->address = (const void *)record->ExceptionInformation[1];
    crash_describe(system_crash);
    fflush(stdout);
    TerminateProcess(GetCurrentProcess(), (UINT)crash_report(system_crash));
    return EXCEPTION_EXECUTE_HANDLER;
}

int system_in_child(int (*run)(void *userdata), void *userdata, struct crash *crash) {
    LPTOP_LEVEL_EXCEPTION_FILTER before;
    *crash       = (struct crash){0};
    system_crash = crash;
    before       = SetUnhandledExceptionFilter(report);
    int code     = run(userdata);
    SetUnhandledExceptionFilter(before);
    system_crash = NULL;
    return code;
}

void system_signal_text(int number, char *text, size_t size) {
    static const struct {
        DWORD       code;
        const char *name;
    } names[]        = {{EXCEPTION_ACCESS_VIOLATION, "access violation"},
                        {EXCEPTION_ILLEGAL_INSTRUCTION, "illegal instruction"},
                        {EXCEPTION_PRIV_INSTRUCTION, "privileged instruction"},
                        {EXCEPTION_INT_DIVIDE_BY_ZERO, "division by zero"},
                        {EXCEPTION_STACK_OVERFLOW, "stack overflow"},
                        {EXCEPTION_BREAKPOINT, "breakpoint"}};
    const char *name = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == (DWORD)number) name = names[i].name;
    snprintf(text, size, "exception %#x%s%s", (unsigned)number, *name ? ", " : "", name);
}
