/* SPDX-License-Identifier: MIT */
/*
 * Regions of trampolines on Windows. A page of code is a copy: it is written to memory that is not executable,
 * which then becomes executable for good, and is never both. A view of the library's file would need the page
 * to lie in the file as in memory, and a program may contain the static library, linked in any way. A process
 * that forbids dynamic code (PROCESS_MITIGATION_DYNAMIC_CODE_POLICY) cannot make callbacks; the error says so.
 *
 * Control Flow Guard accepts every address of a page that becomes executable as a target of calls (Microsoft,
 * "Memory Protection Constants", PAGE_TARGETS_NO_UPDATE). Trampolines begin at multiples of 16 bytes, so that
 * an embedder can narrow the targets by SetProcessValidCallTargets().
 *
 * Trampolines push nothing and call nothing. The system treats code without an entry in a function table as a
 * leaf, whose return address is at the stack pointer (Microsoft, "x64 exception handling"). This holds at every
 * instruction of a trampoline, so RtlAddFunctionTable() is not needed.
 */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "os/os.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#ifndef ERROR_DYNAMIC_CODE_BLOCKED
#define ERROR_DYNAMIC_CODE_BLOCKED 1655L
#endif

enum { ATTEMPTS = 64 };

/* The reason why the thread's last call failed. */
static const char *refusal(const char *call) {
    static _Thread_local char text[128];
    DWORD                     code = GetLastError();
    if (code == ERROR_DYNAMIC_CODE_BLOCKED)
        snprintf(text, sizeof text, "%s: this process forbids dynamic code", call);
    else snprintf(text, sizeof text, "%s: error %lu", call, (unsigned long)code);
    return text;
}

size_t os_page_size(void) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}

/* Before version 10 Windows cannot align a region to more than 64 KiB. So this reserves twice the size to find
 * room, releases it, and reserves the aligned part; another thread may take that part first. */
static char *reserve(size_t size) {
    for (int i = 0; i < ATTEMPTS; i++) {
        char *all = VirtualAlloc(NULL, 2 * size, MEM_RESERVE, PAGE_NOACCESS);
        if (!all) return NULL;
        char *region = (char *)(((uintptr_t)all + size - 1) & ~(uintptr_t)(size - 1));
        VirtualFree(all, 0, MEM_RELEASE);
        if (VirtualAlloc(region, size, MEM_RESERVE, PAGE_NOACCESS)) return region;
    }
    return NULL;
}

void *os_region_map(const void *beside, size_t size, size_t data, const char **why) {
    (void)beside; /* the system chooses */
    char *region = reserve(size);
    if (region && VirtualAlloc(region + data, size - data, MEM_COMMIT, PAGE_READWRITE)) return region;
    *why = refusal("VirtualAlloc");
    if (region) os_region_unmap(region, size);
    return NULL;
}

void os_region_unmap(void *region, size_t size) {
    (void)size;
    VirtualFree(region, 0, MEM_RELEASE);
}

bool os_region_protect(void *at, size_t size, bool writable, const char **why) {
    DWORD before;
    if (VirtualProtect(at, size, writable ? PAGE_READWRITE : PAGE_READONLY, &before)) return true;
    return *why = refusal("VirtualProtect"), false;
}

void os_code_keep(const void *address) {
    HMODULE module;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN, address,
                       &module);
}

bool os_code_copy(void *at, const void *page, struct os_reason *reason) {
    size_t size = os_page_size();
    DWORD  before;
    if (!VirtualAlloc(at, size, MEM_COMMIT, PAGE_READWRITE))
        return reason->why = refusal("VirtualAlloc"), false;
    memcpy(at, page, size);
    if (VirtualProtect(at, size, PAGE_EXECUTE_READ, &before)) {
        FlushInstructionCache(GetCurrentProcess(), at, size);
        return true;
    }
    reason->why = refusal("VirtualProtect");
    VirtualFree(at, size, MEM_DECOMMIT);
    return false;
}
