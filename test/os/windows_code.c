/* SPDX-License-Identifier: MIT */
/*
 * The memory of callbacks on Windows: executable pages cannot be written, trampolines stand where Control Flow
 * Guard can name them (SetProcessValidCallTargets() takes multiples of 16), and where the system refuses, so
 * does the library, which has not lost anything then. Linked with the static library, whose import of
 * VirtualAlloc() and VirtualProtect() is caught here; where the process itself can forbid dynamic code, that is
 * done last.
 */
#include "tap.h"

#include <ffi_invoke.h>
#include <windows.h>

enum { CALLBACKS = 1000, PAGE = 4096 };

#ifndef ERROR_DYNAMIC_CODE_BLOCKED
#define ERROR_DYNAMIC_CODE_BLOCKED 1655L
#endif

/* ---- what the library imports ---- */

typedef LPVOID WINAPI allocate(LPVOID, SIZE_T, DWORD, DWORD);
typedef BOOL WINAPI   protect(LPVOID, SIZE_T, DWORD, PDWORD);

static int   allocations_left = -1; /* until one fails; -1: none does */
static DWORD refusal;               /* of what shall be executable; 0: none */

static FARPROC real(const char *name) {
    return GetProcAddress(GetModuleHandleW(L"kernel32.dll"), name);
}

static LPVOID WINAPI caught_allocate(LPVOID at, SIZE_T size, DWORD type, DWORD protection) {
    if (allocations_left == 0) return SetLastError(ERROR_NOT_ENOUGH_MEMORY), NULL;
    if (allocations_left > 0) allocations_left--;
    return ((allocate *)(void (*)(void))real("VirtualAlloc"))(at, size, type, protection);
}

static BOOL WINAPI caught_protect(LPVOID at, SIZE_T size, DWORD protection, PDWORD former) {
    if (refusal && protection >= PAGE_EXECUTE) return SetLastError(refusal), FALSE;
    return ((protect *)(void (*)(void))real("VirtualProtect"))(at, size, protection, former);
}

extern allocate *__imp_VirtualAlloc;
extern protect  *__imp_VirtualProtect;
allocate        *__imp_VirtualAlloc   = caught_allocate;
protect         *__imp_VirtualProtect = caught_protect;

/* ---- the address space ---- */

struct space {
    size_t used, writable_code; /* bytes */
};

static struct space look(void) {
    struct space             space = {0, 0};
    MEMORY_BASIC_INFORMATION info;
    for (char *at = NULL; VirtualQuery(at, &info, sizeof info);
         at       = (char *)info.BaseAddress + info.RegionSize) {
        if (info.State != MEM_FREE && info.Type == MEM_PRIVATE) space.used += info.RegionSize;
        if (info.State == MEM_COMMIT && info.Protect & (PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY))
            space.writable_code += info.RegionSize;
    }
    return space;
}

/* ---- callbacks ---- */

static void twice(void *result, const ffi_value *args, void *userdata) {
    int value = args[0].i32 * 2;
    (void)userdata;
    memcpy(result, &value, sizeof value);
}

static ffi_callback *make(ffi_context *context) {
    return ffi_callback_new(context, "int(int)", twice, NULL);
}

static bool works(const ffi_callback *callback) {
    int (*code)(int) = (int (*)(int))(uintptr_t)ffi_callback_code(callback);
    return code && code(21) == 42;
}

static void check_pages(void) {
    ffi_context *context = ffi_context_new(NULL);
    struct space before  = look();
    unsigned     good = 0, aligned = 0, executable = 0;
    for (int i = 0; i < CALLBACKS; i++) {
        MEMORY_BASIC_INFORMATION info;
        ffi_callback            *callback = make(context);
        const void              *code     = ffi_callback_code(callback);
        good += works(callback);
        aligned += code && (uintptr_t)code % 16 == 0;
        executable += VirtualQuery(code, &info, sizeof info) && info.Protect == PAGE_EXECUTE_READ;
    }
    ok(good == CALLBACKS, "%u callbacks are made and called", good);
    ok(aligned == CALLBACKS, "all begin at multiples of 16, as SetProcessValidCallTargets() wants its targets");
    ok(executable == CALLBACKS, "all are on pages that can be read and executed, and not written");
    ok(look().writable_code == before.writable_code, "nothing has become writable and executable");
    ffi_context_free(context);
}

/* While there is no page yet: those of contexts that are gone serve the next. */
static void check_refusals(void) {
    static const struct {
        DWORD       error;
        const char *text;
    } refusals[]         = {{ERROR_DYNAMIC_CODE_BLOCKED, "VirtualProtect: this process forbids dynamic code"},
                            {ERROR_ACCESS_DENIED, "VirtualProtect: error 5"}};
    ffi_context *context = ffi_context_new(NULL);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        refusal      = refusals[i].error;
        bool refused = !make(context) && ffi_last_error() == FFI_ERROR_DENIED;
        ok(refused && strstr(ffi_last_message(), refusals[i].text), "refused: %s", ffi_last_message());
        struct space before = look();
        for (int k = 0; k < 100; k++) refused &= !make(context);
        ok(refused && look().used == before.used, "a hundred times, and no memory is lost");
    }
    refusal = 0;
    for (int failing = 0; failing < 20; failing++) {
        struct space before    = look();
        allocations_left       = failing;
        ffi_callback *callback = make(context);
        allocations_left       = -1;
        if (callback) {
            ok(works(callback) && failing > 2, "each of %d uses of VirtualAlloc() has failed, and now it works",
               failing);
            break;
        }
        bool denied =
            ffi_last_error() == FFI_ERROR_DENIED && strstr(ffi_last_message(), "VirtualAlloc: error 8");
        ok(denied && look().used == before.used, "refused, and no memory is lost: %s", ffi_last_message());
    }
    ffi_context_free(context);
}

static void check_policy(void) {
    PROCESS_MITIGATION_DYNAMIC_CODE_POLICY policy  = {.ProhibitDynamicCode = 1};
    ffi_context                           *context = ffi_context_new(NULL);
    ffi_callback                          *made    = make(context);
    DWORD                                  former;
    void *page = VirtualAlloc(NULL, PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!SetProcessMitigationPolicy(ProcessDynamicCodePolicy, &policy, sizeof policy)) {
        skip_one("dynamic code cannot be forbidden here: error %lu", (unsigned long)GetLastError());
    } else if (VirtualProtect(page, PAGE, PAGE_EXECUTE_READ, &former)) {
        skip_one("dynamic code is forbidden here without effect: this is Wine");
    } else {
        int more = 0;
        while (more < 100000 && make(context)) more++;
        ok(more < 100000 && ffi_last_error() == FFI_ERROR_DENIED,
           "callbacks fail where dynamic code is forbidden: %s", ffi_last_message());
        ok(works(made), "callbacks that have been made are called");
    }
    ffi_context_free(context);
}

int main(void) {
    check_refusals();
    check_pages();
    check_policy();
    return done();
}
