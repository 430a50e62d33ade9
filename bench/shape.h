/* SPDX-License-Identifier: MIT */
/*
 * The calls that are compared: a signature, what it calls, and for each contender a loop around one call of
 * it. All loops have the same shape: they read arguments from the same array and store the result to the same
 * place. Arguments are either kept from turn to turn, or written just before each call, each by the member of
 * its own type. Only a chained shape reads in one turn the result of the turn before.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include "callee.h"

enum aim { AIM_NONE, AIM_REGISTERS, AIM_STACK, AIM_NARROW, AIM_CHAIN, AIM_RECORD, AIM_ERRNO };

enum who {
    WHO_C,
    WHO_C_WRITTEN,
    WHO_INVOKE,
    WHO_INVOKE_WRITTEN,
    WHO_CAPTURE,
    WHO_POINTERS,
    WHO_POINTERS_WRITTEN,
    WHO_FFI_CALL,
    WHO_CALL_PLAN,
    WHO_COUNT
};

struct entrant {
    const char *name;
    bool        writes; /* the arguments before each call, instead of keeping them */
};

enum { SHAPE_MAX_ARGS = 14 };

/* What a loop reads. */
struct call {
    ffi_function *function, *capturing; /* the second with FFI_CAPTURE_ERRNO; NULL but for AIM_ERRNO */
    void (*address)(void);
    union datum *result;
    ffi_value   *args;
    ffi_value   *source;   /* what arguments are written from */
    void       **pointers; /* to the arguments */
#if BENCH_LIBFFI
    ffi_cif *cif;
#endif
#if BENCH_CALL_PLAN
    ffi_call_plan *plan;
#endif
};

typedef void loop(const struct call *call, size_t count);

struct shape {
    const char *name; /* short */
    const char *signature;
    enum aim    aim; /* of ffi_invoke, and with AIM_ERRNO of capturing */
    loop       *c, *c_written, *invoke_written, *pointers_written;
    void (*address)(void);
    ffi_handler *handler; /* does what `address` does */
#if BENCH_LIBFFI
    closure_handler *closure;
#endif

    struct call call; /* from here on written by shapes_prepare() */
    size_t      args, result_size;
    ffi_value   values[SHAPE_MAX_ARGS], source[SHAPE_MAX_ARGS];
    union datum data[SHAPE_MAX_ARGS]; /* what `values` point to */
    void       *pointers[SHAPE_MAX_ARGS];
#if BENCH_LIBFFI
    ffi_cif   cif;
    ffi_type *types[SHAPE_MAX_ARGS];
#endif
};

extern struct shape         shapes[];
extern const size_t         shape_count;
extern const struct entrant entrants[WHO_COUNT];

/* Binds each shape for every contender, and checks that each contender's call gives what the C call gives; ends
 * the program if not. Returns how many results were compared. */
unsigned shapes_prepare(ffi_context *context);

/* The loop of a contender; NULL if it does not take part in this shape. */
loop *shape_loop(const struct shape *shape, enum who who);

/* The loop without a call. */
loop loop_empty;

#endif
