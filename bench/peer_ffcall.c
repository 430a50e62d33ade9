/* SPDX-License-Identifier: MIT */
/* libffcall: avcall calls, callback is called. Its list of arguments is made anew for each call, as its
 * interface has it. */
#include "loops.h"
#include "peer.h"

#pragma GCC diagnostic ignored "-Wstrict-prototypes" /* libffcall's headers are of C89 */

#include <avcall.h>
#include <callback.h>
#include <stdio.h>

/* clang-format off */

/* By the member's type: its word in libffcall's macros, and its type where they ask for it. */
#define WORD_b   uchar
#define WORD_i8  schar
#define WORD_i16 short
#define WORD_i32 int
#define WORD_i64 long
#define WORD_u64 ulong
#define WORD_f32 float
#define WORD_f64 double
#define JOIN(a, b)  JOIN_(a, b)
#define JOIN_(a, b) a##b

/* ---- calls: begin, add each argument, call ---- */

#define ADD(k, member)        ADD_##member(c.args[k].member)
#define ADD_b(value)          av_uchar(list_, value)
#define ADD_i8(value)         av_schar(list_, value)
#define ADD_i16(value)        av_short(list_, value)
#define ADD_i32(value)        av_int(list_, value)
#define ADD_i64(value)        av_long(list_, value)
#define ADD_u64(value)        av_ulong(list_, value)
#define ADD_f32(value)        av_float(list_, value)
#define ADD_f64(value)        av_double(list_, value)
#define ADD_ptr(value)        av_ptr(list_, void *, value)
#define ADD_str(value)        av_ptr(list_, void *, (uintptr_t)value)
#define ADD_RECORD(k, member) av_struct(list_, TYPE_OF(member), LOAD_BEHIND(k, member))

#define BEGIN_NOTHING(member) av_start_void(list_, c.address)
#define BEGIN_WORD(member)    JOIN(BEGIN_, member)
#define BEGIN_REAL(member)    JOIN(av_start_, WORD_##member)(list_, c.address, &c.result->member)
#define BEGIN_RECORD(member)  av_start_struct(list_, c.address, TYPE_OF(member), sizeof(TYPE_OF(member)) <= 16, c.result)
#define BEGIN_b               av_start_uchar(list_, c.address, c.result)
#define BEGIN_i8              av_start_schar(list_, c.address, c.result)
#define BEGIN_i16             av_start_short(list_, c.address, c.result)
#define BEGIN_i32             av_start_int(list_, c.address, c.result)
#define BEGIN_i64             av_start_long(list_, c.address, c.result)
#define BEGIN_u64             av_start_ulong(list_, c.address, c.result)
#define BEGIN_ptr             av_start_ptr(list_, c.address, void *, c.result)

#define OF(id, what, leaves, member, list, fixed) \
    LOOPS(ffcall, id, list, av_alist list_; BEGIN_##leaves(member); list(ADD, ADD_RECORD); av_call(list_))
CALLEES(OF)
#define LISTED(id, what, leaves, member, list, fixed) LOOPS_OF(ffcall, id)
static const struct loops loops[] = {CALLEES(LISTED)};

/* ---- callbacks: take each argument in turn, return ---- */

#define TAKE(k, member)        in[k].member = TAKE_##member
#define TAKE_b                 va_arg_uchar(list_)
#define TAKE_i8                va_arg_schar(list_)
#define TAKE_i16               va_arg_short(list_)
#define TAKE_i32               va_arg_int(list_)
#define TAKE_i64               va_arg_long(list_)
#define TAKE_u64               va_arg_ulong(list_)
#define TAKE_f32               va_arg_float(list_)
#define TAKE_f64               va_arg_double(list_)
#define TAKE_ptr               va_arg_ptr(list_, void *)
#define TAKE_str               va_arg_ptr(list_, const char *)
#define TAKE_RECORD(k, member) in[k].member = va_arg_struct(list_, TYPE_OF(member))
#define USE(k, member)         in[k].member

#define TYPED_NOTHING(member)  va_start_void(list_)
#define TYPED_WORD(member)     JOIN(TYPED_, member)
#define TYPED_REAL(member)     JOIN(va_start_, WORD_##member)(list_)
#define TYPED_RECORD(member)   va_start_struct(list_, TYPE_OF(member), sizeof(TYPE_OF(member)) <= 16)
#define TYPED_b                va_start_uchar(list_)
#define TYPED_i8               va_start_schar(list_)
#define TYPED_i16              va_start_short(list_)
#define TYPED_i32              va_start_int(list_)
#define TYPED_i64              va_start_long(list_)
#define TYPED_u64              va_start_ulong(list_)
#define TYPED_ptr              va_start_ptr(list_, void *)

#define RETURN_NOTHING(member, value) value; va_return_void(list_)
#define RETURN_WORD(member, value)    JOIN(RETURN_, member)(value)
#define RETURN_REAL(member, value)    JOIN(va_return_, WORD_##member)(list_, value)
#define RETURN_RECORD(member, value)  TYPE_OF(member) out = value; va_return_struct(list_, TYPE_OF(member), out)
#define RETURN_b(value)               va_return_uchar(list_, value)
#define RETURN_i8(value)              va_return_schar(list_, value)
#define RETURN_i16(value)             va_return_short(list_, value)
#define RETURN_i32(value)             va_return_int(list_, value)
#define RETURN_i64(value)             va_return_long(list_, value)
#define RETURN_u64(value)             va_return_ulong(list_, value)
#define RETURN_ptr(value)             va_return_ptr(list_, void *, value)

#define CALLED(id, what, leaves, member, list, fixed) \
    static void called_##id(void *data, va_alist list_) { \
        union datum in[MOST_ARGUMENTS]; \
        (void)data, (void)in; \
        TYPED_##leaves(member); \
        list(TAKE, TAKE_RECORD); \
        RETURN_##leaves(member, callee_##id(list(USE, USE))); \
    }
CALLEES(CALLED)
#define CALLED_OF(id, what, leaves, member, list, fixed) [CALLEE_##id] = called_##id,
static const callback_function_t called[] = {CALLEES(CALLED_OF)};
/* clang-format on */

/* libffcall knows no complex numbers, vectors and the like, and no record with a floating-point register. */
static bool knows(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return kind < FFI_KIND_I128 || kind == FFI_KIND_STRUCT || kind == FFI_KIND_UNION;
}

static bool knows_shape(const struct shape *shape) {
    for (size_t i = 0; i < shape->count; i++)
        if (!knows(ffi_type_parameter(shape->type, i))) return false;
    return knows(ffi_type_target(shape->type));
}

static bool prepare(struct shape *shape, enum way way, struct call *call) {
    (void)way, (void)call;
    return knows_shape(shape);
}

static void *callback(struct shape *shape) {
    return knows_shape(shape) ? (void *)(uintptr_t)alloc_callback(called[shape->callee], NULL) : NULL;
}

static bool ready(char *text, size_t size) {
    return snprintf(text, size, "version %d.%d, static", LIBFFCALL_VERSION >> 8, LIBFFCALL_VERSION & 255) > 0;
}

static struct peer ffcall = {.name     = "libffcall",
                             .kind     = KIND_LIBRARY,
                             .loops    = loops,
                             .ready    = ready,
                             .prepare  = prepare,
                             .callback = callback,
                             .callers  = loops_ffcall};
PEER(ffcall)
