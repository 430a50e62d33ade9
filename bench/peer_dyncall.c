/* SPDX-License-Identifier: MIT */
/* dyncall and dyncallback, for scalars: its releases until 1.2 know no records. DYNCALL=FOLDER names where it
 * is installed. */
#include "bench.h"
#include "loops.h"
#include "peer.h"

#include <dyncall.h>
#include <dyncall_callback.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */

/* By the member's type: its word in dyncall's functions, and its letter in a signature. */
#define DC_b   Bool
#define DC_i8  Char
#define DC_i16 Short
#define DC_i32 Int
#define DC_i64 LongLong
#define DC_u64 LongLong
#define DC_f32 Float
#define DC_f64 Double
#define DC_ptr Pointer
#define DC_str Pointer
#define JOIN(a, b)  JOIN_(a, b)
#define JOIN_(a, b) a##b

/* A record is never measured; its code only has to compile. */
#define ADD(k, member)       JOIN(dcArg, DC_##member)(c.peer, ADDED_##member(c.args[k].member))
#define NO_RECORD(k, member) (void)0
#define ADDED_b(value)   value
#define ADDED_i8(value)  value
#define ADDED_i16(value) value
#define ADDED_i32(value) value
#define ADDED_i64(value) value
#define ADDED_u64(value) (DClonglong)value
#define ADDED_f32(value) value
#define ADDED_f64(value) value
#define ADDED_ptr(value) value
#define ADDED_str(value) (void *)(uintptr_t)value

#define CALL_NOTHING(member) dcCallVoid(c.peer, (DCpointer)(uintptr_t)c.address)
#define CALL_WORD(member)    c.result->member = (TYPE_OF(member))JOIN(dcCall, JOIN(DC_, member))(c.peer, (DCpointer)(uintptr_t)c.address)
#define CALL_REAL(member)    CALL_WORD(member)
#define CALL_RECORD(member)  (void)0

#define OF(id, what, leaves, member, list, fixed) \
    LOOPS(dyncall, id, list, dcReset(c.peer); list(ADD, NO_RECORD); CALL_##leaves(member))
CALLEES(OF)
#define LISTED(id, what, leaves, member, list, fixed) LOOPS_OF(dyncall, id)
static const struct loops loops[] = {CALLEES(LISTED)};

/* ---- callbacks ---- */

static const union datum no_record;

#define TAKE(k, member)        in[k].member = (TYPE_OF(member))JOIN(dcbArg, DC_##member)(args)
#define USE(k, member)         in[k].member
#define USE_RECORD(k, member)  no_record.member
#define GIVE_NOTHING(member)
#define GIVE_WORD(member)      *(TYPE_OF(member) *)(void *)result =
#define GIVE_REAL(member)      *(TYPE_OF(member) *)(void *)result =
#define GIVE_RECORD(member)    *(TYPE_OF(member) *)(void *)result =
#define CALLED(id, what, leaves, member, list, fixed) \
    static char called_##id(DCCallback *self, DCArgs *args, DCValue *result, void *letter) { \
        union datum in[MOST_ARGUMENTS]; \
        (void)self, (void)args, (void)result, (void)in; \
        list(TAKE, NO_RECORD); \
        GIVE_##leaves(member) callee_##id(list(USE, USE_RECORD)); \
        return *(const char *)letter; \
    }
CALLEES(CALLED)
#define CALLED_OF(id, what, leaves, member, list, fixed) [CALLEE_##id] = called_##id,
static DCCallbackHandler *const called[] = {CALLEES(CALLED_OF)};
/* clang-format on */

static char letter_of(const ffi_ctype *type) {
    static const char letters[] = {
        [FFI_KIND_VOID] = 'v', [FFI_KIND_BOOL] = 'B',   [FFI_KIND_I8] = 'c',  [FFI_KIND_I16] = 's',
        [FFI_KIND_I32] = 'i',  [FFI_KIND_I64] = 'l',    [FFI_KIND_U64] = 'L', [FFI_KIND_F32] = 'f',
        [FFI_KIND_F64] = 'd',  [FFI_KIND_POINTER] = 'p'};
    ffi_kind kind = ffi_type_kind(type);
    return kind < countof(letters) ? letters[kind] : 0;
}

/* "ii)i"; false if dyncall lacks a type. */
static bool write_letters(const struct shape *shape, char *letters) {
    size_t at = 0;
    for (; at < shape->count; at++)
        if (!(letters[at] = letter_of(ffi_type_parameter(shape->type, at)))) return false;
    letters[at++] = ')';
    letters[at]   = letter_of(ffi_type_target(shape->type));
    return letters[at++] && !(letters[at] = 0) && shape->fixed == ALL;
}

static bool prepare(struct shape *shape, enum way way, struct call *call) {
    static DCCallVM *machine;
    char             letters[MOST_ARGUMENTS + 3];
    (void)way;
    if (!machine) machine = dcNewCallVM(4096);
    call->peer = machine;
    return write_letters(shape, letters);
}

static void *callback(struct shape *shape) {
    static char results[CALLEE_COUNT];
    char        letters[MOST_ARGUMENTS + 3];
    if (!write_letters(shape, letters)) return NULL;
    results[shape->callee] = strchr(letters, ')')[1];
    return dcbNewCallback(letters, called[shape->callee], &results[shape->callee]);
}

static bool ready(char *text, size_t size) {
    return snprintf(text, size, "static, from DYNCALL") > 0;
}

static struct peer dyncall = {.name     = "dyncall",
                              .kind     = KIND_LIBRARY,
                              .loops    = loops,
                              .ready    = ready,
                              .prepare  = prepare,
                              .callback = callback,
                              .callers  = loops_other};
PEER(dyncall)
