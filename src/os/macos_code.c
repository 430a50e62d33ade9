/* SPDX-License-Identifier: MIT */
/*
 * Code of trampolines on Apple's systems. vm_remap() maps the library's page once more, with the same memory
 * and the same protection. No memory becomes executable that was not: this needs no entitlement, and the code
 * signature stays valid. This file has been compiled, never run.
 */
#include "os/os.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <mach/mach.h>

bool os_code_copy(void *at, const void *page, struct os_reason *reason) {
    vm_address_t  place   = (vm_address_t)at;
    vm_prot_t     current = VM_PROT_NONE, most = VM_PROT_NONE;
    kern_return_t status =
        vm_remap(mach_task_self(), &place, (vm_size_t)os_page_size(), 0, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE,
                 mach_task_self(), (vm_address_t)page, 0 /* no copy */, &current, &most, VM_INHERIT_SHARE);
    if (status != KERN_SUCCESS) return reason->why = mach_error_string(status), false;
    if (place == (vm_address_t)at && current & VM_PROT_EXECUTE) return true;
    return reason->why = "vm_remap: the copy is not executable", false;
}

/* The program is the first image; it cannot be unloaded. */
void os_code_keep(const void *address) {
    Dl_info library;
    if (!dladdr(address, &library) || !library.dli_fname) return;
    if (library.dli_fbase == (void *)(uintptr_t)_dyld_get_image_header(0)) return;
    if (!dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) (void)dlerror();
}
