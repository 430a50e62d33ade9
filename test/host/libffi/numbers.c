/* SPDX-License-Identifier: MIT */
/* Numbers and layouts of <ffi.h>, one line each: ours and the machine's print the same. */
#include <ffi.h>

#include <stddef.h>
#include <stdio.h>

#define SAY(number) printf("%s: %ld\n", #number, (long)(number))
#define SAY_MEMBER(type, member)                                                                               \
    printf("%s.%s: %zu, %zu\n", #type, #member, offsetof(type, member), sizeof(((type *)0)->member))

int main(void) {
    SAY(FFI_TYPE_VOID), SAY(FFI_TYPE_INT), SAY(FFI_TYPE_FLOAT), SAY(FFI_TYPE_DOUBLE), SAY(FFI_TYPE_LONGDOUBLE);
    SAY(FFI_TYPE_UINT8), SAY(FFI_TYPE_SINT8), SAY(FFI_TYPE_UINT16), SAY(FFI_TYPE_SINT16), SAY(FFI_TYPE_UINT32);
    SAY(FFI_TYPE_SINT32), SAY(FFI_TYPE_UINT64), SAY(FFI_TYPE_SINT64), SAY(FFI_TYPE_STRUCT),
        SAY(FFI_TYPE_POINTER);
    SAY(FFI_TYPE_COMPLEX);
    SAY(FFI_OK), SAY(FFI_BAD_TYPEDEF), SAY(FFI_BAD_ABI), SAY(FFI_BAD_ARGTYPE);
    SAY(FFI_FIRST_ABI), SAY(FFI_LAST_ABI), SAY(FFI_DEFAULT_ABI);
#ifdef __x86_64__
    SAY(FFI_UNIX64), SAY(FFI_WIN64), SAY(FFI_EFI64), SAY(FFI_GNUW64);
#else
    SAY(FFI_SYSV);
#endif
    SAY(FFI_CLOSURES), SAY(FFI_GO_CLOSURES), SAY(FFI_TRAMPOLINE_SIZE);
    SAY(sizeof(ffi_arg)), SAY(sizeof(ffi_sarg)), SAY(sizeof(ffi_raw)), SAY(sizeof(ffi_java_raw)),
        SAY(sizeof(ffi_status));
    SAY_MEMBER(ffi_type, size), SAY_MEMBER(ffi_type, alignment), SAY_MEMBER(ffi_type, type);
    SAY_MEMBER(ffi_type, elements);
    SAY_MEMBER(ffi_cif, abi), SAY_MEMBER(ffi_cif, nargs), SAY_MEMBER(ffi_cif, arg_types),
        SAY_MEMBER(ffi_cif, rtype);
    SAY_MEMBER(ffi_cif, bytes), SAY_MEMBER(ffi_cif, flags);
    SAY_MEMBER(ffi_closure, tramp), SAY_MEMBER(ffi_closure, cif), SAY_MEMBER(ffi_closure, fun);
    SAY_MEMBER(ffi_closure, user_data);
    SAY_MEMBER(ffi_go_closure, tramp), SAY_MEMBER(ffi_go_closure, cif), SAY_MEMBER(ffi_go_closure, fun);
    SAY_MEMBER(ffi_raw_closure, cif), SAY_MEMBER(ffi_raw_closure, translate_args),
        SAY_MEMBER(ffi_raw_closure, this_closure);
    SAY_MEMBER(ffi_raw_closure, fun), SAY_MEMBER(ffi_raw_closure, user_data);
    SAY(ffi_type_void.size), SAY(ffi_type_uint8.type), SAY(ffi_type_slong.type), SAY(ffi_type_ulong.size),
        SAY(ffi_type_pointer.alignment);
    SAY(ffi_type_longdouble.size), SAY(ffi_type_longdouble.alignment), SAY(ffi_type_complex_longdouble.size),
        SAY(ffi_type_complex_float.type);
    return 0;
}
