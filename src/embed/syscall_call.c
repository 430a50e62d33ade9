/* SPDX-License-Identifier: MIT */
/*
 * Calls of the flat layer. A direct call is a C call through the function's address. What has a signature is
 * called by ffi_invoke; the types of what was pushed make a signature, or are converted by the one that there
 * is.
 */
#include "syscalls.h"

struct head *flat_live(const char *where, void *function) {
    struct head *head = head_of(function, HEAD_FUNCTION, where);
    if (head && head_of(head->as.flat.from, HEAD_LIBRARY, where)) return head;
    if (head) ffi_fail(FFI_ERROR_ARGUMENT, "%s: the library of this function was closed before", where);
    flat_failed();
    return NULL;
}

/* ---- direct ---- */

/* `take` begins the call, and `give` returns the result, if there is one. The called function may call back a
 * program that fails: the error is that of the call. */
#define CALL(name, T, none, take, give, parameters, types, arguments)                                          \
    FFI_CALLS_UNCHECKED T name parameters {                                                                    \
        struct head *head = flat_live(#name, function);                                                        \
        T(*code) types;                                                                                        \
        if (!head) return none;                                                                                \
        memcpy(&code, &head->as.flat.address, sizeof code);                                                    \
        take code arguments;                                                                                   \
        flat_good();                                                                                           \
        give;                                                                                                  \
    }
#define DIRECT(name, T, none, parameters, types, arguments)                                                    \
    CALL(name, T, none, T result =, return result, parameters, types, arguments)
#define DIRECT_VOID(name, parameters, types, arguments)                                                        \
    CALL(name, void, , , return, parameters, types, arguments)
#define F void *function

DIRECT_VOID(ffi_call_direct_void, (F), (void), ())
DIRECT(ffi_call_direct_i64, int64_t, 0, (F), (void), ())
DIRECT(ffi_call_direct_double, double, 0, (F), (void), ())
DIRECT(ffi_call_direct_ptr, void *, NULL, (F), (void), ())
DIRECT_VOID(ffi_call_direct_void_i64, (F, int64_t a), (int64_t), (a))
DIRECT_VOID(ffi_call_direct_void_ptr, (F, void *a), (void *), (a))
DIRECT_VOID(ffi_call_direct_void_i64_i64, (F, int64_t a, int64_t b), (int64_t, int64_t), (a, b))
DIRECT_VOID(ffi_call_direct_void_i64_ptr, (F, int64_t a, void *b), (int64_t, void *), (a, b))
DIRECT_VOID(ffi_call_direct_void_ptr_ptr, (F, void *a, void *b), (void *, void *), (a, b))
DIRECT(ffi_call_direct_i64_i64, int64_t, 0, (F, int64_t a), (int64_t), (a))
DIRECT(ffi_call_direct_i64_i64_i64, int64_t, 0, (F, int64_t a, int64_t b), (int64_t, int64_t), (a, b))
DIRECT(ffi_call_direct_i64_ptr, int64_t, 0, (F, void *a), (void *), (a))
DIRECT(ffi_call_direct_i64_ptr_ptr, int64_t, 0, (F, void *a, void *b), (void *, void *), (a, b))
DIRECT(ffi_call_direct_double_double, double, 0, (F, double a), (double), (a))
DIRECT(ffi_call_direct_double_double_double, double, 0, (F, double a, double b), (double, double), (a, b))
DIRECT(ffi_call_direct_ptr_i64, void *, NULL, (F, int64_t a), (int64_t), (a))
DIRECT(ffi_call_direct_ptr_ptr, void *, NULL, (F, void *a), (void *), (a))
DIRECT(ffi_call_direct_ptr_ptr_ptr, void *, NULL, (F, void *a, void *b), (void *, void *), (a, b))

/* ---- results ---- */

enum wanted { WANT_VOID, WANT_I64, WANT_DOUBLE, WANT_PTR };

static bool gives(const ffi_shape *shape, enum wanted wanted) {
    switch (shape->result.what) {
    case FFI_CLASS_BOOL:
    case FFI_CLASS_INT:
    case FFI_CLASS_UINT: return wanted == WANT_I64;
    case FFI_CLASS_REAL: return wanted == WANT_DOUBLE;
    case FFI_CLASS_TEXT:
    case FFI_CLASS_WIDE_TEXT:
    case FFI_CLASS_POINTER:
    case FFI_CLASS_FUNCTION: return wanted == WANT_PTR;
    default: return false;
    }
}

static bool check_result(const char *where, const ffi_shape *shape, enum wanted wanted) {
    static const char *const names[] = {"void", "i64", "double", "ptr"};
    char                     text[200];
    bool in_memory = shape->result.what == FFI_CLASS_RECORD || shape->result.what == FFI_CLASS_ARRAY ||
                     shape->result.what == FFI_CLASS_BIG;
    if (wanted == WANT_VOID ? !in_memory : gives(shape, wanted)) return true;
    ffi_type_format(shape->signature, text, sizeof text);
    ffi_fail(FFI_ERROR_TYPE, "%s: the result of %s is not %s", where, text, names[wanted]);
    return false;
}

static void take_result(const ffi_shape *shape, enum wanted wanted, const void *at, ffi_value *out) {
    ffi_any any;
    if (wanted == WANT_VOID) return;
    if (wanted == WANT_PTR) {
        memcpy(&out->ptr, at, sizeof out->ptr);
        return;
    }
    load_as(shape->result.what, shape->result.size, shape->result.type, at, &any);
    if (wanted == WANT_DOUBLE) out->f64 = any.as.f64;
    else out->i64 = any.kind == FFI_ANY_BOOL ? any.as.b : any.as.i64;
}

/* ---- by signature ---- */

static ffi_value specialized(const char *where, void *function, const void *args, int64_t count,
                             enum wanted wanted) {
    struct head     *head  = flat_live(where, function);
    ffi_function    *bound = head ? head->as.flat.bound : NULL;
    const ffi_shape *shape = bound ? ffi_function_shape(bound) : NULL;
    ffi_value        none = {.i64 = 0}, out = none;
    char             block[8] = {0};
    if (head && !bound)
        ffi_fail(FFI_ERROR_ARGUMENT, "%s: the function has no signature (ffi_func_specialized)", where);
    if (shape && (uint64_t)count != shape->count) {
        ffi_fail(FFI_ERROR_ARGUMENT, "%s: %s takes %zu arguments, got %lld", where, ffi_function_name(bound),
                 shape->count, (long long)count);
        shape = NULL;
    }
    if (shape && count && !args) embed_null(where, "args"), shape = NULL;
    if (!shape || !check_result(where, shape, wanted)) return flat_failed(), none;
    ffi_invoke(bound, block, args);
    take_result(shape, wanted, block, &out);
    return flat_good(), out;
}

void ffi_call_specialized_void(void *function, const void *args, int64_t count) {
    specialized(__func__, function, args, count, WANT_VOID);
}

int64_t ffi_call_specialized_i64(void *function, const void *args, int64_t count) {
    return specialized(__func__, function, args, count, WANT_I64).i64;
}

double ffi_call_specialized_double(void *function, const void *args, int64_t count) {
    return specialized(__func__, function, args, count, WANT_DOUBLE).f64;
}

void *ffi_call_specialized_ptr(void *function, const void *args, int64_t count) {
    return specialized(__func__, function, args, count, WANT_PTR).ptr;
}

/* ---- the argument stack ---- */

enum { STACK = 64 };

static _Thread_local struct {
    size_t  count;
    ffi_any args[STACK];
} pushed;

void ffi_args_clear(void) {
    pushed.count = 0;
    flat_good();
}

static void push(const char *where, ffi_any any) {
    if (pushed.count == STACK) {
        ffi_fail(FFI_ERROR_RANGE, "%s: more than %d arguments were pushed", where, STACK);
        flat_failed();
        return;
    }
    pushed.args[pushed.count++] = any;
    flat_good();
}

void ffi_args_push_i64(int64_t value) {
    push(__func__, ffi_any_int(value));
}

void ffi_args_push_double(double value) {
    push(__func__, ffi_any_real(value));
}

void ffi_args_push_ptr(void *value) {
    push(__func__, ffi_any_pointer(value));
}

/* Takes what was pushed: the called function may call back a program that pushes. */
static size_t take(ffi_any args[STACK]) {
    size_t count = pushed.count;
    memcpy(args, pushed.args, count * sizeof *args);
    pushed.count = 0;
    return count;
}

/* Binds a function to the types of the arguments. */
static ffi_function *typed(struct head *head, enum wanted wanted, const ffi_any *args, size_t count) {
    static const char *const results[] = {"void(", "i64(", "double(", "ptr("};
    char                     text[STACK * 8 + 16];
    char                    *end = text + strlen(strcpy(text, results[wanted]));
    for (size_t i = 0; i < count; i++) {
        const char *type = args[i].kind == FFI_ANY_INT    ? "i64,"
                           : args[i].kind == FFI_ANY_REAL ? "double,"
                                                          : "ptr,";
        end += strlen(strcpy(end, type));
    }
    strcpy(end - (count > 0), ")");
    return ffi_function_new(flat_context(), head->as.flat.address, text);
}

static ffi_value generic(const char *where, void *function, enum wanted wanted) {
    struct head  *head  = flat_live(where, function);
    ffi_function *bound = head ? head->as.flat.bound : NULL, *own = NULL;
    ffi_value     none = {.i64 = 0}, out = none;
    ffi_any       result, args[STACK];
    size_t        count = take(args);
    if (head && !bound) bound = own = typed(head, wanted, args, count);
    const ffi_shape *shape = bound ? ffi_function_shape(bound) : NULL;
    bool             good  = shape && check_result(where, shape, wanted);
    if (good && own) {
        ffi_value slots[STACK];
        for (size_t i = 0; i < count; i++) memcpy(&slots[i], &args[i].as, sizeof slots[i]);
        ffi_invoke(bound, &out, slots);
    } else if (good && (good = !ffi_invoke_any(bound, &result, args, count))) {
        if (wanted == WANT_VOID) ffi_any_free(bound, &result); /* own(f) */
        if (result.kind == FFI_ANY_OBJECT) result.as.ptr = ffi_object_take(result.as.object);
        if (wanted == WANT_PTR) out.ptr = result.kind == FFI_ANY_NIL ? NULL : result.as.ptr;
        else if (wanted == WANT_DOUBLE) out.f64 = result.as.f64;
        else out.i64 = result.kind == FFI_ANY_BOOL ? result.as.b : result.as.i64;
    }
    ffi_function_free(own);
    if (!good) return flat_failed(), none;
    return flat_good(), out;
}

void ffi_call_generic_void(void *function) {
    generic(__func__, function, WANT_VOID);
}

int64_t ffi_call_generic_i64(void *function) {
    return generic(__func__, function, WANT_I64).i64;
}

double ffi_call_generic_double(void *function) {
    return generic(__func__, function, WANT_DOUBLE).f64;
}

void *ffi_call_generic_ptr(void *function) {
    return generic(__func__, function, WANT_PTR).ptr;
}
