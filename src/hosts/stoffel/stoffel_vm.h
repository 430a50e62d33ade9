/* SPDX-License-Identifier: MIT */
/*
 * StoffelVM's C API, on ffi_invoke's registry: a VM is names and the functions they stand for, which are those
 * that a client registers, or native ones of libraries.
 *
 * A function returns 0, or another number if it failed; stoffel_last_error() has the text then. A VM is for one
 * thread at a time. It owns all values that it makes, until it is destroyed; a string that it made may be freed
 * before.
 */
#ifndef STOFFEL_VM_H
#define STOFFEL_VM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void *VMHandle;

typedef enum StoffelValueType {
    STOFFEL_VALUE_UNIT    = 0,
    STOFFEL_VALUE_INT     = 1,
    STOFFEL_VALUE_FLOAT   = 2,
    STOFFEL_VALUE_BOOL    = 3,
    STOFFEL_VALUE_STRING  = 4,
    STOFFEL_VALUE_OBJECT  = 5,
    STOFFEL_VALUE_ARRAY   = 6,
    STOFFEL_VALUE_FOREIGN = 7,
    STOFFEL_VALUE_CLOSURE = 8
} StoffelValueType;

typedef union StoffelValueData {
    int64_t     int_val;
    double      float_val;
    int         bool_val;
    const char *string_val;
    size_t      object_id;
    size_t      array_id;
    size_t      foreign_id;
    size_t      closure_id;
} StoffelValueData;

typedef struct StoffelValue {
    StoffelValueType value_type;
    StoffelValueData data;
} StoffelValue;

/* A function of the client. It returns 0, or another number if it failed. A string in `*result` is copied. */
typedef int (*CForeignFunction)(const StoffelValue *args, int arg_count, StoffelValue *result);

#ifndef STOFFEL_API
#define STOFFEL_API
#endif

STOFFEL_API VMHandle stoffel_create_vm(void); /* NULL on failure */
STOFFEL_API void     stoffel_destroy_vm(VMHandle handle);

/* Calls a function by its name. `result` may be NULL. */
STOFFEL_API int stoffel_execute(VMHandle handle, const char *function_name, StoffelValue *result);
STOFFEL_API int stoffel_execute_with_args(VMHandle handle, const char *function_name, const StoffelValue *args,
                                          int arg_count, StoffelValue *result);

STOFFEL_API int stoffel_register_foreign_function(VMHandle handle, const char *name, CForeignFunction func);

/* Makes a value of an object. A native function that takes it gets the object's address. An id that this VM has not
 * made is an error wherever a value is taken. */
STOFFEL_API int stoffel_register_foreign_object(VMHandle handle, void *object, StoffelValue *result);

STOFFEL_API int  stoffel_create_string(VMHandle handle, const char *str, StoffelValue *result);
STOFFEL_API void stoffel_free_string(char *str); /* a string of the VM's, or NULL */

/* Beyond StoffelVM's own: a native function of a library ("m", "double pow(double x, double y)"), called by the
 * name in its signature; and the message of this thread's last failure. */
STOFFEL_API int         stoffel_register_native_function(VMHandle handle, const char *library, const char *name,
                                                         const char *signature);
STOFFEL_API const char *stoffel_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
