/* SPDX-License-Identifier: MIT */
/* A small language that calls C: what a maker of a language would start from. run.c interprets the text as it
 * reads it; bridge.c is all that it takes to call native code and to be called by it. */
#ifndef CALC_H
#define CALC_H

#include <ffi_embed.h>
#include <setjmp.h>
#include <stdio.h>

enum kind { NIL, NUMBER, TEXT, LIST, CLOSURE, NATIVE, POINTER, RECORD };

struct memory {
    const ffi_ctype *type; /* of the record, or of the pointer */
    void            *at;
};

struct value {
    enum kind kind;
    union {
        double              number;
        const char         *text;
        struct list        *list;
        struct closure     *closure;
        const ffi_function *native;
        struct memory       memory;
    } as;
};

struct list {
    size_t       count;
    struct value items[];
};

/* A function of the script. `at` is where its parameters begin in the text. */
struct closure {
    struct calc  *calc;
    const char   *at;
    int           line;
    struct scope *scope;
};

/* The variables of a block, the latest first; `outer` is the block around it. */
struct scope {
    struct variable *variables;
    struct scope    *outer;
};

/* A running script. Values live in the arena until it ends: a language of its own would collect them. */
struct calc {
    ffi_context  *context;
    ffi_arena    *arena;
    const char   *name, *at; /* the script's file; the place in its text */
    int           line, depth;
    struct scope *scope;
    struct value  returned;       /* what `return` gave */
    bool          returns, skips; /* `skips`: read the text without running it */
    jmp_buf       failed;
};

_Noreturn void fail(struct calc *calc, const char *format, ...) FFI_PRINTF_LIKE(2, 3);
void          *allocate(struct calc *calc, size_t size);
struct value   list_of(struct calc *calc, size_t count);
struct value   call_closure(struct calc *calc, struct closure *closure, const struct list *args);

struct value bridge_import(struct calc *calc, const char *name, const char *library);
struct value bridge_call(struct calc *calc, const ffi_function *function, const struct list *args);
void         bridge_read(struct calc *calc, const char *text, bool header);
struct value bridge_record(struct calc *calc, const char *type, void *at); /* a new one if `at` is NULL */
struct value bridge_part(struct calc *calc, struct memory record, const char *path, const struct value *stored);

#endif
