/* SPDX-License-Identifier: MIT */
/*
 * The guard of guard.h for AArch64: guard_aarch64.S fills every register that a callee must preserve
 * (AAPCS64 6.1), and x18, which is the platform's, with known junk, puts canaries above the stack pointer,
 * calls, and notes what it finds afterwards. The callee and the handler there note how they were called, hand
 * their arguments on to C as they are, and then spoil all that a callee may spoil. Not for several threads. The
 * assembler reads the numbers.
 */
#define GUARD_GPR      11 /* x19 to x29 */
#define GUARD_FPR      8  /* d8 to d15: the lower halves of v8 to v15 */
#define GUARD_CANARIES 16
#define GUARD_WORDS    12 /* on the stack, for callees and callbacks */
#define NATIVE_MARKS   4  /* above those that native_caller() passes */

/* struct guard, offsets in bytes */
#define BEFORE_FPR         88
#define BEFORE_FPCR        152
#define BEFORE_X18         160
#define BEFORE_CANARY      168
#define BEFORE_REPLY       176
#define BEFORE_STACK_WORDS 192
#define AFTER_GPR          200
#define AFTER_FPR          288
#define AFTER_FPCR         352
#define AFTER_X18          360
#define AFTER_SP           368
#define AFTER_RESULTS      376
#define AFTER_CANARIES     392
#define GUARD_SP           520
#define CALLED_SP          528
#define CALLED_FPCR        536
#define CALLED_X18         544
#define CALLED_RETURN      552
#define NATIVE_SP          560
#define NATIVE_SP_NOW      568
#define NATIVE_UNTOUCHED   576
#define NATIVE_RETURN      584

/* struct native */
#define NATIVE_FPR   72
#define NATIVE_STACK 200

#ifndef __ASSEMBLER__

#include <ffi_invoke.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

extern struct guard {
    struct before {
        uint64_t gpr[GUARD_GPR], fpr[GUARD_FPR], fpcr, x18;
        uint64_t canary;      /* the first; each next one is greater by 1 */
        uint64_t reply[2];    /* x0 and d0 as the callee leaves them */
        uint64_t stack_words; /* of the arguments, for the callee to spoil */
    } before;                 /* what the test may set */
    struct after {
        uint64_t gpr[GUARD_GPR], fpr[GUARD_FPR], fpcr, x18;
        uint64_t sp, results[2]; /* x0 and d0 */
        uint64_t canaries[GUARD_CANARIES];
    } after;
    uint64_t sp; /* before the call and, if all is well, after it */
    struct called {
        uint64_t sp, fpcr, x18, return_address;
    } called;                          /* on entry to the callee, or to the handler */
    uint64_t native_sp, native_sp_now; /* native_caller()'s own, before its call and after */
    uint64_t native_untouched;         /* marks above its stack words that are what they were */
    uint64_t native_return;
} guard_state;

_Static_assert(offsetof(struct guard, before.stack_words) == BEFORE_STACK_WORDS, "guard_aarch64.S");
_Static_assert(offsetof(struct guard, after.gpr) == AFTER_GPR, "guard_aarch64.S");
_Static_assert(offsetof(struct guard, after.canaries) == AFTER_CANARIES, "guard_aarch64.S");
_Static_assert(offsetof(struct guard, sp) == GUARD_SP, "guard_aarch64.S");
_Static_assert(offsetof(struct guard, called.return_address) == CALLED_RETURN, "guard_aarch64.S");
_Static_assert(offsetof(struct guard, native_return) == NATIVE_RETURN, "guard_aarch64.S");

/* What native_caller() loads: x0 to x8, whole vector registers, and the stack. */
struct native {
    uint64_t gpr[9], fpr[8][2], words[GUARD_WORDS];
};

_Static_assert(offsetof(struct native, fpr) == NATIVE_FPR, "guard_aarch64.S");
_Static_assert(offsetof(struct native, words) == NATIVE_STACK, "guard_aarch64.S");

/* guard_aarch64.S */
void                guard(ffi_store_stub *stub, const void *function, void *result, const void *args);
void                guard_callee(void); /* calls note_arguments() */
ffi_store_stub      native_caller;      /* calls code, its `function`, with a struct native, its `result` */
ffi_handler         guard_handler;      /* calls guard_handle() */
extern ffi_handler *guard_handle;       /* set by the test */

/* Where stubs return to in guard(), and callbacks in native_caller(). */
extern const char guard_return[], native_return[];

/* What the last call broke: names with blanks between, "" if nothing. */
static inline const char *guard_broken(void) {
    const struct before *before = &guard_state.before;
    const struct after  *after  = &guard_state.after;
    static char          list[256];
    size_t               at = 0;
    *list                   = 0;
    for (int i = 0; i < GUARD_GPR; i++)
        if (after->gpr[i] != before->gpr[i]) at += (size_t)sprintf(list + at, " x%d", 19 + i);
    for (int i = 0; i < GUARD_FPR; i++)
        if (after->fpr[i] != before->fpr[i]) at += (size_t)sprintf(list + at, " d%d", 8 + i);
    if (after->sp != guard_state.sp) at += (size_t)sprintf(list + at, " sp");
    if (after->fpcr != before->fpcr) at += (size_t)sprintf(list + at, " fpcr");
    for (int i = 0; i < GUARD_CANARIES; i++)
        if (after->canaries[i] != before->canary + (uint64_t)i) {
            sprintf(list + at, " canary");
            break;
        }
    return *list ? list + 1 : list;
}

/* What was wrong when the callee or the handler was entered, in the same way. C code between may use x18 where
 * the platform has no use for it. */
static inline const char *guard_miscalled(int c_between) {
    static char list[64];
    *list = 0;
    if (guard_state.called.sp % 16) strcat(list, " alignment");
    if (guard_state.called.fpcr != guard_state.before.fpcr) strcat(list, " callee's-fpcr");
    if (!c_between && guard_state.called.x18 != guard_state.before.x18) strcat(list, " callee's-x18");
    if (!c_between && guard_state.after.x18 != guard_state.before.x18) strcat(list, " x18");
    return *list ? list + 1 : list;
}

#endif
