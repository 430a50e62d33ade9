/* SPDX-License-Identifier: MIT */
/* What libffi's interface is on x86-64 systems with the System V ABI. Included by <ffi.h>. */
#ifndef LIBFFI_TARGET_H
#define LIBFFI_TARGET_H

typedef unsigned long ffi_arg;
typedef signed long   ffi_sarg;

typedef enum ffi_abi {
    FFI_FIRST_ABI = 1,
    FFI_UNIX64,
    FFI_WIN64,
    FFI_EFI64 = FFI_WIN64,
    FFI_GNUW64,
    FFI_LAST_ABI,
    FFI_DEFAULT_ABI = FFI_UNIX64
} ffi_abi;

#define FFI_CLOSURES        1
#define FFI_GO_CLOSURES     1
#define FFI_NATIVE_RAW_API  0
#define FFI_TRAMPOLINE_SIZE 32

#define FFI_TARGET_HAS_COMPLEX_TYPE
#define FFI_TARGET_HAS_INT128
#define FFI_TARGET_HAS_VECTOR_TYPE

#endif
