/* SPDX-License-Identifier: MIT */
/*
 * One contender's loops around a call of each callee. All loops have the same shape: they read arguments from
 * the same array and store the result to the same place. LOOPS(who, id, list, statement) defines three of them;
 * LOOPS_OF(who, id) lists them.
 */
#ifndef LOOPS_H
#define LOOPS_H

#include "shape.h"

/* The compiler carries no value over this, neither from one turn to the next nor from a store of an argument to
 * its load; the fields of `c` stay in registers. */
#define FENCE __asm__ volatile("" : : "r"(c.address), "r"(c.function), "r"(c.args) : "memory")

/* clang-format off */
#define LOOP(name, before, ...) \
    void name(const struct call *call, size_t count) { \
        struct call c = *call; \
        for (; count; count--) { \
            before; \
            __VA_ARGS__; \
            FENCE; \
        } \
    }

/* A store of the member's size each; without `volatile` the compiler would join some. */
#define STORE_ARGUMENT(k, member) ((volatile ffi_value *)c.args)[k].member = c.source[k].member
#define STORE_POINTER(k, member)  STORE_ARGUMENT(k, ptr)
#define WRITE(list)                                                                                            \
    list(STORE_ARGUMENT, STORE_POINTER);                                                                       \
    FENCE

#define NEXT_TARGET                                                                                            \
    const struct target *next = &c.targets[c.order[(c.position + count) & (ORDER - 1)]];                       \
    c.function                = next->function;                                                                \
    c.address                 = next->address

/* The statement may contain commas. */
#define LOOPS(who, id, list, ...) \
    static LOOP(who##_kept_##id, (void)0, __VA_ARGS__) \
    static LOOP(who##_written_##id, WRITE(list), __VA_ARGS__) \
    static LOOP(who##_turn_##id, NEXT_TARGET, __VA_ARGS__)
/* clang-format on */

#define LOOPS_OF(who, id) [CALLEE_##id] = {who##_kept_##id, who##_written_##id, who##_turn_##id},

/* ---- parts of statements ---- */

#define LOAD(k, member)        c.args[k].member
#define LOAD_BEHIND(k, member) ((const union datum *)c.args[k].ptr)->member
#define SET_NOTHING(member)
#define SET_WORD(member)   c.result->member =
#define SET_REAL(member)   c.result->member =
#define SET_RECORD(member) c.result->member =

#endif
