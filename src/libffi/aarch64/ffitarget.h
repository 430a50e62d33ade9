/* SPDX-License-Identifier: MIT */
/* What libffi's interface is on AArch64 Linux. Included by <ffi.h>. */
#ifndef LIBFFI_TARGET_H
#define LIBFFI_TARGET_H

typedef unsigned long ffi_arg;
typedef signed long   ffi_sarg;

typedef enum ffi_abi {
    FFI_FIRST_ABI = 0,
    FFI_SYSV,
    FFI_WIN64,
    FFI_LAST_ABI,
    FFI_DEFAULT_ABI = FFI_SYSV
} ffi_abi;

#define FFI_CLOSURES        1
#define FFI_GO_CLOSURES     1
#define FFI_NATIVE_RAW_API  0
#define FFI_TRAMPOLINE_SIZE 24

#define FFI_TARGET_HAS_COMPLEX_TYPE
#define FFI_TARGET_HAS_INT128 1
#define FFI_TARGET_HAS_VECTOR_TYPE

#endif
