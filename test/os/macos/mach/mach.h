/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see ../stdio.h. */
#include <stdint.h>
typedef int          kern_return_t, boolean_t, vm_prot_t;
typedef unsigned int mach_port_t, vm_map_t, vm_inherit_t;
typedef uintptr_t    vm_address_t, vm_size_t;
#define KERN_SUCCESS       0
#define VM_PROT_NONE       0
#define VM_PROT_EXECUTE    4
#define VM_FLAGS_FIXED     0
#define VM_FLAGS_OVERWRITE 0x4000
#define VM_INHERIT_SHARE   0u
extern mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_
char         *mach_error_string(int);
kern_return_t vm_remap(vm_map_t target, vm_address_t *address, vm_size_t size, vm_address_t mask, int flags,
                       vm_map_t source, vm_address_t source_address, boolean_t copy, vm_prot_t *current,
                       vm_prot_t *maximum, vm_inherit_t inheritance);
