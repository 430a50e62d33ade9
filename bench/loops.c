/* SPDX-License-Identifier: MIT */
/* The loops of C, of ffi_invoke and ffi_invoke_pointers, and of peers that are called through a pointer. */
#include "loops.h"

/* clang-format off */
#define CALL_IN_C(id, leaves, member, list) SET_##leaves(member) ((__typeof__(callee_##id) *)c.address)(list(LOAD, LOAD_BEHIND))
#define OF_C(id, what, leaves, member, list, fixed)      LOOPS(c, id, list, CALL_IN_C(id, leaves, member, list))
#define OF_OURS(id, what, leaves, member, list, fixed)   LOOPS(ours, id, list, CALL_IN_C(id, leaves, member, list))
#define OF_LIBFFI(id, what, leaves, member, list, fixed) LOOPS(libffi, id, list, CALL_IN_C(id, leaves, member, list))
#define OF_FFCALL(id, what, leaves, member, list, fixed) LOOPS(ffcall, id, list, CALL_IN_C(id, leaves, member, list))
#define OF_OTHER(id, what, leaves, member, list, fixed)  LOOPS(other, id, list, CALL_IN_C(id, leaves, member, list))
#define OF_INVOKE(id, what, leaves, member, list, fixed) LOOPS(invoke, id, list, ffi_invoke(c.function, c.result, c.args))
#define OF_POINTERS(id, what, leaves, member, list, fixed) \
    LOOPS(pointers, id, list, ffi_invoke_pointers(c.function, c.result, c.pointers))
#define OF_PASS(id, what, leaves, member, list, fixed) \
    LOOPS(pass, id, list, c.by.pass(c.peer, c.address, c.result, c.pointers))
#define OF_CODE(id, what, leaves, member, list, fixed) \
    LOOPS(code, id, list, c.by.code(CALLEE_##id, c.address, c.result, c.args))
CALLEES(OF_C)
CALLEES(OF_OURS)
CALLEES(OF_LIBFFI)
CALLEES(OF_FFCALL)
CALLEES(OF_OTHER)
CALLEES(OF_INVOKE)
CALLEES(OF_POINTERS)
CALLEES(OF_PASS)
CALLEES(OF_CODE)
#if WIDE
#pragma GCC push_options
#pragma GCC target("avx")
WIDE_CALLEES(OF_C)
WIDE_CALLEES(OF_OURS)
WIDE_CALLEES(OF_INVOKE)
WIDE_CALLEES(OF_POINTERS)
#pragma GCC pop_options
#endif
/* clang-format on */

LOOP(loop_empty, (void)0, (void)0)

#define C(id, what, leaves, member, list, fixed)        LOOPS_OF(c, id)
#define OURS(id, what, leaves, member, list, fixed)     LOOPS_OF(ours, id)
#define LIBFFI(id, what, leaves, member, list, fixed)   LOOPS_OF(libffi, id)
#define FFCALL(id, what, leaves, member, list, fixed)   LOOPS_OF(ffcall, id)
#define OTHER(id, what, leaves, member, list, fixed)    LOOPS_OF(other, id)
#define INVOKE(id, what, leaves, member, list, fixed)   LOOPS_OF(invoke, id)
#define POINTERS(id, what, leaves, member, list, fixed) LOOPS_OF(pointers, id)
#define PASS(id, what, leaves, member, list, fixed)     LOOPS_OF(pass, id)
#define CODE(id, what, leaves, member, list, fixed)     LOOPS_OF(code, id)

const struct loops loops_c[]        = {CALLEES(C) WIDE_CALLEES(C)};
const struct loops loops_ours[]     = {CALLEES(OURS) WIDE_CALLEES(OURS)};
const struct loops loops_libffi[]   = {CALLEES(LIBFFI)};
const struct loops loops_ffcall[]   = {CALLEES(FFCALL)};
const struct loops loops_other[]    = {CALLEES(OTHER)};
const struct loops loops_invoke[]   = {CALLEES(INVOKE) WIDE_CALLEES(INVOKE)};
const struct loops loops_pointers[] = {CALLEES(POINTERS) WIDE_CALLEES(POINTERS)};
const struct loops loops_pass[]     = {CALLEES(PASS)};
const struct loops loops_code[]     = {CALLEES(CODE)};
